/* rule_item.h - the items of the language: what is compared, and how. */
#ifndef PS_CORE_RULES_RULE_ITEM_H
#define PS_CORE_RULES_RULE_ITEM_H

#include "core/rules/rule_parse.h"

enum ps_rule_type {
	PS_TYPE_TEXT, /* regular expressions and words */
	PS_TYPE_NUMBER,
	PS_TYPE_NET,
	PS_TYPE_DATE,
	PS_TYPE_TIME,
	PS_TYPE_DAYS,
	PS_TYPE_MONTHS,
	PS_TYPE_LOGIN_ADDRESSES, /* ours, not postfwd's */
	PS_TYPE_LOGIN_COUNTRIES,
	PS_TYPE_LOGIN_NEW_RECIPIENTS,
	PS_TYPE_HELO_ADDRESS, /* from here on: asks the DNS */
	PS_TYPE_NS_NAMES,
	PS_TYPE_NS_ADDRS,
	PS_TYPE_MX_NAMES,
	PS_TYPE_MX_ADDRS,
	PS_TYPE_RBL, /* from here on: a DNS list */
	PS_TYPE_RHSBL,
	PS_TYPE_RHSBL_CLIENT,
	PS_TYPE_RHSBL_SENDER,
	PS_TYPE_RHSBL_HELO,
	PS_TYPE_RHSBL_REVERSE_CLIENT,
	PS_TYPE_ID, /* from here on: a property of the rule */
	PS_TYPE_ACTION,
	PS_TYPE_SCORE,
	PS_TYPE_RBLCOUNT,
	PS_TYPE_RHSBLCOUNT
};

struct ps_rule_kind {
	const char *name; /* of the item */
	enum ps_rule_type type;
	int attr;     /* compared; -1: the attribute of the item's name */
	bool is_list; /* commas separate values */
};

/* Never NULL: the last one is for every other name, and if strict for ours. */
const struct ps_rule_kind *ps_rule_kind_of(struct ps_bytes name, bool strict);
bool ps_rule_type_is_login(enum ps_rule_type type);
bool ps_rule_type_asks(enum ps_rule_type type);
bool ps_rule_type_is_dnsbl(enum ps_rule_type type);
/* client_address, or an item whose answers are addresses. */
bool ps_rule_type_is_net(enum ps_rule_type type);

#endif
