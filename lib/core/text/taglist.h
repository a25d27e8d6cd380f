/* taglist.h - tag=value lists (RFC 6376 section 3.2). */
#ifndef PS_CORE_TEXT_TAGLIST_H
#define PS_CORE_TEXT_TAGLIST_H

#include "core/text/bytes.h"

#define PS_TAGS_MAX 64 /* ours; a signature has some 12 */

struct ps_tag {
	struct ps_bytes name;  /* case-sensitive */
	struct ps_bytes value; /* trimmed of white space; inner FWS kept */
};

struct ps_taglist { /* slices of the text that was parsed */
	size_t count;
	struct ps_tag at[PS_TAGS_MAX];
};

/* False: syntax, a tag twice (3.2: MUST NOT), or over PS_TAGS_MAX. */
bool ps_taglist_parse(struct ps_bytes text, struct ps_taglist *list_r);
/* NULL: not there. */
const struct ps_tag *ps_taglist_find(const struct ps_taglist *list,
				     const char *name);

#endif
