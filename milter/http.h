/* http.h - short documents over HTTP, for whoever asks. */
#ifndef PS_MILTER_HTTP_H
#define PS_MILTER_HTTP_H

#include "core/text/buffer.h"
#include "milter/listening.h"

#define PS_HTTP_BODY_MAX       (4 << 20) /* octets of a document; ours */
#define PS_HTTP_CLIENTS_MAX    64	 /* at a time; ours */
/* Of a connection, from its beginning, whatever it does meanwhile; ours. */
#define PS_HTTP_CLIENT_SECONDS 10

struct ps_http_answer {
	unsigned int status; /* 200, 404 ... */
	const char *type;    /* Content-Type; constant text */
	struct ps_buffer body;
};

/* path: as it was asked for, without "?...".  answer_r has an empty body of at
 * most PS_HTTP_BODY_MAX, which is freed afterwards. */
typedef void ps_http_document(void *ctx, const char *path,
			      struct ps_http_answer *answer_r);

/*
 * One thread of its own, which nobody else waits for, answers GET and HEAD, one
 * request a connection (405 for others, 500 without memory).  A client that
 * comes when there are too many takes the place of the one that is there
 * longest.
 */
struct ps_http;

/* listening stays the caller's, who closes it.  0, or -1: no memory, thread or
 * descriptor. */
int ps_http_new(const struct ps_listening *listening,
		ps_http_document *document, void *ctx, struct ps_http **http_r);
/* Documents asked for, since the start. */
unsigned long ps_http_requests(const struct ps_http *http);
unsigned int ps_http_clients(const struct ps_http *http);
void ps_http_free(struct ps_http **http);

#endif
