/*
 * host_dovecot.c - a small host: loads the passdb/userdb driver as Dovecot's
 * auth process does, over Dovecot's own library, and asks it good and bad
 * things.
 * usage: host_dovecot MODULE
 */

#include "fake_auth.h"
#include "net.h"

#include "directory/writer_account.h"

#include <dlfcn.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char dir[] = "/tmp/postseal-host-XXXXXX";
static char config[128], database[128], away[128], credentials[128];
static unsigned int failed;

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

/* The driver's answers. */

static enum passdb_result passdb_answer;
static enum userdb_result userdb_answer;

static void verified(enum passdb_result result,
		     struct auth_request *request ATTR_UNUSED)
{
	passdb_answer = result;
}

static void looked_up(enum passdb_result result,
		      const unsigned char *data ATTR_UNUSED,
		      size_t size ATTR_UNUSED,
		      struct auth_request *request ATTR_UNUSED)
{
	passdb_answer = result;
}

static void described(enum userdb_result result,
		      struct auth_request *request ATTR_UNUSED)
{
	userdb_answer = result;
}

static void iterated(const char *user, void *context)
{
	const char **next = context;

	*next = user == NULL ? NULL : t_strdup(user);
}

/* One request to both databases of one configuration. */
struct asked {
	struct auth_request *request;
	struct auth_passdb passdb;
	struct auth_userdb userdb;
	pool_t pool;
};

static void asked_open(struct asked *asked, const char *file)
{
	pool_t pool = pool_alloconly_create("host", 4096);

	memset(asked, 0, sizeof(*asked));
	asked->pool = pool;
	asked->request = p_new(pool, struct auth_request, 1);
	asked->request->event = event_create(NULL);
	i_array_init(&asked->request->authdb_event, 2);
	asked->passdb.passdb = fake_passdb_preinit(pool, file);
	asked->userdb.userdb = fake_userdb_preinit(pool, file);
	asked->request->passdb = &asked->passdb;
	asked->request->userdb = &asked->userdb;
}

static void asked_close(struct asked *asked)
{
	fake_passdb->deinit(asked->passdb.passdb);
	fake_userdb->deinit(asked->userdb.userdb);
	array_free(&asked->request->authdb_event);
	event_unref(&asked->request->event);
	pool_unref(&asked->pool);
}

static void asked_user(struct asked *asked, const char *user)
{
	/* const for all but auth itself */
	*(char **)(uintptr_t)&asked->request->fields.user =
		p_strdup(asked->pool, user);
	fake_fields[0] = '\0';
}

static enum passdb_result verify(struct asked *asked, const char *user,
				 const char *password)
{
	asked_user(asked, user);
	fake_passdb->verify_plain(asked->request, password, verified);
	return passdb_answer;
}

static enum passdb_result credentials_of(struct asked *asked, const char *user)
{
	asked_user(asked, user);
	fake_passdb->lookup_credentials(asked->request, looked_up);
	return passdb_answer;
}

static enum userdb_result describe(struct asked *asked, const char *user)
{
	asked_user(asked, user);
	fake_userdb->lookup(asked->request, described);
	return userdb_answer;
}

