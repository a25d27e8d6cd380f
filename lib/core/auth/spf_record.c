/* spf_record.c - one SPF record (RFC 7208 section 12). */

#include "core/auth/spf_record.h"

#include "core/auth/spf_macro.h"
#include "core/text/cursor.h"

#include <string.h>

#define ALPHANUM                                                               \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* What may stand behind a mechanism's name. */
enum argument { ARG_NONE, ARG_SPEC, ARG_MAY_SPEC, ARG_NETWORK };

static const struct {
	struct ps_bytes name;
	enum ps_spf_mechanism mechanism;
	enum argument argument;
	bool dual_cidr;
} mechanisms[] = {
	{ PS_BYTES("all"), PS_SPF_ALL, ARG_NONE, false },
	{ PS_BYTES("include"), PS_SPF_INCLUDE, ARG_SPEC, false },
	{ PS_BYTES("a"), PS_SPF_A, ARG_MAY_SPEC, true },
	{ PS_BYTES("mx"), PS_SPF_MX, ARG_MAY_SPEC, true },
	{ PS_BYTES("ptr"), PS_SPF_PTR, ARG_MAY_SPEC, false },
	{ PS_BYTES("ip4"), PS_SPF_IP4, ARG_NETWORK, false },
	{ PS_BYTES("ip6"), PS_SPF_IP6, ARG_NETWORK, false },
	{ PS_BYTES("exists"), PS_SPF_EXISTS, ARG_SPEC, false },
};

bool ps_spf_record_is(struct ps_bytes text)
{
	return ps_bytes_starts_fold(text, PS_BYTES("v=spf1")) &&
	       (text.len == 6 || text.at[6] == ' ');
}

/* "0" or digits that do not begin with it. */
static bool read_prefix(struct ps_bytes digits, unsigned int max,
			unsigned int *prefix_r)
{
	unsigned long long number;

	if (digits.len > 1 && digits.at[0] == '0')
		return false;
	if (!ps_ascii_number(digits, max, &number))
		return false;
	*prefix_r = (unsigned int)number;
	return true;
}

/* The digits behind the last slash, taken off together with it. */
static bool take_slash(struct ps_bytes *text, struct ps_bytes *digits_r)
{
	size_t i = text->len;

	while (i > 0 && ps_ascii_digit(text->at[i - 1]))
		i--;
	if (i == 0 || text->at[i - 1] != '/' || i == text->len)
		return false;
	*digits_r = (struct ps_bytes){ text->at + i, text->len - i };
	text->len = i - 1;
	return true;
}

/*
 * [ "/" ip4-cidr ] [ "//" ip6-cidr ] at the end of *text, taken off: a
 * domain-spec cannot end so, but may hold slashes.
 */
static bool take_dual_cidr(struct ps_bytes *text, struct ps_spf_term *term)
{
	struct ps_bytes digits;

	if (!take_slash(text, &digits))
		return true;
	if (text->len > 0 && text->at[text->len - 1] == '/') {
		text->len--;
		if (!read_prefix(digits, 128, &term->prefix6))
			return false;
		if (!take_slash(text, &digits))
			return true;
	}
	return read_prefix(digits, 32, &term->prefix4);
}

static bool read_network(struct ps_bytes text, struct ps_spf_term *term)
{
	bool v4 = term->mechanism == PS_SPF_IP4;
	unsigned int bits = v4 ? 32 : 128;
	char address[PS_IP_TEXT_MAX];
	struct ps_bytes digits;

	if (take_slash(&text, &digits) &&
	    !read_prefix(digits, bits, v4 ? &term->prefix4 : &term->prefix6))
		return false;
	return ps_bytes_copy(text, address, sizeof(address)) &&
	       ps_ip_parse_exact(address, &term->net) && term->net.bits == bits;
}

static enum ps_spf_result read_qualifier(struct ps_cursor *cursor)
{
	if (ps_cursor_skip(cursor, '-'))
		return PS_SPF_FAIL;
	if (ps_cursor_skip(cursor, '~'))
		return PS_SPF_SOFTFAIL;
	if (ps_cursor_skip(cursor, '?'))
		return PS_SPF_NEUTRAL;
	(void)ps_cursor_skip(cursor, '+');
	return PS_SPF_PASS;
}

