/* arc_chain.c - the ARC sets of a message, collected (RFC 8617 4.2, 5.2). */

#include "core/auth/arc_chain.h"

#include "core/text/cfws.h"
#include "core/text/taglist.h"

#include <string.h>

#define DIGITS	   "0123456789"
#define NUMBER_MAX 999999 /* told from what is no number at all */

struct collecting {
	struct ps_arc_chain *chain;
	size_t octets;
	bool found; /* any field of ARC */
};

/* The first defect is the one that is told. */
static void broken(struct ps_arc_chain *chain, unsigned int at,
		   const char *error)
{
	if (chain->error != NULL)
		return;
	chain->error = error;
	chain->error_at = at;
}

/* 4.2.1: one or two digits, from 1 to 50.  0: it is not that. */
static unsigned int read_number(struct ps_bytes digits)
{
	unsigned long long number;

	if (digits.len > 2 ||
	    !ps_ascii_number(digits, PS_ARC_SETS_MAX, &number))
		return 0;
	return (unsigned int)number;
}

/* The set a field belongs to; NULL, with the error noted, where it has none. */
static struct ps_arc_set *set_of(struct ps_arc_chain *chain,
				 struct ps_bytes digits)
{
	unsigned int number = read_number(digits);
	unsigned long long large;

	if (number == 0) {
		if (ps_ascii_number(digits, NUMBER_MAX, &large) &&
		    large > PS_ARC_SETS_MAX) {
			chain->full = true;
			broken(chain, 0, "more than 50 sets");
		} else {
			broken(chain, 0, "i= is no number of a set");
		}
		return NULL;
	}
	if (number > chain->count)
		chain->count = number;
	return &chain->set[number - 1];
}

static unsigned int number_of(const struct ps_arc_chain *chain,
			      const struct ps_arc_set *set)
{
	return (unsigned int)(set - chain->set) + 1;
}

/* 4.1.1: "i=1;" before all else, in lower case, white space and comments
 * anywhere between. */
static bool read_prefix(struct ps_bytes value, struct ps_bytes *digits_r,
			struct ps_bytes *payload_r)
{
	struct ps_cursor cursor = ps_cursor_of(value);

	if (!ps_cfws_skip(&cursor) || !ps_cursor_skip(&cursor, 'i') ||
	    !ps_cfws_skip(&cursor) || !ps_cursor_skip(&cursor, '=') ||
	    !ps_cfws_skip(&cursor))
		return false;
	*digits_r = ps_cursor_take(&cursor, DIGITS);
	if (!ps_cfws_skip(&cursor) || !ps_cursor_skip(&cursor, ';'))
		return false;
	*payload_r = ps_cursor_rest(&cursor);
	return true;
}

static void add_results(struct ps_arc_chain *chain,
			const struct ps_field *field)
{
	struct ps_bytes digits = PS_BYTES(""), payload = PS_BYTES("");
	struct ps_arc_set *set;

	if (!read_prefix(field->value, &digits, &payload)) {
		broken(chain, 0, "results that do not begin with i=");
		return;
	}
	set = set_of(chain, digits);
	if (set == NULL)
		return;
	if (set->results != NULL)
		broken(chain, number_of(chain, set), "results twice");
	set->results = field;
	set->payload = payload;
}

static enum ps_arc_result read_cv(struct ps_arc_chain *chain, unsigned int at,
				  const struct ps_taglist *tags)
{
	const struct ps_tag *cv = ps_taglist_find(tags, "cv");

	if (cv == NULL)
		broken(chain, at, "seal without cv=");
	else if (ps_bytes_equal_fold(cv->value, PS_BYTES("none")))
		return PS_ARC_NONE;
	else if (ps_bytes_equal_fold(cv->value, PS_BYTES("pass")))
		return PS_ARC_PASS;
	else if (!ps_bytes_equal_fold(cv->value, PS_BYTES("fail")))
		broken(chain, at, "seal with an unknown cv=");
	else
		return PS_ARC_FAIL;
	/* Of no use, but no "fail" of an earlier sealer. */
	return PS_ARC_NONE;
}

