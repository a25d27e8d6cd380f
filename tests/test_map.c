/* test_map.c - socket maps: what is asked, what is answered, by table. */

#include "table.h"

#include "directory/log.h"
#include "milter/map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST (PS_MAP_REPLY_MAX - 3) /* behind "OK " */

static char log_text[4096];
static uint64_t clock_us;

/* ---- a directory of these entries ---- */

static const struct entry {
	enum ps_view view;
	const char *key, *answer;
} entries[] = {
	{ PS_VIEW_DOMAINS, "a.example", "a.example" },
	{ PS_VIEW_MAILBOXES, "al@a.example", "al@a.example" },
	{ PS_VIEW_ALIASES, "info@a.example", "al@a.example,bo@b.example" },
	{ PS_VIEW_ALIASES, "gitlab+issue-@a.example", "al@a.example" },
	{ PS_VIEW_ALIASES, "gitlab@a.example", "bo@b.example" },
	{ PS_VIEW_ALIASES, "@all.example", "al@a.example" },
	{ PS_VIEW_ALIASES, "al@all.example", "al@all.example" },
	{ PS_VIEW_SENDERS, "al@a.example", "al@a.example" },
	{ PS_VIEW_SENDERS, "@all.example", "al@a.example" },
	{ PS_VIEW_TRANSPORT, "to@relay.example", "relay:[mx.example]:25" },
	{ PS_VIEW_RELAY_DOMAINS, "relay.example", "relay.example" },
	{ PS_VIEW_QUOTA, "al@a.example", "2G" },
};

static void fill(struct ps_buffer *answer, size_t len)
{
	while (answer->len < len)
		ps_buffer_char(answer, 'x');
}

static enum ps_outcome fail_after(uint64_t us, const char *reason,
				  char reason_r[PS_REASON_MAX])
{
	clock_us += us;
	snprintf(reason_r, PS_REASON_MAX, "%s", reason);
	return PS_TEMPFAIL;
}

static enum ps_outcome view(struct ps_service *service, enum ps_view view,
			    const char *key, struct ps_buffer *answer,
			    char reason_r[PS_REASON_MAX])
{
	const struct entry *entry = entries;

	(void)service;
	ps_buffer_reset(answer);
	reason_r[0] = '\0';
	if (strcmp(key, "locked@a.example") == 0)
		return fail_after(1000000, "database is locked", reason_r);
	if (strcmp(key, "gone@a.example") == 0)
		return fail_after(999999, "no such file", reason_r);
	if (strcmp(key, "@gone.example") == 0)
		return fail_after(0, "no such file", reason_r);
	if (strcmp(key, "longest@a.example") == 0)
		fill(answer, LONGEST);
	if (strcmp(key, "longer@a.example") == 0)
		fill(answer, LONGEST + 1);
	if (strcmp(key, "endless@a.example") == 0) {
		fill(answer, PS_ANSWER_MAX);
		ps_buffer_char(answer, 'x');
		return fail_after(0, "the answer is too large", reason_r);
	}
	if (answer->len > 0)
		return PS_FOUND;
	for (; entry < entries + TABLE_COUNT(entries); entry++) {
		if (entry->view == view && strcmp(entry->key, key) == 0) {
			ps_buffer_text(answer, entry->answer);
			return PS_FOUND;
		}
	}
	return PS_NOTFOUND;
}

static uint64_t microseconds(void)
{
	return clock_us;
}

static void sink(enum ps_log_level level, const char *line)
{
	size_t len = strlen(log_text);

	(void)level;
	snprintf(log_text + len, sizeof(log_text) - len, "%s\n", line);
}

/* ---- rows ---- */

