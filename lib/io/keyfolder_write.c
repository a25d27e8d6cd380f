/* keyfolder_write.c - make signing keys. */

#include "io/keyfolder_work.h"

#include "core/text/base64.h"
#include "io/crypto_openssl.h"
#include "io/keylist.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STRING_MAX 255	/* octets of a character string, RFC 1035 3.3.14 */
#define PEM_MAX	   8192 /* octets of RSA-4096 as PKCS#8 and more */

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
static bool choose_selectors(const struct ps_keys_work *work, uint64_t now,
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

static int write_file(struct ps_keys_work *work, const char *selector,
		      const char *ending, const char *text)
{
	const char *folder =
		work->fresh[0] != '\0' ? work->fresh : work->folder;
	char path[PS_PATH_TEXT_MAX];

	snprintf(path, sizeof(path), "%.900s/%.63s%s", folder, selector,
		 ending);
	return ps_keyfile_write(path, folder, text, work->reason);
}

static int make_key(struct ps_keys_work *work, unsigned int bits,
		    struct ps_new_key *key_r)
{
	struct ps_buffer pem = PS_BUFFER(PEM_MAX);
	struct ps_buffer public_key = PS_BUFFER(PS_PUBLIC_KEY_MAX);
	struct ps_buffer record = PS_BUFFER(PS_KEY_RECORD_MAX);
	int result = -1;

	(void)ps_keys_work_refuse(work, PS_KEYS_TEMPFAIL, work->domain,
				  "the key cannot be made");
	if (ps_private_key_generate(key_r->type, bits, &pem, &public_key) ==
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
static int write_all(struct ps_keys_work *work, unsigned int bits, uint64_t now,
		     struct ps_new_key key_r[2])
{
	char name[PS_DOMAIN_MAX + sizeof(".new-")];
	struct ps_signing_key *added;
	size_t i;

	if (work->fresh[0] != '\0' &&
	    ps_keys_work_folder(work, work->fresh) < 0)
		return -1;
	for (i = 0; i < 2; i++) {
		if (make_key(work, bits, &key_r[i]) < 0)
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
	(void)ps_keys_work_refuse(work, PS_KEYS_TEMPFAIL, work->folder,
				  strerror(errno));
	return -1;
}

static enum ps_keys_write generate(struct ps_keys_work *work, unsigned int bits,
				   uint64_t now, struct ps_new_key key_r[2])
{
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
		return ps_keys_work_refuse(
			work, PS_KEYS_REFUSED, work->folder,
			"there are 32 keys; remove retired ones from "
			"domain.json first");
	if (!choose_selectors(work, now, key_r))
		return ps_keys_work_refuse(
			work, PS_KEYS_REFUSED, work->domain,
			"this month's selectors are all taken");
	return write_all(work, bits, now, key_r) == 0 ? PS_KEYS_DONE
						      : PS_KEYS_TEMPFAIL;
}

enum ps_keys_write ps_keyfolder_generate(const struct ps_config *config,
					 const char *domain, unsigned int bits,
					 uint64_t now,
					 struct ps_new_key key_r[2],
					 char reason_r[PS_REASON_MAX])
{
	struct ps_keys_work *work;
	enum ps_keys_write result =
		ps_keys_work_begin(config, domain, true, reason_r, &work);

	memset(key_r, 0, 2 * sizeof(key_r[0]));
	if (result == PS_KEYS_DONE)
		result = generate(work, bits, now, key_r);
	ps_keys_work_end(&work);
	return result;
}
