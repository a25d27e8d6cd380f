/* policy_request.h - one request of Postfix's policy protocol, read.  Follows
 * SMTPD_POLICY_README: lines "name=value" in any order, then an empty line. */
#ifndef PS_CORE_RULES_POLICY_REQUEST_H
#define PS_CORE_RULES_POLICY_REQUEST_H

#include "core/rules/rule_port.h"
#include "core/text/cursor.h"

/* Postfix sends some 31 attributes; the longest come from lines of SMTP, of
 * which it takes 2,048 octets (postconf(5), line_length_limit).  Ours. */
#define PS_POLICY_ATTRIBUTES_MAX 100
#define PS_POLICY_OCTETS_MAX	 32768 /* with the empty line */

struct ps_policy_attribute {
	struct ps_bytes name, value; /* slices of what was read */
};

struct ps_policy_request {
	size_t count;
	struct ps_policy_attribute at[PS_POLICY_ATTRIBUTES_MAX];
};

enum ps_policy_read {
	PS_POLICY_PART, /* so far right, but the end is missing */
	PS_POLICY_WHOLE,
	PS_POLICY_LONG, /* too many octets or attributes */
	PS_POLICY_BAD /* a line without name and "=", NUL, or no line at all */
};

/*
 * WHOLE: request_r lives as long as the text that cursor reads, and the cursor
 * stands behind the empty line.  Else request_r is empty and the cursor has not
 * moved; after LONG and BAD nothing that follows can be understood.
 */
enum ps_policy_read ps_policy_read(struct ps_cursor *cursor,
				   struct ps_policy_request *request_r);
/* Its value, perhaps empty; at is NULL: it was not sent.  Names are as they
 * are, upper and lower case differ; of one that is sent twice, the last. */
struct ps_bytes ps_policy_get(const struct ps_policy_request *request,
			      struct ps_bytes name);
/* The same for a rule file.  request: borrowed. */
struct ps_rule_request ps_policy_port(const struct ps_policy_request *request);

#endif
