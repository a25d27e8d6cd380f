/* regex_pcre2.c - the core's regular expressions, by PCRE2. */

#include "io/regex_pcre2.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define MATCH_LIMIT 200000u /* steps of one match; ours */
#define DEPTH_LIMIT 2000u   /* of backtracking, without machine code; ours */
#define HEAP_LIMIT  1024u   /* KB of one match, without machine code; ours */
#define PATTERN_MAX 65536u  /* octets, as a rule; ours */

struct ps_regex {
	pcre2_code *code;
	pcre2_match_context *limits;
};

static void say(int number, char *error_r, size_t error_size)
{
	PCRE2_UCHAR text[128];

	if (pcre2_get_error_message(number, text, sizeof(text)) < 0)
		text[0] = '\0';
	snprintf(error_r, error_size, "%s", (const char *)text);
}

static void regex_free(struct ps_regex **regex)
{
	if (*regex == NULL)
		return;
	pcre2_code_free((*regex)->code);
	pcre2_match_context_free((*regex)->limits);
	free(*regex);
	*regex = NULL;
}

static struct ps_regex *compile(void *ctx, struct ps_bytes pattern,
				char *error_r, size_t error_size)
{
	struct ps_regex *regex = calloc(1, sizeof(*regex));
	PCRE2_SIZE offset;
	int number = 0;

	(void)ctx;
	snprintf(error_r, error_size, "out of memory");
	if (regex == NULL)
		return NULL;
	if (pattern.len > PATTERN_MAX) {
		snprintf(error_r, error_size, "too long");
		regex_free(&regex);
		return NULL;
	}
	regex->limits = pcre2_match_context_create(NULL);
	regex->code = pcre2_compile(
		(PCRE2_SPTR)(pattern.len == 0 ? "" : pattern.at), pattern.len,
		PCRE2_CASELESS | PCRE2_NEVER_UTF | PCRE2_NEVER_BACKSLASH_C,
		&number, &offset, NULL);
	if (regex->code == NULL || regex->limits == NULL) {
		if (regex->code == NULL)
			say(number, error_r, error_size);
		regex_free(&regex);
		return NULL;
	}
	(void)pcre2_set_match_limit(regex->limits, MATCH_LIMIT);
	(void)pcre2_set_depth_limit(regex->limits, DEPTH_LIMIT);
	(void)pcre2_set_heap_limit(regex->limits, HEAP_LIMIT);
	/* Where it fails, the interpreter is used. */
	(void)pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE);
	return regex;
}

static int match(const struct ps_regex *regex, struct ps_bytes subject)
{
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	int found;

	if (data == NULL)
		return -1;
	found = pcre2_match(regex->code,
			    (PCRE2_SPTR)(subject.len == 0 ? "" : subject.at),
			    subject.len, 0, 0, data, regex->limits);
	pcre2_match_data_free(data);
	if (found == PCRE2_ERROR_NOMATCH)
		return 0;
	return found < 0 ? -1 : 1;
}

const struct ps_rule_regex ps_regex_pcre2 = {
	.compile = compile,
	.match = match,
	.free = regex_free,
};
