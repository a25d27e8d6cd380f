/* taglist.c - tag=value lists (RFC 6376 section 3.2). */

#include "core/text/taglist.h"

#include "core/text/cursor.h"

#define NAME_OCTETS                                                            \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

/* 3.2: VALCHAR and folding white space; octets over 127 by RFC 8616. */
static bool value_is_plain(struct ps_bytes value)
{
	unsigned char c;
	size_t i;

	for (i = 0; i < value.len; i++) {
		c = (unsigned char)value.at[i];
		if (c == 0x7f ||
		    (c < ' ' && c != '\t' && c != '\r' && c != '\n'))
			return false;
	}
	return true;
}

static bool take_tag(struct ps_cursor *cursor, struct ps_tag *tag_r)
{
	ps_cursor_skip_space(cursor);
	tag_r->name = ps_cursor_take(cursor, NAME_OCTETS);
	if (tag_r->name.len == 0 || !ps_ascii_alpha(tag_r->name.at[0]))
		return false;
	ps_cursor_skip_space(cursor);
	if (!ps_cursor_skip(cursor, '='))
		return false;
	tag_r->value = ps_bytes_trim(ps_cursor_until(cursor, ";"));
	return value_is_plain(tag_r->value);
}

static bool is_there(const struct ps_taglist *list, struct ps_bytes name)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (ps_bytes_equal(list->at[i].name, name))
			return true;
	}
	return false;
}

bool ps_taglist_parse(struct ps_bytes text, struct ps_taglist *list_r)
{
	struct ps_cursor cursor = ps_cursor_of(text);
	struct ps_tag tag;

	list_r->count = 0;
	do {
		if (list_r->count == PS_TAGS_MAX || !take_tag(&cursor, &tag) ||
		    is_there(list_r, tag.name))
			return false;
		list_r->at[list_r->count++] = tag;
		(void)ps_cursor_skip(&cursor, ';');
	} while (ps_bytes_trim(ps_cursor_rest(&cursor)).len > 0);
	return true;
}

const struct ps_tag *ps_taglist_find(const struct ps_taglist *list,
				     const char *name)
{
	struct ps_bytes wanted = ps_bytes_of(name);
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (ps_bytes_equal(list->at[i].name, wanted))
			return &list->at[i];
	}
	return NULL;
}
