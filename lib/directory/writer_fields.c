/* writer_fields.c - what an account has for itself, by name. */

#include "core/text/ip.h"
#include "directory/writer_account.h"
#include "directory/writer_work.h"

#include <stdio.h>
#include <string.h>

#define MAILDROPS_MAX 100 /* of one account; ours */

/* The value as it is stored; false: it is none. */
typedef bool take_value(const char *value, char stored_r[PS_NETS_TEXT_MAX]);

static bool is_printable(const char *value)
{
	for (; *value != '\0'; value++) {
		if ((unsigned char)*value < ' ' || *value == 0x7f)
			return false;
	}
	return true;
}

static bool copy(const char *value, char stored_r[PS_NETS_TEXT_MAX])
{
	return ps_bytes_copy(ps_bytes_of(value), stored_r, PS_NETS_TEXT_MAX);
}

/* A unit there must be: without one, Dovecot 2.3 would take it for kilobytes
 * and 2.4 for octets. */
static bool take_quota(const char *value, char stored_r[PS_NETS_TEXT_MAX])
{
	size_t len = strlen(value);
	unsigned long long number;
	const char *unit;

	if (len < 2 || len > 13 || value[0] == '0')
		return false;
	unit = strchr("KkMmGgTt", value[len - 1]);
	if (unit == NULL ||
	    !ps_ascii_number((struct ps_bytes){ value, len - 1 }, UINT64_MAX,
			     &number))
		return false;
	snprintf(stored_r, PS_NETS_TEXT_MAX, "%llu%c", number,
		 "KKMMGGTT"[unit - "KkMmGgTt"]);
	return true;
}

/* Networks, joined by commas. */
static bool take_nets(const char *value, char stored_r[PS_NETS_TEXT_MAX])
{
	struct ps_buffer text = PS_BUFFER(PS_NETS_TEXT_MAX - 1);
	char one[PS_IP_TEXT_MAX + 8];
	struct ps_bytes part;
	struct ps_net net;
	bool good = true;
	size_t len;

	do {
		len = strcspn(value, ",");
		part = ps_bytes_trim((struct ps_bytes){ value, len });
		good = part.len > 0 && part.at[0] != '[' &&
		       ps_bytes_copy(part, one, sizeof(one)) &&
		       ps_net_parse(one, &net);
		if (text.len > 0)
			ps_buffer_char(&text, ',');
		ps_buffer_bytes(&text, part);
		value += len;
	} while (good && *value++ == ',');
	good = good && !text.failed && copy(ps_buffer_cstr(&text), stored_r);
	ps_buffer_free(&text);
	return good;
}

static bool take_yes_no(const char *value, char stored_r[PS_NETS_TEXT_MAX])
{
	bool yes = strcmp(value, "yes") == 0;

	return (yes || strcmp(value, "no") == 0) &&
	       copy(yes ? "1" : "0", stored_r);
}

static bool take_home(const char *value, char stored_r[PS_NETS_TEXT_MAX])
{
	return value[0] == '/' && strstr(value, "/../") == NULL &&
	       is_printable(value) && copy(value, stored_r);
}

/* "driver:path"; what is behind it Dovecot knows. */
static bool take_mail(const char *value, char stored_r[PS_NETS_TEXT_MAX])
{
	const char *colon = strchr(value, ':');

	return colon != NULL && colon != value && colon[1] != '\0' &&
	       is_printable(value) && copy(value, stored_r);
}

/* The name or number of a user or group; never the superuser's. */
static bool take_owner(const char *value, char stored_r[PS_NETS_TEXT_MAX])
{
	size_t len = strlen(value);

	return len > 0 && len < PS_OWNER_TEXT_MAX && value[0] != '-' &&
	       strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789_.-") ==
		       len &&
	       strspn(value, "0") < len && strcmp(value, "root") != 0 &&
	       copy(value, stored_r);
}

