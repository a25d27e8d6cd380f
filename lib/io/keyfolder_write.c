/* keyfolder_write.c - make and activate signing keys. */

#include "io/keyfolder_write.h"

#include "core/auth/dkim_keyrecord.h"
#include "core/text/base64.h"
#include "io/crypto_openssl.h"
#include "io/keylist.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define RSA_BITS   2048 /* RFC 8301 3.2: should be at least */
#define STRING_MAX 255	/* octets of a character string, RFC 1035 3.3.14 */
#define PEM_MAX	   8192 /* octets of RSA-4096 as PKCS#8 and more */

/* What one command works on; the folder of all keys is locked meanwhile. */
struct work {
	const struct ps_config *config;
	const char *domain;
	char folder[PS_PATH_TEXT_MAX]; /* the domain's, now or in the end */
	char fresh[PS_PATH_TEXT_MAX];  /* where a new one is made; or "" */
	struct ps_domain_keys keys;
	int lock;
	char *reason; /* of PS_REASON_MAX */
};

static enum ps_keys_write refuse(struct work *work, enum ps_keys_write result,
				 const char *what, const char *why)
{
	snprintf(work->reason, PS_REASON_MAX, "%.140s: %.110s", what, why);
	return result;
}

/* 0750, the group's.  Only root can give it to a group. */
static int make_folder(struct work *work, const char *path)
{
	const char *name = work->config->keys.group;
	struct group *group = NULL;

	if (geteuid() == 0 && (group = getgrnam(name)) == NULL) {
		snprintf(work->reason, PS_REASON_MAX,
			 "setting keys.group: there is no group \"%.100s\"",
			 name);
		return -1;
	}
	if ((mkdir(path, 0750) < 0 && errno != EEXIST) ||
	    (group != NULL && chown(path, 0, group->gr_gid) < 0) ||
	    chmod(path, 0750) < 0) {
		(void)refuse(work, PS_KEYS_TEMPFAIL, path, strerror(errno));
		return -1;
	}
	return 0;
}

/* One command at a time; make: the folder of all keys too. */
static enum ps_keys_write begin(struct work *work, bool make)
{
	const char *folder = work->config->keys.folder;

	work->lock = -1;
	if (!ps_keyfolder_is_domain(work->domain))
		return refuse(work, PS_KEYS_REFUSED, work->domain,
			      "is not a domain");
	if (strlen(folder) > 600)
		return refuse(work, PS_KEYS_REFUSED, "keys.folder",
			      "the path is too long");
	snprintf(work->folder, sizeof(work->folder), "%.600s/%.253s", folder,
		 work->domain);
	if (make && access(folder, F_OK) < 0 && make_folder(work, folder) < 0)
		return PS_KEYS_TEMPFAIL;
	work->lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (work->lock < 0 || flock(work->lock, LOCK_EX) < 0)
		return refuse(work, PS_KEYS_TEMPFAIL, folder, strerror(errno));
	return PS_KEYS_DONE;
}

static void end(struct work *work)
{
	if (work->lock >= 0)
		(void)close(work->lock);
}

static bool taken(const struct ps_domain_keys *keys, const char *selector)
{
	size_t i;

	for (i = 0; i < keys->count; i++) {
		if (strcmp(keys->key[i].selector, selector) == 0)
			return true;
	}
	return false;
}

/* The same letter behind both, "" the first time in a month. */
static bool choose_selectors(const struct work *work, uint64_t now,
			     struct ps_new_key key_r[2])
{
	const time_t seconds = (time_t)now;
	struct tm date;
	char letter;

	if (gmtime_r(&seconds, &date) == NULL)
		return false;
	key_r[0].type = PS_KEY_RSA;
	key_r[1].type = PS_KEY_ED25519;
	for (letter = 'a'; letter <= 'z'; letter++) {
		const char behind[2] = { letter == 'a' ? '\0' : letter, '\0' };

		snprintf(key_r[0].selector, sizeof(key_r[0].selector),
			 "%04d%02dr%s", date.tm_year + 1900, date.tm_mon + 1,
			 behind);
		snprintf(key_r[1].selector, sizeof(key_r[1].selector),
			 "%04d%02de%s", date.tm_year + 1900, date.tm_mon + 1,
			 behind);
		if (!taken(&work->keys, key_r[0].selector) &&
		    !taken(&work->keys, key_r[1].selector))
			return true;
	}
	return false;
}

