/* map_forms.h - an address in the shorter forms that Postfix would ask for. */
#ifndef PS_MILTER_MAP_FORMS_H
#define PS_MILTER_MAP_FORMS_H

#include "directory/directory.h"

/*
 * Postfix asks most tables for an address in one form after another until one
 * is found: user+extension@domain, user@domain, @domain (virtual(5)).  It asks
 * a socketmap for the first only (socketmap_table(5)), so these are ours to
 * try.
 */
enum ps_map_form {
	PS_FORM_WHOLE,
	PS_FORM_BARE, /* without its extension */
	PS_FORM_DOMAIN
};
#define PS_MAP_FORMS 3

/*
 * key in that form, for that view.  False: it has none, or it is the same as
 * another.  delimiters: as Postfix's recipient_delimiter; "": no extensions.
 */
bool ps_map_form(enum ps_view view, enum ps_map_form form, const char *key,
		 const char *delimiters, char form_r[PS_ADDRESS_MAX + 1]);
/*
 * What was found for the address without its extension, with the extension
 * put back into each address of the answer, as Postfix does for aliases
 * (propagate_unmatched_extensions).
 */
void ps_map_extend(const char *answer, const char *key, const char *delimiters,
		   struct ps_buffer *extended);

#endif
