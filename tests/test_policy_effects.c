/* test_policy_effects.c - what rules do beside their answers: logins suspended,
 * letters, and what is said of limits at the control socket. */

#include "table.h"

#include "directory/log.h"
#include "milter/control_limits.h"
#include "milter/policy.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW	  1764172800
#define REFUSED	  "action=550 5.7.1 " PS_SUSPENDED_TEXT "\n\n"
#define STEPS_MAX 2000 /* of 5 ms */

static char folder[] = "/tmp/postseal-effects-XXXXXX";
static char rules_path[64], journal_path[64], state_path[64];

/* The relay: it keeps the last letter, and holds it until it may go on. */
static struct {
	pthread_mutex_t lock;
	bool hold;
	unsigned int letters;
	char text[PS_LETTER_OCTETS_MAX];
} relay = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct ps_policy *policy;
static struct ps_state *state;
static struct ps_notifier *notifier;

static void no_log(enum ps_log_level level, const char *line)
{
	(void)level;
	(void)line;
}

static enum ps_smtp give(const struct ps_socket_name *to, const char *helo,
			 const struct ps_smtp_letter *letter,
			 char reason_r[PS_REASON_MAX])
{
	bool hold;

	(void)to;
	(void)helo;
	(void)reason_r;
	pthread_mutex_lock(&relay.lock);
	hold = relay.hold;
	snprintf(relay.text, sizeof(relay.text), "%.*s", (int)letter->len,
		 letter->text);
	relay.letters++;
	pthread_mutex_unlock(&relay.lock);
	while (hold && !atomic_load(letter->stop))
		usleep(1000);
	return PS_SMTP_SENT;
}

static uint64_t seconds(void)
{
	return NOW;
}

static unsigned int letters(void)
{
	unsigned int count;

	pthread_mutex_lock(&relay.lock);
	count = relay.letters;
	pthread_mutex_unlock(&relay.lock);
	return count;
}

static void await_letters(unsigned int count)
{
	unsigned int i;

	for (i = 0; i < STEPS_MAX && letters() < count; i++)
		usleep(5000);
	assert_int_equal(letters(), count);
}

