/* rule_window.c - the arithmetic of a rate's window. */

#include "core/rules/rule_window.h"

#include <stddef.h>

static uint64_t add(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static bool is_empty(const struct ps_window *window)
{
	return window->start == 0 && window->count == 0 && window->before == 0;
}

static bool add_fixed(struct ps_window *window, uint64_t now, uint32_t seconds,
		      uint64_t amount, uint64_t max, uint64_t *sum_r)
{
	bool first = is_empty(window) || now > add(window->start, seconds) ||
		     window->start > add(now, seconds);

	if (first)
		*window = (struct ps_window){ .start = now };
	*sum_r = add(window->count, amount);
	if (first || *sum_r <= max)
		window->count = *sum_r;
	return *sum_r <= max;
}

/* The share of the window before that still counts at now. */
static uint64_t weighed(const struct ps_window *window, uint64_t now,
			uint32_t seconds)
{
	uint64_t passed = now > window->start ? now - window->start : 0;
	uint64_t left, whole, rest;

	if (passed >= seconds)
		return 0;
	left = seconds - passed;
	whole = window->before / seconds * left;
	rest = window->before % seconds * left;
	return add(whole, (rest + seconds - 1) / seconds);
}

static void slide(struct ps_window *window, uint64_t now, uint32_t seconds)
{
	if (is_empty(window) || now >= add(window->start, 2ULL * seconds) ||
	    window->start > add(now, 2ULL * seconds)) {
		*window = (struct ps_window){ .start = now };
		return;
	}
	if (now < add(window->start, seconds))
		return;
	window->start += seconds;
	window->before = window->count;
	window->count = 0;
}

static bool add_sliding(struct ps_window *window, uint64_t now,
			uint32_t seconds, uint64_t amount, uint64_t max,
			uint64_t *sum_r)
{
	slide(window, now, seconds);
	*sum_r = add(add(weighed(window, now, seconds), window->count), amount);
	if (*sum_r > max)
		return false;
	window->count = add(window->count, amount);
	return true;
}

bool ps_window_add(struct ps_window *window, enum ps_window_mode mode,
		   uint64_t now, uint32_t seconds, uint64_t amount,
		   uint64_t max, uint64_t *sum_r)
{
	switch (mode) {
	case PS_WINDOW_FIXED:
		return add_fixed(window, now, seconds, amount, max, sum_r);
	case PS_WINDOW_SLIDING:
		break;
	}
	return add_sliding(window, now, seconds == 0 ? 1 : seconds, amount, max,
			   sum_r);
}

bool ps_window_over(const struct ps_window *window, enum ps_window_mode mode,
		    uint64_t now, uint32_t seconds)
{
	if (is_empty(window))
		return true;
	if (mode == PS_WINDOW_FIXED)
		return now > add(window->start, seconds);
	return now >= add(window->start, 2ULL * seconds);
}
