/* line.c - the one log line of a message. */

#include "core/text/record.h"
#include "directory/log.h"
#include "milter/inbound_arc.h"
#include "milter/inbound_seal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Octets, as they are written, of what others chose: together with all else
 * they fit one line, so that nobody can push our verdict off it. */
#define QUEUE_ID_SHOWN 32
#define WHO_SHOWN      128 /* client, login, author */
#define SENDER_SHOWN   200
#define DKIM_SHOWN     75 /* one of them: "permerror:" and a domain */
#define SIGNED_SHOWN   120
#define DKIM_SHOWN_MAX 4 /* results */

void ps_message_note(struct ps_message *message, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(message->note, sizeof(message->note), format,
			arguments);
	va_end(arguments);
}

static void add(struct ps_record *line, const char *name, const char *value,
		size_t max)
{
	ps_record_text(line, name, ps_bytes_of(value), max);
}

static unsigned int count_forged(const struct ps_message *message)
{
	const struct ps_forged *forged = message->forged;
	unsigned int count = 0;

	for (; forged != NULL; forged = forged->above)
		count++;
	return count;
}

static void add_work(const struct ps_message *message, bool carried_out,
		     struct ps_record *line)
{
	const struct ps_inbound *in = &message->in;
	uint64_t now = message->service->microseconds();
	unsigned int forged = count_forged(message);

	add(line, "direction", ps_origin_name(message->origin), WHO_SHOWN);
	add(line, "action",
	    ps_disposition_name(carried_out ? message->answer.disposition
					    : PS_DEFER),
	    WHO_SHOWN);
	ps_record_number(line, "ms", (now - message->end_us) / 1000);
	ps_record_number(line, "size", message->octets);
	ps_record_number(line, "recipients", message->recipients);
	if (in->asking)
		ps_record_number(line, "dns",
				 in->questions.asked(in->questions.ctx));
	if (message->origin == PS_ORIGIN_OURS)
		ps_record_number(line, "signatures", message->out.signatures);
	if (in->seal != NULL && in->seal->number > 0)
		ps_record_number(line, "sealed", in->seal->number);
	if (forged > 0)
		ps_record_number(line, "forged", forged);
}

static void add_who(const struct ps_message *message, struct ps_record *line)
{
	const struct ps_client *client = message->client;
	char ip[PS_IP_TEXT_MAX];

	ps_ip_format(&client->ip, ip);
	add(line, "client", client->host, WHO_SHOWN);
	add(line, "ip", *ip == '\0' ? "unknown" : ip, WHO_SHOWN);
	if (*message->login != '\0')
		add(line, "login", message->login, WHO_SHOWN);
	add(line, "from", message->sender, SENDER_SHOWN);
	if (*message->author != '\0')
		add(line, "author", message->author, WHO_SHOWN);
}

/* "pass:example.org", or where no domain is known only the first. */
static struct ps_bytes result_of(const char *result, const char *domain,
				 char *text_r, size_t size)
{
	(void)snprintf(text_r, size, *domain == '\0' ? "%s%s" : "%s:%s", result,
		       domain);
	return ps_bytes_of(text_r);
}

static void add_dkim(const struct ps_inbound *in, struct ps_record *line)
{
	char text[DKIM_SHOWN_MAX][PS_DOMAIN_MAX + 16];
	struct ps_bytes list[DKIM_SHOWN_MAX] = { PS_BYTES("none") };
	size_t i, count = 1;

	for (i = 0; i < in->dkim_count && i < DKIM_SHOWN_MAX; i++) {
		list[i] =
			result_of(ps_dkim_result_name(in->dkim[i].result),
				  in->dkim[i].domain, text[i], sizeof(text[i]));
		count = i + 1;
	}
	ps_record_list(line, "dkim", list, count, DKIM_SHOWN);
}

static void add_arc(const struct ps_arc_verdict *arc, struct ps_record *line)
{
	char text[PS_DOMAIN_MAX + 16];

	if (arc->sets > 0)
		ps_record_text(line, "arc",
			       result_of(ps_arc_result_name(arc->result),
					 arc->domain, text, sizeof(text)),
			       DKIM_SHOWN);
}

