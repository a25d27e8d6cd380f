/* ldap_change.c - changes to entries in LDAP: collected, then made in order. */

#include "directory/ldap_change.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

struct ps_ldap_value {
	struct ps_ldap_value *next;
	enum ps_ldap_put put;
	const char *attribute;
	const char *value; /* NULL of TAKE_ALL */
};

struct ps_ldap_named {
	struct ps_ldap_named *next;
	const char *name;
	struct ps_ldap_change *change;
};

/* ---- collecting ---- */

static size_t bucket_of(const char *dn)
{
	size_t hash = 5381;

	for (; *dn != '\0'; dn++)
		hash = hash * 33 ^ (unsigned char)ps_ascii_lower(*dn);
	return hash % PS_LDAP_CHANGE_BUCKETS;
}

struct ps_ldap_change *
ps_ldap_change_find(const struct ps_ldap_changes *changes, const char *dn)
{
	struct ps_ldap_change *change = changes->bucket[bucket_of(dn)];

	while (change != NULL &&
	       !ps_bytes_equal_fold(ps_bytes_of(change->dn), ps_bytes_of(dn)))
		change = change->same;
	return change;
}

static struct ps_ldap_change *append(struct ps_ldap_changes *changes,
				     const char *dn,
				     enum ps_ldap_change_kind kind)
{
	struct ps_ldap_change *change =
		ps_arena_alloc(changes->arena, sizeof(*change));

	if (change != NULL)
		change->dn = ps_arena_text(changes->arena, dn);
	if (change == NULL || change->dn == NULL) {
		changes->failed = true;
		return NULL;
	}
	change->kind = kind;
	if (changes->last == NULL)
		changes->first = change;
	else
		changes->last->next = change;
	changes->last = change;
	return change;
}

struct ps_ldap_change *ps_ldap_change_of(struct ps_ldap_changes *changes,
					 const char *dn,
					 enum ps_ldap_change_kind kind)
{
	struct ps_ldap_change **bucket = &changes->bucket[bucket_of(dn)],
			      *change = ps_ldap_change_find(changes, dn);

	if (change == NULL) {
		change = append(changes, dn, kind);
		if (change == NULL)
			return NULL;
		change->same = *bucket;
		*bucket = change;
	}
	return change;
}

void ps_ldap_change_password(struct ps_ldap_changes *changes, const char *dn,
			     const char *password)
{
	struct ps_ldap_change *change = append(changes, dn, PS_LDAP_PASSWORD);

	if (change == NULL)
		return;
	change->password = ps_arena_text(changes->arena, password);
	if (change->password == NULL)
		changes->failed = true;
}

void ps_ldap_changes_wipe(struct ps_ldap_changes *changes)
{
	const struct ps_ldap_change *change;

	for (change = changes->first; change != NULL; change = change->next) {
		if (change->password != NULL)
			explicit_bzero(change->password,
				       strlen(change->password));
	}
}

void ps_ldap_change_name(struct ps_ldap_changes *changes,
			 struct ps_ldap_change *change, const char *name)
{
	struct ps_ldap_named **bucket = &changes->named[bucket_of(name)],
			     *named;

	if (change == NULL)
		return;
	named = ps_arena_alloc(changes->arena, sizeof(*named));
	if (named != NULL)
		named->name = ps_arena_text(changes->arena, name);
	if (named == NULL || named->name == NULL) {
		changes->failed = true;
		return;
	}
	named->change = change;
	named->next = *bucket;
	*bucket = named;
}

struct ps_ldap_change *
ps_ldap_change_named(const struct ps_ldap_changes *changes, const char *name)
{
	const struct ps_ldap_named *named = changes->named[bucket_of(name)];

	for (; named != NULL; named = named->next) {
		if (ps_bytes_equal_fold(ps_bytes_of(named->name),
					ps_bytes_of(name)))
			return named->change;
	}
	return NULL;
}

void ps_ldap_change_put(struct ps_ldap_changes *changes,
			struct ps_ldap_change *change, enum ps_ldap_put put,
			const char *attribute, const char *value)
{
	struct ps_ldap_value *more;

	if (change == NULL || attribute == NULL)
		return;
	more = ps_arena_alloc(changes->arena, sizeof(*more));
	if (more != NULL) {
		more->attribute = ps_arena_text(changes->arena, attribute);
		if (value != NULL)
			more->value = ps_arena_text(changes->arena, value);
	}
	if (more == NULL || more->attribute == NULL ||
	    (value != NULL && more->value == NULL)) {
		changes->failed = true;
		return;
	}
	more->put = put;
	if (change->last == NULL)
		change->first = more;
	else
		change->last->next = more;
	change->last = more;
}

bool ps_ldap_change_is_empty(const struct ps_ldap_change *change)
{
	return change->kind == PS_LDAP_CHANGE && change->first == NULL;
}

bool ps_ldap_change_puts(const struct ps_ldap_change *change,
			 const char *attribute, const char *text)
{
	const struct ps_ldap_value *value;
	bool put = false;

	for (value = change->first; value != NULL; value = value->next) {
		if (strcasecmp(value->attribute, attribute) == 0 &&
		    (value->value == NULL ||
		     strcasecmp(value->value, text) == 0))
			put = value->put == PS_LDAP_PUT_VALUE;
	}
	return put;
}

