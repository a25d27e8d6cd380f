/* password_hash.c - the hash that new passwords are kept as. */

#include "directory/password_hash.h"

#include "core/text/bytes.h"

#include <crypt.h>
#include <stdlib.h>
#include <string.h>

int ps_password_hash(const char *password, char hash_r[PS_CREDENTIAL_MAX])
{
	static const char *const prefixes[] = { "$y$", "$6$" };
	struct crypt_data *data = calloc(1, sizeof(*data));
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	const char *hash;
	int ret = -1;

	for (size_t i = 0; data != NULL && ret < 0 &&
			   i < sizeof(prefixes) / sizeof(*prefixes);
	     i++) {
		if (crypt_gensalt_rn(prefixes[i], 0, NULL, 0, setting,
				     sizeof(setting)) == NULL)
			continue;
		hash = crypt_r(password, setting, data);
		if (hash == NULL || hash[0] == '*' ||
		    strlen(hash) >= PS_CREDENTIAL_MAX)
			continue;
		memcpy(hash_r, hash, strlen(hash) + 1);
		ret = 0;
	}
	if (data != NULL)
		explicit_bzero(data, sizeof(*data));
	free(data);
	return ret;
}

/* Those with rounds; of Dovecot's names, the part before ".hex" or ".b64". */
static bool is_strong_scheme(struct ps_bytes scheme)
{
	static const char *const names[] = {
		"ARGON2I",	"ARGON2ID", "BLF-CRYPT",   "SHA512-CRYPT",
		"SHA256-CRYPT", "PBKDF2",   "SCRAM-SHA-1", "SCRAM-SHA-256",
	};
	const char *dot = ps_bytes_find(scheme, '.');

	if (dot != NULL)
		scheme.len = (size_t)(dot - scheme.at);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (ps_bytes_equal_fold(scheme, ps_bytes_of(names[i])))
			return true;
	}
	return false;
}

bool ps_password_is_weak(const char *hash)
{
	static const char *const prefixes[] = {
		"$y$", "$gy$", "$7$", "$2a$", "$2b$", "$2y$", "$6$", "$5$",
	};
	const char *end = strchr(hash, '}');
	struct ps_bytes scheme = PS_BYTES("CRYPT");

	if (hash[0] == '{' && end != NULL) {
		scheme =
			(struct ps_bytes){ hash + 1, (size_t)(end - hash - 1) };
		hash = end + 1;
	}
	if (!ps_bytes_equal_fold(scheme, PS_BYTES("CRYPT")))
		return !is_strong_scheme(scheme);
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (strncmp(hash, prefixes[i], strlen(prefixes[i])) == 0)
			return false;
	}
	return true;
}
