/* sqlite_write_open.c - make, lock and open what the command writes. */

#include "directory/schema.h"
#include "directory/sqlite_write.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_WAIT_MS 10000
#define LOCK_STEP_MS 20

static struct ps_sqlite_writer *own_of(struct ps_writer *writer)
{
	return (struct ps_sqlite_writer *)writer;
}

static enum ps_write refuse(struct ps_writer *writer, const char *what,
			    const char *why)
{
	snprintf(writer->reason, sizeof(writer->reason), "%.150s: %s", what,
		 why);
	return PS_WRITE_REFUSED;
}

/* Only root can give a file to a group; a private instance need not. */
static enum ps_write find_group(struct ps_writer *writer, const char *setting,
				const char *name, gid_t *gid_r)
{
	struct group *group;

	*gid_r = (gid_t)-1;
	if (geteuid() != 0)
		return PS_WRITE_DONE;
	group = getgrnam(name);
	if (group == NULL) {
		snprintf(writer->reason, sizeof(writer->reason),
			 "setting %s: there is no group \"%.100s\"", setting,
			 name);
		return PS_WRITE_REFUSED;
	}
	*gid_r = group->gr_gid;
	return PS_WRITE_DONE;
}

/* The folder of path: 0750 and the group's; those above it 0755. */
static enum ps_write make_folder(struct ps_writer *writer, const char *path,
				 gid_t gid)
{
	char folder[PS_PATH_TEXT_MAX], *slash;

	if (!ps_bytes_copy(ps_bytes_of(path), folder, sizeof(folder)))
		return refuse(writer, path, "the path is too long");
	slash = strrchr(folder, '/');
	*slash = '\0';
	if (folder[0] == '\0' || access(folder, F_OK) == 0)
		return PS_WRITE_DONE;
	for (slash = folder + 1; (slash = strchr(slash, '/')) != NULL;
	     slash++) {
		*slash = '\0';
		if (mkdir(folder, 0755) < 0 && errno != EEXIST)
			return refuse(writer, folder, strerror(errno));
		*slash = '/';
	}
	if (mkdir(folder, 0750) < 0 && errno != EEXIST)
		return refuse(writer, folder, strerror(errno));
	if (chmod(folder, 0750) < 0 || chown(folder, (uid_t)-1, gid) < 0)
		return refuse(writer, folder, strerror(errno));
	return PS_WRITE_DONE;
}

/* An empty file with its owner and mode, where there is none: SQLite gives its
 * journals those of the database. */
static enum ps_write make_file(struct ps_writer *writer, const char *path,
			       gid_t gid)
{
	enum ps_write result = make_folder(writer, path, gid);
	int fd;

	if (result != PS_WRITE_DONE)
		return result;
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		  0640);
	if (fd < 0)
		return errno == EEXIST ? PS_WRITE_DONE
				       : refuse(writer, path, strerror(errno));
	writer->created = true;
	if (fchmod(fd, 0640) < 0 || fchown(fd, (uid_t)-1, gid) < 0)
		result = refuse(writer, path, strerror(errno));
	(void)close(fd);
	return result;
}

static enum ps_write lock(struct ps_writer *writer, const char *database)
{
	static const struct timespec step = { 0, LOCK_STEP_MS * 1000000L };
	struct ps_sqlite_writer *own = own_of(writer);
	char path[PS_PATH_TEXT_MAX];
	int waited;

	if (snprintf(path, sizeof(path), "%s.lock", database) >=
	    (int)sizeof(path))
		return refuse(writer, database, "the path is too long");
	own->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (own->lock < 0)
		return refuse(writer, path, strerror(errno));
	for (waited = 0; flock(own->lock, LOCK_EX | LOCK_NB) < 0;
	     waited += LOCK_STEP_MS) {
		if (waited < LOCK_WAIT_MS &&
		    (errno == EWOULDBLOCK || errno == EINTR)) {
			(void)nanosleep(&step, NULL);
			continue;
		}
		snprintf(writer->reason, sizeof(writer->reason),
			 "another postseal command is writing (%.150s is "
			 "locked); try again when it has ended",
			 path);
		return PS_WRITE_TEMPFAIL;
	}
	return PS_WRITE_DONE;
}

