/* spf_received.c - write a Received-SPF field (RFC 7208 9.1). */

#include "core/auth/spf_received.h"

#include "core/text/cfws.h"
#include "core/text/quoted.h"

#include <string.h>

#define SENDER_MAX 320 /* RFC 5321 4.5.3.1: 64, "@" and 255 */
#define LINE_MAX   76  /* octets; RFC 5322 2.1.1 wishes at most 78 */

struct writer {
	struct ps_buffer *out;
	size_t column;
	bool more; /* there is a pair before this one */
};

static bool is_dot_atom(struct ps_bytes text)
{
	bool dot = true;
	size_t i;

	for (i = 0; i < text.len; i++) {
		if (text.at[i] == '.' && dot)
			return false;
		dot = text.at[i] == '.';
		if (!dot && !ps_cfws_is_atext((unsigned char)text.at[i]))
			return false;
	}
	return !dot;
}

/* "; " or, where the line gets too long, a fold; then name=value. */
static void add(struct writer *writer, const char *name, const char *value)
{
	struct ps_bytes text = ps_bytes_of(value);
	size_t start, len = strlen(name) + text.len + sizeof("=\"\";");

	if (text.len > SENDER_MAX || !ps_quoted_can(text))
		return;
	if (writer->more)
		ps_buffer_char(writer->out, ';');
	if (writer->column + len > LINE_MAX) {
		ps_buffer_text(writer->out, "\r\n\t");
		writer->column = 8;
	} else {
		ps_buffer_char(writer->out, ' ');
		writer->column += 2;
	}
	writer->more = true;
	start = writer->out->len;
	ps_buffer_text(writer->out, name);
	ps_buffer_char(writer->out, '=');
	if (is_dot_atom(text))
		ps_buffer_bytes(writer->out, text);
	else
		ps_quoted_add(writer->out, text);
	writer->column += writer->out->len - start;
}

static const char *in_words(enum ps_spf_result result)
{
	switch (result) {
	case PS_SPF_NONE:
		return " has no SPF record";
	case PS_SPF_NEUTRAL:
		return " says nothing of the client";
	case PS_SPF_PASS:
		return " names the client as one of its hosts";
	case PS_SPF_FAIL:
		return " says that the client is none of its hosts";
	case PS_SPF_SOFTFAIL:
		return " says that the client is probably none of its hosts";
	case PS_SPF_TEMPERROR:
		return " could not be asked now";
	case PS_SPF_PERMERROR:
		return " has an SPF record that is in error";
	}
	return "";
}

/* The domain is normalized: no octet of it ends a comment. */
static void add_comment(struct writer *writer,
			const struct ps_spf_verdict *verdict)
{
	if (verdict->domain[0] == '\0')
		return;
	ps_buffer_text(writer->out, " (");
	ps_buffer_text(writer->out, verdict->domain);
	ps_buffer_text(writer->out, in_words(verdict->result));
	ps_buffer_char(writer->out, ')');
	writer->column = LINE_MAX;
}

/* What matched, without its qualifier, or why nothing could. */
static void add_grounds(struct writer *writer,
			const struct ps_spf_verdict *verdict)
{
	const char *reason = verdict->reason;

	switch (verdict->result) {
	case PS_SPF_NONE:
		break;
	case PS_SPF_NEUTRAL:
	case PS_SPF_PASS:
	case PS_SPF_FAIL:
	case PS_SPF_SOFTFAIL:
		if (reason[0] != '\0' && strchr("+-?~", reason[0]) != NULL)
			reason++;
		add(writer, "mechanism",
		    reason[0] == '\0' ? "default" : reason);
		break;
	case PS_SPF_TEMPERROR:
	case PS_SPF_PERMERROR:
		add(writer, "problem", reason);
		break;
	}
}

void ps_spf_received_write(const struct ps_spf_query *query,
			   const struct ps_spf_verdict *verdict,
			   struct ps_buffer *out)
{
	struct writer writer = { out, sizeof("Received-SPF:") + 12, false };
	char ip[PS_IP_TEXT_MAX];

	ps_buffer_char(out, ' ');
	ps_buffer_text(out, ps_spf_result_name(verdict->result));
	add_comment(&writer, verdict);
	ps_ip_format(&query->client, ip);
	add(&writer, "client-ip", ip);
	if (!verdict->of_helo)
		add(&writer, "envelope-from", query->sender);
	add(&writer, "helo", query->helo);
	add(&writer, "receiver", query->receiver);
	add(&writer, "identity", verdict->of_helo ? "helo" : "mailfrom");
	add_grounds(&writer, verdict);
}
