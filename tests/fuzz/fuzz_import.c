/* fuzz_import.c - files of other programs: the first octet says which. */

#include "cli/import.h"
#include "directory/log.h"
#include "fuzz.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void nowhere(enum ps_log_level level, const char *line)
{
	(void)level;
	FUZZ_CHECK(strchr(line, '\n') == NULL);
}

/* What is taken over is complete, and what the directory can be asked to add. */
static void check_rows(const struct ps_import *import)
{
	const struct ps_import_row *row;
	size_t i;

	for (i = 0; i < import->count; i++) {
		row = &import->rows[i];
		FUZZ_CHECK(row->name != NULL);
		FUZZ_CHECK(row->value != NULL ||
			   row->kind == PS_IMPORT_DOMAIN ||
			   row->kind == PS_IMPORT_ACCOUNT);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static ps_import_reader *const readers[] = {
		ps_import_mailcfg, ps_import_postfixadmin, ps_import_vmm,
		ps_import_passwd,  ps_import_aliases,	   ps_import_virtual,
		ps_import_users,   ps_import_ldif,
	};
	struct ps_import *import;
	int fd = memfd_create("import", MFD_CLOEXEC);
	char path[64];

	ps_log_set_sink(nowhere);
	FUZZ_CHECK(fd >= 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (size > 0 && write(fd, data + 1, size - 1) == (ssize_t)size - 1 &&
	    ps_import_new("file", "example.org", &import) == 0) {
		(void)readers[data[0] % 8](import, path);
		ps_import_merge(import);
		if (!import->no_memory && import->bad == 0)
			check_rows(import);
		ps_import_free(&import);
	}
	(void)close(fd);
	return 0;
}
