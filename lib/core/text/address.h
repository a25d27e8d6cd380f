/* address.h - mail addresses and domains (RFC 5321, 5322, 6531). */
#ifndef PS_CORE_TEXT_ADDRESS_H
#define PS_CORE_TEXT_ADDRESS_H

#include "core/text/buffer.h"
#include "core/text/bytes.h"
#include "core/text/dns.h"

#define PS_MAILBOXES_MAX 64 /* looked at in one field; ours */

/* Both parts are slices of the parsed text: quotes, comments and folding
 * between their words are still there. */
struct ps_mailbox {
	struct ps_bytes local, domain;
};

/* At the last @.  False: no @, or an empty part. */
bool ps_address_split(struct ps_bytes address, struct ps_mailbox *mailbox_r);
/*
 * Lower case, final dot off; labels of 1 to 63 octets, 253 in all; letters,
 * digits, "-", "_" and octets over 127 (RFC 6531).  False, and "" in text_r:
 * not a domain.
 */
bool ps_domain_normalize(struct ps_bytes domain,
			 char text_r[PS_DOMAIN_MAX + 1]);
/* Is name the same as domain or below it?  Both normalized. */
bool ps_domain_within(const char *name, const char *domain);
/*
 * The mailboxes of an address list, groups opened, comments, quoted strings
 * and obsolete forms understood (RFC 5322 3.4, 4.4).  False when any part
 * cannot be parsed, when there is none and no group either, or when there are
 * more than PS_MAILBOXES_MAX: *count_r then says what was found before.
 *
 * Common mistakes are understood, because a field that mail programs show but
 * we do not understand would escape judgement: stray dots and brackets in
 * names and local parts, an address as the unquoted name before <...>, a
 * missing final ">".
 */
bool ps_address_list(struct ps_bytes value,
		     struct ps_mailbox mailbox_r[PS_MAILBOXES_MAX],
		     size_t *count_r);
/* The domain without comments and folding, normalized.  False, and "": it is
 * no domain name (an address literal, for one). */
bool ps_mailbox_domain(const struct ps_mailbox *mailbox,
		       char text_r[PS_DOMAIN_MAX + 1]);
/* local@domain without comments and folding, quotes as they were. */
void ps_mailbox_text(const struct ps_mailbox *mailbox, struct ps_buffer *out);

#endif
