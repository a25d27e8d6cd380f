/* test_clients.c - who is shut out, and when, by a clock of the test's. */

#include "table.h"

#include "milter/clients.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNT 4 /* clients, each since 100 times its number */

enum what { EXPIRE, ROOM };

/* Client 2 has just been given to a thread; 3 makes progress at the end. */
static const struct row {
	const char *name;
	enum what what;
	uint64_t now;	  /* EXPIRE; idle is 1000 */
	unsigned int max; /* ROOM */
	const char *want; /* those that are shut */
	uint64_t next;	  /* EXPIRE: until then */
} rows[] = {
	{ "none is due", EXPIRE, 1099, 0, "", 1 },
	{ "one is due", EXPIRE, 1100, 0, "1", 100 },
	{ "a thread has the next", EXPIRE, 1200, 0, "1", 200 },
	{ "two are due, and one that a thread has", EXPIRE, 1400, 0, "14",
	  600 },
	{ "all of them", EXPIRE, 2000, 0, "134", 1000 },
	{ "a clock before all of it", EXPIRE, 0, 0, "", 1100 },
	{ "room", ROOM, 0, 5, "", 0 },
	{ "no room", ROOM, 0, 4, "1", 0 },
	{ "no room for two", ROOM, 0, 3, "14", 0 },
	{ "no room but what a thread has", ROOM, 0, 1, "134", 0 },
};

static struct ps_clients clients;
static int ours[COUNT]; /* their ends of the clients' sockets */

static void add(unsigned int i)
{
	int pair[2];

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	ours[i] = pair[0];
	assert_int_equal(
		ps_clients_add(&clients, pair[1], (uint64_t)(i + 1) * 100), 0);
}

/* Takes the client whose turn it is. */
static struct ps_client *take(unsigned int i)
{
	struct ps_client *client = NULL;

	assert_int_equal(send(ours[i], "x", 1, 0), 1);
	assert_int_equal(ps_clients_next(&clients, 1, &client), 1);
	return client;
}

static void describe(char text[COUNT + 1])
{
	unsigned int i;
	char octet;

	*text = '\0';
	for (i = 0; i < COUNT; i++) {
		if (recv(ours[i], &octet, 1, MSG_DONTWAIT) == 0)
			snprintf(text + strlen(text), COUNT, "%u", i + 1);
	}
}

static void check(const struct row *row)
{
	struct ps_client *busy, *progress;
	unsigned int i, shut = 0;
	char text[COUNT + 1];

	assert_int_equal(ps_clients_init(&clients), 0);
	assert_int_equal(ps_clients_expire(&clients, 5000, 1000), UINT64_MAX);
	for (i = 0; i < COUNT; i++)
		add(i);
	busy = take(1);
	progress = take(2);
	ps_clients_give_back(&clients, progress, PS_WAIT_TURN, true, 1000);
	assert_int_equal(ps_clients_count(&clients), COUNT);
	if (row->what == EXPIRE)
		assert_int_equal(ps_clients_expire(&clients, row->now, 1000),
				 row->next);
	else
		assert_int_equal(
			ps_clients_make_room(&clients, row->max, 1, &shut),
			row->max > COUNT);
	describe(text);
	assert_string_equal(text, row->want);
	if (row->what == ROOM)
		assert_int_equal(shut, strlen(row->want));
	ps_clients_give_back(&clients, busy, PS_WAIT_OVER, false, 0);
	assert_int_equal(ps_clients_count(&clients), COUNT - 1);
	ps_clients_stop(&clients);
	ps_clients_free(&clients);
	for (i = 0; i < COUNT; i++)
		close(ours[i]);
}

TABLE_MAIN(rows, check)
