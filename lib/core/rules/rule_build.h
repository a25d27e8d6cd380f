/* rule_build.h - what the parts of one compilation share; for rule_*.c only. */
#ifndef PS_CORE_RULES_RULE_BUILD_H
#define PS_CORE_RULES_RULE_BUILD_H

#include "core/rules/rule_attr.h"
#include "core/rules/rule_set.h"

#define PS_RULE_LINE_MAX    65536 /* octets of one rule, macros put in; ours */
#define PS_RULE_NESTING_MAX 64	  /* postfwd: actions inside actions */

/* A pattern compiled by the port: the set frees it. */
struct ps_rule_owned {
	struct ps_rule_owned *next;
	struct ps_regex *regex;
};

/* A value file that is read again when it changes. */
struct ps_rule_live {
	struct ps_rule_live *next;
	const char *path;
	int op; /* strict: of the item that read it first */
};

struct ps_rule_build {
	const struct ps_rule_options *options;
	struct ps_arena *arena; /* the set's */
	struct ps_rule_names *names;
	struct ps_rule_owned *owned;
	struct ps_rule_live *live;
	bool strict;
	const char *file; /* being read */
	unsigned int line;
	unsigned int errors;
	bool no_memory;
};

/* Say it of the present file and line; an error refuses the file. */
void ps_rule_error(struct ps_rule_build *build, const char *code,
		   const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void ps_rule_warn(struct ps_rule_build *build, const char *code,
		  const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* What the original passes over: an error if safe, a warning if strict. */
void ps_rule_refuse(struct ps_rule_build *build, const char *code,
		    const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Zeroed; NULL sets no_memory. */
void *ps_rule_alloc(struct ps_rule_build *build, size_t size);
/* The copy's at is NULL, and no_memory set, when there is none. */
struct ps_bytes ps_rule_copy(struct ps_rule_build *build, struct ps_bytes text);
/* For "%.*s": the length, cut to what a sentence can hold. */
int ps_rule_shown(struct ps_bytes text);

#endif
