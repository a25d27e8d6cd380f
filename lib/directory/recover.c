/* recover.c - undo what a killed writer left behind, and bring tables up. */

#include "directory/schema.h"
#include "directory/writer.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* A writer makes what is missing or empty: that must be a command's wish, as
 * readers would then find nobody instead of failing. */
static bool is_there(const char *database)
{
	struct stat status;

	return stat(database, &status) == 0 && status.st_size > 0;
}

static bool has_journal(const char *database)
{
	char path[PS_PATH_TEXT_MAX];

	snprintf(path, sizeof(path), "%.1000s-journal", database);
	return access(path, F_OK) == 0;
}

/* The user_version in the head of the file, without opening it.  0: unknown. */
static unsigned int version_of(const char *database)
{
	unsigned char octet[4] = { 0 }; /* sqlite.org/fileformat2, 1.3 */
	int fd = open(database, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return 0;
	if (pread(fd, octet, sizeof(octet), 60) != (ssize_t)sizeof(octet))
		octet[0] = octet[1] = octet[2] = octet[3] = 0;
	(void)close(fd);
	return (unsigned int)octet[0] << 24 | (unsigned int)octet[1] << 16 |
	       (unsigned int)octet[2] << 8 | octet[3];
}

static bool is_old(const char *database)
{
	unsigned int version = version_of(database);

	return version > 0 && version < PS_SCHEMA_VERSION;
}

/* A writer that lives will end its own transaction. */
static bool is_being_written(const char *database)
{
	char path[PS_PATH_TEXT_MAX];
	bool locked;
	int fd;

	snprintf(path, sizeof(path), "%.1000s.lock", database);
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return false;
	locked = flock(fd, LOCK_EX | LOCK_NB) < 0;
	(void)close(fd);
	return locked;
}

enum ps_write ps_writer_recover(const struct ps_config *config,
				char reason_r[PS_REASON_MAX])
{
	const struct ps_config_directory *paths = &config->directory;
	struct ps_writer *writer = NULL;
	enum ps_write result;

	reason_r[0] = '\0';
	if (config->directory.backend != PS_BACKEND_SQLITE)
		return PS_WRITE_NOTHING;
	if (!is_there(paths->database) || !is_there(paths->credentials) ||
	    (!has_journal(paths->database) &&
	     !has_journal(paths->credentials) && !is_old(paths->database) &&
	     !is_old(paths->credentials)) ||
	    is_being_written(paths->database))
		return PS_WRITE_NOTHING;
	result = ps_writer_open(config, &writer, reason_r);
	ps_writer_close(&writer);
	return result;
}
