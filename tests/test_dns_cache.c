/* test_dns_cache.c - answers by name and type: how long, and how many. */

#include "table.h"

#include "core/text/buffer.h"
#include "io/dns_cache.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IN_PART	 3 /* answers that the part of a script holds */
#define RECORDS	 (8 * IN_PART)
#define THREADS	 8
#define ROUNDS	 20000
#define NAMES	 300
#define NAME_MAX 32

/*
 * Each step is three characters: what, a name of one letter, a second.
 *   + put, of some 10 octets    * of 1200    # of 60000    (one of 3 * 1024)
 *   ? get; wanted: the number of the put, or "-"
 * All names are of the same part; a and b, c and d, ... have the same hash.
 */
static const struct row {
	const char *name, *steps, *want;
} rows[] = {
	{ "nothing there", "?a1", "-" },
	{ "there", "+a2 ?a1", "1" },
	{ "ttl: over in the second until", "+a5 ?a4 ?a5 ?a4", "1--" },
	{ "ttl: others stay", "+a5 +b9 +c9 ?a6 ?b6 ?c6", "-23" },
	{ "ttl: over, and put again", "+a5 ?a6 +a9 ?a6", "-2" },
	{ "same hash, other name", "+a9 ?b1 +b9 ?a1 ?b1", "-12" },
	{ "other name", "+a9 ?c1", "-" },
	{ "replaced", "+a9 +a9 ?a1", "2" },
	{ "replaced by an earlier end", "+a9 +a3 ?a4", "-" },
	{ "replaced between two of its hash", "+a9 +b9 +a9 ?a1 ?b1", "32" },
	{ "replaced leaves room", "+a9 +a9 +b9 +c9 +a9 ?a1 ?b1 ?c1", "534" },
	{ "bound: as many as there may be", "+a9 +b9 +c9 ?a1 ?b1 ?c1", "123" },
	{ "bound: one more", "+a9 +b9 +c9 +d9 ?a1 ?b1 ?c1 ?d1", "-234" },
	{ "the longest unused goes, not the oldest",
	  "+a9 +b9 +c9 ?a1 +d9 ?a1 ?b1 ?c1 ?d1", "11-34" },
	{ "a put is a use", "+a9 +b9 +c9 +a9 +d9 ?a1 ?b1 ?c1 ?d1", "4-35" },
	{ "the middle one is used", "+a9 +b9 +c9 ?b1 +d9 +e9 ?a1 ?b1 ?c1 ?d1",
	  "2-2-4" },
	{ "what is over makes room", "+a9 +b5 +c9 ?b6 +d9 ?a6 ?c6 ?d6",
	  "-134" },
	{ "octets: two fit", "*a9 *b9 ?a1 ?b1", "12" },
	{ "octets: three do not", "*a9 *b9 *c9 ?a1 ?b1 ?c1", "-23" },
	{ "octets: replaced, and given back", "*a9 *a9 *a9 *b9 ?a1 ?b1", "34" },
	{ "octets: over, and given back", "*a3 ?a4 *b9 *c9 ?b4 ?c4", "-23" },
	{ "octets: one over the bound stays, alone", "+a9 +b9 #c9 ?a1 ?b1 ?c1",
	  "--3" },
	{ "octets: and goes with the next", "#a9 +b9 ?a1 ?b1", "-2" },
};

static struct ps_dns_kept *new_text(const char *text, size_t len)
{
	const char *data[] = { text, NULL };
	const int lens[] = { (int)len };
	struct ps_dns_kept *kept;

	if (ps_dns_decode(PS_DNS_TXT, data, lens, &kept) != PS_DNS_FOUND)
		abort();
	return kept;
}

static struct ps_dns_kept *new_number(size_t number, size_t octets)
{
	char *text = malloc(octets + 2);
	struct ps_dns_kept *kept;
	size_t at, len;

	assert_non_null(text);
	text[0] = 1;
	text[1] = (char)('0' + number);
	for (at = 2; at < octets + 2; at += len + 1) {
		len = octets + 1 - at > 255 ? 255 : octets + 1 - at;
		text[at] = (char)len;
		memset(text + at + 1, 'x', len);
	}
	kept = new_text(text, octets + 2);
	free(text);
	return kept;
}

