/* shared.h - one directory handle for all tables and drivers of a host. */
#ifndef PS_DIRECTORY_SHARED_H
#define PS_DIRECTORY_SHARED_H

#include "directory/directory.h"

/*
 * What a host's process has open with one configuration file: its tables ask
 * through the same handle, so it holds each database open once.  Counted; for
 * hosts with one thread, as the directory is.
 */
struct ps_shared;

/*
 * path as in ps_config_read(); the file is read by the first open and again
 * only after the last close.  0, or -1 with a sentence in error_r.
 */
int ps_shared_open(const char *path, struct ps_shared **shared_r,
		   char error_r[PS_CONFIG_ERROR_MAX]);
void ps_shared_close(struct ps_shared **shared);
/* Both borrowed until the close. */
struct ps_directory *ps_shared_directory(const struct ps_shared *shared);
const struct ps_config *ps_shared_config(const struct ps_shared *shared);

#endif