/* A line of a zone file (RFC 1035 5.1), RFC 6376 3.6.1 in its strings. */
static int write_record(const char *domain, const struct ps_buffer *public_key,
			struct ps_new_key *key_r)
{
	struct ps_buffer text = PS_BUFFER(PS_KEY_RECORD_MAX);
	struct ps_buffer line = PS_BUFFER(PS_KEY_RECORD_MAX - 1);
	size_t at, len;
	int result = -1;

	ps_buffer_text(&text, "v=DKIM1; k=");
	ps_buffer_text(&text, ps_key_type_name(key_r->type));
	ps_buffer_text(&text, "; p=");
	ps_base64_encode(&text, (const unsigned char *)public_key->data,
			 public_key->len);
	ps_buffer_text(&line, key_r->selector);
	ps_buffer_text(&line, "._domainkey.");
	ps_buffer_text(&line, domain);
	ps_buffer_text(&line, ". IN TXT (");
	for (at = 0; at < text.len; at += len) {
		len = text.len - at < STRING_MAX ? text.len - at : STRING_MAX;
		ps_buffer_text(&line, " \"");
		ps_buffer_add(&line, text.data + at, len);
		ps_buffer_char(&line, '"');
	}
	ps_buffer_text(&line, " )");
	if (!text.failed && !line.failed) {
		memcpy(key_r->record, line.data, line.len + 1);
		result = 0;
	}
	ps_buffer_free(&text);
	ps_buffer_free(&line);
	return result;
}

static int write_file(struct work *work, const char *selector,
		      const char *ending, const char *text)
{
	const char *folder =
		work->fresh[0] != '\0' ? work->fresh : work->folder;
	char path[PS_PATH_TEXT_MAX];

	snprintf(path, sizeof(path), "%.900s/%.63s%s", folder, selector,
		 ending);
	return ps_keyfile_write(path, folder, text, work->reason);
}

static int make_key(struct work *work, struct ps_new_key *key_r)
{
	struct ps_buffer pem = PS_BUFFER(PEM_MAX);
	struct ps_buffer public_key = PS_BUFFER(PS_PUBLIC_KEY_MAX);
	struct ps_buffer record = PS_BUFFER(PS_KEY_RECORD_MAX);
	int result = -1;

	(void)refuse(work, PS_KEYS_TEMPFAIL, work->domain,
		     "the key cannot be made");
	if (ps_private_key_generate(key_r->type, RSA_BITS, &pem, &public_key) ==
		    0 &&
	    write_record(work->domain, &public_key, key_r) == 0) {
		ps_buffer_text(&record, key_r->record);
		ps_buffer_char(&record, '\n');
		if (write_file(work, key_r->selector, ".key",
			       ps_buffer_cstr(&pem)) == 0 &&
		    write_file(work, key_r->selector, ".txt",
			       ps_buffer_cstr(&record)) == 0)
			result = 0;
	}
	if (pem.data != NULL)
		explicit_bzero(pem.data, pem.size);
	ps_buffer_free(&pem);
	ps_buffer_free(&public_key);
	ps_buffer_free(&record);
	return result;
}

/*
 * A folder without a list defers the domain's mail, so a new one is made under
 * a name that is no domain and renamed when it is complete.
 */
static int write_all(struct work *work, uint64_t now,
		     struct ps_new_key key_r[2])
{
	char name[PS_DOMAIN_MAX + sizeof(".new-")];
	struct ps_signing_key *added;
	size_t i;

	if (work->fresh[0] != '\0' && make_folder(work, work->fresh) < 0)
		return -1;
	for (i = 0; i < 2; i++) {
		if (make_key(work, &key_r[i]) < 0)
			return -1;
		added = &work->keys.key[work->keys.count++];
		*added = (struct ps_signing_key){
			.type = key_r[i].type,
			.state = PS_KEY_PUBLISHED,
			.since = (long long)now,
		};
		memcpy(added->selector, key_r[i].selector,
		       sizeof(added->selector));
	}
	if (work->fresh[0] == '\0')
		return ps_keylist_write(work->config->keys.folder, work->domain,
					&work->keys, work->reason);
	snprintf(name, sizeof(name), ".new-%s", work->domain);
	if (ps_keylist_write(work->config->keys.folder, name, &work->keys,
			     work->reason) < 0)
		return -1;
	if (rename(work->fresh, work->folder) == 0)
		return 0;
	(void)refuse(work, PS_KEYS_TEMPFAIL, work->folder, strerror(errno));
	return -1;
}

