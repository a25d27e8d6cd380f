/* output.c - standard output: lines for people, or one JSON document. */

#include "cli/output.h"

#include "cli/foreign.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void ps_output_open(struct ps_output *output, bool json)
{
	*output = (struct ps_output){ .json = json };
}

/* HTAB stands between columns. */
static void put_line(const char *line)
{
	size_t len;

	while (*line != '\0') {
		len = *line == '\t' ? 1 : ps_foreign_harmless(line);
		if (len == 0)
			printf("\\x%02x", (unsigned char)*line++);
		for (; len > 0; len--)
			putchar(*line++);
	}
	putchar('\n');
}

static void put_format(const char *format, va_list list)
	__attribute__((format(printf, 1, 0)));

static void put_format(const char *format, va_list list)
{
	char *line;

	if (vasprintf(&line, format, list) < 0)
		return;
	put_line(line);
	free(line);
}

void ps_output_done(struct ps_output *output, const char *what)
{
	if (!output->json) {
		if (output->rehearsal)
			fputs(PS_OUTPUT_REHEARSAL, stdout);
		put_line(what);
		return;
	}
	if (output->done == NULL)
		output->done = json_array();
	json_array_append_new(output->done, json_string(what));
}

void ps_output_list(struct ps_output *output)
{
	if (output->rows == NULL)
		output->rows = json_array();
}

void ps_output_row(struct ps_output *output, json_t *object, const char *format,
		   ...)
{
	va_list list;

	ps_output_list(output);
	if (output->json) {
		json_array_append_new(output->rows, object);
		return;
	}
	json_decref(object);
	va_start(list, format);
	put_format(format, list);
	va_end(list);
}

void ps_output_text(struct ps_output *output, const char *format, ...)
{
	va_list list;

	if (output->json)
		return;
	va_start(list, format);
	put_format(format, list);
	va_end(list);
}

void ps_output_member(struct ps_output *output, const char *name, json_t *value)
{
	if (output->more == NULL)
		output->more = json_object();
	json_object_set_new(output->more, name, value);
}

static void put_document(struct ps_output *output)
{
	json_t *document = json_incref(output->rows);

	if (document == NULL) {
		document = json_pack("{s:O*}",
				     output->rehearsal ? "would" : "done",
				     output->done);
		json_object_update_missing(document, output->more);
	}
	/* Else U+009B and others would reach the terminal. */
	json_dumpf(document, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	putchar('\n');
	json_decref(document);
}

int ps_output_close(struct ps_output *output, bool failed)
{
	if (output->json && (!failed || output->whole) &&
	    (output->rows != NULL || output->done != NULL ||
	     output->more != NULL))
		put_document(output);
	json_decref(output->rows);
	json_decref(output->done);
	json_decref(output->more);
	*output = (struct ps_output){ 0 };
	return fflush(stdout) != 0 || ferror(stdout) ? -1 : 0;
}
