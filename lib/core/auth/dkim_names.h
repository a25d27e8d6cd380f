/* dkim_names.h - which fields are signed (RFC 6376 section 5.4). */
#ifndef PS_CORE_AUTH_DKIM_NAMES_H
#define PS_CORE_AUTH_DKIM_NAMES_H

#include "core/text/buffer.h"
#include "core/text/fields.h"

/* Lower-case names, each list ended by NULL; a list that is NULL is the
 * built-in one. */
struct ps_dkim_names {
	const char *const *sign, *const *oversign;
	const char *also; /* beside the list; NULL none */
};

/* Append h=: each field there is of these names, from "from:from:to" on, and
 * once more what is oversigned. */
void ps_dkim_names_collect(const struct ps_dkim_names *names,
			   const struct ps_fields *fields,
			   struct ps_buffer *out);

#endif
