/* rule_replay.c - recorded requests, or a log of Postfix, by a rule file. */

#include "cli/rule_replay.h"

#include "cli/foreign.h"
#include "cli/mail_messages.h"
#include "cli/replay_request.h"
#include "cli/rule_limited.h"
#include "directory/log.h"
#include "io/clock.h"
#include "io/groups.h"
#include "io/logins_settings.h"
#include "io/rule_clock.h"
#include "io/zone_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNTERS_MAX 1000000 /* keys counted at once; ours */
#define MESSAGES_MAX 100000  /* begun at once; ours */
#define WORD_OCTETS                                                            \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

struct replay {
	struct ps_cli *cli;
	const struct ps_rules *rules;
	const char *path;
	FILE *file;
	unsigned int stages;
	uint64_t
		written; /* when the file was: the latest that it can tell of */
	struct ps_rule_run *run;
	struct ps_counters *counters, *members;
	struct ps_logins *logins;
	struct ps_country_file *countries;
	struct ps_limited *limited;
	struct ps_mail_messages *messages;
	struct ps_zone_file *zone;
	struct ps_buffer block; /* of a recorded request */
	/* by rule, and one for none */
	uint64_t *decided;
	uint64_t lines, log_lines, requests, refused, faults, bad;
	uint64_t first, now; /* of the records; 0: none yet */
	bool from_log, terminal;
	uint64_t shown;
};

static void show_progress(struct replay *replay)
{
	uint64_t now;
	char text[PS_MOMENT_MAX];

	if (!replay->terminal || replay->lines % 1000 != 0)
		return;
	now = ps_clock_seconds();
	if (now == replay->shown)
		return;
	replay->shown = now;
	fprintf(stderr, "\r%" PRIu64 " lines, %s", replay->lines,
		replay->now == 0 ? "" : ps_moment(replay->now, false, text));
	(void)fflush(stderr);
}

/* ---- one request ---- */

static void judge(struct replay *replay, const struct ps_policy_request *policy)
{
	const struct ps_rule_request request = ps_policy_port(policy);
	const struct ps_rule_counters counters = { ps_counters_add,
						   replay->counters };
	const struct ps_rule_groups groups = ps_groups_port(replay->members);
	const struct ps_rule_logins logins = ps_logins_port(replay->logins);
	struct ps_rule_facts facts = { .request = &request,
				       .now = replay->now,
				       .counters = &counters,
				       .groups = &groups,
				       .logins = &logins };
	struct ps_rule_verdict verdict;
	struct ps_dns dns;

	if (replay->zone != NULL) {
		dns = ps_zone_file_port(replay->zone);
		facts.dns = &dns;
	}
	facts.clock = ps_rule_clock_local(facts.now);
	replay->requests++;
	ps_rule_run_begin(replay->run, &facts);
	/* With no port that says PENDING, the first run is the last. */
	(void)ps_rule_run_judge(replay->run, &verdict);
	ps_limited_add(replay->limited, facts.now, &verdict);
	switch (verdict.outcome) {
	case PS_RULE_DECIDED:
		replay->decided[verdict.rule]++;
		break;
	case PS_RULE_DEFAULT:
		replay->decided[ps_rules_count(replay->rules)]++;
		break;
	case PS_RULE_FAULT:
		replay->faults++;
		break;
	}
}

static void set_time(struct replay *replay, uint64_t when)
{
	if (replay->first == 0)
		replay->first = when;
	replay->now = when;
}

/* ---- records ---- */

static void end_block(struct replay *replay)
{
	struct ps_policy_request request;
	struct ps_cursor cursor;
	uint64_t when;

	if (replay->block.len == 0 && !replay->block.failed)
		return;
	ps_buffer_char(&replay->block, '\n');
	cursor = ps_cursor_of((struct ps_bytes){ ps_buffer_cstr(&replay->block),
						 replay->block.len });
	if (replay->block.failed ||
	    ps_policy_read(&cursor, &request) != PS_POLICY_WHOLE) {
		replay->bad++;
	} else {
		if (ps_replay_time(&request, replay->written, &when))
			set_time(replay, when);
		else if (replay->now == 0)
			set_time(replay, replay->written);
		judge(replay, &request);
	}
	ps_buffer_reset(&replay->block);
}

static void take_message(struct replay *replay, const struct ps_mail_line *line,
			 unsigned int stages)
{
	struct ps_replay_request request;
	uint64_t times, i;
	unsigned int stage;

	for (stage = 0; stage < PS_STAGES; stage++) {
		if ((stages & 1U << stage) == 0)
			continue;
		ps_replay_request_of(line, stage, &request);
		times = stage == PS_STAGE_RCPT && line->recipients > 0
				? line->recipients
				: 1;
		/* Postfix takes 1,000 (smtpd_recipient_limit). */
		for (i = 0; i < times && i < 10000; i++)
			judge(replay, &request.policy);
	}
}

