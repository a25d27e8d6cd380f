/*
 * fuzz_feed.c - any file as a message.  What a session sees of it must not
 * depend on whether lines end in LF or CRLF, and there is always an answer.
 */

#include "fuzz.h"
#include "milter_world.h"

#include "milter/feed.h"

#include <stdlib.h>
#include <string.h>

static void run(struct world *world, struct ps_bytes message,
		struct ps_buffer *said)
{
	const struct ps_answer *answer;
	const struct ps_change *change;
	const struct ps_fields *fields;
	struct ps_session *session;
	size_t i;

	ps_buffer_reset(said);
	FUZZ_CHECK(ps_session_new(&session) == 0);
	ps_session_connect(session, world_hold(world), "unknown", NULL, 0,
			   NULL);
	ps_session_mail(session, "a@own.test", WORLD_LOGIN);
	ps_session_header(session, PS_BYTES("From"), PS_BYTES(" a@own.test"));
	ps_session_feed(session, message);
	fields = &ps_session_message(session)->fields;
	for (i = 0; i < fields->count; i++) {
		FUZZ_CHECK(fields->at[i].name.len > 0);
		FUZZ_CHECK(ps_bytes_find(fields->at[i].value, '\0') == NULL);
		ps_buffer_bytes(said, fields->at[i].name);
		ps_buffer_char(said, ':');
		ps_buffer_bytes(said, fields->at[i].value);
		ps_buffer_char(said, '\n');
	}
	answer = ps_session_end(session);
	FUZZ_CHECK(answer != NULL);
	for (change = answer->first; change != NULL; change = change->next)
		ps_buffer_text(said,
			       change->value == NULL ? "-" : change->value);
	ps_session_abort(session);
	ps_session_free(&session);
	FUZZ_CHECK(world->held == 0 && world->opened == 0);
}

static struct world *world; /* for all inputs */

static void leave(void)
{
	world_free(&world);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ps_buffer crlf = PS_BUFFER(SIZE_MAX / 4), a = crlf, b = crlf;
	size_t i;

	if (world == NULL) {
		world = world_new("");
		(void)atexit(leave);
		world->config.sign.signature.canonicalization =
			PS_SIGN_SIMPLE_SIMPLE;
	}
	for (i = 0; i < size; i++) {
		if (data[i] == '\r' && i + 1 < size && data[i + 1] == '\n')
			continue;
		if (data[i] == '\n')
			ps_buffer_char(&crlf, '\r');
		ps_buffer_add(&crlf, &data[i], 1);
	}
	run(world, fuzz_bytes(data, size), &a);
	run(world, (struct ps_bytes){ ps_buffer_cstr(&crlf), crlf.len }, &b);
	FUZZ_CHECK(strcmp(ps_buffer_cstr(&a), ps_buffer_cstr(&b)) == 0);
	ps_buffer_free(&crlf);
	ps_buffer_free(&a);
	ps_buffer_free(&b);
	return 0;
}
