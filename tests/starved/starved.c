/* starved.c - allocations counted, refused, and looked for afterwards. */

#include "starved.h"

#include <jansson.h>
#include <malloc.h>
#include <openssl/crypto.h>
#include <sqlite3.h>

#include <errno.h>
#include <execinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS	   65536 /* pieces held at a time */
#define ROUNDS_MAX 20000 /* a row that needs more is too large */
#define SAMPLE	   150	 /* of what libraries allocate; all: STARVED_ALL */
#define WAY_MAX	   20	 /* calls shown of an allocation that was bad */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *old);

static struct {
	bool begun;
	size_t count;	/* so far in this round */
	size_t nth;	/* that fails; 0: none */
	bool rest;	/* and all behind it */
	bool libraries; /* theirs are counted, and fail, too */
	bool failed, shown;
	size_t held; /* pieces of ours that are not given back */
	void *slot[SLOTS];
} hunger;
static char gone; /* its address stands where a piece was */

/* For addr2line(1). */
static void show_way(void)
{
	void *way[WAY_MAX];

	backtrace_symbols_fd(way, backtrace(way, WAY_MAX), 2);
}

static bool refused(bool library)
{
	if (!hunger.begun || (library && !hunger.libraries))
		return false;
	hunger.count++;
	if (hunger.nth == 0 || hunger.count < hunger.nth ||
	    (hunger.count > hunger.nth && !hunger.rest))
		return false;
	if (hunger.shown && !hunger.failed)
		show_way();
	hunger.failed = true;
	errno = ENOMEM;
	return true;
}

static size_t slot_of(const void *piece)
{
	return ((uintptr_t)piece >> 4) * 40503u % SLOTS;
}

static void *keep(void *piece)
{
	size_t i, at = slot_of(piece);

	if (!hunger.begun || piece == NULL)
		return piece;
	for (i = 0; i < SLOTS; i++, at = (at + 1) % SLOTS) {
		if (hunger.slot[at] != NULL && hunger.slot[at] != &gone)
			continue;
		hunger.slot[at] = piece;
		hunger.held++;
		return piece;
	}
	abort();
}

static void forget(const void *piece)
{
	size_t i, at = slot_of(piece);

	for (i = 0; i < SLOTS && hunger.slot[at] != NULL; i++) {
		if (hunger.slot[at] == piece) {
			hunger.slot[at] = &gone;
			hunger.held--;
			return;
		}
		at = (at + 1) % SLOTS;
	}
}

/* ---- our own code ---- */

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t len);
void __wrap_free(void *old);

void *__wrap_malloc(size_t size)
{
	return refused(false) ? NULL : keep(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
	return refused(false) ? NULL : keep(__real_calloc(count, size));
}

void *__wrap_realloc(void *old, size_t size)
{
	void *piece;

	if (refused(false))
		return NULL;
	forget(old);
	piece = __real_realloc(old, size);
	return keep(piece);
}

char *__wrap_strdup(const char *text)
{
	return __wrap_strndup(text, strlen(text));
}

char *__wrap_strndup(const char *text, size_t len)
{
	size_t used = strnlen(text, len);
	char *piece = __wrap_malloc(used + 1);

	if (piece == NULL)
		return NULL;
	memcpy(piece, text, used);
	piece[used] = '\0';
	return piece;
}

void __wrap_free(void *old)
{
	forget(old);
	__real_free(old);
}

/* ---- libraries: refused as well; what they keep is theirs ---- */

static void *library_malloc(size_t size)
{
	return refused(true) ? NULL : __real_malloc(size);
}

static void *openssl_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return library_malloc(size);
}

static void *openssl_realloc(void *old, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return refused(true) ? NULL : __real_realloc(old, size);
}

static void openssl_free(void *old, const char *file, int line)
{
	(void)file;
	(void)line;
	__real_free(old);
}

static void *sqlite_malloc(int size)
{
	return library_malloc((size_t)size);
}

static void *sqlite_realloc(void *old, int size)
{
	return refused(true) ? NULL : __real_realloc(old, (size_t)size);
}

static int sqlite_size(void *piece)
{
	return (int)malloc_usable_size(piece);
}

static int sqlite_round(int size)
{
	return (size + 7) & ~7;
}

static int sqlite_start(void *ctx)
{
	(void)ctx;
	return SQLITE_OK;
}

static void sqlite_stop(void *ctx)
{
	(void)ctx;
}

void starved_libraries(void)
{
	static const sqlite3_mem_methods methods = {
		.xMalloc = sqlite_malloc,
		.xFree = __real_free,
		.xRealloc = sqlite_realloc,
		.xSize = sqlite_size,
		.xRoundup = sqlite_round,
		.xInit = sqlite_start,
		.xShutdown = sqlite_stop,
	};

	if (CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc,
				     openssl_free) != 1 ||
	    sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) != SQLITE_OK)
		abort();
	json_set_alloc_funcs(library_malloc, __real_free);
}

/* ---- rounds ---- */

void starved_begin(void)
{
	hunger.begun = true;
}

void starved_end(void)
{
	hunger.begun = false;
}

static bool is_allowed(const struct starved *what, const char *said)
{
	size_t i;

	if (strcmp(said, what->want) == 0)
		return true;
	for (i = 0; what->allowed[i] != NULL; i++) {
		if (strncmp(said, what->allowed[i], strlen(what->allowed[i])) ==
		    0)
			return true;
	}
	return false;
}

/* Said and given back as it should be? */
static bool is_good(const struct starved *what, size_t nth, bool rest,
		    char said[STARVED_SAID_MAX])
{
	said[0] = '\0';
	hunger.count = hunger.held = 0;
	hunger.nth = nth;
	hunger.rest = rest;
	hunger.failed = false;
	memset(hunger.slot, 0, sizeof(hunger.slot));
	what->run(what, said);
	assert_false(hunger.begun);
	return hunger.held == 0 &&
	       (hunger.failed ? is_allowed(what, said)
			      : strcmp(said, what->want) == 0);
}

/* False: no allocation was left to fail. */
static bool run_round(const struct starved *what, size_t nth, bool rest)
{
	char said[STARVED_SAID_MAX];
	size_t held;

	if (is_good(what, nth, rest, said))
		return hunger.failed;
	held = hunger.held;
	print_error("allocation %zu%s: \"%s\", %zu pieces not given back\n",
		    nth, rest ? " and all behind it" : "", said, held);
	hunger.shown = true;
	(void)is_good(what, nth, rest, said);
	hunger.shown = false;
	fail();
	return false;
}

/* Each of these allocations alone, or with all behind it. */
static void go_through(const struct starved *what, size_t step, bool rest)
{
	size_t nth;

	for (nth = 1; run_round(what, nth, rest); nth += step)
		assert_true(nth < ROUNDS_MAX);
}

void starved_check(const struct starved *what)
{
	char said[STARVED_SAID_MAX];
	size_t step;

	/* The first fills what is made once and kept. */
	hunger.libraries = false;
	(void)is_good(what, 0, false, said);
	(void)run_round(what, 0, false);
	if (hunger.count < what->least)
		fail_msg("%zu allocations only", hunger.count);
	print_message("  %zu allocations of ours", hunger.count);
	go_through(what, 1, false);
	go_through(what, 1, true);
	hunger.libraries = true;
	(void)run_round(what, 0, false);
	print_message(", %zu with libraries\n", hunger.count);
	step = getenv("STARVED_ALL") != NULL ? 1 : hunger.count / SAMPLE + 1;
	go_through(what, step, false);
	go_through(what, step, true);
}