static enum ps_write number_of(struct ps_writer *writer, const char *sql,
			       int *number_r)
{
	sqlite3_stmt *query = NULL;
	int code =
		sqlite3_prepare_v2(ps_sqlite_db(writer), sql, -1, &query, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(query);
	if (code == SQLITE_ROW)
		*number_r = sqlite3_column_int(query, 0);
	else
		ps_sqlite_reason(writer->config->directory.database,
				 ps_sqlite_db(writer), writer->reason);
	(void)sqlite3_finalize(query);
	return code == SQLITE_ROW ? PS_WRITE_DONE : PS_WRITE_TEMPFAIL;
}

/*
 * Bring tables to our version, step by step; those of an empty database, too.
 * *old_r: they were of an older one.
 */
static enum ps_write make_tables(struct ps_writer *writer, const char *schema,
				 int application_id, const char *const *steps,
				 bool *old_r)
{
	int id = 0, version = 0, objects = 0;
	enum ps_write result;
	char sql[80];

	snprintf(sql, sizeof(sql), "PRAGMA %s.application_id", schema);
	result = number_of(writer, sql, &id);
	snprintf(sql, sizeof(sql), "PRAGMA %s.user_version", schema);
	if (result == PS_WRITE_DONE)
		result = number_of(writer, sql, &version);
	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s.sqlite_master",
		 schema);
	if (result == PS_WRITE_DONE)
		result = number_of(writer, sql, &objects);
	if (result != PS_WRITE_DONE)
		return result;
	if (id == application_id && version == PS_SCHEMA_VERSION)
		return PS_WRITE_DONE;
	if (!(id == application_id && version > 0 &&
	      version < PS_SCHEMA_VERSION) &&
	    (id != 0 || version != 0 || objects != 0)) {
		snprintf(writer->reason, sizeof(writer->reason),
			 "%.100s: not made by Postseal, or by another version "
			 "(id %d, version %d; wanted id %d, version %d)",
			 strcmp(schema, "main") == 0
				 ? writer->config->directory.database
				 : writer->config->directory.credentials,
			 id, version, application_id, PS_SCHEMA_VERSION);
		return PS_WRITE_REFUSED;
	}
	if (version == 0)
		writer->created = true;
	else
		*old_r = true;
	for (; version < PS_SCHEMA_VERSION; version++) {
		if (sqlite3_exec(ps_sqlite_db(writer), steps[version], NULL,
				 NULL, NULL) != SQLITE_OK)
			return ps_sqlite_failed(writer);
	}
	snprintf(sql, sizeof(sql),
		 "PRAGMA %s.application_id=%d; PRAGMA %s.user_version=%d",
		 schema, application_id, schema, PS_SCHEMA_VERSION);
	if (sqlite3_exec(ps_sqlite_db(writer), sql, NULL, NULL, NULL) ==
	    SQLITE_OK)
		return PS_WRITE_DONE;
	return ps_sqlite_failed(writer);
}

/* Tables brought up stay so, whatever becomes of the command: readers wait. */
static enum ps_write make_all_tables(struct ps_writer *writer)
{
	bool old = false;
	enum ps_write result;

	result = make_tables(writer, "main", PS_SCHEMA_DIRECTORY_ID,
			     ps_schema_directory, &old);
	if (result == PS_WRITE_DONE)
		result = make_tables(writer, "auth", PS_SCHEMA_CREDENTIAL_ID,
				     ps_schema_credentials, &old);
	if (result == PS_WRITE_DONE && old && !writer->rehearsal)
		result = ps_sqlite_run(writer, "COMMIT", NULL);
	if (result == PS_WRITE_DONE && old && !writer->rehearsal)
		result = ps_sqlite_run(writer, "BEGIN IMMEDIATE", NULL);
	return result;
}

/* cache_spill: a large transaction must not lock readers out before it is
 * committed. */
static enum ps_write open_both(struct ps_writer *writer, const char *database,
			       const char *credentials)
{
	static const char settings[] = "PRAGMA trusted_schema=0;"
				       "PRAGMA journal_mode=DELETE;"
				       "PRAGMA synchronous=FULL;"
				       "PRAGMA cache_spill=0;"
				       "PRAGMA foreign_keys=1";
	enum ps_write result;
	int code;

	code = sqlite3_open_v2(database, &own_of(writer)->db,
			       SQLITE_OPEN_READWRITE, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_busy_timeout(ps_sqlite_db(writer), LOCK_WAIT_MS);
	result = code == SQLITE_OK
			 ? ps_sqlite_run(writer, "ATTACH ?1 AS auth",
					 (const char *[]){ credentials, NULL })
			 : ps_sqlite_failed(writer);
	if (result != PS_WRITE_DONE)
		return result;
	if (code == SQLITE_OK)
		code = sqlite3_exec(ps_sqlite_db(writer), settings, NULL, NULL,
				    NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(ps_sqlite_db(writer), "BEGIN IMMEDIATE",
				    NULL, NULL, NULL);
	if (code == SQLITE_OK)
		return PS_WRITE_DONE;
	return ps_sqlite_failed(writer);
}

/* What is missing is made in memory, to be forgotten. */
static enum ps_write rehearse(struct ps_writer *writer)
{
	const struct ps_config_directory *paths = &writer->config->directory;
	bool there = access(paths->database, F_OK) == 0;
	enum ps_write result = PS_WRITE_DONE;

	if (there)
		result = lock(writer, paths->database);
	if (result == PS_WRITE_DONE)
		result = open_both(writer, there ? paths->database : ":memory:",
				   access(paths->credentials, F_OK) == 0
					   ? paths->credentials
					   : ":memory:");
	return result;
}

static enum ps_write make_files(struct ps_writer *writer)
{
	const struct ps_config_directory *paths = &writer->config->directory;
	gid_t readers = 0, auth = 0;
	enum ps_write result;

	result = find_group(writer, "directory.read_group", paths->read_group,
			    &readers);
	if (result == PS_WRITE_DONE)
		result = find_group(writer, "directory.auth_group",
				    paths->auth_group, &auth);
	if (result == PS_WRITE_DONE)
		result = make_folder(writer, paths->database, readers);
	if (result == PS_WRITE_DONE)
		result = lock(writer, paths->database);
	if (result == PS_WRITE_DONE)
		result = make_file(writer, paths->database, readers);
	if (result == PS_WRITE_DONE)
		result = make_file(writer, paths->credentials, auth);
	if (result == PS_WRITE_DONE)
		result = open_both(writer, paths->database, paths->credentials);
	return result;
}

enum ps_write ps_sqlite_prepare(struct ps_writer *writer)
{
	enum ps_write result;

	result = writer->rehearsal ? rehearse(writer) : make_files(writer);
	if (result == PS_WRITE_DONE)
		result = make_all_tables(writer);
	return result;
}