static struct ps_dns_key key_of(const char *name)
{
	return (struct ps_dns_key){
		.name = name,
		.len = 1,
		.type = PS_DNS_TXT,
		.hash = (uint64_t)(*name - 'a') / 2 * 64,
	};
}

static void put(struct ps_dns_cache *cache, const char *step, size_t number)
{
	const size_t octets = step[0] == '#'   ? 60000
			      : step[0] == '*' ? 1200
					       : 10;
	const struct ps_dns_key key = key_of(step + 1);
	struct ps_dns_kept *kept = new_number(number, octets);

	ps_dns_cache_put(cache, &key, kept, (uint64_t)(step[2] - '0'));
	ps_dns_kept_release(&kept);
}

static char get(struct ps_dns_cache *cache, const char *step)
{
	const struct ps_dns_key key = key_of(step + 1);
	struct ps_dns_kept *kept;
	char found = '-';

	kept = ps_dns_cache_get(cache, &key, (uint64_t)(step[2] - '0'));
	if (kept != NULL)
		found = kept->answer.record[0].text.at[0];
	ps_dns_kept_release(&kept);
	return found;
}

static void check(const struct row *row)
{
	struct ps_buffer got = PS_BUFFER(64);
	struct ps_dns_cache *cache;
	const char *step;
	size_t puts = 0;

	assert_int_equal(ps_dns_cache_new(RECORDS, &cache), 0);
	for (step = row->steps; *step != '\0'; step += step[3] == ' ' ? 4 : 3) {
		if (*step == '?')
			ps_buffer_char(&got, get(cache, step));
		else
			put(cache, step, ++puts);
	}
	assert_string_equal(ps_buffer_cstr(&got), row->want);
	ps_dns_cache_free(&cache);
	assert_null(cache);
	ps_buffer_free(&got);
}

/* The key of number; its text is the answer, too, as one string. */
static struct ps_dns_key named(const struct ps_dns_cache *cache,
			       unsigned int number, enum ps_dns_type type,
			       char name_r[NAME_MAX])
{
	const int len =
		snprintf(name_r + 1, NAME_MAX - 1, "host%u.test", number);

	name_r[0] = (char)len;
	return (struct ps_dns_key){
		.name = name_r + 1,
		.len = (size_t)len,
		.type = type,
		.hash = ps_dns_cache_hash(cache, name_r + 1, (size_t)len, type),
	};
}

static void put_named(struct ps_dns_cache *cache, unsigned int number)
{
	char name[NAME_MAX];
	const struct ps_dns_key key = named(cache, number, PS_DNS_TXT, name);
	struct ps_dns_kept *kept = new_text(name, key.len + 1);

	ps_dns_cache_put(cache, &key, kept, 100);
	ps_dns_kept_release(&kept);
}

/* False: another answer. */
static bool get_named(struct ps_dns_cache *cache, unsigned int number,
		      bool *there_r)
{
	char name[NAME_MAX];
	const struct ps_dns_key key = named(cache, number, PS_DNS_TXT, name);
	struct ps_dns_kept *kept = ps_dns_cache_get(cache, &key, 1);
	bool good = kept == NULL ||
		    ps_bytes_equal(kept->answer.record[0].text,
				   (struct ps_bytes){ key.name, key.len });

	*there_r = kept != NULL;
	ps_dns_kept_release(&kept);
	return good;
}

static void check_count(void **state)
{
	struct ps_dns_cache *cache;
	unsigned int i, found = 0;
	bool there;

	(void)state;
	assert_int_equal(ps_dns_cache_new(101, &cache), 0);
	assert_int_equal(ps_dns_cache_count(cache), 0);
	for (i = 0; i < 10000; i++)
		put_named(cache, i);
	assert_int_equal(ps_dns_cache_count(cache), 101);
	for (i = 0; i < 10000; i++) {
		assert_true(get_named(cache, i, &there));
		found += there;
	}
	assert_int_equal(found, 101);
	ps_dns_cache_free(&cache);
	ps_dns_cache_free(&cache);
}

