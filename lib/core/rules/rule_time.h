/* rule_time.h - the items date, time, days and months. */
#ifndef PS_CORE_RULES_RULE_TIME_H
#define PS_CORE_RULES_RULE_TIME_H

#include "core/rules/rule_build.h"

/* Local time of the request, brought by the caller. */
struct ps_rule_clock {
	unsigned int second, minute, hour; /* from 0 */
	unsigned int day;		   /* of the month, from 1 */
	unsigned int month;		   /* January is 0 */
	unsigned int year;		   /* 2026 */
	unsigned int weekday;		   /* Sunday is 0 */
};

enum ps_rule_calendar {
	PS_RULE_DATE,  /* DD.MM.YYYY */
	PS_RULE_TIME,  /* HH:MM:SS */
	PS_RULE_DAYS,  /* Sun..Sat, or 0 to 6 */
	PS_RULE_MONTHS /* Jan..Dec, or 0 to 11 */
};

/* One value or a range of them; an end that is not given is open. */
struct ps_rule_range {
	enum ps_rule_calendar calendar;
	bool from_now, to_now; /* that end is the present time */
	double from, to;
	bool wraps; /* safe: from Nov to Feb, from 22:00 to 06:00 */
};

/* -1: cannot be read, which was said. */
int ps_rule_range_new(struct ps_rule_build *build,
		      enum ps_rule_calendar calendar, struct ps_bytes text,
		      struct ps_rule_range *range_r);
bool ps_rule_range_holds(const struct ps_rule_range *range,
			 const struct ps_rule_clock *clock);

#endif
