/* rule_set.h - a rule file in the language of postfwd, compiled. */
#ifndef PS_CORE_RULES_RULE_SET_H
#define PS_CORE_RULES_RULE_SET_H

#include "core/rules/rule_port.h"
#include "core/rules/rule_report.h"

#define PS_RULE_FILE_MAX    (4u << 20)	 /* octets of a rule file; ours */
#define PS_RULES_MEMORY_MAX (256u << 20) /* with all value files; ours */
#define PS_RULES_MAX	    10000	 /* rules of one file; ours */

enum ps_rule_compat {
	PS_RULE_SAFE,  /* what the writer meant, with a warning at load */
	PS_RULE_STRICT /* what postfwd 1.35 answers, unless that is unsafe */
};

struct ps_rule_options {
	enum ps_rule_compat compat;
	const struct ps_rule_files *files;   /* NULL: there are none */
	const struct ps_rule_regex *regex;   /* needed */
	const struct ps_rule_report *report; /* NULL: say nothing */
};

/* Borrowed from the set. */
struct ps_rule_info {
	unsigned int line;
	const char *id;	      /* its id=, or "R-" and its number from 0 */
	const char *identity; /* its id=, or a hash of what it says: the same
				 after a reload as long as the rule is */
	const char *text;     /* items and action, normalized */
};

struct ps_rules;

/*
 * Compile text, the content of the file called name.  0, or -1: refused, and
 * at least one error was reported; nothing is left behind.  Reads value files
 * through the port.  What comes out never changes: any number of threads may
 * judge by it.  options.regex (not the rest) must live as long as the set.
 */
int ps_rules_new(const struct ps_rule_options *options, const char *name,
		 struct ps_bytes text, struct ps_rules **rules_r);
void ps_rules_free(struct ps_rules **rules);
size_t ps_rules_count(const struct ps_rules *rules);
/* index: less than ps_rules_count(). */
void ps_rules_info(const struct ps_rules *rules, size_t index,
		   struct ps_rule_info *info_r);
/* May a request have to wait for the DNS, another policy server, or wait()? */
bool ps_rules_may_wait(const struct ps_rules *rules);
/* Paths of lfile: and ltable: number index, NULL behind the last: when the
 * time of one of them changes, compile again. */
const char *ps_rules_live(const struct ps_rules *rules, size_t index);

#endif
