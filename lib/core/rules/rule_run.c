/* rule_run.c - the attributes of one request. */

#include "core/rules/rule_run.h"

#include "core/rules/rule_number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERSION "postfwd 1.35" /* whose language this is */

bool ps_rule_is_true(struct ps_bytes value)
{
	return value.len > 0 && !ps_bytes_equal(value, PS_BYTES("0"));
}

void ps_rule_run_fault(struct ps_rule_run *run, const char *why)
{
	if (!run->fault)
		run->why = why;
	run->fault = true;
}

struct ps_bytes ps_rule_run_sent(const struct ps_rule_run *run,
				 unsigned int attr)
{
	const struct ps_rule_request *request = run->facts.request;

	return request->get(request->ctx, run->rules->names->name[attr]);
}

static struct ps_bytes keep(struct ps_rule_run *run, struct ps_bytes text)
{
	char *copy = ps_arena_copy(run->arena, text.at, text.len);

	if (copy == NULL) {
		ps_rule_run_fault(run, "out of memory");
		return PS_BYTES("");
	}
	return (struct ps_bytes){ copy, text.len };
}

/* What was put together there. */
static struct ps_bytes keep_text(struct ps_rule_run *run)
{
	if (run->text.no_memory)
		ps_rule_run_fault(run, "out of memory");
	return keep(run, (struct ps_bytes){ ps_buffer_cstr(&run->text),
					    run->text.len });
}

static struct ps_bytes number(struct ps_rule_run *run, size_t count)
{
	char text[PS_RULE_NUMBER_MAX];

	snprintf(text, sizeof(text), "%zu", count);
	return keep(run, ps_bytes_of(text));
}

/* The part of an address before or behind its last "@"; at NULL: it has none.
 */
static struct ps_bytes part_of(struct ps_bytes address, bool domain)
{
	size_t at = address.len;

	while (at > 0 && address.at[at - 1] != '@')
		at--;
	if (at == 0)
		return (struct ps_bytes){ NULL, 0 };
	if (domain)
		return (struct ps_bytes){ address.at + at, address.len - at };
	return (struct ps_bytes){ address.at, at - 1 };
}

/* strict: a recipient without "@" has the sender's parts, as left over. */
static struct ps_bytes recipient_part(struct ps_rule_run *run, bool domain)
{
	struct ps_bytes part =
		part_of(ps_rule_run_sent(run, PS_ATTR_RECIPIENT), domain);

	if (part.at == NULL && run->rules->strict)
		part = part_of(ps_rule_run_sent(run, PS_ATTR_SENDER), domain);
	return part.at == NULL ? PS_BYTES("") : part;
}

static struct ps_bytes sender_part(struct ps_rule_run *run, bool domain)
{
	struct ps_bytes part =
		part_of(ps_rule_run_sent(run, PS_ATTR_SENDER), domain);

	return part.at == NULL ? PS_BYTES("") : part;
}

/* 192.0.2.1 as 1.2.0.192 */
static struct ps_bytes reversed(struct ps_rule_run *run)
{
	struct ps_bytes address = ps_rule_run_sent(run, PS_ATTR_CLIENT_ADDRESS);
	size_t start, end = address.len;

	ps_buffer_reset(&run->text);
	for (;;) {
		for (start = end; start > 0 && address.at[start - 1] != '.';)
			start--;
		if (end > start)
			ps_buffer_add(&run->text, address.at + start,
				      end - start);
		if (start == 0)
			break;
		ps_buffer_char(&run->text, '.');
		end = start - 1;
	}
	return keep_text(run);
}

/* "rbl:zone:<text>; ..." of the present rule. */
static struct ps_bytes list_texts(struct ps_rule_run *run)
{
	size_t i;

	ps_buffer_reset(&run->text);
	for (i = 0; i < run->list_count; i++) {
		if (i > 0)
			ps_buffer_text(&run->text, "; ");
		ps_buffer_bytes(&run->text, run->lists[i]);
	}
	return keep_text(run);
}

static struct ps_bytes or_null_sender(struct ps_bytes sender)
{
	return ps_rule_is_true(sender) ? sender : PS_BYTES("<>");
}

/* Of an attribute that nobody has set. */
static struct ps_bytes make(struct ps_rule_run *run, unsigned int attr)
{
	switch (attr) {
	case PS_ATTR_SENDER:
		return or_null_sender(ps_rule_run_sent(run, attr));
	case PS_ATTR_SENDER_LOCALPART:
		return sender_part(run, false);
	case PS_ATTR_SENDER_DOMAIN:
	case PS_ATTR_SENDER_NS_NAMES:
	case PS_ATTR_SENDER_NS_ADDRS:
	case PS_ATTR_SENDER_MX_NAMES:
	case PS_ATTR_SENDER_MX_ADDRS:
		return sender_part(run, true);
	case PS_ATTR_RECIPIENT_LOCALPART:
		return recipient_part(run, false);
	case PS_ATTR_RECIPIENT_DOMAIN:
		return recipient_part(run, true);
	case PS_ATTR_REVERSE_ADDRESS:
		return reversed(run);
	case PS_ATTR_HELO_ADDRESS:
		return ps_rule_run_sent(run, PS_ATTR_HELO_NAME);
	case PS_ATTR_LOGIN_ADDRESSES:
	case PS_ATTR_LOGIN_COUNTRIES:
	case PS_ATTR_LOGIN_NEW_RECIPIENTS:
		return run->rules->strict ? ps_rule_run_sent(run, attr)
					  : ps_rule_login_text(run, attr);
	case PS_ATTR_VERSION:
		return PS_BYTES(VERSION);
	default:
		return ps_rule_run_sent(run, attr);
	}
}

struct ps_bytes ps_rule_run_value(struct ps_rule_run *run, unsigned int attr)
{
	switch (attr) {
	case PS_ATTR_REQUEST_HITS:
		if (run->hits.len == 0)
			return (struct ps_bytes){ NULL, 0 };
		return keep(run,
			    (struct ps_bytes){ run->hits.data, run->hits.len });
	case PS_ATTR_MATCHES:
		return number(run, run->matches);
	case PS_ATTR_RBLCOUNT:
		return number(run, run->rbl);
	case PS_ATTR_RHSBLCOUNT:
		return number(run, run->rhsbl);
	case PS_ATTR_DNSBLTEXT:
		return list_texts(run);
	default:
		break;
	}
	if (!run->asked[attr]) {
		run->value[attr] = make(run, attr);
		run->asked[attr] = true;
	}
	return run->value[attr];
}

void ps_rule_run_set(struct ps_rule_run *run, unsigned int attr,
		     struct ps_bytes value)
{
	run->value[attr] = keep(run, value);
	run->asked[attr] = true;
	ps_rule_index_value(run->rules, attr, run->value[attr],
			    &run->candidates);
}

static struct ps_bytes value_of(void *ctx, unsigned int attr)
{
	return ps_rule_run_value(ctx, attr);
}

struct ps_rule_values ps_rule_run_values(struct ps_rule_run *run)
{
	return (struct ps_rule_values){ .value = value_of,
					.ctx = run,
					.strict = run->rules->strict };
}
