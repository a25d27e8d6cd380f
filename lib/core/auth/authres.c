/* authres.c - Authentication-Results (RFC 8601). */

#include "core/auth/authres.h"

#include "core/text/address.h"
#include "core/text/cfws.h"
#include "core/text/quoted.h"

#include <string.h>

#define DKIM_WRITTEN_MAX 10
#define SENDER_MAX	 320 /* RFC 5321 4.5.3.1: 64, "@" and 255 */
#define LINE_MAX	 76  /* octets; RFC 5322 2.1.1 wishes at most 78 */

/* tspecials of RFC 2045 5.1, and what ends a token in a field. */
#define TSPECIALS " \t\r\n()<>@,;:\\\"/[]?="

struct writer {
	struct ps_buffer *out;
	size_t column;
};

static bool is_token(struct ps_bytes text)
{
	struct ps_cursor cursor = ps_cursor_of(text);

	(void)ps_cursor_until(&cursor, TSPECIALS);
	return text.len > 0 && ps_cursor_done(&cursor);
}

static bool is_dot_atom(struct ps_bytes text)
{
	size_t i;

	for (i = 0; i < text.len; i++) {
		if (text.at[i] != '.' &&
		    !ps_cfws_is_atext((unsigned char)text.at[i]))
			return false;
	}
	return true;
}

/* [ [ local-part ] "@" ] domain-name needs no quotes (2.2). */
static bool is_plain_address(struct ps_bytes text)
{
	const char *at = ps_bytes_find(text, '@');
	char domain[PS_DOMAIN_MAX + 1];
	struct ps_bytes local = { text.at, 0 };

	if (at == NULL)
		return false;
	local.len = (size_t)(at - text.at);
	text.at = at + 1;
	text.len -= local.len + 1;
	return is_dot_atom(local) && ps_domain_normalize(text, domain);
}

/* A space or, where the line gets too long, a fold; then name=value. */
static void add_value(struct writer *writer, const char *name,
		      struct ps_bytes value)
{
	size_t start, len = strlen(name) + value.len + sizeof("=\"\";");

	if (!ps_quoted_can(value))
		return;
	if (writer->column + len > LINE_MAX) {
		ps_buffer_text(writer->out, "\r\n\t");
		writer->column = 8;
	} else {
		ps_buffer_char(writer->out, ' ');
		writer->column++;
	}
	start = writer->out->len;
	ps_buffer_text(writer->out, name);
	ps_buffer_char(writer->out, '=');
	if (is_token(value) || is_plain_address(value))
		ps_buffer_bytes(writer->out, value);
	else
		ps_quoted_add(writer->out, value);
	writer->column += writer->out->len - start;
}

static void add_text(struct writer *writer, const char *name, const char *text)
{
	add_value(writer, name, ps_bytes_of(text));
}

/* method and result are words of ours. */
static void begin(struct writer *writer, const char *method, const char *result)
{
	size_t start;

	ps_buffer_text(writer->out, ";\r\n\t");
	start = writer->out->len;
	ps_buffer_text(writer->out, method);
	ps_buffer_char(writer->out, '=');
	ps_buffer_text(writer->out, result);
	writer->column = 8 + writer->out->len - start;
}

/* comment: words of ours, and what cannot end a comment. */
static void add_comment(struct writer *writer, const char *comment)
{
	size_t start = writer->out->len;

	ps_buffer_text(writer->out, " (");
	ps_buffer_text(writer->out, comment);
	ps_buffer_char(writer->out, ')');
	writer->column += writer->out->len - start;
}

/* 2.7.2.  The whole of what was judged where it can be said, else its domain.
 */
static void write_spf(const struct ps_spf_verdict *spf, const char *judged,
		      struct writer *writer)
{
	const char *name = spf->of_helo ? "smtp.helo" : "smtp.mailfrom";
	struct ps_bytes whole = ps_bytes_of(judged);

	begin(writer, "spf", ps_spf_result_name(spf->result));
	if (spf->result != PS_SPF_PASS)
		add_text(writer, "reason", spf->reason);
	if (whole.len <= SENDER_MAX && ps_quoted_can(whole))
		add_value(writer, name, whole);
	else
		add_text(writer, name, spf->domain);
}

/* The identity that decides, then HELO beside it (RFC 7208 2.3). */
static void write_both_spf(const struct ps_authres *results,
			   struct writer *writer)
{
	const struct ps_spf_query *query = results->spf_query;
	const struct ps_spf_verdict *spf = results->spf;

	write_spf(spf, spf->of_helo ? query->helo : query->sender, writer);
	if (results->helo != NULL)
		write_spf(results->helo, query->helo, writer);
}

/* 2.7.1, RFC 6008 4 */
static void write_signature(const struct ps_dkim_verdict *dkim,
			    struct writer *writer)
{
	begin(writer, "dkim", ps_dkim_result_name(dkim->result));
	if (dkim->length_limited)
		add_comment(writer, "part of the body is not signed");
	if (dkim->testing)
		add_comment(writer, "key is in test mode");
	if (dkim->result != PS_DKIM_PASS)
		add_text(writer, "reason", dkim->reason);
	add_text(writer, "header.d", dkim->domain);
	add_text(writer, "header.i", dkim->identity);
	add_text(writer, "header.s", dkim->selector);
	add_text(writer, "header.a", dkim->algorithm);
	add_text(writer, "header.b", dkim->signature_start);
}