static enum ps_keys_write generate(struct work *work, uint64_t now,
				   struct ps_new_key key_r[2])
{
	enum ps_keys_write result = begin(work, true);

	if (result != PS_KEYS_DONE)
		return result;
	switch (ps_keylist_read(work->config->keys.folder, work->domain,
				&work->keys, work->reason)) {
	case PS_FOUND:
		break;
	case PS_NOTFOUND:
		snprintf(work->fresh, sizeof(work->fresh), "%.600s/.new-%.253s",
			 work->config->keys.folder, work->domain);
		break;
	case PS_TEMPFAIL:
		return PS_KEYS_TEMPFAIL;
	}
	if (work->keys.count + 2 > PS_KEYS_MAX)
		return refuse(work, PS_KEYS_REFUSED, work->folder,
			      "there are 32 keys; remove retired ones from "
			      "domain.json first");
	if (!choose_selectors(work, now, key_r))
		return refuse(work, PS_KEYS_REFUSED, work->domain,
			      "this month's selectors are all taken");
	return write_all(work, now, key_r) == 0 ? PS_KEYS_DONE
						: PS_KEYS_TEMPFAIL;
}

enum ps_keys_write ps_keyfolder_generate(const struct ps_config *config,
					 const char *domain, uint64_t now,
					 struct ps_new_key key_r[2],
					 char reason_r[PS_REASON_MAX])
{
	struct work *work = calloc(1, sizeof(*work));
	enum ps_keys_write result;

	snprintf(reason_r, PS_REASON_MAX, "out of memory");
	if (work == NULL)
		return PS_KEYS_TEMPFAIL;
	work->config = config;
	work->domain = domain;
	work->reason = reason_r;
	memset(key_r, 0, 2 * sizeof(key_r[0]));
	result = generate(work, now, key_r);
	end(work);
	free(work);
	return result;
}

/* ---- activate ---- */

/* The octets that p= must have, from the private key that would sign. */
static enum ps_keys_write read_public(struct work *work,
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
			(void)refuse(work, result, path, error);
		else if (ps_private_key_type(private) != key->type)
			(void)refuse(work, result, path,
				     "is another type than domain.json says");
		else if (ps_private_key_public(private, public_key) < 0)
			(void)refuse(work, result, path, "out of memory");
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

static enum ps_keys_write check_dns(struct work *work,
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
		return refuse(work, PS_KEYS_TEMPFAIL, name,
			      "the DNS does not answer");
	case PS_DNS_NOTFOUND:
		return refuse(work, PS_KEYS_REFUSED, name,
			      "is not in the DNS; publish it first (or "
			      "--force)");
	case PS_DNS_FOUND:
		break;
	}
	if (matches(answer, key, public_key))
		return PS_KEYS_DONE;
	return refuse(work, PS_KEYS_REFUSED, name,
		      "the DNS has another record than ours");
}

/* PENDING only when nothing stands in the way of those that were answered. */
static enum ps_keys_write check_published(struct work *work,
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
		return refuse(work, result, work->domain,
			      "no key waits to be activated");
	return result;
}

static enum ps_keys_write activate(struct work *work, const struct ps_dns *dns,
				   uint64_t now, size_t *count_r)
{
	enum ps_keys_write result = begin(work, false);
	struct ps_signing_key *key;
	size_t i;

	if (result != PS_KEYS_DONE)
		return result;
	switch (ps_keylist_read(work->config->keys.folder, work->domain,
				&work->keys, work->reason)) {
	case PS_FOUND:
		break;
	case PS_NOTFOUND:
		return refuse(work, PS_KEYS_NOTHING, work->domain,
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
	struct work *work = calloc(1, sizeof(*work));
	enum ps_keys_write result;

	*count_r = 0;
	snprintf(reason_r, PS_REASON_MAX, "out of memory");
	if (work == NULL)
		return PS_KEYS_TEMPFAIL;
	work->config = config;
	work->domain = domain;
	work->reason = reason_r;
	result = activate(work, force ? NULL : dns, now, count_r);
	end(work);
	free(work);
	return result;
}
