/* login_sketch.h - what one login has lately sent from, and to; a few
 * kilobytes, whatever it sends.  No clock, no hash of its own. */
#ifndef PS_CORE_RULES_LOGIN_SKETCH_H
#define PS_CORE_RULES_LOGIN_SKETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PS_LOGIN_WINDOW_MAX    86400 /* seconds; ours */
#define PS_LOGIN_ADDRESSES_MAX 64    /* told apart; ours */
#define PS_LOGIN_COUNTRIES_MAX 32    /* told apart; ours */
/* Recipients are kept in two Bloom filters of 512 each: at least the last 512
 * are known, and of those never written to at most 5 in 100 seem to be. */
#define PS_LOGIN_RECIPIENTS    512
#define PS_LOGIN_FILTER_BITS   4096
#define PS_LOGIN_SLICE	       600 /* seconds; recipients are counted by it */
#define PS_LOGIN_SLICES	       (PS_LOGIN_WINDOW_MAX / PS_LOGIN_SLICE + 1)

struct ps_login_seen {
	uint64_t what;
	uint32_t when; /* the last time, seconds since 1970 */
};

/* All zero: nothing was noted.  For login_sketch.c and who keeps it in a file.
 */
struct ps_login_sketch {
	uint32_t since, newest; /* the first time, and the last */
	unsigned int addresses, countries;
	struct ps_login_seen address[PS_LOGIN_ADDRESSES_MAX];
	struct ps_login_seen country[PS_LOGIN_COUNTRIES_MAX];
	uint64_t last; /* the request and recipient noted last */
	unsigned int filled, current;
	unsigned char filter[2][PS_LOGIN_FILTER_BITS / 8];
	uint32_t slice_now; /* the newest one, counted from 1970 */
	struct {
		uint16_t all, new;
	} slice[PS_LOGIN_SLICES];
};

/* Hashes nobody outside can foresee; 0: there is none. */
struct ps_login_event {
	uint32_t now;
	uint64_t address, country;
	uint64_t recipient; /* asked for at RCPT */
	uint64_t request;   /* recipient and message: noted once in a row */
};

struct ps_login_counts {
	unsigned int addresses, countries; /* different ones */
	uint64_t recipients, recipients_new;
	bool is_watched; /* for as long as the window: "new" says something */
};

void ps_login_note(struct ps_login_sketch *sketch,
		   const struct ps_login_event *event);
/* Nothing was counted so far; whom it has written to, and for how long it has
 * been watched, stays known. */
void ps_login_forgive(struct ps_login_sketch *sketch);
/* Of the last seconds: addresses and countries exactly, up to their maximum;
 * recipients up to one PS_LOGIN_SLICE more. */
void ps_login_count(const struct ps_login_sketch *sketch, uint32_t now,
		    uint32_t seconds, struct ps_login_counts *counts_r);

#endif
