/*
 * host_postfix.c - a small host: loads the lookup-table plugin as Postfix does,
 * over Postfix's own library, and asks it good and bad things.
 * usage: host_postfix PLUGIN
 */

#include <sys_defs.h>
#include <sys/stat.h>
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <msg.h>
#include <msg_output.h>
#include <dict.h>

#include "directory/writer_account.h"

static DICT *(*open_table)(const char *, int, int);
static char dir[] = "/tmp/postseal-host-XXXXXX";
static char config[128], database[128], away[128];
static unsigned int warnings, failed;

static void count_messages(int level, const char *text)
{
	if (level >= MSG_WARN)
		warnings++;
	(void)text;
}

static void report(const char *name, bool good, const char *detail)
{
	printf("%s %s%s%s\n", good ? "ok" : "FAIL", name, good ? "" : ": ",
	       good ? "" : detail);
	if (!good)
		failed++;
}

static void must(bool good, const char *what)
{
	if (good)
		return;
	printf("FAIL preparing: %s\n", what);
	exit(1);
}

static void write_file(const char *path, const char *text, size_t len)
{
	FILE *file = fopen(path, "w");

	must(file != NULL && fwrite(text, 1, len, file) == len &&
		     fclose(file) == 0,
	     path);
}

static void prepare(void)
{
	char text[1024], reason[PS_REASON_MAX], error[PS_CONFIG_ERROR_MAX];
	struct ps_config *read;
	struct ps_writer *writer;
	struct group *group = getgrgid(getgid());
	bool added;

	must(group != NULL, "the group's name");
	must(mkdtemp(dir) != NULL && chmod(dir, 0755) == 0, "mkdtemp");
	snprintf(config, sizeof(config), "%s/postseal.conf", dir);
	snprintf(database, sizeof(database), "%s/directory.db", dir);
	snprintf(away, sizeof(away), "%s/away.db", dir);
	snprintf(text, sizeof(text),
		 "directory {\n database = \"%s\"\n credentials = "
		 "\"%s/credentials.db\"\n read_group = \"%s\"\n auth_group = "
		 "\"%s\"\n}\n",
		 database, dir, group->gr_name, group->gr_name);
	write_file(config, text, strlen(text));
	if (ps_config_read(config, &read, error) < 0)
		must(false, error);
	if (ps_writer_open(read, &writer, reason) != PS_WRITE_DONE)
		must(false, reason);
	must(ps_writer_add_account(writer, "alice@example.org", NULL, &added) ==
		     PS_WRITE_DONE,
	     "account");
	must(ps_writer_add_alias(writer, "info@example.org",
				 "alice@example.org", &added) == PS_WRITE_DONE,
	     "alias");
	must(ps_writer_commit(writer) == PS_WRITE_DONE, "commit");
	ps_writer_close(&writer);
	ps_config_free(&read);
}

#define RETRY "(retry)"
#define NONE  "(not found)"
#define ANY   "(found)"

static const char *ask(DICT *table, const char *key)
{
	const char *value = table->lookup(table, key);

	if (table->error == DICT_ERR_RETRY)
		return RETRY;
	return value == NULL ? NONE : value;
}

static const struct {
	const char *name, *view, *key, *want;
} lookups[] = {
	{ "domains: ours", "domains", "example.org", ANY },
	{ "domains: case", "domains", "EXAMPLE.Org", ANY },
	{ "domains: another", "domains", "example.net", NONE },
	{ "mailboxes: an account", "mailboxes", "alice@example.org", ANY },
	{ "mailboxes: case", "mailboxes", "Alice@EXAMPLE.org", ANY },
	{ "mailboxes: nobody", "mailboxes", "nobody@example.org", NONE },
	{ "mailboxes: an alias is none", "mailboxes", "info@example.org",
	  NONE },
	{ "mailboxes: no address", "mailboxes", "@", NONE },
	{ "mailboxes: an empty key", "mailboxes", "", NONE },
	{ "aliases: an alias", "aliases", "info@example.org",
	  "alice@example.org" },
	{ "aliases: nobody", "aliases", "nobody@example.org", NONE },
	{ "aliases: a local part alone", "aliases", "info", NONE },
	{ "aliases: a catch-all there is not", "aliases", "@example.org",
	  NONE },
	{ "aliases: quotes are no SQL", "aliases", "' or ''='@example.org",
	  NONE },
	{ "senders: an account", "senders", "alice@example.org",
	  "alice@example.org" },
	{ "senders: nobody", "senders", "nobody@example.org", NONE },
};

