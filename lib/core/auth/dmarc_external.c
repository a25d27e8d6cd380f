/* dmarc_external.c - may reports go to an address outside the domain they are
 * about (RFC 9990 section 4, RFC 7489 section 7.1)? */

#include "core/auth/dmarc_external.h"

#include "core/auth/dmarc_walk.h"
#include "core/text/address.h"
#include "core/text/cursor.h"

#include <stdio.h>
#include <string.h>

#define LOCAL_MAX 64			     /* RFC 5321 4.5.3.1.1 */
#define URI_MAX	  (3 * PS_DMARC_ADDRESS_MAX) /* each octet encoded */

struct target {
	char host[PS_DOMAIN_MAX + 1];
	char address[PS_DMARC_ADDRESS_MAX + 1];
};

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)((at - digits) % 16);
}

/* RFC 3986 2.1.  False: not well encoded, or a control character in it. */
static bool decode(struct ps_bytes text, char decoded_r[URI_MAX + 1],
		   size_t *len_r)
{
	size_t i;
	int high, low;

	*len_r = 0;
	if (text.len > URI_MAX)
		return false;
	for (i = 0; i < text.len; i++) {
		decoded_r[*len_r] = text.at[i];
		if (text.at[i] == '%') {
			high = i + 2 < text.len ? hex_digit(text.at[i + 1])
						: -1;
			low = high < 0 ? -1 : hex_digit(text.at[i + 2]);
			if (low < 0)
				return false;
			decoded_r[*len_r] = (char)(high * 16 + low);
			i += 2;
		}
		if ((unsigned char)decoded_r[*len_r] < ' ' ||
		    decoded_r[*len_r] == 0x7f)
			return false;
		++*len_r;
	}
	return true;
}

/* RFC 6068, with one address; RFC 7489 6.4 has "!" and a size behind it. */
static bool read_uri(struct ps_bytes uri, const struct ps_idn *idn,
		     struct target *target_r)
{
	struct ps_cursor cursor = ps_cursor_of(ps_bytes_trim(uri));
	char decoded[URI_MAX + 1];
	struct ps_mailbox mailbox;
	size_t len;

	if (!ps_bytes_equal_fold(ps_cursor_until(&cursor, ":"),
				 PS_BYTES("mailto")) ||
	    !ps_cursor_skip(&cursor, ':') ||
	    !decode(ps_cursor_until(&cursor, "?!"), decoded, &len) ||
	    !ps_address_split((struct ps_bytes){ decoded, len }, &mailbox) ||
	    mailbox.local.len > LOCAL_MAX ||
	    (mailbox.local.at[0] != '"' &&
	     ps_bytes_find(mailbox.local, '@') != NULL) ||
	    !ps_idn_domain(idn, mailbox.domain, target_r->host))
		return false;
	snprintf(target_r->address, sizeof(target_r->address), "%.*s@%s",
		 (int)mailbox.local.len, mailbox.local.at, target_r->host);
	return true;
}

/* Asks for what is needed for both at once.  FOUND: one organization. */
static enum ps_dns_status same_org(const struct ps_dmarc_external_query *query,
				   const char *host, const struct ps_dns *dns)
{
	const struct ps_psl *psl = query->psl;
	struct ps_dmarc_walk ours, theirs;
	const char *org, *other;
	bool done;

	if (strcmp(query->policy_domain, host) == 0)
		return PS_DNS_FOUND;
	if (psl != NULL) {
		org = ps_dmarc_listed_org(psl, query->policy_domain);
		other = ps_dmarc_listed_org(psl, host);
	} else {
		done = ps_dmarc_walk(query->policy_domain, NULL, dns, &ours);
		if (!ps_dmarc_walk(host, NULL, dns, &theirs) || !done)
			return PS_DNS_PENDING;
		org = ps_dmarc_walk_org(&ours);
		other = ps_dmarc_walk_org(&theirs);
	}
	if (org == NULL || other == NULL)
		return PS_DNS_TEMPFAIL;
	return strcmp(org, other) == 0 ? PS_DNS_FOUND : PS_DNS_NOTFOUND;
}

/* Step 9: the first address of the list is taken; one at another host spoils
 * them all. */
static bool follow(struct ps_bytes rua, const struct ps_idn *idn,
		   struct target *target)
{
	struct ps_cursor cursor = ps_cursor_of(rua);
	struct target other;
	bool taken = false;

	while (!ps_cursor_done(&cursor)) {
		if (read_uri(ps_cursor_until(&cursor, ","), idn, &other)) {
			if (strcmp(other.host, target->host) != 0)
				return false;
			if (!taken)
				*target = other;
			taken = true;
		}
		(void)ps_cursor_skip(&cursor, ',');
	}
	return true;
}

/* Steps 6 to 9. */
static enum ps_dns_status
read_answer(const struct ps_dmarc_external_query *query,
	    const struct ps_dns_answer *answer, struct target *target)
{
	enum ps_dmarc_standard standard =
		query->psl == NULL ? PS_DMARC_RFC9989 : PS_DMARC_RFC7489;
	enum ps_dns_status status = PS_DNS_NOTFOUND;
	struct ps_dmarc_record record;
	size_t i;

	for (i = 0; i < answer->count; i++) {
		if (!ps_dmarc_record_parse(answer->record[i].text, standard,
					   &record))
			continue;
		if (!follow(record.rua, query->idn, target))
			return PS_DNS_NOTFOUND;
		status = PS_DNS_FOUND;
	}
	return status;
}

/* Steps 2 to 5. */
static enum ps_dns_status ask(const struct ps_dmarc_external_query *query,
			      const struct ps_dns *dns, struct target *target)
{
	const struct ps_dns_answer *answer = NULL;
	enum ps_dns_status status;
	char name[PS_DOMAIN_MAX + 1];

	if (snprintf(name, sizeof(name), "%s._report._dmarc.%s",
		     query->policy_domain, target->host) >= (int)sizeof(name))
		return PS_DNS_NOTFOUND;
	status = dns->lookup(dns->ctx, name, PS_DNS_TXT, &answer);
	return status == PS_DNS_FOUND ? read_answer(query, answer, target)
				      : status;
}

enum ps_dns_status
ps_dmarc_external(const struct ps_dmarc_external_query *query,
		  const struct ps_dns *dns,
		  char address_r[PS_DMARC_ADDRESS_MAX + 1])
{
	enum ps_dns_status status;
	struct target target;

	address_r[0] = '\0';
	if (!read_uri(query->uri, query->idn, &target))
		return PS_DNS_NOTFOUND;
	status = same_org(query, target.host, dns);
	switch (status) {
	case PS_DNS_FOUND:
		break;
	case PS_DNS_NOTFOUND:
		status = ask(query, dns, &target);
		break;
	case PS_DNS_TEMPFAIL:
		return status;
	case PS_DNS_PENDING:
		(void)ask(query, dns, &target); /* so that it is on its way */
		return status;
	}
	if (status == PS_DNS_FOUND)
		memcpy(address_r, target.address, sizeof(target.address));
	return status;
}
