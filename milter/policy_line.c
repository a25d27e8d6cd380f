/* policy_line.c - what the log says of a policy request. */

#include "milter/policy_line.h"

#include "core/text/buffer.h"
#include "milter/quiet.h"

#define LINE_OCTETS_MAX 2048 /* of which log.h shows 2,000 */

/* What others chose is cut, so that the answer still fits. */
static void add(struct ps_buffer *line, const char *name, struct ps_bytes value,
		size_t max)
{
	ps_buffer_text(line, name);
	ps_buffer_add(line, value.at, value.len > max ? max : value.len);
}

static void add_who(const struct ps_policy_request *request,
		    struct ps_buffer *line)
{
	static const struct {
		struct ps_bytes name;
		const char *before, *behind;
	} table[] = {
		{ PS_BYTES("protocol_state"), " state=", "" },
		{ PS_BYTES("client_address"), " client=[", "]" },
		{ PS_BYTES("sasl_username"), " login=<", ">" },
		{ PS_BYTES("sender"), " from=<", ">" },
		{ PS_BYTES("recipient"), " to=<", ">" },
		{ PS_BYTES("recipient_count"), " recipients=", "" },
	};
	struct ps_bytes value;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		value = ps_policy_get(request, table[i].name);
		if (value.len == 0)
			continue;
		add(line, table[i].before, value, 128);
		ps_buffer_text(line, table[i].behind);
	}
}

static void add_limit(const struct ps_rule_verdict *verdict,
		      struct ps_buffer *line)
{
	if (verdict->limit.key == NULL)
		return;
	add(line, " limit=<", ps_bytes_of(verdict->limit.key), 256);
	ps_buffer_text(line, "> sum=");
	ps_buffer_number(line, verdict->limit.sum);
	ps_buffer_text(line, " max=");
	ps_buffer_number(line, verdict->limit.max);
	ps_buffer_text(line, " seconds=");
	ps_buffer_number(line, verdict->limit.seconds);
}

/* Nearly every request, on a day like others. */
static bool is_usual(struct ps_bytes action)
{
	return ps_bytes_equal_fold(action, PS_BYTES("DUNNO")) ||
	       ps_bytes_equal_fold(action, PS_BYTES("OK"));
}

static void log_answer(const struct ps_rules *rules,
		       const struct ps_policy_request *request,
		       const struct ps_rule_verdict *verdict)
{
	struct ps_buffer line = PS_BUFFER(LINE_OCTETS_MAX);
	struct ps_rule_info info;

	if (is_usual(ps_bytes_of(verdict->action)))
		return;
	ps_rules_info(rules, verdict->rule, &info);
	add(&line, "policy: rule=", ps_bytes_of(info.id), 128);
	add_limit(verdict, &line);
	add_who(request, &line);
	add(&line, ": ", ps_bytes_of(verdict->action), 512);
	ps_log(PS_LOG_INFO, "%s", ps_buffer_cstr(&line));
	ps_buffer_free(&line);
}

void ps_policy_log(const struct ps_rules *rules,
		   const struct ps_policy_request *request,
		   const struct ps_rule_verdict *verdict, uint64_t now)
{
	switch (verdict->outcome) {
	case PS_RULE_DEFAULT:
		break;
	case PS_RULE_DECIDED:
		log_answer(rules, request, verdict);
		break;
	case PS_RULE_FAULT:
		ps_quiet_log(now, PS_LOG_ERROR, "policy: %s: %s", verdict->why,
			     verdict->action);
		break;
	}
}
