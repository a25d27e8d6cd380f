/* keyfolder.c - signing keys, parsed once and kept. */

#include "io/keyfolder.h"

#include "io/crypto_openssl.h"
#include "io/keylist.h"
#include "io/sign_settings.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#define DOMAINS_MAX 10000 /* kept, also those without keys; ours */

/* Parsed keys and who uses them: a reload must not free them under a signer. */
struct loaded {
	struct ps_domain_keys keys; /* first: what callers hold */
	struct ps_sign_settings *settings;
	struct {
		enum ps_published is;
		uint64_t noted; /* seconds; 0 never */
	} published[PS_KEYS_MAX];
	unsigned int users;
};

struct entry {
	UT_hash_handle hh;
	uint64_t checked; /* seconds */
	struct timespec changed;
	ino_t inode;
	off_t size;
	enum ps_outcome outcome;
	struct loaded *loaded; /* with FOUND */
	char reason[PS_REASON_MAX];
	char domain[];
};

struct ps_keyfolder {
	pthread_mutex_t lock;  /* of all below */
	struct entry *entries; /* the oldest first */
	char folder[];
};

int ps_keyfolder_new(const char *folder, struct ps_keyfolder **keyfolder_r)
{
	size_t len = strlen(folder) + 1;

	*keyfolder_r = calloc(1, sizeof(**keyfolder_r) + len);
	if (*keyfolder_r == NULL)
		return -1;
	memcpy((*keyfolder_r)->folder, folder, len);
	(void)pthread_mutex_init(&(*keyfolder_r)->lock, NULL);
	return 0;
}

static struct loaded *loaded_of(const struct ps_domain_keys *keys)
{
	return (struct loaded *)(uintptr_t)keys;
}

static void release(struct loaded **loaded_p)
{
	struct loaded *loaded = *loaded_p;
	size_t i;

	*loaded_p = NULL;
	if (loaded == NULL || --loaded->users > 0)
		return;
	for (i = 0; i < loaded->keys.count; i++)
		ps_private_key_free(&loaded->keys.key[i].private);
	ps_sign_settings_free(&loaded->settings);
	free(loaded);
}

static void drop(struct ps_keyfolder *keyfolder, struct entry *entry)
{
	HASH_DEL(keyfolder->entries, entry);
	release(&entry->loaded);
	free(entry);
}

void ps_keyfolder_free(struct ps_keyfolder **keyfolder_p)
{
	struct ps_keyfolder *keyfolder = *keyfolder_p;

	*keyfolder_p = NULL;
	if (keyfolder == NULL)
		return;
	while (keyfolder->entries != NULL)
		drop(keyfolder, keyfolder->entries);
	(void)pthread_mutex_destroy(&keyfolder->lock);
	free(keyfolder);
}

/* ---- loading ---- */

static enum ps_outcome load_key(const struct ps_keyfolder *keyfolder,
				const char *domain, struct ps_signing_key *key,
				char *reason)
{
	struct ps_buffer pem = PS_BUFFER(PS_KEYFILE_OCTETS_MAX);
	const char *error = NULL;
	char path[PS_PATH_TEXT_MAX];

	snprintf(path, sizeof(path), "%.600s/%.253s/%.63s.key",
		 keyfolder->folder, domain, key->selector);
	if (ps_keyfile_read(path, true, &pem, reason) == PS_FOUND) {
		key->private = ps_private_key_parse(ps_buffer_cstr(&pem),
						    pem.len, &error);
		if (key->private == NULL)
			snprintf(reason, PS_REASON_MAX, "%.150s: %s", path,
				 error);
		else if (ps_private_key_type(key->private) != key->type)
			snprintf(reason, PS_REASON_MAX,
				 "%.150s: domain.json says %s, it is not", path,
				 ps_key_type_name(key->type));
		else
			reason[0] = '\0';
	}
	if (pem.data != NULL)
		explicit_bzero(pem.data, pem.size);
	ps_buffer_free(&pem);
	return reason[0] == '\0' ? PS_FOUND : PS_TEMPFAIL;
}

static enum ps_outcome load_settings(const struct ps_keyfolder *keyfolder,
				     const char *domain, struct loaded *loaded,
				     char *reason)
{
	char path[PS_PATH_TEXT_MAX];

	snprintf(path, sizeof(path), "%.600s/%.253s/domain.json",
		 keyfolder->folder, domain);
	if (ps_sign_settings_read(path, &loaded->settings, reason) ==
	    PS_TEMPFAIL)
		return PS_TEMPFAIL;
	loaded->keys.settings = loaded->settings;
	return PS_FOUND;
}

/* RSA first: a verifier that knows no Ed25519 meets it soonest. */
static void keep_active(struct ps_domain_keys *keys)
{
	struct ps_domain_keys all = *keys;
	size_t i, turn;

	memset(keys, 0, sizeof(*keys));
	for (turn = 0; turn < 2; turn++) {
		for (i = 0; i < all.count; i++) {
			if (all.key[i].state == PS_KEY_ACTIVE &&
			    (all.key[i].type == PS_KEY_RSA) == (turn == 0))
				keys->key[keys->count++] = all.key[i];
		}
	}
}

