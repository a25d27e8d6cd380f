/* privilege.c - what is done as root, and how root is left. */

#include "milter/privilege.h"

#include "core/text/bytes.h"
#include "milter/handed.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define FOLDER_MODE	02750
#define SOCKET_MODE	0660
#define PRIVATE_MODE	0600
#define PID_FOLDER_MODE 0755
#define STATE_MODE	0700
#define PID_FILE_MODE	0644
#define GROUPS_MAX	256 /* of one user; ours */

static int fail(char error_r[PS_CONFIG_ERROR_MAX], const char *what,
		const char *name)
{
	snprintf(error_r, PS_CONFIG_ERROR_MAX, "%s %.300s: %s", what, name,
		 strerror(errno));
	return -1;
}

static bool is_private(const char *socket)
{
	return socket[0] == '/';
}

/* The path of "/path", "unix:/path" or "local:/path"; NULL: another kind. */
static const char *socket_path(const char *socket)
{
	if (is_private(socket))
		return socket;
	if (ps_bytes_starts_fold(ps_bytes_of(socket), PS_BYTES("unix:")))
		return socket + 5;
	if (ps_bytes_starts_fold(ps_bytes_of(socket), PS_BYTES("local:")))
		return socket + 6;
	return NULL;
}

static int user_of(const struct ps_config *config, const struct passwd **user_r,
		   char error_r[PS_CONFIG_ERROR_MAX])
{
	*user_r = getpwnam(config->user);
	if (*user_r != NULL)
		return 0;
	snprintf(error_r, PS_CONFIG_ERROR_MAX, "user %s does not exist",
		 config->user);
	return -1;
}

static int owners(const struct ps_config *config, uid_t *user_r, gid_t *group_r,
		  char error_r[PS_CONFIG_ERROR_MAX])
{
	const struct group *group = getgrnam(config->milter.socket_group);
	const struct passwd *user;

	if (user_of(config, &user, error_r) < 0)
		return -1;
	if (group == NULL) {
		snprintf(error_r, PS_CONFIG_ERROR_MAX,
			 "milter.socket_group %s does not exist",
			 config->milter.socket_group);
		return -1;
	}
	*user_r = user->pw_uid;
	*group_r = group->gr_gid;
	return 0;
}

/* 1: the folder of path was made, 0: it is there already. */
static int make_folder(const char *path, mode_t mode, char folder_r[PATH_MAX],
		       char error_r[PS_CONFIG_ERROR_MAX])
{
	const char *slash = strrchr(path, '/');
	struct stat status;

	if (slash == NULL || slash == path ||
	    !ps_bytes_copy((struct ps_bytes){ path, (size_t)(slash - path) },
			   folder_r, PATH_MAX) ||
	    stat(folder_r, &status) == 0)
		return 0;
	/* Not at the mercy of the umask, which chmod is not either. */
	if (mkdir(folder_r, mode) < 0 || chmod(folder_r, mode) < 0)
		return fail(error_r, "cannot make the folder", folder_r);
	return 1;
}

/* The folder of path, for the user alone or for others to look into. */
static int make_own_folder(const struct ps_config *config, const char *path,
			   mode_t mode, char error_r[PS_CONFIG_ERROR_MAX])
{
	const struct passwd *user;
	char folder[PATH_MAX];
	int made = make_folder(path, mode, folder, error_r);

	if (made <= 0 || geteuid() != 0)
		return made < 0 ? -1 : 0;
	if (user_of(config, &user, error_r) < 0)
		return -1;
	if (chown(folder, user->pw_uid, user->pw_gid) < 0)
		return fail(error_r, "cannot give away the folder", folder);
	return 0;
}

static int make_socket_folder(const struct ps_config *config, const char *path,
			      char error_r[PS_CONFIG_ERROR_MAX])
{
	char folder[PATH_MAX];
	uid_t user = 0;
	gid_t group = 0;
	int made;

	/* Known first: a folder that stays root's would keep Postfix out. */
	if (geteuid() == 0 && owners(config, &user, &group, error_r) < 0)
		return -1;
	made = make_folder(path, FOLDER_MODE, folder, error_r);
	if (made <= 0 || geteuid() != 0)
		return made < 0 ? -1 : 0;
	/* chown takes the set-group-id bit off. */
	if (chown(folder, user, group) < 0 || chmod(folder, FOLDER_MODE) < 0)
		return fail(error_r, "cannot give away the folder", folder);
	return 0;
}