/* Behind the mechanism's name and its prefixes: nothing, or ":" and more. */
static bool read_argument(struct ps_cursor *cursor, enum argument argument,
			  struct ps_spf_term *term)
{
	if (ps_cursor_done(cursor))
		return argument == ARG_NONE || argument == ARG_MAY_SPEC;
	if (!ps_cursor_skip(cursor, ':'))
		return false;
	switch (argument) {
	case ARG_NONE:
		return false;
	case ARG_NETWORK:
		return read_network(ps_cursor_rest(cursor), term);
	case ARG_SPEC:
	case ARG_MAY_SPEC:
		break;
	}
	term->spec = ps_cursor_rest(cursor);
	return ps_spf_macro_valid(term->spec, PS_SPF_IN_NAME);
}

static bool parse_directive(struct ps_bytes text, struct ps_spf_term *term_r)
{
	struct ps_cursor cursor = ps_cursor_of(text);
	struct ps_bytes name, rest;
	size_t i;

	*term_r = (struct ps_spf_term){ .prefix4 = 32,
					.prefix6 = 128,
					.text = text };
	term_r->result = read_qualifier(&cursor);
	name = ps_cursor_take(&cursor, ALPHANUM);
	for (i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++) {
		if (!ps_bytes_equal_fold(name, mechanisms[i].name))
			continue;
		term_r->mechanism = mechanisms[i].mechanism;
		rest = ps_cursor_rest(&cursor);
		if (mechanisms[i].dual_cidr && !take_dual_cidr(&rest, term_r))
			return false;
		cursor = ps_cursor_of(rest);
		return read_argument(&cursor, mechanisms[i].argument, term_r);
	}
	return false;
}

/*
 * name "=" (12).  ":" and "/" are in no name, so that no directive is taken
 * for a modifier.
 */
static bool split_modifier(struct ps_bytes text, struct ps_bytes *name_r,
			   struct ps_bytes *value_r)
{
	struct ps_cursor cursor = ps_cursor_of(text);

	*name_r = ps_cursor_take(&cursor, ALPHANUM "-_.");
	if (!ps_cursor_skip(&cursor, '='))
		return false;
	*value_r = ps_cursor_rest(&cursor);
	return name_r->len > 0 && ps_ascii_alpha(name_r->at[0]);
}

/* Static text about what is wrong; NULL: nothing. */
static const char *parse_modifier(struct ps_bytes name, struct ps_bytes value,
				  struct ps_spf_record *record)
{
	struct ps_bytes *known;

	if (ps_bytes_equal_fold(name, PS_BYTES("redirect")))
		known = &record->redirect;
	else if (ps_bytes_equal_fold(name, PS_BYTES("exp")))
		known = &record->exp;
	else
		return ps_spf_macro_valid(value, PS_SPF_IN_MODIFIER)
			       ? NULL
			       : "syntax error";
	/* Section 6: "MUST NOT appear in a record more than once each" */
	if (known->at != NULL)
		return "modifier twice";
	*known = value;
	return ps_spf_macro_valid(value, PS_SPF_IN_NAME) ? NULL
							 : "syntax error";
}

/* The next run of octets between spaces; empty at the end. */
static struct ps_bytes next_word(struct ps_bytes *rest)
{
	struct ps_cursor cursor = ps_cursor_of(*rest);
	struct ps_bytes word;

	(void)ps_cursor_take(&cursor, " ");
	word = ps_cursor_until(&cursor, " ");
	*rest = ps_cursor_rest(&cursor);
	return word;
}

bool ps_spf_record_parse(struct ps_bytes text, struct ps_spf_record *record_r,
			 const char **error_r, struct ps_bytes *where_r)
{
	struct ps_bytes rest, name, value;
	struct ps_spf_term term;

	*record_r = (struct ps_spf_record){ .terms = PS_BYTES("") };
	*where_r = PS_BYTES("");
	*error_r = "record too long";
	if (text.len > PS_SPF_RECORD_MAX)
		return false;
	*error_r = "no version";
	if (!ps_spf_record_is(text))
		return false;
	rest = (struct ps_bytes){ text.at + 6, text.len - 6 };
	record_r->terms = rest;
	while ((*where_r = next_word(&rest)).len > 0) {
		*error_r = NULL;
		if (split_modifier(*where_r, &name, &value))
			*error_r = parse_modifier(name, value, record_r);
		else if (!parse_directive(*where_r, &term))
			*error_r = "syntax error";
		if (*error_r != NULL)
			return false;
	}
	*error_r = NULL;
	return true;
}

bool ps_spf_record_next(struct ps_bytes *rest, struct ps_spf_term *term_r)
{
	struct ps_bytes word, name, value;

	while ((word = next_word(rest)).len > 0) {
		if (!split_modifier(word, &name, &value))
			return parse_directive(word, term_r);
	}
	return false;
}
