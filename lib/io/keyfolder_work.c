/* keyfolder_work.c - one change of a domain's keys at a time. */

#include "io/keyfolder_work.h"

#include "io/keylist.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum ps_keys_write ps_keys_work_refuse(struct ps_keys_work *work,
				       enum ps_keys_write result,
				       const char *what, const char *why)
{
	snprintf(work->reason, PS_REASON_MAX, "%.140s: %.110s", what, why);
	return result;
}

int ps_keys_work_folder(struct ps_keys_work *work, const char *path)
{
	const char *name = work->config->keys.group;
	struct group *group = NULL;

	if (geteuid() == 0 && (group = getgrnam(name)) == NULL) {
		snprintf(work->reason, PS_REASON_MAX,
			 "setting keys.group: there is no group \"%.100s\"",
			 name);
		return -1;
	}
	if ((mkdir(path, 0750) < 0 && errno != EEXIST) ||
	    (group != NULL && chown(path, 0, group->gr_gid) < 0) ||
	    chmod(path, 0750) < 0) {
		(void)ps_keys_work_refuse(work, PS_KEYS_TEMPFAIL, path,
					  strerror(errno));
		return -1;
	}
	return 0;
}

/* One command at a time; make: the folder of all keys too. */
static enum ps_keys_write begin(struct ps_keys_work *work, bool make)
{
	const char *folder = work->config->keys.folder;

	work->lock = -1;
	if (!ps_keyfolder_is_domain(work->domain))
		return ps_keys_work_refuse(work, PS_KEYS_REFUSED, work->domain,
					   "is not a domain");
	if (strlen(folder) > 600)
		return ps_keys_work_refuse(work, PS_KEYS_REFUSED, "keys.folder",
					   "the path is too long");
	snprintf(work->folder, sizeof(work->folder), "%.600s/%.253s", folder,
		 work->domain);
	if (make && access(folder, F_OK) < 0 &&
	    ps_keys_work_folder(work, folder) < 0)
		return PS_KEYS_TEMPFAIL;
	work->lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (work->lock < 0 || flock(work->lock, LOCK_EX) < 0)
		return ps_keys_work_refuse(work, PS_KEYS_TEMPFAIL, folder,
					   strerror(errno));
	return PS_KEYS_DONE;
}

enum ps_keys_write ps_keys_work_begin(const struct ps_config *config,
				      const char *domain, bool make,
				      char reason[PS_REASON_MAX],
				      struct ps_keys_work **work_r)
{
	struct ps_keys_work *work = calloc(1, sizeof(*work));

	*work_r = work;
	snprintf(reason, PS_REASON_MAX, "out of memory");
	if (work == NULL)
		return PS_KEYS_TEMPFAIL;
	work->config = config;
	work->domain = domain;
	work->reason = reason;
	return begin(work, make);
}

void ps_keys_work_end(struct ps_keys_work **work)
{
	if (*work != NULL && (*work)->lock >= 0)
		(void)close((*work)->lock);
	free(*work);
	*work = NULL;
}
