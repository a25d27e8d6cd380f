/* keyfolder_activate.c - let published keys sign. */

#include "io/keyfolder_work.h"

#include "core/text/buffer.h"
#include "io/crypto_openssl.h"
#include "io/keylist.h"
#include "io/published.h"

#include <stdio.h>
#include <string.h>

/* The private key that would sign; DONE, or a reason. */
static enum ps_keys_write read_private(struct ps_keys_work *work,
				       const struct ps_signing_key *key,
				       struct ps_private_key **private_r)
{
	struct ps_buffer pem = PS_BUFFER(PS_KEYFILE_OCTETS_MAX);
	enum ps_keys_write result = PS_KEYS_TEMPFAIL;
	char path[PS_PATH_TEXT_MAX];
	const char *error;

	*private_r = NULL;
	snprintf(path, sizeof(path), "%.900s/%.63s.key", work->folder,
		 key->selector);
	if (ps_keyfile_read(path, true, &pem, work->reason) == PS_FOUND) {
		*private_r = ps_private_key_parse(ps_buffer_cstr(&pem), pem.len,
						  &error);
		if (*private_r == NULL)
			(void)ps_keys_work_refuse(work, result, path, error);
		else if (ps_private_key_type(*private_r) != key->type)
			(void)ps_keys_work_refuse(
				work, result, path,
				"is another type than domain.json says");
		else
			result = PS_KEYS_DONE;
	}
	if (pem.data != NULL)
		explicit_bzero(pem.data, pem.size);
	ps_buffer_free(&pem);
	return result;
}

static enum ps_keys_write check_dns(struct ps_keys_work *work,
				    const struct ps_signing_key *key,
				    const struct ps_private_key *private,
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
	/* RFC 6376 3.6.2.2: with several, a verifier may take any. */
	if (answer->count == 1 &&
	    ps_published_fits(answer->record[0].text, private))
		return PS_KEYS_DONE;
	return ps_keys_work_refuse(work, PS_KEYS_REFUSED, name,
				   "the DNS has another record than ours");
}

static enum ps_keys_write check_key(struct ps_keys_work *work,
				    const struct ps_signing_key *key,
				    const struct ps_dns *dns)
{
	struct ps_private_key *private;
	enum ps_keys_write result = read_private(work, key, &private);

	if (result == PS_KEYS_DONE && dns != NULL)
		result = check_dns(work, key, private, dns);
	ps_private_key_free(&private);
	return result;
}

/* PENDING only when nothing stands in the way of those that were answered. */
static enum ps_keys_write check_published(struct ps_keys_work *work,
					  const struct ps_dns *dns)
{
	enum ps_keys_write one, result = PS_KEYS_NOTHING;
	size_t i;

	for (i = 0; i < work->keys.count; i++) {
		if (work->keys.key[i].state != PS_KEY_PUBLISHED)
			continue;
		one = check_key(work, &work->keys.key[i], dns);
		if (one != PS_KEYS_DONE && one != PS_KEYS_PENDING)
			return one;
		if (result != PS_KEYS_PENDING)
			result = one;
	}
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
