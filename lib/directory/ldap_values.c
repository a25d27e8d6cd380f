/* ldap_values.c - the attributes of an entry, as it came from the server. */

#include "directory/ldap_values.h"

#include <lber.h>
#include <string.h>
#include <strings.h>

bool ps_ldap_values_read(LDAP *ld, LDAPMessage *message,
			 struct ps_ldap_values *values_r)
{
	struct berval name = { 0 }, *values;

	values_r->ber = NULL;
	values_r->count = 0;
	if (ldap_get_dn_ber(ld, message, &values_r->ber, &values_r->dn) !=
	    LDAP_SUCCESS) {
		values_r->ber = NULL; /* freed already */
		return false;
	}
	for (;;) {
		values = NULL;
		if (ldap_get_attribute_ber(ld, message, values_r->ber, &name,
					   &values) != LDAP_SUCCESS)
			return false;
		if (name.bv_val == NULL)
			return true;
		if (values_r->count == PS_LDAP_VALUES_MAX) {
			ldap_memfree(values);
			return false;
		}
		values_r->at[values_r->count].name = name;
		values_r->at[values_r->count++].values = values;
	}
}

void ps_ldap_values_free(struct ps_ldap_values *values)
{
	size_t i;

	for (i = 0; i < values->count; i++)
		ldap_memfree(values->at[i].values);
	values->count = 0;
	ber_free(values->ber, 0);
	values->ber = NULL;
}

const struct berval *ps_ldap_values_of(const struct ps_ldap_values *values,
				       const char *attribute, size_t *count_r)
{
	size_t i, n = 0, len = strlen(attribute);
	const struct berval *found = NULL;

	for (i = 0; i < values->count && found == NULL; i++) {
		if (values->at[i].name.bv_len == len &&
		    strncasecmp(values->at[i].name.bv_val, attribute, len) == 0)
			found = values->at[i].values;
	}
	while (found != NULL && found[n].bv_val != NULL)
		n++;
	*count_r = n;
	return found;
}
