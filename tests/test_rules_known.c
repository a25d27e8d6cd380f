/* test_rules_known.c - a sample of each known bug of postfwd: what "rules
 * check" says of it names file, line and remedy.  test_rules_bugs.c has the
 * answers. */

#include "rule_world.h"
#include "table.h"

#include <string.h>

struct row {
	const char *name;
	const char *rules;
	const char *said;   /* one "LINE code" of those that are said */
	const char *remedy; /* stands in the sentence of that line */
	const char *files;
};

#define END "protocol_state==END-OF-MESSAGE"

static const struct row rows[] = {
	{ "empty: one counter for all without a login",
	  "sender=.; action=OK\n"
	  "action=rate(sasl_username/5/60/REJECT x)",
	  "2 empty-key", "add sasl_username!~^$", NULL },
	{ "empty: != of a login that there is not",
	  "sasl_username!=root; action=REJECT x", "1 unequal-empty",
	  "write sasl_username!~^root$", NULL },
	{ "empty: == with nothing", "sasl_username==; action=REJECT x",
	  "1 equal-nothing", "write sasl_username=~^$", NULL },
	{ "negation: two items of !!",
	  "client_address=!!(10.0.0.0/8)\n client_address=!!(20.0.0.0/8)\n "
	  "action=REJECT x",
	  "1 negated-twice", "a rule that jumps over", NULL },
	{ "negation: != with several",
	  "client_address!=10.0.0.0/8,20.0.0.0/8; action=REJECT x",
	  "1 unequal-list", "a rule that jumps over", NULL },
	{ "negation: !!(a,b)",
	  "client_address=!!(10.0.0.1,10.0.0.2); action=REJECT x",
	  "1 negated-list", "write one !! for each", NULL },
	{ "cache: of answers", "cache=60; sender=a; action=REJECT x",
	  "1 no-cache", "start it with --cache 0", NULL },
	{ "keys: with $$", "action=rate($$client_address/5/60/REJECT x)",
	  "1 variable-key", "the name of the attribute alone", NULL },
	{ "keys: with $$( )", "action=rate($$(client_address)/5/60/REJECT x)",
	  "1 variable-key", "the name of the attribute alone", NULL },
	{ "keys: with $$ in a limit in a limit",
	  "action=rate(client_address/5/60/rate($$sender/5/60/REJECT x))",
	  "1 variable-key", "the name of the attribute alone", NULL },
	{ "networks: 0.0.0.0/0", "client_address=0.0.0.0/0; action=REJECT x",
	  "1 everything", "IPv6 and \"unknown\" too", NULL },
	{ "networks: IPv6", "client_address=2001:db8::/32; action=REJECT x",
	  "1 ipv6-network", "a pattern (=~)", NULL },
	{ "variables: a rule's own anchors",
	  "client_name=^$$helo_name$; action=REJECT x", "1 escaped-pattern",
	  "compare with ==", NULL },
	{ "variables: put in again, and hanging",
	  "action=REJECT not from $$sender", "1 put-in-again",
	  "put it into no answer", NULL },
	{ "variables: $$(name) that nobody knows", "action=REJECT $$(nobody)",
	  "1 unknown-name", "no set() makes it", NULL },
	{ "patterns: none", "sender=.; action=OK\nsender=(; action=REJECT x",
	  "2 bad-pattern", "missing closing parenthesis", NULL },
	{ "recipients: none at the end of a message",
	  END "; action=rate(client_address/5/60/REJECT y)\n"
	      "recipient_domain==example.org; action=REJECT x",
	  "2 no-recipient", "add protocol_state==RCPT", NULL },
	{ "limits: the first request's text",
	  "action=rate(client_address/5/60/REJECT not you, $$helo_name)",
	  "1 frozen-text", "name none but the key", NULL },
	{ "scores: sorted as texts",
	  "score=10; action=REJECT x\nscore=9; action=REJECT y\n"
	  "sender=a; action=score(3)",
	  "2 score-order", "equally many digits", NULL },
	{ "scores: not known yet",
	  "sender=a; action=score(3)\nscore=3; action=REJECT x",
	  "2 score-behind", "put it above line 1", NULL },
	{ "macros: one begins like another",
	  "&&WL { sender=a };\n&&WL_NET { helo_name=b };\n"
	  "&&WL; &&WL_NET; action=OK",
	  "3 macro-prefix", "another name", NULL },
	{ "files: a live file in two items",
	  "client_name=~lfile:/f; action=OK\n"
	  "helo_name==lfile:/f; action=REJECT x",
	  "2 live-operator", "two files", "== /f\nc\n" },
	{ "files: not there", "sender=file:/no; action=OK", "1 missing-file",
	  "matches nothing", NULL },
	{ "files: a table with a comment", "client_name=table:/f; action=OK",
	  "1 table-words", "the key and one word",
	  "== /f\na.example OK no more\n" },
	{ "macros: one that is not there", "&&NO; action=REJECT x",
	  "1 undefined-macro", "define it above", NULL },
	{ "ranges: past the end of the year", "months=Nov-Feb; action=REJECT x",
	  "1 range-wraps", "two ranges", NULL },
	{ "ranges: past midnight", "time=22:00:00-06:00:00; action=REJECT x",
	  "1 range-wraps", "two ranges", NULL },
	{ "ranges: days=0", "days=0; action=REJECT x", "1 time-reads-otherwise",
	  "write names", NULL },
	{ "ranges: months=11", "months=11; action=REJECT x",
	  "1 time-reads-otherwise", "write names", NULL },
	{ "ranges: without seconds", "time=09:00-17:00; action=REJECT x",
	  "1 time-reads-otherwise", "HH:MM:SS", NULL },
	{ "answers: in parentheses", "sender=a; action=REJECT (x)",
	  "1 answer-in-parentheses", "without parentheses", NULL },
	{ "answers: in parentheses, without a blank",
	  "sender=a; action=REJECT(x)", "1 answer-in-parentheses",
	  "without parentheses", NULL },
	{ "answers: a code with parentheses", "sender=a; action=550 (x)",
	  "1 answer-in-parentheses", "without parentheses", NULL },
	{ "answers: a word that is none", "sender=a; action=FOO(x)",
	  "1 unknown-action", "no action", NULL },
	{ "lists: rhsbl_helo", "rhsbl_helo=l.test; action=REJECT x",
	  "1 rhsbl-helo", "expect more matches", NULL },
	{ "lists: the operator of rblcount",
	  "rblcount<2; rbl=l.test; action=REJECT x", "1 count-operator",
	  "at least", NULL },
	{ "ask: any answer", "action=ask(127.0.0.1:10031)", "1 ask-any",
	  "name a pattern", NULL },
	{ "actions: several", "sender=a; action=note(x); action=REJECT x",
	  "1 more-actions", "write a rule for each", NULL },
	{ "unanchored: a login", "sasl_username=web; action=REJECT x",
	  "1 unanchored", "write sasl_username==web", NULL },
	{ "unreachable: behind a rule for all",
	  "action=DUNNO\nsender=a; action=REJECT x", "2 unreachable", "line 1",
	  NULL },
};

/* The sentence, "LINE: TEXT", of the finding that has the code. */
static void check(const struct row *row)
{
	struct rule_world world = { .files = row->files };
	char *said, *text, *save_said, *save_text;
	bool found = false;

	rule_world_load(&world, PS_RULE_SAFE, row->rules);
	said = strtok_r(world.said, "\n", &save_said);
	text = strtok_r(world.text, "\n", &save_text);
	while (said != NULL && text != NULL && !found) {
		found = strcmp(said, row->said) == 0;
		if (found && strstr(text, row->remedy) == NULL)
			fail_msg("\"%s\" does not say \"%s\"", text,
				 row->remedy);
		said = strtok_r(NULL, "\n", &save_said);
		text = strtok_r(NULL, "\n", &save_text);
	}
	if (!found)
		fail_msg("not said: %s", row->said);
	rule_world_end(&world);
}

TABLE_MAIN(rows, check)
