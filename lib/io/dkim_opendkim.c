/* dkim_opendkim.c - libopendkim as a DKIM engine: its handle and its ways. */

#include "io/dkim_opendkim.h"

#include "io/opendkim_parts.h"

#include <stdlib.h>
#include <string.h>

#define FIELD_MAX (PS_FIELDS_OCTETS_MAX * 2) /* each LF may become CRLF */

/*
 * Zeroes behind what was asked for.  dkim_canon_selecthdrs() writes a pointer
 * behind its array when h= names every field and one more, dkim_qp_decode()
 * reads two octets behind an i= that ends with "=".
 */
#define SLACK 16

struct ps_opendkim {
	struct ps_dkim_engine port;
	DKIM_LIB *library;
};

void *ps_opendkim_get(void *no_memory_p, size_t len)
{
	bool *no_memory = no_memory_p;
	void *memory = calloc(1, len + SLACK);

	if (memory == NULL)
		*no_memory = true;
	return memory;
}

void ps_opendkim_give(void *no_memory, void *memory)
{
	(void)no_memory;
	free(memory);
}

static bool is_plain(struct ps_bytes text)
{
	size_t i;

	for (i = 0; i < text.len; i++) {
		if (text.at[i] == '\0' || text.at[i] == '\v' ||
		    text.at[i] == '\f')
			return false;
		if (text.at[i] == '\r' &&
		    (i + 1 == text.len || text.at[i + 1] != '\n'))
			return false;
		if (text.at[i] == '\n' &&
		    (i + 1 == text.len ||
		     (text.at[i + 1] != ' ' && text.at[i + 1] != '\t')))
			return false;
	}
	return true;
}

bool ps_opendkim_reads(const struct ps_fields *fields)
{
	const struct ps_field *field = fields->at;
	size_t i;

	for (i = 0; i < fields->count; i++, field++) {
		if (!is_plain(field->name) || !is_plain(field->value))
			return false;
	}
	return true;
}

DKIM_STAT ps_opendkim_field(DKIM *dkim, const struct ps_field *field)
{
	struct ps_buffer text = PS_BUFFER(FIELD_MAX);
	DKIM_STAT status = DKIM_STAT_NORESOURCE;

	ps_dkim_canon_field(PS_DKIM_SIMPLE, field, &text);
	if (!text.failed)
		status = dkim_header(dkim, (unsigned char *)text.data,
				     text.len - strlen("\r\n"));
	ps_buffer_free(&text);
	return status;
}

void ps_opendkim_body_note(struct ps_opendkim_body *body, const void *data,
			   size_t len)
{
	const char *start = data, *end = start + len, *at;

	if (len == 0)
		return;
	if (body->any && (body->last == '\r') != (*start == '\n'))
		body->bare = true;
	if (!body->any && *start == '\n')
		body->bare = true;
	for (at = start; (at = memchr(at, '\r', (size_t)(end - at))) != NULL;) {
		if (++at < end && *at != '\n')
			body->bare = true;
	}
	for (at = start + 1;
	     at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL;
	     at++) {
		if (at[-1] != '\r')
			body->bare = true;
	}
	body->before_last = len > 1 ? end[-2] : body->last;
	body->last = end[-1];
	body->any = true;
}

bool ps_opendkim_body_is_open(const struct ps_opendkim_body *body)
{
	return body->any && (body->before_last != '\r' || body->last != '\n');
}

bool ps_opendkim_built(void)
{
	return true;
}

int ps_opendkim_new(struct ps_opendkim **opendkim_r)
{
	/* Every signature has its verdict, one that cannot be read as well;
	 * and its key at its time. */
	unsigned int flags =
		DKIM_LIBFLAGS_BADSIGHANDLES | DKIM_LIBFLAGS_DELAYSIGPROC;
	struct ps_opendkim *opendkim = calloc(1, sizeof(*opendkim));

	*opendkim_r = opendkim;
	if (opendkim == NULL)
		return -1;
	opendkim->library = dkim_init(ps_opendkim_get, ps_opendkim_give);
	if (opendkim->library == NULL ||
	    dkim_options(opendkim->library, DKIM_OP_SETOPT, DKIM_OPTS_FLAGS,
			 &flags, sizeof(flags)) != DKIM_STAT_OK ||
	    dkim_set_key_lookup(opendkim->library, ps_opendkim_key) !=
		    DKIM_STAT_OK) {
		ps_opendkim_free(opendkim_r);
		return -1;
	}
	opendkim->port = (struct ps_dkim_engine){
		.verifier_new = ps_opendkim_verifier_new,
		.verifier_body = ps_opendkim_verifier_body,
		.verifier_keys = ps_opendkim_verifier_keys,
		.verifier_verdicts = ps_opendkim_verifier_verdicts,
		.verifier_finish = ps_opendkim_verifier_finish,
		.verifier_free = ps_opendkim_verifier_free,
		.signer_new = ps_opendkim_signer_new,
		.signer_body = ps_opendkim_signer_body,
		.signer_sign = ps_opendkim_signer_sign,
		.signer_free = ps_opendkim_signer_free,
		.ctx = opendkim->library,
	};
	return 0;
}

void ps_opendkim_free(struct ps_opendkim **opendkim)
{
	if (*opendkim == NULL)
		return;
	if ((*opendkim)->library != NULL)
		dkim_close((*opendkim)->library);
	free(*opendkim);
	*opendkim = NULL;
}

const struct ps_dkim_engine *
ps_opendkim_port(const struct ps_opendkim *opendkim)
{
	return &opendkim->port;
}
