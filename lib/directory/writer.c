/* writer.c - one transaction, and what an address in it may be. */

#include "directory/writer.h"

#include "core/text/address.h"
#include "directory/writer_work.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOCAL_MAX 64 /* RFC 5321 4.5.3.1.1 */

static enum ps_write open_writer(const struct ps_config *config, bool rehearsal,
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
	writer->rehearsal = rehearsal;
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

enum ps_write ps_writer_open(const struct ps_config *config,
			     struct ps_writer **writer_r,
			     char reason_r[PS_REASON_MAX])
{
	return open_writer(config, false, writer_r, reason_r);
}

enum ps_write ps_writer_rehearse(const struct ps_config *config,
				 struct ps_writer **writer_r,
				 char reason_r[PS_REASON_MAX])
{
	return open_writer(config, true, writer_r, reason_r);
}

enum ps_write ps_writer_commit(struct ps_writer *writer)
{
	writer->reason[0] = '\0';
	return ps_writer_run(writer, writer->rehearsal ? "ROLLBACK" : "COMMIT",
			     NULL);
}

void ps_writer_close(struct ps_writer **writer_p)
{
	struct ps_writer *writer = *writer_p;

	*writer_p = NULL;
	if (writer == NULL)
		return;
	ps_sqlite_statements_free(&writer->statements);
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

enum ps_write ps_writer_say(struct ps_writer *writer, enum ps_write result,
			    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(writer->reason, sizeof(writer->reason), format, args);
	va_end(args);
	return result;
}

enum ps_write ps_writer_changed(struct ps_writer *writer, enum ps_write result)
{
	if (result == PS_WRITE_DONE && sqlite3_changes(writer->db) == 0)
		return PS_WRITE_NOTHING;
	return result;
}

int ps_writer_count(struct ps_writer *writer, const char *sql, const char *word)
{
	const char *const words[] = { word, NULL };
	sqlite3_stmt *query;
	int count = -1;

	if (ps_sqlite_statement(&writer->statements, writer->db, sql, words,
				&query) == SQLITE_OK &&
	    sqlite3_step(query) == SQLITE_ROW)
		count = sqlite3_column_int(query, 0);
	else
		ps_sqlite_reason(writer->config->directory.database, writer->db,
				 writer->reason);
	ps_sqlite_statement_end(query);
	return count;
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

enum ps_write ps_writer_address(struct ps_writer *writer, const char *text,
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
		return ps_writer_say(writer, PS_WRITE_REFUSED,
				     "\"%.100s\" is not an address%s", text,
				     catch_all ? " or @domain" : "");
	snprintf(address_r, PS_ADDRESS_MAX + 1, "%.*s@%s",
		 (int)mailbox.local.len, mailbox.local.at, domain);
	ps_ascii_lower_all(address_r, mailbox.local.len);
	*domain_r = strrchr(address_r, '@') + 1;
	return PS_WRITE_DONE;
}

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

enum ps_write ps_writer_destination(struct ps_writer *writer,
				    struct ps_bytes text,
				    char to_r[PS_ADDRESS_MAX + 1])
{
	text = ps_bytes_trim(text);
	if (destination_is_plain(text) &&
	    ps_bytes_copy(text, to_r, PS_ADDRESS_MAX + 1))
		return PS_WRITE_DONE;
	return ps_writer_say(writer, PS_WRITE_REFUSED,
			     "\"%.*s\" cannot be the destination of mail",
			     text.len > 100 ? 100 : (int)text.len, text.at);
}
