/* counters_script.h - one count as Redis does it: the script, its words. */
#ifndef PS_IO_COUNTERS_SCRIPT_H
#define PS_IO_COUNTERS_SCRIPT_H

#include "core/rules/rule_port.h"
#include "core/rules/rule_window.h"
#include "core/text/buffer.h"

#include <hiredis.h>

#define PS_COUNTERS_SHA_SIZE 41	  /* of SHA-1 in hex, with its NUL */
#define PS_COUNTERS_NAME_MAX 400  /* octets of a key behind the prefix; ours */
#define PS_COUNTERS_TEXT_MAX 1024 /* of all of it; ours */

/*
 * PREFIX:MODE:RULE:KEY, mode "f" or "s"; in rule and key all but letters,
 * digits and "@._-+=" as %XX.  Where that is longer than PS_COUNTERS_NAME_MAX,
 * "sha256-" and its digits are in the place of RULE:KEY.  The value: "START
 * COUNT BEFORE RESET", as in struct ps_window; reset: what hosts hold from
 * before is not taken.  It expires a minute after its window.
 */
void ps_counters_name(const char *prefix, enum ps_window_mode mode,
		      struct ps_bytes rule, struct ps_bytes key,
		      struct ps_buffer *out);
/* By this name Redis knows the script once it has run it. */
bool ps_counters_script_sha(char sha_r[PS_COUNTERS_SHA_SIZE]);

struct ps_counters_question {
	const char *sha; /* NULL: with the whole script */
	const char *prefix;
	enum ps_window_mode mode;
	/* Numbers above 2^53 (Lua's) are taken as that. */
	const struct ps_rule_count *count;
	/* What this host holds of the key; all zero: nothing.  Where it is more
	 * than Redis has of the same window (Redis has lost it, or this host
	 * has counted alone), it counts. */
	struct ps_window held;
};

/* Octets of the longest command, with the whole script; ours. */
#define PS_COUNTERS_COMMAND_MAX 8192
/* Appends the command, in Redis's protocol. */
void ps_counters_ask(const struct ps_counters_question *question,
		     struct ps_buffer *out);
/* Nothing was counted of (rule, key), by any host.  amount and max: not used.
 */
void ps_counters_ask_reset(const struct ps_counters_question *question,
			   struct ps_buffer *out);

/* False: it is no answer of the script. */
bool ps_counters_read(const redisReply *reply, uint64_t *sum_r,
		      struct ps_window *window_r);

/* What a reply that is an error means. */
enum ps_counters_error {
	PS_COUNTERS_NO_SCRIPT, /* to be asked with the whole script */
	PS_COUNTERS_BAD_KEY,   /* somebody else's */
	PS_COUNTERS_BAD_SERVER
};
enum ps_counters_error ps_counters_error_of(const char *text);

#endif
