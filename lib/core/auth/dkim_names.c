/* dkim_names.c - which fields are signed (RFC 6376 section 5.4). */

#include "core/auth/dkim_names.h"

#include "core/auth/dkim_signature.h"

#include <string.h>

#define ELEMENT(name) name,

static const char *const sign_names[] = { PS_DKIM_SIGN_NAMES(ELEMENT) NULL };
static const char *const oversign_names[] = { PS_DKIM_OVERSIGN_NAMES(ELEMENT)
						      NULL };

static bool is_listed(const char *const *names, const char *name)
{
	for (; *names != NULL; names++) {
		if (strcmp(*names, name) == 0)
			return true;
	}
	return false;
}

static void add(struct ps_buffer *out, const char *name, size_t times,
		size_t *total)
{
	for (; times > 0 && *total < PS_DKIM_NAMES_MAX; times--) {
		if ((*total)++ > 0)
			ps_buffer_char(out, ':');
		ps_buffer_text(out, name);
	}
}

static bool is_of_list(struct ps_bytes name)
{
	return ps_bytes_starts_fold(name, PS_BYTES("list-"));
}

static bool has_list_field(const struct ps_fields *fields)
{
	size_t i;

	for (i = 0; i < fields->count; i++) {
		if (is_of_list(fields->at[i].name))
			return true;
	}
	return false;
}

void ps_dkim_names_collect(const struct ps_dkim_names *names,
			   const struct ps_fields *fields,
			   struct ps_buffer *out)
{
	const char *const *sign =
		names->sign == NULL ? sign_names : names->sign;
	const char *const *over =
		names->oversign == NULL ? oversign_names : names->oversign;
	const bool of_list = has_list_field(fields);
	size_t times, total = 0;

	for (; *sign != NULL; sign++) {
		times = ps_fields_count(fields, *sign);
		if (is_listed(over, *sign) &&
		    (of_list || !is_of_list(ps_bytes_of(*sign))))
			times++;
		add(out, *sign, times, &total);
	}
	if (names->also != NULL)
		add(out, names->also, ps_fields_count(fields, names->also),
		    &total);
}
