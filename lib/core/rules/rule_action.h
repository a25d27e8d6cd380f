/* rule_action.h - what a rule does when it matches, compiled. */
#ifndef PS_CORE_RULES_RULE_ACTION_H
#define PS_CORE_RULES_RULE_ACTION_H

#include "core/rules/rule_subst.h"

#define PS_RULE_ARGS_MAX 6  /* mail(server/helo/from/to/subject/body) */
#define PS_RULE_SETS_MAX 64 /* assignments of one set(); ours */

enum ps_rule_verb {
	PS_VERB_ANSWER, /* of Postfix's access(5): ends the judgement */
	PS_VERB_IGNORE, /* nothing we do: said at load */
	PS_VERB_RATE,
	PS_VERB_RCPT,
	PS_VERB_SIZE,
	PS_VERB_SCORE,
	PS_VERB_SET,
	PS_VERB_GROUPADD,
	PS_VERB_GROUPDEL,
	PS_VERB_JUMP,
	PS_VERB_ASK,
	PS_VERB_NOTE,
	PS_VERB_WAIT,
	PS_VERB_MAIL,
	PS_VERB_SENDMAIL,
	/* ours, not postfwd's */
	PS_VERB_HOLD,
	PS_VERB_SUSPEND,
	PS_VERB_NOTIFY
};

enum ps_rule_assign {
	PS_ASSIGN, /* = */
	PS_ASSIGN_APPEND,
	PS_ASSIGN_ADD,
	PS_ASSIGN_SUBTRACT,
	PS_ASSIGN_MULTIPLY,
	PS_ASSIGN_DIVIDE
};

struct ps_rule_assignment {
	unsigned int attr;
	enum ps_rule_assign how;
	struct ps_rule_span value;
};

/* Spans are of the subst's text, which is the whole action as written. */
struct ps_rule_action {
	enum ps_rule_verb verb;
	const struct ps_rule_subst *subst;
	struct ps_rule_span span; /* itself */
	size_t args;
	struct ps_rule_span arg[PS_RULE_ARGS_MAX];
	/* rate, rcpt, size: key/max/seconds/then */
	int key;	/* attribute; -1: never counts */
	bool keep_case; /* of a localpart (rate5321, ...) */
	const struct ps_rule_action *then;
	/* groupadd(group/key/seconds), groupdel(group/key) */
	struct ps_bytes group; /* its name */
	uint32_t seconds;
	/* set */
	size_t sets;
	struct ps_rule_assignment *set;
	/* ask(host:port[:ignore]) */
	const char *host;
	unsigned int port;
	struct ps_bytes ignore; /* at NULL: none; case ignored, unanchored */
	const struct ps_regex *ignore_regex;
};

/* NULL: refused, which was said, or no memory. */
struct ps_rule_action *ps_rule_action_new(struct ps_rule_build *build,
					  struct ps_bytes text);
/* "word(...)": the word and what is in the parentheses; false: no such. */
bool ps_rule_action_split(struct ps_bytes text, struct ps_bytes *word_r,
			  struct ps_bytes *args_r);

#endif
