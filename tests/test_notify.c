/* test_notify.c - what a service manager is told, on a socket of the test's. */

#include "table.h"

#include "milter/notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define US(us) "interval " #us
#define SECOND US(1000000)

/* "%d" is our process id.  want: what arrives of READY=1 and of the sign of
 * life, and how long the main thread may wait. */
static const struct row {
	const char *name, *socket, *watchdog, *pid, *want;
} rows[] = {
	{ "no manager", NULL, NULL, NULL, SECOND },
	{ "a path", "PATH", NULL, NULL, "READY=1 " SECOND },
	{ "an abstract name", "@NAME", NULL, NULL, "READY=1 " SECOND },
	{ "a watchdog", "PATH", "60000000", NULL,
	  "READY=1 WATCHDOG=1 " SECOND },
	{ "our watchdog", "PATH", "60000000", "%d",
	  "READY=1 WATCHDOG=1 " SECOND },
	{ "another's watchdog", "PATH", "60000000", "1", "READY=1 " SECOND },
	{ "a watchdog of no process", "PATH", "60000000", "x",
	  "READY=1 " SECOND },
	{ "a short watchdog", "PATH", "500000", NULL,
	  "READY=1 WATCHDOG=1 " US(250000) },
	{ "a watchdog of two seconds", "PATH", "2000000", NULL,
	  "READY=1 WATCHDOG=1 " SECOND },
	{ "a watchdog just under", "PATH", "1999998", NULL,
	  "READY=1 WATCHDOG=1 " US(999999) },
	{ "a watchdog of a day", "PATH", "86400000000", NULL,
	  "READY=1 WATCHDOG=1 " SECOND },
	{ "a watchdog of more", "PATH", "86400000001", NULL,
	  "READY=1 " SECOND },
	{ "a watchdog of none", "PATH", "0", NULL, "READY=1 " SECOND },
	{ "a watchdog that is no number", "PATH", "-1", NULL,
	  "READY=1 " SECOND },
	{ "a watchdog and no manager", NULL, "60000000", NULL, SECOND },
	{ "a relative path", "notify.sock", "60000000", NULL, SECOND },
	{ "an empty name", "@", NULL, NULL, SECOND },
	{ "nothing", "", NULL, NULL, SECOND },
	{ "nobody there", "/nonexistent/notify", "60000000", NULL, SECOND },
};

static char folder[] = "/tmp/test_notify.XXXXXX";

static void set(const char *variable, const char *value)
{
	char text[200];

	if (value == NULL) {
		unsetenv(variable);
		return;
	}
	if (strcmp(value, "%d") == 0) {
		snprintf(text, sizeof(text), "%d", (int)getpid());
		value = text;
	}
	setenv(variable, value, 1);
}

/* Listens where $NOTIFY_SOCKET then says, if the row wants a manager. */
static int manager(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char text[sizeof(folder) + 20];
	size_t len;
	int fd;

	if (name == NULL ||
	    (strcmp(name, "PATH") != 0 && strcmp(name, "@NAME") != 0)) {
		set("NOTIFY_SOCKET", name);
		return -1;
	}
	snprintf(text, sizeof(text), "%s%s/notify", name[0] == '@' ? "@" : "",
		 folder);
	len = strlen(text);
	memcpy(address.sun_path, text, len);
	if (text[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(
		bind(fd, (struct sockaddr *)&address,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
		0);
	set("NOTIFY_SOCKET", text);
	return fd;
}

static void hear(int fd, char *text_r, size_t size)
{
	size_t at = 0;
	ssize_t len;

	while (fd >= 0 &&
	       (len = recv(fd, text_r + at, size - at - 2, MSG_DONTWAIT)) > 0) {
		at += (size_t)len;
		text_r[at++] = ' ';
	}
	text_r[at] = '\0';
}

static void check(const struct row *row)
{
	struct ps_notify notify;
	struct timespec interval;
	char text[300], path[sizeof(folder) + 20];
	int fd = manager(row->socket);

	set("WATCHDOG_USEC", row->watchdog);
	set("WATCHDOG_PID", row->pid);
	ps_notify_open(&notify);
	ps_notify_send(&notify, "READY=1");
	ps_notify_alive(&notify);
	hear(fd, text, sizeof(text));
	interval = ps_notify_interval(&notify);
	snprintf(text + strlen(text), sizeof(text) - strlen(text),
		 "interval %lld",
		 (long long)interval.tv_sec * 1000000 +
			 interval.tv_nsec / 1000);
	if (fd >= 0)
		close(fd);
	snprintf(path, sizeof(path), "%s/notify", folder);
	(void)unlink(path);
	assert_string_equal(text, row->want);
}

static void table_run(void **state)
{
	check(*state);
}

static void reloading(void **state)
{
	struct ps_notify notify;
	unsigned long long us = 0;
	char text[300], path[sizeof(folder) + 20];
	int fd = manager("PATH");

	(void)state;
	set("WATCHDOG_USEC", NULL);
	ps_notify_open(&notify);
	ps_notify_reloading(&notify);
	hear(fd, text, sizeof(text));
	close(fd);
	snprintf(path, sizeof(path), "%s/notify", folder);
	(void)unlink(path);
	assert_int_equal(sscanf(text, "RELOADING=1\nMONOTONIC_USEC=%llu", &us),
			 1);
	assert_true(us > 0);
}

/* sun_path holds 108 octets: 107 and a NUL, or an abstract name of 107. */
static void long_names(void **state)
{
	struct ps_notify notify;
	char name[110];

	(void)state;
	set("WATCHDOG_USEC", NULL);
	memset(name, 'a', sizeof(name));
	name[0] = '/';
	name[108] = '\0';
	set("NOTIFY_SOCKET", name);
	ps_notify_open(&notify);
	assert_int_equal(notify.len, 0);
	name[107] = '\0';
	set("NOTIFY_SOCKET", name);
	ps_notify_open(&notify);
	assert_int_equal(notify.len, sizeof(struct sockaddr_un));
}

/* One who takes nothing in holds nobody up. */
static void full(void **state)
{
	struct ps_notify notify;
	char path[sizeof(folder) + 20];
	int fd = manager("PATH"), other;

	(void)state;
	set("WATCHDOG_USEC", NULL);
	ps_notify_open(&notify);
	other = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	while (sendto(other, "x", 1, MSG_DONTWAIT,
		      (const struct sockaddr *)&notify.address,
		      notify.len) == 1)
		;
	alarm(60);
	ps_notify_send(&notify, "READY=1");
	alarm(0);
	close(other);
	close(fd);
	snprintf(path, sizeof(path), "%s/notify", folder);
	(void)unlink(path);
}

int main(int argc, char **argv)
{
	static struct CMUnitTest tests[TABLE_COUNT(rows) + 3];
	int result;

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	if (mkdtemp(folder) == NULL)
		return 1;
	TABLE_TESTS(tests, rows, table_run);
	tests[TABLE_COUNT(rows)] =
		(struct CMUnitTest)cmocka_unit_test(reloading);
	tests[TABLE_COUNT(rows) + 1] =
		(struct CMUnitTest)cmocka_unit_test(long_names);
	tests[TABLE_COUNT(rows) + 2] =
		(struct CMUnitTest)cmocka_unit_test(full);
	result = _cmocka_run_group_tests(__FILE__, tests, TABLE_COUNT(tests),
					 NULL, NULL);
	(void)rmdir(folder);
	return result;
}
