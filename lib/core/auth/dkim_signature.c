/* dkim_signature.c - one signature field, taken apart (RFC 6376 3.5). */

#include "core/auth/dkim_signature.h"

#include "core/text/address.h"
#include "core/text/base64.h"
#include "core/text/taglist.h"

#include <stdio.h>
#include <string.h>

#define LENGTH_DIGITS_MAX 76 /* 3.5, of l= */
#define TIME_DIGITS_MAX	  12 /* 3.5: t= and x= may have 12 digits */

struct parse {
	enum ps_signature_kind kind;
	struct ps_taglist tags;
	const struct ps_idn *idn;
	struct ps_dkim_signature *signature;
	struct ps_dkim_verdict *verdict;
};

static const struct ps_bytes *value_of(const struct parse *parse,
				       const char *name)
{
	const struct ps_tag *tag = ps_taglist_find(&parse->tags, name);

	return tag == NULL ? NULL : &tag->value;
}

static bool is(const struct ps_bytes *value, const char *word)
{
	return ps_bytes_equal_fold(*value, ps_bytes_of(word));
}

/* 3.3, 8463 3 */
static const char *read_algorithm(struct parse *parse)
{
	static const struct {
		const char *name;
		enum ps_key_type type;
		enum ps_hash hash;
	} known[] = {
		{ "rsa-sha256", PS_KEY_RSA, PS_HASH_SHA256 },
		{ "ed25519-sha256", PS_KEY_ED25519, PS_HASH_SHA256 },
		{ "rsa-sha1", PS_KEY_RSA, PS_HASH_SHA1 },
	};
	const struct ps_bytes *value = value_of(parse, "a");
	size_t i;

	if (value == NULL)
		return "a= is missing";
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!is(value, known[i].name))
			continue;
		parse->signature->key_type = known[i].type;
		parse->signature->hash = known[i].hash;
		snprintf(parse->verdict->algorithm,
			 sizeof(parse->verdict->algorithm), "%s",
			 known[i].name);
		return NULL;
	}
	return "a= names an unknown algorithm";
}

static bool read_canon_word(struct ps_bytes word, enum ps_dkim_canon *canon_r)
{
	*canon_r = PS_DKIM_SIMPLE;
	if (is(&word, "relaxed"))
		*canon_r = PS_DKIM_RELAXED;
	return *canon_r == PS_DKIM_RELAXED || is(&word, "simple");
}

/* 3.5: simple/simple is the default; without "/", the body is simple. */
static const char *read_canon(struct parse *parse)
{
	struct ps_dkim_signature *signature = parse->signature;
	const struct ps_bytes *value = value_of(parse, "c");
	struct ps_bytes header, body = PS_BYTES("simple");
	const char *slash;

	signature->header_canon = signature->body_canon = PS_DKIM_SIMPLE;
	if (value == NULL)
		return NULL;
	header = *value;
	slash = ps_bytes_find(header, '/');
	if (slash != NULL) {
		body = (struct ps_bytes){
			slash + 1, (size_t)(header.at + header.len - slash - 1)
		};
		header.len = (size_t)(slash - header.at);
	}
	if (!read_canon_word(header, &signature->header_canon) ||
	    !read_canon_word(body, &signature->body_canon))
		return "c= names an unknown canonicalization";
	return NULL;
}

static const char *read_domain(struct parse *parse)
{
	struct ps_dkim_signature *signature = parse->signature;
	const struct ps_bytes *d = value_of(parse, "d");
	const struct ps_bytes *s = value_of(parse, "s");

	if (d == NULL)
		return "d= is missing";
	if (!ps_domain_normalize(*d, signature->domain))
		return "d= is no domain";
	memcpy(parse->verdict->domain, signature->domain,
	       sizeof(signature->domain));
	if (s == NULL)
		return "s= is missing";
	if (!ps_domain_normalize(*s, signature->selector))
		return "s= is no selector";
	snprintf(parse->verdict->selector, sizeof(parse->verdict->selector),
		 "%s", signature->selector);
	return NULL;
}

