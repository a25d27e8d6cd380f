/* rule_pattern.c - one regular expression. */

#include "core/rules/rule_pattern.h"

#include "core/rules/rule_text.h"
#include "core/text/buffer.h"

#include <string.h>

#define NEEDLE_MIN 3 /* octets; shorter ones are in too many texts */

/* What a pattern is read into: runs of plain octets. */
struct reader {
	struct ps_bytes text;
	size_t at;
	char run[256]; /* the present run; longer ones are cut in two */
	size_t len;
	bool plain;	    /* nothing but plain octets, ^ and $ */
	bool unknown;	    /* something that is not understood here */
	unsigned int depth; /* of groups: what is inside does not count */
	char best[256];
	size_t best_len;
};

static void end_run(struct reader *reader)
{
	if (reader->len > reader->best_len) {
		memcpy(reader->best, reader->run, reader->len);
		reader->best_len = reader->len;
	}
	reader->len = 0;
}

static char next(struct reader *reader)
{
	return reader->at < reader->text.len ? reader->text.at[reader->at]
					     : '\0';
}

static void add(struct reader *reader, char c)
{
	char then = next(reader);

	if (reader->depth > 0)
		return;
	/* What may be repeated zero times is not needed. */
	if (then == '*' || then == '?' || then == '{') {
		reader->plain = false;
		end_run(reader);
		return;
	}
	if (reader->len == sizeof(reader->run)) {
		reader->plain = false;
		end_run(reader);
	}
	reader->run[reader->len++] = ps_ascii_lower(c);
	if (then == '+') {
		reader->plain = false;
		end_run(reader);
	}
}

static void read_escape(struct reader *reader)
{
	char c = next(reader);

	if (c == '\0' || c == 'Q' || c == 'E' || c == 'x' || c == 'o' ||
	    c == 'N' || c == 'p' || c == 'P' || c == 'c' || c == 'k' ||
	    c == 'g' || (unsigned char)c > 0x7f) {
		reader->unknown = true;
		return;
	}
	reader->at++;
	if (ps_rule_is_word(c)) { /* \d, \b, ... */
		reader->plain = false;
		end_run(reader);
		if (ps_ascii_digit(c))
			reader->unknown = true;
		return;
	}
	add(reader, c);
}

/* Past the "]"; the "[" is read. */
static void read_class(struct reader *reader)
{
	reader->plain = false;
	end_run(reader);
	if (next(reader) == '^')
		reader->at++;
	if (next(reader) == ']')
		reader->at++;
	while (reader->at < reader->text.len && next(reader) != ']') {
		if (next(reader) == '[') /* [:alpha:], or a plain "[" */
			reader->unknown = true;
		reader->at += next(reader) == '\\' ? 2 : 1;
	}
	reader->at++;
}

static void read_special(struct reader *reader, char c)
{
	reader->plain = false;
	end_run(reader);
	if (c == '(') {
		reader->depth++;
		if (next(reader) == '?' || next(reader) == '*')
			reader->unknown = true;
	} else if (c == ')' && reader->depth > 0) {
		reader->depth--;
	} else if (c == '{') {
		while (ps_ascii_digit(next(reader)) || next(reader) == ',')
			reader->at++;
		if (next(reader) != '}')
			reader->unknown = true;
	}
}

/* Up to the end, or to a "|" outside of groups, which is left. */
static void read_branch(struct reader *reader)
{
	char c;

	reader->len = reader->best_len = 0;
	while (reader->at < reader->text.len && !reader->unknown) {
		c = reader->text.at[reader->at];
		if (c == '|' && reader->depth == 0)
			break;
		reader->at++;
		if (c == '\\')
			read_escape(reader);
		else if (c == '[')
			read_class(reader);
		else if (c == '\0' || strchr(".()*+?{}^$|", c) != NULL)
			read_special(reader, c);
		else
			add(reader, c);
	}
}

/* Plain text with perhaps a "^" before and a "$" behind. */
static bool take_plain(struct ps_rule_build *build, struct ps_bytes text,
		       struct ps_rule_pattern *pattern_r)
{
	struct reader reader = { .text = text, .plain = true };

