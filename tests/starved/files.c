/* files.c - what is read from files: configuration, rules, keys. */

#include "starved.h"

#include "core/rules/rule_eval.h"
#include "directory/config.h"
#include "directory/log.h"
#include "io/crypto_openssl.h"
#include "io/keyfolder.h"
#include "io/logins_file.h"
#include "milter/policy_book.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW 1800000000

static char folder[] = "/tmp/postseal-starved-XXXXXX";

static const char configuration[] =
	"authserv_id = \"mx.example.org\"\n"
	"authserv_ids_removed = {\"old.example.org\", \"b.example\"}\n"
	"user = \"postseal\"\n"
	"milter {\n"
	"  socket = \"unix:/run/postseal/milter.sock\"\n"
	"  internal_networks = {\"127.0.0.0/8\", \"::1\", \"10.0.0.0/8\"}\n"
	"  exempt_recipients = {\"postmaster\", \"x@example.org\"}\n"
	"}\n"
	"ldap {\n"
	"  uris = {\"ldap://192.0.2.1\"}\n"
	"  base = \"dc=example\"\n"
	"}\n"
	"redis {\n"
	"  servers = {\"inet:6379@192.0.2.1\"}\n"
	"}\n"
	"sign {\n"
	"  fields = {\"From\", \"Subject\"}\n"
	"}\n"
	"dns {\n"
	"  servers = {\"192.0.2.53\"}\n"
	"  timeout = 3\n"
	"}\n";

static const char rules[] =
	"&&END { protocol_state==END-OF-MESSAGE; };\n"
	"id=HOST; &&END; sasl_username=~/^(web|wiki)$/\n"
	"    action=rcpt(sasl_username/360/3600/REJECT 360 an hour)\n"
	"id=NET; client_address=10.0.0.0/8,192.0.2.0/24; action=DUNNO\n"
	"id=NAMES; sender_domain==a.example,b.example; "
	"rbl=zen.example; action=REJECT no\n"
	"id=USER; &&END; sasl_username=~.; recipient_count>=50\n"
	"    action=score(+2)\n";

static void path_of(const char *name, char path_r[128])
{
	snprintf(path_r, 128, "%s/%s", folder, name);
}

static void put(const char *name, const char *text, size_t len)
{
	char path[128];
	FILE *file;

	path_of(name, path);
	file = fopen(path, "w");
	if (file == NULL || fwrite(text, 1, len, file) != len ||
	    fclose(file) != 0 || chmod(path, 0640) != 0)
		abort();
}

static void make_key(const char *name, enum ps_key_type type)
{
	struct ps_buffer pem = PS_BUFFER(8192), public_key = PS_BUFFER(8192);

	if (ps_private_key_generate(type, 2048, &pem, &public_key) != 0)
		abort();
	put(name, pem.data, pem.len);
	ps_buffer_free(&pem);
	ps_buffer_free(&public_key);
}

void starved_files_open(void)
{
	static const char list[] =
		"{\"keys\": [{\"selector\": \"r\", \"algorithm\": \"rsa\","
		" \"state\": \"active\", \"since\": 0},"
		" {\"selector\": \"e\", \"algorithm\": \"ed25519\","
		" \"state\": \"active\", \"since\": 0}],"
		" \"sign\": {\"expiry\": 600, \"fields\": [\"From\"]}}";
	char path[128];

	if (mkdtemp(folder) == NULL)
		abort();
	put("postseal.conf", configuration, strlen(configuration));
	put("rules.cf", rules, strlen(rules));
	path_of("example.org", path);
	if (mkdir(path, 0750) != 0)
		abort();
	put("example.org/domain.json", list, strlen(list));
	make_key("example.org/r.key", PS_KEY_RSA);
	make_key("example.org/e.key", PS_KEY_ED25519);
}

void starved_files_close(void)
{
	char command[160];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	if (system(command) != 0)
		abort();
}

/* ---- what is done ---- */

