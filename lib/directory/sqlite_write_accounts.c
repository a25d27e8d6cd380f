/* sqlite_write_accounts.c - add, remove and change accounts. */

#include "directory/sqlite_write_parts.h"

#include <stdio.h>
#include <string.h>

enum ps_write ps_sqlite_add_account(struct ps_writer *writer,
				    const char *address, const char *hash,
				    bool *domain_added_r)
{
	char account[PS_ADDRESS_MAX + 1];
	const char *domain;
	enum ps_write result;

	*domain_added_r = false;
	result = ps_writer_address(writer, address, false, account, &domain);
	if (result == PS_WRITE_DONE)
		result = ps_sqlite_need_domain(writer, domain, true,
					       domain_added_r);
	if (result == PS_WRITE_DONE)
		result = ps_sqlite_changed(
			writer,
			PS_RUN(writer,
			       "INSERT INTO accounts (domain_id, address)"
			       " SELECT id, ?2 FROM domains WHERE name = ?1"
			       " ON CONFLICT DO NOTHING",
			       domain, account));
	if (result == PS_WRITE_NOTHING)
		return ps_writer_say(writer, result,
				     "account %s is there already", account);
	if (result == PS_WRITE_DONE)
		result = PS_RUN(writer,
				"DELETE FROM aliases WHERE source = ?1"
				" AND system",
				account);
	/* One left behind by another program must not come back to life. */
	if (result == PS_WRITE_DONE)
		result = PS_RUN(
			writer,
			"DELETE FROM auth.credentials WHERE address = ?1",
			account);
	if (result == PS_WRITE_DONE && hash != NULL)
		result = ps_sqlite_set_credential(writer, account, hash);
	return result;
}

enum ps_write ps_sqlite_has_account(struct ps_writer *writer,
				    const char *address)
{
	char account[PS_ADDRESS_MAX + 1];
	const char *domain;
	enum ps_write result;

	result = ps_writer_address(writer, address, false, account, &domain);
	if (result != PS_WRITE_DONE)
		return result;
	return ps_sqlite_need_open_account(writer, account);
}

enum ps_write ps_sqlite_remove_account(struct ps_writer *writer,
				       const char *address, bool cascade)
{
	char account[PS_ADDRESS_MAX + 1];
	const char *domain;
	enum ps_write result;

	result = ps_writer_address(writer, address, false, account, &domain);
	if (result == PS_WRITE_DONE)
		result = PS_RUN(
			writer,
			"DELETE FROM auth.credentials WHERE address = ?1",
			account);
	if (result == PS_WRITE_DONE)
		result = ps_sqlite_changed(
			writer, PS_RUN(writer,
				       "DELETE FROM accounts WHERE address"
				       " = ?1",
				       account));
	if (result == PS_WRITE_DONE && cascade)
		result = PS_RUN(writer,
				"DELETE FROM aliases WHERE destination = ?1"
				" COLLATE NOCASE",
				account);
	return ps_writer_no_account(writer, result, account);
}

static enum ps_write set_password(struct ps_writer *writer, const char *address,
				  const char *hash,
				  enum ps_credential_kind kind,
				  long long expires)
{
	char account[PS_ADDRESS_MAX + 1], number[24], until[24];
	const char *domain;
	enum ps_write result;

	snprintf(number, sizeof(number), "%d", (int)kind);
	snprintf(until, sizeof(until), "%lld", expires);
	result = ps_writer_address(writer, address, false, account, &domain);
	if (result == PS_WRITE_DONE &&
	    (hash[0] == '\0' || strlen(hash) >= PS_CREDENTIAL_MAX))
		return ps_writer_say(
			writer, PS_WRITE_REFUSED,
			"the password hash for %s is empty or too long",
			account);
	if (result == PS_WRITE_DONE)
		result = ps_sqlite_changed(
			writer,
			PS_RUN(writer,
			       "INSERT INTO auth.credentials (address, hash,"
			       " changed, kind, expires) SELECT address, ?2,"
			       " CAST(strftime('%s') AS INTEGER),"
			       " CAST(?3 AS INTEGER), CAST(?4 AS INTEGER)"
			       " FROM accounts WHERE address = ?1"
			       " ON CONFLICT (address) DO UPDATE SET"
			       " hash = excluded.hash,"
			       " changed = excluded.changed,"
			       " kind = excluded.kind,"
			       " expires = excluded.expires",
			       account, hash, number, until));
	return ps_writer_no_account(writer, result, account);
}