/* Does nothing behind it concern the same value? */
static bool is_final(const struct ps_ldap_value *value)
{
	const struct ps_ldap_value *other;

	for (other = value->next; other != NULL; other = other->next) {
		if (strcasecmp(other->attribute, value->attribute) == 0 &&
		    (other->value == NULL ||
		     strcasecmp(other->value, value->value) == 0))
			return false;
	}
	return true;
}

/* ---- as libldap wants it ---- */

static int code_of_put(enum ps_ldap_put put)
{
	switch (put) {
	case PS_LDAP_PUT_VALUE:
		return LDAP_MOD_ADD | LDAP_MOD_BVALUES;
	case PS_LDAP_TAKE_VALUE:
		return LDAP_MOD_DELETE | LDAP_MOD_BVALUES;
	case PS_LDAP_TAKE_ALL:
		break;
	}
	return LDAP_MOD_REPLACE | LDAP_MOD_BVALUES;
}

static size_t count_of(const struct ps_ldap_change *change)
{
	const struct ps_ldap_value *value;
	size_t count = 0;

	for (value = change->first; value != NULL; value = value->next)
		count++;
	return count;
}

/* The modification that value is to be put to: the last one, or in a new entry,
 * whose attributes stand there once, any. */
static LDAPMod *mod_of(LDAPMod **mods, size_t count, bool any,
		       const struct ps_ldap_value *value)
{
	size_t i;

	for (i = count; i > 0; i--) {
		if (mods[i - 1]->mod_op == code_of_put(value->put) &&
		    strcasecmp(mods[i - 1]->mod_type, value->attribute) == 0)
			return mods[i - 1];
		if (!any)
			break;
	}
	return NULL;
}

/* One of at most most values; false: no memory. */
static bool add_value(struct ps_arena *arena, LDAPMod *mod, size_t most,
		      const struct ps_ldap_value *value)
{
	struct berval *bytes;
	size_t i = 0;

	if (value->value == NULL)
		return true;
	if (mod->mod_bvalues == NULL)
		mod->mod_bvalues = ps_arena_alloc(
			arena, (most + 1) * sizeof(struct berval *));
	bytes = ps_arena_alloc(arena, sizeof(*bytes));
	if (mod->mod_bvalues == NULL || bytes == NULL)
		return false;
	while (mod->mod_bvalues[i] != NULL)
		i++;
	bytes->bv_val = (char *)(uintptr_t)value->value;
	bytes->bv_len = strlen(value->value);
	mod->mod_bvalues[i] = bytes;
	return true;
}

/* Ended by NULL; NULL: no memory. */
static LDAPMod **mods_of(struct ps_ldap_changes *changes,
			 const struct ps_ldap_change *change)
{
	bool create = change->kind == PS_LDAP_CREATE;
	size_t most = count_of(change), count = 0;
	LDAPMod **mods =
		ps_arena_alloc(changes->arena, (most + 1) * sizeof(LDAPMod *));
	const struct ps_ldap_value *value;
	LDAPMod *mod;

	for (value = change->first; value != NULL && mods != NULL;
	     value = value->next) {
		/* A new entry has what is left in the end, each once. */
		if (create &&
		    (value->put != PS_LDAP_PUT_VALUE || !is_final(value)))
			continue;
		mod = mod_of(mods, count, create, value);
		if (mod == NULL) {
			mod = ps_arena_alloc(changes->arena, sizeof(*mod));
			if (mod == NULL)
				return NULL;
			mod->mod_op = code_of_put(value->put);
			mod->mod_type = (char *)(uintptr_t)value->attribute;
			mods[count++] = mod;
		}
		if (!add_value(changes->arena, mod, most, value))
			return NULL;
	}
	return mods;
}

/* ---- making ---- */

static int send_password(struct ps_ldap *ldap,
			 const struct ps_ldap_change *change, int *msgid_r)
{
	struct berval user = { .bv_val = (char *)(uintptr_t)change->dn,
			       .bv_len = strlen(change->dn) };
	struct berval password = {
		.bv_val = change->password,
		.bv_len = strlen(change->password),
	};

	return ldap_passwd(ldap->ld, &user, NULL, &password, NULL, NULL,
			   msgid_r);
}

static int send(struct ps_ldap *ldap, struct ps_ldap_changes *changes,
		const struct ps_ldap_change *change, int *msgid_r)
{
	LDAPMod **mods;

	switch (change->kind) {
	case PS_LDAP_REMOVE:
		return ldap_delete_ext(ldap->ld, change->dn, NULL, NULL,
				       msgid_r);
	case PS_LDAP_PASSWORD:
		return send_password(ldap, change, msgid_r);
	case PS_LDAP_CREATE:
	case PS_LDAP_CHANGE:
		break;
	}
	mods = mods_of(changes, change);
	if (mods == NULL)
		return LDAP_NO_MEMORY;
	return change->kind == PS_LDAP_CREATE
		       ? ldap_add_ext(ldap->ld, change->dn, mods, NULL, NULL,
				      msgid_r)
		       : ldap_modify_ext(ldap->ld, change->dn, mods, NULL, NULL,
					 msgid_r);
}

int ps_ldap_change_make(struct ps_ldap *ldap, struct ps_ldap_changes *changes,
			const struct ps_ldap_change *change, char **referral_r)
{
	int msgid = 0, code;

	*referral_r = NULL;
	code = send(ldap, changes, change, &msgid);
	return code == LDAP_SUCCESS ? ps_ldap_result(ldap, msgid, referral_r)
				    : code;
}
