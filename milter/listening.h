/* listening.h - the sockets of a service, opened as root. */
#ifndef PS_MILTER_LISTENING_H
#define PS_MILTER_LISTENING_H

#include "directory/config.h"

struct ps_listening {
	const char *name[PS_SOCKETS_MAX]; /* borrowed */
	int fd[PS_SOCKETS_MAX];		  /* do not block */
	size_t count;
};

/*
 * Listen at each of names (a setting of kind PS_SETTING_SOCKETS, called
 * setting in errors); unix: sockets are made and given away as
 * milter/privilege.h says, or taken where one was handed to us
 * (milter/handed.h).  Connections wait until somebody accepts them.
 * names: borrowed until the close.  0, or -1 with a sentence in error_r and
 * nothing left open.
 */
int ps_listening_open(const struct ps_config *config, const char *setting,
		      const struct ps_config_list *names,
		      struct ps_listening *listening_r,
		      char error_r[PS_CONFIG_ERROR_MAX]);
/* The same for the control socket: for USER and root alone. */
int ps_listening_open_control(const struct ps_config *config,
			      struct ps_listening *listening_r,
			      char error_r[PS_CONFIG_ERROR_MAX]);
/* No new client finds them; those that came in time still are accepted. */
void ps_listening_remove(const struct ps_listening *listening);
void ps_listening_close(struct ps_listening *listening);

#endif
