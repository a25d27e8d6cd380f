/*
 * conformance.c - run published test vectors: conformance FILE.json...
 *
 * Exit status 0 all passed, 1 a case failed or a file cannot be read, 77 (the
 * code for a skipped test) a file is not there or its format is not built.
 */

#include "conformance.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_SKIPPED 77

static const struct {
	const char *format;
	void (*run)(const json_t *file, struct conformance *tally);
} formats[] = {
	{ "arc-sign-1", conformance_arc_sign },
	{ "arc-validate-1", conformance_arc },
	{ "authres-1", conformance_authres },
	{ "authres-strip-1", conformance_authres_strip },
	{ "dkim-1", conformance_dkim },
	{ "dkim-canon-1", conformance_dkim_canon },
	{ "dkim-keyrecord-1", conformance_dkim_keyrecord },
	{ "dkim-message-1", conformance_dkim },
	{ "dkim-sign-1", conformance_dkim_sign },
	{ "dmarc-1", conformance_dmarc },
	{ "dmarc-external-1", conformance_dmarc_external },
	{ "message-auth-1", conformance_message_auth },
	{ "message-parse-1", conformance_messages },
	{ "psl-1", conformance_psl },
	{ "spf-1", conformance_spf },
	{ NULL, NULL },
};

void conformance_case(struct conformance *tally, const json_t *test, bool good,
		      const char *expected, const char *got)
{
	if (good) {
		tally->passed++;
		return;
	}
	tally->failed++;
	printf("%s: expected %s, got %s\n", conformance_cstr(test, "id"),
	       expected, got);
}

static int run(const json_t *file, struct conformance *tally)
{
	const char *format = conformance_cstr(file, "format");
	size_t i;

	for (i = 0; formats[i].format != NULL; i++) {
		if (strcmp(formats[i].format, format) != 0)
			continue;
		formats[i].run(file, tally);
		return EXIT_SUCCESS;
	}
	printf("not built: %s\n", format);
	return EXIT_SKIPPED;
}

static int run_file(const char *path, struct conformance *tally)
{
	struct conformance before = *tally;
	json_error_t error;
	json_t *file;
	int status;

	if (access(path, F_OK) != 0 && errno == ENOENT) {
		printf("not there: %s\n", path);
		return EXIT_SKIPPED;
	}
	file = json_load_file(path, JSON_ALLOW_NUL, &error);
	if (file == NULL) {
		printf("%s: line %d: %s\n", path, error.line, error.text);
		return EXIT_FAILURE;
	}
	status = run(file, tally);
	if (status == EXIT_SUCCESS &&
	    tally->passed + tally->failed - before.passed - before.failed !=
		    json_array_size(json_object_get(file, "cases"))) {
		printf("%s: not every case was run\n", path);
		status = EXIT_FAILURE;
	}
	json_decref(file);
	return status;
}

int main(int argc, char **argv)
{
	struct conformance tally = { 0 };
	int i, status, worst = EXIT_SUCCESS;

	if (argc < 2) {
		fputs("usage: conformance FILE.json...\n", stderr);
		return EXIT_FAILURE;
	}
	for (i = 1; i < argc; i++) {
		status = run_file(argv[i], &tally);
		if (worst != EXIT_FAILURE && status != EXIT_SUCCESS)
			worst = status;
	}
	printf("%u passed, %u failed\n", tally.passed, tally.failed);
	return tally.failed > 0 ? EXIT_FAILURE : worst;
}
