/* rule_clock.c - a moment as rules see it. */

#include "io/rule_clock.h"

#include <time.h>

struct ps_rule_clock ps_rule_clock_local(uint64_t now)
{
	const time_t seconds = (time_t)now;
	struct tm tm = { .tm_mday = 1, .tm_year = 70 };

	(void)localtime_r(&seconds, &tm);
	return (struct ps_rule_clock){
		.second = (unsigned int)tm.tm_sec,
		.minute = (unsigned int)tm.tm_min,
		.hour = (unsigned int)tm.tm_hour,
		.day = (unsigned int)tm.tm_mday,
		.month = (unsigned int)tm.tm_mon,
		.year = (unsigned int)tm.tm_year + 1900,
		.weekday = (unsigned int)tm.tm_wday,
	};
}
