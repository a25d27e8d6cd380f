/* rule_time.c - the items date, time, days and months. */

#include "core/rules/rule_time.h"

#include "core/rules/rule_number.h"
#include "core/rules/rule_text.h"
#include "core/text/cursor.h"

#include <string.h>

static const char *const months[] = {
	"jan", "feb", "mar", "apr", "may", "jun",
	"jul", "aug", "sep", "oct", "nov", "dec"
};
static const char *const days[] = { "sun", "mon", "tue", "wed",
				    "thu", "fri", "sat" };

/* Its number, or -1.  strict: Jan, jan and JAN, but not jAN. */
static int find_name(struct ps_bytes text, const char *const names[],
		     size_t count, bool strict)
{
	size_t i;

	if (strict && text.len == 3 &&
	    (text.at[1] >= 'a') != (text.at[2] >= 'a'))
		return -1;
	for (i = 0; i < count; i++) {
		if (ps_bytes_equal_fold(text, ps_bytes_of(names[i])))
			return (int)i;
	}
	return -1;
}

/* The original takes one digit as a number, all else as a name, and a name
 * that it does not know as 0. */
static int read_name(enum ps_rule_calendar calendar, struct ps_bytes text,
		     bool strict, double *number_r)
{
	const bool month = calendar == PS_RULE_MONTHS;
	unsigned long long number = 0;
	int found = month ? find_name(text, months, 12, strict)
			  : find_name(text, days, 7, strict);

	*number_r = found < 0 ? 0 : found;
	if (found >= 0)
		return 0;
	if (strict) {
		if (text.len == 1 && ps_ascii_digit(text.at[0]))
			*number_r = text.at[0] - '0';
		return 0;
	}
	if (!ps_ascii_number(text, month ? 11 : 6, &number))
		return -1;
	*number_r = (double)number;
	return 0;
}

/* DD.MM.YYYY as YYYYMMDD, HH:MM:SS as HHMMSS, by joining the parts. */
static double join(enum ps_rule_calendar calendar, struct ps_bytes text)
{
	const char mark = calendar == PS_RULE_DATE ? '.' : ':';
	char joined[64];
	size_t len = 0, start, end = text.len;

	if (text.len >= sizeof(joined))
		return 0;
	if (calendar == PS_RULE_TIME) {
		for (start = 0; start < text.len; start++) {
			if (text.at[start] != mark)
				joined[len++] = text.at[start];
		}
		return ps_rule_number((struct ps_bytes){ joined, len });
	}
	for (;;) {
		for (start = end; start > 0 && text.at[start - 1] != mark;)
			start--;
		memcpy(joined + len, text.at + start, end - start);
		len += end - start;
		if (start == 0)
			break;
		end = start - 1;
	}
	return ps_rule_number((struct ps_bytes){ joined, len });
}

/* Two or three numbers with marks between them. */
static int read_parts(enum ps_rule_calendar calendar, struct ps_bytes text,
		      double *number_r)
{
	const bool date = calendar == PS_RULE_DATE;
	const unsigned long long most[2][3] = { { 23, 59, 59 },
						{ 31, 12, 9999 } };
	struct ps_cursor cursor = ps_cursor_of(text);
	unsigned long long part[3] = { 0, 0, 0 };
	size_t count = 0;

	for (; count < 3; count++) {
		if (count > 0 && !ps_cursor_skip(&cursor, date ? '.' : ':'))
			break;
		if (!ps_ascii_number(ps_cursor_take(&cursor, "0123456789"),
				     most[date][count], &part[count]))
			return -1;
	}
	if (!ps_cursor_done(&cursor) || count < (date ? 3 : 2))
		return -1;
	if (date && (part[0] == 0 || part[1] == 0))
		return -1;
	if (date)
		*number_r = (double)(part[2] * 10000 + part[1] * 100 + part[0]);
	else
		*number_r = (double)(part[0] * 10000 + part[1] * 100 + part[2]);
	return 0;
}

