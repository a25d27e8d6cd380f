/* config_rows.h - every setting: its default, and a value as it is read. */
#ifndef PS_TESTS_CONFIG_ROWS_H
#define PS_TESTS_CONFIG_ROWS_H

#include <stddef.h>

struct config_row {
	const char *name;   /* section.name */
	const char *preset; /* without the setting; NULL: unset */
	const char *text;   /* set to this */
	const char *want;   /* and then read as this */
};

extern const struct config_row config_rows[];
extern const size_t config_rows_count;

#endif
