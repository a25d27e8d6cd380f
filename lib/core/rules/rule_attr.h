/* rule_attr.h - the attributes a rule file names, as small numbers. */
#ifndef PS_CORE_RULES_RULE_ATTR_H
#define PS_CORE_RULES_RULE_ATTR_H

#include "core/text/arena.h"

#define PS_RULE_ATTRS_MAX 1024 /* different names in one file; ours */

/* Those with a meaning of their own; others follow as a file names them. */
enum ps_rule_attr {
	PS_ATTR_SENDER,
	PS_ATTR_SENDER_LOCALPART,
	PS_ATTR_SENDER_DOMAIN,
	PS_ATTR_RECIPIENT,
	PS_ATTR_RECIPIENT_LOCALPART,
	PS_ATTR_RECIPIENT_DOMAIN,
	PS_ATTR_CLIENT_ADDRESS,
	PS_ATTR_CLIENT_NAME,
	PS_ATTR_REVERSE_CLIENT_NAME,
	PS_ATTR_REVERSE_ADDRESS,
	PS_ATTR_HELO_NAME,
	PS_ATTR_HELO_ADDRESS,
	PS_ATTR_SENDER_NS_NAMES,
	PS_ATTR_SENDER_NS_ADDRS,
	PS_ATTR_SENDER_MX_NAMES,
	PS_ATTR_SENDER_MX_ADDRS,
	PS_ATTR_SASL_USERNAME,
	PS_ATTR_SIZE,
	PS_ATTR_RECIPIENT_COUNT,
	PS_ATTR_PROTOCOL_STATE,
	PS_ATTR_VERSION,
	PS_ATTR_LOGIN_ADDRESSES,
	PS_ATTR_LOGIN_COUNTRIES,
	PS_ATTR_LOGIN_NEW_RECIPIENTS,
	PS_ATTR_RATECOUNT,
	PS_ATTR_REQUEST_SCORE,
	PS_ATTR_SCORE,
	PS_ATTR_REQUEST_HITS,
	PS_ATTR_MATCHES,
	PS_ATTR_RBLCOUNT,
	PS_ATTR_RHSBLCOUNT,
	PS_ATTR_DNSBLTEXT,
	PS_ATTR_FIRST_OTHER
};

struct ps_rule_names {
	size_t count; /* at least PS_ATTR_FIRST_OTHER */
	struct ps_bytes name[PS_RULE_ATTRS_MAX];
	/* Some rule file's set() gives it a value. */
	bool is_set[PS_RULE_ATTRS_MAX];
	/* Postfix sends it, or it is of those above. */
	bool is_known[PS_RULE_ATTRS_MAX];
};

/* NULL: no memory. */
struct ps_rule_names *ps_rule_names_new(struct ps_arena *arena);
/* strict: what postfwd does not know is not known. */
void ps_rule_names_forget_ours(struct ps_rule_names *names);
/* The number of name, new or old; it is copied.  -1: no memory, or one name
 * too many. */
int ps_rule_names_add(struct ps_rule_names *names, struct ps_arena *arena,
		      struct ps_bytes name);
/* -1: not among them. */
int ps_rule_names_find(const struct ps_rule_names *names, struct ps_bytes name);

#endif
