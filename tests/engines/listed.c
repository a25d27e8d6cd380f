/* listed.c - the list of what both engines judge differently. */

#include "listed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CASES_MAX 1000
#define LINE_MAX  65536
#define COLUMNS	  6
#define WORD_MAX  48

struct entry {
	char *id;
	char ours[WORD_MAX], theirs[WORD_MAX];
	bool run;
};

struct listed {
	size_t count;
	struct entry entry[CASES_MAX];
};

static char *trimmed(char *text)
{
	char *end = text + strlen(text);

	while (*text == ' ')
		text++;
	while (end > text && end[-1] == ' ')
		*--end = '\0';
	return text;
}

/* "| a | b |\n" in its columns; how many. */
static size_t split(char *line, char *column_r[COLUMNS])
{
	char *bar;
	size_t count = 0;

	for (line++; (bar = strchr(line, '|')) != NULL; line = bar + 1) {
		*bar = '\0';
		if (count == COLUMNS)
			return 0;
		column_r[count++] = trimmed(line);
	}
	return count;
}

static bool add(struct listed *listed, const char *id, size_t len,
		char *const *column)
{
	struct entry *entry = &listed->entry[listed->count];
	const char *theirs;

	if (listed->count == CASES_MAX || strlen(column[2]) >= WORD_MAX ||
	    strlen(column[3]) >= WORD_MAX)
		return false;
	*entry = (struct entry){ .id = strndup(id, len) };
	if (entry->id == NULL || listed_find(listed, entry->id, &theirs)) {
		printf("%s: listed twice\n", entry->id);
		free(entry->id);
		return false;
	}
	snprintf(entry->ours, WORD_MAX, "%s", column[2]);
	snprintf(entry->theirs, WORD_MAX, "%s", column[3]);
	listed->count++;
	return true;
}

static bool is_verdict(const char *text)
{
	return strcmp(text, "ours") == 0 || strcmp(text, "libopendkim") == 0 ||
	       strcmp(text, "both") == 0 || strcmp(text, "neither") == 0;
}

/* The cases stand in backquotes. */
static bool read_row(struct listed *listed, char *const *column)
{
	const char *at = column[1], *end;

	if (strstr(column[4], "RFC ") == NULL || !is_verdict(column[5]) ||
	    strcmp(column[2], column[3]) == 0 || strchr(at, '`') == NULL)
		return false;
	while ((at = strchr(at, '`')) != NULL) {
		end = strchr(++at, '`');
		if (end == NULL || !add(listed, at, (size_t)(end - at), column))
			return false;
		at = end + 1;
	}
	return true;
}

static bool read_lines(struct listed *listed, FILE *file)
{
	static char line[LINE_MAX];
	char *column[COLUMNS];
	size_t number = 0;

	while (fgets(line, sizeof(line), file) != NULL) {
		number++;
		if (line[0] != '|' || split(line, column) != COLUMNS ||
		    strspn(column[0], "0123456789") == 0)
			continue;
		if (!read_row(listed, column)) {
			printf("line %zu: no row of the list\n", number);
			return false;
		}
	}
	return true;
}

struct listed *listed_read(const char *path)
{
	struct listed *listed = calloc(1, sizeof(*listed));
	FILE *file = fopen(path, "r");

	if (file == NULL || listed == NULL || !read_lines(listed, file)) {
		printf("%s: cannot be read\n", path);
		listed_free(&listed);
	}
	if (file != NULL)
		(void)fclose(file);
	return listed;
}

void listed_free(struct listed **listed)
{
	if (*listed == NULL)
		return;
	while ((*listed)->count > 0)
		free((*listed)->entry[--(*listed)->count].id);
	free(*listed);
	*listed = NULL;
}

const char *listed_find(struct listed *listed, const char *id,
			const char **theirs_r)
{
	size_t i;

	for (i = 0; i < listed->count; i++) {
		if (strcmp(listed->entry[i].id, id) != 0)
			continue;
		listed->entry[i].run = true;
		*theirs_r = listed->entry[i].theirs;
		return listed->entry[i].ours;
	}
	return NULL;
}

size_t listed_missing(const struct listed *listed, const char *suite)
{
	const size_t len = strlen(suite);
	size_t i, count = 0;

	for (i = 0; i < listed->count; i++) {
		if (listed->entry[i].run ||
		    strncmp(listed->entry[i].id, suite, len) != 0 ||
		    listed->entry[i].id[len] != '/')
			continue;
		printf("%s: listed, and there is no such case\n",
		       listed->entry[i].id);
		count++;
	}
	return count;
}
