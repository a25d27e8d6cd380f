/* keys_on_disk.c - a key folder to be asked, in a temporary one. */

#include "table.h"

#include "keys_on_disk.h"

#include "io/crypto_openssl.h"
#include "io/keylist.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const keys_outcomes[] = { [PS_FOUND] = "found",
				      [PS_NOTFOUND] = "not found",
				      [PS_TEMPFAIL] = "temporary failure" };

char keys_folder[] = "/tmp/postseal-keys-XXXXXX";
char keys_domain_folder[64];
struct ps_keyfolder *keys_open;

/* ---- what is on disk ---- */

void keys_put(const char *name, const void *text, size_t len)
{
	char path[200];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", keys_domain_folder, name);
	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	assert_true(fd >= 0 && write(fd, text, len) == (ssize_t)len);
	assert_int_equal(fchmod(fd, 0640), 0);
	assert_int_equal(close(fd), 0);
}

/* "SELECTOR r|e a|p|r" three times at most, as domain.json. */
void keys_list(const char *text)
{
	struct ps_domain_keys keys = { 0 };
	char reason[PS_REASON_MAX], type, state;
	struct ps_signing_key *key;
	int used = 0;

	for (; sscanf(text, " %63s %c %c%n", keys.key[keys.count].selector,
		      &type, &state, &used) == 3;
	     text += used) {
		key = &keys.key[keys.count++];
		key->type = type == 'r' ? PS_KEY_RSA : PS_KEY_ED25519;
		key->state = state == 'a'   ? PS_KEY_ACTIVE
			     : state == 'p' ? PS_KEY_PUBLISHED
					    : PS_KEY_RETIRED;
	}
	if (ps_keylist_write(keys_folder, "example.org", &keys, reason) < 0)
		fail_msg("%s", reason);
}

static EVP_PKEY *new_key(enum keys_pem kind)
{
	static const size_t bits[] = {
		[RSA_2048] = 2048, [RSA_1024] = 1024, [RSA_1016] = 1016
	};

	if (kind == ED25519 || kind == ENCRYPTED)
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (kind == EC_256)
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	return EVP_PKEY_Q_keygen(NULL, NULL, "RSA",
				 kind == PUBLIC ? (size_t)2048 : bits[kind]);
}

/* A new key of that kind in file name. */
void keys_put_new(const char *name, enum keys_pem kind)
{
	static char passphrase[] = "secret";
	EVP_PKEY *key = new_key(kind);
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;

	assert_true(key != NULL && bio != NULL);
	if (kind == PUBLIC)
		assert_int_equal(PEM_write_bio_PUBKEY(bio, key), 1);
	else
		assert_int_equal(
			PEM_write_bio_PKCS8PrivateKey(
				bio, key,
				kind == ENCRYPTED ? EVP_aes_128_cbc() : NULL,
				NULL, 0, NULL,
				kind == ENCRYPTED ? passphrase : NULL),
			1);
	len = BIO_get_mem_data(bio, &text);
	keys_put(name, text, (size_t)len);
	(void)BIO_free(bio);
	EVP_PKEY_free(key);
}

/* ---- what is asked ---- */

enum ps_outcome keys_get(uint64_t now, const struct ps_domain_keys **keys_r,
			 char reason_r[PS_REASON_MAX])
{
	enum ps_outcome outcome = ps_keyfolder_get(keys_open, "example.org",
						   now, keys_r, reason_r);

	assert_true((outcome == PS_FOUND) == (*keys_r != NULL));
	assert_true((outcome == PS_TEMPFAIL) == (reason_r[0] != '\0'));
	return outcome;
}

/* The selectors in order, "-" for none, or the reason's end behind folder. */
const char *keys_ask(uint64_t now)
{
	static char text[PS_REASON_MAX + 100];
	const struct ps_domain_keys *keys;
	char reason[PS_REASON_MAX];
	enum ps_outcome outcome = keys_get(now, &keys, reason);
	size_t i, len = 0;

	if (outcome == PS_TEMPFAIL) {
		len = strlen(keys_domain_folder);
		assert_int_equal(strncmp(reason, keys_domain_folder, len), 0);
		snprintf(text, sizeof(text), "%s", reason + len + 1);
		return text;
	}
	if (outcome == PS_NOTFOUND)
		return keys_outcomes[outcome];
	snprintf(text, sizeof(text), "-");
	for (i = 0; i < keys->count; i++) {
		assert_non_null(keys->key[i].private);
		assert_int_equal(ps_private_key_type(keys->key[i].private),
				 keys->key[i].type);
		assert_int_equal(keys->key[i].state, PS_KEY_ACTIVE);
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
					i == 0 ? "" : " ",
					keys->key[i].selector);
	}
	ps_keyfolder_release(keys_open, &keys);
	assert_null(keys);
	return text;
}

void keys_start(void)
{
	assert_int_equal(ps_keyfolder_new(keys_folder, &keys_open), 0);
}

void keys_end(void)
{
	ps_keyfolder_free(&keys_open);
	assert_null(keys_open);
	ps_keyfolder_free(&keys_open);
}

int keys_tear_down(void **state)
{
	char command[80];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", keys_folder);
	return system(command) == 0 ? 0 : -1;
}

int keys_set_up(void **state)
{
	(void)state;
	if (mkdtemp(keys_folder) == NULL || chmod(keys_folder, 0755) < 0)
		return -1;
	snprintf(keys_domain_folder, sizeof(keys_domain_folder),
		 "%s/example.org", keys_folder);
	if (mkdir(keys_domain_folder, 0755) < 0)
		return -1;
	keys_put_new("r.key", RSA_2048);
	keys_put_new("e.key", ED25519);
	return 0;
}
