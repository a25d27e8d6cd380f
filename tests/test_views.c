/* test_views.c - what Postfix's tables say of each kind of account and domain.
 */

#include "table.h"

#include "directory/writer_account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/postseal-views-XXXXXX";
static char database[128], credentials[128];
static struct ps_config config;
static struct ps_directory *directory;

static const char *const outcomes[] = { [PS_FOUND] = "found",
					[PS_NOTFOUND] = "not found",
					[PS_TEMPFAIL] = "temporary failure" };
static const char *const writes[] = { [PS_WRITE_DONE] = "done",
				      [PS_WRITE_NOTHING] = "nothing",
				      [PS_WRITE_REFUSED] = "refused",
				      [PS_WRITE_TEMPFAIL] =
					      "temporary failure" };

/* ---- the directory, written ---- */

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

static enum ps_write run(bool rehearsal, const char *verb, const char *a,
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

static void write_steps(void **state)
{
	const struct step *step;
	size_t i;

	(void)state;
	for (i = 0; i < TABLE_COUNT(steps); i++) {
		step = &steps[i];
		print_message("  %s %s %s %s\n", step->verb, step->a,
			      step->b == NULL ? "" : step->b,
			      step->c == NULL ? "" : step->c);
		assert_string_equal(writes[run(true, step->verb, step->a,
					       step->b, step->c)],
				    writes[step->want]);
		if (i == 0)
			assert_int_equal(access(database, F_OK), -1);
		assert_string_equal(writes[run(false, step->verb, step->a,
					       step->b, step->c)],
				    writes[step->want]);
	}
}

/* ---- and read ---- */

static const struct row {
	const char *name;
	enum ps_view view;
	const char *key, *want; /* NULL: not found */
} rows[] = {
	{ "domain: received here", PS_VIEW_DOMAINS, "one.example",
	  "one.example" },
	{ "domain: an alias of another", PS_VIEW_DOMAINS, "uno.example",
	  "uno.example" },
	{ "domain: a relayed one is none", PS_VIEW_DOMAINS, "far1.example",
	  NULL },
	{ "relayed: it is", PS_VIEW_RELAY_DOMAINS, "far1.example",
	  "far1.example" },
	{ "relayed: one received here is not", PS_VIEW_RELAY_DOMAINS,
	  "one.example", NULL },
	{ "relayed: an alias of another is not", PS_VIEW_RELAY_DOMAINS,
	  "uno.example", NULL },
	{ "relayed: below it", PS_VIEW_RELAY_DOMAINS, "a.far1.example", NULL },
	{ "transport: of a domain", PS_VIEW_TRANSPORT, "FAR1.example",
	  "relay:[mx.far1.example]:2525" },
	{ "transport: of an address", PS_VIEW_TRANSPORT, "a@far1.example",
	  "relay:[mx.far1.example]:2525" },
	{ "transport: host and port", PS_VIEW_TRANSPORT, "far2.example",
	  "relay:mx.far2.example:25" },
	{ "transport: named by the administrator", PS_VIEW_TRANSPORT,
	  "far3.example", "smtp:[192.0.2.1]" },
	{ "transport: a host alone", PS_VIEW_TRANSPORT, "far4.example",
	  "relay:mx.far4.example" },
	{ "transport: received here", PS_VIEW_TRANSPORT, "alice@one.example",
	  NULL },
	{ "transport: the default's key", PS_VIEW_TRANSPORT, "*", NULL },
	{ "mailbox: active", PS_VIEW_MAILBOXES, "alice@one.example",
	  "alice@one.example" },
	{ "mailbox: disabled", PS_VIEW_MAILBOXES, "bob@one.example",
	  "bob@one.example" },
	{ "mailbox: with maildrops", PS_VIEW_MAILBOXES, "carol@one.example",
	  "carol@one.example" },
	{ "mailbox: closed", PS_VIEW_MAILBOXES, "dead@one.example", NULL },
	{ "mailbox: opened again", PS_VIEW_MAILBOXES, "back@one.example",
	  "back@one.example" },
	{ "mailbox: by the alias domain", PS_VIEW_MAILBOXES,
	  "alice@uno.example", "alice@one.example" },
	{ "mailbox: closed, by the alias domain", PS_VIEW_MAILBOXES,
	  "dead@uno.example", NULL },
	{ "mailbox: no domain", PS_VIEW_MAILBOXES, "uno.example", NULL },
	{ "alias: an account without", PS_VIEW_ALIASES, "alice@one.example",
	  NULL },
	{ "alias: closed, no catch-all", PS_VIEW_ALIASES, "dead@one.example",
	  NULL },
	{ "alias: unknown, no catch-all", PS_VIEW_ALIASES, "no@one.example",
	  NULL },
	{ "alias: no catch-all", PS_VIEW_ALIASES, "@one.example", NULL },
	{ "alias: maildrops", PS_VIEW_ALIASES, "carol@one.example",
	  "x@far.example,y@far.example" },
	{ "alias: of the system", PS_VIEW_ALIASES, "postmaster@one.example",
	  "root@one.example" },
	{ "alias: of the system, never to itself", PS_VIEW_ALIASES,
	  "root@one.example", NULL },
	{ "alias: an account in its place", PS_VIEW_ALIASES,
	  "abuse@one.example", NULL },
	{ "alias: another in its place", PS_VIEW_ALIASES,
	  "security@one.example", "bob@one.example" },
	{ "alias: a local part alone", PS_VIEW_ALIASES, "carol", NULL },
	{ "catch-all: it", PS_VIEW_ALIASES, "@two.example",
	  "alice@one.example" },
	{ "catch-all: an account is itself", PS_VIEW_ALIASES,
	  "erin@two.example", "erin@two.example" },
	{ "catch-all: an account with a maildrop", PS_VIEW_ALIASES,
	  "away@two.example", "away@far.example" },
	{ "catch-all: an alias", PS_VIEW_ALIASES, "info@two.example",
	  "erin@two.example" },
	{ "catch-all: a closed account reaches it", PS_VIEW_ALIASES,
	  "gone@two.example", NULL },
	{ "catch-all: an unknown address reaches it", PS_VIEW_ALIASES,
	  "no@two.example", NULL },
	{ "alias domain: an account", PS_VIEW_ALIASES, "Alice@uno.example",
	  "alice@one.example" },
	{ "alias domain: an alias", PS_VIEW_ALIASES, "list@uno.example",
	  "list@one.example" },
	{ "alias domain: existing ones only", PS_VIEW_ALIASES, "no@uno.example",
	  NULL },
	{ "alias domain: a closed account", PS_VIEW_ALIASES, "dead@uno.example",
	  NULL },
	{ "alias domain: its target's catch-all", PS_VIEW_ALIASES,
	  "@dos.example", "alice@one.example" },
	{ "alias domain: no catch-all", PS_VIEW_ALIASES, "@uno.example", NULL },
	{ "relayed domain: an alias", PS_VIEW_ALIASES, "info@far1.example",
	  "alice@one.example" },
	{ "quota: one", PS_VIEW_QUOTA, "alice@one.example", "2G" },
	{ "quota: taken away", PS_VIEW_QUOTA, "bob@one.example", NULL },
	{ "quota: by the alias domain", PS_VIEW_QUOTA, "alice@uno.example",
	  "2G" },
	{ "senders: owner, send-as list, relay", PS_VIEW_SENDERS,
	  "alice@one.example",
	  "alice@one.example,app@one.example,bob@one.example" },
	{ "senders: of an address elsewhere", PS_VIEW_SENDERS,
	  "bob@far.example", "bob@one.example" },
	{ "senders: nobody's, so @domain is asked", PS_VIEW_SENDERS,
	  "no@one.example", NULL },
	{ "senders: all of the domain", PS_VIEW_SENDERS, "@one.example",
	  "app@one.example" },
	{ "senders: closed", PS_VIEW_SENDERS, "dead@one.example", NULL },
	{ "senders: all of a domain beside the owner", PS_VIEW_SENDERS,
	  "erin@two.example",
	  "app@one.example,carol@one.example,erin@two.example" },
	{ "senders: the catch-all's owner, too", PS_VIEW_SENDERS,
	  "@two.example",
	  "alice@one.example,app@one.example,carol@one.example" },
	{ "senders: through the alias domain", PS_VIEW_SENDERS,
	  "list@one.example", "app@one.example,bob@one.example" },
	{ "senders: in the alias domain", PS_VIEW_SENDERS, "carol@uno.example",
	  "app@one.example,carol@one.example" },
	{ "senders: a relay account, relayed domains not", PS_VIEW_SENDERS,
	  "@far1.example", NULL },
	{ "senders: a relay account, other domains not", PS_VIEW_SENDERS,
	  "@far.example", NULL },
};

static void check_row(void **state)
{
	const struct row *row = *state;
	struct ps_buffer answer = PS_BUFFER(PS_ANSWER_MAX);
	enum ps_outcome outcome =
		ps_directory_view(directory, row->view, row->key, &answer);

	assert_string_equal(outcomes[outcome],
			    outcomes[row->want ? PS_FOUND : PS_NOTFOUND]);
	if (row->want != NULL)
		assert_string_equal(ps_buffer_cstr(&answer), row->want);
	ps_buffer_free(&answer);
}

/* ---- the other questions ---- */

static void accounts(void **state)
{
	static const char *const closed[] = { "dead@one.example",
					      "dead@uno.example",
					      "nobody@uno.example",
					      "alice@far1.example" };
	struct ps_account account;
	size_t i;

	(void)state;
	assert_int_equal(
		ps_directory_account(directory, "Alice@uno.example", &account),
		PS_FOUND);
	assert_string_equal(account.login, "alice@one.example");
	assert_string_equal(account.address, "alice@one.example");
	assert_string_equal(account.home, "/srv/mail/alice");
	assert_string_equal(account.mail, "mbox:~/m");
	assert_string_equal(account.quota, "2G");
	assert_string_equal(account.allow_nets, "192.0.2.0/24,2001:db8::1");
	assert_string_equal(account.uid, "alice");
	assert_string_equal(account.gid, "1001");
	assert_int_equal(account.state, PS_ACCOUNT_ACTIVE);
	assert_int_equal(
		ps_directory_account(directory, "bob@one.example", &account),
		PS_FOUND);
	assert_int_equal(account.state, PS_ACCOUNT_DISABLED);
	assert_string_equal(account.quota, "");
	assert_string_equal(account.uid, "");
	for (i = 0; i < TABLE_COUNT(closed); i++)
		assert_string_equal(outcomes[ps_directory_account(
					    directory, closed[i], &account)],
				    outcomes[PS_NOTFOUND]);
}

static const struct {
	const char *login, *what;
	enum ps_outcome as, in; /* NOTFOUND both: a stranger */
} sending[] = {
	{ "bob@one.example", "alice@one.example", PS_FOUND, PS_FOUND },
	{ "bob@one.example", "bob@far.example", PS_FOUND, PS_FOUND },
	{ "bob@one.example", "x@far.example", PS_NOTFOUND, PS_FOUND },
	{ "bob@one.example", "erin@two.example", PS_NOTFOUND, PS_NOTFOUND },
	{ "bob@one.example", "bob@uno.example", PS_FOUND, PS_FOUND },
	{ "carol@one.example", "erin@two.example", PS_FOUND, PS_FOUND },
	{ "carol@one.example", "no@two.example", PS_FOUND, PS_FOUND },
	{ "app@one.example", "erin@two.example", PS_FOUND, PS_FOUND },
	{ "app@one.example", "no@dos.example", PS_FOUND, PS_FOUND },
	{ "app@one.example", "a@far1.example", PS_NOTFOUND, PS_NOTFOUND },
	{ "app@one.example", "a@far.example", PS_NOTFOUND, PS_NOTFOUND },
	{ "dead@one.example", "dead@one.example", PS_NOTFOUND, PS_NOTFOUND },
	{ "alice@one.example", "no@dos.example", PS_FOUND, PS_FOUND },
};

static void senders(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < TABLE_COUNT(sending); i++) {
		print_message("  %s as %s\n", sending[i].login,
			      sending[i].what);
		assert_string_equal(
			outcomes[ps_directory_sends_as(
				directory, sending[i].login, sending[i].what)],
			outcomes[sending[i].as]);
		assert_string_equal(outcomes[ps_directory_sends_in(
					    directory, sending[i].login,
					    strchr(sending[i].what, '@') + 1)],
				    outcomes[sending[i].in]);
	}
}