static void take_log_line(struct replay *replay, struct ps_bytes text)
{
	struct ps_mail_line line;

	if (!ps_mail_line_read(text, &line)) {
		replay->bad++;
		return;
	}
	replay->log_lines++;
	set_time(replay, ps_mail_stamp_seconds(&line.stamp, replay->written));
	if (ps_mail_messages_take(replay->messages, &line)) {
		take_message(replay, &line, replay->stages);
	} else if (line.event == PS_MAIL_REFUSED) {
		replay->refused++;
		take_message(replay, &line,
			     replay->stages & 1U << PS_STAGE_RCPT);
	}
}

static bool is_attribute(struct ps_bytes line)
{
	struct ps_cursor cursor = ps_cursor_of(line);

	return ps_cursor_take(&cursor, WORD_OCTETS).len > 0 &&
	       ps_cursor_peek(&cursor) == '=';
}

static void take_line(struct replay *replay, struct ps_bytes line)
{
	replay->lines++;
	if (line.len > 0 && line.at[line.len - 1] == '\r')
		line.len--;
	if (line.len == 0) {
		end_block(replay);
	} else if (is_attribute(line)) {
		ps_buffer_bytes(&replay->block, line);
		ps_buffer_char(&replay->block, '\n');
	} else {
		end_block(replay);
		take_log_line(replay, line);
	}
	show_progress(replay);
}

/* The rest of a line that is too long; false: the end of the file. */
static bool skip_line(FILE *file)
{
	int c;

	while ((c = fgetc(file)) != EOF && c != '\n')
		continue;
	return c != EOF;
}

static void read_lines(struct replay *replay)
{
	static char line[PS_MAIL_LINE_MAX + 2];
	size_t len;

	memset(line, 0, sizeof(line));
	while (fgets(line, sizeof(line), replay->file) != NULL) {
		len = strlen(line); /* what stands behind a NUL is left out */
		if (len == sizeof(line) - 1 && line[len - 1] != '\n') {
			replay->bad++;
			replay->lines++;
			if (!skip_line(replay->file))
				break;
			continue;
		}
		if (len > 0 && line[len - 1] == '\n')
			len--;
		take_line(replay, (struct ps_bytes){ line, len });
	}
	end_block(replay);
	if (replay->terminal && replay->shown != 0)
		fputs("\r\033[K", stderr);
}

/* ---- the report ---- */

static void say_rules(struct replay *replay)
{
	struct ps_output *output = &replay->cli->output;
	const size_t count = ps_rules_count(replay->rules);
	json_t *list = json_array();
	struct ps_rule_info info;
	size_t i;

	for (i = 0; i < count; i++) {
		if (replay->decided[i] == 0)
			continue;
		ps_rules_info(replay->rules, i, &info);
		ps_output_text(output, "line %u, %s: decided %" PRIu64,
			       info.line, info.id, replay->decided[i]);
		(void)json_array_append_new(
			list,
			json_pack("{s:i, s:o, s:I}", "line", (int)info.line,
				  "id", ps_foreign_json_of(info.id), "decided",
				  (json_int_t)replay->decided[i]));
	}
	ps_output_text(output, "no rule: %" PRIu64, replay->decided[count]);
	ps_output_member(output, "rules", list);
	ps_output_member(output, "no_rule",
			 json_integer((json_int_t)replay->decided[count]));
}

static void say_number(struct ps_output *output, const char *name,
		       uint64_t number, const char *text)
{
	if (number > 0)
		ps_output_text(output, "%" PRIu64 " %s", number, text);
	ps_output_member(output, name, json_integer((json_int_t)number));
}

/* What a log could not tell. */
static void say_unknown(struct replay *replay)
{
	struct ps_output *output = &replay->cli->output;
	struct ps_mail_tally tally = ps_mail_messages_tally(replay->messages);
	json_t *list = json_array();
	size_t i;

	say_number(output, "without_client", tally.unknown,
		   "messages without a client: from this machine, tried "
		   "again, or begun before the log");
	say_number(output, "handed_back", tally.again,
		   "messages handed back by a content filter, left out");
	say_number(output, "dropped", tally.dropped,
		   "messages refused at their end, left out");
	say_number(output, "open", tally.open,
		   "messages without an end in the log, left out");
	say_number(output, "refused", replay->refused,
		   (replay->stages & 1U << PS_STAGE_RCPT) != 0
			   ? "recipients refused in the log, asked again"
			   : "recipients refused in the log, left out");
	for (i = 0; ps_replay_unknown[i] != NULL; i++) {
		ps_output_text(output, "a log does not say: %s",
			       ps_replay_unknown[i]);
		(void)json_array_append_new(list,
					    json_string(ps_replay_unknown[i]));
	}
	ps_output_member(output, "not_in_log", list);
}

