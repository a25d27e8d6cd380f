/* mail_log.c - one line of Postfix's log. */

#include "cli/mail_log.h"

#include <string.h>
#include <time.h>

#define QUEUE_ID_MAX 31	   /* octets; long ones have some 16; ours */
#define DAY	     86400 /* seconds */
#define ALNUM	     "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS	     "0123456789"

/* ---- time stamps ---- */

/* Exactly that many digits. */
static bool take_digits(struct ps_cursor *cursor, size_t count, unsigned int *r)
{
	*r = 0;
	for (; count > 0; count--) {
		int c = ps_cursor_peek(cursor);

		if (c < '0' || c > '9')
			return false;
		*r = *r * 10 + (unsigned int)(c - '0');
		(void)ps_cursor_next(cursor);
	}
	return true;
}

static bool take_time(struct ps_cursor *cursor, struct ps_mail_stamp *stamp)
{
	return take_digits(cursor, 2, &stamp->hour) &&
	       ps_cursor_skip(cursor, ':') &&
	       take_digits(cursor, 2, &stamp->minute) &&
	       ps_cursor_skip(cursor, ':') &&
	       take_digits(cursor, 2, &stamp->second);
}

/* "Z", "+01:00", "-0330" */
static bool take_zone(struct ps_cursor *cursor, struct ps_mail_stamp *stamp)
{
	unsigned int hours, minutes;
	int sign = 1;

	stamp->has_zone = true;
	if (ps_cursor_skip(cursor, 'Z') || ps_cursor_skip(cursor, 'z'))
		return true;
	if (ps_cursor_skip(cursor, '-'))
		sign = -1;
	else if (!ps_cursor_skip(cursor, '+'))
		return false;
	if (!take_digits(cursor, 2, &hours))
		return false;
	(void)ps_cursor_skip(cursor, ':');
	if (!take_digits(cursor, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	stamp->zone = sign * (int)(hours * 60 + minutes);
	return true;
}

/* RFC 3339 5.6 */
static bool take_full(struct ps_cursor *cursor, struct ps_mail_stamp *stamp)
{
	if (!take_digits(cursor, 4, &stamp->year) ||
	    !ps_cursor_skip(cursor, '-') ||
	    !take_digits(cursor, 2, &stamp->month) ||
	    !ps_cursor_skip(cursor, '-') ||
	    !take_digits(cursor, 2, &stamp->day) ||
	    (!ps_cursor_skip(cursor, 'T') && !ps_cursor_skip(cursor, 't') &&
	     !ps_cursor_skip(cursor, ' ')) ||
	    !take_time(cursor, stamp))
		return false;
	if (ps_cursor_skip(cursor, '.'))
		(void)ps_cursor_take(cursor, DIGITS);
	return stamp->year > 0 && take_zone(cursor, stamp);
}

/* RFC 3164 4.1.2: a day under 10 has a blank in front. */
static bool take_short(struct ps_cursor *cursor, struct ps_mail_stamp *stamp)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr",
					      "May", "Jun", "Jul", "Aug",
					      "Sep", "Oct", "Nov", "Dec" };
	unsigned int i;

	for (i = 0; i < 12; i++) {
		if (ps_cursor_skip_text(cursor, months[i]))
			break;
	}
	stamp->month = i + 1;
	if (i == 12 || !ps_cursor_skip(cursor, ' '))
		return false;
	return take_digits(cursor, ps_cursor_skip(cursor, ' ') ? 1 : 2,
			   &stamp->day) &&
	       ps_cursor_skip(cursor, ' ') && take_time(cursor, stamp);
}

bool ps_mail_stamp_read(struct ps_cursor *cursor, struct ps_mail_stamp *stamp_r)
{
	int first = ps_cursor_peek(cursor);

	*stamp_r = (struct ps_mail_stamp){ 0 };
	if (first >= '0' && first <= '9' ? !take_full(cursor, stamp_r)
					 : !take_short(cursor, stamp_r))
		return false;
	return stamp_r->month >= 1 && stamp_r->month <= 12 &&
	       stamp_r->day >= 1 && stamp_r->day <= 31 && stamp_r->hour <= 23 &&
	       stamp_r->minute <= 59 && stamp_r->second <= 60;
}

static int64_t seconds_in(const struct ps_mail_stamp *stamp, unsigned int year)
{
	struct tm tm = { .tm_year = (int)year - 1900,
			 .tm_mon = (int)stamp->month - 1,
			 .tm_mday = (int)stamp->day,
			 .tm_hour = (int)stamp->hour,
			 .tm_min = (int)stamp->minute,
			 .tm_sec = (int)stamp->second,
			 .tm_isdst = -1 };

	if (stamp->has_zone)
		return (int64_t)timegm(&tm) - (int64_t)stamp->zone * 60;
	return (int64_t)mktime(&tm);
}