/* The reason must be the true one, as an administrator looks for it. */
static void say_refused(const char *error, char said_r[STARVED_SAID_MAX])
{
	if (strstr(error, "memory") != NULL)
		snprintf(said_r, STARVED_SAID_MAX, "no memory");
	else
		snprintf(said_r, STARVED_SAID_MAX, "refused: %s", error);
}

static void read_config(const struct starved *what,
			char said_r[STARVED_SAID_MAX])
{
	char path[128], error[PS_CONFIG_ERROR_MAX] = "";
	struct ps_config *config = NULL;
	int result;

	(void)what;
	path_of("postseal.conf", path);
	starved_begin();
	result = ps_config_read(path, &config, error);
	starved_end();
	if (result == 0)
		snprintf(said_r, STARVED_SAID_MAX, "%s %zu %s %u",
			 config->authserv_id,
			 config->milter.internal_networks.count,
			 config->sign.signature.fields.at[1],
			 config->dns.timeout);
	else
		say_refused(error, said_r);
	starved_begin();
	ps_config_free(&config);
	starved_end();
}

static void compile_rules(const struct starved *what,
			  char said_r[STARVED_SAID_MAX])
{
	char path[128], error[PS_CONFIG_ERROR_MAX] = "";
	const struct ps_config_limits limits = { .rules = path };
	struct ps_policy_book *book = NULL;
	int result;

	(void)what;
	path_of("rules.cf", path);
	starved_begin();
	result = ps_policy_book_new(&limits, &book, error);
	starved_end();
	if (result == 0)
		snprintf(said_r, STARVED_SAID_MAX, "%zu rules",
			 ps_rules_count(ps_policy_book_rules(book)));
	else
		say_refused(error, said_r);
	starved_begin();
	ps_policy_book_free(&book);
	starved_end();
}

static void read_keys(const struct starved *what, char said_r[STARVED_SAID_MAX])
{
	const struct ps_domain_keys *keys = NULL;
	struct ps_keyfolder *keyfolder = NULL;
	enum ps_outcome outcome = PS_TEMPFAIL;
	char reason[PS_REASON_MAX];

	(void)what;
	starved_begin();
	if (ps_keyfolder_new(folder, &keyfolder) == 0)
		outcome = ps_keyfolder_get(keyfolder, "example.org", NOW, &keys,
					   reason);
	starved_end();
	if (outcome == PS_FOUND)
		snprintf(said_r, STARVED_SAID_MAX, "%zu keys: %s %s",
			 keys->count, keys->key[0].selector,
			 keys->key[1].selector);
	else
		snprintf(said_r, STARVED_SAID_MAX, "%s",
			 outcome == PS_TEMPFAIL ? "temporary" : "not found");
	starved_begin();
	if (keyfolder != NULL)
		ps_keyfolder_release(keyfolder, &keys);
	ps_keyfolder_free(&keyfolder);
	starved_end();
}

/* ---- a request, judged by rules ---- */

static struct ps_bytes value_of(void *ctx, struct ps_bytes name)
{
	static const char *const values[][2] = {
		{ "protocol_state", "END-OF-MESSAGE" },
		{ "sasl_username", "web" },
		{ "recipient_count", "7" },
	};
	size_t i;

	(void)ctx;
	for (i = 0; i < TABLE_COUNT(values); i++) {
		if (ps_bytes_equal(name, ps_bytes_of(values[i][0])))
			return ps_bytes_of(values[i][1]);
	}
	return (struct ps_bytes){ NULL, 0 };
}

static enum ps_rule_counted count(void *ctx, const struct ps_rule_count *what,
				  uint64_t *sum_r)
{
	(void)ctx;
	*sum_r = what->max + 1;
	return PS_RULE_COUNTED;
}