static void check_lookups(void)
{
	char name[256];
	const char *got;
	DICT *table;

	for (size_t i = 0; i < sizeof(lookups) / sizeof(*lookups); i++) {
		snprintf(name, sizeof(name), "%s:%s", config, lookups[i].view);
		table = open_table(name, O_RDONLY, 0);
		got = ask(table, lookups[i].key);
		if (strcmp(lookups[i].want, ANY) == 0)
			report(lookups[i].name, got[0] != '(', got);
		else
			report(lookups[i].name,
			       strcmp(got, lookups[i].want) == 0, got);
		table->close(table);
	}
}

static void make_huge(const char *path)
{
	must(truncate(path, 100 * 1024 * 1024) == 0, "truncate");
}

static void make_folder(const char *path)
{
	must(unlink(path) == 0 && mkdir(path, 0755) == 0, "mkdir");
}

static void make_unreadable(const char *path)
{
	must(chmod(path, 0) == 0, "chmod");
	/* Root may read anything. */
	must(geteuid() != 0 || seteuid(65534) == 0, "seteuid");
}

static void make_missing(const char *path)
{
	must(unlink(path) == 0, "unlink");
}

static void make_pipe(const char *path)
{
	must(unlink(path) == 0 && mkfifo(path, 0644) == 0, "mkfifo");
}

#define CONTENT(text) text, sizeof(text) - 1
static const struct {
	const char *name, *content;
	size_t len;
	void (*make)(const char *path);
} configs[] = {
	{ "configuration: a folder", CONTENT(""), make_folder },
	{ "configuration: unreadable", NULL, 0, make_unreadable },
	{ "configuration: missing", CONTENT(""), make_missing },
	{ "configuration: a pipe", CONTENT(""), make_pipe },
	{ "configuration: 100 MB", CONTENT(""), make_huge },
	{ "configuration: NUL", CONTENT("user = \"a\"\n\0"), NULL },
	{ "configuration: unknown setting", CONTENT("colour = \"red\"\n"),
	  NULL },
	{ "configuration: repeated setting",
	  CONTENT("user = \"a\"\nuser = \"b\"\n"), NULL },
	{ "configuration: not closed", CONTENT("directory {\n"), NULL },
	{ "configuration: octets", CONTENT("\xff\xfe\x80{{{\"\n"), NULL },
};

static void check_configs(void)
{
	char path[160], name[256];
	const char *got;
	DICT *table;

	for (size_t i = 0; i < sizeof(configs) / sizeof(*configs); i++) {
		snprintf(path, sizeof(path), "%s/bad%zu.conf", dir, i);
		if (configs[i].content == NULL)
			must(link(config, path) == 0, "link");
		else
			write_file(path, configs[i].content, configs[i].len);
		if (configs[i].make != NULL)
			configs[i].make(path);
		snprintf(name, sizeof(name), "%s:aliases", path);
		warnings = 0;
		table = open_table(name, O_RDONLY, 0);
		if (geteuid() != getuid())
			must(seteuid(getuid()) == 0, "seteuid");
		got = ask(table, "info@example.org");
		report(configs[i].name,
		       strcmp(got, RETRY) == 0 && warnings == 1, got);
		table->close(table);
		if (configs[i].content == NULL)
			must(chmod(config, 0644) == 0, "chmod");
	}
}

