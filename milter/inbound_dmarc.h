/* inbound_dmarc.h - the DMARC of mail from outside, as dmarc { } has it. */
#ifndef PS_MILTER_INBOUND_DMARC_H
#define PS_MILTER_INBOUND_DMARC_H

#include "milter/message.h"

/* What it is judged of, by the standard that is acted on. */
struct ps_dmarc_query ps_inbound_dmarc_query(const struct ps_message *message);
/* The header is complete, or answers came: ask what can be asked. */
void ps_inbound_dmarc_prepare(struct ps_message *message);
/* SPF and DKIM are done: judge; sets dmarc_done when it is. */
void ps_inbound_dmarc_judge(struct ps_message *message);

#endif
