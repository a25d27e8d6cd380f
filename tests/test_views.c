/* test_views.c - what Postfix's tables say of each kind of account and domain.
 */

#include "table.h"

#include "views_world.h"

#include <stdio.h>
#include <string.h>

static const char *const outcomes[] = { [PS_FOUND] = "found",
					[PS_NOTFOUND] = "not found",
					[PS_TEMPFAIL] = "temporary failure" };

/* ---- the views ---- */

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
	{ "mailbox: unknown, by the alias domain", PS_VIEW_MAILBOXES,
	  "no@uno.example", NULL },
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
	{ "alias: several, in the order they were made", PS_VIEW_ALIASES,
	  "many@two.example", "z@far.example,a@far.example" },
	{ "alias: before maildrops, in their order", PS_VIEW_ALIASES,
	  "both@two.example", "x@far.example,y@far.example,b@far.example" },
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
	enum ps_outcome outcome = ps_directory_view(views_directory, row->view,
						    row->key, &answer);

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
	assert_int_equal(ps_directory_account(views_directory,
					      "Alice@uno.example", &account),
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
	assert_int_equal(ps_directory_account(views_directory,
					      "bob@one.example", &account),
			 PS_FOUND);
	assert_int_equal(account.state, PS_ACCOUNT_DISABLED);
	assert_string_equal(account.quota, "");
	assert_string_equal(account.uid, "");
	for (i = 0; i < TABLE_COUNT(closed); i++)
		assert_string_equal(
			outcomes[ps_directory_account(views_directory,
						      closed[i], &account)],
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
		assert_string_equal(outcomes[ps_directory_sends_as(
					    views_directory, sending[i].login,
					    sending[i].what)],
				    outcomes[sending[i].as]);
		assert_string_equal(outcomes[ps_directory_sends_in(
					    views_directory, sending[i].login,
					    strchr(sending[i].what, '@') + 1)],
				    outcomes[sending[i].in]);
	}
}

static void once(void **state)
{
	struct ps_credential credential, other;

	(void)state;
	assert_int_equal(ps_directory_credential(views_directory,
						 "carol@one.example",
						 &credential),
			 PS_FOUND);
	assert_int_equal(credential.kind, PS_CREDENTIAL_ONCE);
	assert_string_equal(credential.hash, "hash");
	assert_int_equal(credential.expires, 1000);
	other = credential;
	other.kind = PS_CREDENTIAL_SPENT;
	assert_int_equal(ps_directory_replace(views_directory,
					      "carol@one.example", &other,
					      &credential),
			 PS_NOTFOUND);
	assert_int_equal(ps_directory_replace(views_directory,
					      "carol@one.example", &credential,
					      &other),
			 PS_FOUND);
	assert_int_equal(ps_directory_replace(views_directory,
					      "carol@one.example", &credential,
					      &other),
			 PS_NOTFOUND);
	assert_int_equal(ps_directory_credential(views_directory,
						 "carol@one.example",
						 &credential),
			 PS_FOUND);
	assert_int_equal(credential.kind, PS_CREDENTIAL_SPENT);
	assert_int_equal(ps_directory_password(views_directory,
					       "carol@one.example", "x"),
			 PS_TEMPFAIL);
	assert_int_equal(ps_directory_credential(views_directory,
						 "alice@one.example",
						 &credential),
			 PS_FOUND);
	assert_int_equal(credential.kind, PS_CREDENTIAL_HASH);
}

/* An answer of one octet more than there may be is no answer. */
static void answers_are_bounded(void **state)
{
	struct ps_buffer answer = PS_BUFFER(27);

	(void)state;
	assert_int_equal(ps_directory_view(views_directory, PS_VIEW_ALIASES,
					   "carol@one.example", &answer),
			 PS_FOUND);
	ps_buffer_free(&answer);
	answer = PS_BUFFER(26);
	assert_int_equal(ps_directory_view(views_directory, PS_VIEW_ALIASES,
					   "carol@one.example", &answer),
			 PS_TEMPFAIL);
	assert_non_null(
		strstr(ps_directory_reason(views_directory), "too large"));
	ps_buffer_free(&answer);
}

static unsigned int alias_count(void)
{
	struct ps_buffer answer = PS_BUFFER(PS_ANSWER_MAX);
	unsigned int count;

	count = ps_directory_view(views_directory, PS_VIEW_ALIASES,
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
		views_writes[views_run(true, "rmuser", "bob@one.example",
				       "cascade", NULL)],
		views_writes[PS_WRITE_DONE]);
	assert_int_equal(alias_count(), 1);
	assert_string_equal(
		views_writes[views_run(false, "rmuser", "bob@one.example",
				       "cascade", NULL)],
		views_writes[PS_WRITE_DONE]);
	assert_int_equal(alias_count(), 0);
	assert_int_equal(ps_directory_view(views_directory, PS_VIEW_SENDERS,
					   "bob@far.example", &answer),
			 PS_NOTFOUND);
	assert_string_equal(
		views_writes[views_run(false, "rmdom", "one.example", "cascade",
				       NULL)],
		views_writes[PS_WRITE_DONE]);
	assert_int_equal(ps_directory_view(views_directory, PS_VIEW_DOMAINS,
					   "uno.example", &answer),
			 PS_NOTFOUND);
	/* What only the system made does not keep a domain. */
	assert_int_equal(views_run(false, "adddom", "one.example", NULL, NULL),
			 PS_WRITE_DONE);
	assert_int_equal(views_run(false, "system", "one.example",
				   "a@far.example", NULL),
			 PS_WRITE_DONE);
	assert_int_equal(views_run(false, "rmdom", "one.example", NULL, NULL),
			 PS_WRITE_DONE);
	ps_buffer_free(&answer);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest before[] = {
		cmocka_unit_test(views_write_steps),
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
				       views_set_up, views_tear_down);
}
