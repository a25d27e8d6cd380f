/* dmarc_record.c - the DMARC policy record (RFC 9989 sections 4.7, 4.8). */

#include "core/auth/dmarc_record.h"

#include "core/text/cursor.h"

/* The tags that judging needs. */
enum tag { ADKIM, ASPF, NP, P, PSD, RUA, SP, T, TAGS };

static const char *const names[TAGS] = {
	[ADKIM] = "adkim", [ASPF] = "aspf", [NP] = "np", [P] = "p",
	[PSD] = "psd",	   [RUA] = "rua",   [SP] = "sp", [T] = "t",
};

/* The next tag; false: what stands before the next semicolon is none. */
static bool take_tag(struct ps_cursor *cursor, struct ps_bytes *name_r,
		     struct ps_bytes *value_r)
{
	struct ps_cursor tag = ps_cursor_of(ps_cursor_until(cursor, ";"));

	(void)ps_cursor_skip(cursor, ';');
	*name_r = ps_bytes_trim(ps_cursor_until(&tag, "="));
	if (!ps_cursor_skip(&tag, '='))
		return false;
	*value_r = ps_bytes_trim(ps_cursor_rest(&tag));
	return true;
}

static void keep(struct ps_bytes name, struct ps_bytes value,
		 struct ps_bytes values[TAGS])
{
	size_t i;

	for (i = 0; i < TAGS; i++) {
		if (values[i].at == NULL &&
		    ps_bytes_equal(name, ps_bytes_of(names[i])))
			values[i] = value;
	}
}

static bool is_word(struct ps_bytes value, const char *word)
{
	return ps_bytes_equal_fold(value, ps_bytes_of(word));
}

/* True also when the tag is not there: *policy then stays. */
static bool read_policy(struct ps_bytes value, enum ps_dmarc_policy *policy)
{
	static const enum ps_dmarc_policy known[] = {
		PS_DMARC_POLICY_NONE,
		PS_DMARC_POLICY_QUARANTINE,
		PS_DMARC_POLICY_REJECT,
	};
	size_t i;

	if (value.at == NULL)
		return true;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (is_word(value, ps_dmarc_policy_name(known[i]))) {
			*policy = known[i];
			return true;
		}
	}
	return false;
}

/* RFC 3986 3.1: a scheme, a colon, and something behind it that is printable;
 * of a mailto, an address. */
static bool is_uri(struct ps_bytes uri)
{
	struct ps_cursor cursor = ps_cursor_of(uri);
	struct ps_bytes scheme = ps_cursor_until(&cursor, ":");
	struct ps_bytes rest;
	size_t i;

	if (scheme.len == 0 || !ps_ascii_alpha(scheme.at[0]) ||
	    !ps_cursor_skip(&cursor, ':') || ps_cursor_done(&cursor))
		return false;
	for (i = 0; i < uri.len; i++) {
		if (uri.at[i] <= ' ' || uri.at[i] > '~')
			return false;
	}
	rest = ps_cursor_rest(&cursor);
	return !is_word(scheme, "mailto") || ps_bytes_find(rest, '@') != NULL;
}

static bool has_uri(struct ps_bytes list)
{
	struct ps_cursor cursor = ps_cursor_of(list);

	while (!ps_cursor_done(&cursor)) {
		if (is_uri(ps_bytes_trim(ps_cursor_until(&cursor, ","))))
			return true;
		(void)ps_cursor_skip(&cursor, ',');
	}
	return false;
}

/* 4.10.1 */
static void read_policies(const struct ps_bytes values[TAGS],
			  struct ps_dmarc_record *record)
{
	record->usable =
		values[P].at != NULL && read_policy(values[P], &record->p);
	record->sp = record->p;
	record->usable = read_policy(values[SP], &record->sp) && record->usable;
	record->np = record->sp;
	record->usable = read_policy(values[NP], &record->np) && record->usable;
	if (record->usable)
		return;
	record->p = record->sp = record->np = PS_DMARC_POLICY_NONE;
	record->usable = has_uri(values[RUA]);
}

bool ps_dmarc_record_parse(struct ps_bytes text,
			   struct ps_dmarc_record *record_r)
{
	struct ps_cursor cursor = ps_cursor_of(text);
	struct ps_bytes name, value, values[TAGS] = { { 0 } };

	*record_r = (struct ps_dmarc_record){ 0 };
	if (!take_tag(&cursor, &name, &value) ||
	    !ps_bytes_equal(name, PS_BYTES("v")) ||
	    !ps_bytes_equal(value, PS_BYTES("DMARC1")))
		return false;
	while (!ps_cursor_done(&cursor)) {
		if (take_tag(&cursor, &name, &value))
			keep(name, value, values);
	}
	read_policies(values, record_r);
	if (is_word(values[PSD], "y"))
		record_r->psd = PS_DMARC_PSD_YES;
	else if (is_word(values[PSD], "n"))
		record_r->psd = PS_DMARC_PSD_NO;
	record_r->testing = is_word(values[T], "y");
	record_r->adkim_strict = is_word(values[ADKIM], "s");
	record_r->aspf_strict = is_word(values[ASPF], "s");
	return true;
}
