/* ip.h - IPv4 and IPv6 addresses and networks. */
#ifndef PS_CORE_TEXT_IP_H
#define PS_CORE_TEXT_IP_H

#include <stdbool.h>
#include <stddef.h>

#define PS_IP_TEXT_MAX 46 /* INET6_ADDRSTRLEN */

struct ps_ip {
	unsigned int bits; /* 32 or 128; 0: none */
	unsigned char octet[16];
};

struct ps_net {
	struct ps_ip ip;
	unsigned int prefix;
};

/*
 * False when text is not an address; *ip_r is then unchanged.  An
 * IPv4-mapped address (::ffff:192.0.2.1) becomes the IPv4 address
 * (RFC 4291 2.5.5.2): a dual-stack listener reports clients so.
 */
bool ps_ip_parse(const char *text, struct ps_ip *ip_r);
/* The same without unmapping. */
bool ps_ip_parse_exact(const char *text, struct ps_ip *ip_r);
void ps_ip_unmap(struct ps_ip *ip);
/* "192.0.2.0/24", or an address alone; [::1] and [::1]/128 too.  Refuses a
 * prefix that is too long and bits set behind the prefix. */
bool ps_net_parse(const char *text, struct ps_net *net_r);
bool ps_ip_in_net(const struct ps_ip *ip, const struct ps_ip *net,
		  unsigned int prefix);
bool ps_ip_is_loopback(const struct ps_ip *ip); /* 127.0.0.0/8, ::1 */
bool ps_ip_in_nets(const struct ps_ip *ip, const struct ps_net *nets,
		   size_t count);
/* Writes "" when there is none. */
void ps_ip_format(const struct ps_ip *ip, char text_r[PS_IP_TEXT_MAX]);

#endif