/* want: the replies; behind them "part", or "last": the end. */
static const struct row {
	const char *name;
	struct ps_bytes input;
	const char *want;
	const char *delimiters; /* NULL: not set */
	const char *logged;	/* NULL: nothing */
} rows[] = {
#define ROW(n, input, want)                                                    \
	{                                                                      \
		n, PS_BYTES(input), want, NULL, NULL                           \
	}
#define SET(n, delimiters, input, want)                                        \
	{                                                                      \
		n, PS_BYTES(input), want, delimiters, NULL                     \
	}
#define LOGGED(n, input, want, logged)                                         \
	{                                                                      \
		n, PS_BYTES(input), want, NULL, logged                         \
	}
	ROW("domains", "17:domains a.example,", "12:OK a.example,part"),
	ROW("mailboxes", "22:mailboxes al@a.example,",
	    "15:OK al@a.example,part"),
	ROW("aliases", "22:aliases info@a.example,",
	    "28:OK al@a.example,bo@b.example,part"),
	ROW("senders", "20:senders al@a.example,", "15:OK al@a.example,part"),
	ROW("transport", "26:transport to@relay.example,",
	    "24:OK relay:[mx.example]:25,part"),
	ROW("relay_domains", "27:relay_domains relay.example,",
	    "16:OK relay.example,part"),
	ROW("quota", "18:quota al@a.example,", "5:OK 2G,part"),
	ROW("not found", "20:aliases no@a.example,", "9:NOTFOUND ,part"),
	ROW("another view", "22:senders info@a.example,", "9:NOTFOUND ,part"),
	ROW("two at once", "17:domains a.example,17:domains b.example,",
	    "12:OK a.example,9:NOTFOUND ,part"),
	ROW("one and the half of one", "17:domains a.example,17:dom",
	    "12:OK a.example,part"),
	ROW("nothing", "", "part"),
	ROW("a key with blanks", "15:domains a b c d,", "9:NOTFOUND ,part"),
	ROW("an empty key", "8:domains ,", "9:NOTFOUND ,part"),
	ROW("NUL behind a key that is there", "19:domains a.example\0x,",
	    "9:NOTFOUND ,part"),

	LOGGED("no such map", "14:nothing al@a.b,",
	       "25:PERM there is no such map,part",
	       "map: a client asks for a map that there is not\n"),
	LOGGED("a map in another case", "17:Domains a.example,",
	       "25:PERM there is no such map,part",
	       "map: a client asks for a map that there is not\n"),
	LOGGED("no blank", "7:domains,", "25:PERM there is no such map,part",
	       "map: a client asks for a map that there is not\n"),
	LOGGED("empty", "0:,", "25:PERM there is no such map,part",
	       "map: a client asks for a map that there is not\n"),
	LOGGED("NUL in the name", "19:domains\0x a.example,",
	       "25:PERM there is no such map,part",
	       "map: a client asks for a map that there is not\n"),
	ROW("no netstring", "GET / HTTP/1.1\r\n\r\n",
	    "32:PERM the request is no netstring,last"),
	ROW("good, then none", "17:domains a.example,x",
	    "12:OK a.example,32:PERM the request is no netstring,last"),
	ROW("a request too long",
	    "10241:", "28:PERM the request is too long,last"),
	ROW("the longest request", "10240:domains ", "part"),

	LOGGED("fails at once", "22:aliases gone@a.example,",
	       "17:TEMP no such file,part", "map: aliases: no such file\n"),
	LOGGED("fails after a second", "24:aliases locked@a.example,",
	       "26:TIMEOUT database is locked,part",
	       "map: aliases: database is locked\n"),
	LOGGED("a fault is said once a minute",
	       "22:aliases gone@a.example,22:aliases gone@a.example,",
	       "17:TEMP no such file,17:TEMP no such file,part",
	       "map: aliases: no such file\n"),
	LOGGED("fails at the second form", "23:aliases al@gone.example,",
	       "17:TEMP no such file,part", "map: aliases: no such file\n"),
	LOGGED("an answer too long", "24:aliases longer@a.example,",
	       "27:PERM the answer is too long,part",
	       "map: aliases: the answer for longer@a.example is longer than "
	       "the 100000 octets that Postfix takes\n"),
	LOGGED("an answer too long for the directory",
	       "25:aliases endless@a.example,",
	       "27:PERM the answer is too long,part",
	       "map: aliases: the answer for endless@a.example is longer than "
	       "the 100000 octets that Postfix takes\n"),

	ROW("catch-all", "22:aliases no@all.example,",
	    "15:OK al@a.example,part"),
	ROW("not for an account in its domain", "22:aliases al@all.example,",
	    "17:OK al@all.example,part"),
	ROW("senders of a domain", "22:senders no@all.example,",
	    "15:OK al@a.example,part"),
	ROW("no delimiter, no extension", "24:mailboxes al+x@a.example,",
	    "9:NOTFOUND ,part"),
	SET("an extension", "+", "24:mailboxes al+x@a.example,",
	    "15:OK al@a.example,part"),
	SET("an extension at an alias goes on with it", "+",
	    "24:aliases info+x@a.example,",
	    "32:OK al+x@a.example,bo+x@b.example,part"),
	SET("an alias with the delimiter in it", "+",
	    "31:aliases gitlab+issue-@a.example,", "15:OK al@a.example,part"),
	SET("an extension does not reach a catch-all's end", "+",
	    "24:aliases no+x@all.example,", "15:OK al@a.example,part"),
	SET("an extension of an account beside a catch-all", "+",
	    "24:aliases al+x@all.example,", "19:OK al+x@all.example,part"),
	SET("an extension of a sender", "+", "22:senders al+x@a.example,",
	    "15:OK al@a.example,part"),
#undef ROW
#undef SET
#undef LOGGED
};

