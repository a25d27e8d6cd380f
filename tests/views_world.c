/* views_world.c - a directory written step by step, to be asked. */

#include "views_world.h"

#include "table.h"

#include "directory/writer_account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const views_writes[] = { [PS_WRITE_DONE] = "done",
				     [PS_WRITE_NOTHING] = "nothing",
				     [PS_WRITE_REFUSED] = "refused",
				     [PS_WRITE_TEMPFAIL] =
					     "temporary failure" };
struct ps_directory *views_directory;

static char folder[] = "/tmp/postseal-views-XXXXXX";
static char database[128], credentials[128];
static struct ps_config config;
const struct ps_config *const views_config = &config;

static enum ps_write command(struct ps_writer *writer, const char *verb,
			     const char *a, const char *b, const char *c)
{
	unsigned int count;
	bool added;

	if (strcmp(verb, "adddom") == 0)
		return ps_writer_add_domain(writer, a);
	if (strcmp(verb, "alias-of") == 0)
		return ps_writer_add_alias_domain(writer, a, b);
	if (strcmp(verb, "relay-to") == 0)
		return ps_writer_add_relayed_domain(writer, a, b);
	if (strcmp(verb, "rmdom") == 0)
		return ps_writer_remove_domain(writer, a, b != NULL);
	if (strcmp(verb, "system") == 0)
		return ps_writer_add_system_aliases(writer, a, b, &count);
	if (strcmp(verb, "adduser") == 0)
		return ps_writer_add_account(writer, a, b, &added);
	if (strcmp(verb, "rmuser") == 0)
		return ps_writer_remove_account(writer, a, b != NULL);
	if (strcmp(verb, "disable") == 0)
		return ps_writer_set_state(writer, a, PS_ACCOUNT_DISABLED);
	if (strcmp(verb, "enable") == 0)
		return ps_writer_set_state(writer, a, PS_ACCOUNT_ACTIVE);
	if (strcmp(verb, "addalias") == 0)
		return ps_writer_add_alias(writer, a, b, &added);
	if (strcmp(verb, "addsender") == 0)
		return ps_writer_add_sender(writer, a, b);
	if (strcmp(verb, "rmsender") == 0)
		return ps_writer_remove_sender(writer, a, b);
	if (strcmp(verb, "once") == 0)
		return ps_writer_set_once(writer, a, b, 1000);
	if (strcmp(verb, "set") == 0)
		return ps_writer_set(writer, a, b, c);
	fail_msg("no verb %s", verb);
	return PS_WRITE_REFUSED;
}

enum ps_write views_run(bool rehearsal, const char *verb, const char *a,
			const char *b, const char *c)
{
	struct ps_writer *writer = NULL;
	char reason[PS_REASON_MAX];
	enum ps_write result =
		rehearsal ? ps_writer_rehearse(&config, &writer, reason)
			  : ps_writer_open(&config, &writer, reason);

	if (result != PS_WRITE_DONE)
		fail_msg("%s", reason);
	result = command(writer, verb, a, b, c);
	if (result == PS_WRITE_DONE)
		result = ps_writer_commit(writer);
	else
		print_message("    %s\n", ps_writer_reason(writer));
	assert_true(result == PS_WRITE_DONE ||
		    ps_writer_reason(writer)[0] != '\0');
	ps_writer_close(&writer);
	return result;
}

/* In this order, on one directory; where done, once more as a rehearsal first,
 * which must leave no trace. */
