/* log.c - one line, once, at the edge. */

#include "directory/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#define LINE_MAX_OCTETS 2000 /* fits one datagram of syslog(3) */

static void to_stderr(enum ps_log_level level, const char *line);

static ps_log_sink *sink = to_stderr;
static enum ps_log_level lowest = PS_LOG_INFO;
static const char *program = "postseal";

static void to_stderr(enum ps_log_level level, const char *line)
{
	static const char *const names[] = {
		[PS_LOG_DEBUG] = "debug: ",
		[PS_LOG_INFO] = "",
		[PS_LOG_WARNING] = "warning: ",
		[PS_LOG_ERROR] = "error: ",
	};

	fprintf(stderr, "%s: %s%s\n", program, names[level], line);
}

static const int priorities[] = {
	[PS_LOG_DEBUG] = LOG_DEBUG,
	[PS_LOG_INFO] = LOG_INFO,
	[PS_LOG_WARNING] = LOG_WARNING,
	[PS_LOG_ERROR] = LOG_ERR,
};

static void to_journal(enum ps_log_level level, const char *line)
{
	fprintf(stderr, "<%d>%s\n", priorities[level], line);
}

static void to_syslog(enum ps_log_level level, const char *line)
{
	syslog(priorities[level], "%s", line);
}

void ps_log_set_sink(ps_log_sink *new_sink)
{
	sink = new_sink;
}

void ps_log_set_level(enum ps_log_level new_lowest)
{
	lowest = new_lowest;
}

void ps_log_open_syslog(const char *name)
{
	openlog(name, LOG_PID, LOG_MAIL);
	sink = to_syslog;
}

void ps_log_open_stderr(const char *name)
{
	program = name;
	sink = to_stderr;
}

void ps_log_open_journal(void)
{
	sink = to_journal;
}

/* A hostile value must not forge a line, nor move the cursor of whoever reads
 * the log on a terminal. */
static void escape(const char *text, char *line_r, size_t size)
{
	size_t at = 0;

	for (; *text != '\0' && at + 5 < size; text++) {
		if (*text >= ' ' && *text <= '~') {
			line_r[at++] = *text;
			continue;
		}
		snprintf(line_r + at, size - at, "\\x%02x",
			 (unsigned int)(unsigned char)*text);
		at += 4;
	}
	line_r[at] = '\0';
}

void ps_log(enum ps_log_level level, const char *format, ...)
{
	char text[LINE_MAX_OCTETS + 1], line[LINE_MAX_OCTETS + 1];
	va_list args;
	int len;

	if (level < lowest)
		return;
	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (len < 0)
		return;
	escape(text, line, sizeof(line));
	if ((size_t)len >= sizeof(text))
		memcpy(line + strlen(line) - 3, "...", 3);
	sink(level, line);
}
