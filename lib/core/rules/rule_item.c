/* rule_item.c - the items of the language. */

#include "core/rules/rule_item.h"

static const struct ps_rule_kind kinds[] = {
	{ "client_address", PS_TYPE_NET, PS_ATTR_CLIENT_ADDRESS, true },
	{ "size", PS_TYPE_NUMBER, PS_ATTR_SIZE, false },
	{ "recipient_count", PS_TYPE_NUMBER, PS_ATTR_RECIPIENT_COUNT, false },
	{ "encryption_keysize", PS_TYPE_NUMBER, -1, false },
	{ "request_score", PS_TYPE_NUMBER, PS_ATTR_REQUEST_SCORE, false },
	{ "date", PS_TYPE_DATE, -1, true },
	{ "time", PS_TYPE_TIME, -1, true },
	{ "days", PS_TYPE_DAYS, -1, true },
	{ "months", PS_TYPE_MONTHS, -1, true },
	{ "login_addresses", PS_TYPE_LOGIN_ADDRESSES, PS_ATTR_LOGIN_ADDRESSES,
	  false },
	{ "login_countries", PS_TYPE_LOGIN_COUNTRIES, PS_ATTR_LOGIN_COUNTRIES,
	  false },
	{ "login_new_recipients", PS_TYPE_LOGIN_NEW_RECIPIENTS,
	  PS_ATTR_LOGIN_NEW_RECIPIENTS, false },
	{ "helo_address", PS_TYPE_HELO_ADDRESS, PS_ATTR_HELO_ADDRESS, true },
	{ "sender_ns_names", PS_TYPE_NS_NAMES, PS_ATTR_SENDER_NS_NAMES, false },
	{ "sender_ns_addrs", PS_TYPE_NS_ADDRS, PS_ATTR_SENDER_NS_ADDRS, true },
	{ "sender_mx_names", PS_TYPE_MX_NAMES, PS_ATTR_SENDER_MX_NAMES, false },
	{ "sender_mx_addrs", PS_TYPE_MX_ADDRS, PS_ATTR_SENDER_MX_ADDRS, true },
	{ "rbl", PS_TYPE_RBL, PS_ATTR_REVERSE_ADDRESS, true },
	{ "rhsbl", PS_TYPE_RHSBL, PS_ATTR_CLIENT_NAME, true },
	{ "rhsbl_client", PS_TYPE_RHSBL_CLIENT, PS_ATTR_CLIENT_NAME, true },
	{ "rhsbl_sender", PS_TYPE_RHSBL_SENDER, PS_ATTR_SENDER_DOMAIN, true },
	{ "rhsbl_helo", PS_TYPE_RHSBL_HELO, PS_ATTR_HELO_NAME, true },
	{ "rhsbl_reverse_client", PS_TYPE_RHSBL_REVERSE_CLIENT,
	  PS_ATTR_REVERSE_CLIENT_NAME, true },
	{ "id", PS_TYPE_ID, -1, false },
	{ "action", PS_TYPE_ACTION, -1, false },
	{ "score", PS_TYPE_SCORE, -1, false },
	{ "rblcount", PS_TYPE_RBLCOUNT, -1, false },
	{ "rhsblcount", PS_TYPE_RHSBLCOUNT, -1, false },
	{ "", PS_TYPE_TEXT, -1, false },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

bool ps_rule_type_is_login(enum ps_rule_type type)
{
	return type >= PS_TYPE_LOGIN_ADDRESSES &&
	       type <= PS_TYPE_LOGIN_NEW_RECIPIENTS;
}

const struct ps_rule_kind *ps_rule_kind_of(struct ps_bytes name, bool strict)
{
	size_t i;

	for (i = 0; i < KINDS - 1; i++) {
		if (ps_bytes_equal(name, ps_bytes_of(kinds[i].name)))
			break;
	}
	if (strict && ps_rule_type_is_login(kinds[i].type))
		i = KINDS - 1;
	return &kinds[i];
}

bool ps_rule_type_asks(enum ps_rule_type type)
{
	return type >= PS_TYPE_HELO_ADDRESS && type < PS_TYPE_ID;
}

bool ps_rule_type_is_dnsbl(enum ps_rule_type type)
{
	return type >= PS_TYPE_RBL && type < PS_TYPE_ID;
}

bool ps_rule_type_is_net(enum ps_rule_type type)
{
	return type == PS_TYPE_NET || type == PS_TYPE_HELO_ADDRESS ||
	       type == PS_TYPE_NS_ADDRS || type == PS_TYPE_MX_ADDRS;
}