/* The accounts as "a b c", or "!" in front when it failed. */
static void iterate(struct asked *asked, char *list_r, size_t size)
{
	struct userdb_iterate_context *ctx;
	const char *user = "";

	list_r[0] = '\0';
	asked_user(asked, "");
	ctx = fake_userdb->iterate_init(asked->request, iterated, &user);
	for (;;) {
		fake_userdb->iterate_next(ctx);
		if (user == NULL)
			break;
		snprintf(list_r + strlen(list_r), size - strlen(list_r), "%s ",
			 user);
	}
	if (fake_userdb->iterate_deinit(ctx) < 0)
		snprintf(list_r + strlen(list_r), size - strlen(list_r), "!");
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
	static const struct {
		const char *address, *hash;
	} accounts[] = {
		{ "alice@example.org", "{PLAIN}secret" },
		{ "bob@example.org", "{PLAIN}secret" },
		{ "carol@example.org", NULL },
		{ "dave@example.org", "{NOSUCH}x" },
		{ "erin@example.org", "$y$j9T$x" },
		{ "fred@example.org", "{PLAIN}secret" },
		{ "gina@example.org", "{PLAIN}secret" },
		{ "hugo@example.org", "{PLAIN}secret" },
	};
	static const struct {
		const char *address, *field, *value;
	} fields[] = {
		{ "fred@example.org", "allow-nets", "192.0.2.0/24" },
		{ "fred@example.org", "uid", "fred" },
		{ "fred@example.org", "gid", "users" },
		{ "fred@example.org", "mail", "mbox:~/mail" },
		{ "fred@example.org", "quota", "2G" },
		{ "gina@example.org", "allow-nets", "192.0.2.0/24" },
	};
	char text[1024], reason[PS_REASON_MAX], error[PS_CONFIG_ERROR_MAX];
	struct ps_config *read;
	struct ps_writer *writer;
	struct group *group = getgrgid(getgid());
	bool added;

	must(group != NULL, "the group's name");
	must(mkdtemp(dir) != NULL && chmod(dir, 0755) == 0, "mkdtemp");
	snprintf(config, sizeof(config), "%s/postseal.conf", dir);
	snprintf(database, sizeof(database), "%s/directory.db", dir);
	snprintf(credentials, sizeof(credentials), "%s/credentials.db", dir);
	snprintf(away, sizeof(away), "%s/away.db", dir);
	snprintf(text, sizeof(text),
		 "directory {\n database = \"%s\"\n credentials = \"%s\"\n"
		 " read_group = \"%s\"\n auth_group = \"%s\"\n}\n"
		 "mail {\n home = \"/mail/%%d/%%n\"\n user = \"virtual\"\n"
		 " group = \"mail\"\n}\n",
		 database, credentials, group->gr_name, group->gr_name);
	write_file(config, text, strlen(text));
	if (ps_config_read(config, &read, error) < 0)
		must(false, error);
	if (ps_writer_open(read, &writer, reason) != PS_WRITE_DONE)
		must(false, reason);
	for (size_t i = 0; i < N_ELEMENTS(accounts); i++)
		must(ps_writer_add_account(writer, accounts[i].address,
					   accounts[i].hash,
					   &added) == PS_WRITE_DONE,
		     accounts[i].address);
	for (size_t i = 0; i < N_ELEMENTS(fields); i++)
		must(ps_writer_set(writer, fields[i].address, fields[i].field,
				   fields[i].value) == PS_WRITE_DONE,
		     fields[i].field);
	must(ps_writer_set_once(writer, "gina@example.org", "{PLAIN}once",
				(long long)time(NULL) + 1000) == PS_WRITE_DONE,
	     "one-time password");
	must(ps_writer_set_once(writer, "hugo@example.org", "{PLAIN}late",
				(long long)time(NULL) - 1) == PS_WRITE_DONE,
	     "old one-time password");
	must(ps_writer_set_state(writer, "bob@example.org",
				 PS_ACCOUNT_DISABLED) == PS_WRITE_DONE,
	     "disable");
	must(ps_writer_commit(writer) == PS_WRITE_DONE, "commit");
	ps_writer_close(&writer);
	ps_config_free(&read);
}

