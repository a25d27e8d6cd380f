/* dmarc_author.c - the author domains of a message (RFC 9989 section 5.3.1). */

#include "core/auth/dmarc_author.h"

#include "core/text/address.h"

#include <string.h>

static void add_author(struct ps_dmarc_authors *authors, const char *domain)
{
	size_t i;

	for (i = 0; i < authors->count; i++) {
		if (strcmp(authors->domain[i], domain) == 0)
			return;
	}
	authors->too_many = authors->count == PS_DMARC_AUTHORS_MAX;
	if (!authors->too_many)
		(void)ps_bytes_copy(ps_bytes_of(domain),
				    authors->domain[authors->count++],
				    PS_DOMAIN_MAX + 1);
}

static void add_field(struct ps_dmarc_authors *authors,
		      const struct ps_field *field, const struct ps_idn *idn)
{
	struct ps_mailbox mailbox[PS_MAILBOXES_MAX];
	char domain[PS_DOMAIN_MAX + 1], ascii[PS_DOMAIN_MAX + 1];
	size_t i, count;

	if (!ps_address_list(field->value, mailbox, &count))
		authors->unsure = "From cannot be read";
	for (i = 0; i < count && !authors->too_many; i++) {
		if (ps_mailbox_domain(&mailbox[i], domain) &&
		    ps_idn_domain(idn, ps_bytes_of(domain), ascii))
			add_author(authors, ascii);
		else
			authors->unsure = "author without a domain name";
	}
}

void ps_dmarc_authors_find(const struct ps_fields *fields,
			   const struct ps_idn *idn,
			   struct ps_dmarc_authors *authors_r)
{
	size_t i, found = 0;

	authors_r->count = 0;
	authors_r->too_many = false;
	authors_r->unsure = NULL;
	for (i = 0; i < fields->count && !authors_r->too_many; i++) {
		if (!ps_field_is(&fields->at[i], "From"))
			continue;
		add_field(authors_r, &fields->at[i], idn);
		found++;
	}
	if (found == 0)
		authors_r->unsure = "no From field";
	else if (found > 1)
		authors_r->unsure = "more than one From field";
	else if (authors_r->count > 1)
		authors_r->unsure = "more than one author domain";
	else if (authors_r->count == 0 && authors_r->unsure == NULL)
		authors_r->unsure = "no author";
	if (fields->overflow)
		authors_r->unsure = "header too large";
}