	pattern_r->start = text.len > 0 && text.at[0] == '^';
	if (pattern_r->start) {
		reader.text.at++;
		reader.text.len--;
	}
	text = reader.text;
	pattern_r->end = text.len > 0 && text.at[text.len - 1] == '$' &&
			 (text.len < 2 || text.at[text.len - 2] != '\\');
	if (pattern_r->end)
		reader.text.len--;
	read_branch(&reader);
	if (!reader.plain || reader.unknown || reader.at < reader.text.len)
		return false;
	pattern_r->plain = ps_rule_copy(
		build, (struct ps_bytes){ reader.run, reader.len });
	return true;
}

static void find_needles(struct ps_rule_build *build,
			 struct ps_rule_pattern *pattern_r)
{
	struct reader reader = { .text = pattern_r->text };
	struct ps_bytes needle[PS_RULE_NEEDLES_MAX], *copy;
	size_t count = 0;

	for (;;) {
		read_branch(&reader);
		end_run(&reader);
		if (reader.unknown || reader.depth > 0 ||
		    reader.best_len < NEEDLE_MIN ||
		    count == PS_RULE_NEEDLES_MAX)
			return;
		needle[count++] = ps_rule_copy(
			build,
			(struct ps_bytes){ reader.best, reader.best_len });
		if (reader.at >= reader.text.len)
			break;
		reader.at++; /* "|" */
	}
	copy = ps_rule_alloc(build, count * sizeof(*copy));
	if (copy == NULL)
		return;
	memcpy(copy, needle, count * sizeof(*copy));
	pattern_r->needle = copy;
	pattern_r->needles = count;
}

static int compile(struct ps_rule_build *build,
		   struct ps_rule_pattern *pattern_r)
{
	const struct ps_rule_regex *port = build->options->regex;
	struct ps_rule_owned *owned = ps_rule_alloc(build, sizeof(*owned));
	char error[128];

	if (owned == NULL)
		return -1;
	owned->regex =
		port->compile(port->ctx, pattern_r->text, error, sizeof(error));
	if (owned->regex == NULL) {
		ps_rule_error(build, "bad-pattern", "pattern \"%.*s\": %s",
			      ps_rule_shown(pattern_r->text),
			      pattern_r->text.at, error);
		return -1;
	}
	owned->next = build->owned;
	build->owned = owned;
	pattern_r->regex = owned->regex;
	return 0;
}

int ps_rule_pattern_new(struct ps_rule_build *build, struct ps_bytes text,
			struct ps_rule_pattern *pattern_r)
{
	*pattern_r = (struct ps_rule_pattern){ .text = text };
	if (take_plain(build, text, pattern_r)) {
		if (build->no_memory)
			return -1;
		return 0;
	}
	if (compile(build, pattern_r) < 0)
		return -1;
	find_needles(build, pattern_r);
	return build->no_memory ? -1 : 0;
}

static bool plain_at(const char *text, struct ps_bytes lower, bool dots)
{
	size_t i;

	for (i = 0; i < lower.len; i++) {
		if (ps_ascii_lower(text[i]) != lower.at[i] &&
		    !(dots && lower.at[i] == '.'))
			return false;
	}
	return true;
}

size_t ps_rule_find_plain(struct ps_bytes text, struct ps_bytes lower,
			  bool dots)
{
	size_t at;

	for (at = 0; lower.len <= text.len && at <= text.len - lower.len;
	     at++) {
		if (plain_at(text.at + at, lower, dots))
			return at;
	}
	return text.len + 1;
}

int ps_rule_pattern_match(const struct ps_rule_options *options,
			  const struct ps_rule_pattern *pattern,
			  struct ps_bytes subject)
{
	struct ps_bytes plain = pattern->plain;

	if (plain.at == NULL)
		return options->regex->match(pattern->regex, subject);
	if (plain.len > subject.len)
		return 0;
	if (pattern->start && pattern->end)
		return plain.len == subject.len &&
		       plain_at(subject.at, plain, false);
	if (pattern->start)
		return plain_at(subject.at, plain, false);
	if (pattern->end)
		return plain_at(subject.at + subject.len - plain.len, plain,
				false);
	return ps_rule_find_plain(subject, plain, false) <= subject.len;
}