static void add_verdicts(const struct ps_inbound *in, struct ps_record *line)
{
	if (in->spf_done)
		add(line, "spf", ps_spf_result_name(in->spf.result), WHO_SHOWN);
	if (in->dkim_done)
		add_dkim(in, line);
	if (in->arc != NULL && in->arc->verdict != NULL)
		add_arc(in->arc->verdict, line);
	if (in->dmarc_wanted && in->dmarc_done)
		add(line, "dmarc", ps_dmarc_result_name(in->dmarc.result),
		    WHO_SHOWN);
}

/* Of one of the two standards, where they differ. */
static void add_standard(struct ps_record *line, const char *name,
			 const struct ps_dmarc_verdict *verdict)
{
	char text[2 * PS_DOMAIN_MAX + 64];
	size_t len;

	len = (size_t)snprintf(text, sizeof(text), "%s",
			       ps_dmarc_result_name(verdict->result));
	if (*verdict->policy_domain != '\0')
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					", %s by %s",
					ps_dmarc_policy_name(verdict->policy),
					verdict->policy_domain);
	if (*verdict->org_domain != '\0')
		(void)snprintf(text + len, sizeof(text) - len,
			       ", organization %s", verdict->org_domain);
	add(line, name, text, sizeof(text));
}

/* "example.org:selector" for each signature. */
static void add_signed(const struct ps_outbound *out, struct ps_record *line)
{
	char text[DKIM_SHOWN_MAX][PS_DOMAIN_MAX + PS_SELECTOR_MAX + 2];
	struct ps_bytes list[DKIM_SHOWN_MAX];
	size_t i, count = 0;

	for (i = 0; out->signatures > 0 && i < out->keys->count &&
		    count < DKIM_SHOWN_MAX;
	     i++) {
		if ((out->made & (UINT32_C(1) << i)) == 0)
			continue;
		list[count] = result_of(out->domain, out->keys->key[i].selector,
					text[count], sizeof(text[count]));
		count++;
	}
	if (count > 0)
		ps_record_list(line, "signed", list, count, SIGNED_SHOWN);
}

static void add_why(const struct ps_message *message, bool carried_out,
		    struct ps_record *line)
{
	const struct ps_answer *answer = &message->answer;
	char text[PS_REPLY_TEXT_MAX + 32];

	if (*message->note != '\0' && carried_out)
		add(line, "reason", message->note, PS_NOTE_MAX);
	if (!carried_out) {
		add(line, "reason", "the changes did not reach Postfix",
		    PS_NOTE_MAX);
	} else if (answer->disposition == PS_HOLD) {
		add(line, "reply", answer->text, PS_REPLY_TEXT_MAX);
	} else if (answer->disposition != PS_ACCEPT) {
		(void)snprintf(text, sizeof(text), "%s %s %s", answer->code,
			       answer->status, answer->text);
		add(line, "reply", text, sizeof(text));
	}
}

static void begin(struct ps_record *line, const struct ps_service *service,
		  const char *queue_id)
{
	ps_record_begin(line, service->config->log.format);
	ps_record_head(line, "queue_id",
		       ps_bytes_of(queue_id == NULL ? "NOQUEUE" : queue_id),
		       QUEUE_ID_SHOWN);
}

void ps_message_log(const struct ps_message *message, const char *queue_id,
		    bool carried_out)
{
	const struct ps_inbound *in = &message->in;
	struct ps_record line;

	begin(&line, message->service, queue_id);
	add_work(message, carried_out, &line);
	add_who(message, &line);
	add_verdicts(in, &line);
	add_signed(&message->out, &line);
	add_why(message, carried_out, &line);
	if (in->dmarc_done && in->dmarc_differs) {
		add_standard(&line, "treewalk", &in->dmarc);
		add_standard(&line, "psl", &in->dmarc_listed);
	}
	ps_log(PS_LOG_INFO, "%s", ps_record_end(&line));
}

void ps_message_log_none(const struct ps_service *service, const char *queue_id)
{
	struct ps_record line;

	begin(&line, service, queue_id);
	add(&line, "direction", "unknown", WHO_SHOWN);
	add(&line, "action", ps_disposition_name(PS_DEFER), WHO_SHOWN);
	add(&line, "reason", "out of memory", WHO_SHOWN);
	ps_log(PS_LOG_INFO, "%s", ps_record_end(&line));
}
