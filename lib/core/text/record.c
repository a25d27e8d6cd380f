/* record.c - one line of named values for programs to read. */

#include "core/text/record.h"

#include "core/text/utf8.h"

#include <stdio.h>
#include <string.h>

#define UNIT_MAX 13 /* "\ud83d\ude00" and NUL */
#define DOTS	 3  /* of what is cut */
#define END_MAX	 13 /* of ",\"cut\":true}" */

/* How octets of a value are written. */
enum mode { HEAD, BARE, QUOTED, JSON };

static size_t room(const struct ps_record *record)
{
	return PS_RECORD_MAX - END_MAX - record->len;
}

/* Checked by who calls it. */
static void put(struct ps_record *record, const char *text, size_t len)
{
	memcpy(record->text + record->len, text, len);
	record->len += len;
	record->text[record->len] = '\0';
}

static void put_text(struct ps_record *record, const char *text)
{
	put(record, text, strlen(text));
}

static bool is_print(char c)
{
	return c >= ' ' && c <= '~';
}

/* May it stand in a value without quotes? */
static bool is_plain(char c)
{
	return c > ' ' && c <= '~' && c != '"' && c != '\\' && c != '=';
}

static size_t one_octet(char c, enum mode mode, char unit_r[UNIT_MAX])
{
	const char *form = mode == JSON ? "\\u%04x" : "\\x%02x";

	if (mode != HEAD && (c == '"' || c == '\\'))
		return (size_t)snprintf(unit_r, UNIT_MAX, "\\%c", c);
	if (!is_print(c) || (mode == HEAD && (!is_plain(c) || c == ':')))
		return (size_t)snprintf(unit_r, UNIT_MAX, form,
					(unsigned int)(unsigned char)c);
	unit_r[0] = c;
	return 1;
}

static size_t beyond_ascii(struct ps_bytes text, char unit_r[UNIT_MAX],
			   size_t *used_r)
{
	size_t len = ps_utf8_length(text.at, text.len);
	unsigned int code;

	*used_r = len == 0 ? 1 : len;
	if (len == 0)
		return (size_t)snprintf(unit_r, UNIT_MAX, "\\\\x%02x",
					(unsigned int)(unsigned char)*text.at);
	code = ps_utf8_code(text.at, len);
	if (code < 0x10000)
		return (size_t)snprintf(unit_r, UNIT_MAX, "\\u%04x", code);
	code -= 0x10000;
	return (size_t)snprintf(unit_r, UNIT_MAX, "\\u%04x\\u%04x",
				0xd800 + (code >> 10), 0xdc00 + (code & 0x3ff));
}

/* The octets that are written for the character at which text begins; *used_r:
 * how many of text that was. */
static size_t unit(struct ps_bytes text, enum mode mode, char unit_r[UNIT_MAX],
		   size_t *used_r)
{
	if (mode == JSON && (unsigned char)*text.at > 0x7f)
		return beyond_ascii(text, unit_r, used_r);
	*used_r = 1;
	return one_octet(*text.at, mode, unit_r);
}

/* In a list of pairs a comma is none between values. */
static size_t unit_of(struct ps_bytes text, enum mode mode, bool listed,
		      char unit_r[UNIT_MAX], size_t *used_r)
{
	if (!listed || mode == JSON || *text.at != ',')
		return unit(text, mode, unit_r, used_r);
	*used_r = 1;
	memcpy(unit_r, "\\x2c", 4);
	return 4;
}

static size_t written(struct ps_bytes value, enum mode mode, bool listed)
{
	char octets[UNIT_MAX];
	size_t used, len = 0;

	while (value.len > 0) {
		len += unit_of(value, mode, listed, octets, &used);
		value.at += used;
		value.len -= used;
	}
	return len;
}

/* At most max octets, for which there is room. */
static void put_value(struct ps_record *record, struct ps_bytes value,
		      enum mode mode, bool listed, size_t max)
{
	size_t len, used, end = record->len + max;
	bool whole = written(value, mode, listed) <= max;
	char octets[UNIT_MAX];

	if (!whole)
		end -= max < DOTS ? max : DOTS;
	while (value.len > 0) {
		len = unit_of(value, mode, listed, octets, &used);
		if (record->len + len > end)
			break;
		put(record, octets, len);
		value.at += used;
		value.len -= used;
	}
	if (whole)
		return;
	record->cut = true;
	put(record, "...", max < DOTS ? max : DOTS);
}