static const struct {
	const char *name, *user, *password;
	enum passdb_result want;
} logins[] = {
	{ "login: right password", "alice@example.org", "secret",
	  PASSDB_RESULT_OK },
	{ "login: other case", "Alice@Example.ORG", "secret",
	  PASSDB_RESULT_OK },
	{ "login: wrong password", "alice@example.org", "Secret",
	  PASSDB_RESULT_PASSWORD_MISMATCH },
	{ "login: empty password", "alice@example.org", "",
	  PASSDB_RESULT_PASSWORD_MISMATCH },
	{ "login: unknown", "nobody@example.org", "secret",
	  PASSDB_RESULT_USER_UNKNOWN },
	{ "login: no address", "alice", "secret", PASSDB_RESULT_USER_UNKNOWN },
	{ "login: empty name", "", "secret", PASSDB_RESULT_USER_UNKNOWN },
	{ "login: quotes are no SQL", "' or ''='@example.org", "secret",
	  PASSDB_RESULT_USER_UNKNOWN },
	{ "login: disabled", "bob@example.org", "secret",
	  PASSDB_RESULT_USER_DISABLED },
	{ "login: disabled, and the password wrong", "bob@example.org", "x",
	  PASSDB_RESULT_PASSWORD_MISMATCH },
	{ "login: account without password", "carol@example.org", "",
	  PASSDB_RESULT_PASSWORD_MISMATCH },
	{ "login: hash of no scheme we have", "dave@example.org", "x",
	  PASSDB_RESULT_INTERNAL_FAILURE },
};

static void check_answers(struct asked *asked)
{
	char list[512];

	for (size_t i = 0; i < N_ELEMENTS(logins); i++)
		report(logins[i].name,
		       verify(asked, logins[i].user, logins[i].password) ==
			       logins[i].want,
		       passdb_result_to_string(passdb_answer));
	report("credentials: as stored",
	       credentials_of(asked, "alice@example.org") == PASSDB_RESULT_OK &&
		       strstr(fake_fields, "PLAIN=secret\n") != NULL,
	       fake_fields);
	report("credentials: crypt(3) without a scheme is CRYPT",
	       credentials_of(asked, "erin@example.org") == PASSDB_RESULT_OK &&
		       strstr(fake_fields, "CRYPT=$y$j9T$x\n") != NULL,
	       fake_fields);
	report("credentials: disabled",
	       credentials_of(asked, "bob@example.org") ==
		       PASSDB_RESULT_USER_DISABLED,
	       fake_fields);
	report("credentials: unknown",
	       credentials_of(asked, "nobody@example.org") ==
		       PASSDB_RESULT_USER_UNKNOWN,
	       fake_fields);
	report("user: the fields",
	       describe(asked, "Alice@example.org") == USERDB_RESULT_OK &&
		       strcmp(fake_fields,
			      "user=alice@example.org\nuid=virtual\n"
			      "gid=mail\nhome=/mail/example.org/alice\n") == 0,
	       fake_fields);
	report("user: a disabled account receives mail",
	       describe(asked, "bob@example.org") == USERDB_RESULT_OK,
	       fake_fields);
	report("user: unknown",
	       describe(asked, "nobody@example.org") ==
		       USERDB_RESULT_USER_UNKNOWN,
	       fake_fields);
	iterate(asked, list, sizeof(list));
	report("users: all of them, in order",
	       strcmp(list, "alice@example.org bob@example.org "
			    "carol@example.org dave@example.org "
			    "erin@example.org fred@example.org "
			    "gina@example.org hugo@example.org ") == 0,
	       list);
}

/* const for all but auth itself */
static void come_from(struct asked *asked, const char *address)
{
	struct ip_addr *ip =
		(struct ip_addr *)(uintptr_t)&asked->request->fields.remote_ip;

	must(net_addr2ip(address, ip) == 0, address);
}

/* Dovecot refuses by the field; what is ours is that nothing is used up. */
static void check_nets(struct asked *asked)
{
	(void)verify(asked, "fred@example.org", "secret");
	report("networks: Dovecot is told of them",
	       strstr(fake_fields, "allow_nets=192.0.2.0/24\n") != NULL,
	       fake_fields);
	(void)verify(asked, "alice@example.org", "secret");
	report("networks: none", strstr(fake_fields, "allow_nets") == NULL,
	       fake_fields);
	come_from(asked, "192.0.3.1");
	report("networks: refused",
	       verify(asked, "fred@example.org", "secret") ==
		       PASSDB_RESULT_PASSWORD_MISMATCH,
	       passdb_result_to_string(passdb_answer));
	report("networks: refused, and nothing used up",
	       verify(asked, "gina@example.org", "once") ==
		       PASSDB_RESULT_PASSWORD_MISMATCH,
	       passdb_result_to_string(passdb_answer));
	come_from(asked, "192.0.2.1");
	report("networks: allowed",
	       verify(asked, "fred@example.org", "secret") == PASSDB_RESULT_OK,
	       passdb_result_to_string(passdb_answer));
	(void)describe(asked, "fred@example.org");
	report("user: owner, mail and quota of its own",
	       strstr(fake_fields, "uid=fred\ngid=users\n") != NULL &&
		       strstr(fake_fields, "mbox") != NULL &&
		       strstr(fake_fields, "2G\n") != NULL,
	       fake_fields);
}

