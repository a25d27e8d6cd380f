/* login_sketch.c - what one login has lately sent from, and to. */

#include "core/rules/login_sketch.h"

#include <string.h>

#define HASHES 4 /* of a recipient; with 8 bits for each: 2.4 % are wrong */

/* As seen now; the one that was not for the longest time makes room. */
static void see(struct ps_login_seen *seen, unsigned int *count,
		unsigned int most, uint64_t what, uint32_t now)
{
	unsigned int i, oldest = 0;

	for (i = 0; i < *count; i++) {
		if (seen[i].what == what)
			break;
		if (seen[i].when < seen[oldest].when)
			oldest = i;
	}
	if (i == most)
		i = oldest;
	else if (i == *count)
		(*count)++;
	seen[i] = (struct ps_login_seen){ what, now };
}

static unsigned int count_seen(const struct ps_login_seen *seen,
			       unsigned int count, uint32_t now,
			       uint32_t seconds)
{
	unsigned int i, recent = 0;

	for (i = 0; i < count; i++)
		recent += now < seen[i].when || now - seen[i].when < seconds;
	return recent;
}

/* ---- recipients ---- */

static unsigned int bit_of(uint64_t what, unsigned int n)
{
	uint32_t step = (uint32_t)(what >> 32) | 1;

	return ((uint32_t)what + n * step) % PS_LOGIN_FILTER_BITS;
}

static bool holds(const unsigned char *filter, uint64_t what)
{
	unsigned int i, bit;

	for (i = 0; i < HASHES; i++) {
		bit = bit_of(what, i);
		if ((filter[bit / 8] & 1U << bit % 8) == 0)
			return false;
	}
	return true;
}

static void put(unsigned char *filter, uint64_t what)
{
	unsigned int i, bit;

	for (i = 0; i < HASHES; i++) {
		bit = bit_of(what, i);
		filter[bit / 8] |= (unsigned char)(1U << bit % 8);
	}
}

/* True: it was not known.  Now it is, and one that is used again stays so. */
static bool meet(struct ps_login_sketch *sketch, uint64_t what)
{
	bool known;

	if (holds(sketch->filter[sketch->current], what))
		return false;
	known = holds(sketch->filter[!sketch->current], what);
	if (sketch->filled == PS_LOGIN_RECIPIENTS) {
		sketch->current = !sketch->current;
		sketch->filled = 0;
		memset(sketch->filter[sketch->current], 0,
		       sizeof(sketch->filter[0]));
	}
	put(sketch->filter[sketch->current], what);
	sketch->filled++;
	return !known;
}

/* A clock that steps back counts in the newest slice. */
static void turn(struct ps_login_sketch *sketch, uint32_t now)
{
	uint32_t slice = now / PS_LOGIN_SLICE, i;

	if (slice <= sketch->slice_now)
		return;
	if (slice - sketch->slice_now >= PS_LOGIN_SLICES)
		memset(sketch->slice, 0, sizeof(sketch->slice));
	else
		for (i = sketch->slice_now + 1; i <= slice; i++)
			memset(&sketch->slice[i % PS_LOGIN_SLICES], 0,
			       sizeof(sketch->slice[0]));
	sketch->slice_now = slice;
}

static void note_recipient(struct ps_login_sketch *sketch,
			   const struct ps_login_event *event)
{
	uint32_t at;
	bool new;

	if (event->request != 0 && event->request == sketch->last)
		return; /* asked by another restriction */
	sketch->last = event->request;
	turn(sketch, event->now);
	at = sketch->slice_now % PS_LOGIN_SLICES;
	new = meet(sketch, event->recipient);
	if (sketch->slice[at].all == UINT16_MAX)
		return; /* 109 in a second: what the share is by now, it is */
	sketch->slice[at].all++;
	sketch->slice[at].new += new;
}

void ps_login_note(struct ps_login_sketch *sketch,
		   const struct ps_login_event *event)
{
	if (sketch->since == 0)
		sketch->since = event->now;
	if (event->now > sketch->newest)
		sketch->newest = event->now;
	if (event->address != 0)
		see(sketch->address, &sketch->addresses, PS_LOGIN_ADDRESSES_MAX,
		    event->address, event->now);
	if (event->country != 0)
		see(sketch->country, &sketch->countries, PS_LOGIN_COUNTRIES_MAX,
		    event->country, event->now);
	if (event->recipient != 0)
		note_recipient(sketch, event);
}

void ps_login_forgive(struct ps_login_sketch *sketch)
{
	sketch->addresses = sketch->countries = 0;
	memset(sketch->slice, 0, sizeof(sketch->slice));
}

void ps_login_count(const struct ps_login_sketch *sketch, uint32_t now,
		    uint32_t seconds, struct ps_login_counts *counts_r)
{
	uint32_t newest = now / PS_LOGIN_SLICE, back, i;

	if (seconds > PS_LOGIN_WINDOW_MAX)
		seconds = PS_LOGIN_WINDOW_MAX;
	*counts_r = (struct ps_login_counts){
		.addresses = count_seen(sketch->address, sketch->addresses, now,
					seconds),
		.countries = count_seen(sketch->country, sketch->countries, now,
					seconds),
		.is_watched = sketch->since != 0 && now >= sketch->since &&
			      now - sketch->since >= seconds,
	};
	/* The slice that runs, and those that reach into the window. */
	for (back = 0; back * PS_LOGIN_SLICE < seconds + PS_LOGIN_SLICE &&
		       back < PS_LOGIN_SLICES && back <= newest;
	     back++) {
		i = newest - back;
		if (i > sketch->slice_now ||
		    sketch->slice_now - i >= PS_LOGIN_SLICES)
			continue;
		counts_r->recipients += sketch->slice[i % PS_LOGIN_SLICES].all;
		counts_r->recipients_new +=
			sketch->slice[i % PS_LOGIN_SLICES].new;
	}
}
