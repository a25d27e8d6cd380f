/* keys_on_disk.h - a key folder to be asked, in a temporary one. */
#ifndef PS_TESTS_KEYS_ON_DISK_H
#define PS_TESTS_KEYS_ON_DISK_H

#include "io/keyfolder.h"

#define NOW 1767225600 /* any second */

enum keys_pem {
	RSA_2048,
	ED25519,
	RSA_1024,
	RSA_1016,
	EC_256,
	ENCRYPTED,
	PUBLIC
};

extern const char *const keys_outcomes[]; /* of enum ps_outcome */
extern char keys_folder[];
extern char keys_domain_folder[64]; /* of example.org, in it */
extern struct ps_keyfolder *keys_open;

/* For cmocka: the folders, and in them good r.key (RSA) and e.key (Ed25519). */
int keys_set_up(void **state);
int keys_tear_down(void **state);
/* Open and close the folder; each begins with nothing loaded. */
void keys_start(void);
void keys_end(void);

/* A new file in the domain's folder, mode 0640. */
void keys_put(const char *name, const void *text, size_t len);
/* A new key of that kind. */
void keys_put_new(const char *name, enum keys_pem kind);
/* domain.json of "SELECTOR r|e a|p|r ...": algorithm and state. */
void keys_list(const char *text);

/* ps_keyfolder_get() for example.org, its promises asserted. */
enum ps_outcome keys_get(uint64_t now, const struct ps_domain_keys **keys_r,
			 char reason_r[PS_REASON_MAX]);
/* The selectors that sign, in order, "-" for none; or "not found"; or the
 * reason behind the domain's folder.  Until the next call. */
const char *keys_ask(uint64_t now);

#endif
