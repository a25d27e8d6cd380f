/* setup_diff.c - two versions of a file as diff -u shows them. */

#include "cli/setup_diff.h"

#include <stdlib.h>

#define CONTEXT 3  /* lines around a change */
#define AHEAD	60 /* lines tried, to find where both agree again; ours */
#define AGREE	2  /* lines that do, unless the texts end; ours */

struct lines {
	struct ps_bytes *at; /* without LF */
	size_t count;
	bool unended; /* the last has none */
};

/* A run of lines that both have, or only one of them. */
struct run {
	size_t before, after; /* where it begins */
	size_t removed, added;
};

static bool split(struct ps_bytes text, struct lines *lines_r)
{
	size_t i, count = 1, from = 0;

	for (i = 0; i < text.len; i++)
		count += text.at[i] == '\n';
	*lines_r = (struct lines){ .at = malloc(count * sizeof(text)) };
	if (lines_r->at == NULL)
		return false;
	for (i = 0; i <= text.len; i++) {
		if (i < text.len ? text.at[i] != '\n' : i == from)
			continue;
		lines_r->unended = i == text.len;
		lines_r->at[lines_r->count++] =
			(struct ps_bytes){ text.at + from, i - from };
		from = i + 1;
	}
	return true;
}

/* Also by whether they end. */
static bool same(const struct lines *a, size_t i, const struct lines *b,
		 size_t k)
{
	bool a_ends = !a->unended || i + 1 < a->count;
	bool b_ends = !b->unended || k + 1 < b->count;

	return a_ends == b_ends && ps_bytes_equal(a->at[i], b->at[k]);
}

static bool agree(const struct lines *a, size_t i, const struct lines *b,
		  size_t k)
{
	for (size_t n = 0; n < AGREE; n++) {
		if (i + n == a->count || k + n == b->count)
			return i + n == a->count && k + n == b->count;
		if (!same(a, i + n, b, k + n))
			return false;
	}
	return true;
}

/* How many lines of each are to go until both agree: the fewest. */
static void measure(const struct lines *a, const struct lines *b,
		    struct run *run)
{
	size_t left = a->count - run->before, right = b->count - run->after;
	size_t sum, n;

	for (sum = 1; sum <= AHEAD; sum++) {
		for (n = 0; n <= sum; n++) {
			if (n > left || sum - n > right ||
			    !agree(a, run->before + n, b, run->after + sum - n))
				continue;
			run->removed = n;
			run->added = sum - n;
			return;
		}
	}
	run->removed = left;
	run->added = right;
}

/* The next change from run's end on.  False: none. */
static bool next_run(const struct lines *a, const struct lines *b,
		     struct run *run)
{
	run->before += run->removed;
	run->after += run->added;
	run->removed = run->added = 0;
	while (run->before < a->count && run->after < b->count &&
	       same(a, run->before, b, run->after)) {
		run->before++;
		run->after++;
	}
	if (run->before == a->count && run->after == b->count)
		return false;
	measure(a, b, run);
	return true;
}

static void put_lines(struct ps_buffer *diff, char mark,
		      const struct lines *lines, size_t from, size_t count)
{
	for (size_t i = from; i < from + count; i++) {
		ps_buffer_char(diff, mark);
		ps_buffer_bytes(diff, lines->at[i]);
		ps_buffer_char(diff, '\n');
		if (lines->unended && i + 1 == lines->count)
			ps_buffer_text(diff, "\\ No newline at end of file\n");
	}
}

static void put_range(struct ps_buffer *diff, char mark, size_t from,
		      size_t count)
{
	ps_buffer_char(diff, mark);
	/* As diff(1): the line before, where there is none in the range. */
	ps_buffer_number(diff, count == 0 ? from : from + 1);
	if (count == 1)
		return;
	ps_buffer_char(diff, ',');
	ps_buffer_number(diff, count);
}

/* A hunk: changes with at most two contexts between them.  run: the first, and
 * then the first that is not in it.  False: there is none. */
static bool put_hunk(struct ps_buffer *diff, const struct lines *a,
		     const struct lines *b, struct run *run)
{
	struct run first = *run, last = *run, next = *run;
	size_t lead = first.before < CONTEXT ? first.before : CONTEXT;
	size_t tail, from;
	bool more;

	while ((more = next_run(a, b, &next)) &&
	       next.before - (last.before + last.removed) <= 2 * CONTEXT)
		last = next;
	from = last.before + last.removed;
	tail = a->count - from < CONTEXT ? a->count - from : CONTEXT;
	ps_buffer_text(diff, "@@ ");
	put_range(diff, '-', first.before - lead,
		  from + tail - (first.before - lead));
	ps_buffer_char(diff, ' ');
	put_range(diff, '+', first.after - lead,
		  last.after + last.added + tail - (first.after - lead));
	ps_buffer_text(diff, " @@\n");
	put_lines(diff, ' ', a, first.before - lead, lead);
	for (;;) {
		put_lines(diff, '-', a, first.before, first.removed);
		put_lines(diff, '+', b, first.after, first.added);
		from = first.before + first.removed;
		if (first.before == last.before && first.after == last.after)
			break;
		(void)next_run(a, b, &first);
		put_lines(diff, ' ', a, from, first.before - from);
	}
	put_lines(diff, ' ', a, from, tail);
	*run = next;
	return more;
}

void ps_setup_diff(const char *name, struct ps_bytes before,
		   struct ps_bytes after, struct ps_buffer *diff_r)
{
	struct lines a = { 0 }, b = { 0 };
	struct run run = { 0 };
	bool more;

	if (!split(before, &a) || !split(after, &b)) {
		diff_r->failed = true;
	} else if (next_run(&a, &b, &run)) {
		ps_buffer_text(diff_r, "--- ");
		ps_buffer_text(diff_r, name);
		ps_buffer_text(diff_r, "\n+++ ");
		ps_buffer_text(diff_r, name);
		ps_buffer_char(diff_r, '\n');
		do
			more = put_hunk(diff_r, &a, &b, &run);
		while (more);
	}
	free(a.at);
	free(b.at);
}
