/* dkim_row.c - rows for the tables of DKIM verification. */

#include "table.h"

#include "core/auth/dkim.h"
#include "dkim_row.h"
#include "fake_dns.h"
#include "io/crypto_openssl.h"
#include "io/idn_libidn2.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_MAX 16000000
#define HEADER	  "From: U <u@a.test>\r\nTo: v@b.test\r\nSubject: On  Monday\r\n"
#define BODY	  "One.\r\n\r\nTwo.\r\n" /* canonical or not: 14 octets */
#define FLOOD                                                                  \
	"DKIM-Signature: v=1; a=rsa-sha256; d=list.test; s=s; h=from; "        \
	"bh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=; b=AA==\r\n"
#define KEY "s._domainkey.a.test TXT v=DKIM1; p=@rsa\n"

static bool is_as(const struct ps_dkim_verdict *a,
		  const struct ps_dkim_verdict *b)
{
	return a->result == b->result && strcmp(a->reason, b->reason) == 0;
}

static void describe(const struct ps_dkim_verdict *verdicts, size_t count,
		     struct ps_buffer *text)
{
	size_t i, times;

	for (i = 0; i < count; i += times) {
		for (times = 1; i + times < count; times++) {
			if (!is_as(&verdicts[i], &verdicts[i + times]))
				break;
		}
		ps_buffer_text(text, i == 0 ? "" : " | ");
		ps_buffer_text(text, ps_dkim_result_name(verdicts[i].result));
		if (verdicts[i].reason[0] != '\0') {
			ps_buffer_text(text, ": ");
			ps_buffer_text(text, verdicts[i].reason);
		}
		if (times > 1) {
			ps_buffer_text(text, ", ");
			ps_buffer_number(text, times);
			ps_buffer_text(text, " times");
		}
	}
}

struct reading {
	struct ps_openssl *openssl;
	struct ps_arena *arena;
	struct ps_fields fields;
	struct ps_bytes body;
	struct ps_dkim_options options;
	struct ps_dkim_verifier *verifier;
};

static void start(struct reading *reading, const struct ps_buffer *message,
		  unsigned int max)
{
	*reading = (struct reading){
		.options = { .signatures_max = max,
			     .now = DKIM_ROW_NOW,
			     .idn = &ps_idn_libidn2 },
	};
	assert_int_equal(ps_openssl_new(&reading->openssl), 0);
	assert_int_equal(ps_arena_new(ARENA_MAX, &reading->arena), 0);
	ps_fields_init(&reading->fields, reading->arena);
	assert_true(ps_fields_parse(
		&reading->fields,
		(struct ps_bytes){ message->data, message->len },
		&reading->body));
	assert_int_equal(ps_dkim_verifier_new(&reading->fields,
					      ps_openssl_port(reading->openssl),
					      &reading->options,
					      &reading->verifier),
			 0);
	ps_dkim_verifier_body(reading->verifier, reading->body.at,
			      reading->body.len);
}

static void end(struct reading *reading)
{
	ps_dkim_verifier_free(&reading->verifier);
	ps_arena_free(&reading->arena);
	ps_openssl_free(&reading->openssl);
}

static size_t judge(struct reading *reading, const char *zone,
		    const struct ps_dkim_verdict **verdicts_r)
{
	struct fake_dns *fake = fake_dns_load(zone);
	struct ps_dns dns = fake_dns_port(fake);
	size_t count = 0;

	fake_dns_pending(fake, true);
	while (!ps_dkim_verifier_finish(reading->verifier, &dns, verdicts_r,
					&count))
		assert_true(fake_dns_wait(fake));
	/* Everything that can be asked is asked at once. */
	assert_true(fake_dns_rounds(fake) <= 1);
	fake_dns_free(&fake);
	return count;
}

void dkim_row_message(const struct dkim_row *row, struct ps_buffer *message)
{
	struct ps_buffer signed_message = PS_BUFFER(ARENA_MAX);
	size_t i;

	ps_buffer_text(&signed_message,
		       row->header == NULL ? HEADER : row->header);
	ps_buffer_text(&signed_message, "\r\n");
	ps_buffer_text(&signed_message, row->body == NULL ? BODY : row->body);
	for (i = 0; i < DKIM_ROW_SIGNATURES && row->tags[i] != NULL; i++)
		forge_sign(&signed_message, row->tags[i], row->key);
	for (i = 0; i < row->flood; i++)
		ps_buffer_text(message, FLOOD);
	if (row->added_header != NULL)
		ps_buffer_text(message, row->added_header);
	ps_buffer_bytes(message, (struct ps_bytes){ signed_message.data,
						    signed_message.len });
	if (row->added_body != NULL)
		ps_buffer_text(message, row->added_body);
	ps_buffer_free(&signed_message);
}

char *dkim_row_zone(const struct dkim_row *row)
{
	return forge_zone(row->zone == NULL ? KEY : row->zone);
}

unsigned int dkim_row_max(const struct dkim_row *row)
{
	return row->max == 0 ? 10 : row->max;
}

void dkim_row_check(const struct dkim_row *row)
{
	struct ps_buffer message = PS_BUFFER(ARENA_MAX), got = PS_BUFFER(4096);
	const struct ps_dkim_verdict *verdicts = NULL;
	char *zone = dkim_row_zone(row);
	struct reading reading;
	size_t count;

	dkim_row_message(row, &message);
	start(&reading, &message, dkim_row_max(row));
	count = judge(&reading, zone, &verdicts);
	describe(verdicts, count, &got);
	assert_string_equal(ps_buffer_cstr(&got), row->want);
	assert_int_equal(verdicts[0].length_limited, row->limited);
	assert_int_equal(verdicts[0].testing, row->testing);
	end(&reading);
	free(zone);
	ps_buffer_free(&got);
	ps_buffer_free(&message);
}
