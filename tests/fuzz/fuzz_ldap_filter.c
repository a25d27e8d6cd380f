/* fuzz_ldap_filter.c - any octets as a value in a filter, and as a filter. */

#include "fuzz.h"

#include "core/text/ldap_dn.h"
#include "core/text/ldap_filter.h"

#include <stdint.h>
#include <string.h>

#define BEFORE "(mail=*"

static unsigned int digit(char c)
{
	const char *hex = "0123456789abcdef", *at = strchr(hex, c);

	FUZZ_CHECK(c != '\0' && at != NULL);
	return (unsigned int)(at - hex);
}

/* What a server reads is what was written, and nothing of it is syntax. */
static void check_value(struct ps_bytes value)
{
	struct ps_buffer filter = PS_BUFFER(3 * value.len + 20);
	const char *at;
	size_t i;

	ps_ldap_filter_ends(&filter, "mail", value);
	FUZZ_CHECK(!filter.failed);
	FUZZ_CHECK(ps_ldap_filter_valid(
		(struct ps_bytes){ filter.data, filter.len }));
	at = ps_buffer_cstr(&filter) + strlen(BEFORE);
	for (i = 0; i < value.len; i++) {
		unsigned int c = (unsigned char)*at++;

		FUZZ_CHECK(strchr("()*", (int)c) == NULL && c < 0x7f);
		if (c == '\\') {
			c = digit(at[0]) << 4 | digit(at[1]);
			at += 2;
		}
		FUZZ_CHECK(c == (unsigned char)value.at[i]);
	}
	FUZZ_CHECK(strcmp(at, ")") == 0);
	ps_buffer_free(&filter);
}

/* Put into another, it does not change what is around it. */
static void check_filter(struct ps_bytes text)
{
	long open = 0;
	size_t i;

	if (!ps_ldap_filter_valid(text))
		return;
	FUZZ_CHECK(memchr(text.at, '\0', text.len) == NULL);
	for (i = 0; i < text.len; i++) {
		open += text.at[i] == '(' ? 1 : text.at[i] == ')' ? -1 : 0;
		FUZZ_CHECK(open > 0 || i + 1 == text.len);
	}
	FUZZ_CHECK(open == 0);
}

/* What is one value is a filter, and written anew it is the same. */
static void check_one(struct ps_bytes text)
{
	struct ps_buffer value = PS_BUFFER(text.len),
			 again = PS_BUFFER(SIZE_MAX);
	struct ps_bytes attribute;
	char name[256];

	if (ps_ldap_filter_is_equal(text, &attribute, &value) &&
	    ps_bytes_copy(attribute, name, sizeof(name))) {
		FUZZ_CHECK(ps_ldap_filter_valid(text));
		FUZZ_CHECK(ps_ldap_attribute_valid(attribute));
		ps_ldap_filter_equal(
			&again, name,
			(struct ps_bytes){ value.data, value.len });
		FUZZ_CHECK(ps_ldap_filter_valid(
			(struct ps_bytes){ again.data, again.len }));
	}
	ps_buffer_free(&value);
	ps_buffer_free(&again);
}

/* A value in a name is not syntax there. */
static void check_dn(struct ps_bytes value)
{
	struct ps_buffer dn = PS_BUFFER(3 * value.len + 20);

	ps_ldap_dn(&dn, "cn", value, "o=b");
	FUZZ_CHECK(!dn.failed);
	FUZZ_CHECK(strcspn(ps_buffer_cstr(&dn), ",+\"<>;") == dn.len - 4);
	ps_buffer_free(&dn);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ps_bytes text = fuzz_bytes(data, size);

	check_value(text);
	check_filter(text);
	check_one(text);
	check_dn(text);
	(void)ps_ldap_attribute_valid(text);
	return 0;
}
