/*
 * fuzz_foreign.c - text of strangers, shown and as JSON.  What is shown has no
 * NUL and no end of a line; characters that may go to a terminal are whole; and
 * what JSON says can be read again.
 */

#include "fuzz.h"

#include "cli/foreign.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char shown[4 * PS_FOREIGN_MAX + 4], *dumped;
	struct ps_bytes text = fuzz_bytes(data, size);
	json_t *string = ps_foreign_json(text), *again;
	const char *at = ps_foreign_shown(text, shown);
	size_t i, len;

	FUZZ_CHECK(strlen(at) < sizeof(shown) && strpbrk(at, "\r\n\t") == NULL);
	while (*at != '\0') {
		len = ps_foreign_harmless(at);
		FUZZ_CHECK(len <= 4);
		for (i = 0; i < len; i++)
			FUZZ_CHECK((unsigned char)at[i] >= ' ' &&
				   at[i] != 0x7f);
		at += len == 0 ? 1 : len;
	}
	FUZZ_CHECK(string != NULL);
	dumped = json_dumps(string, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
	FUZZ_CHECK(dumped != NULL);
	for (at = dumped; *at != '\0'; at++)
		FUZZ_CHECK(*at >= ' ' && *at < 0x7f);
	again = json_loads(dumped, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	FUZZ_CHECK(json_equal(string, again));
	json_decref(again);
	json_decref(string);
	free(dumped);
	return 0;
}