static const char *format_of(enum ps_rule_calendar calendar)
{
	switch (calendar) {
	case PS_RULE_DATE:
		return "DD.MM.YYYY";
	case PS_RULE_TIME:
		return "HH:MM:SS";
	case PS_RULE_DAYS:
		return "day of the week";
	case PS_RULE_MONTHS:
		break;
	}
	return "month";
}

/* -1: cannot be read; safe refuses it. */
static int read_end(struct ps_rule_build *build, enum ps_rule_calendar calendar,
		    struct ps_bytes text, double *number_r)
{
	bool named = calendar == PS_RULE_DAYS || calendar == PS_RULE_MONTHS;
	double meant = 0, original = 0;
	int good;

	if (named) {
		good = read_name(calendar, text, false, &meant);
		(void)read_name(calendar, text, true, &original);
	} else {
		good = read_parts(calendar, text, &meant);
		original = join(calendar, text);
	}
	*number_r = build->strict ? original : meant;
	if (good < 0)
		ps_rule_refuse(build, "bad-time", "\"%.*s\" is no %s",
			       ps_rule_shown(text), text.at,
			       format_of(calendar));
	else if (original < meant || original > meant ||
		 (named && ps_bytes_equal(text, PS_BYTES("0"))))
		ps_rule_warn(build, "time-reads-otherwise",
			     "postfwd reads \"%.*s\" as another time: write "
			     "names (Jan, Sun), and HH:MM:SS",
			     ps_rule_shown(text), text.at);
	return good;
}

static bool is_zero(struct ps_bytes text)
{
	return text.len == 0 || ps_bytes_equal(text, PS_BYTES("0"));
}

int ps_rule_range_new(struct ps_rule_build *build,
		      enum ps_rule_calendar calendar, struct ps_bytes text,
		      struct ps_rule_range *range_r)
{
	const char *dash = ps_bytes_find(text, '-');
	struct ps_bytes from = text, to;

	if (dash != NULL)
		from.len = (size_t)(dash - text.at);
	to = from;
	if (dash != NULL)
		to = (struct ps_bytes){ dash + 1, text.len - from.len - 1 };
	from = ps_rule_trim(from);
	to = ps_rule_trim(to);
	*range_r = (struct ps_rule_range){ .calendar = calendar };
	range_r->from_now = from.len == 0;
	range_r->to_now = to.len == 0;
	if ((!range_r->from_now &&
	     read_end(build, calendar, from, &range_r->from) < 0 &&
	     !build->strict) ||
	    (!range_r->to_now && dash != NULL &&
	     read_end(build, calendar, to, &range_r->to) < 0 && !build->strict))
		return -1;
	if (dash == NULL)
		range_r->to = range_r->from;
	if (build->strict) { /* what is "0" counts as not given */
		range_r->from_now = is_zero(from);
		range_r->to_now = is_zero(to);
	}
	range_r->wraps = !range_r->from_now && !range_r->to_now &&
			 range_r->from > range_r->to;
	if (range_r->wraps && calendar != PS_RULE_DATE)
		ps_rule_warn(build, "range-wraps",
			     "postfwd never matches %.*s, which goes past the "
			     "end of the %s: write two ranges",
			     ps_rule_shown(text), text.at,
			     calendar == PS_RULE_TIME	? "day"
			     : calendar == PS_RULE_DAYS ? "week"
							: "year");
	if (build->strict || calendar == PS_RULE_DATE)
		range_r->wraps = false;
	return 0;
}

static double now_of(enum ps_rule_calendar calendar,
		     const struct ps_rule_clock *clock)
{
	switch (calendar) {
	case PS_RULE_DATE:
		return clock->year * 10000.0 + (clock->month + 1) * 100 +
		       clock->day;
	case PS_RULE_TIME:
		return clock->hour * 10000.0 + clock->minute * 100 +
		       clock->second;
	case PS_RULE_DAYS:
		return clock->weekday;
	case PS_RULE_MONTHS:
		break;
	}
	return clock->month;
}

bool ps_rule_range_holds(const struct ps_rule_range *range,
			 const struct ps_rule_clock *clock)
{
	double now = now_of(range->calendar, clock);
	bool from = range->from_now || range->from <= now;
	bool to = range->to_now || range->to >= now;

	return range->wraps ? from || to : from && to;
}
