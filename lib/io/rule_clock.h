/* rule_clock.h - a moment as rules see it, by this machine's time zone. */
#ifndef PS_IO_RULE_CLOCK_H
#define PS_IO_RULE_CLOCK_H

#include "core/rules/rule_time.h"

#include <stdint.h>

/* now: seconds since 1970.  Safe in any thread. */
struct ps_rule_clock ps_rule_clock_local(uint64_t now);

#endif
