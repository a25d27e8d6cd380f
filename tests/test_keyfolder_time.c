/* test_keyfolder_time.c - signing keys: replaced, repaired, held. */

#include "table.h"

#include "io/crypto_openssl.h"
#include "keys_on_disk.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define THREADS	 8
#define REPLACED 200 /* times, under the threads */

static void looked_at_once_a_second(void **state)
{
	(void)state;
	keys_list("r r a");
	keys_start();
	assert_string_equal(keys_ask(NOW), "r");
	keys_list("r r a e e a");
	assert_string_equal(keys_ask(NOW), "r");
	assert_string_equal(keys_ask(NOW + 1), "r e");
	keys_list("r r r e e a");
	assert_string_equal(keys_ask(NOW + 1), "r e");
	assert_string_equal(keys_ask(NOW + 60), "e");
	/* A clock set back must not hold on to what was. */
	keys_list("r r a");
	assert_string_equal(keys_ask(NOW), "r");
	keys_end();
}

/* What was wrong is asked for again, what was missing is found. */
static void repaired_within_a_second(void **state)
{
	char aside[80];

	(void)state;
	snprintf(aside, sizeof(aside), "%s.aside", keys_domain_folder);
	keys_list("y e a");
	keys_start();
	assert_string_equal(keys_ask(NOW), "y.key: No such file or directory");
	keys_put_new("y.key", ED25519);
	assert_string_equal(keys_ask(NOW), "y.key: No such file or directory");
	assert_string_equal(keys_ask(NOW + 1), "y");
	keys_put("domain.json", "{", 1);
	assert_string_equal(keys_ask(NOW + 1), "y");
	assert_string_equal(
		keys_ask(NOW + 2),
		"domain.json: is not {\"keys\": [...]} with at most 32 keys");
	keys_list("y e a");
	assert_string_equal(keys_ask(NOW + 3), "y");
	assert_int_equal(rename(keys_domain_folder, aside), 0);
	assert_string_equal(keys_ask(NOW + 4), keys_outcomes[PS_NOTFOUND]);
	assert_int_equal(rename(aside, keys_domain_folder), 0);
	assert_string_equal(keys_ask(NOW + 4), keys_outcomes[PS_NOTFOUND]);
	assert_string_equal(keys_ask(NOW + 5), "y");
	keys_end();
}

/* ---- who holds them ---- */

static void assert_signs(const struct ps_domain_keys *keys)
{
	unsigned char digest[PS_DIGEST_MAX] = "digest";
	unsigned char signature[PS_SIGNATURE_MAX];
	struct ps_openssl *openssl;
	const struct ps_crypto *port;
	size_t i, len;

	assert_int_equal(ps_openssl_new(&openssl), 0);
	port = ps_openssl_port(openssl);
	for (i = 0; i < keys->count; i++)
		assert_int_equal(port->sign(port->ctx, keys->key[i].private,
					    digest, sizeof(digest), signature,
					    &len),
				 0);
	ps_openssl_free(&openssl);
}

static void held_while_replaced(void **state)
{
	const struct ps_domain_keys *first, *same, *second;
	char reason[PS_REASON_MAX];

	(void)state;
	keys_list("r r a e e a");
	keys_start();
	assert_int_equal(keys_get(NOW, &first, reason), PS_FOUND);
	assert_int_equal(keys_get(NOW + 1, &same, reason), PS_FOUND);
	assert_ptr_equal(first, same);
	keys_list("e e a");
	assert_int_equal(keys_get(NOW + 2, &second, reason), PS_FOUND);
	assert_ptr_not_equal(first, second);
	assert_int_equal(first->count, 2);
	ps_keyfolder_release(keys_open, &same);
	assert_signs(first);
	ps_keyfolder_release(keys_open, &first);
	assert_int_equal(second->count, 1);
	assert_string_equal(keys_ask(NOW + 2), "e");
	assert_signs(second);
	ps_keyfolder_release(keys_open, &second);
	keys_end();
}

/* Ten thousand domains without a folder push the first ones out. */
static void held_while_pushed_out(void **state)
{
	const struct ps_domain_keys *keys, *none;
	char reason[PS_REASON_MAX], domain[40];
	unsigned int i;

	(void)state;
	keys_list("r r a");
	keys_start();
	assert_int_equal(keys_get(NOW, &keys, reason), PS_FOUND);
	for (i = 0; i < 10001; i++) {
		snprintf(domain, sizeof(domain), "d%u.example", i);
		assert_int_equal(
			ps_keyfolder_get(keys_open, domain, NOW, &none, reason),
			PS_NOTFOUND);
	}
	keys_list("e e a");
	/* In the same second: it was pushed out, so it is read again. */
	assert_string_equal(keys_ask(NOW), "e");
	assert_signs(keys);
	ps_keyfolder_release(keys_open, &keys);
	keys_end();
}

static atomic_ullong ticks = NOW;
static atomic_bool done;
static atomic_uint shown[2];

/* "r e" or "e" and nothing in between, each usable. */
static bool is_whole(const struct ps_domain_keys *keys)
{
	size_t i;

	if (keys->count == 0 || keys->count > 2 ||
	    strcmp(keys->key[keys->count - 1].selector, "e") != 0)
		return false;
	for (i = 0; i < keys->count; i++) {
		if (ps_private_key_bits(keys->key[i].private) < 200)
			return false;
	}
	return true;
}

/* How often it was wrong. */
static void *get_often(void *unused)
{
	const struct ps_domain_keys *keys;
	char reason[PS_REASON_MAX];
	uintptr_t wrong = 0;

	(void)unused;
	while (!atomic_load(&done)) {
		if (ps_keyfolder_get(keys_open, "example.org",
				     atomic_fetch_add(&ticks, 1), &keys,
				     reason) != PS_FOUND) {
			wrong++;
			continue;
		}
		if (is_whole(keys))
			atomic_fetch_add(&shown[keys->count - 1], 1);
		else
			wrong++;
		ps_keyfolder_release(keys_open, &keys);
	}
	return (void *)wrong;
}

static void threads(void **state)
{
	pthread_t thread[THREADS];
	unsigned int i;
	void *wrong;

	(void)state;
	keys_list("r r a e e a");
	keys_start();
	for (i = 0; i < THREADS; i++)
		assert_int_equal(
			pthread_create(&thread[i], NULL, get_often, NULL), 0);
	for (i = 0; i < REPLACED; i++) {
		keys_list(i % 2 == 0 ? "e e a" : "r r a e e a");
		(void)usleep(2000);
	}
	atomic_store(&done, true);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(thread[i], &wrong), 0);
		assert_null(wrong);
	}
	print_message("  %u times one, %u times two keys\n",
		      atomic_load(&shown[0]), atomic_load(&shown[1]));
	assert_true(atomic_load(&shown[0]) > 0 && atomic_load(&shown[1]) > 0);
	keys_end();
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(looked_at_once_a_second),
		cmocka_unit_test(repaired_within_a_second),
		cmocka_unit_test(held_while_replaced),
		cmocka_unit_test(held_while_pushed_out),
		cmocka_unit_test(threads),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, keys_set_up, keys_tear_down);
}
