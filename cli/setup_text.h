/* setup_text.h - lines of main.cf and master.cf, and the lists in them. */
#ifndef PS_CLI_SETUP_TEXT_H
#define PS_CLI_SETUP_TEXT_H

#include "core/text/cursor.h"

/* Whole lines of a text, from the octet at. */
struct ps_span {
	size_t at, len;
};

/*
 * A logical line as postconf(5) and master(5) read it: one that does not begin
 * with white space, and what goes on behind it.  Comments and empty lines do
 * not end it; those behind its last line are not part of it.
 */
struct ps_logical {
	struct ps_span lines;
	struct ps_bytes first; /* its first line, without the line end */
};
/* The next one from *at on, which it moves.  False: there is none. */
bool ps_logical_next(struct ps_bytes text, size_t *at,
		     struct ps_logical *logical_r);

/* How often main.cf sets it; *span_r: the last time, which counts. */
size_t ps_main_find(struct ps_bytes text, struct ps_bytes name,
		    struct ps_span *span_r);
/* How many entries of master.cf are of that name and type ("smtp", "inet"). */
size_t ps_master_find(struct ps_bytes text, struct ps_bytes name,
		      struct ps_bytes type, struct ps_span *span_r);
/* In that entry: physical lines that hold this option and nothing else. */
size_t ps_master_find_option(struct ps_bytes text, struct ps_span entry,
			     struct ps_bytes option, struct ps_span *span_r);

/* The next item of a list: between blanks and commas, { } kept together (as
 * smtpd_milters takes it).  False: no more, or a brace without its partner. */
bool ps_list_next(struct ps_cursor *list, struct ps_bytes *item_r);
/* Of a milter: "unix:x" of both that and "{ unix:x, default_action=tempfail }".
 */
struct ps_bytes ps_milter_address(struct ps_bytes item);
/* false: the braces do not match. */
bool ps_list_is_whole(struct ps_bytes list);
/* Is it one of the items (of milters: is it the address of one)? */
bool ps_list_has(struct ps_bytes list, struct ps_bytes item);

#endif
