/* ldap_secret.c - the password of the bind, from its file. */

#include "directory/ldap_secret.h"

#include "core/text/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODE_REFUSED 0027 /* as of keys (DESIGN) */

static bool fail(const char *path, const char *why,
		 char reason_r[PS_REASON_MAX])
{
	snprintf(reason_r, PS_REASON_MAX, "%.150s: %s", path, why);
	return false;
}

/* NULL, or what is wrong with the file. */
static const char *refuse(int fd)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return strerror(errno);
	if (!S_ISREG(status.st_mode))
		return "is not a regular file";
	if ((status.st_mode & MODE_REFUSED) != 0)
		return "can be read by others or written by its group: "
		       "chmod 0640";
	return NULL;
}

bool ps_ldap_secret_read(const char *path, char secret_r[PS_LDAP_SECRET_MAX],
			 char reason_r[PS_REASON_MAX])
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	const char *why;
	struct ps_bytes line = { secret_r, 0 };
	ssize_t len = 0;

	if (fd < 0)
		return fail(path, strerror(errno), reason_r);
	why = refuse(fd);
	if (why == NULL) {
		len = read(fd, secret_r, PS_LDAP_SECRET_MAX);
		why = len < 0 ? strerror(errno) : NULL;
	}
	(void)close(fd);
	if (why != NULL)
		return fail(path, why, reason_r);
	line.len = (size_t)len;
	if (line.len > 0 && line.at[line.len - 1] == '\n')
		line.len--;
	if (line.len == 0 || line.len >= PS_LDAP_SECRET_MAX ||
	    ps_bytes_find(line, '\n') != NULL ||
	    ps_bytes_find(line, '\0') != NULL)
		return fail(path, "is not one line with a password", reason_r);
	secret_r[line.len] = '\0';
	return true;
}