static const struct step {
	const char *verb, *a, *b, *c;
	enum ps_write want;
} steps[] = {
	{ "adddom", "one.example", NULL, NULL, PS_WRITE_DONE },
	{ "system", "one.example", "root@one.example", NULL, PS_WRITE_DONE },
	{ "system", "one.example", "not an address", NULL, PS_WRITE_REFUSED },
	{ "adduser", "Alice@one.example", "h", NULL, PS_WRITE_DONE },
	{ "adduser", "bob@one.example", "h", NULL, PS_WRITE_DONE },
	{ "adduser", "carol@one.example", "h", NULL, PS_WRITE_DONE },
	{ "adduser", "abuse@one.example", "h", NULL, PS_WRITE_DONE },
	{ "addalias", "security@one.example", "bob@one.example", NULL,
	  PS_WRITE_DONE },
	{ "adduser", "app@one.example", "h", NULL, PS_WRITE_DONE },
	{ "disable", "bob@one.example", NULL, NULL, PS_WRITE_DONE },
	/* maildrops */
	{ "set", "carol@one.example", "maildrop",
	  "x@far.example, y@far.example", PS_WRITE_DONE },
	{ "set", "carol@one.example", "maildrop", "x@far.example,,y",
	  PS_WRITE_REFUSED },
	{ "set", "carol@one.example", "maildrop", "|/bin/sh",
	  PS_WRITE_REFUSED },
	{ "set", "alice@one.example", "maildrop", "self", PS_WRITE_NOTHING },
	{ "set", "ghost@one.example", "maildrop", "none", PS_WRITE_NOTHING },
	{ "adduser", "dead@one.example", "h", NULL, PS_WRITE_DONE },
	{ "set", "dead@one.example", "maildrop", "none", PS_WRITE_DONE },
	{ "set", "dead@one.example", "maildrop", "none", PS_WRITE_NOTHING },
	{ "enable", "dead@one.example", NULL, NULL, PS_WRITE_NOTHING },
	{ "adduser", "back@one.example", "h", NULL, PS_WRITE_DONE },
	{ "set", "back@one.example", "maildrop", "none", PS_WRITE_DONE },
	{ "set", "back@one.example", "maildrop", "self", PS_WRITE_DONE },
	/* fields */
	{ "set", "alice@one.example", "quota", "2g", PS_WRITE_DONE },
	{ "set", "alice@one.example", "quota", "2G", PS_WRITE_NOTHING },
	{ "set", "bob@one.example", "quota", "500M", PS_WRITE_DONE },
	{ "set", "bob@one.example", "quota", "none", PS_WRITE_DONE },
	{ "set", "alice@one.example", "quota", "2", PS_WRITE_REFUSED },
	{ "set", "alice@one.example", "quota", "0G", PS_WRITE_REFUSED },
	{ "set", "alice@one.example", "quota", "1.5G", PS_WRITE_REFUSED },
	{ "set", "alice@one.example", "quota", "2G:ignore", PS_WRITE_REFUSED },
	{ "set", "alice@one.example", "quota", "123456789012G", PS_WRITE_DONE },
	{ "set", "alice@one.example", "quota", "1234567890123G",
	  PS_WRITE_REFUSED },
	{ "set", "alice@one.example", "quota", "2G", PS_WRITE_DONE },
	{ "set", "alice@one.example", "allow-nets", "192.0.2.0/24, 2001:db8::1",
	  PS_WRITE_DONE },
	{ "set", "alice@one.example", "allow-nets", "192.0.2.1/24",
	  PS_WRITE_REFUSED },
	{ "set", "alice@one.example", "allow-nets", "192.0.2.1,",
	  PS_WRITE_REFUSED },
	{ "set", "alice@one.example", "allow-nets", "localhost",
	  PS_WRITE_REFUSED },
	{ "set", "alice@one.example", "home", "/srv/mail/alice",
	  PS_WRITE_DONE },
	{ "set", "alice@one.example", "home", "mail/alice", PS_WRITE_REFUSED },
	{ "set", "alice@one.example", "home", "/srv/../etc", PS_WRITE_REFUSED },
	{ "set", "alice@one.example", "mail", "mbox:~/m", PS_WRITE_DONE },
	{ "set", "alice@one.example", "mail", "mbox", PS_WRITE_REFUSED },
	{ "set", "alice@one.example", "uid", "alice", PS_WRITE_DONE },
	{ "set", "alice@one.example", "gid", "1001", PS_WRITE_DONE },
	{ "set", "alice@one.example", "uid", "root", PS_WRITE_REFUSED },
	{ "set", "alice@one.example", "uid", "00", PS_WRITE_REFUSED },
	{ "set", "alice@one.example", "gid", "a b", PS_WRITE_REFUSED },
	{ "set", "alice@one.example", "colour", "red", PS_WRITE_REFUSED },
	/* senders */
	{ "set", "app@one.example", "relay", "yes", PS_WRITE_DONE },
	{ "set", "app@one.example", "relay", "yes", PS_WRITE_NOTHING },
	{ "set", "app@one.example", "relay", "maybe", PS_WRITE_REFUSED },
	{ "addsender", "bob@one.example", "Bob@Far.example", NULL,
	  PS_WRITE_DONE },
	{ "addsender", "bob@one.example", "bob@far.example", NULL,
	  PS_WRITE_NOTHING },
	{ "addsender", "bob@one.example", "alice@one.example", NULL,
	  PS_WRITE_DONE },
	{ "addsender", "carol@one.example", "@two.example", NULL,
	  PS_WRITE_DONE },
	{ "addsender", "ghost@one.example", "a@far.example", NULL,
	  PS_WRITE_NOTHING },
	{ "addsender", "bob@one.example", "nonsense", NULL, PS_WRITE_REFUSED },
	{ "rmsender", "bob@one.example", "no@far.example", NULL,
	  PS_WRITE_NOTHING },
	/* a domain with a catch-all */
	{ "adduser", "erin@two.example", "h", NULL, PS_WRITE_DONE },
	{ "adduser", "gone@two.example", "h", NULL, PS_WRITE_DONE },
	{ "adduser", "away@two.example", "h", NULL, PS_WRITE_DONE },
	{ "set", "gone@two.example", "maildrop", "none", PS_WRITE_DONE },
	{ "set", "away@two.example", "maildrop", "away@far.example",
	  PS_WRITE_DONE },
	{ "addalias", "info@two.example", "erin@two.example", NULL,
	  PS_WRITE_DONE },
	{ "addalias", "@two.example", "alice@one.example", NULL,
	  PS_WRITE_DONE },
	{ "addalias", "many@two.example", "z@far.example", NULL,
	  PS_WRITE_DONE },
	{ "addalias", "many@two.example", "a@far.example", NULL,
	  PS_WRITE_DONE },
	{ "adduser", "both@two.example", "h", NULL, PS_WRITE_DONE },
	{ "set", "both@two.example", "maildrop", "y@far.example, b@far.example",
	  PS_WRITE_DONE },
	{ "addalias", "both@two.example", "x@far.example", NULL,
	  PS_WRITE_DONE },
	/* domains that are others' */
	{ "alias-of", "uno.example", "one.example", NULL, PS_WRITE_DONE },
	{ "alias-of", "dos.example", "Two.example", NULL, PS_WRITE_DONE },
	{ "alias-of", "uno.example", "two.example", NULL, PS_WRITE_NOTHING },
	{ "alias-of", "one.example", "two.example", NULL, PS_WRITE_NOTHING },
	{ "alias-of", "x.example", "x.example", NULL, PS_WRITE_REFUSED },
	{ "alias-of", "x.example", "none.example", NULL, PS_WRITE_NOTHING },
	{ "alias-of", "x.example", "uno.example", NULL, PS_WRITE_REFUSED },
	{ "adduser", "a@uno.example", "h", NULL, PS_WRITE_REFUSED },
	{ "addalias", "a@uno.example", "b@one.example", NULL,
	  PS_WRITE_REFUSED },
	{ "relay-to", "far1.example", "[mx.far1.example]:2525", NULL,
	  PS_WRITE_DONE },
	{ "relay-to", "far2.example", "mx.far2.example:25", NULL,
	  PS_WRITE_DONE },
	{ "relay-to", "far3.example", "smtp:[192.0.2.1]", NULL, PS_WRITE_DONE },
	{ "relay-to", "far4.example", "mx.far4.example", NULL, PS_WRITE_DONE },
	{ "relay-to", "far5.example", "", NULL, PS_WRITE_REFUSED },
	{ "relay-to", "far5.example", ":mx", NULL, PS_WRITE_REFUSED },
	{ "relay-to", "far5.example", "smtp:", NULL, PS_WRITE_REFUSED },
	{ "relay-to", "far5.example", "a b", NULL, PS_WRITE_REFUSED },
	{ "relay-to", "far5.example", "a,b", NULL, PS_WRITE_REFUSED },
	{ "adduser", "a@far1.example", "h", NULL, PS_WRITE_REFUSED },
	{ "addalias", "info@far1.example", "alice@one.example", NULL,
	  PS_WRITE_DONE },
	{ "alias-of", "x.example", "far1.example", NULL, PS_WRITE_REFUSED },
	{ "addalias", "list@one.example", "bob@uno.example", NULL,
	  PS_WRITE_DONE },
	{ "once", "carol@one.example", "hash", NULL, PS_WRITE_DONE },
	{ "once", "ghost@one.example", "hash", NULL, PS_WRITE_NOTHING },
	{ "rmdom", "one.example", NULL, NULL, PS_WRITE_REFUSED },
};

