/* test_policy.c - the policy service: answers, limits, reloads, by table. */

#include "table.h"

#include "core/rules/policy_request.h"
#include "directory/log.h"
#include "milter/policy.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/postseal-policy-XXXXXX";
static char rules_path[64], journal_path[64], values_path[64];
static char log_text[8192];

static void sink(enum ps_log_level level, const char *line)
{
	size_t len = strlen(log_text);

	(void)level;
	snprintf(log_text + len, sizeof(log_text) - len, "%s\n", line);
}

static unsigned int logged(const char *text)
{
	const char *at = log_text;
	unsigned int count = 0;

	while ((at = strstr(at, text)) != NULL) {
		count++;
		at++;
	}
	return count;
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ssize_t len = (ssize_t)strlen(text);

	assert_true(fd >= 0 && write(fd, text, (size_t)len) == len);
	assert_int_equal(close(fd), 0);
}

/* ---- a service with these rules ---- */

static struct ps_config_limits settings(const char *rules)
{
	put(rules_path, rules);
	return (struct ps_config_limits){ .rules = rules_path,
					  .keys_max = 1000,
					  .journal = journal_path };
}

/* These rules ask nobody. */
static const struct ps_policy_world nowhere;

static struct ps_policy *open_with(const struct ps_config_limits *limits)
{
	char error[PS_CONFIG_ERROR_MAX];
	struct ps_policy *policy;

	if (ps_policy_new(limits, nowhere, &policy, error) < 0)
		fail_msg("%s", error);
	return policy;
}

static struct ps_policy *open_rules(const char *rules)
{
	const struct ps_config_limits limits = settings(rules);

	return open_with(&limits);
}

static void forget(void)
{
	char name[80];

	(void)unlink(journal_path);
	snprintf(name, sizeof(name), "%s.lock", journal_path);
	(void)unlink(name);
	(void)unlink(rules_path);
	(void)unlink(values_path);
	log_text[0] = '\0';
}

static void close_all(struct ps_policy *policy)
{
	ps_policy_free(&policy);
	forget();
}

/* All answers to text; *said_r: what came of the last. */
static const char *answers(struct ps_policy *policy, struct ps_bytes text,
			   enum ps_request *said_r)
{
	static char kept[4096];
	struct ps_cursor cursor = ps_cursor_of(text);
	struct ps_buffer replies = PS_BUFFER(sizeof(kept) - 1);

	do {
		*said_r = ps_policy_answer(policy, &cursor, &replies);
	} while (*said_r == PS_REQUEST_ANSWERED && !ps_cursor_done(&cursor));
	snprintf(kept, sizeof(kept), "%s", ps_buffer_cstr(&replies));
	ps_buffer_free(&replies);
	return kept;
}

static const char *ask(struct ps_policy *policy, const char *text)
{
	enum ps_request said;

	return answers(policy, ps_bytes_of(text), &said);
}

/* ---- answers ---- */

#define BOB    "request=smtpd_access_policy\nsender=bob@b.example\n\n"
#define DUNNO  "action=DUNNO\n\n"
#define UNREAD "action=451 4.3.0 The policy request cannot be read\n\n"

static const struct row {
	const char *name, *rules, *requests, *want;
	enum ps_request said;
} rows[] = {
	{ "no rule holds", "sender==al@a.example; action=REJECT", BOB, DUNNO,
	  PS_REQUEST_ANSWERED },
	{ "a rule holds", "sender==bob@b.example; action=REJECT no $$sender",
	  BOB, "action=REJECT no bob@b.example\n\n", PS_REQUEST_ANSWERED },
	{ "no rules at all", "# none\n", BOB, DUNNO, PS_REQUEST_ANSWERED },
	{ "a value forges no second answer",
	  "sender=~.; action=REJECT $$helo_name",
	  "sender=x\nhelo_name=a\001b\n\n", "action=REJECT a?b\n\n",
	  PS_REQUEST_ANSWERED },
	{ "one behind another", "sender==bob@b.example; action=450 wait",
	  BOB "sender=x\n\n" BOB,
	  "action=450 wait\n\n" DUNNO "action=450 wait\n\n",
	  PS_REQUEST_ANSWERED },
	{ "not all of it", "action=REJECT", "sender=x\n", "", PS_REQUEST_PART },
	{ "one and a part", "action=REJECT", BOB "send", "action=REJECT\n\n",
	  PS_REQUEST_PART },
	{ "no attribute", "action=REJECT", "hello\n\n", UNREAD,
	  PS_REQUEST_LAST },
	{ "nothing at all", "action=REJECT", "\n", UNREAD, PS_REQUEST_LAST },
	{ "a fault of the rules is a 4xx",
	  "id=A; action=jump(B)\nid=B; action=jump(A)", BOB,
	  "action=451 4.3.0 Server configuration problem\n\n",
	  PS_REQUEST_ANSWERED },
	{ "a limit", "action=rate(sender/2/60/450 slow $$ratecount)",
	  BOB BOB BOB, DUNNO DUNNO "action=450 slow 3\n\n",
	  PS_REQUEST_ANSWERED },
	{ "recipients are counted at the end",
	  "protocol_state==END-OF-MESSAGE; "
	  "action=rcpt(sender/3/60/REJECT many)",
	  "protocol_state=RCPT\nrecipient_count=0\nsender=x\n\n"
	  "protocol_state=END-OF-MESSAGE\nrecipient_count=3\nsender=x\n\n"
	  "protocol_state=END-OF-MESSAGE\nrecipient_count=1\nsender=x\n\n",
	  DUNNO DUNNO "action=REJECT many\n\n", PS_REQUEST_ANSWERED },
};

