/* quiet.h - a fault that every message meets is logged once a minute. */
#ifndef PS_MILTER_QUIET_H
#define PS_MILTER_QUIET_H

#include "directory/log.h"

#include <stdint.h>

#define PS_QUIET_US 60000000 /* the same line again after */

/*
 * ps_log(), unless the same line was written less than PS_QUIET_US ago.  Safe
 * in any thread.  now: monotonic microseconds.  Of some 64 different lines;
 * with more, one may come again earlier.
 */
void ps_quiet_log(uint64_t now, enum ps_log_level level, const char *format,
		  ...) __attribute__((format(printf, 3, 4)));

#endif
