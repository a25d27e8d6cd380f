/* clock.h - the only places that read the time. */
#ifndef PS_IO_CLOCK_H
#define PS_IO_CLOCK_H

#include <stdint.h>

uint64_t ps_clock_seconds(void);      /* since 1970, UTC */
uint64_t ps_clock_monotonic_us(void); /* microseconds, for durations */

#endif
