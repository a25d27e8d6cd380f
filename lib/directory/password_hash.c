/* password_hash.c - the hash that new passwords are kept as. */

#include "directory/password_hash.h"

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