uint64_t ps_mail_stamp_seconds(const struct ps_mail_stamp *stamp,
			       uint64_t latest)
{
	const time_t reference = (time_t)latest;
	unsigned int year = stamp->year;
	int64_t seconds;
	struct tm tm;

	if (year == 0) {
		if (localtime_r(&reference, &tm) == NULL)
			return 0;
		/* Of a log of 31 December, read in time, next year's too. */
		year = (unsigned int)tm.tm_year + 1901;
		while (year > 1970 &&
		       seconds_in(stamp, year) > (int64_t)latest + DAY)
			year--;
	}
	seconds = seconds_in(stamp, year);
	return seconds < 0 ? 0 : (uint64_t)seconds;
}

/* ---- what Postfix says ---- */

static struct ps_bytes between(const char *from, const char *to)
{
	return (struct ps_bytes){ from, (size_t)(to - from) };
}

/* Where mark stands in text, the first or last time; NULL: nowhere. */
static const char *find(struct ps_bytes text, const char *mark, bool last)
{
	const size_t len = strlen(mark);
	const char *found = NULL;
	size_t i;

	for (i = 0; i + len <= text.len; i++) {
		if (memcmp(text.at + i, mark, len) != 0)
			continue;
		found = text.at + i;
		if (!last)
			break;
	}
	return found;
}

/* "name[address]", "name[address]:port" */
static bool take_client(struct ps_cursor *cursor, struct ps_mail_line *line)
{
	line->client_name = ps_cursor_until(cursor, "[ ,");
	if (!ps_cursor_skip(cursor, '['))
		return false;
	line->client_address = ps_cursor_until(cursor, "] ,");
	if (!ps_cursor_skip(cursor, ']'))
		return false;
	if (ps_cursor_peek(cursor) == ':' && cursor->end - cursor->at > 1 &&
	    cursor->at[1] >= '0' && cursor->at[1] <= '9') {
		(void)ps_cursor_next(cursor);
		line->client_port = ps_cursor_take(cursor, DIGITS);
	}
	return line->client_name.len > 0 && line->client_address.len > 0;
}

/* Up to the next of these, or the end: a login may hold a comma. */
static struct ps_bytes up_to_next(struct ps_bytes text)
{
	static const char *const marks[] = {
		", sasl_username=", ", sasl_sender=", ", orig_queue_id=",
		", orig_client="
	};
	const char *at;
	size_t i;

	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		at = find(text, marks[i], false);
		if (at != NULL)
			text = between(text.at, at);
	}
	return text;
}

static struct ps_bytes value_of(struct ps_bytes text, const char *mark)
{
	const char *at = find(text, mark, false);

	if (at == NULL)
		return (struct ps_bytes){ NULL, 0 };
	at += strlen(mark);
	return up_to_next(between(at, text.at + text.len));
}

/* "client=name[address], sasl_method=PLAIN, sasl_username=alice" */
static void read_client(struct ps_cursor *cursor, struct ps_mail_line *line)
{
	struct ps_bytes rest;

	if (!take_client(cursor, line))
		return;
	rest = ps_cursor_rest(cursor);
	line->event = PS_MAIL_CLIENT;
	line->sasl_method = value_of(rest, ", sasl_method=");
	line->sasl_username = value_of(rest, ", sasl_username=");
	line->sasl_sender = value_of(rest, ", sasl_sender=");
	line->is_again = find(rest, ", orig_queue_id=", false) != NULL;
}

static bool take_number(struct ps_cursor *cursor, uint64_t *number_r)
{
	unsigned long long number;
	bool good = ps_ascii_number(ps_cursor_take(cursor, DIGITS), INT64_MAX,
				    &number);

	*number_r = good ? number : 0;
	return good;
}

/* "from=<sender>, size=1234, nrcpt=2 (queue active)": read from its end, as
 * the sender may hold anything. */
static void read_queued(struct ps_bytes text, struct ps_mail_line *line)
{
	const char *at = find(text, ">, size=", true);
	struct ps_cursor cursor;

	if (at == NULL || at < text.at + strlen("from=<"))
		return;
	line->sender = between(text.at + strlen("from=<"), at);
	cursor = ps_cursor_of(between(at, text.at + text.len));
	(void)ps_cursor_skip_text(&cursor, ">, size=");
	if (take_number(&cursor, &line->size) &&
	    ps_cursor_skip_text(&cursor, ", nrcpt=") &&
	    take_number(&cursor, &line->recipients) &&
	    ps_cursor_skip_text(&cursor, " (queue active)"))
		line->event = PS_MAIL_QUEUED;
}

