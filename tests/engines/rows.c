/* rows.c - the tables of DKIM verification, by both engines. */

#include "engines.h"

#include "dkim_row.h"

#include <stdio.h>
#include <stdlib.h>

#define MESSAGE_MAX 16000000
#define SUITE	    "row"

static void run(struct engines *engines, const struct dkim_row *row)
{
	struct ps_buffer message = PS_BUFFER(MESSAGE_MAX);
	char *zone_text = dkim_row_zone(row);
	struct fake_dns *zone = fake_dns_load(zone_text);
	char id[256];

	snprintf(id, sizeof(id), SUITE "/%s", row->name);
	dkim_row_message(row, &message);
	engines_set_time(DKIM_ROW_NOW);
	engines_compare(engines, id,
			(struct ps_bytes){ message.data, message.len }, zone,
			dkim_row_max(row));
	fake_dns_free(&zone);
	free(zone_text);
	ps_buffer_free(&message);
}

void engines_rows(struct engines *engines)
{
	size_t i;

	for (i = 0; i < dkim_rows_count; i++)
		run(engines, &dkim_rows[i]);
	for (i = 0; i < dkim_rows_key_count; i++)
		run(engines, &dkim_rows_key[i]);
	engines->failed += (unsigned int)listed_missing(engines->listed, SUITE);
}
