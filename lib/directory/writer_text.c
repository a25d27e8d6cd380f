/* writer_text.c - what an address, a domain and a field of a writer may be. */

#include "directory/writer_text.h"

#include "core/text/address.h"
#include "core/text/ip.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define LOCAL_MAX 64 /* RFC 5321 4.5.3.1.1 */

enum ps_write ps_writer_say(struct ps_writer *writer, enum ps_write result,
			    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(writer->reason, sizeof(writer->reason), format, args);
	va_end(args);
	return result;
}

enum ps_write ps_writer_no_account(struct ps_writer *writer,
				   enum ps_write result, const char *address)
{
	return result == PS_WRITE_NOTHING
		       ? ps_writer_say(writer, result, "there is no account %s",
				       address)
		       : result;
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

enum ps_write ps_writer_domain(struct ps_writer *writer, const char *text,
			       char name_r[PS_DOMAIN_MAX + 1])
{
	writer->reason[0] = '\0';
	if (ps_domain_normalize(ps_bytes_trim(ps_bytes_of(text)), name_r))
		return PS_WRITE_DONE;
	return ps_writer_say(writer, PS_WRITE_REFUSED,
			     "\"%.100s\" is not a domain", text);
}

/* "relay:" in front where no transport is named: behind the first colon of
 * "host:25" there is a port. */
static bool make_transport(struct ps_bytes nexthop,
			   char transport_r[PS_TRANSPORT_MAX + 1])
{
	const char *colon = ps_bytes_find(nexthop, ':');
	struct ps_bytes rest = { NULL, 0 };
	unsigned long long port;
	bool named;
	size_t i;

	for (i = 0; i < nexthop.len; i++) {
		if ((unsigned char)nexthop.at[i] <= ' ' ||
		    (unsigned char)nexthop.at[i] >= 0x7f ||
		    nexthop.at[i] == ',')
			return false;
	}
	if (colon != NULL)
		rest = (struct ps_bytes){ colon + 1,
					  nexthop.len - (size_t)(colon + 1 -
								 nexthop.at) };
	named = colon != NULL && nexthop.at[0] != '[' &&
		!ps_ascii_number(rest, 65535, &port);
	if (nexthop.len == 0 || colon == nexthop.at ||
	    (named && rest.len == 0) || nexthop.at[0] == '-')
		return false;
	return snprintf(transport_r, PS_TRANSPORT_MAX + 1, "%s%.*s",
			named ? "" : "relay:", (int)nexthop.len,
			nexthop.at) <= PS_TRANSPORT_MAX;
}

enum ps_write ps_writer_transport(struct ps_writer *writer, const char *nexthop,
				  char transport_r[PS_TRANSPORT_MAX + 1])
{
	if (make_transport(ps_bytes_trim(ps_bytes_of(nexthop)), transport_r))
		return PS_WRITE_DONE;
	return ps_writer_say(writer, PS_WRITE_REFUSED,
			     "\"%.100s\" is no host, [host]:port or "
			     "transport:host to relay to",
			     nexthop);
}

const char *const ps_writer_system_names[] = { "root",	    "postmaster",
					       "abuse",	    "hostmaster",
					       "webmaster", "security",
					       NULL };
