/* test_notifier.c - notices: one for each key, kept while the relay is away, in
 * nobody's way. */

#include "table.h"

#include "directory/log.h"
#include "milter/notifier.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STEPS 2000 /* of 5 ms */

/* The relay: what it answers, and what it was given. */
static struct {
	pthread_mutex_t lock;
	enum ps_smtp answer;
	bool slow; /* until it is told to stop */
	unsigned int tries, taken;
	char to[400], relay[64], text[PS_LETTER_OCTETS_MAX];
} relay = { .lock = PTHREAD_MUTEX_INITIALIZER };

static uint64_t clock_now;
static struct ps_notifier *notifier;
static struct ps_config config = {
	.authserv_id = "mx.example",
	.notify = { .relay = "inet:127.0.0.1:2525", .to = "root@a.example" },
};

static enum ps_smtp give(const struct ps_socket_name *to, const char *helo,
			 const struct ps_smtp_letter *letter,
			 char reason_r[PS_REASON_MAX])
{
	enum ps_smtp answer;
	bool slow;

	pthread_mutex_lock(&relay.lock);
	relay.tries++;
	answer = relay.answer;
	slow = relay.slow;
	if (answer == PS_SMTP_SENT)
		relay.taken++;
	snprintf(relay.to, sizeof(relay.to), "%s", letter->to);
	snprintf(relay.relay, sizeof(relay.relay), "%u.%u %u %s",
		 to->ip.octet[0], to->ip.octet[3], to->port, helo);
	snprintf(relay.text, sizeof(relay.text), "%.*s", (int)letter->len,
		 letter->text);
	pthread_mutex_unlock(&relay.lock);
	while (slow && !atomic_load(letter->stop))
		usleep(1000);
	snprintf(reason_r, PS_REASON_MAX, "as it is told");
	return answer;
}

static uint64_t seconds(void)
{
	uint64_t now;

	pthread_mutex_lock(&relay.lock);
	now = clock_now;
	pthread_mutex_unlock(&relay.lock);
	return now;
}

static uint64_t microseconds(void)
{
	return 0;
}

static void no_log(enum ps_log_level level, const char *line)
{
	(void)level;
	(void)line;
}

static void set(enum ps_smtp answer, uint64_t now)
{
	pthread_mutex_lock(&relay.lock);
	relay.answer = answer;
	clock_now = now;
	pthread_mutex_unlock(&relay.lock);
}

static int begin(void **state)
{
	static const struct ps_notifier_setup setup = {
		.send = give, .seconds = seconds, .microseconds = microseconds
	};

	(void)state;
	relay.slow = false;
	relay.tries = relay.taken = 0;
	set(PS_SMTP_SENT, 1000);
	ps_log_set_sink(no_log);
	return ps_notifier_new(&setup, &config, &notifier);
}

static int end(void **state)
{
	(void)state;
	ps_notifier_free(&notifier);
	return notifier == NULL ? 0 : -1;
}

static enum ps_notified put(const char *key, const char *to)
{
	const struct ps_notice notice = { .key = key,
					  .seconds = 60,
					  .to = to,
					  .subject = "subject",
					  .body = "body\n" };

	return ps_notifier_put(notifier, &notice);
}

static void await(const unsigned int *count, unsigned int least)
{
	unsigned int now = 0, i;

	for (i = 0; i < STEPS; i++) {
		pthread_mutex_lock(&relay.lock);
		now = *count;
		pthread_mutex_unlock(&relay.lock);
		if (now >= least)
			return;
		usleep(5000);
	}
	fail_msg("%u instead of %u", now, least);
}

static void sent(void **state)
{
	struct ps_notifier_counts counts = { 0 };

	(void)state;
	assert_int_equal(put("a", NULL), PS_NOTIFIED_QUEUED);
	await(&relay.taken, 1);
	assert_string_equal(relay.to, "root@a.example");
	assert_string_equal(relay.relay, "127.1 2525 mx.example");
	assert_non_null(strstr(relay.text, "Subject: subject\r\n"));
	while (counts.sent < 1)
		ps_notifier_count(notifier, &counts);
	assert_int_equal(counts.waiting, 0);
}

static void once(void **state)
{
	(void)state;
	assert_int_equal(put("a", NULL), PS_NOTIFIED_QUEUED);
	assert_int_equal(put("a", NULL), PS_NOTIFIED_BEFORE);
	assert_int_equal(put("b", NULL), PS_NOTIFIED_QUEUED);
	set(PS_SMTP_SENT, 1059);
	assert_int_equal(put("a", NULL), PS_NOTIFIED_BEFORE);
	set(PS_SMTP_SENT, 1060);
	assert_int_equal(put("a", NULL), PS_NOTIFIED_QUEUED);
	await(&relay.taken, 3);
}