static void check(void **state)
{
	const struct row *row = *state;
	struct ps_policy *policy = open_rules(row->rules);
	enum ps_request said;

	assert_string_equal(answers(policy, ps_bytes_of(row->requests), &said),
			    row->want);
	assert_int_equal(said, row->said);
	close_all(policy);
}

static void test_hostile(void **state)
{
	static char text[PS_POLICY_OCTETS_MAX + 1];
	struct ps_policy *policy = open_rules("action=REJECT");
	struct ps_bytes nul = { "sender=a\0b\n\n", 13 };
	enum ps_request said;

	(void)state;
	assert_string_equal(answers(policy, nul, &said), UNREAD);
	assert_int_equal(said, PS_REQUEST_LAST);
	memset(text, 'a', sizeof(text));
	memcpy(text, "a=", 2);
	assert_string_equal(
		answers(policy,
			(struct ps_bytes){ text, PS_POLICY_OCTETS_MAX - 1 },
			&said),
		"");
	assert_int_equal(said, PS_REQUEST_PART);
	assert_string_equal(
		answers(policy, (struct ps_bytes){ text, sizeof(text) }, &said),
		UNREAD);
	assert_int_equal(said, PS_REQUEST_LAST);
	assert_int_equal(logged("a client sends what is no request"), 1);
	close_all(policy);
}

static void test_log(void **state)
{
	struct ps_policy *policy =
		open_rules("id=NOTE; action=note(seen $$sender)\n"
			   "id=MAIL; action=sendmail(/x::f@a::t@a::s::b)\n"
			   "id=R1; sender==bob@b.example; "
			   "action=rate(sender/1/60/REJECT no)");

	(void)state;
	(void)ask(policy, "client_address=192.0.2.1\nsender=bob@b.example\n"
			  "recipient=x\n\n");
	assert_int_equal(logged("policy: rule=R1"), 0);
	(void)ask(policy, "client_address=192.0.2.1\nsender=bob@b.example\n"
			  "recipient=x\n\n");
	assert_int_equal(
		logged("policy: rule=R1 limit=\"sender=bob@b.example\" sum=2 "
		       "max=1 seconds=60 ip=192.0.2.1 from=bob@b.example to=x "
		       "answer=\"REJECT no\"\n"),
		1);
	(void)ask(policy, "sender=bob@b.example\n"
			  "recipient=x answer=\"OK\"\x1b\n\n");
	assert_int_equal(logged(" to=\"x answer=\\\"OK\\\"\\x1b\" answer=\""
				"REJECT no\"\n"),
			 1);
	assert_int_equal(logged("policy: rule=NOTE: seen bob@b.example\n"), 3);
	assert_int_equal(logged("policy: rule=MAIL: nobody is told"), 1);
	close_all(policy);
}

/* ---- rules that change, counts that stay ---- */

#define LIMIT(id, max)                                                         \
	"id=" id "; action=rate(sender/" max "/600/REJECT " id ")\n"

static void reload(struct ps_policy *policy, const char *rules)
{
	const struct ps_config_limits limits = settings(rules);
	char error[PS_CONFIG_ERROR_MAX];
	struct ps_policy_book *book;

	if (ps_policy_book_new(&limits, &book, error) < 0)
		fail_msg("%s", error);
	assert_true(ps_policy_take(policy, &limits, book));
}