static const struct field {
	const char *name, *column;
	take_value *take;
	const char *wants;
	bool is_number;
} fields[] = {
	{ "quota", "quota", take_quota, "a size such as 500M or 2G, or none",
	  false },
	{ "allow-nets", "allow_nets", take_nets,
	  "networks such as 192.0.2.0/24,2001:db8::1, or none", false },
	{ "relay", "relay", take_yes_no, "yes or no", true },
	{ "home", "home", take_home, "an absolute path, or none", false },
	{ "mail", "mail", take_mail,
	  "a location such as maildir:~/Maildir, or "
	  "none",
	  false },
	{ "uid", "uid", take_owner, "a user other than root, or none", false },
	{ "gid", "gid", take_owner, "a group other than root, or none", false },
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

const char *ps_writer_fields(void)
{
	return "maildrop, quota, allow-nets, relay, home, mail, uid, gid";
}

static enum ps_write set_column(struct ps_writer *writer, const char *account,
				const struct field *field, const char *value)
{
	char stored[PS_NETS_TEXT_MAX] = "", sql[160];
	bool none = !field->is_number && strcmp(value, "none") == 0;
	enum ps_write result;

	if (!none && !field->take(value, stored))
		return ps_writer_say(writer, PS_WRITE_REFUSED,
				     "%s \"%.60s\": wanted is %s", field->name,
				     value, field->wants);
	snprintf(sql, sizeof(sql),
		 "UPDATE accounts SET %s = %s WHERE address = ?1"
		 " AND %s IS NOT %s",
		 field->column,
		 field->is_number ? "CAST(?2 AS INTEGER)" : "nullif(?2, '')",
		 field->column,
		 field->is_number ? "CAST(?2 AS INTEGER)" : "nullif(?2, '')");
	result =
		ps_writer_changed(writer, PS_RUN(writer, sql, account, stored));
	return result == PS_WRITE_NOTHING
		       ? ps_writer_say(writer, result, "%s: %s is so already",
				       account, field->name)
		       : result;
}

static enum ps_write add_maildrops(struct ps_writer *writer,
				   const char *account, const char *list)
{
	enum ps_write result = PS_WRITE_DONE;
	char to[PS_ADDRESS_MAX + 1];
	size_t len, count = 0;

	do {
		len = strcspn(list, ",");
		if (++count > MAILDROPS_MAX)
			return ps_writer_say(writer, PS_WRITE_REFUSED,
					     "%s: more than %d maildrops",
					     account, MAILDROPS_MAX);
		result = ps_writer_destination(
			writer, (struct ps_bytes){ list, len }, to);
		if (result == PS_WRITE_DONE)
			result = PS_RUN(writer,
					"INSERT INTO maildrops (account_id,"
					" destination) SELECT id, ?2 FROM"
					" accounts WHERE address = ?1"
					" ON CONFLICT DO NOTHING",
					account, to);
		list += len;
	} while (result == PS_WRITE_DONE && *list++ == ',');
	return result;
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
	before = sqlite3_changes(writer->db);
	if (result == PS_WRITE_DONE)
		result = PS_RUN(writer,
				"UPDATE accounts SET closed ="
				" CAST(?2 AS INTEGER) WHERE address = ?1"
				" AND closed <> CAST(?2 AS INTEGER)",
				account, none ? "1" : "0");
	if (result != PS_WRITE_DONE || (!none && !self))
		return result == PS_WRITE_DONE
			       ? add_maildrops(writer, account, value)
			       : result;
	if (before == 0 && sqlite3_changes(writer->db) == 0)
		return ps_writer_say(writer, PS_WRITE_NOTHING,
				     "%s: maildrop is so already", account);
	return result;
}

enum ps_write ps_writer_set(struct ps_writer *writer, const char *address,
			    const char *name, const char *value)
{
	char account[PS_ADDRESS_MAX + 1];
	const char *domain;
	enum ps_write result;
	int there;
	size_t i;

	result = ps_writer_address(writer, address, false, account, &domain);
	if (result != PS_WRITE_DONE)
		return result;
	there = ps_writer_count(writer,
				"SELECT count(*) FROM accounts"
				" WHERE address = ?1",
				account);
	if (there <= 0)
		return ps_writer_no_account(writer,
					    there < 0 ? PS_WRITE_TEMPFAIL
						      : PS_WRITE_NOTHING,
					    account);
	if (strcmp(name, "maildrop") == 0)
		return set_maildrop(writer, account, value);
	for (i = 0; i < FIELDS; i++) {
		if (strcmp(fields[i].name, name) == 0)
			return set_column(writer, account, &fields[i], value);
	}
	return ps_writer_say(writer, PS_WRITE_REFUSED,
			     "an account has no \"%.40s\"; there is %s", name,
			     ps_writer_fields());
}
