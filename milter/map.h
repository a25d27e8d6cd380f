/* map.h - the views of the directory as socket maps (socketmap_table(5)). */
#ifndef PS_MILTER_MAP_H
#define PS_MILTER_MAP_H

#include "core/text/netstring.h"
#include "milter/protocol.h"
#include "milter/service.h"

#define PS_MAP_REQUEST_MAX 10240  /* octets of map and key; ours */
#define PS_MAP_REPLY_MAX   100000 /* socketmap_table(5) */
/* A directory that fails only after this much was waited for: TIMEOUT. */
#define PS_MAP_TIMEOUT_US  1000000

/* Slices of the request; map "" where it has no blank. */
struct ps_map_request {
	struct ps_bytes map, key;
};

/*
 * As ps_protocol's answer: PART and LAST (no netstring, or too long a one; a
 * reply that says so was appended) leave request_r empty; ANSWERED: request_r
 * is to be answered with ps_map_reply().
 */
enum ps_request ps_map_read(struct ps_cursor *input,
			    struct ps_map_request *request_r,
			    struct ps_buffer *replies);
/* Appends one netstring: "OK value", "NOTFOUND ", or "TEMP", "TIMEOUT" or
 * "PERM" and why, which is logged once a minute as well. */
void ps_map_reply(struct ps_service *service,
		  const struct ps_map_request *request,
		  struct ps_buffer *replies);

#endif
