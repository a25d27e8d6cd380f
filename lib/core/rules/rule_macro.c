/* rule_macro.c - macros: &&NAME { text }; and &&NAME. */

#include "core/rules/rule_text.h"

#include "core/text/buffer.h"
#include "core/text/cursor.h"

#include <string.h>

#define EXPANSIONS_MAX 1000 /* in one rule; ours */

struct macro {
	struct macro *next;
	struct ps_bytes name; /* with its "&&" */
	struct ps_bytes text;
};

static bool is_name(char c)
{
	return ps_rule_is_word(c) || c == '-';
}

/* The first &&NAME at or behind at, by its position; len when there is none. */
static size_t find_name(struct ps_bytes text, size_t at, size_t *len_r)
{
	size_t end;

	for (; at + 2 < text.len; at++) {
		if (text.at[at] != '&' || text.at[at + 1] != '&' ||
		    !is_name(text.at[at + 2]))
			continue;
		for (end = at + 2; end < text.len && is_name(text.at[end]);)
			end++;
		*len_r = end - at;
		return at;
	}
	return text.len;
}

/* &&NAME { text }; and nothing else. */
static bool is_definition(struct ps_bytes line, struct ps_bytes *name_r,
			  struct ps_bytes *text_r)
{
	struct ps_bytes text = ps_rule_trim(line);
	struct ps_cursor cursor;
	size_t len;

	if (find_name(text, 0, &len) != 0 || text.len == 0)
		return false;
	*name_r = (struct ps_bytes){ text.at, len };
	text.at += len;
	text.len -= len;
	cursor = ps_cursor_of(text);
	(void)ps_cursor_take(&cursor, PS_RULE_SPACE);
	if (!ps_cursor_skip(&cursor, '{'))
		return false;
	text = ps_cursor_rest(&cursor);
	while (text.len > 0 && (ps_rule_is_space(text.at[text.len - 1]) ||
				text.at[text.len - 1] == ';'))
		text.len--;
	if (text.len == 0 || text.at[text.len - 1] != '}')
		return false;
	text.len--;
	text = ps_rule_trim(text);
	if (text.len > 0 && text.at[text.len - 1] == ';')
		text.len--;
	*text_r = ps_rule_trim(text);
	return true;
}

static const struct macro *find(const struct macro *macros,
				struct ps_bytes name)
{
	/* The last definition stands first. */
	for (; macros != NULL; macros = macros->next) {
		if (ps_bytes_equal(macros->name, name))
			return macros;
	}
	return NULL;
}

/* name, and the white space around it, by text: everywhere; whole: not where
 * it is the beginning of a longer name. */
static void replace(struct ps_bytes from, struct ps_bytes name,
		    struct ps_bytes text, bool whole, struct ps_buffer *out)
{
	size_t at = 0, end;
	const char *sign;
	bool here;

	while (at < from.len) {
		sign = memchr(from.at + at, name.at[0], from.len - at);
		end = sign == NULL ? from.len : (size_t)(sign - from.at);
		ps_buffer_add(out, from.at + at, end - at);
		at = end;
		end = at + name.len;
		here = from.len - at >= name.len &&
		       memcmp(from.at + at, name.at, name.len) == 0;
		if (here && whole && end < from.len && is_name(from.at[end]))
			here = false;
		if (!here && at < from.len)
			ps_buffer_char(out, from.at[at++]);
		if (!here)
			continue;
		while (out->len > 0 && !out->failed &&
		       ps_rule_is_space(out->data[out->len - 1]))
			out->len--;
		ps_buffer_bytes(out, text);
		while (end < from.len && ps_rule_is_space(from.at[end]))
			end++;
		at = end;
	}
}

/* Does another, longer macro's name begin like this one here? */
static void warn_prefix(struct ps_rule_build *build, struct ps_bytes line,
			struct ps_bytes name)
{
	size_t at = 0, len;

	for (; (at = find_name(line, at, &len)) < line.len; at += len) {
		if (len > name.len &&
		    memcmp(line.at + at, name.at, name.len) == 0) {
			ps_rule_warn(build, "macro-prefix",
				     "postfwd puts the text of %.*s also into "
				     "%.*s: give one of them another name",
				     ps_rule_shown(name), name.at,
				     ps_rule_shown((struct ps_bytes){
					     line.at + at, len }),
				     line.at + at);
			return;
		}
	}
}

/* As it would be found only after EXPANSIONS_MAX of them. */
static bool holds_itself(const struct macro *macro)
{
	size_t at = 0, len;

	for (; (at = find_name(macro->text, at, &len)) < macro->text.len;
	     at += len) {
		if (ps_bytes_equal(
			    (struct ps_bytes){ macro->text.at + at, len },
			    macro->name))
			return true;
	}
	return false;
}

/* False: the rule is left out. */
static bool expand(struct ps_rule_build *build, const struct macro *macros,
		   struct ps_rule_line *line)
{
	struct ps_buffer out = PS_BUFFER(PS_RULE_LINE_MAX);
	const struct macro *macro;
	unsigned int count = 0;
	struct ps_bytes name;
	size_t at;

	while ((at = find_name(line->text, 0, &name.len)) < line->text.len) {
		name.at = line->text.at + at;
		macro = find(macros, name);
		if (macro == NULL) {
			ps_rule_warn(build, "undefined-macro",
				     "%.*s is not defined: the rule is left "
				     "out; define it above",
				     ps_rule_shown(name), name.at);
			break;
		}
		warn_prefix(build, line->text, name);
		ps_buffer_reset(&out);
		replace(line->text, macro->name, macro->text, !build->strict,
			&out);
		build->no_memory = build->no_memory || out.no_memory;
		if (build->no_memory)
			break;
		if (out.failed || ++count > EXPANSIONS_MAX ||
		    holds_itself(macro)) {
			ps_rule_refuse(build, "endless-macro",
				       "%.*s holds itself, or the rule becomes "
				       "too long",
				       ps_rule_shown(name), name.at);
			break;
		}
		line->text = ps_rule_copy(
			build,
			(struct ps_bytes){ ps_buffer_cstr(&out), out.len });
		if (build->no_memory)
			break;
	}
	ps_buffer_free(&out);
	return at == line->text.len;
}

void ps_rule_macros(struct ps_rule_build *build, struct ps_rule_line **lines)
{
	struct macro *macros = NULL, *macro;
	struct ps_bytes name, text;
	struct ps_rule_line *line;

	while ((line = *lines) != NULL && !build->no_memory) {
		build->line = line->line;
		if (is_definition(line->text, &name, &text)) {
			macro = ps_rule_alloc(build, sizeof(*macro));
			if (macro == NULL)
				return;
			*macro = (struct macro){ macros, name, text };
			macros = macro;
		} else if (expand(build, macros, line)) {
			lines = &line->next;
			continue;
		}
		*lines = line->next;
	}
}
