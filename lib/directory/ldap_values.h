/* ldap_values.h - the attributes of an entry, as it came from the server. */
#ifndef PS_DIRECTORY_LDAP_VALUES_H
#define PS_DIRECTORY_LDAP_VALUES_H

#include <ldap.h>
#include <stdbool.h>
#include <stddef.h>

/* With options and subtypes they may be more than were asked for; ours. */
#define PS_LDAP_VALUES_MAX 64

/* All of it points into the message. */
struct ps_ldap_values {
	BerElement *ber;
	struct berval dn;
	size_t count;
	struct {
		struct berval name;
		struct berval *values; /* bv_val NULL ends them; NULL: none */
	} at[PS_LDAP_VALUES_MAX];
};

/*
 * message is gone through once, and can be so only once.  False: it is broken,
 * or has more attributes.  Free it in either case, before the message.
 */
bool ps_ldap_values_read(LDAP *ld, LDAPMessage *message,
			 struct ps_ldap_values *values_r);
void ps_ldap_values_free(struct ps_ldap_values *values);
/* Of attribute, ASCII case aside, and its count; NULL: it has none. */
const struct berval *ps_ldap_values_of(const struct ps_ldap_values *values,
				       const char *attribute, size_t *count_r);

#endif
