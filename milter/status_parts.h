/* status_parts.h - parts of what the running daemon says of itself, for
 * status.c alone.  NULL: no memory. */
#ifndef PS_MILTER_STATUS_PARTS_H
#define PS_MILTER_STATUS_PARTS_H

#include "milter/status.h"

/* {"postfix": "3.7.11", "dovecot": "2.3.19"}; null: built without a plugin */
json_t *ps_status_built_for(void);
/* [{"name", "kind", "up", "reason"}]; may wait for the directory. */
json_t *ps_status_backends(struct ps_health *health);
/* What is counted of messages, lookups and policy requests. */
json_t *ps_status_counts(struct ps_daemon *daemon);
json_t *ps_status_dns(struct ps_daemon *daemon);
/* {"domains": 2, "list": [{"domain", "fault", "keys": [...]}]}; fault: why
 * nothing can be signed with them, or null. */
json_t *ps_status_keys(struct ps_daemon *daemon);

#endif
