/* config_table.c - every setting of postseal.conf(5). */

#include "directory/config_table.h"

#include "core/auth/dkim_names.h"
#include "directory/config.h"

#include <string.h>

static const char *const from_must_match[] = { [PS_MATCH_OFF] = "off",
					       [PS_MATCH_DOMAIN] = "domain",
					       [PS_MATCH_ADDRESS] = "address",
					       NULL };
static const char *const on_mismatch[] = { [PS_MISMATCH_UNSIGNED] = "unsigned",
					   [PS_MISMATCH_REJECT] = "reject",
					   NULL };
static const char *const on_error[] = { [PS_SIGN_ERROR_DEFER] = "defer",
					[PS_SIGN_ERROR_UNSIGNED] = "unsigned",
					NULL };
static const char *const canons[] = {
	[PS_SIGN_SIMPLE_SIMPLE] = "simple/simple",
	[PS_SIGN_SIMPLE_RELAXED] = "simple/relaxed",
	[PS_SIGN_RELAXED_SIMPLE] = "relaxed/simple",
	[PS_SIGN_RELAXED_RELAXED] = "relaxed/relaxed",
	NULL
};
static const char *const identities[] = { [PS_IDENTITY_NONE] = "none",
					  [PS_IDENTITY_DOMAIN] = "domain",
					  [PS_IDENTITY_AUTHOR] = "author",
					  NULL };
/* RFC 6376 5.4: From must be signed. */
static const char *const from_field[] = { "from", NULL };
static const char *const backends[] = {
	[PS_BACKEND_SQLITE] = "sqlite", [PS_BACKEND_LDAP] = "ldap", NULL
};
static const char *const ldap_binds[] = { [PS_LDAP_BIND_NONE] = "none",
					  [PS_LDAP_BIND_SIMPLE] = "simple",
					  [PS_LDAP_BIND_SASL] = "external",
					  NULL };
static const char *const ldap_passwords[] = { [PS_LDAP_PASSWORDS_HASH] = "hash",
					      [PS_LDAP_PASSWORDS_SERVER] =
						      "server",
					      NULL };
static const char *const group_maildrop[] = {
	[PS_GROUP_INSTEAD] = "instead", [PS_GROUP_ALSO] = "also", NULL
};
static const char *const no_yes[] = { [PS_NO] = "no", [PS_YES] = "yes", NULL };
static const char *const enforce[] = { [PS_ENFORCE_OFF] = "off",
				       [PS_ENFORCE_MARK] = "mark",
				       [PS_ENFORCE_QUARANTINE] = "quarantine",
				       [PS_ENFORCE_REJECT] = "reject",
				       NULL };
static const char *const engine[] = { [PS_ENGINE_POSTSEAL] = "postseal",
				      [PS_ENGINE_OPENDKIM] = "opendkim",
				      NULL };
static const char *const org_domain[] = { [PS_ORG_TREEWALK] = "treewalk",
					  [PS_ORG_PSL] = "psl",
					  [PS_ORG_COMPARE] = "compare",
					  NULL };
static const char *const reject_when[] = {
	[PS_REJECT_ALWAYS] = "always", [PS_REJECT_CONFIRMED] = "confirmed", NULL
};
static const char *const unconfirmed[] = { [PS_ENFORCE_OFF] = "",
					   [PS_ENFORCE_MARK] = "mark",
					   [PS_ENFORCE_QUARANTINE] =
						   "quarantine",
					   NULL };
static const char *const seal_error[] = { [PS_SEAL_ERROR_DEFER] = "defer",
					  [PS_SEAL_ERROR_UNSEALED] = "unsealed",
					  NULL };
static const char *const log_format[] = {
	[PS_RECORD_PAIRS] = "text", [PS_RECORD_JSON] = "json", NULL
};
static const char *const compat[] = {
	[PS_RULE_SAFE] = "safe", [PS_RULE_STRICT] = "strict", NULL
};
static const char *const window_mode[] = {
	[PS_WINDOW_FIXED] = "fixed", [PS_WINDOW_SLIDING] = "sliding", NULL
};
/* SPF says nothing of quarantine: only DMARC has a wish for it. */
static const char *const spf_enforce[] = { [PS_ENFORCE_OFF] = "off",
					   [PS_ENFORCE_MARK] = "mark",
					   [PS_ENFORCE_QUARANTINE] = "",
					   [PS_ENFORCE_REJECT] = "reject",
					   NULL };

#define AT(member) offsetof(struct ps_config, member)
#define TEXT(section, name, preset)                                            \
	{                                                                      \
#section, #name, PS_SETTING_TEXT, AT(section.name), preset, 0, \
			0, NULL                                                \
	}
