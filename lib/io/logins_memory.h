/* logins_memory.h - what logins have lately sent from, and to. */
#ifndef PS_IO_LOGINS_MEMORY_H
#define PS_IO_LOGINS_MEMORY_H

#include "core/rules/rule_memory.h"
#include "core/text/ip.h"
#include "io/siphash.h"

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
/* ps_login_forgive(); nothing, if it is not known. */
void ps_logins_forgive(struct ps_logins *logins, struct ps_bytes login);

/* For logins_file.c: */
/* Different after each request that was noted. */
uint64_t ps_logins_noted(struct ps_logins *logins);
/* What addresses and recipients are hashed by; set while nothing is held. */
struct ps_siphash_key ps_logins_secret(struct ps_logins *logins);
void ps_logins_set_secret(struct ps_logins *logins,
			  const struct ps_siphash_key *secret);
typedef void ps_logins_row(void *ctx, struct ps_bytes name,
			   const struct ps_login_sketch *sketch);
/* Some of them, from 0 on; row must not wait for anything.  Where to go on; 0:
 * these were the last. */
size_t ps_logins_some(struct ps_logins *logins, size_t from, ps_logins_row *row,
		      void *ctx);
/* False: no memory, no room, or too long a name. */
bool ps_logins_put(struct ps_logins *logins, struct ps_bytes name,
		   const struct ps_login_sketch *sketch);

#endif
