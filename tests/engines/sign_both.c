/* sign_both.c - what one engine signs, the other verifies. */

#include "engines.h"

#include "core/text/base64.h"
#include "core/text/taglist.h"
#include "io/crypto_openssl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 65536
#define RSA_BITS 2048
#define NAMES	 64

/* ---- keys ---- */

static void publish(struct fake_dns *zone, const char *name, const char *start,
		    const struct ps_buffer *public)
{
	struct ps_buffer record = PS_BUFFER(TEXT_MAX);
	struct ps_dns_record data = { .preference = 0 };

	ps_buffer_text(&record, start);
	ps_base64_encode(&record, (const unsigned char *)public->data,
			 public->len);
	data.text = (struct ps_bytes){ record.data, record.len };
	fake_dns_add(zone, ps_bytes_of(name), PS_DNS_TXT, &data);
	ps_buffer_free(&record);
}

void engines_keys_make(struct engines_keys *keys)
{
	static const char *const name[] = { "r._domainkey.a.test",
					    "e._domainkey.a.test" };
	static const char *const start[] = { "v=DKIM1; p=",
					     "v=DKIM1; k=ed25519; p=" };
	static const enum ps_key_type type[] = { PS_KEY_RSA, PS_KEY_ED25519 };
	struct ps_buffer pem = PS_BUFFER(TEXT_MAX),
			 public = PS_BUFFER(TEXT_MAX);
	const char *error;
	size_t i;

	keys->zone = fake_dns_new();
	for (i = 0; i < 2; i++) {
		if (ps_private_key_generate(type[i], RSA_BITS, &pem, &public) <
		    0)
			abort();
		keys->key[i] = ps_private_key_parse(pem.data, pem.len, &error);
		publish(keys->zone, name[i], start[i], &public);
		ps_buffer_reset(&pem);
		ps_buffer_reset(&public);
	}
	ps_buffer_free(&pem);
	ps_buffer_free(&public);
}

void engines_keys_free(struct engines_keys *keys)
{
	ps_private_key_free(&keys->key[0]);
	ps_private_key_free(&keys->key[1]);
	fake_dns_free(&keys->zone);
}

/* ---- the tags ---- */

static int order(const void *a, const void *b)
{
	const struct ps_bytes *x = a, *y = b;
	size_t len = x->len < y->len ? x->len : y->len;
	int sign = strncasecmp(x->at, y->at, len);

	return sign != 0 ? sign : (x->len > y->len) - (x->len < y->len);
}

static size_t names_of(struct ps_bytes list, struct ps_bytes name_r[NAMES])
{
	const char *colon;
	size_t count = 0;

	do {
		colon = ps_bytes_find(list, ':');
		name_r[count] = list;
		if (colon != NULL)
			name_r[count].len = (size_t)(colon - list.at);
		list.len -= name_r[count].len + (colon != NULL);
		list.at += name_r[count].len + (colon != NULL);
		name_r[count] = ps_bytes_trim(name_r[count]);
		count++;
	} while (colon != NULL && count < NAMES);
	qsort(name_r, count, sizeof(*name_r), order);
	return count;
}

/* libopendkim lists them as they stand in the header. */
static bool same_names(struct ps_bytes a, struct ps_bytes b)
{
	struct ps_bytes x[NAMES], y[NAMES];
	size_t i, count = names_of(a, x);

	if (names_of(b, y) != count)
		return false;
	for (i = 0; i < count; i++) {
		if (order(&x[i], &y[i]) != 0)
			return false;
	}
	return true;
}

/* Tags alike but for the signature and the order of names; NULL: all of them.
 */
static const char *other_tag(const struct ps_buffer *a,
			     const struct ps_buffer *b)
{
	static const char *const alike[] = { "v", "a", "c", "d",
					     "s", "i", "t", "x" };
	struct ps_taglist x, y;
	const struct ps_tag *p, *q;
	size_t i;

	if (!ps_taglist_parse((struct ps_bytes){ a->data, a->len }, &x) ||
	    !ps_taglist_parse((struct ps_bytes){ b->data, b->len }, &y) ||
	    x.count != y.count)
		return "all";
	for (i = 0; i < sizeof(alike) / sizeof(alike[0]); i++) {
		p = ps_taglist_find(&x, alike[i]);
		q = ps_taglist_find(&y, alike[i]);
		if ((p == NULL) != (q == NULL) ||
		    (p != NULL && !ps_bytes_equal(p->value, q->value)))
			return alike[i];
	}
	p = ps_taglist_find(&x, "h");
	q = ps_taglist_find(&y, "h");
	return p != NULL && q != NULL && same_names(p->value, q->value) ? NULL
									: "h";
}

