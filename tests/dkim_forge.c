/* dkim_forge.c - messages with the DKIM signatures that a row asks for. */

#include "dkim_forge.h"

#include "core/auth/dkim_canon.h"
#include "core/text/base64.h"
#include "core/text/taglist.h"
#include "io/crypto_openssl.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 4000000

static const struct {
	const char *name; /* a longer one before its beginning */
	enum forge_key key;
	size_t bits; /* 0: Ed25519 */
} kinds[] = {
	{ "@rsa1024", FORGE_RSA_1024, 1024 },
	{ "@rsa1016", FORGE_RSA_1016, 1016 },
	{ "@rsa1023", FORGE_RSA_1023, 1023 },
	{ "@rsa4096", FORGE_RSA_4096, 4096 },
	{ "@rsa", FORGE_RSA, 2048 },
	{ "@ed25519", FORGE_ED25519, 0 },
	{ "@other", FORGE_OTHER, 2048 },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void need(bool good, const char *what)
{
	if (!good) {
		fprintf(stderr, "dkim_forge: %s\n", what);
		abort();
	}
}

/* ---- keys ---- */

static EVP_PKEY *private_of(enum forge_key key)
{
	static EVP_PKEY *made[KINDS];
	size_t i;

	for (i = 0; i < KINDS && kinds[i].key != key; i++)
		;
	need(i < KINDS, "unknown key");
	if (made[i] == NULL)
		made[i] = kinds[i].bits == 0
				  ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
				  : EVP_PKEY_Q_keygen(NULL, NULL, "RSA",
						      kinds[i].bits);
	need(made[i] != NULL, "key generation");
	return made[i];
}

static void add_public(struct ps_buffer *out, enum forge_key key)
{
	unsigned char raw[32], *der = NULL;
	size_t raw_len = sizeof(raw);
	int len;

	if (key == FORGE_ED25519) {
		need(EVP_PKEY_get_raw_public_key(private_of(key), raw,
						 &raw_len) == 1,
		     "public key");
		ps_base64_encode(out, raw, raw_len);
		return;
	}
	len = i2d_PUBKEY(private_of(key), &der);
	need(len > 0, "public key");
	ps_base64_encode(out, der, (size_t)len);
	OPENSSL_free(der);
}

char *forge_zone(const char *text)
{
	struct ps_buffer out = PS_BUFFER(TEXT_MAX);
	size_t i, len;

	while (*text != '\0') {
		len = strcspn(text, "@");
		ps_buffer_add(&out, text, len);
		text += len;
		for (i = 0; i < KINDS; i++) {
			len = strlen(kinds[i].name);
			if (strncmp(text, kinds[i].name, len) == 0)
				break;
		}
		if (i < KINDS) {
			add_public(&out, kinds[i].key);
			text += len;
		} else if (*text != '\0') {
			ps_buffer_char(&out, *text++);
		}
	}
	ps_buffer_char(&out, '\0');
	need(!out.failed, "memory");
	return out.data;
}

/* ---- the signature ---- */

struct forging {
	struct ps_arena *arena;
	struct ps_fields fields;
	struct ps_bytes body;
	struct ps_taglist tags;
};

static struct ps_bytes tag(const struct forging *forging, const char *name)
{
	const struct ps_tag *found = ps_taglist_find(&forging->tags, name);

	return found == NULL ? (struct ps_bytes){ "", 0 } : found->value;
}

static enum ps_dkim_canon canon_of(struct ps_bytes word)
{
	return ps_bytes_starts_fold(word, PS_BYTES("relaxed")) ? PS_DKIM_RELAXED
							       : PS_DKIM_SIMPLE;
}

static enum ps_dkim_canon body_canon(const struct forging *forging)
{
	struct ps_bytes c = tag(forging, "c");
	const char *slash = ps_bytes_find(c, '/');

	if (slash == NULL)
		return PS_DKIM_SIMPLE;
	return canon_of((struct ps_bytes){
		slash + 1, (size_t)(c.at + c.len - slash - 1) });
}

static bool is_sha1(const struct forging *forging)
{
	return ps_bytes_equal(tag(forging, "a"), PS_BYTES("rsa-sha1"));
}

static void hash_body(const struct forging *forging, struct ps_buffer *out)
{
	unsigned long long limit = UINT64_MAX;
	unsigned char digest[PS_DIGEST_MAX];
	struct ps_openssl *openssl = NULL;
	struct ps_dkim_body *body = NULL;
	uint64_t octets = 0;
	size_t len = 0;

	if (!ps_ascii_number(tag(forging, "l"), UINT64_MAX - 1, &limit))
		limit = UINT64_MAX;
	need(ps_openssl_new(&openssl) == 0 &&
		     ps_dkim_body_new(ps_openssl_port(openssl),
				      is_sha1(forging) ? PS_HASH_SHA1
						       : PS_HASH_SHA256,
				      body_canon(forging), limit, &body) == 0,
	     "body");
	ps_dkim_body_add(body, forging->body.at, forging->body.len);
	need(ps_dkim_body_end(body, digest, &len, &octets) == 0, "body hash");
	ps_base64_encode(out, digest, len);
	ps_dkim_body_free(&body);
	ps_openssl_free(&openssl);
}

/* The next field of that name from the bottom up, once. */
static const struct ps_field *take(const struct forging *forging, bool *used,
				   struct ps_bytes name)
{
	const struct ps_fields *fields = &forging->fields;
	size_t i;

	for (i = fields->count; i-- > 0;) {
		if (!used[i] &&
		    ps_bytes_equal_fold(ps_bytes_trim(fields->at[i].name),
					name)) {
			used[i] = true;
			return &fields->at[i];
		}
	}
	return NULL;
}

static void add_header(const struct forging *forging, const char *signature,
		       struct ps_buffer *out)
{
	struct ps_field own = { .name = PS_BYTES("DKIM-Signature"),
				.value = ps_bytes_of(signature) };
	bool *used = calloc(forging->fields.count + 1, sizeof(*used));
	struct ps_bytes rest = tag(forging, "h"), name;
	const struct ps_field *field;
	size_t len;

	need(used != NULL, "memory");
	while (rest.len > 0) {
		for (len = 0; len < rest.len && rest.at[len] != ':'; len++)
			;
		name = ps_bytes_trim((struct ps_bytes){ rest.at, len });
		len += len < rest.len;
		rest.at += len;
		rest.len -= len;
		field = take(forging, used, name);
		if (field != NULL)
			ps_dkim_canon_field(canon_of(tag(forging, "c")), field,
					    out);
	}
	ps_dkim_canon_field(canon_of(tag(forging, "c")), &own, out);
	need(!out->failed, "memory");
	out->len -= 2;
	free(used);
}

/* RFC 8463 3: PureEdDSA over the SHA-256 of what is signed. */
static void add_signature(struct ps_buffer *out, EVP_PKEY *key,
			  const EVP_MD *md, const struct ps_buffer *signed_text)
{
	bool eddsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519;
	unsigned char digest[EVP_MAX_MD_SIZE], signature[1024];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = sizeof(signature), text_len = signed_text->len;
	const void *text = signed_text->data;
	unsigned int digest_len = 0;

	if (eddsa) {
		need(EVP_Digest(text, text_len, digest, &digest_len, md,
				NULL) == 1,
		     "digest");
		text = digest;
		text_len = digest_len;
	}
	need(ctx != NULL &&
		     EVP_DigestSignInit(ctx, NULL, eddsa ? NULL : md, NULL,
					key) == 1 &&
		     EVP_DigestSign(ctx, signature, &len, text, text_len) == 1,
	     "signing");
	ps_base64_encode(out, signature, len);
	EVP_MD_CTX_free(ctx);
}

/* Behind "NAME=@" of tags: its value; what follows it is kept. */
static char *replaced(const char *tags, const char *name,
		      const struct ps_buffer *value)
{
	struct ps_buffer out = PS_BUFFER(TEXT_MAX);
	const char *at = strstr(tags, name);

	if (at == NULL)
		return strdup(tags);
	ps_buffer_add(&out, tags, (size_t)(at - tags) + strlen(name) - 1);
	ps_buffer_text(&out, ps_buffer_cstr(value));
	ps_buffer_text(&out, at + strlen(name));
	need(!out.failed, "memory");
	return out.data;
}

static char *signed_tags(const struct forging *forging, const char *tags,
			 enum forge_key key)
{
	struct ps_buffer value = PS_BUFFER(TEXT_MAX), none = PS_BUFFER(1);
	struct ps_buffer header = PS_BUFFER(TEXT_MAX);
	char *with_hash, *without_b, *complete;

	hash_body(forging, &value);
	with_hash = replaced(tags, "bh=@", &value);
	without_b = replaced(with_hash, " b=@", &none);
	add_header(forging, without_b, &header);
	ps_buffer_reset(&value);
	add_signature(&value, private_of(key),
		      is_sha1(forging) ? EVP_sha1() : EVP_sha256(), &header);
	complete = replaced(with_hash, " b=@", &value);
	need(with_hash != NULL && without_b != NULL && complete != NULL,
	     "memory");
	free(with_hash);
	free(without_b);
	ps_buffer_free(&value);
	ps_buffer_free(&header);
	return complete;
}

void forge_sign(struct ps_buffer *message, const char *tags, enum forge_key key)
{
	struct ps_buffer before = PS_BUFFER(TEXT_MAX);
	struct forging forging = { 0 };
	char *value;

	ps_buffer_bytes(&before,
			(struct ps_bytes){ message->data, message->len });
	need(ps_arena_new(TEXT_MAX * 4, &forging.arena) == 0, "memory");
	ps_fields_init(&forging.fields, forging.arena);
	(void)ps_fields_parse(&forging.fields,
			      (struct ps_bytes){ before.data, before.len },
			      &forging.body);
	/* What is no list of tags is signed as far as it is one. */
	(void)ps_taglist_parse(ps_bytes_of(tags), &forging.tags);
	value = signed_tags(&forging, tags, key);
	ps_buffer_reset(message);
	ps_buffer_text(message, "DKIM-Signature:");
	ps_buffer_text(message, value);
	ps_buffer_text(message, "\r\n");
	ps_buffer_bytes(message, (struct ps_bytes){ before.data, before.len });
	need(!message->failed, "memory");
	free(value);
	ps_buffer_free(&before);
	ps_arena_free(&forging.arena);
}