/* Those that pass have the first claim to be written. */
static void write_dkim(const struct ps_authres *results, struct writer *writer)
{
	size_t i, passes = 0, others;

	if (results->dkim_count == 0)
		begin(writer, "dkim", ps_dkim_result_name(PS_DKIM_NONE));
	for (i = 0; i < results->dkim_count; i++) {
		if (results->dkim[i].result == PS_DKIM_PASS)
			passes++;
	}
	if (passes > DKIM_WRITTEN_MAX)
		passes = DKIM_WRITTEN_MAX;
	others = DKIM_WRITTEN_MAX - passes;
	for (i = 0; i < results->dkim_count; i++) {
		if (results->dkim[i].result == PS_DKIM_PASS && passes > 0)
			passes--;
		else if (results->dkim[i].result != PS_DKIM_PASS && others > 0)
			others--;
		else
			continue;
		write_signature(&results->dkim[i], writer);
	}
}

static void add_word(struct ps_buffer *text, const char *start,
		     const char *word)
{
	if (*word == '\0')
		return;
	ps_buffer_char(text, ' ');
	ps_buffer_text(text, start);
	ps_buffer_text(text, word);
}

/* RFC 9989 5.4: what local policy does otherwise than the domain wishes is said
 * where it is not to be mistaken for the domain's word. */
static bool add_override(const struct ps_authres_arc *arc,
			 struct writer *writer)
{
	struct ps_buffer text = PS_BUFFER(PS_DOMAIN_MAX + 80);

	if (arc == NULL || (arc->spared != PS_SPARE_SEALER &&
			    arc->spared != PS_SPARE_SEALER_KEYS))
		return false;
	ps_buffer_text(&text, arc->spared == PS_SPARE_SEALER
				      ? "overridden by arc set "
				      : "not enforced, no keys for arc set ");
	ps_buffer_number(&text, arc->trust->set);
	add_word(&text, "of ", arc->trust->sealer);
	add_comment(writer, ps_buffer_cstr(&text));
	ps_buffer_free(&text);
	return true;
}

/* RFC 9989 9.1: policy.dmarc is what is to be applied, options processed.  The
 * published one stands in a comment, as is the custom. */
static void write_dmarc(const struct ps_authres *results, struct writer *writer)
{
	static const char *const published[] = { "p=none", "p=quarantine",
						 "p=reject" };
	const struct ps_dmarc_verdict *dmarc = results->dmarc;
	enum ps_dmarc_policy disposition = dmarc->disposition;

	begin(writer, "dmarc", ps_dmarc_result_name(dmarc->result));
	if (dmarc->policy_domain[0] != '\0')
		add_comment(writer, published[dmarc->policy]);
	if (dmarc->testing)
		add_comment(writer, "t=y");
	if (add_override(results->arc, writer))
		disposition = PS_DMARC_POLICY_NONE;
	if (dmarc->result != PS_DMARC_PASS)
		add_text(writer, "reason", dmarc->reason);
	add_text(writer, "header.from", dmarc->from_domain);
	if (dmarc->result == PS_DMARC_FAIL ||
	    dmarc->result == PS_DMARC_PERMERROR)
		add_text(writer, "policy.dmarc",
			 ps_dmarc_policy_name(disposition));
}

/* RFC 8617 6, 10.2.  The comment is as others have it: the newest set, and
 * what it says. */
static void write_arc(const struct ps_authres_arc *arc, struct writer *writer)
{
	const struct ps_arc_verdict *verdict = arc->verdict;
	struct ps_buffer text = PS_BUFFER(PS_DOMAIN_MAX + PS_ARC_SAID_MAX + 16);
	char client[PS_IP_TEXT_MAX];

	begin(writer, "arc", ps_arc_result_name(verdict->result));
	if (verdict->sets > 0) {
		ps_buffer_text(&text, "i=");
		ps_buffer_number(&text, verdict->sets);
		add_word(&text, verdict->domain[0] == '\0' ? "" : "d=",
			 verdict->domain);
		add_word(&text, "", arc->trust->said);
		add_comment(writer, ps_buffer_cstr(&text));
	}
	ps_buffer_reset(&text);
	if (verdict->result == PS_ARC_FAIL)
		add_text(writer, "reason", verdict->reason);
	if (verdict->result == PS_ARC_PASS) {
		ps_buffer_number(&text, verdict->oldest_pass);
		add_text(writer, "header.oldest-pass", ps_buffer_cstr(&text));
	}
	ps_ip_format(arc->client, client);
	if (verdict->sets > 0)
		add_text(writer, "smtp.remote-ip", client);
	ps_buffer_free(&text);
}

/* An administrator's choice: whatever it holds, it stays one word. */
void ps_authres_write_id(const char *authserv_id, struct ps_buffer *out)
{
	struct ps_bytes id = ps_bytes_of(authserv_id);

	if (is_token(id))
		ps_buffer_bytes(out, id);
	else
		ps_quoted_add(out, id);
}

void ps_authres_write_none(const char *authserv_id, struct ps_buffer *out)
{
	ps_buffer_char(out, ' ');
	ps_authres_write_id(authserv_id, out);
	ps_buffer_text(out, "; none");
}

void ps_authres_write(const struct ps_authres *results, struct ps_buffer *out)
{
	struct writer writer = { out, 0 };

	ps_buffer_char(out, ' ');
	ps_authres_write_id(results->authserv_id, out);
	if (results->spf != NULL)
		write_both_spf(results, &writer);
	write_dkim(results, &writer);
	if (results->dmarc != NULL)
		write_dmarc(results, &writer);
	if (results->arc != NULL)
		write_arc(results->arc, &writer);
}
