/* dkim_canon.c - canonicalization (RFC 6376 section 3.4), streaming. */

#include "core/auth/dkim_canon.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK 4096 /* octets given to the hash at once */

struct ps_dkim_body {
	const struct ps_crypto *crypto;
	struct ps_hasher *hasher;
	enum ps_dkim_canon canon;
	uint64_t limit, octets;
	uint64_t line_ends; /* seen, and not yet written */
	bool cr, blank;	    /* a CR, white space: seen, and not yet written */
	bool in_line;	    /* something was written behind the last line end */
	bool ended, failed;
	size_t fill;
	unsigned char chunk[CHUNK];
	unsigned char digest[PS_DIGEST_MAX];
	size_t digest_len;
};

int ps_dkim_body_new(const struct ps_crypto *crypto, enum ps_hash hash,
		     enum ps_dkim_canon canon, uint64_t limit,
		     struct ps_dkim_body **body_r)
{
	struct ps_dkim_body *body = malloc(sizeof(*body));

	*body_r = body;
	if (body == NULL)
		return -1;
	memset(body, 0, offsetof(struct ps_dkim_body, chunk));
	body->crypto = crypto;
	body->canon = canon;
	body->limit = limit;
	body->hasher = crypto->hash_new(crypto->ctx, hash);
	if (body->hasher != NULL)
		return 0;
	ps_dkim_body_free(body_r);
	return -1;
}

void ps_dkim_body_free(struct ps_dkim_body **body)
{
	if (*body == NULL)
		return;
	if ((*body)->hasher != NULL)
		(*body)->crypto->hash_free(&(*body)->hasher);
	free(*body);
	*body = NULL;
}

static void flush(struct ps_dkim_body *body)
{
	if (body->fill > 0)
		body->crypto->hash_add(body->hasher, body->chunk, body->fill);
	body->fill = 0;
}

/* Canonical octets; beyond the limit they are counted only. */
static void put(struct ps_dkim_body *body, const char *data, size_t len)
{
	uint64_t room =
		body->octets >= body->limit ? 0 : body->limit - body->octets;
	size_t part;

	body->octets += len;
	if (len > room)
		len = (size_t)room;
	if (len >= CHUNK) {
		flush(body);
		body->crypto->hash_add(body->hasher, data, len);
		return;
	}
	while (len > 0) {
		if (body->fill == CHUNK)
			flush(body);
		part = CHUNK - body->fill;
		if (part > len)
			part = len;
		memcpy(body->chunk + body->fill, data, part);
		body->fill += part;
		data += part;
		len -= part;
	}
}

/* What was held back, since something follows it. */
static void put_held(struct ps_dkim_body *body)
{
	for (; body->line_ends > 0; body->line_ends--)
		put(body, "\r\n", 2);
	if (body->blank)
		put(body, " ", 1);
	body->blank = false;
	if (body->cr)
		put(body, "\r", 1);
	body->cr = false;
	body->in_line = true;
}

