/* explain.h - what was done with a message, in plain words or as JSON. */
#ifndef PS_CLI_EXPLAIN_H
#define PS_CLI_EXPLAIN_H

#include "cli/foreign.h"
#include "cli/output.h"
#include "cli/test_service.h"
#include "milter/message.h"

/* The message is at its end, and not yet forgotten.  All borrowed. */
struct ps_explain {
	struct ps_output *output;
	struct ps_test_service *service;
	const char *zone; /* the file in the place of the DNS; NULL: none */
	const struct ps_message *message;
	const struct ps_answer *answer;
};

/* A part each, in the order of reading: a heading and lines below it, and a
 * member of the document. */
void ps_explain_envelope(const struct ps_explain *explain);
void ps_explain_dns(const struct ps_explain *explain);
void ps_explain_spf(const struct ps_explain *explain);
void ps_explain_dkim(const struct ps_explain *explain);
void ps_explain_arc(const struct ps_explain *explain);
void ps_explain_dmarc(const struct ps_explain *explain);
void ps_explain_signing(const struct ps_explain *explain);
void ps_explain_answer(const struct ps_explain *explain);

/* Why and for whom a message of this origin is not signed: without one. */
void ps_explain_not_ours(struct ps_output *output, enum ps_origin origin,
			 const char *why);

/* "good.example TXT", as a line has it. */
const char *ps_explain_type(enum ps_dns_type type);
/* Puts value (taken over; NULL: null) into object. */
void ps_explain_set(json_t *object, const char *name, json_t *value);
void ps_explain_set_text(json_t *object, const char *name, const char *text);

#endif
