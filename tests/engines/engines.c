/*
 * engines.c - our own DKIM engine and libopendkim over the same messages:
 *   engines DOC            our own corpus, and signing
 *   engines DOC FILE.json  a file of published vectors
 * DOC: doc/dkim-engines.md, the list of where they may differ; nothing else,
 * and all of it must.
 *
 * Exit status 0 good, 1 not, 77 (a skipped test) a file is not there.
 */

#include "engines.h"

#include "io/crypto_openssl.h"
#include "io/dkim_opendkim.h"
#include "io/idn_libidn2.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define EXIT_SKIPPED 77
#define ARENA_MAX    (64UL << 20)
#define ID_MAX	     256
#define SAID_MAX     64

static time_t now;

/* In the place of the C library's: libopendkim has no other clock. */
time_t time(time_t *time_r)
{
	if (time_r != NULL)
		*time_r = now;
	return now;
}

void engines_set_time(uint64_t seconds)
{
	now = (time_t)seconds;
}

void engines_read(struct ps_bytes octets, struct engines_message *message_r)
{
	if (ps_arena_new(ARENA_MAX, &message_r->arena) < 0)
		abort();
	ps_fields_init(&message_r->fields, message_r->arena);
	(void)ps_fields_parse(&message_r->fields, octets, &message_r->body);
}

void engines_message_free(struct engines_message *message)
{
	ps_arena_free(&message->arena);
}

void engines_count(struct engines *engines, bool good, const char *id,
		   const char *format, ...)
{
	va_list arguments;

	if (good) {
		engines->passed++;
		return;
	}
	engines->failed++;
	printf("%s: ", id);
	va_start(arguments, format);
	(void)vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
}

/* ---- verifying ---- */

static size_t next_step(const struct ps_bytes *rest, size_t step)
{
	return rest->len < step ? rest->len : step;
}

/* The body in pieces of step octets; with one octet, answers are waited for. */
static size_t verify(const struct engines *engines,
		     const struct ps_dkim_engine *engine,
		     const struct engines_message *message,
		     struct fake_dns *zone, unsigned int max, size_t step,
		     struct ps_dkim_verdict verdict_r[PS_DKIM_SIGNATURES_MAX])
{
	const struct ps_dkim_options options = {
		.signatures_max = max,
		.now = (uint64_t)now,
		.idn = &ps_idn_libidn2,
	};
	const struct ps_dkim_verdict *verdicts = NULL;
	const struct ps_dns dns = fake_dns_port(zone);
	struct ps_bytes rest = message->body;
	void *verifier;
	size_t len, count = 0;

	fake_dns_pending(zone, step == 1);
	if (engine->verifier_new(engine->ctx, &message->fields, engines->crypto,
				 &options, &verifier) < 0)
		abort();
	(void)engine->verifier_keys(verifier, &dns);
	for (; rest.len > 0; rest.at += len, rest.len -= len) {
		len = next_step(&rest, step);
		engine->verifier_body(verifier, rest.at, len);
	}
	while (!engine->verifier_finish(verifier, &dns, &verdicts, &count))
		(void)fake_dns_wait(zone);
	if (count > 0)
		memcpy(verdict_r, verdicts, count * sizeof(*verdict_r));
	engine->verifier_free(&verifier);
	return count;
}

static void describe(const struct ps_dkim_verdict *verdict,
		     char said_r[SAID_MAX])
{
	snprintf(said_r, SAID_MAX, "%s%s%s%s",
		 ps_dkim_result_name(verdict->result),
		 verdict->result == PS_DKIM_PASS && verdict->length_limited
			 ? ", cut"
			 : "",
		 verdict->result == PS_DKIM_PASS && verdict->testing
			 ? ", testing"
			 : "",
		 verdict->result == PS_DKIM_NONE ? ", which is no result" : "");
}

/* However the message comes, the verdicts are the same. */
static size_t verify_both(struct engines *engines, const char *id,
			  const struct ps_dkim_engine *engine,
			  const struct engines_message *message,
			  struct fake_dns *zone, unsigned int max,
			  struct ps_dkim_verdict *verdict_r)
{
	static struct ps_dkim_verdict again[PS_DKIM_SIGNATURES_MAX];
	size_t i, count = verify(engines, engine, message, zone, max, SIZE_MAX,
				 verdict_r);
	bool same =
		verify(engines, engine, message, zone, max, 1, again) == count;

	for (i = 0; i < count && same; i++)
		same = again[i].result == verdict_r[i].result &&
		       again[i].length_limited == verdict_r[i].length_limited &&
		       strcmp(again[i].reason, verdict_r[i].reason) == 0;
	if (!same)
		engines_count(engines, false, id,
			      "another verdict when the message comes in "
			      "pieces");
	return count;
}