static void end_line(struct ps_dkim_body *body)
{
	body->line_ends++;
	body->cr = body->blank = body->in_line = false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A line end that nothing is done to: both its neighbours are plain. */
static bool keeps_line_end(const char *at, const char *end, bool relaxed)
{
	return end - at > 2 && at[1] == '\n' && at[2] != '\r' &&
	       !(relaxed && is_blank(at[2]));
}

/* The same of white space: one SP, inside a line. */
static bool keeps_blank(const char *at, const char *end)
{
	return *at == ' ' && end - at > 1 && at[1] != '\r' && !is_blank(at[1]);
}

/*
 * The octets from at on that stand for themselves: of ordinary text nearly all,
 * so they are looked at once and copied together.
 */
static size_t plain_run(const struct ps_dkim_body *body, const char *at,
			const char *end)
{
	static const bool special[2][256] = {
		[PS_DKIM_SIMPLE] = { ['\r'] = true },
		[PS_DKIM_RELAXED] = { ['\r'] = true,
				      [' '] = true,
				      ['\t'] = true },
	};
	const bool relaxed = body->canon == PS_DKIM_RELAXED;
	const bool *stops = special[body->canon];
	const char *start = at;

	for (;;) {
		while (at < end && !stops[(unsigned char)*at])
			at++;
		if (at == start || at == end)
			break;
		if (*at == '\r' && keeps_line_end(at, end, relaxed))
			at += 2;
		else if (*at != '\r' && keeps_blank(at, end))
			at++;
		else
			break;
	}
	return (size_t)(at - start);
}

/* One octet that is not plain, or that follows a CR. */
static void add_special(struct ps_dkim_body *body, char c)
{
	bool relaxed = body->canon == PS_DKIM_RELAXED;

	if (body->cr && c == '\n') {
		end_line(body);
	} else if (c == '\r') {
		if (body->cr)
			put_held(body);
		body->cr = true;
	} else if (relaxed && (c == ' ' || c == '\t')) {
		if (body->cr)
			put_held(body);
		body->blank = true;
	} else {
		put_held(body);
		put(body, &c, 1);
	}
}

void ps_dkim_body_add(struct ps_dkim_body *body, const void *data, size_t len)
{
	const char *at = data, *end = at + len;
	size_t run;

	while (at < end) {
		run = body->cr ? 0 : plain_run(body, at, end);
		if (run > 0) {
			put_held(body);
			put(body, at, run);
			at += run;
		} else {
			add_special(body, *at++);
		}
	}
}

/*
 * 3.4.3: empty lines at the end are one line end, also where there is nothing
 * else.  3.4.4: likewise, but nothing stays nothing; a last line without an
 * end gets one (erratum 1377).
 */
static void end_body(struct ps_dkim_body *body)
{
	if (body->cr) {
		/* A bare CR is no line end: it counts as it is. */
		put_held(body);
	}
	if (body->octets > 0 || body->canon == PS_DKIM_SIMPLE)
		put(body, "\r\n", 2);
	flush(body);
	body->failed = body->crypto->hash_end(body->hasher, body->digest,
					      &body->digest_len) < 0;
	body->ended = true;
}

int ps_dkim_body_end(struct ps_dkim_body *body,
		     unsigned char digest_r[PS_DIGEST_MAX], size_t *len_r,
		     uint64_t *octets_r)
{
	if (!body->ended)
		end_body(body);
	*octets_r = body->octets;
	*len_r = body->digest_len;
	if (body->failed)
		return -1;
	memcpy(digest_r, body->digest, body->digest_len);
	return 0;
}

/* A line break that folds: LF, or CR and LF.  Octets of it, or 0. */
static size_t fold_at(struct ps_bytes value, size_t i)
{
	if (value.at[i] == '\n')
		return 1;
	if (value.at[i] == '\r' && i + 1 < value.len && value.at[i + 1] == '\n')
		return 2;
	return 0;
}

/* 3.4.2 */
static void relax_value(struct ps_bytes value, struct ps_buffer *out)
{
	bool blank = false, begun = false;
	size_t i, fold, run;

	for (i = 0; i < value.len;) {
		fold = fold_at(value, i);
		if (fold > 0 || is_blank(value.at[i])) {
			blank = blank || fold == 0;
			i += fold > 0 ? fold : 1;
			continue;
		}
		if (blank && begun)
			ps_buffer_char(out, ' ');
		blank = false;
		begun = true;
		for (run = i; run < value.len && !is_blank(value.at[run]) &&
			      fold_at(value, run) == 0;
		     run++)
			;
		ps_buffer_add(out, value.at + i, run - i);
		i = run;
	}
}

/* 3.4.1, with the line ends that went over the wire. */
static void keep_value(struct ps_bytes value, struct ps_buffer *out)
{
	size_t i, start = 0;

	for (i = 0; i < value.len; i++) {
		if (value.at[i] != '\n' || (i > 0 && value.at[i - 1] == '\r'))
			continue;
		ps_buffer_add(out, value.at + start, i - start);
		ps_buffer_char(out, '\r');
		start = i;
	}
	ps_buffer_add(out, value.at + start, value.len - start);
}

static void relax_name(struct ps_bytes name, struct ps_buffer *out)
{
	size_t i;

	name = ps_bytes_trim(name);
	for (i = 0; i < name.len; i++)
		ps_buffer_char(out, ps_ascii_lower(name.at[i]));
}

void ps_dkim_canon_field(enum ps_dkim_canon canon, const struct ps_field *field,
			 struct ps_buffer *out)
{
	switch (canon) {
	case PS_DKIM_SIMPLE:
		ps_buffer_bytes(out, field->name);
		ps_buffer_char(out, ':');
		keep_value(field->value, out);
		break;
	case PS_DKIM_RELAXED:
		relax_name(field->name, out);
		ps_buffer_char(out, ':');
		relax_value(field->value, out);
		break;
	}
	ps_buffer_text(out, "\r\n");
}
