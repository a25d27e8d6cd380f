/* config_scan.c - the shape of the configuration, before libconfuse reads it.
 */

#include "directory/config_scan.h"

#include "core/text/cursor.h"
#include "directory/config_table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SECTIONS_MAX 32 /* more than there are */
#define ADDS_REASON  "+= is not used here: write the whole value once"

enum token { END, WORD, STRING, EQUALS, OPEN, CLOSE, COMMA, BAD };

struct scan {
	const char *path;
	struct ps_cursor cursor;
	unsigned int line;     /* of the token just taken */
	struct ps_bytes token; /* WORD, STRING: its text */
	struct ps_bytes section;
	struct ps_bytes seen[SECTIONS_MAX];
	size_t seen_count;
	unsigned int *setting_line;
	char *error;
};

static bool fail(struct scan *scan, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static bool fail(struct scan *scan, const char *format, ...)
{
	va_list args;
	int len;

	if (scan->error[0] != '\0')
		return false;
	len = snprintf(scan->error, PS_CONFIG_ERROR_MAX, "%s:%u: ", scan->path,
		       scan->line);
	if (len < 0 || len >= PS_CONFIG_ERROR_MAX)
		return false;
	va_start(args, format);
	(void)vsnprintf(scan->error + len, (size_t)(PS_CONFIG_ERROR_MAX - len),
			format, args);
	va_end(args);
	return false;
}

static int next(struct scan *scan)
{
	int c = ps_cursor_next(&scan->cursor);

	if (c == '\n')
		scan->line++;
	return c;
}

static bool skip_block_comment(struct scan *scan)
{
	unsigned int line = scan->line;
	int c, before = 0;

	while ((c = next(scan)) != -1) {
		if (before == '*' && c == '/')
			return true;
		before = c;
	}
	scan->line = line;
	return fail(scan, "the comment that begins here has no end");
}

/* White space and comments; false when a comment has no end. */
static bool skip_blank(struct scan *scan)
{
	while (!ps_cursor_done(&scan->cursor)) {
		if (ps_cursor_peek(&scan->cursor) == '#' ||
		    ps_cursor_skip_text(&scan->cursor, "//"))
			(void)ps_cursor_until(&scan->cursor, "\n");
		else if (ps_cursor_skip_text(&scan->cursor, "/*")) {
			if (!skip_block_comment(scan))
				return false;
		} else if (strchr(" \t\r\n", ps_cursor_peek(&scan->cursor)))
			(void)next(scan);
		else
			break;
	}
	return true;
}

static enum token bad(struct scan *scan, const char *reason)
{
	(void)fail(scan, "%s", reason);
	return BAD;
}

static enum token take_string(struct scan *scan, int quote)
{
	unsigned int line = scan->line;
	int c;

	scan->token.at = scan->cursor.at;
	while ((c = next(scan)) != -1) {
		if (c == quote) {
			scan->token.len =
				(size_t)(scan->cursor.at - 1 - scan->token.at);
			return STRING;
		}
		if (c != '\\')
			continue;
		c = next(scan);
		if (quote == '"' && (c == 'x' || ps_ascii_digit((char)c)))
			return bad(scan, "\\x and \\0 are not used here: write "
					 "the character itself");
	}
	scan->line = line;
	return bad(scan, "the quoted text that begins here has no end");
}

static enum token take_token(struct scan *scan)
{
	int c;

	if (!skip_blank(scan))
		return BAD;
	c = ps_cursor_peek(&scan->cursor);
	if (c == -1)
		return END;
	if (strchr("\"'={},", c) == NULL) {
		scan->token = ps_cursor_until(&scan->cursor, " \t\r\n\"'={},#");
		return WORD;
	}
	(void)next(scan);
	switch (c) {
	case '=':
		return EQUALS;
	case '{':
		return OPEN;
	case '}':
		return CLOSE;
	case ',':
		return COMMA;
	}
	return take_string(scan, c);
}

/* libconfuse would cut the value there, in silence at its beginning. */
static bool is_plain(struct scan *scan, enum token token, const char *name)
{
	struct ps_bytes word = scan->token;
	size_t i;

	for (i = 0; token == WORD && i < word.len; i++) {
		if (strchr("()*+", word.at[i]) != NULL)
			return fail(scan,
				    "setting %s: a value with %c needs quotes",
				    name, word.at[i]);
	}
	return true;
}

/* A value, or several in braces where the setting is a list. */
static bool scan_value(struct scan *scan, const char *name, size_t i)
{
	enum token token = take_token(scan);

	if (token != OPEN)
		return token == WORD || token == STRING
			       ? is_plain(scan, token, name)
			       : fail(scan, "setting %s has no value", name);
	if (!ps_setting_is_list(i))
		return fail(scan, "setting %s takes one value, no list", name);
	token = take_token(scan);
	while (token == WORD || token == STRING) {
		if (!is_plain(scan, token, name))
			return false;
		token = take_token(scan);
		if (token == COMMA)
			token = take_token(scan);
		else if (token != CLOSE)
			return fail(scan, "setting %s: a comma or } is missing",
				    name);
	}
	return token == CLOSE ||
	       fail(scan, "setting %s: the list has no closing }", name);
}

static void full_name(const struct scan *scan, struct ps_bytes name,
		      char text_r[128])
{
	snprintf(text_r, 128, "%.*s%s%.*s", (int)scan->section.len,
		 scan->section.len == 0 ? "" : scan->section.at,
		 scan->section.len == 0 ? "" : ".",
		 (int)(name.len < 60 ? name.len : 60), name.at);
}

static bool scan_setting(struct scan *scan, struct ps_bytes name)
{
	bool adds = name.len > 0 && name.at[name.len - 1] == '+';
	char text[128];
	size_t i;

	full_name(scan, name, text);
	if (adds)
		return fail(scan, ADDS_REASON);
	i = ps_setting_find(scan->section.at, scan->section.len, name.at,
			    name.len);
	if (i == ps_settings_count)
		return fail(scan, "unknown setting %s", text);
	if (scan->setting_line[i] != 0)
		return fail(scan, "setting %s stands already in line %u", text,
			    scan->setting_line[i]);
	scan->setting_line[i] = scan->line;
	return scan_value(scan, text, i);
}

static bool known_section(struct ps_bytes name)
{
	size_t i;

	for (i = 0; i < ps_settings_count; i++) {
		if (name.len > 0 &&
		    ps_bytes_equal(ps_bytes_of(ps_settings[i].section), name))
			return true;
	}
	return false;
}

static bool open_section(struct scan *scan, struct ps_bytes name)
{
	size_t i;

	if (scan->section.len > 0 || !known_section(name))
		return fail(scan, "unknown section %.*s",
			    (int)(name.len < 60 ? name.len : 60), name.at);
	for (i = 0; i < scan->seen_count; i++) {
		if (ps_bytes_equal(scan->seen[i], name))
			return fail(scan, "section %.*s stands here twice",
				    (int)name.len, name.at);
	}
	if (scan->seen_count < SECTIONS_MAX)
		scan->seen[scan->seen_count++] = name;
	scan->section = name;
	return true;
}

static bool scan_items(struct scan *scan)
{
	struct ps_bytes name;
	enum token token;

	for (;;) {
		token = take_token(scan);
		if (token == END)
			return scan->section.len == 0 ||
			       fail(scan, "section %.*s has no closing }",
				    (int)scan->section.len, scan->section.at);
		if (token == CLOSE && scan->section.len > 0) {
			scan->section = (struct ps_bytes){ "", 0 };
			continue;
		}
		if (token != WORD)
			return fail(scan, "a setting or section is expected");
		name = scan->token;
		token = take_token(scan);
		if (token == WORD && ps_bytes_equal(scan->token, PS_BYTES("+")))
			return fail(scan, ADDS_REASON);
		if (token == EQUALS ? !scan_setting(scan, name)
		    : token == OPEN
			    ? !open_section(scan, name)
			    : !fail(scan, "%.*s needs = or {",
				    (int)(name.len < 60 ? name.len : 60),
				    name.at))
			return false;
	}
}

/* libconfuse would put the environment there, even of the host's process. */
static bool check_octets(struct scan *scan, struct ps_bytes text)
{
	size_t i;

	for (i = 0; i < text.len; i++) {
		if (text.at[i] == '\n')
			scan->line++;
		if (text.at[i] == '\0')
			return fail(scan, "a NUL octet: this is no text file");
		if (text.at[i] == '$' && i + 1 < text.len &&
		    text.at[i + 1] == '{')
			return fail(scan, "${ is not expanded and not allowed");
	}
	scan->line = 1;
	return true;
}

bool ps_config_scan(const char *path, struct ps_bytes text,
		    unsigned int *line_r, char error_r[PS_CONFIG_ERROR_MAX])
{
	struct scan scan = { .path = path,
			     .cursor = ps_cursor_of(text),
			     .line = 1,
			     .section = { "", 0 },
			     .setting_line = line_r,
			     .error = error_r };

	error_r[0] = '\0';
	memset(line_r, 0, ps_settings_count * sizeof(*line_r));
	return check_octets(&scan, text) && scan_items(&scan);
}
