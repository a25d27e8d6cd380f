/* socket_name.c - where to listen. */

#include "core/text/socket_name.h"

#include "core/text/cursor.h"

static bool parse_address(struct ps_bytes text, struct ps_ip *ip_r)
{
	char address[PS_IP_TEXT_MAX];

	if (text.len > 2 && text.at[0] == '[' && text.at[text.len - 1] == ']')
		text = (struct ps_bytes){ text.at + 1, text.len - 2 };
	return ps_bytes_copy(text, address, sizeof(address)) &&
	       ps_ip_parse_exact(address, ip_r);
}

static bool parse_port(struct ps_bytes port, unsigned int *port_r)
{
	unsigned long long number;

	if (!ps_ascii_number(port, 65535, &number) || number == 0 ||
	    port.at[0] == '0')
		return false;
	*port_r = (unsigned int)number;
	return true;
}

static bool parse_inet(struct ps_cursor *cursor, struct ps_socket_name *name_r)
{
	return parse_port(ps_cursor_take(cursor, "0123456789"),
			  &name_r->port) &&
	       ps_cursor_skip(cursor, '@') &&
	       parse_address(ps_cursor_rest(cursor), &name_r->ip);
}

bool ps_socket_peer_parse(const char *text, struct ps_socket_name *name_r)
{
	struct ps_cursor cursor = ps_cursor_of(ps_bytes_of(text));
	struct ps_bytes rest;
	size_t colon;

	*name_r = (struct ps_socket_name){ .path = NULL };
	if (!ps_cursor_skip_text(&cursor, "inet:"))
		return false;
	rest = ps_cursor_rest(&cursor);
	for (colon = rest.len; colon > 0 && rest.at[colon - 1] != ':'; colon--)
		;
	return colon > 0 &&
	       parse_address((struct ps_bytes){ rest.at, colon - 1 },
			     &name_r->ip) &&
	       (name_r->ip.bits == 32 || rest.at[0] == '[') &&
	       parse_port(
		       (struct ps_bytes){ rest.at + colon, rest.len - colon },
		       &name_r->port);
}

bool ps_socket_name_parse(const char *text, struct ps_socket_name *name_r)
{
	struct ps_cursor cursor = ps_cursor_of(ps_bytes_of(text));

	*name_r = (struct ps_socket_name){ .path = NULL };
	if (ps_cursor_skip_text(&cursor, "inet:"))
		return parse_inet(&cursor, name_r);
	if (!ps_cursor_skip_text(&cursor, "unix:") ||
	    ps_cursor_peek(&cursor) != '/' ||
	    ps_cursor_rest(&cursor).len > PS_SOCKET_PATH_MAX)
		return false;
	name_r->path = cursor.at;
	return true;
}
