/* dict_postseal.c - Postfix lookup tables of type "postseal". */

#include <sys_defs.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include <msg.h>
#include <dict.h>
#include <mail_version.h>

#include "directory/log.h"
#include "directory/shared.h"

#define DICT_TYPE_POSTSEAL "postseal"
#define NAME_MAX_OCTETS	   1024 /* of a table name; ours */

/*
 * One table: a view of the directory.  Without shared it could not be opened
 * and answers "try again".  dict_surrogate() would do the same in a daemon, but
 * end a command (postmap, postconf): it is left for the version mismatch, where
 * our own idea of a DICT cannot be trusted.
 */
struct table {
	DICT dict; /* first: the host's view of it */
	struct ps_shared *shared;
	enum ps_view view;
	struct ps_buffer answer;
	char complaint[PS_REASON_MAX]; /* logged last; "" all is well */
};

DICT *dict_postseal_open(const char *name, int open_flags, int dict_flags);

static void log_sink(enum ps_log_level level, const char *line)
{
	switch (level) {
	case PS_LOG_DEBUG:
		if (msg_verbose)
			msg_info("%s", line);
		break;
	case PS_LOG_INFO:
		msg_info("%s", line);
		break;
	case PS_LOG_WARNING:
	case PS_LOG_ERROR:
		msg_warn("%s", line);
		break;
	}
}

/* Once for each change: a mail queue may ask a thousand times a second. */
static void note(struct table *table, const char *reason)
{
	if (strcmp(table->complaint, reason) == 0)
		return;
	if (reason[0] != '\0')
		msg_warn("%s:%s: %s", table->dict.type, table->dict.name,
			 reason);
	else
		msg_info("%s:%s: answers again", table->dict.type,
			 table->dict.name);
	snprintf(table->complaint, sizeof(table->complaint), "%s", reason);
}

static const char *table_lookup(DICT *dict, const char *key)
{
	struct table *table = (struct table *)dict;
	struct ps_directory *directory;
	enum ps_outcome outcome = PS_TEMPFAIL;

	dict->error = DICT_ERR_NONE;
	if (table->shared != NULL) {
		directory = ps_shared_directory(table->shared);
		outcome = ps_directory_view(directory, table->view, key,
					    &table->answer);
		note(table, outcome == PS_TEMPFAIL
				    ? ps_directory_reason(directory)
				    : "");
	}
	switch (outcome) {
	case PS_FOUND:
		return ps_buffer_cstr(&table->answer);
	case PS_NOTFOUND:
		return NULL;
	case PS_TEMPFAIL:
		break;
	}
	dict->error = DICT_ERR_RETRY;
	return NULL;
}

static void table_close(DICT *dict)
{
	struct table *table = (struct table *)dict;

	ps_shared_close(&table->shared);
	ps_buffer_free(&table->answer);
	dict_free(dict);
}

/* "VIEW" or "/abs/postseal.conf:VIEW".  -1 with a sentence in error_r. */
static int table_connect(struct table *table, const char *name,
			 char error_r[PS_CONFIG_ERROR_MAX])
{
	char path[NAME_MAX_OCTETS];
	const char *view = name, *colon;

	if (name[0] == '/') {
		colon = strrchr(name, ':');
		if (colon == NULL ||
		    !ps_bytes_copy(
			    (struct ps_bytes){ name, (size_t)(colon - name) },
			    path, sizeof(path))) {
			snprintf(error_r, PS_CONFIG_ERROR_MAX,
				 "expecting VIEW or /path/postseal.conf:VIEW");
			return -1;
		}
		view = colon + 1;
	}
	if (!ps_view_by_name(view, &table->view)) {
		snprintf(error_r, PS_CONFIG_ERROR_MAX,
			 "no view \"%s\" (domains, mailboxes, aliases, "
			 "senders, transport, relay_domains, quota)",
			 view);
		return -1;
	}
	return ps_shared_open(name[0] == '/' ? path : NULL, &table->shared,
			      error_r);
}

/* As far as the configuration file can be trusted, so can what it names. */
static void set_owner(DICT *dict, const struct ps_shared *shared)
{
	struct stat st;

	dict->owner.status = DICT_OWNER_UNTRUSTED;
	dict->owner.uid = (uid_t)-1;
	if (shared == NULL || stat(ps_shared_config(shared)->path, &st) < 0)
		return;
	dict->owner.uid = st.st_uid;
	if (st.st_uid == 0)
		dict->owner.status = DICT_OWNER_TRUSTED;
}

/*
 * Postfix changes its plugin interface with the minor version and checks
 * nothing.  Major and minor are what stands before the second "." or a "-".
 */
static int same_interface(const char *built, const char *running)
{
	size_t len = strcspn(built, ".");

	len += 1 + strcspn(built + len + 1, ".-");
	return strncmp(built, running, len) == 0 &&
	       strchr(".-", running[len]) != NULL;
}

DICT *dict_postseal_open(const char *name, int open_flags, int dict_flags)
{
	char error[PS_CONFIG_ERROR_MAX];
	struct table *table;

	if (!same_interface(MAIL_VERSION_NUMBER, get_mail_version()))
		return dict_surrogate(DICT_TYPE_POSTSEAL, name, open_flags,
				      dict_flags,
				      "%s:%s: the plugin was built for Postfix "
				      "%s, this is %s: build it again",
				      DICT_TYPE_POSTSEAL, name,
				      MAIL_VERSION_NUMBER, get_mail_version());
	if (open_flags != O_RDONLY)
		return dict_surrogate(DICT_TYPE_POSTSEAL, name, open_flags,
				      dict_flags,
				      "%s:%s: the table is changed with "
				      "postseal(1) only",
				      DICT_TYPE_POSTSEAL, name);
	ps_log_set_sink(log_sink);
	table = (struct table *)dict_alloc(DICT_TYPE_POSTSEAL, name,
					   sizeof(*table));
	table->dict.lookup = table_lookup;
	table->dict.close = table_close;
	table->dict.flags = dict_flags | DICT_FLAG_FIXED;
	table->shared = NULL;
	table->answer = PS_BUFFER(PS_ANSWER_MAX);
	table->complaint[0] = '\0';
	if (table_connect(table, name, error) < 0)
		msg_warn("%s:%s is unavailable: %s", DICT_TYPE_POSTSEAL, name,
			 error);
	set_owner(&table->dict, table->shared);
	return &table->dict;
}
