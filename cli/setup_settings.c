/* setup_settings.c - where a setting stands, or would, in postseal.conf. */

#include "cli/setup_settings.h"

#include <string.h>

#define BLANKS "\n \t\r"

struct search {
	struct ps_bytes text, section, name;
	struct ps_cursor at;
	struct ps_bytes inside; /* the section at at; "" none */
	bool seen;		/* the section wanted */
	bool found;
	struct ps_bytes set; /* from its name to the end of its value */
	const char *hint;    /* behind the comment, or where it opens */
	bool hint_is_comment, in_value;
};

static void note_comment(struct search *search, struct ps_bytes comment)
{
	struct ps_cursor cursor = ps_cursor_of(comment);

	ps_cursor_skip_blank(&cursor);
	if (search->hint_is_comment || search->in_value ||
	    !ps_bytes_equal(search->inside, search->section) ||
	    !ps_bytes_equal(ps_cursor_until(&cursor, BLANKS "="), search->name))
		return;
	ps_cursor_skip_blank(&cursor);
	if (!ps_cursor_skip(&cursor, '='))
		return;
	search->hint = comment.at + comment.len;
	search->hint_is_comment = true;
}

/* Blanks and comments.  False: the text is over. */
static bool skip_idle(struct search *search)
{
	struct ps_cursor *at = &search->at;

	for (;;) {
		ps_cursor_take(at, BLANKS);
		if (ps_cursor_done(at))
			return false;
		if (ps_cursor_skip(at, '#') || ps_cursor_skip_text(at, "//")) {
			note_comment(search, ps_cursor_until(at, "\n"));
		} else if (ps_cursor_skip_text(at, "/*")) {
			while (!ps_cursor_done(at) &&
			       !ps_cursor_skip_text(at, "*/"))
				(void)ps_cursor_next(at);
		} else {
			return true;
		}
	}
}

/* A quoted text, a mark, or a word. */
static struct ps_bytes take_token(struct search *search)
{
	const char *from = search->at.at;
	int c, quote = ps_cursor_next(&search->at);

	if (quote == '"' || quote == '\'') {
		while ((c = ps_cursor_next(&search->at)) >= 0 && c != quote)
			if (c == '\\')
				(void)ps_cursor_next(&search->at);
	} else if (strchr("{}=,", quote) == NULL) {
		(void)ps_cursor_until(&search->at, BLANKS "{}=,#\"'");
	}
	return (struct ps_bytes){ from, (size_t)(search->at.at - from) };
}

static bool is(struct ps_bytes token, const char *text)
{
	return ps_bytes_equal(token, ps_bytes_of(text));
}

/* One value, or { values }. */
static void skip_value(struct search *search)
{
	if (!skip_idle(search) || !is(take_token(search), "{"))
		return;
	while (skip_idle(search) && !is(take_token(search), "}"))
		;
}

static void scan(struct search *search)
{
	struct ps_bytes word = { "", 0 }, token;
	bool wanted;

	while (skip_idle(search)) {
		token = take_token(search);
		wanted = ps_bytes_equal(search->inside, search->section);
		if (is(token, "{")) {
			search->inside = word;
			if (!ps_bytes_equal(word, search->section))
				continue;
			search->seen = true;
			search->hint = search->at.at;
		} else if (is(token, "}")) {
			search->inside = (struct ps_bytes){ "", 0 };
		} else if (is(token, "=")) {
			search->in_value = true;
			skip_value(search);
			search->in_value = false;
			if (!wanted || !ps_bytes_equal(word, search->name))
				continue;
			search->found = true;
			search->set.at = word.at;
			search->set.len = (size_t)(search->at.at - word.at);
		} else {
			word = token;
		}
	}
}

/* Whole lines around part.  False: there is more than blanks beside it. */
static bool whole_lines(struct ps_bytes text, struct ps_bytes part,
			struct ps_span *span_r)
{
	size_t from = (size_t)(part.at - text.at), to = from + part.len;

	while (from > 0 && text.at[from - 1] != '\n' &&
	       strchr(" \t", text.at[from - 1]) != NULL)
		from--;
	while (to < text.len && text.at[to] != '\n' &&
	       strchr(" \t\r", text.at[to]) != NULL)
		to++;
	if ((from > 0 && text.at[from - 1] != '\n') ||
	    (to < text.len && text.at[to] != '\n'))
		return false;
	to += to < text.len;
	*span_r = (struct ps_span){ from, to - from };
	return true;
}

enum ps_place ps_settings_find(struct ps_bytes text, struct ps_bytes section,
			       struct ps_bytes name, struct ps_span *span_r)
{
	struct search search = { .text = text,
				 .section = section,
				 .name = name,
				 .at = ps_cursor_of(text),
				 .inside = { "", 0 },
				 .seen = section.len == 0,
				 .hint = section.len == 0 ? text.at : NULL };
	const char *end;

	*span_r = (struct ps_span){ text.len, 0 };
	scan(&search);
	if (search.found)
		return whole_lines(text, search.set, span_r) ? PS_PLACE_SET
							     : PS_PLACE_SHARED;
	if (!search.seen)
		return PS_PLACE_SECTION;
	if (search.hint == text.at) {
		span_r->at = 0;
		return PS_PLACE_FREE;
	}
	/* Behind the line of the hint, if nothing else stands on it. */
	end = search.hint;
	while (end < text.at + text.len && *end != '\n' &&
	       strchr(" \t\r", *end) != NULL)
		end++;
	if (end == text.at + text.len || *end != '\n')
		return PS_PLACE_SHARED;
	span_r->at = (size_t)(end + 1 - text.at);
	return PS_PLACE_FREE;
}
