/* dmarc_record.c - the DMARC policy record (RFC 9989 4.7, 4.8; RFC 7489 6.3).
 */

#include "core/auth/dmarc_record.h"

#include "core/text/cursor.h"

/* The tags that judging needs. */
enum tag { ADKIM, ASPF, NP, P, PCT, PSD, RUA, SP, T, TAGS };

static const struct {
	const char *name;
	bool rfc9989, rfc7489; /* who knows it */
} tags[TAGS] = {
	[ADKIM] = { "adkim", true, true }, [ASPF] = { "aspf", true, true },
	[NP] = { "np", true, false },	   [P] = { "p", true, true },
	[PCT] = { "pct", false, true },	   [PSD] = { "psd", true, false },
	[RUA] = { "rua", true, true },	   [SP] = { "sp", true, true },
	[T] = { "t", true, false },
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

static bool is_named(struct ps_bytes name, const char *wanted,
		     enum ps_dmarc_standard standard)
{
	switch (standard) {
	case PS_DMARC_RFC9989: /* RFC 6376 3.2, by 4.7 */
		return ps_bytes_equal(name, ps_bytes_of(wanted));
	case PS_DMARC_RFC7489: /* 6.4, as ABNF has its strings */
		return ps_bytes_equal_fold(name, ps_bytes_of(wanted));
	}
	return false;
}

static void keep(struct ps_bytes name, struct ps_bytes value,
		 enum ps_dmarc_standard standard, struct ps_bytes values[TAGS])
{
	bool old = standard == PS_DMARC_RFC7489;
	size_t i;

	for (i = 0; i < TAGS; i++) {
		if (values[i].at == NULL &&
		    (old ? tags[i].rfc7489 : tags[i].rfc9989) &&
		    is_named(name, tags[i].name, standard))
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

static unsigned int read_pct(struct ps_bytes value)
{
	unsigned long long pct;

	return value.at != NULL && ps_ascii_number(value, 100, &pct)
		       ? (unsigned int)pct
		       : 100;
}

bool ps_dmarc_record_parse(struct ps_bytes text,
			   enum ps_dmarc_standard standard,
			   struct ps_dmarc_record *record_r)
{
	struct ps_cursor cursor = ps_cursor_of(text);
	struct ps_bytes name, value, values[TAGS] = { { 0 } };

	*record_r = (struct ps_dmarc_record){ 0 };
	if (!take_tag(&cursor, &name, &value) ||
	    !is_named(name, "v", standard) ||
	    !ps_bytes_equal(value, PS_BYTES("DMARC1")))
		return false;
	while (!ps_cursor_done(&cursor)) {
		if (take_tag(&cursor, &name, &value))
			keep(name, value, standard, values);
	}
	read_policies(values, record_r);
	if (is_word(values[PSD], "y"))
		record_r->psd = PS_DMARC_PSD_YES;
	else if (is_word(values[PSD], "n"))
		record_r->psd = PS_DMARC_PSD_NO;
	record_r->rua = values[RUA];
	record_r->pct = read_pct(values[PCT]);
	record_r->testing = is_word(values[T], "y");
	record_r->adkim_strict = is_word(values[ADKIM], "s");
	record_r->aspf_strict = is_word(values[ASPF], "s");
	return true;
}
