/* protocol.h - how a service beside the milter answers what clients send. */
#ifndef PS_MILTER_PROTOCOL_H
#define PS_MILTER_PROTOCOL_H

#include "core/text/buffer.h"
#include "core/text/cursor.h"

enum ps_request {
	PS_REQUEST_PART,     /* not all of it is there: nothing was taken */
	PS_REQUEST_ANSWERED, /* taken off the input, its reply appended */
	PS_REQUEST_LAST,     /* the same, and nothing after it can be
				understood: sent, then the end */
	PS_REQUEST_WAITS     /* for an answer of others: nothing was taken */
};

struct ps_protocol {
	const char *name;   /* of the service, in the log */
	size_t request_max; /* octets of one request with its frame; a longer
			       one that is still PART ends the connection */
	size_t reply_max;
	/*
	 * Answer the first request of input.  In any of the threads, several
	 * at a time; may block, as that holds up its own client only.  ctx:
	 * the service's.
	 */
	enum ps_request (*answer)(void *ctx, struct ps_cursor *input,
				  struct ps_buffer *replies);
	/*
	 * In its place, where one thread may have several clients' requests
	 * together.  work: of work_size octets, all zero at first, for one
	 * client at a time.  After WAITS it is called again with the same work
	 * and input, once the other clients' requests have come so far: what
	 * it asks others for it can ask for together.  Never WAITS for ever.
	 */
	enum ps_request (*answer_soon)(void *ctx, void *work,
				       struct ps_cursor *input,
				       struct ps_buffer *replies);
	size_t work_size;
};

#endif
