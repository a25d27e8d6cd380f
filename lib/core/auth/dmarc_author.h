/* dmarc_author.h - the author domains of a message (RFC 9989 section 5.3.1). */
#ifndef PS_CORE_AUTH_DMARC_AUTHOR_H
#define PS_CORE_AUTH_DMARC_AUTHOR_H

#include "core/auth/dmarc.h"

/* Each once, with A-labels.  Holds no pointer but to static text. */
struct ps_dmarc_authors {
	char domain[PS_DMARC_AUTHORS_MAX][PS_DOMAIN_MAX + 1];
	size_t count;
	bool too_many;	    /* there are more */
	const char *unsure; /* why a message like this can never pass (4.4);
			       NULL: one author domain, well written */
};

/* Of all From fields.  idn may be NULL. */
void ps_dmarc_authors_find(const struct ps_fields *fields,
			   const struct ps_idn *idn,
			   struct ps_dmarc_authors *authors_r);

#endif
