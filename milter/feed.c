/* feed.c - a whole message into a session, cut up as Postfix does it. */

#include "milter/feed.h"

#include "core/text/buffer.h"
#include "core/text/cursor.h"
#include "core/text/fields.h"

/* The next line, without its end; *text moves past it. */
static struct ps_bytes take_line(struct ps_bytes *text)
{
	const char *lf = ps_bytes_find(*text, '\n');
	struct ps_bytes line = *text;

	if (lf != NULL)
		line.len = (size_t)(lf - text->at);
	text->at += line.len + (lf != NULL);
	text->len -= line.len + (lf != NULL);
	if (lf != NULL && line.len > 0 && line.at[line.len - 1] == '\r')
		line.len--;
	return line;
}

static bool is_blank(int c)
{
	return c == ' ' || c == '\t';
}

/* RFC 5322 2.2, 4.5: printable octets but ":", perhaps blanks, ":". */
static bool split(struct ps_bytes line, struct ps_bytes *name_r,
		  struct ps_bytes *value_r)
{
	struct ps_cursor cursor = ps_cursor_of(line);
	const char *end;

	*name_r = line;
	while (ps_cursor_peek(&cursor) > ' ' &&
	       ps_cursor_peek(&cursor) < 0x7f && ps_cursor_peek(&cursor) != ':')
		(void)ps_cursor_next(&cursor);
	end = ps_cursor_rest(&cursor).at;
	ps_cursor_skip_blank(&cursor);
	name_r->len = (size_t)(ps_cursor_rest(&cursor).at - line.at);
	if (end == line.at || !ps_cursor_skip(&cursor, ':'))
		return false;
	*value_r = ps_cursor_rest(&cursor);
	return true;
}

/* As written in the file to as a milter is sent it: LF before each folded line,
 * and nothing behind a NUL. */
static struct ps_bytes sent_value(struct ps_bytes written,
				  struct ps_buffer *memory)
{
	struct ps_bytes value = written;
	const char *nul;

	ps_buffer_reset(memory);
	ps_buffer_bytes(memory, take_line(&written));
	while (written.len > 0) {
		ps_buffer_char(memory, '\n');
		ps_buffer_bytes(memory, take_line(&written));
	}
	/* More than a session keeps: it is to see that. */
	if (!memory->failed)
		value = (struct ps_bytes){ ps_buffer_cstr(memory),
					   memory->len };
	nul = ps_bytes_find(value, '\0');
	if (nul != NULL)
		value.len = (size_t)(nul - value.at);
	return value;
}

static void feed_header(struct ps_session *session, struct ps_bytes *text)
{
	struct ps_buffer memory = PS_BUFFER(PS_FIELDS_OCTETS_MAX);
	struct ps_bytes rest = *text, name, value;

	while (rest.len > 0 && split(take_line(&rest), &name, &value)) {
		while (rest.len > 0 && is_blank(*rest.at))
			(void)take_line(&rest);
		value.len = (size_t)(rest.at - value.at);
		ps_session_header(session, name, sent_value(value, &memory));
		*text = rest;
	}
	ps_buffer_free(&memory);
}

static bool is_mailbox_line(struct ps_bytes text)
{
	struct ps_bytes mark = PS_BYTES("From ");

	return text.len >= mark.len &&
	       ps_bytes_equal((struct ps_bytes){ text.at, mark.len }, mark);
}

void ps_session_feed(struct ps_session *session, struct ps_bytes message)
{
	struct ps_bytes rest, line;

	while (is_mailbox_line(message))
		(void)take_line(&message);
	feed_header(session, &message);
	rest = message;
	if (rest.len > 0 && take_line(&rest).len == 0)
		message = rest;
	while (message.len > 0) {
		line = take_line(&message);
		ps_session_body(session, line.at, line.len);
		ps_session_body(session, "\r\n", 2);
	}
}
