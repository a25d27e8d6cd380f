/* policy_request.c - one request of Postfix's policy protocol, read. */

#include "core/rules/policy_request.h"

/* One line, its end taken off. */
static enum ps_policy_read take_line(struct ps_bytes line,
				     struct ps_policy_request *request)
{
	struct ps_policy_attribute *attribute = &request->at[request->count];
	struct ps_cursor cursor = ps_cursor_of(line);

	if (ps_bytes_find(line, '\0') != NULL)
		return PS_POLICY_BAD;
	if (request->count == PS_POLICY_ATTRIBUTES_MAX)
		return PS_POLICY_LONG;
	attribute->name = ps_cursor_until(&cursor, "=");
	if (attribute->name.len == 0 || !ps_cursor_skip(&cursor, '='))
		return PS_POLICY_BAD;
	attribute->value = ps_cursor_rest(&cursor);
	request->count++;
	return PS_POLICY_PART;
}

static enum ps_policy_read read_lines(struct ps_cursor *cursor,
				      struct ps_policy_request *request)
{
	const struct ps_bytes all = ps_cursor_rest(cursor);
	enum ps_policy_read said = PS_POLICY_PART;
	struct ps_bytes line;

	while (said == PS_POLICY_PART) {
		line = ps_cursor_until(cursor, "\n");
		if ((size_t)(cursor->at - all.at) >= PS_POLICY_OCTETS_MAX)
			return PS_POLICY_LONG;
		if (!ps_cursor_skip(cursor, '\n'))
			return PS_POLICY_PART;
		if (line.len == 0)
			return request->count > 0 ? PS_POLICY_WHOLE
						  : PS_POLICY_BAD;
		said = take_line(line, request);
	}
	return said;
}

enum ps_policy_read ps_policy_read(struct ps_cursor *cursor,
				   struct ps_policy_request *request_r)
{
	struct ps_cursor ahead = *cursor;
	enum ps_policy_read said;

	request_r->count = 0;
	said = read_lines(&ahead, request_r);
	if (said == PS_POLICY_WHOLE)
		*cursor = ahead;
	else
		request_r->count = 0;
	return said;
}

struct ps_bytes ps_policy_get(const struct ps_policy_request *request,
			      struct ps_bytes name)
{
	size_t i = request->count;

	while (i-- > 0) {
		if (ps_bytes_equal(request->at[i].name, name))
			return request->at[i].value;
	}
	return (struct ps_bytes){ NULL, 0 };
}

static struct ps_bytes get(void *ctx, struct ps_bytes name)
{
	return ps_policy_get(ctx, name);
}

struct ps_rule_request ps_policy_port(const struct ps_policy_request *request)
{
	return (struct ps_rule_request){ get, (void *)(uintptr_t)request };
}
