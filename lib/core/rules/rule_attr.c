/* rule_attr.c - the attributes a rule file names, as small numbers. */

#include "core/rules/rule_attr.h"

static const char *const first[PS_ATTR_FIRST_OTHER] = {
	[PS_ATTR_SENDER] = "sender",
	[PS_ATTR_SENDER_LOCALPART] = "sender_localpart",
	[PS_ATTR_SENDER_DOMAIN] = "sender_domain",
	[PS_ATTR_RECIPIENT] = "recipient",
	[PS_ATTR_RECIPIENT_LOCALPART] = "recipient_localpart",
	[PS_ATTR_RECIPIENT_DOMAIN] = "recipient_domain",
	[PS_ATTR_CLIENT_ADDRESS] = "client_address",
	[PS_ATTR_CLIENT_NAME] = "client_name",
	[PS_ATTR_REVERSE_CLIENT_NAME] = "reverse_client_name",
	[PS_ATTR_REVERSE_ADDRESS] = "reverse_address",
	[PS_ATTR_HELO_NAME] = "helo_name",
	[PS_ATTR_HELO_ADDRESS] = "helo_address",
	[PS_ATTR_SENDER_NS_NAMES] = "sender_ns_names",
	[PS_ATTR_SENDER_NS_ADDRS] = "sender_ns_addrs",
	[PS_ATTR_SENDER_MX_NAMES] = "sender_mx_names",
	[PS_ATTR_SENDER_MX_ADDRS] = "sender_mx_addrs",
	[PS_ATTR_SASL_USERNAME] = "sasl_username",
	[PS_ATTR_SIZE] = "size",
	[PS_ATTR_RECIPIENT_COUNT] = "recipient_count",
	[PS_ATTR_PROTOCOL_STATE] = "protocol_state",
	[PS_ATTR_VERSION] = "version",
	[PS_ATTR_LOGIN_ADDRESSES] = "login_addresses",
	[PS_ATTR_LOGIN_COUNTRIES] = "login_countries",
	[PS_ATTR_LOGIN_NEW_RECIPIENTS] = "login_new_recipients",
	[PS_ATTR_RATECOUNT] = "ratecount",
	[PS_ATTR_REQUEST_SCORE] = "request_score",
	[PS_ATTR_SCORE] = "score",
	[PS_ATTR_REQUEST_HITS] = "request_hits",
	[PS_ATTR_MATCHES] = "matches",
	[PS_ATTR_RBLCOUNT] = "rblcount",
	[PS_ATTR_RHSBLCOUNT] = "rhsblcount",
	[PS_ATTR_DNSBLTEXT] = "dnsbltext",
};

/* Others of Postfix's SMTPD_POLICY_README, and two of postfwd's second
 * version. */
static const char *const sent[] = {
	"request",
	"protocol_name",
	"queue_id",
	"instance",
	"sasl_method",
	"sasl_sender",
	"ccert_subject",
	"ccert_issuer",
	"ccert_fingerprint",
	"ccert_pubkey_fingerprint",
	"encryption_protocol",
	"encryption_cipher",
	"encryption_keysize",
	"etrn_domain",
	"stress",
	"client_port",
	"policy_context",
	"server_address",
	"server_port",
	"mail_version",
	"compatibility_level",
	"postfwd_port",
	"postfwd_interface",
};

static bool is_sent(struct ps_bytes name)
{
	size_t i;

	for (i = 0; i < sizeof(sent) / sizeof(sent[0]); i++) {
		if (ps_bytes_equal(name, ps_bytes_of(sent[i])))
			return true;
	}
	return false;
}

struct ps_rule_names *ps_rule_names_new(struct ps_arena *arena)
{
	struct ps_rule_names *names = ps_arena_alloc(arena, sizeof(*names));

	if (names == NULL)
		return NULL;
	for (; names->count < PS_ATTR_FIRST_OTHER; names->count++) {
		names->name[names->count] = ps_bytes_of(first[names->count]);
		names->is_known[names->count] = true;
	}
	return names;
}

void ps_rule_names_forget_ours(struct ps_rule_names *names)
{
	names->is_known[PS_ATTR_LOGIN_ADDRESSES] = false;
	names->is_known[PS_ATTR_LOGIN_COUNTRIES] = false;
	names->is_known[PS_ATTR_LOGIN_NEW_RECIPIENTS] = false;
}

int ps_rule_names_find(const struct ps_rule_names *names, struct ps_bytes name)
{
	size_t i;

	for (i = 0; i < names->count; i++) {
		if (ps_bytes_equal(names->name[i], name))
			return (int)i;
	}
	return -1;
}

int ps_rule_names_add(struct ps_rule_names *names, struct ps_arena *arena,
		      struct ps_bytes name)
{
	int at = ps_rule_names_find(names, name);
	char *copy;

	if (at >= 0)
		return at;
	if (names->count == PS_RULE_ATTRS_MAX)
		return -1;
	copy = ps_arena_copy(arena, name.at, name.len);
	if (copy == NULL)
		return -1;
	at = (int)names->count++;
	names->name[at] = (struct ps_bytes){ copy, name.len };
	names->is_known[at] = is_sent(name);
	return at;
}
