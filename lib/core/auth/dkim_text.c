/* dkim_text.c - a signature field as it is written: its tags, folded. */

#include "core/auth/dkim_text.h"

#include "core/text/base64.h"

#include <string.h>

#define LINE_WIDTH   76 /* RFC 5322 2.1.1 asks for 78 */
#define FOLD_COLUMN  8	/* where a line goes on, behind its HTAB */
#define SIGNATURE_AT 12 /* octets that should be left behind "b=" */
#define HASH_AT	     50 /* "bh=" and a SHA-256 hash in one piece */

struct ps_dkim_text ps_dkim_text_begin(struct ps_buffer *out,
				       const char *field_name)
{
	return (struct ps_dkim_text){ out, strlen(field_name) + 1 };
}

static void add(struct ps_dkim_text *text, const char *word)
{
	ps_buffer_text(text->out, word);
	text->column += strlen(word);
}

/* Begin a new line when len more octets would not fit. */
static void fold(struct ps_dkim_text *text, size_t len)
{
	if (text->column + len <= LINE_WIDTH)
		return;
	ps_buffer_text(text->out, "\r\n\t");
	text->column = FOLD_COLUMN;
}

/* The same, and a space where the line goes on. */
static void separate(struct ps_dkim_text *text, size_t len)
{
	fold(text, len);
	if (text->column != FOLD_COLUMN)
		add(text, " ");
}

void ps_dkim_text_tag(struct ps_dkim_text *text, const char *name,
		      const char *value)
{
	separate(text, strlen(name) + strlen(value) + 3);
	add(text, name);
	add(text, "=");
	add(text, value);
	add(text, ";");
}

void ps_dkim_text_number(struct ps_dkim_text *text, const char *name,
			 uint64_t number)
{
	struct ps_buffer digits = PS_BUFFER(24);

	ps_buffer_number(&digits, number);
	ps_dkim_text_tag(text, name, ps_buffer_cstr(&digits));
	ps_buffer_free(&digits);
}

/* RFC 6376 3.5 */
void ps_dkim_text_names(struct ps_dkim_text *text, const char *names)
{
	size_t len = strcspn(names, ":");
	const char *start = "h=";

	separate(text, 3 + len);
	for (;;) {
		len = strcspn(names, ":");
		if (names[len] == ':')
			len++;
		fold(text, strlen(start) + len + 1);
		add(text, start);
		ps_buffer_add(text->out, names, len);
		text->column += len;
		names += len;
		if (*names == '\0')
			break;
		start = "";
	}
	add(text, ";");
}

static void add_base64(struct ps_dkim_text *text, const unsigned char *data,
		       size_t len)
{
	struct ps_buffer digits = PS_BUFFER(4096);
	size_t at, part;

	ps_base64_encode(&digits, data, len);
	for (at = 0; at < digits.len; at += part) {
		fold(text, 4);
		part = LINE_WIDTH - text->column;
		if (part > digits.len - at)
			part = digits.len - at;
		ps_buffer_add(text->out, digits.data + at, part);
		text->column += part;
	}
	if (digits.failed)
		text->out->failed = true;
	ps_buffer_free(&digits);
}

void ps_dkim_text_hash(struct ps_dkim_text *text, const unsigned char *digest,
		       size_t len)
{
	separate(text, HASH_AT);
	add(text, "bh=");
	add_base64(text, digest, len);
	add(text, ";");
}

void ps_dkim_text_open(struct ps_dkim_text *text)
{
	separate(text, SIGNATURE_AT);
	add(text, "b=");
}

void ps_dkim_text_signature(struct ps_dkim_text *text,
			    const unsigned char *signature, size_t len)
{
	add_base64(text, signature, len);
}