/* The text between mark and the next ">"; the last mark: what stands before is
 * the reason, which names addresses, too. */
static struct ps_bytes in_brackets(struct ps_bytes text, const char *mark)
{
	const char *at = find(text, mark, true), *end;

	if (at == NULL)
		return (struct ps_bytes){ NULL, 0 };
	at += strlen(mark);
	end = memchr(at, '>', (size_t)(text.at + text.len - at));
	return end == NULL ? (struct ps_bytes){ NULL, 0 } : between(at, end);
}

/* "RCPT from name[address]: 554 ...; from=<s> to=<r> proto=ESMTP helo=<h>" */
static void read_refused(struct ps_cursor *cursor, struct ps_mail_line *line)
{
	struct ps_bytes rest;
	const char *at;

	if (ps_cursor_skip_text(cursor, "END-OF-MESSAGE ")) {
		line->event = PS_MAIL_DROPPED;
		return;
	}
	if (!ps_cursor_skip_text(cursor, "RCPT from ") ||
	    !take_client(cursor, line))
		return;
	rest = ps_cursor_rest(cursor);
	line->sender = in_brackets(rest, "; from=<");
	line->recipient = in_brackets(rest, "> to=<");
	line->helo = in_brackets(rest, " helo=<");
	line->sasl_username = in_brackets(rest, " sasl_username=<");
	at = find(rest, "> proto=", true);
	if (at != NULL) {
		*cursor = ps_cursor_of(between(at, rest.at + rest.len));
		(void)ps_cursor_skip_text(cursor, "> proto=");
		line->protocol = ps_cursor_take(cursor, ALNUM);
	}
	if (line->sender.at != NULL && line->recipient.at != NULL)
		line->event = PS_MAIL_REFUSED;
}

static bool is_program(struct ps_bytes name, const char *wanted)
{
	const size_t len = strlen(wanted);

	return name.len > len && name.at[name.len - len - 1] == '/' &&
	       memcmp(name.at + name.len - len, wanted, len) == 0;
}

static void read_message(struct ps_cursor *cursor, struct ps_bytes program,
			 struct ps_mail_line *line)
{
	const bool smtpd = is_program(program, "smtpd");
	struct ps_bytes id = ps_cursor_take(cursor, ALNUM);

	if (id.len == 0 || id.len > QUEUE_ID_MAX ||
	    !ps_cursor_skip_text(cursor, ": "))
		return;
	line->queue_id = id;
	/* With a filter before the queue, the queue id comes later. */
	if (smtpd && !ps_bytes_equal(line->queue_id, PS_BYTES("NOQUEUE")) &&
	    ps_cursor_skip_text(cursor, "client="))
		read_client(cursor, line);
	else if (smtpd && ps_cursor_skip_text(cursor, "reject: "))
		read_refused(cursor, line);
	else if (is_program(program, "cleanup") &&
		 (ps_cursor_skip_text(cursor, "reject: ") ||
		  ps_cursor_skip_text(cursor, "milter-reject: ") ||
		  ps_cursor_skip_text(cursor, "milter-discard: ") ||
		  ps_cursor_skip_text(cursor, "discard: ")))
		line->event = PS_MAIL_DROPPED;
	else if (is_program(program, "qmgr") &&
		 ps_bytes_starts_fold(ps_cursor_rest(cursor),
				      PS_BYTES("from=<")))
		read_queued(ps_cursor_rest(cursor), line);
}

bool ps_mail_line_read(struct ps_bytes text, struct ps_mail_line *line_r)
{
	struct ps_cursor cursor = ps_cursor_of(text);
	struct ps_bytes program;

	*line_r = (struct ps_mail_line){ .event = PS_MAIL_OTHER };
	if (!ps_mail_stamp_read(&cursor, &line_r->stamp) ||
	    !ps_cursor_skip(&cursor, ' ') ||
	    ps_cursor_until(&cursor, " ").len == 0 ||
	    !ps_cursor_skip(&cursor, ' '))
		return false;
	program = ps_cursor_until(&cursor, "[: ");
	if (ps_cursor_skip(&cursor, '['))
		(void)ps_cursor_until(&cursor, "] ");
	(void)ps_cursor_skip(&cursor, ']');
	if (program.len == 0 || !ps_cursor_skip_text(&cursor, ": "))
		return false;
	read_message(&cursor, program, line_r);
	return true;
}