static enum ps_request ask(struct ps_service *service, struct ps_bytes input,
			   struct ps_buffer *replies)
{
	struct ps_cursor cursor = ps_cursor_of(input);
	struct ps_map_request request;
	enum ps_request said;

	while ((said = ps_map_read(&cursor, &request, replies)) ==
	       PS_REQUEST_ANSWERED)
		ps_map_reply(service, &request, replies);
	return said;
}

static void check(const struct row *row)
{
	struct ps_config config = { .map = { .recipient_delimiter = {
						     row->delimiters != NULL,
						     &row->delimiters } } };
	struct ps_service service = { .config = &config,
				      .view = view,
				      .microseconds = microseconds };
	struct ps_buffer replies = PS_BUFFER(10000);

	/* Whatever was said before may be said again. */
	clock_us += 100000000;
	log_text[0] = '\0';
	ps_log_set_sink(sink);
	ps_buffer_text(&replies,
		       ask(&service, row->input, &replies) == PS_REQUEST_LAST
			       ? "last"
			       : "part");
	assert_string_equal(ps_buffer_cstr(&replies), row->want);
	assert_string_equal(log_text, row->logged == NULL ? "" : row->logged);
	ps_buffer_free(&replies);
}

/* "OK " and 99,997 octets: what Postfix takes at most. */
static void longest(void **state)
{
	struct ps_config config = { .map = { .connections = 1 } };
	struct ps_service service = { .config = &config,
				      .view = view,
				      .microseconds = microseconds };
	struct ps_buffer replies = PS_BUFFER(200000);

	(void)state;
	(void)ask(&service, PS_BYTES("25:aliases longest@a.example,"),
		  &replies);
	assert_int_equal(replies.len, strlen("100000:OK ,") + LONGEST);
	assert_memory_equal(replies.data, "100000:OK xx", 12);
	ps_buffer_free(&replies);
}

static void run(void **state)
{
	check(*state);
}

int main(void)
{
	static struct CMUnitTest tests[TABLE_COUNT(rows) + 1];

	TABLE_TESTS(tests, rows, run);
	tests[TABLE_COUNT(rows)] = (struct CMUnitTest)cmocka_unit_test(longest);
	return _cmocka_run_group_tests(__FILE__, tests, TABLE_COUNT(tests),
				       NULL, NULL);
}
