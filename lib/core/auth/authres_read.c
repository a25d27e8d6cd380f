/* authres_read.c - read an Authentication-Results field (RFC 8601 2.2). */

#include "core/auth/authres_read.h"

#include "core/text/cfws.h"

#include <stdint.h>
#include <string.h>

/* tspecials of RFC 2045 5.1, and what ends a token in a field. */
#define TSPECIALS " \t\r\n()<>@,;:\\\"/[]?="
/* What a value ends at, be it in its syntax or not. */
#define VALUE_END " \t\r\n();\\\""
#define KEYWORD                                                                \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"

struct reader {
	struct ps_cursor cursor;
	struct ps_arena *arena;
};

static bool has_control(struct ps_bytes text)
{
	size_t i;

	for (i = 0; i < text.len; i++) {
		if ((unsigned char)text.at[i] < ' ' || text.at[i] == 0x7f)
			return true;
	}
	return false;
}

/* [CFWS] c [CFWS] */
static bool read_mark(struct reader *reader, char c)
{
	return ps_cfws_skip(&reader->cursor) &&
	       ps_cursor_skip(&reader->cursor, c) &&
	       ps_cfws_skip(&reader->cursor);
}

/* Keyword of RFC 5321 4.1.2: letters, digits and hyphens, none at the end. */
static bool read_keyword(struct reader *reader, struct ps_bytes *word_r)
{
	*word_r = ps_cursor_take(&reader->cursor, KEYWORD);
	return word_r->len > 0 && word_r->at[word_r->len - 1] != '-';
}

static bool read_number(struct reader *reader, unsigned int *number_r)
{
	unsigned long long number;

	if (!ps_ascii_number(ps_cursor_take(&reader->cursor, "0123456789"),
			     UINT16_MAX, &number) ||
	    number == 0)
		return false;
	*number_r = (unsigned int)number;
	return true;
}

/* Quotes off, quoted pairs opened, folding undone (RFC 5322 3.2.4). */
static bool unquote(struct reader *reader, struct ps_bytes quoted,
		    struct ps_bytes *text_r)
{
	char *text = ps_arena_alloc(reader->arena, quoted.len);
	size_t i, len = 0;

	if (text == NULL)
		return false;
	for (i = 1; i + 1 < quoted.len; i++) {
		if (quoted.at[i] == '\r' || quoted.at[i] == '\n')
			continue;
		if (quoted.at[i] == '\\')
			i++;
		text[len++] = quoted.at[i];
	}
	*text_r = (struct ps_bytes){ text, len };
	return true;
}

/* A token, or what stands in quotes; then nothing or what may end it. */
static bool read_value(struct reader *reader, struct ps_bytes *value_r)
{
	struct ps_bytes quoted;

	if (ps_cfws_quoted(&reader->cursor, &quoted))
		return unquote(reader, quoted, value_r);
	*value_r = ps_cursor_until(&reader->cursor, TSPECIALS);
	return value_r->len > 0 && !has_control(*value_r);
}

/* value, or an address whose local part may be in quotes, which then stay. */
static bool read_pvalue(struct reader *reader, struct ps_bytes *value_r)
{
	const char *start = reader->cursor.at;
	struct ps_bytes quoted;

	if (ps_cfws_quoted(&reader->cursor, &quoted) &&
	    ps_cursor_peek(&reader->cursor) != '@')
		return unquote(reader, quoted, value_r);
	(void)ps_cursor_until(&reader->cursor, VALUE_END);
	*value_r =
		(struct ps_bytes){ start, (size_t)(reader->cursor.at - start) };
	return value_r->len > 0 && !has_control(*value_r);
}

/* methodspec, without the CFWS before it */
static bool read_method(struct reader *reader, struct ps_authres_result *result)
{
	if (!read_keyword(reader, &result->method) ||
	    !ps_cfws_skip(&reader->cursor))
		return false;
	if (ps_cursor_peek(&reader->cursor) == '/' &&
	    (!read_mark(reader, '/') || !read_number(reader, &result->version)))
		return false;
	return read_mark(reader, '=') && read_keyword(reader, &result->result);
}

/* reasonspec or propspec, of which the first word is read. */
static bool read_property(struct reader *reader, struct ps_bytes first,
			  struct ps_authres_result *result,
			  struct ps_authres_property ***end)
{
	struct ps_authres_property *property;

