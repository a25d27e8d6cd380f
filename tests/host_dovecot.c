/*
 * host_dovecot.c - a small host: loads the passdb/userdb driver as Dovecot's
 * auth process does, over Dovecot's own library, and asks it good and bad
 * things.
 * usage: host_dovecot MODULE
 */

#include "fake_auth.h"
#include "password-scheme.h"

#include "directory/writer_account.h"

#include <dlfcn.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct passdb_module_interface *fake_passdb;
struct userdb_module_interface *fake_userdb;
char fake_fields[1024];

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

/* The host's side of what the driver calls. */

void passdb_register_module(struct passdb_module_interface *iface)
{
	fake_passdb = iface;
}

void userdb_register_module(struct userdb_module_interface *iface)
{
	fake_userdb = iface;
}

void passdb_unregister_module(struct passdb_module_interface *iface ATTR_UNUSED)
{
	fake_passdb = NULL;
}

void userdb_unregister_module(struct userdb_module_interface *iface ATTR_UNUSED)
{
	fake_userdb = NULL;
}

void fake_set_field(const char *name, const char *value)
{
	size_t used = strlen(fake_fields);

	snprintf(fake_fields + used, sizeof(fake_fields) - used, "%s=%s\n",
		 name, value);
}

void auth_request_set_field(struct auth_request *request ATTR_UNUSED,
			    const char *name, const char *value,
			    const char *default_scheme ATTR_UNUSED)
{
	fake_set_field(name, value);
}

void auth_request_set_userdb_field(struct auth_request *request ATTR_UNUSED,
				   const char *name, const char *value)
{
	fake_set_field(name, value);
}

enum passdb_result
auth_request_password_missing(struct auth_request *request ATTR_UNUSED)
{
	fake_set_field("missing", "password");
	return PASSDB_RESULT_PASSWORD_MISMATCH;
}

const char *password_get_scheme(const char **password)
{
	const char *end = strchr(*password, '}'), *scheme;

	if (**password != '{' || end == NULL)
		return NULL;
	scheme = t_strdup_until(*password + 1, end);
	*password = end + 1;
	return scheme;
}

int fake_verify(const char *password, const char *crypted, const char *scheme)
{
	if (strcmp(scheme, "PLAIN") != 0)
		return -1;
	return strcmp(password, crypted) == 0 ? 1 : 0;
}

void passdb_handle_credentials(enum passdb_result result, const char *password,
			       const char *scheme,
			       lookup_credentials_callback_t *callback,
			       struct auth_request *request)
{
	if (password != NULL)
		fake_set_field(scheme, password);
	callback(result, NULL, 0, request);
}

const char *passdb_result_to_string(enum passdb_result result)
{
	return t_strdup_printf("result %d", (int)result);
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
			    "erin@example.org ") == 0,
	       list);
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
	       verify(&asked, "alice@example.org", "secret") ==
		       PASSDB_RESULT_OK,
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