static void check_once(struct asked *asked)
{
	report("one-time: a wrong password",
	       verify(asked, "gina@example.org", "Once") ==
		       PASSDB_RESULT_PASSWORD_MISMATCH,
	       passdb_result_to_string(passdb_answer));
	(void)credentials_of(asked, "gina@example.org");
	report("one-time: its hash is not given",
	       strstr(fake_fields, "PLAIN=") == NULL, fake_fields);
	must(rename(credentials, away) == 0, "rename");
	report("one-time: credentials gone: temporary failure",
	       verify(asked, "gina@example.org", "once") ==
		       PASSDB_RESULT_INTERNAL_FAILURE,
	       passdb_result_to_string(passdb_answer));
	must(rename(away, credentials) == 0, "rename");
	report("one-time: logs in",
	       verify(asked, "gina@example.org", "once") == PASSDB_RESULT_OK,
	       passdb_result_to_string(passdb_answer));
	report("one-time: once",
	       verify(asked, "gina@example.org", "once") ==
		       PASSDB_RESULT_PASS_EXPIRED,
	       passdb_result_to_string(passdb_answer));
	report("one-time: used up, whatever mechanism",
	       credentials_of(asked, "gina@example.org") ==
		       PASSDB_RESULT_PASS_EXPIRED,
	       passdb_result_to_string(passdb_answer));
	report("one-time: used up, and the password wrong",
	       verify(asked, "gina@example.org", "x") ==
		       PASSDB_RESULT_PASSWORD_MISMATCH,
	       passdb_result_to_string(passdb_answer));
	report("one-time: too old",
	       verify(asked, "hugo@example.org", "late") ==
		       PASSDB_RESULT_PASS_EXPIRED,
	       passdb_result_to_string(passdb_answer));
	report("one-time: mail is still received",
	       describe(asked, "gina@example.org") == USERDB_RESULT_OK,
	       fake_fields);
}

/* By a configuration with directory.rehash: only then is a weak hash gone. */
static void check_rehash(struct asked *asked)
{
	char text[2048], path[160];
	struct asked other;
	FILE *file;
	size_t len;

	(void)verify(asked, "alice@example.org", "secret");
	(void)credentials_of(asked, "alice@example.org");
	report("weak hash: kept, as set",
	       strstr(fake_fields, "PLAIN=secret\n") != NULL, fake_fields);
	file = fopen(config, "r");
	must(file != NULL, config);
	len = fread(text, 1, sizeof(text) - 1, file);
	text[len] = '\0';
	(void)fclose(file);
	snprintf(path, sizeof(path), "%s/rehash.conf", dir);
	file = fopen(path, "w");
	must(file != NULL &&
		     fprintf(file, "directory {\n rehash = yes\n%s",
			     strchr(text, '\n') + 1) > 0 &&
		     fclose(file) == 0,
	     path);
	asked_open(&other, path);
	report("weak hash: a wrong password leaves it",
	       verify(&other, "alice@example.org", "Secret") ==
			       PASSDB_RESULT_PASSWORD_MISMATCH &&
		       credentials_of(&other, "alice@example.org") ==
			       PASSDB_RESULT_OK &&
		       strstr(fake_fields, "PLAIN=secret\n") != NULL,
	       fake_fields);
	report("weak hash: made anew at a login",
	       verify(&other, "alice@example.org", "secret") ==
			       PASSDB_RESULT_OK &&
		       credentials_of(&other, "alice@example.org") ==
			       PASSDB_RESULT_OK &&
		       strstr(fake_fields, "CRYPT=$y$") != NULL,
	       fake_fields);
	asked_close(&other);
}