#define FILE_NAME(section, name, preset)                                       \
	{                                                                      \
#section, #name, PS_SETTING_FILE, AT(section.name), preset, 0, \
			0, NULL                                                \
	}
#define NUMBER(section, name, preset, least, most)                             \
	{                                                                      \
#section, #name, PS_SETTING_NUMBER, AT(section.name), preset,  \
			least, most, NULL                                      \
	}
#define WORD(section, name, preset, words)                                     \
	{                                                                      \
#section, #name, PS_SETTING_WORD, AT(section.name), preset, 0, \
			0, words                                               \
	}
#define LIST(section, name, preset)                                            \
	{                                                                      \
#section, #name, PS_SETTING_LIST, AT(section.name), preset, 0, \
			0, NULL                                                \
	}
#define DOMAINS(section, name, count)                                          \
	{                                                                      \
#section, #name, PS_SETTING_DOMAINS, AT(section.name), "", 0,  \
			count, NULL                                            \
	}
#define SOCKETS(section, name, preset, count)                                  \
	{                                                                      \
#section, #name, PS_SETTING_SOCKETS, AT(section.name), preset, \
			0, count, NULL                                         \
	}
#define NETS(section, name, preset)                                            \
	{                                                                      \
#section, #name, PS_SETTING_NETS, AT(section.name), preset, 0, \
			0, NULL                                                \
	}

/* A text or list that has to be of a kind. */
#define LDAP(name, kind, preset)                                               \
	{                                                                      \
		"ldap", #name, PS_SETTING_##kind, AT(ldap.name), preset, 0, 0, \
			NULL                                                   \
	}

/* A part of limits, with a section of its own. */
#define REDIS(name, kind, preset, least, most, words)                          \
	{                                                                      \
		"redis", #name, kind, AT(limits.redis.name), preset, least,    \
			most, words                                            \
	}

/* A setting of sign that a domain may have for itself. */
#define SIGNATURE(name, kind, preset, least, most, words)                      \
	{                                                                      \
		"sign", #name, kind, AT(sign.signature.name), preset, least,   \
			most, words                                            \
	}
#define BLANK_BEHIND(name) name " "

