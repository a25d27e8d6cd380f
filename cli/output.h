/* output.h - standard output: lines for people, or one JSON document. */
#ifndef PS_CLI_OUTPUT_H
#define PS_CLI_OUTPUT_H

#include <stdbool.h>

#include <jansson.h>

/*
 * Lines are mailcfg's.  With json nothing is printed before the end; then it is
 * an array of the rows of a list, or an object: { "done": [...], ... } of a
 * change.  Octets that could forge a line or command a terminal come out as
 * \xNN, in JSON as its own escapes.
 */
struct ps_output {
	bool json;
	bool rehearsal; /* "done" is what would be */
	bool whole;	/* a document, though the exit status is not 0 */
	json_t *rows;	/* NULL: no list */
	json_t *done;
	json_t *more; /* members beside "done" */
};

void ps_output_open(struct ps_output *output, bool json);
#define PS_OUTPUT_REHEARSAL "dry run: " /* before each line of one */
/* What was changed, as "added user"; in a rehearsal, what would be: JSON then
 * has "would" in the place of "done". */
void ps_output_done(struct ps_output *output, const char *what);
/* The output is a list, even of no row. */
void ps_output_list(struct ps_output *output);
/* One row: printf-like for people, object (taken over) for programs. */
void ps_output_row(struct ps_output *output, json_t *object, const char *format,
		   ...) __attribute__((format(printf, 3, 4)));
/* A line for people only. */
void ps_output_text(struct ps_output *output, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* A member for programs only; value is taken over. */
void ps_output_member(struct ps_output *output, const char *name,
		      json_t *value);
/* Prints the document, unless what it tells of failed and it is not whole.  0,
 * or -1 when standard output could not be written. */
int ps_output_close(struct ps_output *output, bool failed);

#endif
