/* policy_line.c - what the log says of a policy request. */

#include "milter/policy_line.h"

#include "core/text/record.h"
#include "milter/quiet.h"

/* Octets, as they are written, of what others chose: the answer still fits. */
#define VALUE_SHOWN  128
#define KEY_SHOWN    256
#define ANSWER_SHOWN 512

static void add_who(const struct ps_policy_request *request,
		    struct ps_record *line)
{
	static const struct {
		struct ps_bytes attribute;
		const char *name;
	} table[] = {
		{ PS_BYTES("protocol_state"), "state" },
		{ PS_BYTES("client_address"), "ip" },
		{ PS_BYTES("sasl_username"), "login" },
		{ PS_BYTES("sender"), "from" },
		{ PS_BYTES("recipient"), "to" },
		{ PS_BYTES("recipient_count"), "recipients" },
	};
	struct ps_bytes value;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		value = ps_policy_get(request, table[i].attribute);
		if (value.len > 0)
			ps_record_text(line, table[i].name, value, VALUE_SHOWN);
	}
}

static void add_limit(const struct ps_rule_verdict *verdict,
		      struct ps_record *line)
{
	if (verdict->limit.key == NULL)
		return;
	ps_record_text(line, "limit", ps_bytes_of(verdict->limit.key),
		       KEY_SHOWN);
	ps_record_number(line, "sum", verdict->limit.sum);
	ps_record_number(line, "max", verdict->limit.max);
	ps_record_number(line, "seconds", verdict->limit.seconds);
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
	struct ps_record line;
	struct ps_rule_info info;

	if (is_usual(ps_bytes_of(verdict->action)))
		return;
	ps_rules_info(rules, verdict->rule, &info);
	ps_record_begin(&line, PS_RECORD_PAIRS);
	ps_record_head(&line, "service", PS_BYTES("policy"), VALUE_SHOWN);
	ps_record_text(&line, "rule", ps_bytes_of(info.id), VALUE_SHOWN);
	add_limit(verdict, &line);
	add_who(request, &line);
	ps_record_text(&line, "answer", ps_bytes_of(verdict->action),
		       ANSWER_SHOWN);
	ps_log(PS_LOG_INFO, "%s", ps_record_end(&line));
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
