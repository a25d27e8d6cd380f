/* record.h - one line of named values for programs to read, of any octets. */
#ifndef PS_CORE_TEXT_RECORD_H
#define PS_CORE_TEXT_RECORD_H

#include "core/text/bytes.h"

enum ps_record_form {
	/*
	 * name=value name="a value", a blank between them.  In quotes is what
	 * is empty or holds anything but printable ASCII without blank, quote,
	 * backslash and "=".  In quotes, quote and backslash have a backslash
	 * in front, and octets that are no printable ASCII are \xNN.  A list
	 * has commas; one inside a value of it is \x2c.
	 */
	PS_RECORD_PAIRS,
	/*
	 * One object (RFC 8259) of texts, numbers and arrays of texts, all of
	 * it printable ASCII.  Octets that are no UTF-8 are the four characters
	 * \xNN of a text (so is a control character of C1).
	 */
	PS_RECORD_JSON
};

#define PS_RECORD_MAX 1990 /* octets of the line: what log.h shows whole */

/*
 * What does not fit, into the value's own bound or the line, is cut between two
 * characters and ends with "..."; what comes behind a full line is left out.
 * Either way the line ends with cut=yes ("cut":true), and is complete by the
 * rules of its form.  Without pointers of its own: nothing is to be freed.
 */
struct ps_record {
	enum ps_record_form form;
	size_t len;
	bool cut;
	char text[PS_RECORD_MAX + 1];
};

void ps_record_begin(struct ps_record *record, enum ps_record_form form);
/* What stands before the pairs, ended by ": "; in JSON a value of that name. */
void ps_record_head(struct ps_record *record, const char *name,
		    struct ps_bytes value, size_t max);
/* name: letters, digits and "_".  max: octets of value as it is written. */
void ps_record_text(struct ps_record *record, const char *name,
		    struct ps_bytes value, size_t max);
void ps_record_number(struct ps_record *record, const char *name,
		      unsigned long long number);
/* max: of each value. */
void ps_record_list(struct ps_record *record, const char *name,
		    const struct ps_bytes *value, size_t count, size_t max);
/* The line; the record's. */
const char *ps_record_end(struct ps_record *record);

#endif
