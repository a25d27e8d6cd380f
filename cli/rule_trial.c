/* rule_trial.c - policy requests from standard input, tried on a rule file. */

#include "cli/rule_trial.h"

#include "cli/foreign.h"
#include "core/rules/policy_request.h"
#include "core/rules/rule_eval.h"
#include "core/rules/rule_trace.h"
#include "core/text/cursor.h"
#include "directory/log.h"
#include "io/clock.h"
#include "io/groups.h"
#include "io/logins_settings.h"
#include "io/resolver.h"
#include "io/rule_clock.h"
#include "io/zone_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX    (64u << 20) /* octets of all requests; ours */
#define COUNTERS_MAX 1000000	 /* keys of one trial; ours */
#define ROUNDS_MAX   20		 /* of questions to the DNS; ours */

struct trial {
	struct ps_cli *cli;
	const struct ps_rules *rules;
	struct ps_rule_run *run;
	struct ps_counters *counters, *members;
	struct ps_logins *logins;
	struct ps_country_file *countries;
	struct ps_zone_file *zone;    /* NULL: the DNS is asked */
	struct ps_resolver *resolver; /* NULL until it is needed */
	struct ps_dns_session *session;
	struct ps_policy_request request;
	size_t number;
	json_t *steps;
};

/* The resolver starts with the first question: most rule files ask none. */
static enum ps_dns_status lookup(void *ctx, const char *name,
				 enum ps_dns_type type,
				 const struct ps_dns_answer **answer_r)
{
	struct trial *trial = ctx;
	char error[PS_CONFIG_ERROR_MAX];
	struct ps_dns port;

	if (trial->zone != NULL) {
		port = ps_zone_file_port(trial->zone);
		return port.lookup(port.ctx, name, type, answer_r);
	}
	if (trial->resolver == NULL &&
	    ps_resolver_new(&trial->cli->config->dns, &trial->resolver, error) <
		    0) {
		ps_log(PS_LOG_ERROR, "%s", error);
		return PS_DNS_TEMPFAIL;
	}
	if (trial->session == NULL &&
	    ps_dns_session_new(trial->resolver, &trial->session) < 0)
		return PS_DNS_TEMPFAIL;
	port = ps_dns_session_port(trial->session);
	return port.lookup(port.ctx, name, type, answer_r);
}

static void step(void *ctx, const struct ps_rule_step *what)
{
	static const char *const kinds[] = {
		[PS_STEP_MATCHED] = "matched",
		[PS_STEP_FAILED] = "failed",
		[PS_STEP_ACTED] = "went on",
		[PS_STEP_DECIDED] = "decided",
	};
	struct trial *trial = ctx;
	struct ps_rule_info info;

	ps_rules_info(trial->rules, what->rule, &info);
	(void)json_array_append_new(
		trial->steps,
		json_pack("{s:s, s:i, s:s, s:o, s:o, s:o}", "step",
			  kinds[what->kind], "line", (int)info.line, "id",
			  info.id, "item", ps_foreign_json(what->item), "value",
			  ps_foreign_json(what->value), "action",
			  ps_foreign_json(what->action)));
}

static const char *member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text == NULL ? "" : text;
}

static void say_step(struct trial *trial, const json_t *one)
{
	const char *kind = member(one, "step"), *text;
	int line = (int)json_integer_value(json_object_get(one, "line"));
	char shown[4 * PS_FOREIGN_MAX + 4];
	bool failed = strcmp(kind, "failed") == 0;

	text = failed ? member(one, "value") : member(one, "action");
	(void)ps_foreign_shown(ps_bytes_of(text), shown);
	if (failed)
		ps_output_text(&trial->cli->output,
			       "  line %d, %s: %s does not hold: \"%s\"", line,
			       member(one, "id"), member(one, "item"), shown);
	else if (strcmp(kind, "matched") == 0)
		ps_output_text(&trial->cli->output, "  line %d, %s: matches",
			       line, member(one, "id"));
	else
		ps_output_text(&trial->cli->output, "  line %d, %s: %s: %s",
			       line, member(one, "id"), kind, shown);
}

static json_t *effect_of(const struct ps_rule_effect *effect)
{
	static const char *const kinds[] = { [PS_EFFECT_NOTE] = "note",
					     [PS_EFFECT_SUSPEND] = "suspend",
					     [PS_EFFECT_NOTIFY] = "notify" };

	if (effect->kind != PS_EFFECT_MAIL)
		return json_pack("{s:s, s:o}", "kind", kinds[effect->kind],
				 "text", ps_foreign_json_of(effect->text));
	return json_pack("{s:s, s:o, s:o, s:o, s:o}", "kind", "mail", "from",
			 ps_foreign_json_of(effect->from), "to",
			 ps_foreign_json_of(effect->to), "subject",
			 ps_foreign_json_of(effect->subject), "text",
			 ps_foreign_json_of(effect->text));
}

