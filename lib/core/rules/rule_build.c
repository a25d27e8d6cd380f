/* rule_build.c - what the parts of one compilation share. */

#include "core/rules/rule_build.h"

#include <stdarg.h>
#include <stdio.h>

#define SHOWN_MAX 120 /* octets of a rule file quoted in one sentence */

static void say(struct ps_rule_build *build, enum ps_rule_level level,
		const char *code, const char *format, va_list list)
	__attribute__((format(printf, 4, 0)));

static void say(struct ps_rule_build *build, enum ps_rule_level level,
		const char *code, const char *format, va_list list)
{
	const struct ps_rule_report *report = build->options->report;
	char text[PS_RULE_SAY_MAX];
	struct ps_rule_finding finding = {
		.level = level,
		.file = build->file,
		.line = build->line,
		.code = code,
		.text = text,
	};
	char *at;

	if (level == PS_RULE_ERROR)
		build->errors++;
	if (report == NULL)
		return;
	vsnprintf(text, sizeof(text), format, list);
	for (at = text; *at != '\0'; at++) {
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
	}
	report->say(report->ctx, &finding);
}

void ps_rule_error(struct ps_rule_build *build, const char *code,
		   const char *format, ...)
{
	va_list list;

	va_start(list, format);
	say(build, PS_RULE_ERROR, code, format, list);
	va_end(list);
}

void ps_rule_warn(struct ps_rule_build *build, const char *code,
		  const char *format, ...)
{
	va_list list;

	va_start(list, format);
	say(build, PS_RULE_WARNING, code, format, list);
	va_end(list);
}

void ps_rule_refuse(struct ps_rule_build *build, const char *code,
		    const char *format, ...)
{
	va_list list;

	va_start(list, format);
	say(build, build->strict ? PS_RULE_WARNING : PS_RULE_ERROR, code,
	    format, list);
	va_end(list);
}

void *ps_rule_alloc(struct ps_rule_build *build, size_t size)
{
	void *data = ps_arena_alloc(build->arena, size);

	if (data == NULL)
		build->no_memory = true;
	return data;
}

struct ps_bytes ps_rule_copy(struct ps_rule_build *build, struct ps_bytes text)
{
	char *copy = ps_arena_copy(build->arena, text.at, text.len);

	if (copy == NULL)
		build->no_memory = true;
	return (struct ps_bytes){ copy, copy == NULL ? 0 : text.len };
}

int ps_rule_shown(struct ps_bytes text)
{
	return text.len > SHOWN_MAX ? SHOWN_MAX : (int)text.len;
}
