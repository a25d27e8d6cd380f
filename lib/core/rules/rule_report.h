/* rule_report.h - what is said about a rule file: errors, and warnings about
 * what will not do what it seems to. */
#ifndef PS_CORE_RULES_RULE_REPORT_H
#define PS_CORE_RULES_RULE_REPORT_H

#define PS_RULE_SAY_MAX 512 /* octets of one sentence, with its NUL */

enum ps_rule_level {
	PS_RULE_ERROR,	 /* the file is refused */
	PS_RULE_WARNING, /* a line is left out, or reads otherwise than meant */
};

/* Borrowed for the time of the call; text is printable. */
struct ps_rule_finding {
	enum ps_rule_level level;
	const char *file;
	unsigned int line; /* where the rule begins; in a value file its line */
	const char *code;  /* "unanchored", ...: postseal-rules(5) lists them */
	const char *text;  /* what, and what to write instead */
};

struct ps_rule_report {
	void (*say)(void *ctx, const struct ps_rule_finding *finding);
	void *ctx;
};

#endif
