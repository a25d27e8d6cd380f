/* inbound_spf.h - SPF of one message from outside; for inbound*.c only. */
#ifndef PS_MILTER_INBOUND_SPF_H
#define PS_MILTER_INBOUND_SPF_H

#include "milter/message.h"

/* RFC 7208 2.3: at MAIL all it needs is known; the questions leave now.  Does
 * nothing where SPF is not wanted.  helo: lives as long as the message. */
void ps_inbound_spf_begin(struct ps_message *message,
			  const struct ps_ip *client, const char *helo);
/* The same with the client that a backup MX saw, once the header is there. */
void ps_inbound_spf_before_backup(struct ps_message *message);
/* With the answers that are there.  True: all of it is judged. */
bool ps_inbound_spf_judge(struct ps_message *message);
/* Received-SPF fields, where they are wanted. */
void ps_inbound_spf_insert(struct ps_message *message);

#endif