/* Never DUNNO, by which a limit would let it pass. */
static void judge_request(const struct starved *what,
			  char said_r[STARVED_SAID_MAX])
{
	const struct ps_rule_request request = { value_of, NULL };
	const struct ps_rule_counters counters = { count, NULL };
	const struct ps_rule_facts facts = { .request = &request,
					     .now = NOW,
					     .counters = &counters };
	char path[128], error[PS_CONFIG_ERROR_MAX];
	const struct ps_config_limits limits = { .rules = path };
	struct ps_rule_verdict verdict = { .action = "451 no memory" };
	struct ps_policy_book *book = NULL;
	struct ps_rule_run *run = NULL;

	(void)what;
	path_of("rules.cf", path);
	assert_int_equal(ps_policy_book_new(&limits, &book, error), 0);
	starved_begin();
	if (ps_rule_run_new(ps_policy_book_rules(book), &run) == 0) {
		ps_rule_run_begin(run, &facts);
		while (!ps_rule_run_judge(run, &verdict))
			;
	}
	starved_end();
	snprintf(said_r, STARVED_SAID_MAX, "%s", verdict.action);
	starved_begin();
	ps_rule_run_free(&run);
	starved_end();
	ps_policy_book_free(&book);
}

static const char *const fault[] = { "451 ", NULL };
static const char *const no_memory[] = { "no memory", NULL };
static const char *const temporary[] = { "temporary", NULL };

/* ---- logins ---- */

static void note_login(struct ps_logins *logins, const char *login)
{
	const struct ps_rule_logins port = ps_logins_port(logins);
	const struct ps_rule_login what = { .login = ps_bytes_of(login),
					    .client_address =
						    PS_BYTES("192.0.2.1"),
					    .now = NOW };

	port.note(port.ctx, &what);
}

static void read_logins(const char *path, size_t noted,
			char said_r[STARVED_SAID_MAX])
{
	char note[PS_REASON_MAX];
	struct ps_logins *logins;
	int result;

	snprintf(said_r, STARVED_SAID_MAX, "no memory");
	if (ps_logins_new(10, NULL, &logins) < 0)
		return;
	result = ps_logins_file_read(path, logins, NOW, note);
	snprintf(said_r, STARVED_SAID_MAX, "%zu of %zu%s",
		 ps_logins_held(logins), noted, result == 0 ? "" : ", said");
	ps_logins_free(&logins);
}

/* Who is not kept is said to be missing, unless it was not even noted. */
static void keep_logins(const struct starved *what,
			char said_r[STARVED_SAID_MAX])
{
	char path[128], reason[PS_REASON_MAX];
	struct ps_logins *logins;
	size_t noted;

	(void)what;
	path_of("counters.logins", path);
	snprintf(said_r, STARVED_SAID_MAX, "no memory");
	starved_begin();
	if (ps_logins_new(10, NULL, &logins) == 0) {
		note_login(logins, "anna");
		note_login(logins, "bert");
		noted = ps_logins_held(logins);
		if (ps_logins_file_write(path, logins, NOW, false, reason) < 0)
			snprintf(said_r, STARVED_SAID_MAX, "not written");
		else
			read_logins(path, noted, said_r);
		ps_logins_free(&logins);
	}
	starved_end();
}

static const char *const fewer[] = { "no memory",    "not written",
				     "0 of 0",	     "1 of 1",
				     "0 of 2, said", "1 of 2, said",
				     "0 of 1, said", NULL };

const struct starved starved_files[] = {
	{ "a configuration is read", read_config, NULL,
	  "mx.example.org 3 subject 3", no_memory, 10 },
	{ "rules are compiled", compile_rules, NULL, "4 rules", no_memory, 10 },
	{ "a limit is held, or all wait", judge_request, NULL,
	  "REJECT 360 an hour", fault, 5 },
	{ "signing keys are read", read_keys, NULL, "2 keys: r e", temporary,
	  10 },
	{ "logins are kept", keep_logins, NULL, "2 of 2", fewer, 5 },
};
const size_t starved_files_count = TABLE_COUNT(starved_files);
