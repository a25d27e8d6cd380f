/* rule_net.c - networks in a rule file. */

#include "core/rules/rule_net.h"

#include "core/text/cursor.h"

bool ps_rule_net_address(struct ps_bytes text, bool strict, struct ps_ip *ip_r)
{
	char address[PS_IP_TEXT_MAX];

	if (!ps_bytes_copy(text, address, sizeof(address)))
		return false;
	if (strict)
		return ps_ip_parse_exact(address, ip_r) && ip_r->bits == 32;
	return ps_ip_parse(address, ip_r);
}

/* inet_pton() takes no leading zeros, the original does. */
static bool quad_of(struct ps_bytes text, struct ps_ip *ip_r)
{
	struct ps_cursor cursor = ps_cursor_of(text);
	unsigned long long part;
	unsigned int i;

	*ip_r = (struct ps_ip){ .bits = 32 };
	for (i = 0; i < 4; i++) {
		if (i > 0 && !ps_cursor_skip(&cursor, '.'))
			return false;
		if (!ps_ascii_number(ps_cursor_take(&cursor, "0123456789"), 255,
				     &part))
			return false;
		ip_r->octet[i] = (unsigned char)part;
	}
	return ps_cursor_done(&cursor);
}

/* Clear what is behind the prefix.  False: nothing was there. */
static bool mask(struct ps_net *net)
{
	unsigned int bit;
	bool any = false;

	for (bit = net->prefix; bit < net->ip.bits; bit++) {
		unsigned char here = (unsigned char)(0x80u >> bit % 8);

		any = any || (net->ip.octet[bit / 8] & here) != 0;
		net->ip.octet[bit / 8] &= (unsigned char)~here;
	}
	return any;
}

static bool parse(struct ps_bytes text, struct ps_net *net_r)
{
	const char *slash = ps_bytes_find(text, '/');
	struct ps_bytes host = text, bits = { "", 0 };
	unsigned long long prefix;
	char address[PS_IP_TEXT_MAX];

	if (slash != NULL) {
		host.len = (size_t)(slash - text.at);
		bits = (struct ps_bytes){ slash + 1, text.len - host.len - 1 };
	}
	if (host.len > 2 && host.at[0] == '[' && host.at[host.len - 1] == ']') {
		host.at++;
		host.len -= 2;
	}
	if (!quad_of(host, &net_r->ip) &&
	    (!ps_bytes_copy(host, address, sizeof(address)) ||
	     !ps_ip_parse_exact(address, &net_r->ip)))
		return false;
	prefix = net_r->ip.bits;
	if (slash != NULL && !ps_ascii_number(bits, net_r->ip.bits, &prefix))
		return false;
	net_r->prefix = (unsigned int)prefix;
	return true;
}

static void say_bad(struct ps_rule_build *build, struct ps_bytes text)
{
	if (text.len == 0)
		return;
	if (ps_bytes_find(text, ' ') != NULL ||
	    ps_bytes_find(text, '\t') != NULL)
		ps_rule_warn(build, "networks-with-blanks",
			     "\"%.*s\" is one value, which matches nothing: "
			     "write commas between networks",
			     ps_rule_shown(text), text.at);
	else
		ps_rule_warn(build, "bad-network",
			     "\"%.*s\" is no network: it matches nothing",
			     ps_rule_shown(text), text.at);
}

void ps_rule_net_new(struct ps_rule_build *build, struct ps_bytes text,
		     struct ps_rule_net *net_r)
{
	*net_r = (struct ps_rule_net){ .how = PS_NET_NONE };
	if (build->strict && ps_bytes_equal(text, PS_BYTES("0.0.0.0/0"))) {
		net_r->how = PS_NET_ALL;
		return;
	}
	if (!parse(text, &net_r->net)) {
		if (ps_bytes_find(text, '$') == NULL)
			say_bad(build, text);
		net_r->how = build->strict ? PS_NET_TEXT : PS_NET_NONE;
		return;
	}
	if (mask(&net_r->net))
		ps_rule_warn(build, "host-bits",
			     "%.*s has bits behind its prefix: they are "
			     "ignored",
			     ps_rule_shown(text), text.at);
	net_r->how = PS_NET_NETWORK;
	if (net_r->net.ip.bits == 32)
		return;
	ps_rule_warn(build, "ipv6-network",
		     "postfwd compares %.*s as text, not as a network: a "
		     "pattern (=~) with its beginning means the same in both",
		     ps_rule_shown(text), text.at);
	if (build->strict)
		net_r->how = PS_NET_TEXT;
}
