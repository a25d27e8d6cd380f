/* ldap_dn.c - distinguished names of LDAP as text (RFC 4514). */

#include "core/text/ldap_dn.h"

#include <string.h>

/* Nothing of it is special anywhere in a name (RFC 4514 2.4). */
static bool is_plain(char c)
{
	return ps_ascii_alpha(c) || ps_ascii_digit(c) ||
	       (c != '\0' && strchr("@._-", c) != NULL);
}

void ps_ldap_dn(struct ps_buffer *dn, const char *attribute,
		struct ps_bytes value, const char *base)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t i;

	ps_buffer_text(dn, attribute);
	ps_buffer_char(dn, '=');
	for (i = 0; i < value.len; i++) {
		if (is_plain(value.at[i])) {
			ps_buffer_char(dn, value.at[i]);
			continue;
		}
		ps_buffer_char(dn, '\\');
		ps_buffer_char(dn, hex[(unsigned char)value.at[i] >> 4]);
		ps_buffer_char(dn, hex[(unsigned char)value.at[i] & 15]);
	}
	ps_buffer_char(dn, ',');
	ps_buffer_text(dn, base);
}
