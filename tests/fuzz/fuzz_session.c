/*
 * fuzz_session.c - any message in any envelope.  Input: a line each of who
 * comes ("o" a login, "i" an internal client, "b" a backup MX, else anybody),
 * sender and recipient, then the message.  What is answered must not depend on
 * the pieces it came in, nor on when the DNS answers; and is one of what
 * session.h promises.
 */

#include "fuzz.h"
#include "milter_world.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX   512
#define ANSWER_MAX 65536

static const char zone[] = "a.test TXT v=spf1 ip4:192.0.2.1 -all\n"
			   "_dmarc.a.test TXT v=DMARC1; p=reject\n"
			   "b.test TXT v=spf1 include:a.test redirect=c.test\n"
			   "c.test TXT !\n"
			   "_dmarc.c.test TXT !\n"
			   "s._domainkey.a.test TXT v=DKIM1; p=AAAA\n";

struct envelope {
	char who[LINE_MAX], sender[LINE_MAX], recipient[LINE_MAX];
	struct ps_bytes message;
};

/* Up to the next LF, as text. */
static void take_line(struct ps_bytes *input, char line_r[LINE_MAX])
{
	const char *end = ps_bytes_find(*input, '\n');
	size_t len = end == NULL ? input->len : (size_t)(end - input->at);
	struct ps_bytes line = { input->at, len };

	(void)ps_bytes_copy(line, line_r, LINE_MAX);
	len += end != NULL;
	input->at += len;
	input->len -= len;
}

static size_t small_piece(void *ctx)
{
	unsigned int *state = ctx;

	*state = *state * 1103515245u + 12345u;
	return 1 + (*state >> 16) % 9;
}

static void begin(struct world *world, struct ps_session *session,
		  const struct envelope *envelope)
{
	char who = envelope->who[0];
	struct ps_ip ip;

	FUZZ_CHECK(ps_ip_parse(who == 'i'   ? "10.1.1.1"
			       : who == 'b' ? "10.8.0.1"
					    : "192.0.2.1",
			       &ip));
	ps_session_connect(session, world_hold(world), "unknown", &ip, 4711,
			   NULL);
	ps_session_helo(session, envelope->who);
	ps_session_mail(session, envelope->sender,
			who == 'o' ? WORLD_LOGIN : NULL);
	ps_session_recipient(session, envelope->recipient);
}

static void check_promises(const struct ps_answer *answer, char who)
{
	const struct ps_change *change;
	unsigned int results = 0, last = 0;

	for (change = answer->first; change != NULL; change = change->next) {
		if (change->value == NULL) {
			FUZZ_CHECK(results == 0 && change->nth > 0);
			FUZZ_CHECK(last == 0 || change->nth < last);
			last = change->nth;
			continue;
		}
		FUZZ_CHECK(strchr(change->value, '\r') == NULL);
		results += strcmp(change->name, "Authentication-Results") == 0;
	}
	if (answer->disposition == PS_ACCEPT || answer->disposition == PS_HOLD)
		FUZZ_CHECK(results == (who != 'o' && who != 'i'));
}

/* The line of the message is the last one. */
static void check_line(const char *log, bool object)
{
	size_t len = strlen(log);
	const char *line = log + len;
	json_t *read;

	FUZZ_CHECK(len > 0 && log[len - 1] == '\n');
	while (line > log && (line == log + len || line[-1] != '\n'))
		line--;
	FUZZ_CHECK(strlen(line) <= PS_RECORD_MAX + 1);
	FUZZ_CHECK((line[0] == '{') == object);
	if (!object)
		return;
	read = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	FUZZ_CHECK(json_is_string(json_object_get(read, "action")));
	FUZZ_CHECK(json_is_string(json_object_get(read, "from")));
	json_decref(read);
}

static void run(struct world *world, const struct envelope *envelope,
		bool pieces, char text_r[ANSWER_MAX])
{
	const struct ps_answer *answer;
	const struct ps_change *change;
	struct ps_session *session;
	unsigned int state = 1;
	size_t len;

	fake_dns_pending(world->dns, pieces);
	world->log[0] = '\0';
	world->config.log.format = pieces ? PS_RECORD_JSON : PS_RECORD_PAIRS;
	FUZZ_CHECK(ps_session_new(&session) == 0);
	begin(world, session, envelope);
	world_feed(session, envelope->message, pieces ? small_piece : NULL,
		   &state);
	answer = ps_session_end(session);
	FUZZ_CHECK(answer != NULL);
	check_promises(answer, envelope->who[0]);
	world_describe(answer, text_r, ANSWER_MAX);
	for (change = answer->first; change != NULL; change = change->next) {
		len = strlen(text_r);
		snprintf(text_r + len, ANSWER_MAX - len, "\n%s",
			 change->value == NULL ? "" : change->value);
	}
	ps_session_done(session, "4Q", true);
	check_line(world->log, pieces);
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
	static char whole[ANSWER_MAX], pieces[ANSWER_MAX];
	struct ps_bytes input = fuzz_bytes(data, size);
	struct envelope envelope;

	if (world == NULL) {
		world = world_new(zone);
		(void)atexit(leave);
	}
	take_line(&input, envelope.who);
	take_line(&input, envelope.sender);
	take_line(&input, envelope.recipient);
	envelope.message = input;
	run(world, &envelope, false, whole);
	run(world, &envelope, true, pieces);
	FUZZ_CHECK(strcmp(whole, pieces) == 0);
	return 0;
}