static bool is_bare(struct ps_bytes value, bool listed)
{
	size_t i;

	for (i = 0; i < value.len; i++) {
		if (!is_plain(value.at[i]) || (listed && value.at[i] == ','))
			return false;
	}
	return value.len > 0;
}

static bool are_bare(const struct ps_bytes *value, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (!is_bare(value[i], true))
			return false;
	}
	return count > 0;
}

static void put_name(struct ps_record *record, const char *name)
{
	bool first = record->len == 0 ||
		     (record->form == PS_RECORD_JSON && record->len == 1);

	if (record->form == PS_RECORD_PAIRS) {
		if (!first && record->text[record->len - 1] != ' ')
			put_text(record, " ");
		put_text(record, name);
		put_text(record, "=");
		return;
	}
	put_text(record, first ? "\"" : ",\"");
	put_text(record, name);
	put_text(record, "\":");
}

/* Is there room for a name, what stands around its value, and least octets of
 * that?  Else it is left out. */
static bool fits(struct ps_record *record, const char *name, size_t least)
{
	if (room(record) >= strlen(name) + least + 8)
		return true;
	record->cut = true;
	return false;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

void ps_record_begin(struct ps_record *record, enum ps_record_form form)
{
	record->form = form;
	record->len = 0;
	record->cut = false;
	record->text[0] = '\0';
	if (form == PS_RECORD_JSON)
		put_text(record, "{");
}

void ps_record_head(struct ps_record *record, const char *name,
		    struct ps_bytes value, size_t max)
{
	if (record->form == PS_RECORD_JSON) {
		ps_record_text(record, name, value, max);
		return;
	}
	put_value(record, value, HEAD, false, smaller(max, room(record) - 2));
	put_text(record, ": ");
}

void ps_record_text(struct ps_record *record, const char *name,
		    struct ps_bytes value, size_t max)
{
	enum mode mode = record->form == PS_RECORD_JSON ? JSON
			 : is_bare(value, false)	? BARE
							: QUOTED;

	if (!fits(record, name, smaller(max, DOTS)))
		return;
	put_name(record, name);
	if (mode != BARE)
		put_text(record, "\"");
	put_value(record, value, mode, false, smaller(max, room(record) - 1));
	if (mode != BARE)
		put_text(record, "\"");
}

void ps_record_number(struct ps_record *record, const char *name,
		      unsigned long long number)
{
	char digits[24];

	(void)snprintf(digits, sizeof(digits), "%llu", number);
	if (!fits(record, name, strlen(digits)))
		return;
	put_name(record, name);
	put_text(record, digits);
}

/* What of a list does not fit is left out from its end. */
static void put_list(struct ps_record *record, const struct ps_bytes *value,
		     size_t count, enum mode mode, size_t max)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (room(record) < DOTS + 5) {
			record->cut = true;
			return;
		}
		if (i > 0)
			put_text(record, ",");
		if (mode == JSON)
			put_text(record, "\"");
		put_value(record, value[i], mode, true,
			  smaller(max, room(record) - 2));
		if (mode == JSON)
			put_text(record, "\"");
	}
}

void ps_record_list(struct ps_record *record, const char *name,
		    const struct ps_bytes *value, size_t count, size_t max)
{
	enum mode mode = record->form == PS_RECORD_JSON ? JSON
			 : are_bare(value, count)	? BARE
							: QUOTED;

	if (!fits(record, name, DOTS))
		return;
	put_name(record, name);
	if (mode != BARE)
		put_text(record, mode == JSON ? "[" : "\"");
	put_list(record, value, count, mode, max);
	if (mode != BARE)
		put_text(record, mode == JSON ? "]" : "\"");
}

const char *ps_record_end(struct ps_record *record)
{
	const char *cut = "";

	if (record->cut && record->form == PS_RECORD_JSON)
		cut = record->len == 1 ? "\"cut\":true" : ",\"cut\":true";
	else if (record->cut)
		cut = record->len == 0 ? "cut=yes" : " cut=yes";
	put_text(record, cut);
	if (record->form == PS_RECORD_JSON)
		put_text(record, "}");
	return record->text;
}
