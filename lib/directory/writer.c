/* writer.c - change domains, accounts and aliases, one transaction. */

#include "directory/writer.h"

#include "core/text/address.h"
#include "directory/writer_open.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOCAL_MAX 64 /* RFC 5321 4.5.3.1.1 */

#define RUN(writer, sql, ...)                                                  \
	ps_writer_run(writer, sql, (const char *[]){ __VA_ARGS__, NULL })

enum ps_write ps_writer_open(const struct ps_config *config,
			     struct ps_writer **writer_r,
			     char reason_r[PS_REASON_MAX])
{
	struct ps_writer *writer = calloc(1, sizeof(*writer));
	enum ps_write result;

	*writer_r = NULL;
	reason_r[0] = '\0';
	if (writer == NULL) {
		snprintf(reason_r, PS_REASON_MAX, "out of memory");
		return PS_WRITE_TEMPFAIL;
	}
	writer->config = config;
	writer->lock = -1;
	result = ps_writer_prepare(writer);
	if (result == PS_WRITE_DONE) {
		*writer_r = writer;
		return result;
	}
	snprintf(reason_r, PS_REASON_MAX, "%s", writer->reason);
	ps_writer_close(&writer);
	return result;
}

enum ps_write ps_writer_commit(struct ps_writer *writer)
{
	writer->reason[0] = '\0';
	return ps_writer_run(writer, "COMMIT", NULL);
}

void ps_writer_close(struct ps_writer **writer_p)
{
	struct ps_writer *writer = *writer_p;

	*writer_p = NULL;
	if (writer == NULL)
		return;
	/* An open transaction is rolled back by this. */
	(void)sqlite3_close(writer->db);
	if (writer->lock >= 0)
		(void)close(writer->lock);
	free(writer);
}

const char *ps_writer_reason(const struct ps_writer *writer)
{
	return writer->reason;
}

bool ps_writer_created(const struct ps_writer *writer)
{
	return writer->created;
}

static enum ps_write say(struct ps_writer *writer, enum ps_write result,
			 const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static enum ps_write say(struct ps_writer *writer, enum ps_write result,
			 const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(writer->reason, sizeof(writer->reason), format, args);
	va_end(args);
	return result;
}

/* DONE when it changed a row, NOTHING when not. */
static enum ps_write changed(struct ps_writer *writer, enum ps_write result)
{
	if (result == PS_WRITE_DONE && sqlite3_changes(writer->db) == 0)
		return PS_WRITE_NOTHING;
	return result;
}

/* ---- what a name may be ---- */

static bool normalize_domain(const char *name, char name_r[PS_DOMAIN_MAX + 1])
{
	return ps_domain_normalize(ps_bytes_trim(ps_bytes_of(name)), name_r);
}

/* What Postfix would take apart, or a folder name could not hold. */
static bool local_is_plain(struct ps_bytes local)
{
	size_t i;

	if (local.len == 0 || local.len > LOCAL_MAX || local.at[0] == '.')
		return false;
	for (i = 0; i < local.len; i++) {
		if ((unsigned char)local.at[i] <= ' ' || local.at[i] == 0x7f ||
		    strchr("\"(),:;<>@[\\]/", local.at[i]) != NULL)
			return false;
	}
	return true;
}

/* Lower case; with a local part, or without when "@domain" is allowed. */
static enum ps_write normalize(struct ps_writer *writer, const char *text,
			       bool catch_all,
			       char address_r[PS_ADDRESS_MAX + 1],
			       const char **domain_r)
{
	struct ps_bytes address = ps_bytes_trim(ps_bytes_of(text));
	struct ps_mailbox mailbox = { { "", 0 }, { "", 0 } };
	char domain[PS_DOMAIN_MAX + 1];
	bool good;

	writer->reason[0] = '\0';
	if (catch_all && address.len > 1 && address.at[0] == '@') {
		mailbox.domain =
			(struct ps_bytes){ address.at + 1, address.len - 1 };
		good = true;
	} else {
		good = ps_address_split(address, &mailbox) &&
		       local_is_plain(mailbox.local);
	}
	if (!good || !ps_domain_normalize(mailbox.domain, domain))
		return say(writer, PS_WRITE_REFUSED,
			   "\"%.100s\" is not an address%s", text,
			   catch_all ? " or @domain" : "");
	snprintf(address_r, PS_ADDRESS_MAX + 1, "%.*s@%s",
		 (int)mailbox.local.len, mailbox.local.at, domain);
	ps_ascii_lower_all(address_r, mailbox.local.len);
	*domain_r = strrchr(address_r, '@') + 1;
	return PS_WRITE_DONE;
}

/* Stored as given: a local name, or an address anywhere. */
static bool destination_is_plain(struct ps_bytes text)
{
	size_t i;

	if (text.len == 0 || text.len > PS_ADDRESS_MAX || text.at[0] == '@')
		return false;
	for (i = 0; i < text.len; i++) {
		if ((unsigned char)text.at[i] <= ' ' || text.at[i] == 0x7f ||
		    strchr("\",:;<>|", text.at[i]) != NULL)
			return false;
	}
	return text.at[0] != '/';
}

/* ---- domains ---- */

enum ps_write ps_writer_add_domain(struct ps_writer *writer, const char *name)
{
	char domain[PS_DOMAIN_MAX + 1];
	enum ps_write result;

	if (!normalize_domain(name, domain))
		return say(writer, PS_WRITE_REFUSED,
			   "\"%.100s\" is not a domain", name);
	result = changed(writer, RUN(writer,
				     "INSERT INTO domains (name) VALUES (?1)"
				     " ON CONFLICT DO NOTHING",
				     domain));
	return result == PS_WRITE_NOTHING
		       ? say(writer, result, "domain %s is there already",
			     domain)
		       : result;
}

/* How many rows the domain has in a table; -1 with a reason. */
static int count_in(struct ps_writer *writer, const char *sql,
		    const char *domain)
{
	sqlite3_stmt *query = NULL;
	int count = -1;

	if (sqlite3_prepare_v2(writer->db, sql, -1, &query, NULL) ==
		    SQLITE_OK &&
	    sqlite3_bind_text(query, 1, domain, -1, SQLITE_STATIC) ==
		    SQLITE_OK &&
	    sqlite3_step(query) == SQLITE_ROW)
		count = sqlite3_column_int(query, 0);
	else
		ps_sqlite_reason(writer->config->directory.database, writer->db,
				 writer->reason);
	(void)sqlite3_finalize(query);
	return count;
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
	};
	enum ps_write result = PS_WRITE_DONE;
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (result == PS_WRITE_DONE)
			result = RUN(writer, steps[i], domain);
	}
	return result;
}

