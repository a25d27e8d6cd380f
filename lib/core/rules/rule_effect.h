/* rule_effect.h - what rules want done beside the answer to a request. */
#ifndef PS_CORE_RULES_RULE_EFFECT_H
#define PS_CORE_RULES_RULE_EFFECT_H

#include <stddef.h>
#include <stdint.h>

/* What a login that is suspended is told, behind 550 5.7.1. */
#define PS_SUSPENDED_TEXT                                                      \
	"Sending is suspended for this account, please ask the postmaster"

enum ps_rule_effect_kind {
	PS_EFFECT_NOTE,
	PS_EFFECT_MAIL,
	PS_EFFECT_SUSPEND, /* the request's login; text: why */
	PS_EFFECT_NOTIFY   /* the administrator */
};

/* One that has fired; key NULL: none has. */
struct ps_rule_limit {
	size_t rule;	 /* whose limit it is */
	const char *key; /* "sasl_username=alice" */
	uint64_t sum, max;
	uint32_t seconds;
};

/* What is to be done beside the answer.  Texts are printable. */
struct ps_rule_effect {
	enum ps_rule_effect_kind kind;
	size_t rule;
	const char *text; /* of the note; the mail's body */
	const char *from, *to, *subject;
	struct ps_rule_limit limit; /* that has fired last before it */
};

#endif
