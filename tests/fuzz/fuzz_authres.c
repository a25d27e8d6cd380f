/* fuzz_authres.c - any octets as Authentication-Results, and as what goes in.
 */

#include "fuzz.h"

#include "core/auth/authres.h"
#include "core/auth/authres_read.h"

#include <string.h>

#define ID "mx.example.org"

#define ARENA_MAX 1048576

static bool reads(struct ps_bytes text)
{
	struct ps_authres_field field;
	struct ps_arena *arena;
	bool good;

	if (ps_arena_new(ARENA_MAX, &arena) < 0)
		return true;
	good = ps_authres_read(text, arena, &field);
	/* Empty in quotes is one, by the syntax. */
	FUZZ_CHECK(!good || field.authserv_id.at != NULL);
	ps_arena_free(&arena);
	return good;
}

/* A field of ours stays one field, can be read, and is known as ours. */
static void check_written(const struct ps_buffer *out)
{
	size_t i;

	FUZZ_CHECK(!out->failed && out->len <= PS_AUTHRES_MAX);
	for (i = 0; i < out->len; i++) {
		FUZZ_CHECK(out->data[i] != '\0');
		if (out->data[i] == '\r')
			FUZZ_CHECK(i + 2 < out->len &&
				   out->data[i + 1] == '\n' &&
				   (out->data[i + 2] == '\t' ||
				    out->data[i + 2] == ' '));
		if (out->data[i] == '\n')
			FUZZ_CHECK(i > 0 && out->data[i - 1] == '\r');
	}
	FUZZ_CHECK(reads((struct ps_bytes){ out->data, out->len }));
	FUZZ_CHECK(ps_authres_claims((struct ps_bytes){ out->data, out->len },
				     ID, NULL));
}

static void write_with(struct ps_bytes text)
{
	struct ps_buffer out = PS_BUFFER(PS_AUTHRES_MAX + 1);
	static struct ps_dmarc_verdict dmarc;
	static struct ps_dkim_verdict dkim;
	static struct ps_spf_verdict spf;
	char helo[300];
	const struct ps_spf_query query = { .helo = helo, .sender = helo };
	const struct ps_authres results = {
		.authserv_id = ID,
		.spf_query = &query,
		.spf = &spf,
		.dkim = &dkim,
		.dkim_count = 1,
		.dmarc = &dmarc,
	};
	size_t len = text.len < sizeof(helo) ? text.len : sizeof(helo) - 1;

	memcpy(helo, text.at, len);
	helo[len] = '\0';
	len = len < PS_DOMAIN_MAX ? len : PS_DOMAIN_MAX;
	memcpy(dkim.domain, helo, len);
	dkim.domain[len] = '\0';
	memcpy(dmarc.from_domain, helo, len);
	dmarc.from_domain[len] = '\0';
	ps_authres_write(&results, &out);
	check_written(&out);
	ps_buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ps_bytes text = fuzz_bytes(data, size);

	(void)ps_authres_claims(text, ID, NULL);
	(void)reads(text);
	write_with(text);
	return 0;
}
