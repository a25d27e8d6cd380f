/* test_handed.c - sockets handed to a process, which find their settings. */

#include "table.h"

#include "milter/handed.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char folder[] = "/tmp/test_handed.XXXXXX";
static unsigned int port4, port6;

/* Handed over, as descriptors 3 to 7. */
enum { PATH_FD = 3, V4_FD, V6_FD, DATAGRAM_FD, DEAF_FD, END_FD };

/* setting: "%s" is the folder, "%4" and "%6" the ports. */
static const struct row {
	const char *name, *setting;
	int want;
} rows[] = {
	{ "a path", "unix:%s/handed.sock", PATH_FD },
	{ "libmilter's word", "local:%s/handed.sock", PATH_FD },
	{ "in the other case", "UNIX:%s/handed.sock", PATH_FD },
	{ "another path", "unix:%s/handed.soc", -1 },
	{ "a path that begins so", "unix:%s/handed.sock2", -1 },
	{ "IPv4", "inet:%4@127.0.0.1", V4_FD },
	{ "another address", "inet:%4@127.0.0.2", -1 },
	{ "another port", "inet:1@127.0.0.1", -1 },
	{ "a host by name", "inet:%4@localhost", -1 },
	{ "IPv6", "inet:%6@::1", V6_FD },
	{ "IPv6 in brackets", "inet:%6@[::1]", V6_FD },
	{ "a datagram socket", "unix:%s/datagram.sock", -1 },
	{ "one that does not listen", "unix:%s/deaf.sock", -1 },
	{ "no name of a socket", "handed.sock", -1 },
};

static void place(const char *pattern, char *text_r, size_t size)
{
	const char *mark = strchr(pattern, '%');
	int before =
		mark == NULL ? (int)strlen(pattern) : (int)(mark - pattern);

	if (mark == NULL)
		snprintf(text_r, size, "%s", pattern);
	else if (mark[1] == 's')
		snprintf(text_r, size, "%.*s%s%s", before, pattern, folder,
			 mark + 2);
	else
		snprintf(text_r, size, "%.*s%u%s", before, pattern,
			 mark[1] == '4' ? port4 : port6, mark + 2);
}

static void hand_over(int fd, int as)
{
	assert_true(fd >= 0);
	assert_int_equal(dup2(fd, as), as);
	if (fd != as)
		close(fd);
}

static void make_path(const char *name, int type, bool deaf, int as)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", folder,
		 name);
	(void)unlink(address.sun_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)),
			 0);
	if (type == SOCK_STREAM && !deaf)
		assert_int_equal(listen(fd, 1), 0);
	hand_over(fd, as);
}

static unsigned int make_inet(int family, int as)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct sockaddr *address = (struct sockaddr *)&v4;
	socklen_t len = sizeof(v4);
	int fd = socket(family, SOCK_STREAM, 0);

	v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	v6.sin6_addr = in6addr_loopback;
	if (family == AF_INET6) {
		address = (struct sockaddr *)&v6;
		len = sizeof(v6);
	}
	assert_int_equal(bind(fd, address, len), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, address, &len), 0);
	hand_over(fd, as);
	return ntohs(family == AF_INET6 ? v6.sin6_port : v4.sin_port);
}

static void make_all(void)
{
	char text[16];
	int fd;

	/* Whatever the test was started with. */
	for (fd = PATH_FD; fd < END_FD; fd++)
		(void)dup2(STDIN_FILENO, fd);
	make_path("handed.sock", SOCK_STREAM, false, PATH_FD);
	port4 = make_inet(AF_INET, V4_FD);
	port6 = make_inet(AF_INET6, V6_FD);
	make_path("datagram.sock", SOCK_DGRAM, false, DATAGRAM_FD);
	make_path("deaf.sock", SOCK_STREAM, true, DEAF_FD);
	snprintf(text, sizeof(text), "%d", (int)getpid());
	setenv("LISTEN_PID", text, 1);
	snprintf(text, sizeof(text), "%d", END_FD - PATH_FD);
	setenv("LISTEN_FDS", text, 1);
}

static void check(const struct row *row)
{
	char setting[200];

	make_all();
	place(row->setting, setting, sizeof(setting));
	ps_handed_open();
	assert_int_equal(fcntl(PATH_FD, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_false(ps_handed_has(setting));
	assert_int_equal(ps_handed_take(setting), row->want);
	assert_int_equal(ps_handed_has(setting), row->want >= 0);
	/* A second setting of the same name gets nothing. */
	assert_int_equal(ps_handed_take(setting), -1);
}

static void table_run(void **state)
{
	check(*state);
}

static void refuse_rest(void **state)
{
	char setting[200];

	(void)state;
	make_all();
	place("unix:%s/handed.sock", setting, sizeof(setting));
	ps_handed_open();
	assert_int_equal(ps_handed_take(setting), PATH_FD);
	ps_handed_refuse_rest();
	assert_true(fcntl(PATH_FD, F_GETFD) >= 0);
	assert_int_equal(fcntl(V4_FD, F_GETFD), -1);
	assert_int_equal(fcntl(DEAF_FD, F_GETFD), -1);
	/* What is closed may be another's by now. */
	place("inet:%4@127.0.0.1", setting, sizeof(setting));
	assert_int_equal(ps_handed_take(setting), -1);
	assert_false(ps_handed_has(setting));
}

static void for_another(void **state)
{
	static const char *const pids[] = { "1", "", "x", NULL };
	static const char *const counts[] = { "33", "-1", "", "x", NULL };
	char setting[200];
	size_t i;

	(void)state;
	for (i = 0; pids[i] != NULL; i++) {
		make_all();
		place("unix:%s/handed.sock", setting, sizeof(setting));
		setenv("LISTEN_PID", pids[i], 1);
		ps_handed_open();
		assert_int_equal(ps_handed_take(setting), -1);
	}
	for (i = 0; counts[i] != NULL; i++) {
		make_all();
		setenv("LISTEN_FDS", counts[i], 1);
		ps_handed_open();
		assert_int_equal(ps_handed_take(setting), -1);
	}
}

static void remove_all(void)
{
	static const char *const names[] = { "handed", "datagram", "deaf" };
	char path[200];
	size_t i;

	for (i = 0; i < TABLE_COUNT(names); i++) {
		snprintf(path, sizeof(path), "%s/%s.sock", folder, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(folder);
}

int main(int argc, char **argv)
{
	static struct CMUnitTest tests[TABLE_COUNT(rows) + 2];
	int result;

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	if (mkdtemp(folder) == NULL)
		return 1;
	TABLE_TESTS(tests, rows, table_run);
	tests[TABLE_COUNT(rows)] =
		(struct CMUnitTest)cmocka_unit_test(refuse_rest);
	tests[TABLE_COUNT(rows) + 1] =
		(struct CMUnitTest)cmocka_unit_test(for_another);
	result = _cmocka_run_group_tests(__FILE__, tests, TABLE_COUNT(tests),
					 NULL, NULL);
	remove_all();
	return result;
}