static json_t *effects_of(const struct ps_rule_verdict *verdict)
{
	json_t *effects = json_array();
	size_t i;

	for (i = 0; i < verdict->effects; i++)
		(void)json_array_append_new(effects,
					    effect_of(&verdict->effect[i]));
	return effects;
}

static json_t *limit_of(const struct ps_rule_verdict *verdict)
{
	if (verdict->limit.key == NULL)
		return json_null();
	return json_pack("{s:o, s:I, s:I, s:I}", "key",
			 ps_foreign_json_of(verdict->limit.key), "sum",
			 (json_int_t)verdict->limit.sum, "max",
			 (json_int_t)verdict->limit.max, "seconds",
			 (json_int_t)verdict->limit.seconds);
}

static const char *outcome_name(enum ps_rule_outcome outcome)
{
	switch (outcome) {
	case PS_RULE_DEFAULT:
		return "default";
	case PS_RULE_DECIDED:
		return "decided";
	case PS_RULE_FAULT:
		break;
	}
	return "fault";
}

static void answer(struct trial *trial, const struct ps_rule_verdict *verdict)
{
	struct ps_output *output = &trial->cli->output;
	char action[4 * PS_FOREIGN_MAX + 4];
	struct ps_rule_info info = { 0 };
	json_t *row, *one;
	size_t i;

	if (verdict->outcome == PS_RULE_DECIDED)
		ps_rules_info(trial->rules, verdict->rule, &info);
	row = json_pack("{s:o, s:s, s:o, s:s?, s:i, s:i, s:o, s:o, s:s, s:O}",
			"action", ps_foreign_json_of(verdict->action),
			"outcome", outcome_name(verdict->outcome), "hits",
			ps_foreign_json_of(verdict->hits), "id", info.id,
			"line", (int)info.line, "wait", (int)verdict->wait,
			"effects", effects_of(verdict), "limit",
			limit_of(verdict), "fault",
			verdict->why == NULL ? "" : verdict->why, "steps",
			trial->steps);
	(void)ps_foreign_shown(ps_bytes_of(verdict->action), action);
	ps_output_row(output, row, "request %zu: %s%s%s", trial->number, action,
		      verdict->why == NULL ? "" : ": ",
		      verdict->why == NULL ? "" : verdict->why);
	json_array_foreach(trial->steps, i, one) say_step(trial, one);
	if (verdict->limit.key != NULL)
		ps_output_text(output, "  limit: %s has %llu, of %llu in %u s",
			       verdict->limit.key,
			       (unsigned long long)verdict->limit.sum,
			       (unsigned long long)verdict->limit.max,
			       verdict->limit.seconds);
}

static void judge(struct trial *trial, struct ps_rule_verdict *verdict_r)
{
	unsigned int timeout = trial->cli->config->dns.timeout * 1000, round;

	for (round = 0; round < ROUNDS_MAX; round++) {
		json_array_clear(trial->steps);
		if (ps_rule_run_judge(trial->run, verdict_r))
			return;
		(void)ps_dns_session_wait(trial->session, timeout);
	}
	*verdict_r = (struct ps_rule_verdict){ .outcome = PS_RULE_FAULT,
					       .action = "451 4.3.0 The DNS is "
							 "too slow",
					       .hits = "",
					       .why = "the DNS is too slow" };
}

static void try_request(struct trial *trial)
{
	const struct ps_rule_request request = ps_policy_port(&trial->request);
	const struct ps_dns dns = { lookup, trial };
	const struct ps_rule_counters counters = { ps_counters_add,
						   trial->counters };
	const struct ps_rule_groups groups = ps_groups_port(trial->members);
	const struct ps_rule_logins logins = ps_logins_port(trial->logins);
	const struct ps_rule_trace trace = { step, trial };
	struct ps_rule_facts facts = { .request = &request,
				       .now = ps_clock_seconds(),
				       .dns = &dns,
				       .counters = &counters,
				       .groups = &groups,
				       .logins = &logins,
				       .trace = &trace };
	struct ps_rule_verdict verdict;

	facts.clock = ps_rule_clock_local(facts.now);
	trial->number++;
	trial->steps = json_array();
	ps_rule_run_begin(trial->run, &facts);
	judge(trial, &verdict);
	answer(trial, &verdict);
	json_decref(trial->steps);
	ps_dns_session_free(&trial->session);
	trial->request.count = 0;
}