const struct ps_setting ps_settings[] = {
	{ "", "authserv_id", PS_SETTING_TEXT, AT(authserv_id), NULL, 0, 0,
	  NULL },
	{ "", "authserv_ids_removed", PS_SETTING_LIST, AT(authserv_ids_removed),
	  "", 0, 0, NULL },
	{ "", "user", PS_SETTING_TEXT, AT(user), "postseal", 0, 0, NULL },
	{ "", "pid_file", PS_SETTING_FILE, AT(pid_file),
	  "/run/postseal/postseald.pid", 0, 0, NULL },
	{ "", "control_socket", PS_SETTING_FILE, AT(control_socket),
	  "/run/postseal/control.sock", 0, 0, NULL },
	{ "", "state_database", PS_SETTING_FILE, AT(state_database),
	  "/var/lib/postseal/state/state.db", 0, 0, NULL },
	TEXT(milter, socket, "unix:/var/spool/postfix/postseal/milter.sock"),
	TEXT(milter, socket_group, "postfix"),
	NETS(milter, internal_networks, "127.0.0.0/8 ::1"),
	LIST(milter, originating_daemons, ""),
	NETS(milter, trusted_relays, ""),
	NETS(milter, backup_mx, ""),
	LIST(milter, exempt_recipients, "postmaster abuse"),
	LIST(milter, exempt_senders, ""),
	SOCKETS(map, sockets, "", PS_SOCKETS_MAX),
	NUMBER(map, connections, "1000", 1, 100000),
	LIST(map, recipient_delimiter, "+"),
	FILE_NAME(limits, rules, NULL),
	WORD(limits, compat, "safe", compat),
	SOCKETS(limits, sockets, "unix:/var/spool/postfix/postseal/policy.sock",
		PS_SOCKETS_MAX),
	NUMBER(limits, connections, "1000", 1, 100000),
	WORD(limits, mode, "fixed", window_mode),
	NUMBER(limits, keys_max, "1000000", 1000, 100000000),
	FILE_NAME(limits, journal, "/var/lib/postseal/state/counters"),
	NUMBER(limits, sync, "30", 0, 3600),
	NUMBER(limits, logins_max, "10000", 100, 1000000),
	FILE_NAME(limits, country_file, NULL),
	REDIS(servers, PS_SETTING_SOCKETS, "", 0, PS_SOCKETS_MAX, NULL),
	REDIS(sentinels, PS_SETTING_SOCKETS, "", 0, PS_SOCKETS_MAX, NULL),
	REDIS(sentinel_master, PS_SETTING_TEXT, "mymaster", 0, 0, NULL),
	REDIS(user, PS_SETTING_TEXT, NULL, 0, 0, NULL),
	REDIS(password_file, PS_SETTING_FILE, NULL, 0, 0, NULL),
	REDIS(sentinel_password_file, PS_SETTING_FILE, NULL, 0, 0, NULL),
	REDIS(database, PS_SETTING_NUMBER, "0", 0, 65535, NULL),
	REDIS(tls, PS_SETTING_WORD, "no", 0, 0, no_yes),
	REDIS(ca_file, PS_SETTING_FILE, NULL, 0, 0, NULL),
	REDIS(tls_name, PS_SETTING_DOMAIN, NULL, 0, 0, NULL),
	REDIS(prefix, PS_SETTING_TEXT, "postseal", 0, 0, NULL),
	REDIS(timeout, PS_SETTING_NUMBER, "100", 10, 5000, NULL),
	WORD(log, format, "text", log_format),
	SOCKETS(metrics, sockets, "", PS_SOCKETS_MAX),
	WORD(metrics, remote, "no", no_yes),
	{ "notify", "relay", PS_SETTING_PEER, AT(notify.relay),
	  "inet:127.0.0.1:25", 0, 0, NULL },
	{ "notify", "to", PS_SETTING_ADDRESS, AT(notify.to), NULL, 0, 0, NULL },
	WORD(directory, backend, "sqlite", backends),
	FILE_NAME(directory, database,
		  "/var/lib/postseal/directory/directory.db"),
	FILE_NAME(directory, credentials,
		  "/var/lib/postseal/auth/credentials.db"),
	TEXT(directory, read_group, "postseal-read"),
	TEXT(directory, auth_group, "dovecot"),
	TEXT(directory, admin, NULL),
	WORD(directory, rehash, "no", no_yes),
	LDAP(uris, URIS, "ldapi:///"),
	WORD(ldap, start_tls, "no", no_yes),
	FILE_NAME(ldap, ca_file, NULL),
	WORD(ldap, bind, "none", ldap_binds),
	TEXT(ldap, bind_dn, NULL),
	FILE_NAME(ldap, password_file, NULL),
	NUMBER(ldap, timeout, "2", 1, 10),
	TEXT(ldap, base, NULL),
	DOMAINS(ldap, domains, 0),
	WORD(ldap, domains_from_addresses, "no", no_yes),
	LDAP(login_domain, DOMAIN, NULL),
	WORD(ldap, group_maildrop, "instead", group_maildrop),
	LDAP(account_filter, FILTER, "(objectClass=postfixUser)"),
	LDAP(group_filter, FILTER, "(objectClass=postfixGroup)"),
	LDAP(relay_filter, FILTER, NULL),
	LDAP(disabled_filter, FILTER, "(pwdAccountLockedTime=000001010000Z)"),
	LDAP(login_attribute, ATTRIBUTE, "uid"),
	LDAP(address_attribute, ATTRIBUTE, "mailacceptinggeneralid"),
	LDAP(maildrop_attribute, ATTRIBUTE, "maildrop"),
	LDAP(member_attributes, ATTRIBUTES, "member uniqueMember"),
	LDAP(member_login_attributes, ATTRIBUTES, "memberUid"),
	LDAP(home_attribute, ATTRIBUTE, "postsealHome"),
	LDAP(quota_attribute, ATTRIBUTE, "postsealQuota"),
	LDAP(mail_attribute, ATTRIBUTE, "postsealMail"),
	LDAP(uid_attribute, ATTRIBUTE, "postsealUid"),
	LDAP(gid_attribute, ATTRIBUTE, "postsealGid"),
	LDAP(allow_nets_attribute, ATTRIBUTE, "postsealAllowNets"),
	LDAP(sender_attribute, ATTRIBUTE, "postsealSender"),
	LDAP(domain_filter, FILTER, "(objectClass=postsealDomain)"),
	LDAP(domain_attribute, ATTRIBUTE, "postsealDomainName"),
	LDAP(transport_attribute, ATTRIBUTE, "postsealTransport"),
	LDAP(password_attribute, ATTRIBUTE, NULL),
	LDAP(once_attribute, ATTRIBUTE, "postsealOneTime"),
	LDAP(write_uris, URIS, ""),
	WORD(ldap, write_bind, "external", ldap_binds),
	TEXT(ldap, write_bind_dn, NULL),
	FILE_NAME(ldap, write_password_file, NULL),
	WORD(ldap, write_passwords, "hash", ldap_passwords),
	TEXT(ldap, domain_base, NULL),
	LDAP(domain_class, ATTRIBUTE, "postsealDomain"),
	LDAP(field_class, ATTRIBUTE, "postsealAccount"),
	LDAP(account_class, ATTRIBUTE, "postfixUser"),
	LDAP(group_class, ATTRIBUTE, "postfixGroup"),
	TEXT(ldap, new_base, NULL),
	LDAP(new_classes, ATTRIBUTES, "inetOrgPerson"),
	LDAP(new_attributes, ATTRIBUTES, "cn sn"),
	TEXT(ldap, alias_base, NULL),
	LDAP(alias_classes, ATTRIBUTES, "organizationalRole"),
	LDAP(alias_attribute, ATTRIBUTE, "cn"),
	FILE_NAME(mail, home, "/var/vmail/%d/%n"),
	TEXT(mail, user, "vmail"),
	TEXT(mail, group, "vmail"),
	FILE_NAME(keys, folder, "/var/lib/postseal/keys"),
	TEXT(keys, group, "postseal"),
	WORD(sign, from_must_match, "domain", from_must_match),
	WORD(sign, on_mismatch, "unsigned", on_mismatch),
	WORD(sign, on_error, "defer", on_error),
	SIGNATURE(canonicalization, PS_SETTING_WORD, "relaxed/relaxed", 0, 0,
		  canons),
	SIGNATURE(expiry, PS_SETTING_NUMBER, "0", 0, 31536000, NULL),
	SIGNATURE(identity, PS_SETTING_WORD, "none", 0, 0, identities),
	SIGNATURE(fields, PS_SETTING_FIELDS, PS_DKIM_SIGN_NAMES(BLANK_BEHIND),
		  0, 0, from_field),
	SIGNATURE(oversign, PS_SETTING_FIELDS,
		  PS_DKIM_OVERSIGN_NAMES(BLANK_BEHIND), 0, 0, NULL),
	SIGNATURE(subdomains, PS_SETTING_WORD, "no", 0, 0, no_yes),
	SIGNATURE(check_published, PS_SETTING_WORD, "yes", 0, 0, no_yes),
	{ "dns", "servers", PS_SETTING_SERVERS, AT(dns.servers), "", 0, 0,
	  NULL },
	NUMBER(dns, timeout, "10", 1, 60),
	NUMBER(dns, cache_records, "50000", 100, 10000000),
	NUMBER(dns, cache_ttl_max, "3600", 1, 86400),
	FILE_NAME(dns, trust_anchor_file, NULL),
	WORD(spf, on_fail, "mark", spf_enforce),
	WORD(spf, explanation, "yes", no_yes),
	WORD(spf, received_spf, "no", no_yes),
	WORD(dkim, engine, "postseal", engine),
	NUMBER(dkim, signatures_max, "10", 1, 32),
	WORD(dkim, trust_length, "no", no_yes),
	WORD(dmarc, on_reject, "mark", enforce),
	WORD(dmarc, org_domain, "treewalk", org_domain),
	WORD(dmarc, reject_when, "always", reject_when),
	WORD(dmarc, on_unconfirmed, "mark", unconfirmed),
	DOMAINS(dmarc, dnsbl, 8), /* each is a question a message */
	DOMAINS(dmarc, exempt_domains, 0),
	NETS(dmarc, exempt_networks, ""),
	DOMAINS(dmarc, forwarders, 0),
	{ "arc", "seal_domain", PS_SETTING_DOMAIN, AT(arc.seal_domain), NULL, 0,
	  0, NULL },
	WORD(arc, on_error, "defer", seal_error),
	DOMAINS(arc, trusted_sealers, 0),
};

const size_t ps_settings_count = sizeof(ps_settings) / sizeof(ps_settings[0]);

static bool is(const char *text, const char *other, size_t len)
{
	return strlen(text) == len && memcmp(text, other, len) == 0;
}

size_t ps_setting_find(const char *section, size_t section_len,
		       const char *name, size_t name_len)
{
	size_t i;

	for (i = 0; i < ps_settings_count; i++) {
		if (is(ps_settings[i].section, section, section_len) &&
		    is(ps_settings[i].name, name, name_len))
			break;
	}
	return i;
}

bool ps_setting_is_list(size_t i)
{
	return ps_settings[i].kind == PS_SETTING_LIST ||
	       ps_settings[i].kind == PS_SETTING_FIELDS ||
	       ps_settings[i].kind == PS_SETTING_NETS ||
	       ps_settings[i].kind == PS_SETTING_SERVERS ||
	       ps_settings[i].kind == PS_SETTING_DOMAINS ||
	       ps_settings[i].kind == PS_SETTING_ATTRIBUTES ||
	       ps_settings[i].kind == PS_SETTING_URIS ||
	       ps_settings[i].kind == PS_SETTING_SOCKETS;
}
