/* message.h - one message on its way through; shared by session and line,
 * inbound and outbound. */
#ifndef PS_MILTER_MESSAGE_H
#define PS_MILTER_MESSAGE_H

#include "milter/answer.h"
#include "milter/inbound.h"
#include "milter/origin.h"
#include "milter/service.h"

/* ours: the fields' copies and their array twice over fit three times */
#define PS_MESSAGE_OCTETS_MAX (4 * PS_FIELDS_OCTETS_MAX)
#define PS_NOTE_MAX	      200

/* An Authentication-Results field that is to go; the lowest comes first. */
struct ps_forged {
	struct ps_forged *above;
	unsigned int nth;
};

struct ps_outbound {
	const struct ps_domain_keys *keys;    /* held until released */
	char domain[PS_DOMAIN_MAX + 1];	      /* whose: author's or above it */
	struct ps_config_signature signature; /* the domain's */
	struct ps_questions questions;	      /* for the keys' records */
	bool asking;			      /* questions are open */
	struct ps_dkim_sign_options options;
	struct ps_dkim_signing signing;
	void *signer; /* the service's DKIM engine's */
	unsigned int signatures;
	uint32_t made; /* bit i: with the ith key */
};

struct ps_message {
	struct ps_service *service; /* NULL: no message is under way */
	const struct ps_client *client;
	struct ps_arena *arena;
	enum ps_origin origin;
	const char *sender, *login;
	bool exempt_sender; /* of a domain that is never refused */
	unsigned int recipients;
	bool guarded; /* one of them is not exempt */
	struct ps_fields fields;
	bool header_done;
	bool header_too_large; /* past the bounds of fields.h */
	bool no_memory;	       /* at some point: defer */
	unsigned int results;  /* Authentication-Results fields so far */
	struct ps_forged *forged;
	uint64_t octets;		/* of header and body, with CRLF */
	char author[PS_DOMAIN_MAX + 1]; /* domain of From:; "" none */
	char note[PS_NOTE_MAX];		/* for the log line: why */
	struct ps_inbound in;
	struct ps_outbound out;
	struct ps_answer answer;
	uint64_t end_us; /* when the end of the message came in */
};

/* Signing.  header: it is complete; end: the body too. */
void ps_outbound_header(struct ps_message *message);
void ps_outbound_end(struct ps_message *message);
void ps_outbound_free(struct ps_message *message);

/* Judging.  begin: the envelope sender is known. */
void ps_inbound_begin(struct ps_message *message);
void ps_inbound_header(struct ps_message *message);
void ps_inbound_end(struct ps_message *message);
void ps_inbound_free(struct ps_message *message);

void ps_message_note(struct ps_message *message, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The log line of a message, as log.format has it: INFO. */
void ps_message_log(const struct ps_message *message, const char *queue_id,
		    bool carried_out);
/* Of one that is deferred, as there was no memory for a session. */
void ps_message_log_none(const struct ps_service *service,
			 const char *queue_id);

#endif
