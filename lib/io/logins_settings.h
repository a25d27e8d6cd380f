/* logins_settings.h - what is kept of logins, as limits { } says. */
#ifndef PS_IO_LOGINS_SETTINGS_H
#define PS_IO_LOGINS_SETTINGS_H

#include "directory/config.h"
#include "io/country_maxmind.h"

/*
 * *file_r: for logins, to be closed behind them; NULL without
 * limits.country_file, and when it cannot be used: *note_r then says why, else
 * it is "".  0, or -1: no memory, or no randomness.
 */
int ps_logins_open(const struct ps_config_limits *limits,
		   struct ps_country_file **file_r, struct ps_logins **logins_r,
		   char note_r[PS_REASON_MAX]);
/* Both, and sets them to NULL. */
void ps_logins_close(struct ps_country_file **file, struct ps_logins **logins);

#endif
