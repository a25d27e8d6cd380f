/* ldap_dn.h - distinguished names of LDAP as text (RFC 4514). */
#ifndef PS_CORE_TEXT_LDAP_DN_H
#define PS_CORE_TEXT_LDAP_DN_H

#include "core/text/buffer.h"

/*
 * attribute=value,base.  Of value, everything but ASCII letters, digits and a
 * few marks that mean nothing in a name is written as \XX (RFC 4514 2.4):
 * whatever it holds, it stays one value of one attribute.
 */
void ps_ldap_dn(struct ps_buffer *dn, const char *attribute,
		struct ps_bytes value, const char *base);

#endif
