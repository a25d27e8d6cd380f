/* fuzz_taglist.c - any octets as a list of tags. */

#include "fuzz.h"

#include "core/text/taglist.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ps_bytes text = fuzz_bytes(data, size);
	struct ps_taglist list;
	const struct ps_tag *tag;
	char name[64];
	size_t i;

	if (!ps_taglist_parse(text, &list))
		return 0;
	FUZZ_CHECK(list.count <= PS_TAGS_MAX);
	for (i = 0; i < list.count; i++) {
		tag = &list.at[i];
		FUZZ_CHECK(tag->name.len > 0 && tag->name.at >= text.at &&
			   tag->name.at + tag->name.len <= text.at + text.len);
		FUZZ_CHECK(
			tag->value.len == 0 ||
			(tag->value.at >= text.at &&
			 tag->value.at + tag->value.len <= text.at + text.len));
		FUZZ_CHECK(memchr(tag->value.at, ';', tag->value.len) == NULL);
		/* Each is found by its name: none is there twice. */
		if (ps_bytes_copy(tag->name, name, sizeof(name)))
			FUZZ_CHECK(ps_taglist_find(&list, name) == tag);
	}
	return 0;
}
