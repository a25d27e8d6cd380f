/* policy_book.c - the rule file of a configuration, compiled. */

#include "milter/policy_book.h"

#include "directory/log.h"
#include "io/regex_pcre2.h"
#include "io/rule_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What tells one content of a file from another; all zero: it is not there. */
struct stamp {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec changed;
};

struct ps_policy_book {
	struct ps_rules *rules;
	/* As it was read: a live file that changes brings nothing into force
	 * that was edited meanwhile. */
	char *path, *text;
	size_t text_len;
	enum ps_rule_compat compat;
	struct stamp *live; /* by number of ps_rules_live() */
};

/* What is said while a file is compiled. */
struct findings {
	unsigned int warnings, errors;
	char error[PS_CONFIG_ERROR_MAX]; /* the first */
};

static void say(void *ctx, const struct ps_rule_finding *finding)
{
	struct findings *findings = ctx;

	if (finding->level == PS_RULE_ERROR) {
		if (findings->errors++ == 0)
			snprintf(findings->error, sizeof(findings->error),
				 "%.200s:%u: %.250s", finding->file,
				 finding->line, finding->text);
	} else if (findings->warnings++ < PS_BOOK_SAID_MAX) {
		ps_log(PS_LOG_WARNING, "%s:%u: %s", finding->file,
		       finding->line, finding->text);
	}
}

static struct stamp stamp_of(const char *path)
{
	struct stat about;

	if (stat(path, &about) < 0)
		return (struct stamp){ .size = 0 };
	return (struct stamp){ .device = about.st_dev,
			       .inode = about.st_ino,
			       .size = about.st_size,
			       .changed = about.st_mtim };
}

static bool same_stamp(const struct stamp *a, const struct stamp *b)
{
	return a->device == b->device && a->inode == b->inode &&
	       a->size == b->size && a->changed.tv_sec == b->changed.tv_sec &&
	       a->changed.tv_nsec == b->changed.tv_nsec;
}

static size_t count_live(const struct ps_rules *rules)
{
	size_t count = 0;

	while (ps_rules_live(rules, count) != NULL)
		count++;
	return count;
}

/* ---- value files, and when they were read ---- */

struct seen {
	struct seen *next;
	struct stamp stamp;
	char path[];
};

struct reading {
	struct ps_rule_file_reader reader;
	struct seen *seen; /* the last first */
};

/* Stamped before it is read: what changes from then on is seen. */
static enum ps_rule_read read_value(void *ctx, const char *path,
				    struct ps_bytes *content_r)
{
	struct reading *reading = ctx;
	size_t size = strlen(path) + 1;
	struct seen *seen = malloc(sizeof(*seen) + size);

	if (seen == NULL) {
		errno = ENOMEM;
		return PS_RULE_READ_FAILED;
	}
	*seen = (struct seen){ .next = reading->seen, .stamp = stamp_of(path) };
	memcpy(seen->path, path, size);
	reading->seen = seen;
	return ps_rule_file_read(&reading->reader, path, content_r);
}

static void end_reading(struct reading *reading)
{
	struct seen *seen;

	while ((seen = reading->seen) != NULL) {
		reading->seen = seen->next;
		free(seen);
	}
	ps_rule_file_end(&reading->reader);
}

/* Of the first time that it was read. */
static struct stamp seen_stamp(const struct reading *reading, const char *path)
{
	struct stamp stamp = { .size = 0 };
	const struct seen *seen;

	for (seen = reading->seen; seen != NULL; seen = seen->next) {
		if (strcmp(seen->path, path) == 0)
			stamp = seen->stamp;
	}
	return stamp;
}

static int keep_stamps(struct ps_policy_book *book,
		       const struct reading *reading)
{
	size_t count = count_live(book->rules), i;

	book->live = calloc(count + 1, sizeof(*book->live));
	if (book->live == NULL)
		return -1;
	for (i = 0; i < count; i++)
		book->live[i] =
			seen_stamp(reading, ps_rules_live(book->rules, i));
	return 0;
}