static void once(void **state)
{
	struct ps_credential credential, other;

	(void)state;
	assert_int_equal(ps_directory_credential(directory, "carol@one.example",
						 &credential),
			 PS_FOUND);
	assert_int_equal(credential.kind, PS_CREDENTIAL_ONCE);
	assert_string_equal(credential.hash, "hash");
	assert_int_equal(credential.expires, 1000);
	other = credential;
	other.kind = PS_CREDENTIAL_SPENT;
	assert_int_equal(ps_directory_replace(directory, "carol@one.example",
					      &other, &credential),
			 PS_NOTFOUND);
	assert_int_equal(ps_directory_replace(directory, "carol@one.example",
					      &credential, &other),
			 PS_FOUND);
	assert_int_equal(ps_directory_replace(directory, "carol@one.example",
					      &credential, &other),
			 PS_NOTFOUND);
	assert_int_equal(ps_directory_credential(directory, "carol@one.example",
						 &credential),
			 PS_FOUND);
	assert_int_equal(credential.kind, PS_CREDENTIAL_SPENT);
	assert_int_equal(
		ps_directory_password(directory, "carol@one.example", "x"),
		PS_TEMPFAIL);
	assert_int_equal(ps_directory_credential(directory, "alice@one.example",
						 &credential),
			 PS_FOUND);
	assert_int_equal(credential.kind, PS_CREDENTIAL_HASH);
}

