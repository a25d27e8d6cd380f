/* logins_memory.h - what logins have lately sent from, and to, kept by this
 * process; it begins anew with each start. */
#ifndef PS_IO_LOGINS_MEMORY_H
#define PS_IO_LOGINS_MEMORY_H

#include "core/rules/rule_memory.h"
#include "core/text/ip.h"

#define PS_LOGIN_TEXT_MAX                                                      \
	256 /* octets of a login; longer ones: not kept; ours */

/* Safe in any thread. */
struct ps_logins;

/* In which country an address is, as two letters; at NULL: not known. */
struct ps_countries {
	struct ps_bytes (*find)(void *ctx, const struct ps_ip *ip);
	void *ctx;
};

/* Keeps at most max logins of some 3 KB each; the one that was noted longest
 * ago makes room.  countries: borrowed, NULL: none is known.  0, or -1: no
 * memory, or no randomness. */
int ps_logins_new(size_t max, const struct ps_countries *countries,
		  struct ps_logins **logins_r);
void ps_logins_free(struct ps_logins **logins);
/* For rules; lives as long as logins. */
struct ps_rule_logins ps_logins_port(struct ps_logins *logins);
size_t ps_logins_held(struct ps_logins *logins);

#endif