enum ps_write ps_writer_remove_domain(struct ps_writer *writer,
				      const char *name, bool cascade)
{
	char domain[PS_DOMAIN_MAX + 1];
	enum ps_write result;
	int accounts, aliases;

	if (!normalize_domain(name, domain))
		return say(writer, PS_WRITE_REFUSED,
			   "\"%.100s\" is not a domain", name);
	accounts = count_in(writer,
			    "SELECT count(*) FROM accounts JOIN domains ON"
			    " domains.id = domain_id WHERE name = ?1",
			    domain);
	aliases = count_in(writer,
			   "SELECT count(*) FROM aliases JOIN domains ON"
			   " domains.id = domain_id WHERE name = ?1",
			   domain);
	if (accounts < 0 || aliases < 0)
		return PS_WRITE_TEMPFAIL;
	if (accounts + aliases > 0 && !cascade)
		return say(writer, PS_WRITE_REFUSED,
			   "domain %s still has %d accounts and %d aliases; "
			   "remove them, or use --cascade",
			   domain, accounts, aliases);
	result = empty_domain(writer, domain);
	if (result == PS_WRITE_DONE)
		result = changed(writer,
				 RUN(writer,
				     "DELETE FROM domains WHERE name = ?1",
				     domain));
	return result == PS_WRITE_NOTHING
		       ? say(writer, result, "there is no domain %s", domain)
		       : result;
}

/* The domain is made where it is missing. */
static enum ps_write need_domain(struct ps_writer *writer, const char *domain,
				 bool *added_r)
{
	enum ps_write result = ps_writer_add_domain(writer, domain);

	*added_r = result == PS_WRITE_DONE;
	return result == PS_WRITE_NOTHING ? PS_WRITE_DONE : result;
}

/* ---- accounts ---- */

static enum ps_write no_account(struct ps_writer *writer, enum ps_write result,
				const char *address)
{
	return result == PS_WRITE_NOTHING
		       ? say(writer, result, "there is no account %s", address)
		       : result;
}

enum ps_write ps_writer_add_account(struct ps_writer *writer,
				    const char *address, const char *hash,
				    bool *domain_added_r)
{
	char account[PS_ADDRESS_MAX + 1];
	const char *domain;
	enum ps_write result;

	*domain_added_r = false;
	result = normalize(writer, address, false, account, &domain);
	if (result == PS_WRITE_DONE)
		result = need_domain(writer, domain, domain_added_r);
	if (result == PS_WRITE_DONE)
		result = changed(writer,
				 RUN(writer,
				     "INSERT INTO accounts (domain_id, address)"
				     " SELECT id, ?2 FROM domains"
				     " WHERE name = ?1"
				     " ON CONFLICT DO NOTHING",
				     domain, account));
	if (result == PS_WRITE_NOTHING)
		return say(writer, result, "account %s is there already",
			   account);
	/* One left behind by another program must not come back to life. */
	if (result == PS_WRITE_DONE)
		result = RUN(writer,
			     "DELETE FROM auth.credentials WHERE address = ?1",
			     account);
	if (result == PS_WRITE_DONE && hash != NULL)
		result = ps_writer_set_credential(writer, account, hash);
	return result;
}