/* A file by hand may be less strict than Postfix: CRLF, and lines that are none
 * (ps_policy_read() takes neither). */
static void take_line(struct trial *trial, struct ps_bytes line)
{
	struct ps_cursor cursor = ps_cursor_of(line);
	struct ps_bytes name = ps_cursor_until(&cursor, "=");

	if (line.len > 0 && line.at[line.len - 1] == '\r')
		cursor.end--;
	if (name.len == 0 || !ps_cursor_skip(&cursor, '=')) {
		ps_log(PS_LOG_WARNING, "request %zu: a line is not NAME=VALUE",
		       trial->number + 1);
	} else if (trial->request.count < PS_POLICY_ATTRIBUTES_MAX) {
		trial->request.at[trial->request.count++] =
			(struct ps_policy_attribute){ name,
						      ps_cursor_rest(&cursor) };
	} else {
		ps_log(PS_LOG_WARNING, "request %zu: more than %d attributes",
		       trial->number + 1, PS_POLICY_ATTRIBUTES_MAX);
	}
}

static void take_requests(struct trial *trial, struct ps_bytes text)
{
	struct ps_cursor cursor = ps_cursor_of(text);
	struct ps_bytes line;

	while (!ps_cursor_done(&cursor)) {
		line = ps_cursor_until(&cursor, "\n");
		(void)ps_cursor_skip(&cursor, '\n');
		if (line.len == 0 || ps_bytes_equal(line, PS_BYTES("\r"))) {
			if (trial->request.count > 0)
				try_request(trial);
		} else {
			take_line(trial, line);
		}
	}
	if (trial->request.count > 0)
		try_request(trial);
}

/* -1: it cannot be read, or is too much; said. */
static int read_input(struct ps_buffer *text)
{
	char some[4096];
	size_t got;

	while ((got = fread(some, 1, sizeof(some), stdin)) > 0)
		ps_buffer_add(text, some, got);
	if (ferror(stdin))
		ps_log(PS_LOG_ERROR, "standard input: %s", strerror(errno));
	else if (text->failed)
		ps_log(PS_LOG_ERROR, "standard input: more than %u octets",
		       INPUT_MAX);
	return ferror(stdin) || text->failed ? -1 : 0;
}

enum ps_exit ps_rule_trial(struct ps_cli *cli, const struct ps_rules *rules,
			   const char *zone)
{
	char error[PS_CONFIG_ERROR_MAX], note[PS_REASON_MAX] = "";
	struct ps_buffer text = PS_BUFFER(INPUT_MAX);
	struct trial trial = { .cli = cli, .rules = rules };
	enum ps_exit status = PS_EXIT_TEMPFAIL;

	if (zone != NULL && ps_zone_file_read(zone, &trial.zone, error) < 0) {
		ps_log(PS_LOG_ERROR, "%s", error);
		return PS_EXIT_USAGE;
	}
	ps_output_list(&cli->output);
	if (ps_counters_new(COUNTERS_MAX, PS_WINDOW_FIXED, &trial.counters) <
		    0 ||
	    ps_counters_new(COUNTERS_MAX, PS_WINDOW_FIXED, &trial.members) <
		    0 ||
	    ps_logins_open(&cli->config->limits, &trial.countries,
			   &trial.logins, note) < 0 ||
	    ps_rule_run_new(rules, &trial.run) < 0) {
		ps_log(PS_LOG_ERROR, "out of memory");
	} else if (read_input(&text) == 0) {
		take_requests(&trial, (struct ps_bytes){ ps_buffer_cstr(&text),
							 text.len });
		status = trial.number > 0 ? PS_EXIT_DONE : PS_EXIT_NOTHING;
	}
	if (note[0] != '\0')
		ps_log(PS_LOG_WARNING, "limits.country_file: %s", note);
	if (status == PS_EXIT_NOTHING)
		ps_log(PS_LOG_ERROR, "standard input: no request");
	ps_rule_run_free(&trial.run);
	ps_counters_free(&trial.counters);
	ps_counters_free(&trial.members);
	ps_logins_close(&trial.countries, &trial.logins);
	ps_resolver_free(&trial.resolver);
	ps_zone_file_free(&trial.zone);
	ps_buffer_free(&text);
	return status;
}