	if (!ps_cfws_skip(&reader->cursor))
		return false;
	if (ps_cursor_peek(&reader->cursor) == '=')
		return result->reason.at == NULL &&
		       result->properties == NULL &&
		       ps_bytes_equal_fold(first, PS_BYTES("reason")) &&
		       read_mark(reader, '=') &&
		       read_value(reader, &result->reason);
	property = ps_arena_alloc(reader->arena, sizeof(*property));
	if (property == NULL)
		return false;
	property->ptype = first;
	**end = property;
	*end = &property->next;
	return read_mark(reader, '.') &&
	       read_keyword(reader, &property->property) &&
	       read_mark(reader, '=') && read_pvalue(reader, &property->value);
}

/* Behind a semicolon, up to the next or the end. */
static bool read_result(struct reader *reader, struct ps_authres_result *result)
{
	struct ps_authres_property **end = &result->properties;
	unsigned int count = 0;
	struct ps_bytes word;

	if (!read_method(reader, result))
		return false;
	for (;;) {
		if (!ps_cfws_skip(&reader->cursor))
			return false;
		if (ps_cursor_done(&reader->cursor) ||
		    ps_cursor_peek(&reader->cursor) == ';')
			return true;
		if (++count > PS_AUTHRES_PROPERTIES_MAX ||
		    !read_keyword(reader, &word) ||
		    !read_property(reader, word, result, &end))
			return false;
	}
}

/* True: what is left is "; none". */
static bool read_none(const struct reader *reader)
{
	struct reader at = *reader;
	struct ps_bytes word;

	return read_mark(&at, ';') && read_keyword(&at, &word) &&
	       ps_bytes_equal_fold(word, PS_BYTES("none")) &&
	       ps_cfws_skip(&at.cursor) && ps_cursor_done(&at.cursor);
}

/* At least one; a final semicolon is let pass. */
static bool read_results(struct reader *reader, struct ps_authres_field *field)
{
	struct ps_authres_result **end = &field->results;
	unsigned int count = 0;

	while (!ps_cursor_done(&reader->cursor)) {
		if (!read_mark(reader, ';'))
			return false;
		if (ps_cursor_done(&reader->cursor))
			break;
		if (++count > PS_AUTHRES_RESULTS_MAX)
			return false;
		*end = ps_arena_alloc(reader->arena, sizeof(**end));
		if (*end == NULL || !read_result(reader, *end))
			return false;
		end = &(*end)->next;
	}
	return field->results != NULL;
}

bool ps_authres_read(struct ps_bytes value, struct ps_arena *arena,
		     struct ps_authres_field *field_r)
{
	struct reader reader = { ps_cursor_of(value), arena };

	*field_r = (struct ps_authres_field){ 0 };
	if (!ps_cfws_skip(&reader.cursor) ||
	    !read_value(&reader, &field_r->authserv_id) ||
	    !ps_cfws_skip(&reader.cursor))
		return false;
	if (ps_cursor_peek(&reader.cursor) != ';' &&
	    (!read_number(&reader, &field_r->version) || field_r->version != 1))
		return false;
	return read_none(&reader) || read_results(&reader, field_r);
}

/* Quoted pairs opened.  False: too long for any id of ours. */
static bool open_quotes(struct ps_bytes quoted, char *text_r, size_t size)
{
	size_t i, len = 0;

	for (i = 1; i + 1 < quoted.len; i++) {
		if (quoted.at[i] == '\\')
			i++;
		if (len + 1 >= size)
			return false;
		text_r[len++] = quoted.at[i];
	}
	text_r[len] = '\0';
	return true;
}

static bool is_same_id(struct ps_bytes id, const char *ours,
		       const struct ps_idn *idn)
{
	char a[PS_DOMAIN_MAX + 1], b[PS_DOMAIN_MAX + 1];

	if (ps_bytes_equal_fold(id, ps_bytes_of(ours)))
		return true;
	return ps_idn_domain(idn, id, a) &&
	       ps_idn_domain(idn, ps_bytes_of(ours), b) && strcmp(a, b) == 0;
}

bool ps_authres_claims(struct ps_bytes value, const char *authserv_id,
		       const struct ps_idn *idn)
{
	struct ps_cursor cursor = ps_cursor_of(value);
	char text[PS_DOMAIN_MAX + 1];
	struct ps_bytes id;

	if (ps_bytes_find(value, '\0') != NULL || !ps_cfws_skip(&cursor))
		return true;
	if (ps_cursor_peek(&cursor) != '"') {
		id = ps_cursor_until(&cursor, TSPECIALS);
		return id.len == 0 || is_same_id(id, authserv_id, idn);
	}
	if (!ps_cfws_quoted(&cursor, &id))
		return true;
	return open_quotes(id, text, sizeof(text)) &&
	       is_same_id(ps_bytes_trim(ps_bytes_of(text)), authserv_id, idn);
}
