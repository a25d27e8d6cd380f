/* fuzz_counters_script.c - names of counts in Redis. */

#include "fuzz.h"
#include "io/counters_script.h"

#include <string.h>

/* What may stand in a name: nothing that ends a word, or is a pattern. */
static bool is_plain(const struct ps_buffer *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789@._-+=%:";

	return name->data != NULL && strspn(name->data, plain) == name->len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ps_bytes input = fuzz_bytes(data, size), rule, key;
	struct ps_buffer name = PS_BUFFER(PS_COUNTERS_TEXT_MAX);
	struct ps_buffer other = PS_BUFFER(PS_COUNTERS_TEXT_MAX);
	size_t half = size / 2;

	rule = (struct ps_bytes){ input.at, half };
	key = (struct ps_bytes){ input.at + half, size - half };
	ps_counters_name("p", PS_WINDOW_FIXED, rule, key, &name);
	FUZZ_CHECK(!name.failed && is_plain(&name));
	FUZZ_CHECK(name.len <= PS_COUNTERS_NAME_MAX + strlen("p:f:"));
	/* Another place between the two is another name. */
	if (key.len > 0) {
		rule.len++;
		key.at++;
		key.len--;
		ps_counters_name("p", PS_WINDOW_FIXED, rule, key, &other);
		FUZZ_CHECK(strcmp(name.data, other.data) != 0);
	}
	ps_buffer_free(&name);
	ps_buffer_free(&other);
	return 0;
}
