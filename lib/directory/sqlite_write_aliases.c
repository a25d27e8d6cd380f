/* sqlite_write_aliases.c - add and remove aliases, and those each domain has.
 */

#include "directory/sqlite_write_parts.h"

#include <stdio.h>
#include <string.h>

enum ps_write ps_sqlite_add_alias(struct ps_writer *writer, const char *source,
				  const char *destination, bool *domain_added_r)
{
	char from[PS_ADDRESS_MAX + 1], to[PS_ADDRESS_MAX + 1];
	const char *domain;
	enum ps_write result;

	*domain_added_r = false;
	result = ps_writer_address(writer, source, true, from, &domain);
	if (result == PS_WRITE_DONE)
		result = ps_writer_destination(writer, ps_bytes_of(destination),
					       to);
	if (result != PS_WRITE_DONE)
		return result;
	if (ps_bytes_equal_fold(ps_bytes_of(to), ps_bytes_of(from)))
		return ps_writer_say(writer, PS_WRITE_REFUSED,
				     "%s would be an alias to itself", from);
	result = ps_sqlite_need_domain(writer, domain, false, domain_added_r);
	/* What the administrator says takes the place of what was made. */
	if (result == PS_WRITE_DONE)
		result = PS_RUN(writer,
				"DELETE FROM aliases WHERE source = ?1"
				" AND system",
				from);
	if (result == PS_WRITE_DONE)
		result = ps_sqlite_changed(
			writer,
			PS_RUN(writer,
			       "INSERT INTO aliases (domain_id, source,"
			       " destination) SELECT id, ?2, ?3 FROM domains"
			       " WHERE name = ?1 ON CONFLICT DO NOTHING",
			       domain, from, to));
	return result == PS_WRITE_NOTHING
		       ? ps_writer_say(writer, result,
				       "alias %s to %s is there already", from,
				       to)
		       : result;
}

enum ps_write ps_sqlite_remove_alias(struct ps_writer *writer,
				     const char *source)
{
	char from[PS_ADDRESS_MAX + 1];
	const char *domain;
	enum ps_write result;

	result = ps_writer_address(writer, source, true, from, &domain);
	if (result == PS_WRITE_DONE)
		result = ps_sqlite_changed(
			writer,
			PS_RUN(writer, "DELETE FROM aliases WHERE source = ?1",
			       from));
	return result == PS_WRITE_NOTHING
		       ? ps_writer_say(writer, result, "there is no alias %s",
				       from)
		       : result;
}

enum ps_write ps_sqlite_remove_alias_id(struct ps_writer *writer, long long id)
{
	enum ps_write result;
	char number[24];

	snprintf(number, sizeof(number), "%lld", id);
	result = ps_sqlite_changed(writer,
				   PS_RUN(writer,
					  "DELETE FROM aliases WHERE id ="
					  " CAST(?1 AS INTEGER)",
					  number));
	return result == PS_WRITE_NOTHING
		       ? ps_writer_say(writer, result,
				       "there is no alias with id %s", number)
		       : result;
}

enum ps_write ps_sqlite_add_system_aliases(struct ps_writer *writer,
					   const char *domain,
					   const char *admin,
					   unsigned int *count_r)
{
	const char *const *names = ps_writer_system_names;
	const char *at = strrchr(domain, '@'), *name;
	char from[PS_ADDRESS_MAX + 1], to[PS_ADDRESS_MAX + 1], text[400];
	enum ps_write result;
	size_t i;

	*count_r = 0;
	result = ps_writer_address(writer, admin, false, to, &name);
	for (i = 0; names[i] != NULL; i++) {
		snprintf(text, sizeof(text), "%s@%s", names[i],
			 at == NULL ? domain : at + 1);
		if (result == PS_WRITE_DONE)
			result = ps_writer_address(writer, text, false, from,
						   &name);
		if (result != PS_WRITE_DONE)
			return result;
		if (strcmp(from, to) == 0)
			continue;
		result = PS_RUN(
			writer,
			"INSERT INTO aliases (domain_id, source, destination,"
			" system) SELECT id, ?2, ?3, 1 FROM domains"
			" WHERE name = ?1 AND NOT EXISTS (SELECT 1 FROM"
			" accounts WHERE address = ?2) AND NOT EXISTS"
			" (SELECT 1 FROM aliases WHERE source = ?2)",
			name, from, to);
		*count_r += result == PS_WRITE_DONE &&
			    sqlite3_changes(ps_sqlite_db(writer)) > 0;
	}
	return result;
}