static void load(struct ps_keyfolder *keyfolder, struct entry *entry)
{
	struct loaded *loaded = calloc(1, sizeof(*loaded));
	size_t i;

	release(&entry->loaded);
	entry->reason[0] = '\0';
	if (loaded == NULL) {
		entry->outcome = PS_TEMPFAIL;
		snprintf(entry->reason, sizeof(entry->reason), "out of memory");
		return;
	}
	loaded->users = 1;
	entry->outcome = ps_keylist_read(keyfolder->folder, entry->domain,
					 &loaded->keys, entry->reason);
	if (entry->outcome == PS_FOUND)
		keep_active(&loaded->keys);
	for (i = 0; entry->outcome == PS_FOUND && i < loaded->keys.count; i++)
		entry->outcome = load_key(keyfolder, entry->domain,
					  &loaded->keys.key[i], entry->reason);
	if (entry->outcome == PS_FOUND)
		entry->outcome = load_settings(keyfolder, entry->domain, loaded,
					       entry->reason);
	if (entry->outcome == PS_FOUND)
		entry->loaded = loaded;
	else
		release(&loaded);
}

/* Load again unless domain.json is the file it was, and was good. */
static void refresh(struct ps_keyfolder *keyfolder, struct entry *entry,
		    uint64_t now)
{
	char path[PS_PATH_TEXT_MAX];
	struct stat status;

	if (entry->checked == now)
		return;
	entry->checked = now;
	snprintf(path, sizeof(path), "%.600s/%.253s/domain.json",
		 keyfolder->folder, entry->domain);
	if (stat(path, &status) < 0)
		memset(&status, 0, sizeof(status));
	if (entry->loaded != NULL && status.st_ino == entry->inode &&
	    status.st_size == entry->size &&
	    status.st_mtim.tv_sec == entry->changed.tv_sec &&
	    status.st_mtim.tv_nsec == entry->changed.tv_nsec)
		return;
	entry->inode = status.st_ino;
	entry->size = status.st_size;
	entry->changed = status.st_mtim;
	load(keyfolder, entry);
}

static struct entry *find(struct ps_keyfolder *keyfolder, const char *domain)
{
	size_t len = strlen(domain);
	struct entry *entry = NULL;

	HASH_FIND(hh, keyfolder->entries, domain, len, entry);
	if (entry != NULL)
		return entry;
	if (HASH_COUNT(keyfolder->entries) >= DOMAINS_MAX)
		drop(keyfolder, keyfolder->entries);
	entry = calloc(1, sizeof(*entry) + len + 1);
	if (entry == NULL)
		return NULL;
	memcpy(entry->domain, domain, len + 1);
	entry->checked = UINT64_MAX;
	HASH_ADD_KEYPTR(hh, keyfolder->entries, entry->domain, len, entry);
	if (entry->hh.tbl == NULL) {
		free(entry);
		return NULL;
	}
	return entry;
}

enum ps_outcome ps_keyfolder_get(struct ps_keyfolder *keyfolder,
				 const char *domain, uint64_t now,
				 const struct ps_domain_keys **keys_r,
				 char reason_r[PS_REASON_MAX])
{
	enum ps_outcome outcome = PS_TEMPFAIL;
	struct entry *entry;

	*keys_r = NULL;
	reason_r[0] = '\0';
	if (!ps_keyfolder_is_domain(domain))
		return PS_NOTFOUND;
	(void)pthread_mutex_lock(&keyfolder->lock);
	entry = find(keyfolder, domain);
	if (entry == NULL) {
		snprintf(reason_r, PS_REASON_MAX, "out of memory");
	} else {
		refresh(keyfolder, entry, now);
		outcome = entry->outcome;
		memcpy(reason_r, entry->reason, sizeof(entry->reason));
		if (outcome == PS_FOUND) {
			entry->loaded->users++;
			*keys_r = &entry->loaded->keys;
		}
	}
	(void)pthread_mutex_unlock(&keyfolder->lock);
	return outcome;
}

void ps_keyfolder_release(struct ps_keyfolder *keyfolder,
			  const struct ps_domain_keys **keys)
{
	struct loaded *loaded = loaded_of(*keys);

	*keys = NULL;
	if (loaded == NULL)
		return;
	(void)pthread_mutex_lock(&keyfolder->lock);
	release(&loaded);
	(void)pthread_mutex_unlock(&keyfolder->lock);
}

/* ---- what the DNS has ---- */

enum ps_published ps_keyfolder_published(struct ps_keyfolder *keyfolder,
					 const struct ps_domain_keys *keys,
					 size_t i, uint64_t now, bool *fresh_r)
{
	const struct loaded *loaded = loaded_of(keys);
	enum ps_published is;
	uint64_t noted;

	(void)pthread_mutex_lock(&keyfolder->lock);
	is = loaded->published[i].is;
	noted = loaded->published[i].noted;
	(void)pthread_mutex_unlock(&keyfolder->lock);
	*fresh_r = noted != 0 && now >= noted &&
		   now - noted < PS_PUBLISHED_SECONDS;
	return is;
}

bool ps_keyfolder_note(struct ps_keyfolder *keyfolder,
		       const struct ps_domain_keys *keys, size_t i,
		       uint64_t now, enum ps_published published)
{
	struct loaded *loaded = loaded_of(keys);
	bool changed = false;

	(void)pthread_mutex_lock(&keyfolder->lock);
	loaded->published[i].noted = now;
	if (published != PS_PUBLISHED_UNKNOWN) {
		changed = loaded->published[i].is != published;
		loaded->published[i].is = published;
	}
	(void)pthread_mutex_unlock(&keyfolder->lock);
	return changed;
}