static void compare_one(struct engines *engines, const char *id,
			const struct ps_dkim_verdict *ours,
			const struct ps_dkim_verdict *theirs)
{
	const char *listed_theirs = "",
		   *listed = listed_find(engines->listed, id, &listed_theirs);
	char we[SAID_MAX], they[SAID_MAX];
	bool same;

	describe(ours, we);
	describe(theirs, they);
	same = strcmp(we, they) == 0;
	if (listed == NULL)
		engines_count(engines, same, id,
			      "%s (%s), libopendkim %s (%s): not listed", we,
			      ours->reason, they, theirs->reason);
	else
		engines_count(engines,
			      !same && strcmp(we, listed) == 0 &&
				      strcmp(they, listed_theirs) == 0,
			      id,
			      "%s (%s), libopendkim %s (%s): listed are %s "
			      "and %s",
			      we, ours->reason, they, theirs->reason, listed,
			      listed_theirs);
	if (ours->result == PS_DKIM_PASS && theirs->result == PS_DKIM_PASS &&
	    (strcmp(ours->domain, theirs->domain) != 0 ||
	     strcmp(ours->selector, theirs->selector) != 0 ||
	     strcmp(ours->identity, theirs->identity) != 0 ||
	     strcmp(ours->algorithm, theirs->algorithm) != 0 ||
	     strcmp(ours->signature_start, theirs->signature_start) != 0))
		engines_count(engines, false, id,
			      "passes for %s %s %s %s %s, by libopendkim for "
			      "%s %s %s %s %s",
			      ours->domain, ours->selector, ours->identity,
			      ours->algorithm, ours->signature_start,
			      theirs->domain, theirs->selector,
			      theirs->identity, theirs->algorithm,
			      theirs->signature_start);
}

void engines_compare(struct engines *engines, const char *id,
		     struct ps_bytes octets, struct fake_dns *zone,
		     unsigned int max)
{
	static struct ps_dkim_verdict ours[PS_DKIM_SIGNATURES_MAX],
		theirs[PS_DKIM_SIGNATURES_MAX];
	struct engines_message message;
	char one[ID_MAX];
	size_t i, count;

	engines_read(octets, &message);
	count = verify_both(engines, id, engines->ours, &message, zone, max,
			    ours);
	if (verify_both(engines, id, engines->theirs, &message, zone, max,
			theirs) != count)
		engines_count(engines, false, id, "another number of verdicts");
	for (i = 0; i < count; i++) {
		snprintf(one, sizeof(one), count > 1 ? "%s#%zu" : "%s", id,
			 i + 1);
		compare_one(engines, one, &ours[i], &theirs[i]);
	}
	if (count == 0)
		engines_count(engines, true, id, "no signature");
	engines_message_free(&message);
}

void engines_first(const struct engines *engines,
		   const struct ps_dkim_engine *engine,
		   const struct engines_message *message, struct fake_dns *zone,
		   struct ps_dkim_verdict *verdict_r)
{
	static struct ps_dkim_verdict verdict[PS_DKIM_SIGNATURES_MAX];

	(void)verify(engines, engine, message, zone, 10, SIZE_MAX, verdict);
	*verdict_r = verdict[0];
}

size_t engines_passes(const struct engines *engines,
		      const struct ps_dkim_engine *engine,
		      const struct engines_message *message,
		      struct fake_dns *zone)
{
	static struct ps_dkim_verdict verdict[PS_DKIM_SIGNATURES_MAX];
	size_t i, passes = 0,
		  count = verify(engines, engine, message, zone, 10, SIZE_MAX,
				 verdict);

	for (i = 0; i < count; i++)
		passes += verdict[i].result == PS_DKIM_PASS;
	return passes;
}

/* ---- signing ---- */

int engines_sign(const struct ps_dkim_engine *engine,
		 const struct ps_dkim_signing *signing, struct ps_bytes body,
		 size_t step, size_t key, struct ps_buffer *value)
{
	void *signer;
	size_t len;
	int result;

	if (engine->signer_new(engine->ctx, signing, &signer) < 0)
		return -1;
	for (; body.len > 0; body.at += len, body.len -= len) {
		len = next_step(&body, step);
		engine->signer_body(signer, body.at, len);
	}
	result = engine->signer_sign(signer, key, value);
	engine->signer_free(&signer);
	return result;
}

/* ---- the program ---- */

static int run_suite(struct engines *engines, const char *path)
{
	json_error_t error;
	json_t *file;
	bool ran;

	if (access(path, F_OK) != 0) {
		printf("not there: %s\n", path);
		return EXIT_SKIPPED;
	}
	file = json_load_file(path, JSON_ALLOW_NUL, &error);
	ran = file != NULL && engines_suite(engines, file);
	if (!ran)
		printf("%s: cannot be read, or no DKIM\n", path);
	json_decref(file);
	return ran ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int run(struct engines *engines, const char *path)
{
	int status = EXIT_SUCCESS;

	if (path != NULL) {
		status = run_suite(engines, path);
	} else {
		engines_rows(engines);
		engines_signings(engines);
		engines_bounds(engines);
	}
	printf("%u passed, %u failed\n", engines->passed, engines->failed);
	return engines->failed > 0 ? EXIT_FAILURE : status;
}

int main(int argc, char **argv)
{
	struct ps_openssl *openssl = NULL;
	struct ps_opendkim *opendkim = NULL;
	struct engines engines = { .ours = &ps_dkim_engine_own };
	int status;

	if (argc < 2 || argc > 3) {
		fputs("usage: engines DOC [FILE.json]\n", stderr);
		return EXIT_FAILURE;
	}
	if (ps_openssl_new(&openssl) < 0 || ps_opendkim_new(&opendkim) < 0)
		return EXIT_FAILURE;
	engines.crypto = ps_openssl_port(openssl);
	engines.theirs = ps_opendkim_port(opendkim);
	engines_keys_make(&engines.keys);
	engines.listed = listed_read(argv[1]);
	status = engines.listed == NULL ? EXIT_FAILURE : run(&engines, argv[2]);
	listed_free(&engines.listed);
	engines_keys_free(&engines.keys);
	ps_opendkim_free(&opendkim);
	ps_openssl_free(&openssl);
	return status;
}
