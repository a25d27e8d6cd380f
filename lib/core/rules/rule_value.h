/* rule_value.h - the values of one item, compiled. */
#ifndef PS_CORE_RULES_RULE_VALUE_H
#define PS_CORE_RULES_RULE_VALUE_H

#include "core/rules/rule_find.h"
#include "core/rules/rule_item.h"
#include "core/rules/rule_net.h"
#include "core/rules/rule_pattern.h"
#include "core/rules/rule_subst.h"
#include "core/rules/rule_time.h"

/* "zone/reply/ttl" of a DNS list; the resolver keeps the times. */
struct ps_rule_zone {
	struct ps_bytes name; /* lower case */
	struct ps_rule_pattern reply;
};

/* "number/seconds/least" of a login's items. */
struct ps_rule_login_value {
	double number;
	uint32_t seconds;
	unsigned int least; /* recipients, for a share of them */
};

/* One value with its operator. */
struct ps_rule_test {
	struct ps_rule_test *next;
	enum ps_rule_op op;
	bool inverted;	   /* !! */
	unsigned int line; /* where it stands */
	const char *file;
	struct ps_bytes text;		   /* without "!!", and slashes of =~ */
	const struct ps_rule_subst *subst; /* NULL: no $$ in it */
	struct ps_bytes group; /* at not NULL: "%%NAME", and no as */
	union {
		struct ps_rule_pattern pattern; /* =, =~, !~ of text */
		struct ps_rule_net net;
		struct ps_rule_range range;
		struct ps_rule_zone zone;
		double number;
		struct ps_rule_login_value login;
	} as;
};

struct ps_rule_item {
	struct ps_rule_item *next;
	const struct ps_rule_kind *kind;
	unsigned int attr;
	struct ps_rule_test *tests, **end; /* as written */
	size_t count;
	/* Not NULL: the tests that need not be tried one by one, by number
	 * from 0; the others are singles. */
	struct ps_rule_find *find;
	struct ps_rule_test **singles;
	size_t single_count;
	bool never; /* strict: holds for no request */
};

/* Add the values of one "key OP value".  -1: no memory, or refused. */
int ps_rule_value_add(struct ps_rule_build *build, struct ps_rule_item *item,
		      const struct ps_rule_raw *raw);
/* rule_login.c: the value of a login's item.  -1: refused, which was said. */
int ps_rule_login_value(struct ps_rule_build *build, enum ps_rule_type type,
			struct ps_rule_test *test);
/* All were added: file what can be found at once. */
void ps_rule_value_end(struct ps_rule_build *build, struct ps_rule_item *item);
/* True when it holds by not matching: != or !~, or !! of another. */
bool ps_rule_test_is_negative(const struct ps_rule_test *test);
/* Is the regular expression the value of an operator that takes one? */
bool ps_rule_test_is_pattern(enum ps_rule_type type, enum ps_rule_op op);

#endif
