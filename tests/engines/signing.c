/* signing.c - messages of our own, signed by one engine and verified by the
 * other. */

#include "engines.h"

#include <stdio.h>

#define NOW	 1700000000
#define TEXT_MAX 65536
#define X50	 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X249	 X50 X50 X50 X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const char *const from_only[] = { "from", NULL };
static const char *const no_names[] = { NULL };
static const char *const some_names[] = { "from", "subject", "x-a.b+c", NULL };
static const char *const over_names[] = { "from", "x-a.b+c", "not-signed",
					  NULL };

struct row {
	const char *name;
	const char *header, *body; /* NULL: From, To, Subject; two lines */
	const char *identity;
	uint64_t expires;
	const char *const *sign, *const *oversign;
	bool ours; /* what libopendkim cannot do right: we sign it, and by
		      it nothing of it passes */
};

#define HEADER "From: U <u@a.test>\r\nTo: v@b.test\r\nSubject: On  Monday\r\n"

static const struct row rows[] = {
	{ .name = "plain" },
	{ .name = "expiry and identity",
	  .expires = NOW + 3600,
	  .identity = "u@sub.a.test" },
	{ .name = "an empty body", .body = "" },
	{ .name = "a body of empty lines", .body = "\r\n\r\n\r\n" },
	{ .name = "blanks, and empty lines at the end",
	  .body = " a\t b \r\n\t\r\n\r\nc  \r\n\r\n \r\n\r\n" },
	{ .name = "no line end at the end", .body = "One.\r\nTwo. " },
	{ .name = "a bare LF", .body = "One.\nTwo.\r\n", .ours = true },
	{ .name = "a bare CR", .body = "One.\rTwo.\r\n", .ours = true },
	{ .name = "a bare CR at the end", .body = "One.\r", .ours = true },
	{ .name = "folded fields, in any case",
	  .header = "FROM : u@a.test\r\nsubject:\r\n\t a \r\n  b\t\r\n"
		    "TO:\r\n v@b.test\r\n" },
	{ .name = "folded with LF alone, as a milter has them",
	  .header = "From: u@a.test\r\nSubject: a\n b\r\n" },
	{ .name = "fields there twice",
	  .header = "To: a@b.test\r\nSubject: 1\r\nFrom: u@a.test\r\n"
		    "Subject: 2\r\nTo: c@b.test\r\nReceived: x\r\n" },
	{ .name = "VT in a field",
	  .header = "From: u@a.test\r\nSubject: a\vb\r\n",
	  .ours = true },
	{ .name = "a bare CR in a field",
	  .header = "From: u@a.test\r\nSubject: a\rb\r\n",
	  .ours = true },
	{ .name = "a list's fields",
	  .header = "From: u@a.test\r\nList-Id: <l.a.test>\r\n"
		    "List-Unsubscribe: <https://a.test/>\r\n" },
	{ .name = "From alone, and nothing beside it",
	  .sign = from_only,
	  .oversign = no_names },
	{ .name = "names that are no regular expression",
	  .header = "From: u@a.test\r\nX-A.B+C: 1\r\nX-AbBC: 2\r\n"
		    "Not-Signed: 3\r\n",
	  .sign = some_names,
	  .oversign = over_names },
	{ .name = "a signature that is there",
	  .header = "From: u@a.test\r\nDKIM-Signature: v=1; a=b; =\r\n" },
	{ .name = "an identity of 256 octets", .identity = X249 "@a.test" },
	{ .name = "an identity that cut off is another",
	  .identity = X249 "@a.test.a.test",
	  .ours = true },
	{ .name = "an identity of 257 octets",
	  .identity = "x" X249 "@a.test",
	  .ours = true },
};

/* i: of two canonicalizations each, and two keys. */
static void run(struct engines *engines, const struct row *row, unsigned int i)
{
	struct ps_buffer text = PS_BUFFER(TEXT_MAX);
	struct engines_signing one = {
		.options = {
			.header_canon = i & 1 ? PS_DKIM_RELAXED
					      : PS_DKIM_SIMPLE,
			.body_canon = i & 2 ? PS_DKIM_RELAXED : PS_DKIM_SIMPLE,
			.now = NOW,
			.expires = row->expires,
			.identity = row->identity,
			.sign = row->sign,
			.oversign = row->oversign,
		},
		.key = i >> 2,
		.ours = row->ours,
	};
	char id[160];

	snprintf(id, sizeof(id), "sign/%s, %s, %s/%s", row->name,
		 one.key == 0 ? "RSA" : "Ed25519", i & 1 ? "relaxed" : "simple",
		 i & 2 ? "relaxed" : "simple");
	ps_buffer_text(&text, row->header == NULL ? HEADER : row->header);
	ps_buffer_text(&text, "\r\n");
	ps_buffer_text(&text,
		       row->body == NULL ? "One.\r\nTwo.\r\n" : row->body);
	one.id = id;
	one.octets = (struct ps_bytes){ text.data, text.len };
	engines_sign_both(engines, &one);
	ps_buffer_free(&text);
}

void engines_signings(struct engines *engines)
{
	unsigned int i, k;

	engines_set_time(NOW);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (k = 0; k < 8; k++)
			run(engines, &rows[i], k);
	}
}
