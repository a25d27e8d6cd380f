/* rule_text.c - lines of a rule file: continued, without comments. */

#include "core/rules/rule_text.h"

#include "core/text/buffer.h"
#include "core/text/cursor.h"

#include <string.h>

struct reader {
	struct ps_rule_build *build;
	struct ps_rule_line *first, **end;
	struct ps_buffer rule;	  /* may still go on */
	struct ps_buffer pending; /* lines that end in "\" or "{" */
	unsigned int rule_line, pending_line;
};

bool ps_rule_is_space(char c)
{
	return c != '\0' && strchr(PS_RULE_SPACE, c) != NULL;
}

bool ps_rule_is_word(char c)
{
	return ps_ascii_alpha(c) || ps_ascii_digit(c) || c == '_';
}

static struct ps_bytes trim_end(struct ps_bytes text)
{
	while (text.len > 0 && ps_rule_is_space(text.at[text.len - 1]))
		text.len--;
	return text;
}

struct ps_bytes ps_rule_trim(struct ps_bytes text)
{
	while (text.len > 0 && ps_rule_is_space(text.at[0])) {
		text.at++;
		text.len--;
	}
	return trim_end(text);
}

static char last_of(struct ps_bytes text)
{
	return text.len == 0 ? '\0' : text.at[text.len - 1];
}

static struct ps_bytes bytes_of(const struct ps_buffer *buffer)
{
	return (struct ps_bytes){ ps_buffer_cstr(buffer), buffer->len };
}

/* The rule is complete. */
static void keep(struct reader *reader)
{
	struct ps_rule_line *line;

	if (reader->rule.no_memory) {
		reader->build->no_memory = true;
	} else if (reader->rule.failed) {
		reader->build->line = reader->rule_line;
		ps_rule_error(reader->build, "too-long",
			      "a rule of more than %d octets",
			      PS_RULE_LINE_MAX);
	} else if (reader->rule.len > 0) {
		line = ps_rule_alloc(reader->build, sizeof(*line));
		if (line == NULL)
			return;
		line->line = reader->rule_line;
		line->text =
			ps_rule_copy(reader->build, bytes_of(&reader->rule));
		*reader->end = line;
		reader->end = &line->next;
	}
	ps_buffer_reset(&reader->rule);
}

/* What is pending goes on with the rule before it, or begins another. */
static void add_pending(struct reader *reader)
{
	struct ps_bytes text = bytes_of(&reader->pending);
	bool goes_on = reader->rule.len > 0 && text.len > 0 &&
		       (text.at[0] == '}' || ps_rule_is_space(text.at[0]));

	if (!goes_on) {
		keep(reader);
		reader->rule_line = reader->pending_line;
	} else if (last_of(trim_end(bytes_of(&reader->rule))) != ';') {
		ps_buffer_char(&reader->rule, ';');
	}
	ps_buffer_bytes(&reader->rule, text);
	reader->rule.failed |= reader->pending.failed;
	reader->rule.no_memory |= reader->pending.no_memory;
	ps_buffer_reset(&reader->pending);
}

static void take_line(struct reader *reader, struct ps_bytes raw,
		      unsigned int number)
{
	struct ps_bytes text = { raw.at, 0 };
	size_t before = reader->pending.len, i;
	char end;

	for (i = 0; i < raw.len && raw.at[i] != '#'; i++)
		text.len++;
	if (reader->pending.len == 0)
		reader->pending_line = number;
	for (i = 0; i < text.len; i++) {
		if (text.at[i] != '"')
			ps_buffer_char(&reader->pending, text.at[i]);
	}
	text = bytes_of(&reader->pending);
	text.at += before;
	text.len -= before;
	text = trim_end(text);
	end = last_of(text);
	/* Blank: as if it were not there. */
	if (text.len == 0 && !reader->pending.failed) {
		reader->pending.len = before;
		return;
	}
	if (end == '\\')
		text.len--;
	if (end == '\\' || end == '{') {
		reader->pending.len = before + text.len;
		return;
	}
	add_pending(reader);
}

struct ps_rule_line *ps_rule_lines(struct ps_rule_build *build,
				   struct ps_bytes text)
{
	struct reader reader = {
		.build = build,
		.rule = PS_BUFFER(PS_RULE_LINE_MAX),
		.pending = PS_BUFFER(PS_RULE_LINE_MAX),
	};
	struct ps_cursor cursor = ps_cursor_of(text);
	unsigned int number = 0;

	reader.end = &reader.first;
	while (!ps_cursor_done(&cursor)) {
		struct ps_bytes line = ps_cursor_until(&cursor, "\n");

		(void)ps_cursor_skip(&cursor, '\n');
		take_line(&reader, line, ++number);
	}
	keep(&reader);
	if (reader.pending.len > 0) {
		build->line = reader.pending_line;
		ps_rule_refuse(build, "unfinished",
			       "the file ends where a line goes on (\"\\\" or "
			       "\"{\")");
	}
	ps_buffer_free(&reader.rule);
	ps_buffer_free(&reader.pending);
	return reader.first;
}
