/* ldap_write_domains.c - domains: those of the settings, and of addresses. */

#include "directory/ldap_questions.h"
#include "directory/ldap_write_parts.h"

static enum ps_write is_here(struct ps_writer *writer, const char *domain)
{
	struct ps_ldap_store *store = ps_ldap_writer_of(writer)->store;
	char reason[PS_REASON_MAX];

	ps_ldap_store_begin(store);
	switch (ps_ldap_domain_here(store, domain, reason)) {
	case PS_FOUND:
		return PS_WRITE_DONE;
	case PS_NOTFOUND:
		return PS_WRITE_NOTHING;
	case PS_TEMPFAIL:
		break;
	}
	return ps_ldap_write_unknown(writer, reason);
}

enum ps_write ps_ldap_need_domain(struct ps_writer *writer, const char *domain,
				  bool for_account, bool *added_r)
{
	const struct ps_config_ldap *config =
		&ps_ldap_writer_of(writer)->config.ldap;
	enum ps_write result = is_here(writer, domain);

	(void)for_account;
	*added_r = false;
	if (result != PS_WRITE_NOTHING)
		return result;
	/* The first address in it makes it one. */
	if (config->domains_from_addresses == PS_YES) {
		*added_r = true;
		return PS_WRITE_DONE;
	}
	return ps_writer_say(writer, PS_WRITE_REFUSED,
			     "mail to %.100s is not received here: add it to "
			     "setting ldap.domains",
			     domain);
}

enum ps_write ps_ldap_add_domain(struct ps_writer *writer, const char *name)
{
	const struct ps_config_ldap *config =
		&ps_ldap_writer_of(writer)->config.ldap;
	char domain[PS_DOMAIN_MAX + 1];
	enum ps_write result = ps_writer_domain(writer, name, domain);

	if (result == PS_WRITE_DONE)
		result = is_here(writer, domain);
	if (result == PS_WRITE_DONE)
		return ps_writer_say(writer, PS_WRITE_NOTHING,
				     "domain %s is there already", domain);
	if (result != PS_WRITE_NOTHING)
		return result;
	return config->domains_from_addresses == PS_YES
		       ? ps_writer_say(writer, PS_WRITE_NOTHING,
				       "nothing is to be done for %.100s: the "
				       "first address in it makes it a domain "
				       "(ldap.domains_from_addresses)",
				       domain)
		       : ps_writer_say(writer, PS_WRITE_REFUSED,
				       "domains are not kept in LDAP: add "
				       "%.100s to setting ldap.domains",
				       domain);
}

enum ps_write ps_ldap_add_alias_domain(struct ps_writer *writer,
				       const char *name, const char *target)
{
	(void)target;
	return ps_writer_say(writer, PS_WRITE_REFUSED,
			     "LDAP holds no alias domains: give the accounts "
			     "an address in %.100s, too",
			     name);
}

enum ps_write ps_ldap_add_relayed_domain(struct ps_writer *writer,
					 const char *name, const char *nexthop)
{
	(void)nexthop;
	return ps_writer_say(writer, PS_WRITE_REFUSED,
			     "relayed domains are not kept in LDAP: %.100s is "
			     "for Postfix's own relay_domains",
			     name);
}

enum ps_write ps_ldap_remove_domain(struct ps_writer *writer, const char *name,
				    bool cascade)
{
	char domain[PS_DOMAIN_MAX + 1];
	enum ps_write result = ps_writer_domain(writer, name, domain);

	(void)cascade;
	if (result == PS_WRITE_DONE)
		result = is_here(writer, domain);
	if (result == PS_WRITE_NOTHING)
		return ps_writer_say(writer, result, "there is no domain %s",
				     domain);
	if (result != PS_WRITE_DONE)
		return result;
	return ps_writer_say(writer, PS_WRITE_REFUSED,
			     "domains are not kept in LDAP: take %.100s out of "
			     "setting ldap.domains",
			     domain);
}
