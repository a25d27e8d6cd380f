/* rule_net.h - networks in a rule file. */
#ifndef PS_CORE_RULES_RULE_NET_H
#define PS_CORE_RULES_RULE_NET_H

#include "core/rules/rule_build.h"
#include "core/text/ip.h"

enum ps_rule_net_how {
	PS_NET_NONE,	/* matches no address */
	PS_NET_ALL,	/* strict 0.0.0.0/0: whatever is not empty */
	PS_NET_NETWORK, /* addresses in net */
	PS_NET_TEXT	/* strict, an IPv6 address: by the text */
};

struct ps_rule_net {
	enum ps_rule_net_how how;
	struct ps_net net;
};

/* What the original does not understand is said, and matches nothing. */
void ps_rule_net_new(struct ps_rule_build *build, struct ps_bytes text,
		     struct ps_rule_net *net_r);
/* An address as Postfix sends it.  strict: dotted quads only. */
bool ps_rule_net_address(struct ps_bytes text, bool strict, struct ps_ip *ip_r);

#endif
