/* bounds.c - what libopendkim is not given, as it has no room for it. */

#include "engines.h"

#include "dkim_forge.h"

#include <stdlib.h>
#include <string.h>

#define NOW	      1700000000
#define TEXT_MAX      200000
#define SIGNATURE_MAX 32768 /* as in dkim_opendkim_header.c */
#define RECORD_MAX    1024  /* as in dkim_opendkim_verify.c */
#define MORE_FIELDS   64
#define TAGS	      " v=1; a=rsa-sha256; d=a.test; s=s; h=from; bh=@; b=@; n="

enum change { CHANGE_SIGNATURE, CHANGE_RECORD, CHANGE_NUL };

static const struct bound {
	const char *name;
	enum change change;
	size_t octets;
	enum ps_dkim_result theirs; /* ours is a pass */
} bounds[] = {
	{ "a signature as long as may be", CHANGE_SIGNATURE, SIGNATURE_MAX,
	  PS_DKIM_PASS },
	{ "one octet longer", CHANGE_SIGNATURE, SIGNATURE_MAX + 1,
	  PS_DKIM_PERMERROR },
	{ "a key record as long as may be", CHANGE_RECORD, RECORD_MAX,
	  PS_DKIM_PASS },
	{ "a key record one octet longer", CHANGE_RECORD, RECORD_MAX + 1,
	  PS_DKIM_NEUTRAL },
	{ "NUL in the header", CHANGE_NUL, 1, PS_DKIM_PERMERROR },
};

static void fill(struct ps_buffer *text, size_t octets)
{
	while (text->len < octets)
		ps_buffer_char(text, 'x');
}

/* Its own signature and key make up what is missing to so many octets. */
static char *make_zone(const struct bound *bound)
{
	char *bare = forge_zone("s._domainkey.a.test TXT v=DKIM1; p=@rsa; n="),
	     *record = strstr(bare, "v=");
	struct ps_buffer zone = PS_BUFFER(TEXT_MAX);
	size_t start = (size_t)(record - bare);

	ps_buffer_text(&zone, bare);
	if (bound->change == CHANGE_RECORD)
		fill(&zone, start + bound->octets);
	ps_buffer_char(&zone, '\n');
	ps_buffer_char(&zone, '\0');
	free(bare);
	return zone.data;
}

static void make_message(const struct bound *bound, struct ps_buffer *message)
{
	static const char name[] = "DKIM-Signature:";
	struct ps_buffer tags = PS_BUFFER(TEXT_MAX);
	size_t missing;

	ps_buffer_text(message, "From: u@a.test\r\n");
	if (bound->change == CHANGE_NUL)
		ps_buffer_add(message, "X: a\0b\r\n", 8);
	ps_buffer_text(message, "\r\nOne.\r\n");
	ps_buffer_text(&tags, TAGS);
	if (bound->change == CHANGE_SIGNATURE) {
		/* "@" and "@" become 44 and 344 octets. */
		missing = bound->octets - (44 - 1) - (344 - 1);
		fill(&tags, missing);
	}
	forge_sign(message, ps_buffer_cstr(&tags), FORGE_RSA);
	if (bound->change == CHANGE_SIGNATURE &&
	    (size_t)(strchr(message->data, '\r') - message->data) !=
		    strlen(name) + bound->octets)
		abort();
	ps_buffer_free(&tags);
}

static void run(struct engines *engines, const struct bound *bound)
{
	struct ps_buffer octets = PS_BUFFER(TEXT_MAX);
	char *text = make_zone(bound);
	struct fake_dns *zone = fake_dns_load(text);
	struct ps_dkim_verdict ours, theirs;
	struct engines_message message;

	make_message(bound, &octets);
	engines_read((struct ps_bytes){ octets.data, octets.len }, &message);
	engines_first(engines, engines->ours, &message, zone, &ours);
	engines_first(engines, engines->theirs, &message, zone, &theirs);
	engines_count(engines, ours.result == PS_DKIM_PASS, bound->name,
		      "%s (%s)", ps_dkim_result_name(ours.result), ours.reason);
	engines_count(engines, theirs.result == bound->theirs, bound->name,
		      "libopendkim %s (%s)", ps_dkim_result_name(theirs.result),
		      theirs.reason);
	engines_message_free(&message);
	ps_buffer_free(&octets);
	fake_dns_free(&zone);
	free(text);
}

/* Every field is named, the signature too, and one more: where memory has no
 * room to spare, its neighbour is overwritten. */
static void name_all(struct engines *engines, size_t more)
{
	struct ps_buffer octets = PS_BUFFER(TEXT_MAX),
			 tags = PS_BUFFER(TEXT_MAX);
	struct fake_dns *zone = fake_dns_load("");
	struct engines_message message;
	struct ps_dkim_verdict verdict;
	size_t i;

	ps_buffer_text(&octets, "From: u@a.test\r\n");
	ps_buffer_text(&tags, " v=1; a=rsa-sha256; d=a.test; s=s; bh=@; b=@; "
			      "h=from:dkim-signature");
	for (i = 0; i < more; i++) {
		ps_buffer_text(&octets, "X: 1\r\n");
		ps_buffer_text(&tags, ":x");
	}
	ps_buffer_text(&octets, "\r\n");
	ps_buffer_text(&tags, ":y:z");
	forge_sign(&octets, ps_buffer_cstr(&tags), FORGE_RSA);
	engines_read((struct ps_bytes){ octets.data, octets.len }, &message);
	engines_first(engines, engines->theirs, &message, zone, &verdict);
	engines_count(engines, verdict.result == PS_DKIM_PERMERROR,
		      "every field and one more", "%s (%s)",
		      ps_dkim_result_name(verdict.result), verdict.reason);
	engines_message_free(&message);
	fake_dns_free(&zone);
	ps_buffer_free(&octets);
	ps_buffer_free(&tags);
}

void engines_bounds(struct engines *engines)
{
	size_t i;

	engines_set_time(NOW);
	for (i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++)
		run(engines, &bounds[i]);
	for (i = 0; i < MORE_FIELDS; i++)
		name_all(engines, i);
}
