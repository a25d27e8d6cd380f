/* import_rows.c - what another program keeps, collected. */

#include "cli/import_rows.h"

#include "cli/import_names.h"

#include "directory/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXTS_MAX    (4UL * PS_IMPORT_OCTETS_MAX)
#define CHUNK	     1048576
#define SAY_MAX	     400
#define PLACE_MAX    128
#define MAILDROP_MAX 65536
#define SHOWN_NAME   "%.100s"

int ps_import_new(const char *file, const char *domain,
		  struct ps_import **import_r)
{
	struct ps_import *import = calloc(1, sizeof(*import));

	*import_r = import;
	if (import == NULL)
		return -1;
	import->file = file;
	import->domain = domain;
	if (ps_arena_new(TEXTS_MAX, &import->arena) == 0)
		return 0;
	ps_import_free(import_r);
	return -1;
}

void ps_import_free(struct ps_import **import)
{
	if (*import == NULL)
		return;
	if ((*import)->arena != NULL)
		ps_arena_free(&(*import)->arena);
	free((*import)->rows);
	free(*import);
	*import = NULL;
}

void ps_import_add(struct ps_import *import, const struct ps_import_row *row)
{
	struct ps_import_row *rows;
	size_t size;

	if (import->count == import->size) {
		size = import->size == 0 ? 1024 : 2 * import->size;
		rows = realloc(import->rows, size * sizeof(*rows));
		if (rows == NULL) {
			import->no_memory = true;
			return;
		}
		import->rows = rows;
		import->size = size;
	}
	import->rows[import->count++] = *row;
}

const char *ps_import_text(struct ps_import *import, struct ps_bytes text)
{
	char *copy;

	if (ps_bytes_find(text, '\0') != NULL) {
		ps_import_bad(import, NULL, 0, "a value has a NUL in it");
		return NULL;
	}
	copy = ps_arena_copy(import->arena, text.at, text.len);
	if (copy == NULL)
		import->no_memory = true;
	return copy;
}

const char *ps_import_address(struct ps_import *import, struct ps_bytes name,
			      unsigned long line)
{
	size_t len = name.len, more;
	char *address;

	if (len == 0) {
		ps_import_bad(import, NULL, line, "an address is empty");
		return NULL;
	}
	if (ps_bytes_find(name, '@') != NULL)
		return ps_import_text(import, name);
	if (import->domain == NULL) {
		ps_import_bad(import, NULL, line,
			      "\"" SHOWN_NAME "\" has no domain: name it with "
			      "--domain",
			      ps_arena_copy(import->arena, name.at, len) ?: "");
		return NULL;
	}
	more = strlen(import->domain);
	address = ps_arena_alloc(import->arena, len + more + 2);
	if (address == NULL) {
		import->no_memory = true;
		return NULL;
	}
	memcpy(address, name.at, len);
	address[len] = '@';
	memcpy(address + len + 1, import->domain, more + 1);
	return address;
}

/* Lower case, as the directory keeps names. */
static const char *folded(struct ps_import *import, const char *name)
{
	char *lower = ps_arena_text(import->arena, name);

	if (lower == NULL)
		import->no_memory = true;
	else
		ps_ascii_lower_all(lower, strlen(lower));
	return lower == NULL ? "" : lower;
}

static void append_maildrop(struct ps_import *import,
			    struct ps_import_row *account, const char *to)
{
	/* One that is closed so far is open with a destination. */
	bool none = account->maildrop == NULL ||
		    strcmp(account->maildrop, "none") == 0;
	size_t before = none ? 0 : strlen(account->maildrop);
	size_t more = strlen(to);
	char *list;

	if (before + more > MAILDROP_MAX) {
		ps_import_bad(import, account->table, account->line,
			      "%s: too many destinations", account->name);
		return;
	}
	list = ps_arena_alloc(import->arena, before + more + 2);
	if (list == NULL) {
		import->no_memory = true;
		return;
	}
	if (before > 0) {
		memcpy(list, account->maildrop, before);
		list[before++] = ',';
	}
	memcpy(list + before, to, more + 1);
	account->maildrop = list;
}

