/* test_policy_logins.c - what is known of logins is written now and then. */

#include "directory/log.h"
#include "milter/policy_logins.h"
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/postseal-policy-logins-XXXXXX";
static char journal[80], path[100], beside[110];
static char said[1000];

static void keep_line(enum ps_log_level level, const char *line)
{
	(void)level;
	snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s\n",
		 line);
}

static void note(struct ps_logins *logins)
{
	const struct ps_rule_logins port = ps_logins_port(logins);
	const struct ps_rule_login what = {
		.login = PS_BYTES("anna"),
		.client_address = PS_BYTES("192.0.2.1"),
		.now = 4000000000 /* no time ago */
	};

	port.note(port.ctx, &what);
}

static bool is_there(void)
{
	return access(path, F_OK) == 0;
}

static void write_when_due(struct ps_policy_logins *kept)
{
	kept->next = 0;
	ps_policy_logins_write(kept, false);
}

static void now_and_then(void **state)
{
	struct ps_policy_logins kept;
	struct ps_logins *logins;

	(void)state;
	assert_int_equal(ps_logins_new(10, NULL, &logins), 0);
	assert_int_equal(ps_policy_logins_open(&kept, journal, logins), 0);
	write_when_due(&kept);
	assert_false(is_there()); /* nothing was noted */
	note(logins);
	ps_policy_logins_write(&kept, false);
	assert_false(is_there()); /* not yet */
	write_when_due(&kept);
	assert_true(is_there());
	assert_int_equal(unlink(path), 0);
	write_when_due(&kept);
	assert_false(is_there()); /* nothing since */
	note(logins);
	ps_policy_logins_write(&kept, true);
	assert_true(is_there()); /* the end does not wait */
	assert_string_equal(said, "");
	ps_policy_logins_close(&kept);
	ps_logins_free(&logins);
}

/* Once, and again when it is over; it is read at the next start. */
static void trouble_is_said(void **state)
{
	struct ps_policy_logins kept;
	struct ps_logins *logins;

	(void)state;
	assert_int_equal(ps_logins_new(10, NULL, &logins), 0);
	assert_int_equal(ps_policy_logins_open(&kept, journal, logins), 0);
	assert_int_equal(ps_logins_held(logins), 1);
	note(logins);
	assert_int_equal(mkdir(beside, 0700), 0);
	write_when_due(&kept);
	assert_non_null(strstr(said, "kept in memory only\n"));
	said[0] = '\0';
	write_when_due(&kept);
	assert_string_equal(said, "");
	assert_int_equal(rmdir(beside), 0);
	write_when_due(&kept);
	assert_non_null(strstr(said, "logins are written again\n"));
	said[0] = '\0';
	note(logins);
	assert_int_equal(mkdir(beside, 0700), 0);
	ps_policy_logins_write(&kept, true);
	assert_non_null(strstr(said, "lost since it was written last\n"));
	assert_int_equal(rmdir(beside), 0);
	ps_policy_logins_close(&kept);
	ps_logins_free(&logins);
}

static int make_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(journal, sizeof(journal), "%s/counters", folder);
	snprintf(path, sizeof(path), "%s.logins", journal);
	snprintf(beside, sizeof(beside), "%s.new", path);
	ps_log_set_sink(keep_line);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(now_and_then),
		cmocka_unit_test(trouble_is_said),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