enum ps_write ps_writer_remove_account(struct ps_writer *writer,
				       const char *address)
{
	char account[PS_ADDRESS_MAX + 1];
	const char *domain;
	enum ps_write result;

	result = normalize(writer, address, false, account, &domain);
	if (result == PS_WRITE_DONE)
		result = RUN(writer,
			     "DELETE FROM auth.credentials WHERE address = ?1",
			     account);
	if (result == PS_WRITE_DONE)
		result = changed(writer,
				 RUN(writer,
				     "DELETE FROM accounts WHERE address = ?1",
				     account));
	return no_account(writer, result, account);
}

enum ps_write ps_writer_set_credential(struct ps_writer *writer,
				       const char *address, const char *hash)
{
	char account[PS_ADDRESS_MAX + 1];
	const char *domain;
	enum ps_write result;

	result = normalize(writer, address, false, account, &domain);
	if (result == PS_WRITE_DONE &&
	    (hash[0] == '\0' || strlen(hash) >= PS_CREDENTIAL_MAX))
		return say(writer, PS_WRITE_REFUSED,
			   "the password hash for %s is empty or too long",
			   account);
	if (result == PS_WRITE_DONE)
		result = changed(
			writer,
			RUN(writer,
			    "INSERT INTO auth.credentials (address, hash,"
			    " changed) SELECT address, ?2,"
			    " CAST(strftime('%s') AS INTEGER) FROM accounts"
			    " WHERE address = ?1 ON CONFLICT (address) DO"
			    " UPDATE SET hash = excluded.hash,"
			    " changed = excluded.changed",
			    account, hash));
	return no_account(writer, result, account);
}

enum ps_write ps_writer_set_state(struct ps_writer *writer, const char *address,
				  enum ps_account_state state)
{
	static const char *const words[] = {
		[PS_ACCOUNT_ACTIVE] = "active",
		[PS_ACCOUNT_DISABLED] = "disabled",
	};
	char account[PS_ADDRESS_MAX + 1];
	const char *domain;
	enum ps_write result;

	result = normalize(writer, address, false, account, &domain);
	if (result == PS_WRITE_DONE)
		result = changed(writer,
				 RUN(writer,
				     "UPDATE accounts SET state = ?2"
				     " WHERE address = ?1 AND state <> ?2",
				     account, words[state]));
	return result == PS_WRITE_NOTHING
		       ? say(writer, result,
			     "there is no account %s, or it is %s already",
			     account, words[state])
		       : result;
}

/* ---- aliases ---- */

enum ps_write ps_writer_add_alias(struct ps_writer *writer, const char *source,
				  const char *destination, bool *domain_added_r)
{
	struct ps_bytes target = ps_bytes_trim(ps_bytes_of(destination));
	char from[PS_ADDRESS_MAX + 1], to[PS_ADDRESS_MAX + 1];
	const char *domain;
	enum ps_write result;

	*domain_added_r = false;
	result = normalize(writer, source, true, from, &domain);
	if (result != PS_WRITE_DONE)
		return result;
	if (!destination_is_plain(target) ||
	    !ps_bytes_copy(target, to, sizeof(to)))
		return say(writer, PS_WRITE_REFUSED,
			   "\"%.100s\" cannot be the destination of an alias",
			   destination);
	if (ps_bytes_equal_fold(target, ps_bytes_of(from)))
		return say(writer, PS_WRITE_REFUSED,
			   "%s would be an alias to itself", from);
	result = need_domain(writer, domain, domain_added_r);
	if (result == PS_WRITE_DONE)
		result = changed(writer,
				 RUN(writer,
				     "INSERT INTO aliases (domain_id, source,"
				     " destination) SELECT id, ?2, ?3 FROM"
				     " domains WHERE name = ?1"
				     " ON CONFLICT DO NOTHING",
				     domain, from, to));
	return result == PS_WRITE_NOTHING
		       ? say(writer, result, "alias %s to %s is there already",
			     from, to)
		       : result;
}

enum ps_write ps_writer_remove_alias(struct ps_writer *writer,
				     const char *source)
{
	char from[PS_ADDRESS_MAX + 1];
	const char *domain;
	enum ps_write result;

	result = normalize(writer, source, true, from, &domain);
	if (result == PS_WRITE_DONE)
		result = changed(writer,
				 RUN(writer,
				     "DELETE FROM aliases WHERE source = ?1",
				     from));
	return result == PS_WRITE_NOTHING
		       ? say(writer, result, "there is no alias %s", from)
		       : result;
}

enum ps_write ps_writer_remove_alias_id(struct ps_writer *writer, long long id)
{
	enum ps_write result;
	char number[24];

	snprintf(number, sizeof(number), "%lld", id);
	result = changed(writer, RUN(writer,
				     "DELETE FROM aliases WHERE id ="
				     " CAST(?1 AS INTEGER)",
				     number));
	return result == PS_WRITE_NOTHING
		       ? say(writer, result, "there is no alias with id %s",
			     number)
		       : result;
}
