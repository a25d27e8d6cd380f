/* psl_rules.c - the public suffixes that a file of cases is about. */

#include "psl_rules.h"

#include "core/text/buffer.h"

#include <stdio.h>

#define RULES_MAX 65536 /* octets */

struct ps_libpsl *psl_rules(const json_t *rules)
{
	struct ps_buffer text = PS_BUFFER(RULES_MAX);
	struct ps_libpsl *psl = NULL;
	size_t i;

	for (i = 0; i < json_array_size(rules); i++) {
		ps_buffer_text(&text,
			       json_string_value(json_array_get(rules, i)));
		ps_buffer_char(&text, '\n');
	}
	if (text.len == 0 || text.failed ||
	    ps_libpsl_new_of((struct ps_bytes){ text.data, text.len }, &psl) <
		    0)
		puts("no list of public suffixes");
	ps_buffer_free(&text);
	return psl;
}