static void say_all(struct replay *replay)
{
	struct ps_output *output = &replay->cli->output;
	char first[PS_MOMENT_MAX], last[PS_MOMENT_MAX];

	ps_limited_say(replay->limited, output);
	ps_output_text(output, "%" PRIu64 " requests, %s to %s",
		       replay->requests, ps_moment(replay->first, false, first),
		       ps_moment(replay->now, false, last));
	ps_output_member(output, "requests",
			 json_integer((json_int_t)replay->requests));
	ps_output_member(output, "first",
			 json_string(ps_moment(replay->first, true, first)));
	ps_output_member(output, "last",
			 json_string(ps_moment(replay->now, true, last)));
	say_rules(replay);
	say_number(output, "faults", replay->faults,
		   "requests answered 451 for a fault of the rule file");
	say_number(output, "not_counted", ps_counters_refused(replay->counters),
		   "times a limit was not counted, for want of room");
	say_number(output, "unreadable", replay->bad,
		   "lines or requests that could not be read");
	if (replay->log_lines > 0)
		say_unknown(replay);
}

/* ---- begin and end ---- */

static int prepare(struct replay *replay)
{
	char note[PS_REASON_MAX] = "";

	replay->decided = calloc(ps_rules_count(replay->rules) + 1,
				 sizeof(*replay->decided));
	if (replay->decided == NULL ||
	    ps_counters_new(COUNTERS_MAX, PS_WINDOW_FIXED, &replay->counters) <
		    0 ||
	    ps_counters_new(COUNTERS_MAX, PS_WINDOW_FIXED, &replay->members) <
		    0 ||
	    ps_logins_open(&replay->cli->config->limits, &replay->countries,
			   &replay->logins, note) < 0 ||
	    ps_limited_new(replay->rules, &replay->limited) < 0 ||
	    ps_mail_messages_new(MESSAGES_MAX, &replay->messages) < 0 ||
	    ps_rule_run_new(replay->rules, &replay->run) < 0) {
		ps_log(PS_LOG_ERROR, "out of memory");
		return -1;
	}
	if (note[0] != '\0')
		ps_log(PS_LOG_WARNING, "limits.country_file: %s", note);
	return 0;
}

static enum ps_exit run(struct replay *replay)
{
	struct stat about;

	replay->file = strcmp(replay->path, "-") == 0
			       ? stdin
			       : fopen(replay->path, "re");
	if (replay->file == NULL) {
		ps_log(PS_LOG_ERROR, "%s: %s", replay->path, strerror(errno));
		return errno == ENOENT ? PS_EXIT_NOTHING : PS_EXIT_TEMPFAIL;
	}
	/* A log without years ends when it was written last. */
	replay->written = ps_clock_seconds();
	if (fstat(fileno(replay->file), &about) == 0 && S_ISREG(about.st_mode))
		replay->written = (uint64_t)about.st_mtime;
	replay->terminal = isatty(STDERR_FILENO) == 1;
	read_lines(replay);
	if (ferror(replay->file)) {
		ps_log(PS_LOG_ERROR, "%s: %s", replay->path, strerror(errno));
		return errno == EISDIR ? PS_EXIT_USAGE : PS_EXIT_TEMPFAIL;
	}
	if (replay->requests == 0 && replay->log_lines == 0) {
		ps_log(PS_LOG_ERROR,
		       "%s: no request, and no line of a log of Postfix",
		       replay->path);
		return PS_EXIT_NOTHING;
	}
	say_all(replay);
	return PS_EXIT_DONE;
}

enum ps_exit ps_rule_replay(struct ps_cli *cli, const struct ps_rules *rules,
			    const char *path, const char *zone,
			    const char *stages)
{
	struct replay replay = { .cli = cli,
				 .rules = rules,
				 .path = path,
				 .stages = 1U << PS_STAGE_END,
				 .block = PS_BUFFER(PS_POLICY_OCTETS_MAX) };
	char error[PS_CONFIG_ERROR_MAX];
	enum ps_exit status = PS_EXIT_TEMPFAIL;

	if (stages != NULL)
		replay.stages = ps_stages_read(stages);
	if (replay.stages == 0) {
		ps_log(PS_LOG_ERROR,
		       "--stage %s: not RCPT, DATA or END-OF-MESSAGE", stages);
		return PS_EXIT_USAGE;
	}
	if (zone != NULL && ps_zone_file_read(zone, &replay.zone, error) < 0) {
		ps_log(PS_LOG_ERROR, "%s", error);
		return PS_EXIT_USAGE;
	}
	if (prepare(&replay) == 0)
		status = run(&replay);
	if (replay.file != NULL && replay.file != stdin)
		(void)fclose(replay.file);
	ps_rule_run_free(&replay.run);
	ps_mail_messages_free(&replay.messages);
	ps_limited_free(&replay.limited);
	ps_counters_free(&replay.counters);
	ps_counters_free(&replay.members);
	ps_logins_close(&replay.countries, &replay.logins);
	ps_zone_file_free(&replay.zone);
	ps_buffer_free(&replay.block);
	free(replay.decided);
	return status;
}
