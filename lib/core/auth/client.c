/* client.c - what the DNS says of a client's address. */

#include "core/auth/client.h"

#include <stdio.h>

#define REVERSE_MAX 64 /* 32 digits with their dots, and NUL */

/* "1.2.0.192", or the 32 digits of IPv6; from the last to the first. */
static void reverse(const struct ps_ip *ip, char text_r[REVERSE_MAX])
{
	size_t i, at, len = 0;

	for (i = ip->bits / 8; i > 0; i--) {
		at = len;
		if (ip->bits == 32)
			snprintf(text_r + at, REVERSE_MAX - at, "%s%d",
				 len == 0 ? "" : ".", ip->octet[i - 1]);
		else
			snprintf(text_r + at, REVERSE_MAX - at, "%s%x.%x",
				 len == 0 ? "" : ".", ip->octet[i - 1] & 15U,
				 ip->octet[i - 1] >> 4U);
		while (text_r[len] != '\0')
			len++;
	}
}

/* TEMPFAIL, too, when the name would be too long. */
static enum ps_dns_status ask(const struct ps_ip *ip, const char *below,
			      enum ps_dns_type type, const struct ps_dns *dns,
			      const struct ps_dns_answer **answer_r)
{
	char name[PS_DOMAIN_MAX + 1], reversed[REVERSE_MAX] = "";

	reverse(ip, reversed);
	if (ip->bits == 0 || snprintf(name, sizeof(name), "%s.%s", reversed,
				      below) >= (int)sizeof(name))
		return PS_DNS_TEMPFAIL;
	return dns->lookup(dns->ctx, name, type, answer_r);
}

enum ps_dns_status ps_client_named(const struct ps_ip *ip,
				   const struct ps_dns *dns)
{
	const struct ps_dns_answer *answer;

	return ask(ip, ip->bits == 32 ? "in-addr.arpa" : "ip6.arpa", PS_DNS_PTR,
		   dns, &answer);
}

static enum ps_dns_status read_entry(const unsigned char octet[4])
{
	if (octet[0] != 127)
		return PS_DNS_NOTFOUND;
	if ((octet[1] == 255 && octet[2] == 255) ||
	    (octet[1] == 0 && octet[2] == 0 && octet[3] == 1))
		return PS_DNS_TEMPFAIL;
	return PS_DNS_FOUND;
}

enum ps_dns_status ps_client_listed(const struct ps_ip *ip, const char *list,
				    const struct ps_dns *dns)
{
	const struct ps_dns_answer *answer = NULL;
	enum ps_dns_status status, found = PS_DNS_NOTFOUND;
	size_t i;

	status = ask(ip, list, PS_DNS_A, dns, &answer);
	if (status != PS_DNS_FOUND)
		return status;
	for (i = 0; i < answer->count; i++) {
		status = read_entry(answer->record[i].ip.octet);
		if (status == PS_DNS_FOUND)
			return PS_DNS_FOUND;
		if (status == PS_DNS_TEMPFAIL)
			found = PS_DNS_TEMPFAIL;
	}
	return found;
}
