/* exposition.c - numbers in Prometheus's text format, version 0.0.4. */

#include "milter/exposition.h"

#include "core/text/utf8.h"

#include <stdio.h>
#include <string.h>

void ps_exposition_family(struct ps_buffer *out, const char *name,
			  const char *type, const char *help)
{
	ps_buffer_text(out, "# HELP ");
	ps_buffer_text(out, name);
	ps_buffer_char(out, ' ');
	ps_buffer_text(out, help);
	ps_buffer_text(out, "\n# TYPE ");
	ps_buffer_text(out, name);
	ps_buffer_char(out, ' ');
	ps_buffer_text(out, type);
	ps_buffer_char(out, '\n');
}

/* Octets taken. */
static size_t add_character(struct ps_buffer *out, const char *at, size_t left)
{
	size_t len = (unsigned char)*at > 0x7f ? ps_utf8_length(at, left) : 1;
	char hex[8];

	if (*at == '"' || *at == '\\') {
		ps_buffer_char(out, '\\');
		ps_buffer_char(out, *at);
	} else if (*at == '\n') {
		ps_buffer_text(out, "\\n");
	} else if (len == 0 || (*at >= 0 && *at < ' ') || *at == 0x7f) {
		(void)snprintf(hex, sizeof(hex), "\\\\x%02x",
			       (unsigned int)(unsigned char)*at);
		ps_buffer_text(out, hex);
	} else {
		ps_buffer_add(out, at, len);
	}
	return len == 0 ? 1 : len;
}

static void add_labels(struct ps_buffer *out, const struct ps_label *labels)
{
	const char *at, *end;
	char before = '{';

	for (; labels != NULL && labels->name != NULL; labels++) {
		ps_buffer_char(out, before);
		before = ',';
		ps_buffer_text(out, labels->name);
		ps_buffer_text(out, "=\"");
		at = labels->value;
		end = at + strlen(at);
		while (at < end)
			at += add_character(out, at, (size_t)(end - at));
		ps_buffer_char(out, '"');
	}
	if (before == ',')
		ps_buffer_char(out, '}');
}

static void add_sample(struct ps_buffer *out, const char *name,
		       const char *suffix, const struct ps_label *labels)
{
	ps_buffer_text(out, name);
	ps_buffer_text(out, suffix);
	add_labels(out, labels);
	ps_buffer_char(out, ' ');
}

void ps_exposition_sample(struct ps_buffer *out, const char *name,
			  const char *suffix, const struct ps_label *labels,
			  unsigned long long value)
{
	add_sample(out, name, suffix, labels);
	ps_buffer_number(out, value);
	ps_buffer_char(out, '\n');
}

const char *ps_exposition_seconds_text(uint64_t microseconds,
				       char text_r[PS_EXPOSITION_SECONDS_MAX])
{
	size_t len;

	(void)snprintf(text_r, PS_EXPOSITION_SECONDS_MAX, "%llu.%06llu",
		       (unsigned long long)(microseconds / 1000000),
		       (unsigned long long)(microseconds % 1000000));
	len = strlen(text_r);
	while (text_r[len - 1] == '0')
		text_r[--len] = '\0';
	if (text_r[len - 1] == '.')
		text_r[--len] = '\0';
	return text_r;
}

void ps_exposition_seconds(struct ps_buffer *out, const char *name,
			   const char *suffix, const struct ps_label *labels,
			   uint64_t microseconds)
{
	char text[PS_EXPOSITION_SECONDS_MAX];

	add_sample(out, name, suffix, labels);
	ps_buffer_text(out, ps_exposition_seconds_text(microseconds, text));
	ps_buffer_char(out, '\n');
}