static void test_reload(void **state)
{
	struct ps_policy *policy = open_rules(LIMIT("A", "1"));
	struct ps_config_limits broken;
	char error[PS_CONFIG_ERROR_MAX], want[100];
	struct ps_policy_book *book;

	(void)state;
	assert_string_equal(ask(policy, BOB), DUNNO);
	reload(policy, LIMIT("B", "5") LIMIT("A", "1"));
	assert_string_equal(ask(policy, BOB), "action=REJECT A\n\n");
	broken = settings("action=DUNNO\naction=rate(sender/x)\n");
	assert_int_equal(ps_policy_book_new(&broken, &book, error), -1);
	assert_null(book);
	snprintf(want, sizeof(want), "%s:2: ", rules_path);
	assert_memory_equal(error, want, strlen(want));
	assert_string_equal(ask(policy, BOB), "action=REJECT A\n\n");
	/* Counted under B ever since it came. */
	reload(policy, LIMIT("B", "5"));
	assert_string_equal(ask(policy, BOB BOB BOB BOB),
			    DUNNO DUNNO DUNNO "action=REJECT B\n\n");
	close_all(policy);
}

static void test_missing(void **state)
{
	const struct ps_config_limits limits = { .rules = rules_path };
	char error[PS_CONFIG_ERROR_MAX];
	struct ps_policy_book *book;

	(void)state;
	assert_int_equal(ps_policy_book_new(&limits, &book, error), -1);
	assert_non_null(strstr(error, "No such file"));
	assert_non_null(strstr(error, rules_path));
}

static void test_live(void **state)
{
	char rules[200];
	struct ps_policy *policy;

	(void)state;
	snprintf(rules, sizeof(rules),
		 "id=V; sender==lfile:%s; action=rate(sender/1/600/450 V)",
		 values_path);
	policy = open_rules(rules);
	assert_string_equal(ask(policy, BOB BOB), DUNNO DUNNO);
	put(rules_path, "action=REJECT edited, not yet in force");
	put(values_path, "bob@b.example\n");
	ps_policy_look(policy);
	assert_int_equal(logged("value files were read again"), 1);
	assert_string_equal(ask(policy, BOB BOB), DUNNO "action=450 V\n\n");
	ps_policy_look(policy);
	assert_int_equal(logged("value files were read again"), 1);
	/* Not readable: the values before stay, and it is said once. */
	assert_int_equal(unlink(values_path), 0);
	assert_int_equal(mkdir(values_path, 0700), 0);
	ps_policy_look(policy);
	ps_policy_look(policy);
	assert_int_equal(logged("the values before stay in force"), 1);
	assert_string_equal(ask(policy, BOB), "action=450 V\n\n");
	assert_int_equal(rmdir(values_path), 0);
	ps_policy_look(policy);
	assert_string_equal(ask(policy, BOB), DUNNO);
	close_all(policy);
}

static void test_again(void **state)
{
	struct ps_policy *policy = open_rules(LIMIT("A", "2"));

	(void)state;
	assert_string_equal(ask(policy, BOB BOB), DUNNO DUNNO);
	ps_policy_stop(policy);
	ps_policy_free(&policy);
	policy = open_rules(LIMIT("A", "2"));
	assert_string_equal(ask(policy, BOB), "action=REJECT A\n\n");
	close_all(policy);
}

static void test_full(void **state)
{
	struct ps_config_limits limits =
		settings("action=rate(sender/1/600/REJECT no)");
	struct ps_policy *policy;
	char text[100];
	unsigned int i;

	(void)state;
	limits.keys_max = 16;
	policy = open_with(&limits);
	for (i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "sender=%u\n\nsender=%u\n\n", i,
			 i);
		(void)ask(policy, text);
	}
	assert_string_equal(ask(policy, "sender=x\n\nsender=x\n\n"),
			    DUNNO DUNNO);
	assert_int_equal(logged("no room for another count"), 1);
	assert_true(ps_counters_refused(ps_policy_counts_memory(
			    ps_policy_counts_of(policy))) > 900);
	close_all(policy);
}

/* ---- what rules have done ---- */

static void add_tally(void *ctx, const struct ps_policy_tally *tally)
{
	char *text = ctx;
	size_t len = strlen(text);

	snprintf(text + len, 100 - len, "%s %u %u %u, ", tally->info.id,
		 (unsigned int)tally->matched, (unsigned int)tally->decided,
		 (unsigned int)tally->limited);
}

