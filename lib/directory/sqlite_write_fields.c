/* sqlite_write_fields.c - what an account has for itself, changed. */

#include "directory/sqlite_write_parts.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char *const columns[] = {
	[PS_FIELD_QUOTA] = "quota", [PS_FIELD_ALLOW_NETS] = "allow_nets",
	[PS_FIELD_RELAY] = "relay", [PS_FIELD_HOME] = "home",
	[PS_FIELD_MAIL] = "mail",   [PS_FIELD_UID] = "uid",
	[PS_FIELD_GID] = "gid",
};

static enum ps_write set_column(struct ps_writer *writer, const char *account,
				enum ps_account_field field, const char *name,
				const char *stored)
{
	const char *value = field == PS_FIELD_RELAY ? "CAST(?2 AS INTEGER)"
						    : "nullif(?2, '')";
	enum ps_write result;
	char sql[160];

	snprintf(sql, sizeof(sql),
		 "UPDATE accounts SET %s = %s WHERE address = ?1"
		 " AND %s IS NOT %s",
		 columns[field], value, columns[field], value);
	result =
		ps_sqlite_changed(writer, PS_RUN(writer, sql, account, stored));
	return result == PS_WRITE_NOTHING
		       ? ps_writer_say(writer, result, "%s: %s is so already",
				       account, name)
		       : result;
}

static enum ps_write add_maildrop(struct ps_writer *writer, void *account,
				  const char *to)
{
	return PS_RUN(writer,
		      "INSERT INTO maildrops (account_id, destination)"
		      " SELECT id, ?2 FROM accounts WHERE address = ?1"
		      " ON CONFLICT DO NOTHING",
		      account, to);
}

/* Without one of its own the account is its maildrop; "none" closes it. */
static enum ps_write set_maildrop(struct ps_writer *writer, const char *account,
				  const char *value)
{
	bool none = strcmp(value, "none") == 0, self;
	enum ps_write result;
	int before;

	self = !none && strcmp(value, "self") == 0;
	result = PS_RUN(writer,
			"DELETE FROM maildrops WHERE account_id ="
			" (SELECT id FROM accounts WHERE address = ?1)",
			account);
	before = sqlite3_changes(ps_sqlite_db(writer));
	if (result == PS_WRITE_DONE)
		result = PS_RUN(writer,
				"UPDATE accounts SET closed ="
				" CAST(?2 AS INTEGER) WHERE address = ?1"
				" AND closed <> CAST(?2 AS INTEGER)",
				account, none ? "1" : "0");
	if (result != PS_WRITE_DONE || (!none && !self))
		return result == PS_WRITE_DONE
			       ? ps_writer_each_maildrop(
					 writer, account, value, add_maildrop,
					 (void *)(uintptr_t)account)
			       : result;
	if (before == 0 && sqlite3_changes(ps_sqlite_db(writer)) == 0)
		return ps_writer_say(writer, PS_WRITE_NOTHING,
				     "%s: maildrop is so already", account);
	return result;
}

enum ps_write ps_sqlite_set(struct ps_writer *writer, const char *address,
			    const char *name, const char *value)
{
	char account[PS_ADDRESS_MAX + 1], stored[PS_NETS_TEXT_MAX];
	enum ps_account_field field;
	const char *domain;
	enum ps_write result;

	result = ps_writer_address(writer, address, false, account, &domain);
	if (result == PS_WRITE_DONE)
		result = ps_sqlite_need_account(writer, account);
	if (result != PS_WRITE_DONE)
		return result;
	result = ps_writer_field(writer, name, value, &field, stored);
	if (result != PS_WRITE_DONE)
		return result;
	return field == PS_FIELD_MAILDROP
		       ? set_maildrop(writer, account, value)
		       : set_column(writer, account, field, name, stored);
}