/* All defaults: whatever this machine has there, the host goes on. */
static void check_empty(void)
{
	char path[160], name[256];
	const char *got;
	DICT *table;

	snprintf(path, sizeof(path), "%s/empty.conf", dir);
	write_file(path, "", 0);
	snprintf(name, sizeof(name), "%s:mailboxes", path);
	table = open_table(name, O_RDONLY, 0);
	got = ask(table, "nobody@nowhere.invalid");
	report("configuration: empty", got[0] == '(', got);
	table->close(table);
}

static void check_names(void)
{
	static const char *const names[] = {
		"nosuch", "", ":domains", "a:domains", "/", "/:", "/:nosuch"
	};
	char label[64];
	DICT *table;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(label, sizeof(label), "table name \"%s\"", names[i]);
		table = open_table(names[i], O_RDONLY, 0);
		report(label, strcmp(ask(table, "example.org"), RETRY) == 0,
		       "no temporary failure");
		table->close(table);
	}
	dict_allow_surrogate = 1;
	table = open_table("domains", O_RDWR, 0);
	report("opened for writing",
	       strcmp(ask(table, "example.org"), RETRY) == 0,
	       "no temporary failure");
	table->close(table);
	dict_allow_surrogate = 0;
}

/* How many of our descriptors are on the database? */
static unsigned int open_files(void)
{
	DIR *fds = opendir("/proc/self/fd");
	struct dirent *entry;
	char target[512];
	unsigned int count = 0;
	ssize_t len;

	must(fds != NULL, "/proc/self/fd");
	while ((entry = readdir(fds)) != NULL) {
		len = readlinkat(dirfd(fds), entry->d_name, target,
				 sizeof(target) - 1);
		target[len < 0 ? 0 : len] = '\0';
		if (strncmp(target, database, strlen(database)) == 0)
			count++;
	}
	closedir(fds);
	return count;
}

static void check_sharing(void)
{
	static const char *const views[] = { "domains", "mailboxes", "aliases",
					     "senders" };
	char name[256];
	DICT *table[4];

	for (size_t i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "%s:%s", config, views[i]);
		table[i] = open_table(name, O_RDONLY, 0);
		ask(table[i], "alice@example.org");
	}
	report("four tables hold the database open once", open_files() == 1,
	       "not once");
	for (size_t i = 0; i < 4; i++)
		table[i]->close(table[i]);
	report("closed tables hold nothing", open_files() == 0, "they do");
}

static void check_outage(void)
{
	char name[256];
	bool retry = true;
	DICT *table;

	snprintf(name, sizeof(name), "%s:mailboxes", config);
	table = open_table(name, O_RDONLY, 0);
	must(rename(database, away) == 0, "rename");
	warnings = 0;
	for (unsigned int i = 0; i < 100; i++)
		retry = retry &&
			strcmp(ask(table, "alice@example.org"), RETRY) == 0;
	report("database gone: each lookup is a temporary failure", retry,
	       "one was not");
	report("database gone: one warning for 100 lookups", warnings == 1,
	       "not one");
	write_file(database, "this is no database, but text", 29);
	report("database is none: temporary failure",
	       strcmp(ask(table, "alice@example.org"), RETRY) == 0, "it is");
	must(rename(away, database) == 0, "rename");
	report("database back: found again",
	       ask(table, "alice@example.org")[0] != '(', "not found");
	table->close(table);
}

int main(int argc, char **argv)
{
	char command[64];
	void *plugin;

	must(argc == 2, "usage: host_postfix PLUGIN");
	msg_output(count_messages);
	plugin = dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL);
	must(plugin != NULL, plugin == NULL ? dlerror() : "");
	*(void **)&open_table = dlsym(plugin, "dict_postseal_open");
	must(open_table != NULL, "dict_postseal_open is not exported");
	prepare();
	check_lookups();
	check_configs();
	check_empty();
	check_names();
	check_sharing();
	check_outage();
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	if (system(command) != 0)
		report("cleaning up", false, dir);
	printf("%u failed\n", failed);
	return failed == 0 ? 0 : 1;
}
