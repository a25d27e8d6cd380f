/* ip.c - IPv4 and IPv6 addresses and networks. */

#include "core/text/ip.h"

#include "core/text/bytes.h"

#include <arpa/inet.h>
#include <string.h>

bool ps_ip_parse_exact(const char *text, struct ps_ip *ip_r)
{
	unsigned char octet[16] = { 0 };
	unsigned int bits;

	if (inet_pton(AF_INET, text, octet) == 1)
		bits = 32;
	else if (inet_pton(AF_INET6, text, octet) == 1)
		bits = 128;
	else
		return false;
	ip_r->bits = bits;
	memcpy(ip_r->octet, octet, sizeof(octet));
	return true;
}

void ps_ip_unmap(struct ps_ip *ip)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (ip->bits != 128 || memcmp(ip->octet, mapped, sizeof(mapped)) != 0)
		return;
	memmove(ip->octet, ip->octet + 12, 4);
	memset(ip->octet + 4, 0, 12);
	ip->bits = 32;
}

bool ps_ip_parse(const char *text, struct ps_ip *ip_r)
{
	if (!ps_ip_parse_exact(text, ip_r))
		return false;
	ps_ip_unmap(ip_r);
	return true;
}

bool ps_ip_in_net(const struct ps_ip *ip, const struct ps_ip *net,
		  unsigned int prefix)
{
	unsigned int whole = prefix / 8, rest = prefix % 8;
	unsigned int mask = 0xffU << (8 - rest) & 0xffU;

	if (ip->bits == 0 || ip->bits != net->bits || prefix > ip->bits)
		return false;
	if (memcmp(ip->octet, net->octet, whole) != 0)
		return false;
	return rest == 0 ||
	       ((ip->octet[whole] ^ net->octet[whole]) & mask) == 0;
}

bool ps_ip_is_loopback(const struct ps_ip *ip)
{
	static const struct ps_net loopback[] = {
		{ { 32, { 127 } }, 8 },
		{ { 128, { [15] = 1 } }, 128 },
	};

	return ps_ip_in_nets(ip, loopback, 2);
}

bool ps_ip_in_nets(const struct ps_ip *ip, const struct ps_net *nets,
		   size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (ps_ip_in_net(ip, &nets[i].ip, nets[i].prefix))
			return true;
	}
	return false;
}

static bool host_bits_clear(const struct ps_net *net)
{
	unsigned int bit;

	for (bit = net->prefix; bit < net->ip.bits; bit++) {
		if (net->ip.octet[bit / 8] & (0x80U >> bit % 8))
			return false;
	}
	return true;
}

bool ps_net_parse(const char *text, struct ps_net *net_r)
{
	const char *slash = strchr(text, '/');
	struct ps_bytes host = ps_bytes_of(text);
	char address[PS_IP_TEXT_MAX];
	unsigned long long prefix;
	struct ps_net net;

	if (slash != NULL)
		host.len = (size_t)(slash - text);
	if (host.len >= 2 && host.at[0] == '[' &&
	    host.at[host.len - 1] == ']') {
		host.at++;
		host.len -= 2;
	}
	if (!ps_bytes_copy(host, address, sizeof(address)) ||
	    !ps_ip_parse_exact(address, &net.ip))
		return false;
	prefix = net.ip.bits;
	if (slash != NULL &&
	    !ps_ascii_number(ps_bytes_of(slash + 1), net.ip.bits, &prefix))
		return false;
	net.prefix = (unsigned int)prefix;
	if (!host_bits_clear(&net))
		return false;
	*net_r = net;
	return true;
}

void ps_ip_format(const struct ps_ip *ip, char text_r[PS_IP_TEXT_MAX])
{
	int family = ip->bits == 32 ? AF_INET : AF_INET6;

	text_r[0] = '\0';
	if (ip->bits != 0)
		(void)inet_ntop(family, ip->octet, text_r, PS_IP_TEXT_MAX);
}
