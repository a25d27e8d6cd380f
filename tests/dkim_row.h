/* dkim_row.h - rows for the tables of DKIM verification. */
#ifndef PS_TESTS_DKIM_ROW_H
#define PS_TESTS_DKIM_ROW_H

#include "dkim_forge.h"

#include <stdbool.h>

#define DKIM_ROW_SIGNATURES 4
#define DKIM_ROW_NOW	    1000000

struct dkim_row {
	const char *name;
	const char *tags[DKIM_ROW_SIGNATURES]; /* the lowest first */
	const char *want; /* "result" or "result: reason", one for each field
			     from the top down, between them " | "; like ones in
			     a row once: "result, 3 times" */
	const char *zone; /* NULL: the good key */
	enum forge_key key;
	const char *header, *body; /* NULL: From, To and Subject; 14 octets */
	const char *added_header;  /* on top, when all is signed */
	const char *added_body;	   /* behind */
	unsigned int flood;	   /* signatures of list.test above them */
	unsigned int max;	   /* signatures verified; 0: 10 */
	bool limited, testing;	   /* what the first verdict says */
};

extern const struct dkim_row dkim_rows[], dkim_rows_key[];
extern const size_t dkim_rows_count, dkim_rows_key_count;

/* What a row says: its message, and its zone with the keys; both to be freed,
 * its zone by free(). */
void dkim_row_message(const struct dkim_row *row, struct ps_buffer *message);
char *dkim_row_zone(const struct dkim_row *row);
unsigned int dkim_row_max(const struct dkim_row *row);
/* Our own engine's verdicts. */
void dkim_row_check(const struct dkim_row *row);

#endif
