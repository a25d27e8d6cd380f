/* json.c - what the cases of the published vectors hold. */

#include "conformance.h"

#include "core/text/base64.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ps_bytes conformance_text(const json_t *object, const char *key)
{
	const json_t *member = json_object_get(object, key);

	if (!json_is_string(member))
		return PS_BYTES("");
	return (struct ps_bytes){ json_string_value(member),
				  json_string_length(member) };
}

const char *conformance_cstr(const json_t *object, const char *key)
{
	return conformance_text(object, key).at;
}

struct ps_bytes conformance_message(const json_t *test, char **memory_r)
{
	struct ps_bytes text = conformance_text(test, "message_b64");
	size_t len = 0;

	*memory_r = NULL;
	if (json_object_get(test, "message_b64") == NULL)
		return conformance_text(test, "message");
	*memory_r = malloc(text.len + 1);
	if (*memory_r == NULL ||
	    !ps_base64_decode(text, (unsigned char *)*memory_r, text.len, &len))
		printf("%s: message_b64 cannot be read\n",
		       conformance_cstr(test, "id"));
	return (struct ps_bytes){ *memory_r, len };
}

bool conformance_expects(const json_t *expected, const char *word)
{
	const json_t *one;
	size_t i;

	if (json_is_string(expected))
		return strcmp(json_string_value(expected), word) == 0;
	for (i = 0; i < json_array_size(expected); i++) {
		one = json_array_get(expected, i);
		if (json_is_string(one) &&
		    strcmp(json_string_value(one), word) == 0)
			return true;
	}
	return false;
}

char *conformance_dump(const json_t *value)
{
	return json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
}