static void nobody(void **state)
{
	struct ps_config none = config;

	(void)state;
	assert_int_equal(put("a", "a@b\r\nDATA"), PS_NOTIFIED_NOBODY);
	assert_int_equal(put("a", "a@b.example"), PS_NOTIFIED_QUEUED);
	none.notify.to = NULL;
	ps_notifier_settings(notifier, &none);
	assert_int_equal(put("c", NULL), PS_NOTIFIED_NOBODY);
	ps_notifier_settings(notifier, &config);
	assert_int_equal(put("c", NULL), PS_NOTIFIED_QUEUED);
	await(&relay.taken, 2);
	assert_int_equal(
		ps_notifier_put(NULL, &(struct ps_notice){ .key = "" }),
		PS_NOTIFIED_NOBODY);
}

/* Kept while the relay is away; in nobody's way; sent when it is back. */
static void away(void **state)
{
	struct ps_notifier_counts counts;

	(void)state;
	set(PS_SMTP_LATER, 1000);
	assert_int_equal(put("a", NULL), PS_NOTIFIED_QUEUED);
	await(&relay.tries, 1);
	assert_int_equal(put("b", NULL), PS_NOTIFIED_QUEUED);
	ps_notifier_count(notifier, &counts);
	assert_int_equal(counts.waiting, 2);
	assert_int_equal(counts.sent, 0);
	set(PS_SMTP_SENT, 1000);
	await(&relay.taken, 2);
}

static void given_up(void **state)
{
	struct ps_notifier_counts counts = { 0 };

	(void)state;
	set(PS_SMTP_LATER, 1000);
	assert_int_equal(put("a", NULL), PS_NOTIFIED_QUEUED);
	await(&relay.tries, 1);
	set(PS_SMTP_LATER, 1000 + PS_NOTIFY_KEEP_SECONDS);
	while (counts.dropped < 1)
		ps_notifier_count(notifier, &counts);
	assert_int_equal(counts.waiting, 0);
}

static void refused(void **state)
{
	struct ps_notifier_counts counts = { 0 };

	(void)state;
	set(PS_SMTP_REFUSED, 1000);
	assert_int_equal(put("a", NULL), PS_NOTIFIED_QUEUED);
	while (counts.dropped < 1)
		ps_notifier_count(notifier, &counts);
	assert_int_equal(counts.waiting, 0);
	assert_int_equal(relay.tries, 1);
}

static void full(void **state)
{
	struct ps_notifier_counts counts;
	char key[32];
	unsigned int i;

	(void)state;
	set(PS_SMTP_LATER, 1000);
	for (i = 0; i < PS_NOTIFY_QUEUE_MAX; i++) {
		snprintf(key, sizeof(key), "%u", i);
		assert_int_equal(put(key, NULL), PS_NOTIFIED_QUEUED);
	}
	assert_int_equal(put("more", NULL), PS_NOTIFIED_DROPPED);
	ps_notifier_count(notifier, &counts);
	assert_int_equal(counts.waiting, PS_NOTIFY_QUEUE_MAX);
	assert_int_equal(counts.dropped, 1);
}

/* What comes just now is known by its recipient; a slow relay is in nobody's
 * way, and not waited for at the end. */
static void under_way(void **state)
{
	(void)state;
	assert_false(ps_notifier_is_sending(notifier, PS_BYTES("")));
	relay.slow = true;
	assert_int_equal(put("a", NULL), PS_NOTIFIED_QUEUED);
	await(&relay.tries, 1);
	assert_true(ps_notifier_is_sending(notifier, PS_BYTES("")));
	assert_true(
		ps_notifier_is_sending(notifier, PS_BYTES("ROOT@a.example")));
	assert_false(
		ps_notifier_is_sending(notifier, PS_BYTES("other@a.example")));
	assert_int_equal(put("b", NULL), PS_NOTIFIED_QUEUED);
	assert_false(ps_notifier_is_sending(NULL, PS_BYTES("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sent, begin, end),
		cmocka_unit_test_setup_teardown(once, begin, end),
		cmocka_unit_test_setup_teardown(nobody, begin, end),
		cmocka_unit_test_setup_teardown(away, begin, end),
		cmocka_unit_test_setup_teardown(given_up, begin, end),
		cmocka_unit_test_setup_teardown(refused, begin, end),
		cmocka_unit_test_setup_teardown(full, begin, end),
		cmocka_unit_test_setup_teardown(under_way, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