static void check_types(void **state)
{
	struct ps_dns_cache *cache;
	struct ps_dns_kept *none = ps_dns_kept_none(true), *kept;
	char name[NAME_MAX];
	struct ps_dns_key key;

	(void)state;
	assert_int_equal(ps_dns_cache_new(100, &cache), 0);
	key = named(cache, 1, PS_DNS_A, name);
	ps_dns_cache_put(cache, &key, none, 100);
	key.type = PS_DNS_AAAA;
	assert_null(ps_dns_cache_get(cache, &key, 1));
	key = named(cache, 1, PS_DNS_AAAA, name);
	assert_null(ps_dns_cache_get(cache, &key, 1));
	key = named(cache, 1, PS_DNS_A, name);
	key.len--;
	assert_null(ps_dns_cache_get(cache, &key, 1));
	key.len++;
	kept = ps_dns_cache_get(cache, &key, 1);
	assert_ptr_equal(kept, none);
	ps_dns_kept_release(&kept);
	ps_dns_kept_release(&none);
	ps_dns_cache_free(&cache);
}

/* What is held outlives its place, and the cache. */
static void check_held(void **state)
{
	struct ps_dns_cache *cache;
	struct ps_dns_kept *first, *second;
	const struct ps_dns_key key = key_of("a");

	(void)state;
	assert_int_equal(ps_dns_cache_new(RECORDS, &cache), 0);
	put(cache, "+a9", 1);
	first = ps_dns_cache_get(cache, &key, 1);
	put(cache, "+a9", 2);
	second = ps_dns_cache_get(cache, &key, 1);
	ps_dns_cache_free(&cache);
	assert_int_equal(first->answer.record[0].text.at[0], '1');
	assert_int_equal(second->answer.record[0].text.at[0], '2');
	ps_dns_kept_release(&first);
	ps_dns_kept_release(&second);
}

/* Two caches do not share the secret. */
static void check_secret(void **state)
{
	struct ps_dns_cache *a, *b;

	(void)state;
	assert_int_equal(ps_dns_cache_new(100, &a), 0);
	assert_int_equal(ps_dns_cache_new(100, &b), 0);
	assert_true(ps_dns_cache_hash(a, "a", 1, PS_DNS_A) !=
		    ps_dns_cache_hash(b, "a", 1, PS_DNS_A));
	ps_dns_cache_free(&a);
	ps_dns_cache_free(&b);
}

struct worker {
	pthread_t thread;
	struct ps_dns_cache *cache;
	unsigned int seed, wrong, found;
};

static void *work(void *ctx)
{
	struct worker *worker = ctx;
	unsigned int i, number;
	bool there;

	for (i = 0; i < ROUNDS; i++) {
		worker->seed = worker->seed * 1103515245u + 12345u;
		number = (worker->seed >> 16) % NAMES;
		if ((worker->seed >> 8) % 4 == 0)
			put_named(worker->cache, number);
		if (!get_named(worker->cache, number, &there))
			worker->wrong++;
		worker->found += there;
	}
	return NULL;
}

/* A third of the names fit, so that some always go. */
static void check_threads(void **state)
{
	static struct worker workers[THREADS];
	struct ps_dns_cache *cache;
	size_t i;

	(void)state;
	assert_int_equal(ps_dns_cache_new(NAMES / 3, &cache), 0);
	for (i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ .cache = cache,
					      .seed = (unsigned int)i };
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work,
						&workers[i]),
				 0);
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		assert_int_equal(workers[i].wrong, 0);
		assert_true(workers[i].found > 0);
	}
	assert_true(ps_dns_cache_count(cache) <= NAMES / 3);
	ps_dns_cache_free(&cache);
}

static void run(void **state)
{
	check(*state);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		{ .name = "bound: over all names", .test_func = check_count },
		{ .name = "types of one name", .test_func = check_types },
		{ .name = "held answers", .test_func = check_held },
		{ .name = "secret", .test_func = check_secret },
		{ .name = "threads", .test_func = check_threads },
	};
	static struct CMUnitTest tests[TABLE_COUNT(rows) + TABLE_COUNT(others)];

	TABLE_TESTS(tests, rows, run);
	memcpy(tests + TABLE_COUNT(rows), others, sizeof(others));
	return _cmocka_run_group_tests(__FILE__, tests, TABLE_COUNT(tests),
				       NULL, NULL);
}