void views_write_steps(void **state)
{
	const struct step *step;
	size_t i;

	(void)state;
	for (i = 0; i < TABLE_COUNT(steps); i++) {
		step = &steps[i];
		print_message("  %s %s %s %s\n", step->verb, step->a,
			      step->b == NULL ? "" : step->b,
			      step->c == NULL ? "" : step->c);
		assert_string_equal(
			views_writes[views_run(true, step->verb, step->a,
					       step->b, step->c)],
			views_writes[step->want]);
		if (i == 0)
			assert_int_equal(access(database, F_OK), -1);
		assert_string_equal(
			views_writes[views_run(false, step->verb, step->a,
					       step->b, step->c)],
			views_writes[step->want]);
	}
}

int views_set_up(void **state)
{
	char error[PS_CONFIG_ERROR_MAX];

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(database, sizeof(database), "%s/d/directory.db", folder);
	snprintf(credentials, sizeof(credentials), "%s/c/credentials.db",
		 folder);
	config.directory = (struct ps_config_directory){
		.database = database,
		.credentials = credentials,
		.read_group = "root",
		.auth_group = "root",
	};
	config.mail.home = "/var/vmail/%d/%n";
	return ps_directory_new(&config, &views_directory, error);
}

int views_tear_down(void **state)
{
	char line[80];

	(void)state;
	ps_directory_free(&views_directory);
	snprintf(line, sizeof(line), "rm -rf '%s'", folder);
	return system(line) == 0 ? 0 : -1;
}
