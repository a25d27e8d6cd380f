/* openssl_memory.c - OpenSSL's allocations, seen on their way. */

#include "io/openssl_memory.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <stdlib.h>

/* Who had them before us; OpenSSL itself stands for malloc(3). */
static CRYPTO_malloc_fn before_malloc;
static CRYPTO_realloc_fn before_realloc;
static CRYPTO_free_fn before_free;
/* From one look to the answer nobody else runs in this thread. */
static _Thread_local bool refused;

static void *note(void *piece)
{
	refused = refused || piece == NULL;
	return piece;
}

static void give_back(void *old, const char *file, int line)
{
	if (before_free == CRYPTO_free)
		free(old);
	else
		before_free(old, file, line);
}

static void *get(size_t size, const char *file, int line)
{
	if (size == 0)
		return NULL;
	return note(before_malloc == CRYPTO_malloc
			    ? malloc(size)
			    : before_malloc(size, file, line));
}

static void *get_more(void *old, size_t size, const char *file, int line)
{
	if (size == 0) {
		give_back(old, file, line);
		return NULL;
	}
	return note(before_realloc == CRYPTO_realloc
			    ? realloc(old, size)
			    : before_realloc(old, size, file, line));
}

static void watch(void)
{
	CRYPTO_get_mem_functions(&before_malloc, &before_realloc, &before_free);
	(void)CRYPTO_set_mem_functions(get, get_more, give_back);
}

void ps_openssl_memory_watch(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, watch);
}

void ps_openssl_memory_look(void)
{
	refused = false;
}

bool ps_openssl_memory_short(void)
{
	return refused;
}