enum ps_write ps_sqlite_set_credential(struct ps_writer *writer,
				       const char *address, const char *hash)
{
	return set_password(writer, address, hash, PS_CREDENTIAL_HASH, 0);
}

enum ps_write ps_sqlite_set_once(struct ps_writer *writer, const char *address,
				 const char *hash, long long expires)
{
	return set_password(writer, address, hash, PS_CREDENTIAL_ONCE, expires);
}

enum ps_write ps_sqlite_set_state(struct ps_writer *writer, const char *address,
				  enum ps_account_state state)
{
	static const char *const words[] = {
		[PS_ACCOUNT_ACTIVE] = "active",
		[PS_ACCOUNT_DISABLED] = "disabled",
	};
	char account[PS_ADDRESS_MAX + 1];
	const char *domain;
	enum ps_write result;

	result = ps_writer_address(writer, address, false, account, &domain);
	if (result == PS_WRITE_DONE)
		result = ps_sqlite_changed(
			writer, PS_RUN(writer,
				       "UPDATE accounts SET state = ?2"
				       " WHERE address = ?1 AND state <> ?2",
				       account, words[state]));
	return result == PS_WRITE_NOTHING
		       ? ps_writer_say(writer, result,
				       "there is no account %s, or it is %s "
				       "already",
				       account, words[state])
		       : result;
}

/* ---- whom it may send as ---- */

static enum ps_write two_addresses(struct ps_writer *writer,
				   const char *address, const char *sender,
				   char account_r[PS_ADDRESS_MAX + 1],
				   char sender_r[PS_ADDRESS_MAX + 1])
{
	const char *domain;
	enum ps_write result;

	result = ps_writer_address(writer, address, false, account_r, &domain);
	if (result == PS_WRITE_DONE)
		result = ps_writer_address(writer, sender, true, sender_r,
					   &domain);
	return result;
}

enum ps_write ps_sqlite_add_sender(struct ps_writer *writer,
				   const char *address, const char *sender)
{
	char account[PS_ADDRESS_MAX + 1], as[PS_ADDRESS_MAX + 1];
	enum ps_write result =
		two_addresses(writer, address, sender, account, as);

	if (result == PS_WRITE_DONE)
		result = ps_sqlite_need_account(writer, account);
	if (result != PS_WRITE_DONE)
		return result;
	result = ps_sqlite_changed(
		writer, PS_RUN(writer,
			       "INSERT INTO senders (account_id, address)"
			       " SELECT id, ?2 FROM accounts"
			       " WHERE address = ?1 ON CONFLICT DO NOTHING",
			       account, as));
	return result == PS_WRITE_NOTHING
		       ? ps_writer_say(writer, result,
				       "%s may send as %s already", account, as)
		       : result;
}

enum ps_write ps_sqlite_remove_sender(struct ps_writer *writer,
				      const char *address, const char *sender)
{
	char account[PS_ADDRESS_MAX + 1], as[PS_ADDRESS_MAX + 1];
	enum ps_write result =
		two_addresses(writer, address, sender, account, as);

	if (result == PS_WRITE_DONE)
		result = ps_sqlite_changed(
			writer,
			PS_RUN(writer,
			       "DELETE FROM senders WHERE account_id = (SELECT"
			       " id FROM accounts WHERE address = ?1)"
			       " AND address = ?2",
			       account, as));
	return result == PS_WRITE_NOTHING
		       ? ps_writer_say(writer, result,
				       "%s is not on the list of what %s may "
				       "send as",
				       as, account)
		       : result;
}