/* Every question is a temporary failure. */
static bool all_fail(struct asked *asked)
{
	char list[512];
	bool fail;

	fail = verify(asked, "alice@example.org", "secret") ==
		       PASSDB_RESULT_INTERNAL_FAILURE &&
	       verify(asked, "nobody@example.org", "secret") ==
		       PASSDB_RESULT_INTERNAL_FAILURE &&
	       credentials_of(asked, "alice@example.org") ==
		       PASSDB_RESULT_INTERNAL_FAILURE &&
	       describe(asked, "alice@example.org") ==
		       USERDB_RESULT_INTERNAL_FAILURE;
	iterate(asked, list, sizeof(list));
	return fail && strcmp(list, "!") == 0;
}

static void check_outage(struct asked *asked)
{
	must(rename(database, away) == 0, "rename");
	report("database gone: temporary failure", all_fail(asked), "not so");
	must(rename(away, database) == 0, "rename");
	report("database back: login",
	       verify(asked, "alice@example.org", "secret") == PASSDB_RESULT_OK,
	       "no");
	must(rename(credentials, away) == 0, "rename");
	report("credentials gone: temporary failure",
	       verify(asked, "alice@example.org", "secret") ==
		       PASSDB_RESULT_INTERNAL_FAILURE,
	       "not so");
	report("credentials gone: mail is still received",
	       describe(asked, "alice@example.org") == USERDB_RESULT_OK,
	       "not so");
	must(rename(away, credentials) == 0, "rename");
}

static void check_config(void)
{
	struct asked asked;
	char bad[160], good[160];

	snprintf(bad, sizeof(bad), "%s/bad.conf", dir);
	snprintf(good, sizeof(good), "%s/good.conf", dir);
	asked_open(&asked, dir);
	report("configuration: a folder", all_fail(&asked), "answered");
	asked_close(&asked);
	write_file(bad, "colour = \"red\"\n", 15);
	asked_open(&asked, bad);
	report("configuration: unknown setting", all_fail(&asked), "answered");
	must(rename(config, bad) == 0, "rename");
	report("configuration: mended, without a restart",
	       verify(&asked, "hugo@example.org", "late") ==
		       PASSDB_RESULT_PASS_EXPIRED,
	       "not so");
	asked_close(&asked);
	must(truncate(bad, 100 * 1024 * 1024) == 0, "truncate");
	asked_open(&asked, bad);
	report("configuration: 100 MB", all_fail(&asked), "answered");
	asked_close(&asked);
}

/* dlsym() gives functions as data; memcpy() says so to the compiler. */
static void call(void *module, const char *name)
{
	void *symbol = dlsym(module, name);
	void (*function)(void);

	must(symbol != NULL, name);
	memcpy(&function, &symbol, sizeof(function));
	function();
}

int main(int argc, char **argv)
{
	char command[64];
	struct asked asked;
	void *module;

	must(argc == 2, "usage: host_dovecot MODULE");
	lib_init();
	module = dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL);
	must(module != NULL, module == NULL ? dlerror() : "");
	must(dlsym(module, "authdb_postseal_version") != NULL, "no version");
	call(module, "authdb_postseal_init");
	prepare();
	asked_open(&asked, config);
	check_answers(&asked);
	check_outage(&asked);
	check_nets(&asked);
	check_once(&asked);
	check_rehash(&asked);
	asked_close(&asked);
	check_config();
	call(module, "authdb_postseal_deinit");
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	if (system(command) != 0)
		report("cleaning up", false, dir);
	lib_deinit();
	printf("%u failed\n", failed);
	return failed == 0 ? 0 : 1;
}