void ps_import_merge(struct ps_import *import)
{
	struct ps_import_names *accounts = NULL;
	struct ps_import_row *row;
	size_t i, kept = 0, account;

	for (i = 0; i < import->count; i++) {
		row = &import->rows[i];
		if (row->kind == PS_IMPORT_ACCOUNT && row->name != NULL &&
		    ps_import_names_add(&accounts, folded(import, row->name),
					i) < 0)
			import->no_memory = true;
	}
	for (i = 0; i < import->count; i++) {
		row = &import->rows[i];
		if (row->kind == PS_IMPORT_ALIAS && row->name != NULL &&
		    row->value != NULL &&
		    ps_import_names_find(accounts, folded(import, row->name),
					 &account))
			append_maildrop(import, &import->rows[account],
					row->value);
	}
	/* Only now: numbers of rows were kept. */
	for (i = 0; i < import->count; i++) {
		row = &import->rows[i];
		if (row->kind != PS_IMPORT_ALIAS || row->name == NULL ||
		    !ps_import_names_find(accounts, folded(import, row->name),
					  &account))
			import->rows[kept++] = *row;
	}
	import->count = kept;
	ps_import_names_free(&accounts);
}

static void say(const struct ps_import *import, enum ps_log_level level,
		const char *table, unsigned long line, const char *format,
		va_list more)
{
	char text[SAY_MAX], place[PLACE_MAX] = "";

	if (table != NULL)
		snprintf(place, sizeof(place), "%s, row ", table);
	vsnprintf(text, sizeof(text), format, more);
	if (line == 0)
		ps_log(level, "%s: %s", import->file, text);
	else
		ps_log(level, "%s:%s%lu: %s", import->file, place, line, text);
}

void ps_import_bad(struct ps_import *import, const char *table,
		   unsigned long line, const char *format, ...)
{
	va_list more;

	if (++import->bad > PS_IMPORT_BAD_SHOWN)
		return;
	va_start(more, format);
	say(import, PS_LOG_ERROR, table, line, format, more);
	va_end(more);
}

void ps_import_left_out(const struct ps_import *import, const char *table,
			unsigned long line, const char *format, ...)
{
	va_list more;

	va_start(more, format);
	say(import, PS_LOG_WARNING, table, line, format, more);
	va_end(more);
}

/* Up to the bound and one octet more, which tells that it is too large. */
static char *read_all(int fd, size_t *len_r)
{
	size_t size = 0, len = 0;
	char *text = NULL, *larger;
	ssize_t got;

	do {
		if (len == size) {
			size += size < CHUNK ? CHUNK : size;
			larger = realloc(text, size);
			if (larger == NULL) {
				free(text);
				errno = ENOMEM;
				return NULL;
			}
			text = larger;
		}
		got = read(fd, text + len, size - len);
		if (got < 0) {
			free(text);
			return NULL;
		}
		len += (size_t)got;
	} while (got > 0 && len <= PS_IMPORT_OCTETS_MAX);
	*len_r = len;
	return text;
}

char *ps_import_file(const char *path, size_t *len_r)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO
			  : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat about;
	char *text = NULL;

	if (fd < 0) {
		ps_log(PS_LOG_ERROR, "%s: %s", path, strerror(errno));
		return NULL;
	}
	if (!is_stdin && (fstat(fd, &about) < 0 || S_ISDIR(about.st_mode)))
		ps_log(PS_LOG_ERROR, "%s: not a file", path);
	else if ((text = read_all(fd, len_r)) == NULL)
		ps_log(PS_LOG_ERROR, "%s: %s", path, strerror(errno));
	else if (*len_r > PS_IMPORT_OCTETS_MAX) {
		ps_log(PS_LOG_ERROR, "%s: larger than %d octets", path,
		       PS_IMPORT_OCTETS_MAX);
		free(text);
		text = NULL;
	}
	if (!is_stdin)
		(void)close(fd);
	return text;
}
