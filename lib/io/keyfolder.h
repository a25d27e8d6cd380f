/* keyfolder.h - signing keys on disk: DOMAIN/{domain.json,SELECTOR.key,.txt} */
#ifndef PS_IO_KEYFOLDER_H
#define PS_IO_KEYFOLDER_H

#include "core/auth/crypto.h"
#include "directory/directory.h"

#include <stdint.h>

#define PS_SELECTOR_MAX 63
#define PS_KEYS_MAX	32 /* listed of one domain; ours */

enum ps_key_state { PS_KEY_PUBLISHED, PS_KEY_ACTIVE, PS_KEY_RETIRED };

struct ps_signing_key {
	char selector[PS_SELECTOR_MAX + 1];
	enum ps_key_type type;
	enum ps_key_state state;
	long long since;		/* seconds since 1970 */
	struct ps_private_key *private; /* active keys only */
};

/* What the DNS has of an active key. */
enum ps_published {
	PS_PUBLISHED_UNKNOWN,
	PS_PUBLISHED_SAME,
	PS_PUBLISHED_OTHER,
	PS_PUBLISHED_PENDING
};

#define PS_PUBLISHED_SECONDS 60 /* remembered; ours */

struct ps_sign_settings; /* sign_settings.h */

/* What signs for one domain: the active keys, RSA first.  Immutable. */
struct ps_domain_keys {
	const struct ps_sign_settings *settings; /* its own; NULL none */
	size_t count;
	struct ps_signing_key key[PS_KEYS_MAX];
};

/*
 * One for a process; safe in any thread.  Keys are parsed once and kept;
 * domain.json is looked at again (stat) at most once a second for each domain,
 * so a new key signs without a reload.
 */
struct ps_keyfolder;

/* folder is copied.  -1: no memory. */
int ps_keyfolder_new(const char *folder, struct ps_keyfolder **keyfolder_r);
void ps_keyfolder_free(struct ps_keyfolder **keyfolder);
/*
 * NOTFOUND: the domain has no folder, mail leaves unsigned.  TEMPFAIL with a
 * sentence in reason_r: something listed as active cannot be used (missing,
 * unreadable, no key, mode & 0027, broken domain.json, or in that a setting
 * that is none): mail is deferred.
 * FOUND: *keys_r (count may be 0: nothing active) until ps_keyfolder_release.
 */
enum ps_outcome ps_keyfolder_get(struct ps_keyfolder *keyfolder,
				 const char *domain, uint64_t now,
				 const struct ps_domain_keys **keys_r,
				 char reason_r[PS_REASON_MAX]);
void ps_keyfolder_release(struct ps_keyfolder *keyfolder,
			  const struct ps_domain_keys **keys);
/*
 * What was noted of the ith key, and whether that is less than
 * PS_PUBLISHED_SECONDS old.
 */
enum ps_published ps_keyfolder_published(struct ps_keyfolder *keyfolder,
					 const struct ps_domain_keys *keys,
					 size_t i, uint64_t now, bool *fresh_r);
/* Note it; UNKNOWN leaves what was known.  True when it became SAME or OTHER
 * and was not before: one of all threads is told. */
bool ps_keyfolder_note(struct ps_keyfolder *keyfolder,
		       const struct ps_domain_keys *keys, size_t i,
		       uint64_t now, enum ps_published published);

#endif