/* ---- compiling ---- */

static int compile(struct ps_policy_book *book,
		   char error_r[PS_CONFIG_ERROR_MAX])
{
	struct reading reading = { .reader = PS_RULE_FILE_READER };
	const struct ps_rule_files files = { read_value, &reading };
	struct findings findings = { .errors = 0 };
	const struct ps_rule_report report = { say, &findings };
	const struct ps_rule_options options = { .compat = book->compat,
						 .files = &files,
						 .regex = &ps_regex_pcre2,
						 .report = &report };
	struct ps_bytes text = { book->text, book->text_len };
	int result = ps_rules_new(&options, book->path, text, &book->rules);

	if (result == 0)
		result = keep_stamps(book, &reading);
	end_reading(&reading);
	if (findings.warnings > PS_BOOK_SAID_MAX)
		ps_log(PS_LOG_WARNING,
		       "%s: %u more warnings: see postseal rules check",
		       book->path, findings.warnings - PS_BOOK_SAID_MAX);
	if (findings.errors > 0)
		snprintf(error_r, PS_CONFIG_ERROR_MAX, "%s", findings.error);
	return result;
}

static int book_of(const char *path, struct ps_bytes text,
		   enum ps_rule_compat compat, struct ps_policy_book **book_r,
		   char error_r[PS_CONFIG_ERROR_MAX])
{
	struct ps_policy_book *book = calloc(1, sizeof(*book));

	*book_r = book;
	snprintf(error_r, PS_CONFIG_ERROR_MAX, "%.300s: out of memory", path);
	if (book == NULL)
		return -1;
	book->compat = compat;
	book->path = strdup(path);
	book->text = malloc(text.len + 1);
	book->text_len = text.len;
	if (book->text != NULL)
		memcpy(book->text, text.at, text.len);
	if (book->path != NULL && book->text != NULL &&
	    compile(book, error_r) == 0)
		return 0;
	ps_policy_book_free(book_r);
	return -1;
}

int ps_policy_book_new(const struct ps_config_limits *limits,
		       struct ps_policy_book **book_r,
		       char error_r[PS_CONFIG_ERROR_MAX])
{
	struct ps_rule_file_reader reader = PS_RULE_FILE_READER;
	struct ps_bytes text;
	int result;

	if (limits->rules == NULL)
		return book_of("limits.rules", PS_BYTES(""), limits->compat,
			       book_r, error_r);
	*book_r = NULL;
	errno = ENOENT;
	if (ps_rule_file_read(&reader, limits->rules, &text) != PS_RULE_READ) {
		snprintf(error_r, PS_CONFIG_ERROR_MAX,
			 "limits.rules: %.300s: %s", limits->rules,
			 strerror(errno));
		return -1;
	}
	result = book_of(limits->rules, text, limits->compat, book_r, error_r);
	ps_rule_file_end(&reader);
	return result;
}

int ps_policy_book_again(const struct ps_policy_book *book,
			 struct ps_policy_book **book_r,
			 char error_r[PS_CONFIG_ERROR_MAX])
{
	return book_of(book->path,
		       (struct ps_bytes){ book->text, book->text_len },
		       book->compat, book_r, error_r);
}

void ps_policy_book_free(struct ps_policy_book **book)
{
	if (*book == NULL)
		return;
	ps_rules_free(&(*book)->rules);
	free((*book)->path);
	free((*book)->text);
	free((*book)->live);
	free(*book);
	*book = NULL;
}

const struct ps_rules *ps_policy_book_rules(const struct ps_policy_book *book)
{
	return book->rules;
}

bool ps_policy_book_is_old(struct ps_policy_book *book)
{
	struct stamp stamp;
	const char *path;
	bool old = false;
	size_t i;

	for (i = 0; (path = ps_rules_live(book->rules, i)) != NULL; i++) {
		stamp = stamp_of(path);
		old = old || !same_stamp(&stamp, &book->live[i]);
		book->live[i] = stamp;
	}
	return old;
}
