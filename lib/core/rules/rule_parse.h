/* rule_parse.h - one rule into its items: key, operator, value. */
#ifndef PS_CORE_RULES_RULE_PARSE_H
#define PS_CORE_RULES_RULE_PARSE_H

#include "core/rules/rule_build.h"

/* As written, "<=" and "=<" being one, as are ">=" and "=>", "~=" and "=~". */
enum ps_rule_op {
	PS_OP_IS,	    /* = */
	PS_OP_EQUAL,	    /* == */
	PS_OP_NOT_EQUAL,    /* != */
	PS_OP_MATCH,	    /* =~ */
	PS_OP_NOT_MATCH,    /* !~ */
	PS_OP_AT_LEAST,	    /* => */
	PS_OP_AT_MOST,	    /* =< */
	PS_OP_ABOVE,	    /* > */
	PS_OP_BELOW,	    /* < */
	PS_OP_NOT_AT_LEAST, /* !> */
	PS_OP_NOT_AT_MOST   /* !< */
};

const char *ps_rule_op_text(enum ps_rule_op op);
/* != and !~ */
bool ps_rule_op_is_negative(enum ps_rule_op op);

/* Slices of the rule's text. */
struct ps_rule_raw {
	struct ps_rule_raw *next;
	struct ps_bytes key, value;
	enum ps_rule_op op;
	bool stray; /* strict: nothing to compare; the rule never matches */
};

/* NULL: left out or refused, which was said. */
struct ps_rule_raw *ps_rule_parse(struct ps_rule_build *build,
				  struct ps_bytes text);

#endif
