/* spf_received.h - write a Received-SPF field (RFC 7208 9.1). */
#ifndef PS_CORE_AUTH_SPF_RECEIVED_H
#define PS_CORE_AUTH_SPF_RECEIVED_H

#include "core/auth/spf.h"
#include "core/text/buffer.h"

#define PS_SPF_RECEIVED_MAX 4096 /* octets: what is written is never more */

/*
 * Append what stands behind "Received-SPF:": leading space, folded with CRLF
 * HTAB.  Values are quoted where needed; what cannot be said even so is left
 * out.
 */
void ps_spf_received_write(const struct ps_spf_query *query,
			   const struct ps_spf_verdict *verdict,
			   struct ps_buffer *out);

#endif
