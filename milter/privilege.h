/* privilege.h - what is done as root, and how root is left. */
#ifndef PS_MILTER_PRIVILEGE_H
#define PS_MILTER_PRIVILEGE_H

#include "directory/config.h"

/*
 * Make ready for a socket, before it is bound.  socket: the value of setting.
 * "unix:/path" or "local:/path": as root, its folder is made (USER:GROUP 2750;
 * the group is milter.socket_group) when it is missing; a socket that nobody
 * listens at is removed.  "/path": the same for a socket of ours alone, in a
 * folder as the pid file's.  Other kinds need nothing.  0, or -1 with a
 * sentence in error_r; so too when another process listens there.
 */
int ps_socket_prepare(const struct ps_config *config, const char *setting,
		      const char *socket, char error_r[PS_CONFIG_ERROR_MAX]);
/* Once it is bound: 0660, and as root USER:GROUP; "/path": 0600, USER. */
int ps_socket_share(const struct ps_config *config, const char *socket,
		    char error_r[PS_CONFIG_ERROR_MAX]);
/* At the end, or when it was bound in vain; not one that was handed to us. */
void ps_socket_remove(const char *socket);

/* As root its folder is made (USER 0755) when it is missing. */
int ps_pid_file_write(const struct ps_config *config,
		      char error_r[PS_CONFIG_ERROR_MAX]);

/* As root the folder of file is made (USER 0700) when it is missing; file: the
 * daemon's own, which is written once root is dropped. */
int ps_state_folder_make(const struct ps_config *config, const char *file,
			 char error_r[PS_CONFIG_ERROR_MAX]);

/* The milter's socket, which libmilter leaves to us, and the pid file. */
void ps_files_remove(const struct ps_config *config);

/* Soft limit of open files up to the hard one. */
void ps_privilege_raise_files(void);
/* As root: become config's user, with its groups, for good.  Else nothing.  No
 * core file and no debugger: keys are in memory. */
int ps_privilege_drop(const struct ps_config *config,
		      char error_r[PS_CONFIG_ERROR_MAX]);

#endif