/* bh= is base64 of a hash: it may be folded. */
static bool has_hash(const struct ps_buffer *value, const char *hash)
{
	struct ps_taglist tags;
	const struct ps_tag *tag = NULL;
	size_t i, n = 0;

	if (hash == NULL)
		return true;
	if (ps_taglist_parse((struct ps_bytes){ value->data, value->len },
			     &tags))
		tag = ps_taglist_find(&tags, "bh");
	for (i = 0; tag != NULL && i < tag->value.len; i++) {
		if (strchr(" \t\r\n", tag->value.at[i]) == NULL &&
		    tag->value.at[i] != hash[n++])
			return false;
	}
	return tag != NULL && hash[n] == '\0';
}

/* ---- a message ---- */

static void check_made(struct engines *engines,
		       const struct engines_signing *one, int we,
		       const struct ps_buffer *ours, int they,
		       const struct ps_buffer *theirs)
{
	const char *tag;

	engines_count(engines, we == 0, one->id, "we do not sign");
	engines_count(engines, they == 0, one->id, "libopendkim does not sign");
	if (we < 0 || they < 0)
		return;
	tag = other_tag(ours, theirs);
	engines_count(engines, tag == NULL, one->id, "another %s=:\n%s\n%s",
		      tag == NULL ? "" : tag, ours->data, theirs->data);
	engines_count(engines,
		      has_hash(ours, one->body_hash) &&
			      has_hash(theirs, one->body_hash),
		      one->id, "another bh=:\n%s\n%s", ours->data,
		      theirs->data);
}

static void add(struct engines_message *message, const struct ps_buffer *value)
{
	if (value->len > 0)
		(void)ps_fields_add(
			&message->fields, PS_BYTES("DKIM-Signature"),
			(struct ps_bytes){ value->data, value->len });
}

/* Each in pieces of another size. */
static void make_both(struct engines *engines,
		      const struct engines_signing *one,
		      struct engines_message *message)
{
	const struct ps_dkim_key keys[] = {
		{ "r", PS_KEY_RSA, engines->keys.key[0] },
		{ "e", PS_KEY_ED25519, engines->keys.key[1] },
	};
	const struct ps_dkim_signing signing = {
		.crypto = engines->crypto,
		.options = &one->options,
		.fields = &message->fields,
		.domain = "a.test",
		.keys = keys,
		.count = 2,
	};
	struct ps_buffer ours = PS_BUFFER(TEXT_MAX),
			 theirs = PS_BUFFER(TEXT_MAX);
	int we = engines_sign(engines->ours, &signing, message->body, 3,
			      one->key, &ours);
	int they = engines_sign(engines->theirs, &signing, message->body,
				1 + one->key, one->key, &theirs);

	check_made(engines, one, we, &ours, they, &theirs);
	add(message, &ours);
	add(message, &theirs);
	ps_buffer_free(&ours);
	ps_buffer_free(&theirs);
}

void engines_sign_both(struct engines *engines,
		       const struct engines_signing *one)
{
	struct engines_message message;
	struct fake_dns *zone = engines->keys.zone;
	const char *theirs;
	const bool hidden = one->ours || listed_find(engines->listed, one->id,
						     &theirs) != NULL;

	engines_read(one->octets, &message);
	make_both(engines, one, &message);
	engines_count(engines,
		      engines_passes(engines, engines->ours, &message, zone) ==
			      2,
		      one->id, "we do not verify both");
	engines_count(engines,
		      engines_passes(engines, engines->theirs, &message,
				     zone) == (hidden ? 0 : 2),
		      one->id, "libopendkim does not verify both");
	engines_message_free(&message);
}