/* 4.1.3: "h" is not allowed in a seal. */
static void add_seal(struct ps_arc_chain *chain, struct ps_arc_set *set,
		     const struct ps_field *field,
		     const struct ps_taglist *tags)
{
	unsigned int at = number_of(chain, set);

	if (set->seal != NULL)
		broken(chain, at, "sealed twice");
	if (ps_taglist_find(tags, "h") != NULL)
		broken(chain, at, "seal with h=");
	set->seal = field;
	set->cv = read_cv(chain, at, tags);
}

static void add_signature(struct ps_arc_chain *chain,
			  const struct ps_field *field, bool seal)
{
	struct ps_taglist tags;
	const struct ps_tag *tag;
	struct ps_arc_set *set;

	if (!ps_taglist_parse(field->value, &tags)) {
		broken(chain, 0, "not a list of tags");
		return;
	}
	tag = ps_taglist_find(&tags, "i");
	if (tag == NULL) {
		broken(chain, 0, "i= is missing");
		return;
	}
	set = set_of(chain, tag->value);
	if (set == NULL)
		return;
	if (seal) {
		add_seal(chain, set, field, &tags);
		return;
	}
	if (set->message != NULL)
		broken(chain, number_of(chain, set), "signed twice");
	set->message = field;
}

static void add_field(struct collecting *collecting,
		      const struct ps_field *field)
{
	struct ps_arc_chain *chain = collecting->chain;
	bool results = ps_field_is(field, "ARC-Authentication-Results");
	bool seal = ps_field_is(field, "ARC-Seal");

	if (!results && !seal && !ps_field_is(field, "ARC-Message-Signature"))
		return;
	collecting->found = true;
	collecting->octets += field->value.len;
	if (results)
		add_results(chain, field);
	else
		add_signature(chain, field, seal);
}

/* 5.2 step 3, conditions A and C; a gap (B) is a set without anything. */
static void check_set(struct ps_arc_chain *chain, unsigned int at)
{
	const struct ps_arc_set *set = &chain->set[at - 1];

	if (set->results == NULL && set->message == NULL && set->seal == NULL)
		broken(chain, at, "set is missing");
	else if (set->results == NULL)
		broken(chain, at, "set without results");
	else if (set->message == NULL)
		broken(chain, at, "set without message signature");
	else if (set->seal == NULL)
		broken(chain, at, "set without seal");
	else if (set->cv == PS_ARC_FAIL)
		broken(chain, at, "sealed with cv=fail");
	else if ((set->cv == PS_ARC_NONE) != (at == 1))
		broken(chain, at, "seal with the wrong cv=");
}

void ps_arc_chain_collect(const struct ps_fields *fields,
			  struct ps_arc_chain *chain_r)
{
	struct collecting collecting = { .chain = chain_r };
	const struct ps_arc_set *newest;
	unsigned int at;
	size_t i;

	memset(chain_r, 0, sizeof(*chain_r));
	for (i = 0; i < fields->count; i++)
		add_field(&collecting, &fields->at[i]);
	if (!collecting.found)
		return;
	chain_r->full = chain_r->full || chain_r->count == PS_ARC_SETS_MAX;
	if (chain_r->count > 0) {
		newest = &chain_r->set[chain_r->count - 1];
		chain_r->ended =
			newest->seal != NULL && newest->cv == PS_ARC_FAIL;
	}
	/* Step 2 comes before 3. */
	if (chain_r->ended) {
		chain_r->error = NULL;
		broken(chain_r, chain_r->count, "sealed with cv=fail");
	}
	if (fields->overflow)
		broken(chain_r, 0, "header too large");
	if (collecting.octets > PS_ARC_OCTETS_MAX)
		broken(chain_r, 0, "the sets are too large");
	for (at = 1; at <= chain_r->count; at++)
		check_set(chain_r, at);
}

const char *ps_arc_result_name(enum ps_arc_result result)
{
	switch (result) {
	case PS_ARC_NONE:
		return "none";
	case PS_ARC_PASS:
		return "pass";
	case PS_ARC_FAIL:
		return "fail";
	}
	return "unknown";
}