/* Nobody answers at a socket whose process is gone. */
static int remove_stale(const char *path, char error_r[PS_CONFIG_ERROR_MAX])
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat status;
	int fd, result;

	if (lstat(path, &status) < 0)
		return errno == ENOENT ? 0 : fail(error_r, "cannot use", path);
	if (!S_ISSOCK(status.st_mode)) {
		snprintf(error_r, PS_CONFIG_ERROR_MAX,
			 "%s is there and is no socket", path);
		return -1;
	}
	(void)ps_bytes_copy(ps_bytes_of(path), address.sun_path,
			    sizeof(address.sun_path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail(error_r, "cannot use", path);
	result = connect(fd, (struct sockaddr *)&address, sizeof(address));
	close(fd);
	if (result == 0 || errno != ECONNREFUSED) {
		snprintf(error_r, PS_CONFIG_ERROR_MAX,
			 "another process listens at %s", path);
		return -1;
	}
	return unlink(path) < 0 ? fail(error_r, "cannot remove", path) : 0;
}

int ps_socket_prepare(const struct ps_config *config, const char *setting,
		      const char *socket, char error_r[PS_CONFIG_ERROR_MAX])
{
	const char *path = socket_path(socket);

	if (path == NULL)
		return 0;
	if (strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path)) {
		snprintf(error_r, PS_CONFIG_ERROR_MAX,
			 "%s: %.300s is too long for a socket", setting, path);
		return -1;
	}
	if ((is_private(socket)
		     ? make_own_folder(config, path, PID_FOLDER_MODE, error_r)
		     : make_socket_folder(config, path, error_r)) < 0)
		return -1;
	return remove_stale(path, error_r);
}

int ps_socket_share(const struct ps_config *config, const char *socket,
		    char error_r[PS_CONFIG_ERROR_MAX])
{
	const char *path = socket_path(socket);
	const bool private = path != NULL && is_private(socket);
	uid_t user;
	gid_t group;

	if (path == NULL)
		return 0;
	if (geteuid() == 0) {
		if (owners(config, &user, &group, error_r) < 0)
			return -1;
		if (lchown(path, user, private ? (gid_t)-1 : group) < 0)
			return fail(error_r, "cannot give away", path);
	}
	if (chmod(path, private ? PRIVATE_MODE : SOCKET_MODE) < 0)
		return fail(error_r, "cannot set the mode of", path);
	return 0;
}

int ps_state_folder_make(const struct ps_config *config, const char *file,
			 char error_r[PS_CONFIG_ERROR_MAX])
{
	return make_own_folder(config, file, STATE_MODE, error_r);
}

int ps_pid_file_write(const struct ps_config *config,
		      char error_r[PS_CONFIG_ERROR_MAX])
{
	const char *path = config->pid_file;
	char text[16];
	int fd, len;
	ssize_t written;

	if (path == NULL)
		return 0;
	if (make_own_folder(config, path, PID_FOLDER_MODE, error_r) < 0)
		return -1;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		  PID_FILE_MODE);
	if (fd < 0)
		return fail(error_r, "pid_file", path);
	(void)fchmod(fd, PID_FILE_MODE); /* whatever the umask */
	len = snprintf(text, sizeof(text), "%d\n", (int)getpid());
	written = write(fd, text, (size_t)len);
	close(fd);
	return written == len ? 0 : fail(error_r, "pid_file", path);
}

void ps_socket_remove(const char *socket)
{
	const char *path = socket_path(socket);

	if (path != NULL && !ps_handed_has(socket))
		(void)unlink(path);
}

void ps_files_remove(const struct ps_config *config)
{
	ps_socket_remove(config->milter.socket);
	if (config->pid_file != NULL)
		(void)unlink(config->pid_file);
}

void ps_privilege_raise_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/*
 * The groups of the user, and directory.read_group: the daemon reads the
 * directory, whoever else is in that group.
 */
static int take_groups(const struct ps_config *config,
		       const struct passwd *user)
{
	const struct group *readers = getgrnam(config->directory.read_group);
	gid_t groups[GROUPS_MAX + 1];
	int count = GROUPS_MAX;

	if (getgrouplist(config->user, user->pw_gid, groups, &count) < 0)
		return initgroups(config->user, user->pw_gid);
	if (readers != NULL)
		groups[count++] = readers->gr_gid;
	return setgroups((size_t)count, groups);
}

int ps_privilege_drop(const struct ps_config *config,
		      char error_r[PS_CONFIG_ERROR_MAX])
{
	const struct passwd *entry;

	if (geteuid() == 0) {
		if (user_of(config, &entry, error_r) < 0)
			return -1;
		if (take_groups(config, entry) < 0 ||
		    setgid(entry->pw_gid) < 0 || setuid(entry->pw_uid) < 0 ||
		    (entry->pw_uid != 0 && setuid(0) == 0))
			return fail(error_r, "cannot become user",
				    config->user);
	}
	(void)prctl(PR_SET_DUMPABLE, 0);
	return 0;
}
