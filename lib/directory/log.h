/* log.h - one line, once, at the edge; where it goes the program decides. */
#ifndef PS_DIRECTORY_LOG_H
#define PS_DIRECTORY_LOG_H

enum ps_log_level { PS_LOG_DEBUG, PS_LOG_INFO, PS_LOG_WARNING, PS_LOG_ERROR };

/* line: one line of printable text.  Called from any thread. */
typedef void ps_log_sink(enum ps_log_level level, const char *line);

/* Until a sink is set, lines go to standard error.  Set it before threads. */
void ps_log_set_sink(ps_log_sink *sink);
void ps_log_set_level(enum ps_log_level lowest);
/* At most 2,000 octets; control characters and octets over 126 come out as
 * \xNN, so that a hostile value cannot forge a line or a terminal command. */
void ps_log(enum ps_log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Sinks: syslog(3) with facility mail, and "program: line" on stderr. */
void ps_log_open_syslog(const char *program);
void ps_log_open_stderr(const char *program);
/* "<3>line" on stderr, for a service manager that keeps it with its level (3 is
 * LOG_ERR, sd-daemon(3)) and says of whom it is itself. */
void ps_log_open_journal(void);

#endif
