/* ldap_filter.h - search filters of LDAP as text (RFC 4515). */
#ifndef PS_CORE_TEXT_LDAP_FILTER_H
#define PS_CORE_TEXT_LDAP_FILTER_H

#include "core/text/buffer.h"

#define PS_LDAP_FILTER_DEPTH 20 /* of parentheses; ours */

/*
 * Append to a filter.  Of value, everything but ASCII letters, digits and a few
 * marks that mean nothing in a filter is written as \XX (RFC 4515 3): whatever
 * it holds, NUL and octets over 127 as well, it stays one value.  attribute:
 * one that is valid below.
 */
void ps_ldap_filter_value(struct ps_buffer *filter, struct ps_bytes value);
/* (attribute=value) */
void ps_ldap_filter_equal(struct ps_buffer *filter, const char *attribute,
			  struct ps_bytes value);
/* (attribute=*value), whose values end so */
void ps_ldap_filter_ends(struct ps_buffer *filter, const char *attribute,
			 struct ps_bytes value);

/* Is text one whole filter, from "(" to its ")" (RFC 4515 3)? */
bool ps_ldap_filter_valid(struct ps_bytes text);
/*
 * Is text one valid (attribute=value), without "*"?  attribute_r is of text;
 * the value, its escapes undone, is appended.
 */
bool ps_ldap_filter_is_equal(struct ps_bytes text, struct ps_bytes *attribute_r,
			     struct ps_buffer *value);
/* Is text an attribute description (RFC 4512 2.5): a name or a dotted number,
 * perhaps with options? */
bool ps_ldap_attribute_valid(struct ps_bytes text);

#endif
