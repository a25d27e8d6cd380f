/* fuzz_policy_request.c - any octets as requests of the policy protocol. */

#include "fuzz.h"

#include "core/rules/policy_request.h"

#include <string.h>

/* What the first octets of text say is not taken back by more of them. */
static void check_beginnings(struct ps_bytes text, enum ps_policy_read all)
{
	struct ps_policy_request request;
	enum ps_policy_read said;
	struct ps_cursor cursor;
	size_t len;

	for (len = 0; len < text.len; len += 1 + len / 64) {
		cursor = ps_cursor_of((struct ps_bytes){ text.at, len });
		said = ps_policy_read(&cursor, &request);
		FUZZ_CHECK(said == PS_POLICY_PART || said == all);
	}
}

static void check_attributes(struct ps_bytes text,
			     const struct ps_policy_request *request)
{
	const struct ps_policy_attribute *at = request->at, *last;
	const char *end = text.at;
	struct ps_bytes value;
	size_t i;

	FUZZ_CHECK(request->count > 0 &&
		   request->count <= PS_POLICY_ATTRIBUTES_MAX);
	for (i = 0; i < request->count; i++) {
		/* Each line is "name=value", and the next one follows. */
		FUZZ_CHECK(at[i].name.at == end && at[i].name.len > 0 &&
			   at[i].name.at[at[i].name.len] == '=' &&
			   at[i].value.at == end + at[i].name.len + 1 &&
			   at[i].value.at[at[i].value.len] == '\n');
		end = at[i].value.at + at[i].value.len + 1;
		FUZZ_CHECK(memchr(at[i].name.at, '\0',
				  (size_t)(end - at[i].name.at)) == NULL &&
			   memchr(at[i].name.at, '\n',
				  (size_t)(end - 1 - at[i].name.at)) == NULL);
		value = ps_policy_get(request, at[i].name);
		for (last = at + request->count - 1;
		     !ps_bytes_equal(last->name, at[i].name); last--)
			;
		FUZZ_CHECK(value.at == last->value.at);
	}
	FUZZ_CHECK(*end == '\n' && end + 1 == text.at + text.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ps_cursor cursor = ps_cursor_of(fuzz_bytes(data, size)), before;
	struct ps_policy_request request;
	enum ps_policy_read said;
	struct ps_bytes text;

	do {
		before = cursor;
		said = ps_policy_read(&cursor, &request);
		text = (struct ps_bytes){ before.at,
					  (size_t)(cursor.at - before.at) };
		if (said == PS_POLICY_WHOLE) {
			FUZZ_CHECK(text.len <= PS_POLICY_OCTETS_MAX);
			check_attributes(text, &request);
		} else {
			FUZZ_CHECK(text.len == 0 && request.count == 0);
			text = ps_cursor_rest(&before);
		}
		check_beginnings(text, said);
	} while (said == PS_POLICY_WHOLE);
	return 0;
}
