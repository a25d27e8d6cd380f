/* privilege.h - what is done as root, and how root is left. */
#ifndef PS_MILTER_PRIVILEGE_H
#define PS_MILTER_PRIVILEGE_H

#include "directory/config.h"

/*
 * Make ready for a unix: socket, before it is bound: as root, its folder is
 * made (USER:GROUP 2750) when it is missing; a socket that nobody listens at is
 * removed.  An inet: socket needs nothing.  0, or -1 with a sentence in
 * error_r; so too when another process listens there.
 */
int ps_socket_prepare(const struct ps_config *config,
		      char error_r[PS_CONFIG_ERROR_MAX]);
/* Once it is bound: 0660, and as root USER:GROUP. */
int ps_socket_share(const struct ps_config *config,
		    char error_r[PS_CONFIG_ERROR_MAX]);

/* As root its folder is made (USER 0755) when it is missing. */
int ps_pid_file_write(const struct ps_config *config,
		      char error_r[PS_CONFIG_ERROR_MAX]);

/* Socket and pid file, at the end; libmilter leaves the socket to root. */
void ps_files_remove(const struct ps_config *config);

/* Soft limit of open files up to the hard one. */
void ps_privilege_raise_files(void);
/* As root: become config's user, with its groups, for good.  Else nothing.  No
 * core file and no debugger: keys are in memory. */
int ps_privilege_drop(const struct ps_config *config,
		      char error_r[PS_CONFIG_ERROR_MAX]);

#endif