static void assert_tallies(struct ps_policy *policy, const char *want)
{
	char text[100] = "";

	assert_int_equal(ps_policy_rules_all(ps_policy_rules_of(policy),
					     add_tally, text),
			 0);
	assert_string_equal(text, want);
}

static void test_tally(void **state)
{
	struct ps_policy *policy =
		open_rules("id=S; action=set(x=1)\n"
			   "id=B; sender==bob@b.example; "
			   "action=rate(sender/1/60/REJECT)\n"
			   "id=C; sender==nobody; action=REJECT\n");

	(void)state;
	(void)ask(policy, BOB BOB "sender=x\n\n");
	assert_tallies(policy, "S 3 0 0, B 2 1 1, C 0 0 0, ");
	reload(policy, "id=D; sender==y; action=REJECT\n"
		       "id=B; sender==bob@b.example; "
		       "action=rate(sender/1/60/REJECT)\n");
	(void)ask(policy, BOB);
	assert_tallies(policy, "D 0 0 0, B 3 2 2, ");
	close_all(policy);
}

/* ---- wait() ---- */

static void *ask_slowly(void *ctx)
{
	(void)ask(ctx, BOB);
	return NULL;
}

static void test_wait(void **state)
{
	struct ps_policy *policy = open_rules("action=wait(60)");
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, ask_slowly, policy), 0);
	ps_policy_hurry(policy);
	assert_int_equal(pthread_join(thread, NULL), 0);
	close_all(policy);
}

/* ---- reloads under load ---- */

struct load {
	struct ps_policy *policy;
	unsigned int asked, wrong;
};

#define LOAD_REQUESTS 3000

static void *load(void *ctx)
{
	struct load *one = ctx;
	struct ps_buffer replies = PS_BUFFER(100);
	struct ps_cursor cursor;

	for (; one->asked < LOAD_REQUESTS; one->asked++) {
		cursor = ps_cursor_of(ps_bytes_of(BOB));
		ps_buffer_reset(&replies);
		(void)ps_policy_answer(one->policy, &cursor, &replies);
		if (strcmp(ps_buffer_cstr(&replies), DUNNO) != 0)
			one->wrong++;
	}
	ps_buffer_free(&replies);
	return NULL;
}

static uint64_t count_of_bob;

static void find_bob(void *ctx, const struct ps_counter *counter)
{
	(void)ctx;
	count_of_bob = counter->window.count;
}

static void test_load(void **state)
{
	struct ps_policy *policy = open_rules(LIMIT("A", "100000"));
	struct load one[4];
	pthread_t thread[4];
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		one[i] = (struct load){ .policy = policy };
		assert_int_equal(
			pthread_create(&thread[i], NULL, load, &one[i]), 0);
	}
	for (i = 0; i < 20; i++)
		reload(policy, i % 2 == 0
				       ? LIMIT("A", "100000")
				       : "id=X; sender==x; action=OK\n" LIMIT(
						 "A", "100000"));
	for (i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(thread[i], NULL), 0);
		assert_int_equal(one[i].wrong, 0);
	}
	ps_counters_all(ps_policy_counts_memory(ps_policy_counts_of(policy)),
			find_bob, NULL);
	assert_int_equal(count_of_bob, 4 * LOAD_REQUESTS);
	close_all(policy);
}

static int set_up(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	ps_log_set_sink(sink);
	snprintf(rules_path, sizeof(rules_path), "%s/rules.cf", folder);
	snprintf(journal_path, sizeof(journal_path), "%s/counters", folder);
	snprintf(values_path, sizeof(values_path), "%s/values", folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	forget();
	return rmdir(folder);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(test_hostile), cmocka_unit_test(test_log),
		cmocka_unit_test(test_reload),	cmocka_unit_test(test_missing),
		cmocka_unit_test(test_live),	cmocka_unit_test(test_again),
		cmocka_unit_test(test_full),	cmocka_unit_test(test_tally),
		cmocka_unit_test(test_wait),	cmocka_unit_test(test_load),
	};
	static struct CMUnitTest tests[TABLE_COUNT(rows) + TABLE_COUNT(others)];

	/* These first: of what is logged once a minute they see the first. */
	memcpy(tests, others, sizeof(others));
	TABLE_TESTS(tests + TABLE_COUNT(others), rows, check);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