static void begin(const char *rules)
{
	static const struct ps_policy_world nowhere;
	static const struct ps_notifier_setup setup = {
		.send = give, .seconds = seconds, .microseconds = seconds
	};
	static const struct ps_config config = {
		.authserv_id = "mx.example",
		.notify = { "inet:127.0.0.1:25", "root@a.example" },
	};
	const struct ps_config_limits limits = { .rules = rules_path,
						 .keys_max = 1000,
						 .journal = journal_path };
	char error[PS_CONFIG_ERROR_MAX], note[PS_REASON_MAX];
	struct ps_policy_means means;
	int fd = open(rules_path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	relay.hold = false;
	relay.letters = 0;
	assert_int_equal(write(fd, rules, strlen(rules)), strlen(rules));
	close(fd);
	assert_int_equal(ps_state_open(state_path, NOW, &state, note, error),
			 0);
	assert_int_equal(ps_notifier_new(&setup, &config, &notifier), 0);
	if (ps_policy_new(&limits, nowhere, &policy, error) < 0)
		fail_msg("%s", error);
	means = (struct ps_policy_means){ state, notifier };
	ps_policy_equip(policy, &means);
}

static void end(void)
{
	ps_policy_free(&policy);
	ps_notifier_free(&notifier);
	ps_state_close(&state);
	(void)unlink(state_path);
	(void)unlink(journal_path);
}

static const char *ask(const char *request)
{
	static char kept[2048];
	struct ps_cursor cursor = ps_cursor_of(ps_bytes_of(request));
	struct ps_buffer replies = PS_BUFFER(sizeof(kept) - 1);

	assert_int_equal(ps_policy_answer(policy, &cursor, &replies),
			 PS_REQUEST_ANSWERED);
	snprintf(kept, sizeof(kept), "%s", ps_buffer_cstr(&replies));
	ps_buffer_free(&replies);
	return kept;
}

/* A login that nobody would choose for himself. */
#define EVE "sasl_username=Eve\xff\r\nclient_address=192.0.2.1\nsender=e@a\n\n"

static void suspended(void **unused)
{
	struct ps_suspension row;

	(void)unused;
	begin("id=L; sasl_username=~.; "
	      "action=rate(sasl_username/2/600/suspend(no more))\n"
	      "action=OK\n");
	assert_string_equal(ask(EVE), "action=OK\n\n");
	assert_string_equal(ask(EVE), "action=OK\n\n");
	assert_int_equal(ps_state_count(state), 0);
	assert_string_equal(ask(EVE), REFUSED);
	assert_true(ps_state_is_suspended(state, PS_BYTES("EVE\xff\r"), &row));
	assert_string_equal(row.login, "eve\\xff\\x0d");
	assert_string_equal(row.reason, "no more");
	assert_string_equal(row.rule, "L");
	await_letters(1);
	assert_non_null(strstr(relay.text, "Subject: eve\\xff\\x0d may send "));
	assert_non_null(strstr(relay.text, "  3 of at most 2 in 600 seconds"));
	assert_string_equal(ask(EVE), REFUSED);
	assert_string_equal(ask("sasl_username=bob\n\n"), "action=OK\n\n");
	assert_string_equal(ask("sender=e@a\n\n"), "action=OK\n\n");
	assert_int_equal(letters(), 1);
	end();
}

static void told(void **unused)
{
	(void)unused;
	begin("action=notify(look at $$sender)\n"
	      "action=sendmail(/bin/rm::x::$$sender::s::b)\naction=OK\n");
	(void)ask("sasl_username=a\nsender=a@a.example\n\n");
	await_letters(2);
	(void)ask("sasl_username=a\nsender=a@a.example\n\n");
	(void)ask("sasl_username=b\nsender=no address\n\n");
	await_letters(3);
	assert_non_null(strstr(relay.text, "Subject: look at no address\r\n"));
	end();
}

/* The letter under way is not judged; other mail from <> is. */
static void own_letter(void **unused)
{
	(void)unused;
	begin("sender==n@a; action=notify(x)\n"
	      "sender==<>; action=REJECT no\naction=OK\n");
	assert_string_equal(ask("sender=\nrecipient=root@a.example\n\n"),
			    "action=REJECT no\n\n");
	relay.hold = true;
	(void)ask("sender=n@a\n\n");
	await_letters(1);
	assert_string_equal(ask("sender=\nrecipient=Root@a.example\n\n"),
			    "action=DUNNO\n\n");
	assert_string_equal(ask("sender=\nrecipient=else@a.example\n\n"),
			    "action=REJECT no\n\n");
	assert_string_equal(ask("sender=\nrecipient=root@a.example\n"
				"sasl_username=a\n\n"),
			    "action=REJECT no\n\n");
	end();
}

/* What the control socket answers: "limits" as "KEY COUNT/MAX;...". */
static const char *control(enum ps_control_verb verb, const char *subject,
			   unsigned int most, bool all)
{
	static char text[2048];
	struct ps_control_request request = { .verb = verb,
					      .most = most,
					      .all = all };
	struct ps_buffer replies = PS_BUFFER(65536);
	json_t *reply, *row;
	size_t i, len = 0;

	snprintf(request.subject, sizeof(request.subject), "%s", subject);
	ps_control_limits(policy, PS_WINDOW_FIXED, &request, NOW, &replies);
	reply = json_loadb(ps_buffer_cstr(&replies), replies.len, 0, NULL);
	text[0] = '\0';
	if (!json_is_true(json_object_get(reply, "ok")))
		snprintf(text, sizeof(text), "%s",
			 json_string_value(json_object_get(reply, "error")));
	if (json_object_get(reply, "reset") != NULL)
		snprintf(text, sizeof(text), "reset %d",
			 (int)json_integer_value(
				 json_object_get(reply, "reset")));
	json_array_foreach(json_object_get(reply, "limits"), i, row) len +=
		(size_t)snprintf(
			text + len, sizeof(text) - len, "%s %s %d/%d%s;",
			json_string_value(json_object_get(row, "rule")),
			json_string_value(json_object_get(row, "key")),
			(int)json_integer_value(json_object_get(row, "count")),
			(int)json_integer_value(json_object_get(row, "max")),
			json_is_true(json_object_get(row, "limited")) ? "!"
								      : "");
	json_decref(reply);
	ps_buffer_free(&replies);
	return text;
}

static void limits(void **unused)
{
	int i;

	(void)unused;
	begin("id=A+1; action=rate(sender/10/300000000/REJECT a)\n"
	      "id=B; action=rate(sender/4/300000000/REJECT b)\n");
	for (i = 0; i < 8; i++)
		(void)ask("sender=x@a\n\n");
	(void)ask("sender=y@b\n\n");
	assert_string_equal(control(PS_CONTROL_LIMITS, "", 0, false),
			    "B sender=x@a 4/4!;A+1 sender=x@a 8/10;");
	assert_string_equal(control(PS_CONTROL_LIMITS, "", 1, false),
			    "B sender=x@a 4/4!;");
	assert_string_equal(control(PS_CONTROL_LIMITS, "Y", 0, true),
			    "B sender=y@b 1/4;A+1 sender=y@b 1/10;");
	assert_string_equal(control(PS_CONTROL_LIMITS, "sender=y", 0, false),
			    "");
	assert_string_equal(control(PS_CONTROL_LIMITS, "@a", 0, true), "");
	assert_string_equal(control(PS_CONTROL_RESET, "sender=x", 0, false),
			    "nothing is counted of it");
	assert_string_equal(control(PS_CONTROL_RESET, "", 0, false),
			    "no key, or out of memory");
	assert_string_equal(control(PS_CONTROL_RESET, "X@a", 0, false),
			    "reset 2");
	assert_string_equal(control(PS_CONTROL_LIMITS, "", 0, false), "");
	assert_string_equal(ask("sender=x@a\n\n"), "action=DUNNO\n\n");
	end();
	assert_non_null(strstr(control(PS_CONTROL_LIMITS, "", 0, false),
			       "there is no policy service"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(suspended),
		cmocka_unit_test(told),
		cmocka_unit_test(own_letter),
		cmocka_unit_test(limits),
	};
	char command[100];
	int failed;

	if (mkdtemp(folder) == NULL)
		return 1;
	ps_log_set_sink(no_log);
	snprintf(rules_path, sizeof(rules_path), "%s/rules.cf", folder);
	snprintf(journal_path, sizeof(journal_path), "%s/counters", folder);
	snprintf(state_path, sizeof(state_path), "%s/state.db", folder);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command) == 0 ? failed : 1;
}
