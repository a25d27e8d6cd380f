/* sqlite_write_domains.c - add and remove domains of all kinds. */

#include "directory/sqlite_write_parts.h"

#include <stdio.h>
#include <string.h>

enum kind { MISSING, HERE, ALIAS, RELAYED };

static enum ps_write kind_of(struct ps_writer *writer, const char *domain,
			     enum kind *kind_r)
{
	int number = ps_sqlite_count(
		writer,
		"SELECT coalesce(max(CASE WHEN alias_of IS NOT NULL"
		" THEN 2 WHEN transport IS NOT NULL THEN 3 ELSE 1 END), 0)"
		" FROM domains WHERE name = ?1",
		domain);

	*kind_r = number < 0 ? MISSING : (enum kind)number;
	return number < 0 ? PS_WRITE_TEMPFAIL : PS_WRITE_DONE;
}

/* A domain that is there is not made another kind of: what would become of its
 * accounts? */
static enum ps_write is_there(struct ps_writer *writer, const char *domain)
{
	static const char *const words[] = {
		[MISSING] = "",
		[HERE] = "",
		[ALIAS] = ", as an alias of another",
		[RELAYED] = ", and relayed to another host",
	};
	enum kind kind;
	enum ps_write result = kind_of(writer, domain, &kind);

	if (result != PS_WRITE_DONE || kind == MISSING)
		return result;
	return ps_writer_say(writer, PS_WRITE_NOTHING,
			     "domain %s is there already%s", domain,
			     words[kind]);
}

enum ps_write ps_sqlite_add_domain(struct ps_writer *writer, const char *name)
{
	char domain[PS_DOMAIN_MAX + 1];
	enum ps_write result = ps_writer_domain(writer, name, domain);

	if (result == PS_WRITE_DONE)
		result = is_there(writer, domain);
	if (result == PS_WRITE_DONE)
		result =
			PS_RUN(writer, "INSERT INTO domains (name) VALUES (?1)",
			       domain);
	return result;
}

enum ps_write ps_sqlite_need_domain(struct ps_writer *writer,
				    const char *domain, bool for_account,
				    bool *added_r)
{
	enum kind kind;
	enum ps_write result = kind_of(writer, domain, &kind);

	*added_r = false;
	if (result != PS_WRITE_DONE)
		return result;
	switch (kind) {
	case MISSING:
		result = ps_sqlite_add_domain(writer, domain);
		*added_r = result == PS_WRITE_DONE;
		break;
	case HERE:
		break;
	case ALIAS:
		return ps_writer_say(writer, PS_WRITE_REFUSED,
				     "%s is an alias of another domain: what "
				     "is there is here, too",
				     domain);
	case RELAYED:
		if (!for_account)
			break;
		return ps_writer_say(writer, PS_WRITE_REFUSED,
				     "mail for %s is relayed to another host, "
				     "where its accounts are",
				     domain);
	}
	return result;
}

enum ps_write ps_sqlite_add_alias_domain(struct ps_writer *writer,
					 const char *name, const char *target)
{
	char domain[PS_DOMAIN_MAX + 1], other[PS_DOMAIN_MAX + 1];
	enum kind kind = MISSING;
	enum ps_write result = ps_writer_domain(writer, name, domain);

	if (result == PS_WRITE_DONE)
		result = ps_writer_domain(writer, target, other);
	if (result == PS_WRITE_DONE && strcmp(domain, other) == 0)
		return ps_writer_say(writer, PS_WRITE_REFUSED,
				     "%s would be an alias of itself", domain);
	if (result == PS_WRITE_DONE)
		result = is_there(writer, domain);
	if (result == PS_WRITE_DONE)
		result = kind_of(writer, other, &kind);
	if (result == PS_WRITE_DONE && kind != HERE)
		return ps_writer_say(
			writer,
			kind == MISSING ? PS_WRITE_NOTHING : PS_WRITE_REFUSED,
			kind == MISSING
				? "there is no domain %s"
				: "domain %s has no accounts of its own",
			other);
	if (result == PS_WRITE_DONE)
		result = PS_RUN(writer,
				"INSERT INTO domains (name, alias_of)"
				" SELECT ?1, id FROM domains WHERE name = ?2",
				domain, other);
	return result;
}

enum ps_write ps_sqlite_add_relayed_domain(struct ps_writer *writer,
					   const char *name,
					   const char *nexthop)
{
	char domain[PS_DOMAIN_MAX + 1], transport[PS_TRANSPORT_MAX + 1];
	enum ps_write result = ps_writer_domain(writer, name, domain);

	if (result == PS_WRITE_DONE)
		result = ps_writer_transport(writer, nexthop, transport);
	if (result == PS_WRITE_DONE)
		result = is_there(writer, domain);
	if (result == PS_WRITE_DONE)
		result = PS_RUN(writer,
				"INSERT INTO domains (name, transport)"
				" VALUES (?1, ?2)",
				domain, transport);
	return result;
}

static enum ps_write empty_domain(struct ps_writer *writer, const char *domain)
{
	static const char *const steps[] = {
		"DELETE FROM auth.credentials WHERE address IN (SELECT address"
		" FROM accounts JOIN domains ON domains.id = domain_id"
		" WHERE name = ?1)",
		"DELETE FROM accounts WHERE domain_id ="
		" (SELECT id FROM domains WHERE name = ?1)",
		"DELETE FROM aliases WHERE domain_id ="
		" (SELECT id FROM domains WHERE name = ?1)",
		"DELETE FROM domains WHERE alias_of ="
		" (SELECT id FROM domains WHERE name = ?1)",
	};
	enum ps_write result = PS_WRITE_DONE;
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (result == PS_WRITE_DONE)
			result = PS_RUN(writer, steps[i], domain);
	}
	return result;
}

enum ps_write ps_sqlite_remove_domain(struct ps_writer *writer,
				      const char *name, bool cascade)
{
	char domain[PS_DOMAIN_MAX + 1];
	int accounts, aliases, others;
	enum ps_write result = ps_writer_domain(writer, name, domain);

	if (result != PS_WRITE_DONE)
		return result;
	accounts = ps_sqlite_count(writer,
				   "SELECT count(*) FROM accounts JOIN domains"
				   " ON domains.id = domain_id WHERE name = ?1",
				   domain);
	aliases = ps_sqlite_count(writer,
				  "SELECT count(*) FROM aliases JOIN domains"
				  " ON domains.id = domain_id WHERE name = ?1"
				  " AND NOT system",
				  domain);
	others = ps_sqlite_count(writer,
				 "SELECT count(*) FROM domains WHERE alias_of ="
				 " (SELECT id FROM domains WHERE name = ?1)",
				 domain);
	if (accounts < 0 || aliases < 0 || others < 0)
		return PS_WRITE_TEMPFAIL;
	if (accounts + aliases + others > 0 && !cascade)
		return ps_writer_say(writer, PS_WRITE_REFUSED,
				     "domain %s still has %d accounts, %d "
				     "aliases and %d alias domains; remove "
				     "them, or use --cascade",
				     domain, accounts, aliases, others);
	result = empty_domain(writer, domain);
	if (result == PS_WRITE_DONE)
		result = ps_sqlite_changed(
			writer,
			PS_RUN(writer, "DELETE FROM domains WHERE name = ?1",
			       domain));
	return result == PS_WRITE_NOTHING
		       ? ps_writer_say(writer, result, "there is no domain %s",
				       domain)
		       : result;
}
