/* map.c - the views of the directory as socket maps. */

#include "milter/map.h"

#include "milter/map_forms.h"
#include "milter/metrics.h"
#include "milter/quiet.h"

#include <stdio.h>
#include <string.h>

#define DELIMITERS_MAX 31 /* different octets; ours */

/* Of one request: "ALIASES KEY" and what is found. */
struct lookup {
	struct ps_service *service;
	enum ps_view view;
	char key[PS_ADDRESS_MAX + 1];
	char delimiters[DELIMITERS_MAX + 1];
	struct ps_buffer answer;
	char reason[PS_REASON_MAX];
};

static void add(struct ps_buffer *replies, struct ps_bytes status,
		const char *text)
{
	ps_netstring_add(replies, status, ps_bytes_of(text));
}

enum ps_request ps_map_read(struct ps_cursor *input,
			    struct ps_map_request *request_r,
			    struct ps_buffer *replies)
{
	struct ps_bytes content = PS_BYTES("");
	struct ps_cursor cursor;
	enum ps_request said = PS_REQUEST_LAST;

	switch (ps_netstring_read(input, PS_MAP_REQUEST_MAX, &content)) {
	case PS_NETSTRING_PART:
		said = PS_REQUEST_PART;
		break;
	case PS_NETSTRING_WHOLE:
		said = PS_REQUEST_ANSWERED;
		break;
	case PS_NETSTRING_LONG:
		add(replies, PS_BYTES("PERM "), "the request is too long");
		break;
	case PS_NETSTRING_BAD:
		add(replies, PS_BYTES("PERM "), "the request is no netstring");
		break;
	}
	cursor = ps_cursor_of(content);
	request_r->map = ps_cursor_until(&cursor, " ");
	if (!ps_cursor_skip(&cursor, ' '))
		request_r->map = PS_BYTES("");
	request_r->key = ps_cursor_rest(&cursor);
	return said;
}

/* What was found for user@domain was asked as user+extension@domain. */
static void extend(struct lookup *lookup)
{
	struct ps_buffer extended = PS_BUFFER(lookup->answer.max);

	ps_map_extend(ps_buffer_cstr(&lookup->answer), lookup->key,
		      lookup->delimiters, &extended);
	ps_buffer_free(&lookup->answer);
	lookup->answer = extended;
}

static enum ps_outcome look_up(struct lookup *lookup)
{
	enum ps_outcome outcome = PS_NOTFOUND;
	char key[PS_ADDRESS_MAX + 1];
	unsigned int form;

	for (form = 0; form < PS_MAP_FORMS && outcome == PS_NOTFOUND; form++) {
		if (!ps_map_form(lookup->view, (enum ps_map_form)form,
				 lookup->key, lookup->delimiters, key))
			continue;
		outcome = lookup->service->view(lookup->service, lookup->view,
						key, &lookup->answer,
						lookup->reason);
		if (outcome == PS_FOUND && form == PS_FORM_BARE &&
		    lookup->view == PS_VIEW_ALIASES)
			extend(lookup);
	}
	return outcome;
}

static void count(const struct lookup *lookup, enum ps_metrics_lookup outcome)
{
	ps_metrics_lookup(lookup->service->metrics, lookup->view, outcome);
}

static void no_such_key(struct lookup *lookup, struct ps_buffer *replies)
{
	count(lookup, PS_LOOKUP_NOTFOUND);
	add(replies, PS_BYTES("NOTFOUND "), "");
}

static void refuse(struct lookup *lookup, uint64_t now,
		   struct ps_buffer *replies)
{
	count(lookup, PS_LOOKUP_REFUSED);
	ps_quiet_log(now, PS_LOG_WARNING,
		     "map: %s: the answer for %s is longer than the %d octets "
		     "that Postfix takes",
		     ps_view_name(lookup->view), lookup->key, PS_MAP_REPLY_MAX);
	add(replies, PS_BYTES("PERM "), "the answer is too long");
}

static void put_off(struct lookup *lookup, uint64_t before, uint64_t now,
		    struct ps_buffer *replies)
{
	ps_quiet_log(now, PS_LOG_WARNING, "map: %s: %s",
		     ps_view_name(lookup->view), lookup->reason);
	add(replies,
	    now - before >= PS_MAP_TIMEOUT_US ? PS_BYTES("TIMEOUT ")
					      : PS_BYTES("TEMP "),
	    lookup->reason);
}

static void answer(struct lookup *lookup, struct ps_buffer *replies)
{
	uint64_t before = lookup->service->microseconds(), now;
	enum ps_outcome outcome = look_up(lookup);

	now = lookup->service->microseconds();
	if (outcome != PS_NOTFOUND &&
	    lookup->answer.len > PS_MAP_REPLY_MAX - strlen("OK ")) {
		refuse(lookup, now, replies);
		return;
	}
	if (outcome == PS_FOUND && lookup->answer.failed) {
		snprintf(lookup->reason, sizeof(lookup->reason),
			 "out of memory");
		outcome = PS_TEMPFAIL;
	}
	switch (outcome) {
	case PS_FOUND:
		count(lookup, PS_LOOKUP_FOUND);
		add(replies, PS_BYTES("OK "), ps_buffer_cstr(&lookup->answer));
		break;
	case PS_NOTFOUND:
		no_such_key(lookup, replies);
		break;
	case PS_TEMPFAIL:
		count(lookup, PS_LOOKUP_TEMPFAIL);
		put_off(lookup, before, now, replies);
		break;
	}
}

static void join(const struct ps_config_list *list,
		 char text_r[DELIMITERS_MAX + 1])
{
	size_t i, len = 0;

	for (i = 0; i < list->count && len < DELIMITERS_MAX; i++)
		len += (size_t)snprintf(text_r + len, DELIMITERS_MAX + 1 - len,
					"%s", list->at[i]);
}

void ps_map_reply(struct ps_service *service,
		  const struct ps_map_request *request,
		  struct ps_buffer *replies)
{
	struct lookup lookup = {
		.service = service,
		.answer = PS_BUFFER(PS_ANSWER_MAX),
	};
	char map[32];

	join(&service->config->map.recipient_delimiter, lookup.delimiters);
	if (!ps_bytes_copy(request->map, map, sizeof(map)) ||
	    !ps_view_by_name(map, &lookup.view)) {
		ps_quiet_log(service->microseconds(), PS_LOG_WARNING,
			     "map: a client asks for a map that there is not");
		add(replies, PS_BYTES("PERM "), "there is no such map");
		return;
	}
	/* No address and no domain is that long, or has NUL in it. */
	if (ps_bytes_copy(request->key, lookup.key, sizeof(lookup.key)))
		answer(&lookup, replies);
	else
		no_such_key(&lookup, replies);
	ps_buffer_free(&lookup.answer);
}
