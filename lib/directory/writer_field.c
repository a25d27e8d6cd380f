/* writer_field.c - what an account has for itself, by name. */

#include "core/text/ip.h"
#include "directory/writer_text.h"

#include <stdint.h>
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
	struct ps_buffer text = PS_BUFFER_AT(stored_r, PS_NETS_TEXT_MAX);
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
	return good && !text.failed;
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
	const char *name;
	take_value *take;
	const char *wants;
} fields[] = {
	[PS_FIELD_MAILDROP] = { "maildrop", copy, "" },
	[PS_FIELD_QUOTA] = { "quota", take_quota,
			     "a size such as 500M or 2G, or none" },
	[PS_FIELD_ALLOW_NETS] = { "allow-nets", take_nets,
				  "networks such as 192.0.2.0/24,2001:db8::1, "
				  "or none" },
	[PS_FIELD_RELAY] = { "relay", take_yes_no, "yes or no" },
	[PS_FIELD_HOME] = { "home", take_home, "an absolute path, or none" },
	[PS_FIELD_MAIL] = { "mail", take_mail,
			    "a location such as maildir:~/Maildir, or none" },
	[PS_FIELD_UID] = { "uid", take_owner,
			   "a user other than root, or none" },
	[PS_FIELD_GID] = { "gid", take_owner,
			   "a group other than root, or none" },
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

const char *ps_writer_fields(void)
{
	return "maildrop, quota, allow-nets, relay, home, mail, uid, gid";
}

/* May it be "none", and is that to have no value? */
static bool is_none(size_t field, const char *value)
{
	return field != PS_FIELD_RELAY && field != PS_FIELD_MAILDROP &&
	       strcmp(value, "none") == 0;
}

enum ps_write ps_writer_field(struct ps_writer *writer, const char *name,
			      const char *value, enum ps_account_field *field_r,
			      char stored_r[PS_NETS_TEXT_MAX])
{
	size_t i;

	stored_r[0] = '\0';
	for (i = 0; i < FIELDS; i++) {
		if (strcmp(fields[i].name, name) == 0)
			break;
	}
	if (i == FIELDS)
		return ps_writer_say(writer, PS_WRITE_REFUSED,
				     "an account has no \"%.40s\"; there is %s",
				     name, ps_writer_fields());
	*field_r = (enum ps_account_field)i;
	if (i == PS_FIELD_MAILDROP || is_none(i, value) ||
	    fields[i].take(value, stored_r))
		return PS_WRITE_DONE;
	return ps_writer_say(writer, PS_WRITE_REFUSED,
			     "%s \"%.60s\": wanted is %s", name, value,
			     fields[i].wants);
}

enum ps_write ps_writer_each_maildrop(struct ps_writer *writer,
				      const char *account, const char *list,
				      ps_writer_maildrop *each, void *ctx)
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
			result = each(writer, ctx, to);
		list += len;
	} while (result == PS_WRITE_DONE && *list++ == ',');
	return result;
}
