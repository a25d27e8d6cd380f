/* received.c - the client in a Received field (RFC 5321 section 4.4). */

#include "core/auth/received.h"

#include "core/text/cursor.h"

/* "192.0.2.1" or "IPv6:2001:db8::1" (RFC 5321 4.1.3), up to the bracket. */
static bool take_address(struct ps_cursor *cursor, struct ps_ip *ip_r)
{
	char text[PS_IP_TEXT_MAX];

	(void)ps_cursor_skip_text(cursor, "IPv6:");
	return ps_bytes_copy(ps_cursor_until(cursor, "]"), text,
			     sizeof(text)) &&
	       ps_cursor_skip(cursor, ']') && ps_ip_parse(text, ip_r);
}

bool ps_received_client(struct ps_bytes value, struct ps_ip *ip_r,
			char helo_r[PS_DOMAIN_MAX + 1])
{
	struct ps_cursor cursor = ps_cursor_of(value);
	struct ps_bytes helo;

	helo_r[0] = '\0';
	ps_cursor_skip_space(&cursor);
	if (!ps_cursor_skip_text(&cursor, "from") || ps_cursor_done(&cursor))
		return false;
	if (ps_cursor_take(&cursor, " \t\r\n").len == 0)
		return false;
	helo = ps_cursor_until(&cursor, " \t\r\n(");
	ps_cursor_skip_space(&cursor);
	if (helo.len == 0 || !ps_cursor_skip(&cursor, '('))
		return false;
	/* Not past this comment: what follows is not the client's address. */
	(void)ps_cursor_until(&cursor, "[()");
	if (!ps_cursor_skip(&cursor, '[') || !take_address(&cursor, ip_r))
		return false;
	ps_cursor_skip_space(&cursor);
	if (ps_cursor_skip_text(&cursor, "helo="))
		helo = ps_cursor_until(&cursor, " \t\r\n)");
	(void)ps_bytes_copy(helo, helo_r, PS_DOMAIN_MAX + 1);
	return true;
}