/* Compared with A-labels (RFC 8616 4), where both have them. */
static bool is_in(struct parse *parse, struct ps_bytes identity)
{
	struct ps_dkim_signature *signature = parse->signature;
	const struct ps_bytes d = ps_bytes_of(signature->domain);
	char lower[PS_DOMAIN_MAX + 1], upper[PS_DOMAIN_MAX + 1];

	if (!ps_idn_domain(parse->idn, d, upper) ||
	    !ps_idn_domain(parse->idn, identity, lower)) {
		memcpy(upper, signature->domain, sizeof(upper));
		(void)ps_domain_normalize(identity, lower);
	}
	signature->identity_below = strcmp(lower, upper) != 0;
	return ps_domain_within(lower, upper);
}

/* 3.5: i= is an address in d= or below it; its default is @d. */
static const char *read_identity(struct parse *parse)
{
	struct ps_dkim_signature *signature = parse->signature;
	const struct ps_bytes *value = value_of(parse, "i");
	char *identity = parse->verdict->identity;
	const char *at = NULL;
	struct ps_bytes domain;
	size_t i;

	snprintf(identity, PS_DKIM_IDENTITY_MAX + 1, "@%s", signature->domain);
	if (value == NULL)
		return NULL;
	for (i = 0; i < value->len; i++) {
		if (value->at[i] == '@')
			at = value->at + i;
	}
	if (at == NULL)
		return "i= is no address";
	domain = (struct ps_bytes){ at + 1,
				    (size_t)(value->at + value->len - at - 1) };
	if (!is_in(parse, domain))
		return "i= is not in d=";
	/* Of one that is too long, where it is. */
	if (!ps_bytes_copy(*value, identity, PS_DKIM_IDENTITY_MAX + 1))
		(void)ps_bytes_copy((struct ps_bytes){ at, domain.len + 1 },
				    identity, PS_DKIM_IDENTITY_MAX + 1);
	return NULL;
}

bool ps_dkim_signature_name(struct ps_bytes *rest, struct ps_bytes *name_r)
{
	const char *colon;

	if (rest->at == NULL)
		return false;
	*name_r = *rest;
	colon = ps_bytes_find(*rest, ':');
	if (colon == NULL) {
		rest->at = NULL;
	} else {
		name_r->len = (size_t)(colon - rest->at);
		rest->len -= name_r->len + 1;
		rest->at = colon + 1;
	}
	*name_r = ps_bytes_trim(*name_r);
	return true;
}

/* 3.5, 5.4: From must be among them.  In ARC an empty name stands for no field,
 * as the published suite has it. */
static const char *read_names(struct parse *parse)
{
	const struct ps_bytes *value = value_of(parse, "h");
	struct ps_bytes rest, name;
	bool from = false;
	size_t count = 0;

	if (value == NULL || value->len == 0)
		return "h= is missing";
	rest = parse->signature->names = *value;
	while (ps_dkim_signature_name(&rest, &name)) {
		if (name.len == 0 && parse->kind == PS_DKIM_SIGNATURE)
			return "h= has an empty name";
		if (++count > PS_DKIM_NAMES_MAX)
			return "h= has too many names";
		from = from || is(&name, "from");
	}
	return from ? NULL : "h= does not name From";
}

static const char *read_body_hash(struct parse *parse)
{
	struct ps_dkim_signature *signature = parse->signature;
	const struct ps_bytes *value = value_of(parse, "bh");
	size_t wanted = signature->hash == PS_HASH_SHA1 ? 20 : 32;

	if (value == NULL)
		return "bh= is missing";
	if (!ps_base64_decode(*value, signature->body_hash,
			      sizeof(signature->body_hash),
			      &signature->body_hash_len) ||
	    signature->body_hash_len != wanted)
		return "bh= is no hash of that algorithm";
	return NULL;
}

/* The first 8 octets of the value without white space (RFC 6008 4). */
static void note_start(struct ps_bytes value, char start_r[9])
{
	size_t i, n = 0;

	for (i = 0; i < value.len && n < 8; i++) {
		if (value.at[i] > ' ' && value.at[i] <= '~')
			start_r[n++] = value.at[i];
	}
	start_r[n] = '\0';
}

/* 3.7: for the hash, b= is emptied with all white space around its value. */
static struct ps_bytes widen(struct ps_bytes value, struct ps_bytes field)
{
	const char *end = field.at + field.len;
	const char *stop = value.at + value.len;

	while (value.at > field.at && value.at[-1] != '=')
		value.at--;
	while (stop < end && *stop != ';')
		stop++;
	value.len = (size_t)(stop - value.at);
	return value;
}

