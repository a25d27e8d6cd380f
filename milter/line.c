/* line.c - the one log line of a message. */

#include "directory/log.h"
#include "milter/inbound_arc.h"
#include "milter/inbound_seal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LINE_OCTETS_MAX 4096 /* of which log.h shows 2,000 */
#define DKIM_SHOWN_MAX	4

void ps_message_note(struct ps_message *message, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(message->note, sizeof(message->note), format,
			arguments);
	va_end(arguments);
}

/* What others chose is cut, so that what we found still fits. */
static void add(struct ps_buffer *line, const char *name, const char *value,
		size_t max)
{
	ps_buffer_text(line, name);
	ps_buffer_add(line, value, strnlen(value, max));
}

static void add_who(const struct ps_message *message, struct ps_buffer *line)
{
	const struct ps_client *client = message->client;
	char ip[PS_IP_TEXT_MAX];

	if (*message->login != '\0') {
		add(line, " login=<", message->login, 128);
		ps_buffer_char(line, '>');
	}
	ps_ip_format(&client->ip, ip);
	add(line, " client=", client->host, 128);
	add(line, "[", *ip == '\0' ? "unknown" : ip, sizeof(ip));
	add(line, "] from=<", message->sender, 256);
	ps_buffer_char(line, '>');
	if (*message->author != '\0')
		add(line, " author=", message->author, PS_DOMAIN_MAX);
}

static void add_dkim(const struct ps_inbound *in, struct ps_buffer *line)
{
	size_t i;

	ps_buffer_text(line, " dkim=");
	if (in->dkim_count == 0)
		ps_buffer_text(line, "none");
	for (i = 0; i < in->dkim_count && i < DKIM_SHOWN_MAX; i++) {
		if (i > 0)
			ps_buffer_char(line, ',');
		ps_buffer_text(line, ps_dkim_result_name(in->dkim[i].result));
		if (in->dkim[i].domain[0] != '\0')
			add(line, ":", in->dkim[i].domain, 128);
	}
}

static void add_standard(struct ps_buffer *line, const char *name,
			 const struct ps_dmarc_verdict *verdict)
{
	add(line, name, ps_dmarc_result_name(verdict->result), 16);
	if (*verdict->policy_domain != '\0') {
		add(line, ", ", ps_dmarc_policy_name(verdict->policy), 16);
		add(line, " by ", verdict->policy_domain, PS_DOMAIN_MAX);
	}
	if (*verdict->org_domain != '\0')
		add(line, ", organization ", verdict->org_domain,
		    PS_DOMAIN_MAX);
	ps_buffer_char(line, '>');
}

static void add_arc(const struct ps_arc_verdict *arc, struct ps_buffer *line)
{
	if (arc->sets == 0)
		return;
	add(line, " arc=", ps_arc_result_name(arc->result), 16);
	if (arc->domain[0] != '\0')
		add(line, ":", arc->domain, 128);
}

static void add_verdicts(const struct ps_inbound *in, struct ps_buffer *line)
{
	if (in->spf_done)
		add(line, " spf=", ps_spf_result_name(in->spf.result), 16);
	if (in->dkim_done)
		add_dkim(in, line);
	if (in->arc != NULL && in->arc->verdict != NULL)
		add_arc(in->arc->verdict, line);
	if (in->dmarc_wanted && in->dmarc_done)
		add(line, " dmarc=", ps_dmarc_result_name(in->dmarc.result),
		    16);
	if (in->dmarc_done && in->dmarc_differs) {
		add_standard(line, " treewalk=<", &in->dmarc);
		add_standard(line, " psl=<", &in->dmarc_listed);
	}
}

static void add_number(struct ps_buffer *line, const char *name,
		       unsigned long long number)
{
	ps_buffer_text(line, name);
	ps_buffer_number(line, number);
}

static unsigned int count_forged(const struct ps_message *message)
{
	const struct ps_forged *forged = message->forged;
	unsigned int count = 0;

	for (; forged != NULL; forged = forged->above)
		count++;
	return count;
}

/* What was done comes first: a long name may push the end off the line. */
static void add_work(const struct ps_message *message, bool carried_out,
		     struct ps_buffer *line)
{
	const struct ps_inbound *in = &message->in;
	uint64_t now = message->service->microseconds();
	unsigned int forged = count_forged(message);

	add(line, " action=",
	    ps_disposition_name(carried_out ? message->answer.disposition
					    : PS_DEFER),
	    16);
	add_number(line, " ms=", (now - message->end_us) / 1000);
	if (in->asking)
		add_number(line,
			   " dns=", in->questions.asked(in->questions.ctx));
	if (message->origin == PS_ORIGIN_OURS)
		add_number(line, " signatures=", message->out.signatures);
	if (in->seal != NULL && in->seal->number > 0)
		add_number(line, " sealed=", in->seal->number);
	if (forged > 0)
		add_number(line, " forged=", forged);
}

void ps_message_log(const struct ps_message *message, const char *queue_id,
		    bool carried_out)
{
	struct ps_buffer line = PS_BUFFER(LINE_OCTETS_MAX);

	add(&line, "", queue_id == NULL ? "NOQUEUE" : queue_id, 64);
	add(&line, ": ", ps_origin_name(message->origin), 16);
	add_work(message, carried_out, &line);
	add_who(message, &line);
	add_verdicts(&message->in, &line);
	if (*message->note != '\0') {
		add(&line, " (", message->note, PS_NOTE_MAX);
		ps_buffer_char(&line, ')');
	}
	if (!carried_out)
		ps_buffer_text(&line, ": the changes did not reach Postfix");
	else if (message->answer.disposition != PS_ACCEPT)
		add(&line, ": ", message->answer.text, PS_REPLY_TEXT_MAX);
	ps_log(PS_LOG_INFO, "%s", ps_buffer_cstr(&line));
	ps_buffer_free(&line);
}
