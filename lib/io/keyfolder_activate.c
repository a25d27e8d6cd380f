/* keyfolder_activate.c - let published keys sign. */

#include "io/keyfolder_work.h"

#include "core/auth/dkim_keyrecord.h"
#include "core/text/buffer.h"
#include "io/crypto_openssl.h"
#include "io/keylist.h"

#include <stdio.h>
#include <string.h>

/* The octets that p= must have, from the private key that would sign. */
static enum ps_keys_write read_public(struct ps_keys_work *work,
				      const struct ps_signing_key *key,
				      struct ps_buffer *public_key)
{
	struct ps_buffer pem = PS_BUFFER(PS_KEYFILE_OCTETS_MAX);
	struct ps_private_key *private = NULL;
	enum ps_keys_write result = PS_KEYS_TEMPFAIL;
	char path[PS_PATH_TEXT_MAX];
	const char *error;

	snprintf(path, sizeof(path), "%.900s/%.63s.key", work->folder,
		 key->selector);
	if (ps_keyfile_read(path, true, &pem, work->reason) == PS_FOUND) {
		private = ps_private_key_parse(ps_buffer_cstr(&pem), pem.len,
					       &error);
		if (private == NULL)
			(void)ps_keys_work_refuse(work, result, path, error);
		else if (ps_private_key_type(private) != key->type)
			(void)ps_keys_work_refuse(
				work, result, path,
				"is another type than domain.json says");
		else if (ps_private_key_public(private, public_key) < 0)
			(void)ps_keys_work_refuse(work, result, path,
						  "out of memory");
		else
			result = PS_KEYS_DONE;
	}
	ps_private_key_free(&private);
	if (pem.data != NULL)
		explicit_bzero(pem.data, pem.size);
	ps_buffer_free(&pem);
	return result;
}

static bool matches(const struct ps_dns_answer *answer,
		    const struct ps_signing_key *key,
		    const struct ps_buffer *public_key)
{
	struct ps_dkim_keyrecord record;

	/* RFC 6376 3.6.2.2: with several, a verifier may take any. */
	return answer->count == 1 &&
	       ps_dkim_keyrecord_parse(answer->record[0].text, &record) ==
		       NULL &&
	       record.type == key->type && record.key_len == public_key->len &&
	       memcmp(record.key, public_key->data, public_key->len) == 0;
}

static enum ps_keys_write check_dns(struct ps_keys_work *work,
				    const struct ps_signing_key *key,
				    const struct ps_buffer *public_key,
				    const struct ps_dns *dns)
{
	char name[PS_SELECTOR_MAX + PS_DOMAIN_MAX + sizeof("._domainkey.")];
	const struct ps_dns_answer *answer;

	snprintf(name, sizeof(name), "%s._domainkey.%s", key->selector,
		 work->domain);
	switch (dns->lookup(dns->ctx, name, PS_DNS_TXT, &answer)) {
	case PS_DNS_PENDING:
		return PS_KEYS_PENDING;
	case PS_DNS_TEMPFAIL:
		return ps_keys_work_refuse(work, PS_KEYS_TEMPFAIL, name,
					   "the DNS does not answer");
	case PS_DNS_NOTFOUND:
		return ps_keys_work_refuse(
			work, PS_KEYS_REFUSED, name,
			"is not in the DNS; publish it first (or "
			"--force)");
	case PS_DNS_FOUND:
		break;
	}
	if (matches(answer, key, public_key))
		return PS_KEYS_DONE;
	return ps_keys_work_refuse(work, PS_KEYS_REFUSED, name,
				   "the DNS has another record than ours");
}

/* PENDING only when nothing stands in the way of those that were answered. */
static enum ps_keys_write check_published(struct ps_keys_work *work,
					  const struct ps_dns *dns)
{
	struct ps_buffer public_key = PS_BUFFER(PS_PUBLIC_KEY_MAX);
	enum ps_keys_write one, result = PS_KEYS_NOTHING;
	size_t i;

	for (i = 0; i < work->keys.count; i++) {
		if (work->keys.key[i].state != PS_KEY_PUBLISHED)
			continue;
		ps_buffer_reset(&public_key);
		one = read_public(work, &work->keys.key[i], &public_key);
		if (one == PS_KEYS_DONE && dns != NULL)
			one = check_dns(work, &work->keys.key[i], &public_key,
					dns);
		if (one != PS_KEYS_DONE && one != PS_KEYS_PENDING) {
			result = one;
			break;
		}
		if (result != PS_KEYS_PENDING)
			result = one;
	}
	ps_buffer_free(&public_key);
	if (result == PS_KEYS_NOTHING)
		return ps_keys_work_refuse(work, result, work->domain,
					   "no key waits to be activated");
	return result;
}

static enum ps_keys_write activate(struct ps_keys_work *work,
				   const struct ps_dns *dns, uint64_t now,
				   size_t *count_r)
{
	enum ps_keys_write result;
	struct ps_signing_key *key;
	size_t i;

	switch (ps_keylist_read(work->config->keys.folder, work->domain,
				&work->keys, work->reason)) {
	case PS_FOUND:
		break;
	case PS_NOTFOUND:
		return ps_keys_work_refuse(
			work, PS_KEYS_NOTHING, work->domain,
			"has no keys; make them with dkim genkey");
	case PS_TEMPFAIL:
		return PS_KEYS_TEMPFAIL;
	}
	result = check_published(work, dns);
	if (result != PS_KEYS_DONE)
		return result;
	for (i = 0; i < work->keys.count; i++) {
		key = &work->keys.key[i];
		if (key->state == PS_KEY_RETIRED)
			continue;
		if (key->state == PS_KEY_PUBLISHED)
			++*count_r;
		key->state = key->state == PS_KEY_PUBLISHED ? PS_KEY_ACTIVE
							    : PS_KEY_RETIRED;
		key->since = (long long)now;
	}
	return ps_keylist_write(work->config->keys.folder, work->domain,
				&work->keys, work->reason) == 0
		       ? PS_KEYS_DONE
		       : PS_KEYS_TEMPFAIL;
}

enum ps_keys_write ps_keyfolder_activate(const struct ps_config *config,
					 const char *domain, bool force,
					 const struct ps_dns *dns, uint64_t now,
					 size_t *count_r,
					 char reason_r[PS_REASON_MAX])
{
	struct ps_keys_work *work;
	enum ps_keys_write result =
		ps_keys_work_begin(config, domain, false, reason_r, &work);

	*count_r = 0;
	if (result == PS_KEYS_DONE)
		result = activate(work, force ? NULL : dns, now, count_r);
	ps_keys_work_end(&work);
	return result;
}
