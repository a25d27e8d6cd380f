/* test_socket_name.c - where to listen, by table. */

#include "table.h"

#include "core/text/socket_name.h"

#include <stdio.h>
#include <string.h>

#define PATH_107                                                               \
	"/23456789012345678901234567890123456789012345678901234567890"         \
	"12345678901234567890123456789012345678901234567"

/* want: "unix PATH", "inet ADDRESS PORT"; NULL: none. */
static const struct row {
	const char *name, *text, *want;
} rows[] = {
	{ "unix", "unix:/run/map.sock", "unix /run/map.sock" },
	{ "unix, in the other case", "UNIX:/Run", "unix /Run" },
	{ "a colon in the path", "unix:/run/a:b", "unix /run/a:b" },
	{ "the longest path", "unix:" PATH_107, "unix " PATH_107 },
	{ "a path too long", "unix:" PATH_107 "8", NULL },
	{ "a relative path", "unix:run/map.sock", NULL },
	{ "no path", "unix:", NULL },
	{ "inet", "inet:2026@127.0.0.1", "inet 127.0.0.1 2026" },
	{ "all addresses", "inet:2026@0.0.0.0", "inet 0.0.0.0 2026" },
	{ "IPv6", "inet:1@2001:db8::1", "inet 2001:db8::1 1" },
	{ "IPv6 in brackets", "inet:65535@[::1]", "inet ::1 65535" },
	{ "half a bracket", "inet:1@[::1", NULL },
	{ "nothing in the brackets", "inet:1@[]", NULL },
	{ "port 0", "inet:0@127.0.0.1", NULL },
	{ "a port too large", "inet:65536@127.0.0.1", NULL },
	{ "a zero in front", "inet:010@127.0.0.1", NULL },
	{ "a port by name", "inet:smtp@127.0.0.1", NULL },
	{ "no port", "inet:@127.0.0.1", NULL },
	{ "no address", "inet:2026@", NULL },
	{ "a port alone", "inet:2026", NULL },
	{ "a host by name", "inet:2026@localhost", NULL },
	{ "the other way round", "inet:127.0.0.1:2026", NULL },
	{ "a path alone", "/run/map.sock", NULL },
	{ "another kind", "fifo:/run/map", NULL },
	{ "nothing", "", NULL },
};

static void check(const struct row *row)
{
	char text[200], address[PS_IP_TEXT_MAX];
	struct ps_socket_name name;
	bool good = ps_socket_name_parse(row->text, &name);

	assert_int_equal(good, row->want != NULL);
	if (!good)
		return;
	if (name.path != NULL) {
		snprintf(text, sizeof(text), "unix %s", name.path);
	} else {
		ps_ip_format(&name.ip, address);
		snprintf(text, sizeof(text), "inet %s %u", address, name.port);
	}
	assert_string_equal(text, row->want);
}

/* Where to connect. */
static const struct peer {
	const char *name, *text, *want;
} peers[] = {
	{ "peer", "inet:127.0.0.1:25", "127.0.0.1 25" },
	{ "peer, IPv6", "inet:[::1]:2525", "::1 2525" },
	{ "peer, IPv6 without brackets", "inet:::1:25", NULL },
	{ "peer, no port", "inet:127.0.0.1", NULL },
	{ "peer, no address", "inet::25", NULL },
	{ "peer, port 0", "inet:127.0.0.1:0", NULL },
	{ "peer, a host by name", "inet:localhost:25", NULL },
	{ "peer, the other way round", "inet:25@127.0.0.1", NULL },
	{ "peer, a path", "unix:/run/smtp", NULL },
	{ "peer, nothing", "", NULL },
};

static void check_peer(void **state)
{
	const struct peer *peer = *state;
	char text[200], address[PS_IP_TEXT_MAX];
	struct ps_socket_name name;
	bool good = ps_socket_peer_parse(peer->text, &name);

	assert_int_equal(good, peer->want != NULL);
	if (!good)
		return;
	ps_ip_format(&name.ip, address);
	snprintf(text, sizeof(text), "%s %u", address, name.port);
	assert_string_equal(text, peer->want);
}

static void run(void **state)
{
	check(*state);
}

int main(void)
{
	static struct CMUnitTest tests[TABLE_COUNT(rows) + TABLE_COUNT(peers)];

	TABLE_TESTS(tests, rows, run);
	TABLE_TESTS(tests + TABLE_COUNT(rows), peers, check_peer);
	return _cmocka_run_group_tests(__FILE__, tests,
				       TABLE_COUNT(rows) + TABLE_COUNT(peers),
				       NULL, NULL);
}
