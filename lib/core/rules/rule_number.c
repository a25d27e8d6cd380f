/* rule_number.c - numbers as the rule language reads and writes them. */

#include "core/rules/rule_number.h"

#include "core/text/cursor.h"

#include <stdio.h>
#include <string.h>

#define EXPONENT_MAX 400 /* beyond every double */

static double digits(struct ps_cursor *cursor)
{
	double number = 0;

	while (ps_ascii_digit((char)ps_cursor_peek(cursor)))
		number = number * 10 + (ps_cursor_next(cursor) - '0');
	return number;
}

/* The fraction as one division: 0.1 must be the nearest double to it. */
static double with_fraction(struct ps_cursor *cursor, double number)
{
	double scale = 1;

	if (!ps_cursor_skip(cursor, '.'))
		return number;
	while (ps_ascii_digit((char)ps_cursor_peek(cursor))) {
		int digit = ps_cursor_next(cursor) - '0';

		if (scale >= 1e17)
			continue;
		number = number * 10 + digit;
		scale *= 10;
	}
	return number / scale;
}

static double with_exponent(struct ps_cursor cursor, double number)
{
	bool negative;
	int exponent = 0;

	if (!ps_cursor_skip(&cursor, 'e') && !ps_cursor_skip(&cursor, 'E'))
		return number;
	negative = ps_cursor_skip(&cursor, '-');
	if (!negative)
		(void)ps_cursor_skip(&cursor, '+');
	while (ps_ascii_digit((char)ps_cursor_peek(&cursor))) {
		exponent = exponent * 10 + (ps_cursor_next(&cursor) - '0');
		if (exponent > EXPONENT_MAX)
			exponent = EXPONENT_MAX;
	}
	for (; exponent > 0; exponent--)
		number = negative ? number / 10 : number * 10;
	return number;
}

double ps_rule_number(struct ps_bytes text)
{
	struct ps_cursor cursor = ps_cursor_of(text);
	bool negative;
	double number;

	ps_cursor_skip_space(&cursor);
	negative = ps_cursor_skip(&cursor, '-');
	if (!negative)
		(void)ps_cursor_skip(&cursor, '+');
	number = with_fraction(&cursor, digits(&cursor));
	number = with_exponent(cursor, number);
	return negative ? -number : number;
}

bool ps_rule_is_number(struct ps_bytes text)
{
	static const char set[] = "0123456789";
	struct ps_cursor cursor = ps_cursor_of(text);

	(void)ps_cursor_skip(&cursor, '-');
	if (ps_cursor_take(&cursor, set).len == 0)
		return false;
	if (ps_cursor_skip(&cursor, '.') &&
	    ps_cursor_take(&cursor, set).len == 0)
		return false;
	return ps_cursor_done(&cursor);
}

void ps_rule_number_format(double number, char text_r[PS_RULE_NUMBER_MAX])
{
	snprintf(text_r, PS_RULE_NUMBER_MAX, "%.15g", number);
}

void ps_rule_score_format(double number, char text_r[PS_RULE_NUMBER_MAX])
{
	char *at;

	ps_rule_number_format(number, text_r);
	at = text_r + (text_r[0] == '-');
	at += strspn(at, "0123456789");
	if (at[0] == '.' && ps_ascii_digit(at[1])) {
		at += ps_ascii_digit(at[2]) ? 3 : 2;
		*at = '\0';
		return;
	}
	snprintf(at, PS_RULE_NUMBER_MAX - (size_t)(at - text_r), ".0");
}