static const char *read_signature(struct parse *parse)
{
	struct ps_dkim_signature *signature = parse->signature;
	const struct ps_bytes *value = value_of(parse, "b");

	if (value == NULL)
		return "b= is missing";
	note_start(*value, parse->verdict->signature_start);
	signature->b = widen(*value, signature->field->value);
	if (!ps_base64_decode(*value, signature->signature,
			      sizeof(signature->signature),
			      &signature->signature_len) ||
	    signature->signature_len == 0)
		return "b= is no signature";
	return NULL;
}

static bool read_number(const struct parse *parse, const char *name,
			size_t digits, uint64_t none, uint64_t *number_r)
{
	const struct ps_bytes *value = value_of(parse, name);
	unsigned long long number;

	*number_r = none;
	if (value == NULL)
		return true;
	if (value->len > digits)
		return false;
	if (!ps_ascii_number(*value, UINT64_MAX - 1, &number))
		return false;
	*number_r = number;
	return true;
}

static const char *read_time(struct parse *parse)
{
	return read_number(parse, "t", TIME_DIGITS_MAX, 0,
			   &parse->signature->time)
		       ? NULL
		       : "t= is no time";
}

static const char *read_numbers(struct parse *parse)
{
	struct ps_dkim_signature *signature = parse->signature;

	if (!read_number(parse, "l", LENGTH_DIGITS_MAX, UINT64_MAX,
			 &signature->length))
		return "l= is no number";
	if (!read_number(parse, "x", TIME_DIGITS_MAX, UINT64_MAX,
			 &signature->expires))
		return "x= is no time";
	if (value_of(parse, "t") != NULL &&
	    signature->expires <= signature->time)
		return "x= is not after t=";
	return NULL;
}

/* 3.5: unknown methods are skipped; dns/txt must be one, with options. */
static const char *read_query(struct parse *parse)
{
	const struct ps_bytes *value = value_of(parse, "q");
	struct ps_bytes rest, method;

	if (value == NULL)
		return NULL;
	rest = *value;
	while (ps_dkim_signature_name(&rest, &method)) {
		if (is(&method, "dns/txt") || is(&method, "dns"))
			return NULL;
	}
	return "q= names no known query method";
}

static const char *read_version(struct parse *parse)
{
	const struct ps_bytes *value = value_of(parse, "v");

	if (value == NULL)
		return "v= is missing";
	return is(value, "1") ? NULL : "v= is not 1";
}

#define ALL	(1 << PS_DKIM_SIGNATURE | 1 << PS_ARC_MESSAGE | 1 << PS_ARC_SEAL)
#define MESSAGE (1 << PS_DKIM_SIGNATURE | 1 << PS_ARC_MESSAGE)
#define DKIM	(1 << PS_DKIM_SIGNATURE)

const char *ps_dkim_signature_parse(enum ps_signature_kind kind,
				    const struct ps_field *field,
				    const struct ps_idn *idn,
				    struct ps_dkim_signature *signature_r,
				    struct ps_dkim_verdict *verdict_r)
{
	static const struct {
		const char *(*read)(struct parse *parse);
		int kinds;
	} steps[] = {
		{ read_domain, ALL },	     { read_algorithm, ALL },
		{ read_version, DKIM },	     { read_canon, MESSAGE },
		{ read_identity, DKIM },     { read_names, MESSAGE },
		{ read_body_hash, MESSAGE }, { read_signature, ALL },
		{ read_time, ALL },	     { read_numbers, MESSAGE },
		{ read_query, MESSAGE },
	};
	struct parse parse = { .kind = kind,
			       .idn = idn,
			       .signature = signature_r,
			       .verdict = verdict_r };
	const char *error = NULL, *first = NULL;
	size_t i;

	memset(signature_r, 0, sizeof(*signature_r));
	memset(verdict_r, 0, sizeof(*verdict_r));
	signature_r->field = field;
	signature_r->length = signature_r->expires = UINT64_MAX;
	if (!ps_taglist_parse(field->value, &parse.tags))
		return "not a list of tags";
	/* All of them, so that the verdict names what it is about. */
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if ((steps[i].kinds & 1 << kind) == 0)
			continue;
		error = steps[i].read(&parse);
		if (first == NULL)
			first = error;
	}
	return first;
}