/* An answer of one octet more than there may be is no answer. */
static void answers_are_bounded(void **state)
{
	struct ps_buffer answer = PS_BUFFER(27);

	(void)state;
	assert_int_equal(ps_directory_view(directory, PS_VIEW_ALIASES,
					   "carol@one.example", &answer),
			 PS_FOUND);
	ps_buffer_free(&answer);
	answer = PS_BUFFER(26);
	assert_int_equal(ps_directory_view(directory, PS_VIEW_ALIASES,
					   "carol@one.example", &answer),
			 PS_TEMPFAIL);
	assert_non_null(strstr(ps_directory_reason(directory), "too large"));
	ps_buffer_free(&answer);
}

static unsigned int alias_count(void)
{
	struct ps_buffer answer = PS_BUFFER(PS_ANSWER_MAX);
	unsigned int count;

	count = ps_directory_view(directory, PS_VIEW_ALIASES,
				  "security@one.example", &answer) == PS_FOUND;
	ps_buffer_free(&answer);
	return count;
}

static void removed_in_cascade(void **state)
{
	struct ps_buffer answer = PS_BUFFER(PS_ANSWER_MAX);

	(void)state;
	assert_int_equal(alias_count(), 1);
	assert_string_equal(
		writes[run(true, "rmuser", "bob@one.example", "cascade", NULL)],
		writes[PS_WRITE_DONE]);
	assert_int_equal(alias_count(), 1);
	assert_string_equal(writes[run(false, "rmuser", "bob@one.example",
				       "cascade", NULL)],
			    writes[PS_WRITE_DONE]);
	assert_int_equal(alias_count(), 0);
	assert_int_equal(ps_directory_view(directory, PS_VIEW_SENDERS,
					   "bob@far.example", &answer),
			 PS_NOTFOUND);
	assert_string_equal(
		writes[run(false, "rmdom", "one.example", "cascade", NULL)],
		writes[PS_WRITE_DONE]);
	assert_int_equal(ps_directory_view(directory, PS_VIEW_DOMAINS,
					   "uno.example", &answer),
			 PS_NOTFOUND);
	/* What only the system made does not keep a domain. */
	assert_int_equal(run(false, "adddom", "one.example", NULL, NULL),
			 PS_WRITE_DONE);
	assert_int_equal(
		run(false, "system", "one.example", "a@far.example", NULL),
		PS_WRITE_DONE);
	assert_int_equal(run(false, "rmdom", "one.example", NULL, NULL),
			 PS_WRITE_DONE);
	ps_buffer_free(&answer);
}

/* ---- set up ---- */

static int set_up(void **state)
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
	return ps_directory_new(&config, &directory, error);
}

static int tear_down(void **state)
{
	char line[80];

	(void)state;
	ps_directory_free(&directory);
	snprintf(line, sizeof(line), "rm -rf '%s'", folder);
	return system(line) == 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest before[] = {
		cmocka_unit_test(write_steps),
	};
	static const struct CMUnitTest after[] = {
		cmocka_unit_test(accounts),
		cmocka_unit_test(senders),
		cmocka_unit_test(once),
		cmocka_unit_test(answers_are_bounded),
		cmocka_unit_test(removed_in_cascade),
	};
	static struct CMUnitTest
		tests[1 + TABLE_COUNT(rows) + TABLE_COUNT(after)];

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	memcpy(tests, before, sizeof(before));
	TABLE_TESTS(tests + 1, rows, check_row);
	memcpy(tests + 1 + TABLE_COUNT(rows), after, sizeof(after));
	return _cmocka_run_group_tests(__FILE__, tests, TABLE_COUNT(tests),
				       set_up, tear_down);
}
