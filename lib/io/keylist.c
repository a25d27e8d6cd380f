/* keylist.c - DOMAIN/domain.json: which keys there are, and their states. */

#include "io/keylist.h"

#include "core/text/address.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const states[] = { [PS_KEY_PUBLISHED] = "published",
				      [PS_KEY_ACTIVE] = "active",
				      [PS_KEY_RETIRED] = "retired" };
static const char *const types[] = {
	[PS_KEY_RSA] = "rsa", [PS_KEY_ED25519] = "ed25519"
};

const char *ps_key_state_name(enum ps_key_state state)
{
	return states[state];
}

const char *ps_key_type_name(enum ps_key_type type)
{
	return types[type];
}

bool ps_keyfolder_is_domain(const char *domain)
{
	char normal[PS_DOMAIN_MAX + 1];

	return ps_domain_normalize(ps_bytes_of(domain), normal) &&
	       strcmp(normal, domain) == 0 && domain[0] != '.' &&
	       strchr(domain, '/') == NULL;
}

static enum ps_outcome fail(char *reason_r, const char *path, const char *why)
{
	snprintf(reason_r, PS_REASON_MAX, "%.150s: %.100s", path, why);
	return PS_TEMPFAIL;
}

static enum ps_outcome read_open(int fd, const char *path, bool secret,
				 struct ps_buffer *out, char *reason_r)
{
	struct stat status;
	char part[4096];
	ssize_t got;

	if (fstat(fd, &status) < 0)
		return fail(reason_r, path, strerror(errno));
	if (!S_ISREG(status.st_mode))
		return fail(reason_r, path, "is not a regular file");
	if (secret && (status.st_mode & 0027) != 0)
		return fail(reason_r, path,
			    "others may read it or its group write it; it must "
			    "be mode 0640 or less");
	if (status.st_size > PS_KEYFILE_OCTETS_MAX)
		return fail(reason_r, path, "is too large");
	while ((got = read(fd, part, sizeof(part))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail(reason_r, path, strerror(errno));
		ps_buffer_add(out, part, (size_t)got);
		if (out->failed)
			return fail(reason_r, path, "is too large");
	}
	return PS_FOUND;
}

enum ps_outcome ps_keyfile_read(const char *path, bool secret,
				struct ps_buffer *out,
				char reason_r[PS_REASON_MAX])
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	enum ps_outcome outcome;

	if (fd < 0) {
		outcome = errno == ENOENT ? PS_NOTFOUND : PS_TEMPFAIL;
		(void)fail(reason_r, path, strerror(errno));
		return outcome;
	}
	outcome = read_open(fd, path, secret, out, reason_r);
	(void)close(fd);
	return outcome;
}

static bool word_index(const char *const *words, unsigned int count,
		       const char *word, unsigned int *index_r)
{
	unsigned int i;

	for (i = 0; word != NULL && i < count; i++) {
		if (strcmp(words[i], word) == 0) {
			*index_r = i;
			return true;
		}
	}
	return false;
}

/* A selector is a file name too. */
static bool is_selector(const char *text)
{
	char normal[PS_DOMAIN_MAX + 1];

	return text != NULL && strlen(text) <= PS_SELECTOR_MAX &&
	       ps_keyfolder_is_domain(text) &&
	       ps_domain_normalize(ps_bytes_of(text), normal);
}

static bool read_entry(const json_t *entry, struct ps_signing_key *key_r)
{
	const char *selector =
		json_string_value(json_object_get(entry, "selector"));
	const json_t *since = json_object_get(entry, "since");
	unsigned int state, type;

	if (!is_selector(selector) ||
	    (since != NULL && !json_is_integer(since)) ||
	    !word_index(states, 3,
			json_string_value(json_object_get(entry, "state")),
			&state) ||
	    !word_index(types, 2,
			json_string_value(json_object_get(entry, "algorithm")),
			&type))
		return false;
	*key_r = (struct ps_signing_key){
		.type = (enum ps_key_type)type,
		.state = (enum ps_key_state)state,
		.since = json_integer_value(since),
	};
	snprintf(key_r->selector, sizeof(key_r->selector), "%s", selector);
	return true;
}

/* Two states of one key, or two signatures by it, were nobody's wish. */
static bool is_listed_before(const struct ps_domain_keys *keys, size_t i)
{
	size_t n;

	for (n = 0; n < i; n++) {
		if (strcmp(keys->key[n].selector, keys->key[i].selector) == 0)
			return true;
	}
	return false;
}

static enum ps_outcome parse(const char *path, const struct ps_buffer *text,
			     struct ps_domain_keys *keys_r, char *reason_r)
{
	json_t *root = json_loadb(ps_buffer_cstr(text), text->len,
				  JSON_REJECT_DUPLICATES, NULL);
	const json_t *list = json_object_get(root, "keys");
	enum ps_outcome outcome = PS_FOUND;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) > PS_KEYS_MAX)
		outcome = fail(reason_r, path,
			       "is not {\"keys\": [...]} with at most 32 keys");
	for (i = 0; outcome == PS_FOUND && i < json_array_size(list); i++) {
		if (!read_entry(json_array_get(list, i), &keys_r->key[i]))
			outcome = fail(reason_r, path,
				       "a key needs selector, algorithm (rsa, "
				       "ed25519), state (published, active, "
				       "retired), since (a number)");
		else if (is_listed_before(keys_r, i))
			outcome =
				fail(reason_r, path, "lists a selector twice");
	}
	keys_r->count = outcome == PS_FOUND ? json_array_size(list) : 0;
	json_decref(root);
	return outcome;
}

/* No folder of the domain is one thing, no keys at all another. */
static enum ps_outcome why_missing(const char *folder, const char *domain,
				   const char *path, char *reason_r)
{
	char below[PS_PATH_TEXT_MAX];
	struct stat status;

	if (stat(folder, &status) < 0)
		return fail(reason_r, folder, strerror(errno));
	snprintf(below, sizeof(below), "%.600s/%.253s", folder, domain);
	if (lstat(below, &status) == 0)
		return fail(reason_r, path, "is missing");
	return errno == ENOENT ? PS_NOTFOUND
			       : fail(reason_r, below, strerror(errno));
}

enum ps_outcome ps_keylist_read(const char *folder, const char *domain,
				struct ps_domain_keys *keys_r,
				char reason_r[PS_REASON_MAX])
{
	struct ps_buffer text = PS_BUFFER(PS_KEYFILE_OCTETS_MAX);
	char path[PS_PATH_TEXT_MAX];
	enum ps_outcome outcome;

	memset(keys_r, 0, sizeof(*keys_r));
	reason_r[0] = '\0';
	if (!ps_keyfolder_is_domain(domain))
		return PS_NOTFOUND;
	snprintf(path, sizeof(path), "%.600s/%.253s/domain.json", folder,
		 domain);
	outcome = ps_keyfile_read(path, false, &text, reason_r);
	if (outcome == PS_NOTFOUND)
		outcome = why_missing(folder, domain, path, reason_r);
	else if (outcome == PS_FOUND)
		outcome = parse(path, &text, keys_r, reason_r);
	if (outcome == PS_NOTFOUND)
		reason_r[0] = '\0';
	ps_buffer_free(&text);
	return outcome;
}

/* Whatever else the file says stays: "sign", or a later version's. */
static json_t *read_rest(const char *path)
{
	struct ps_buffer text = PS_BUFFER(PS_KEYFILE_OCTETS_MAX);
	char reason[PS_REASON_MAX];
	json_t *root = NULL;

	if (ps_keyfile_read(path, false, &text, reason) == PS_FOUND)
		root = json_loadb(ps_buffer_cstr(&text), text.len,
				  JSON_REJECT_DUPLICATES, NULL);
	ps_buffer_free(&text);
	return root == NULL ? json_object() : root;
}

static char *dump(const char *path, const struct ps_domain_keys *keys)
{
	json_t *root = read_rest(path), *list = json_array();
	char *text;
	size_t i;

	for (i = 0; i < keys->count; i++)
		(void)json_array_append_new(
			list, json_pack("{s:s, s:s, s:s, s:I}", "selector",
					keys->key[i].selector, "algorithm",
					types[keys->key[i].type], "state",
					states[keys->key[i].state], "since",
					(json_int_t)keys->key[i].since));
	(void)json_object_set_new(root, "keys", list);
	text = json_dumps(root, JSON_INDENT(2));
	json_decref(root);
	return text;
}

/* Owner and group are the folder's, as the daemon reads it. */
static int write_synced(const char *path, const char *like, const char *text)
{
	int fd = open(path,
		      O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		      0600);
	size_t len = strlen(text);
	struct stat status;
	int result = -1;

	if (fd < 0)
		return -1;
	if (stat(like, &status) == 0 &&
	    (geteuid() != 0 || fchown(fd, status.st_uid, status.st_gid) == 0) &&
	    fchmod(fd, 0640) == 0 && write(fd, text, len) == (ssize_t)len &&
	    fsync(fd) == 0)
		result = 0;
	if (close(fd) < 0)
		result = -1;
	return result;
}

int ps_keyfile_write(const char *path, const char *folder, const char *text,
		     char reason_r[PS_REASON_MAX])
{
	char aside[PS_PATH_TEXT_MAX + sizeof(".new")];
	int error;

	snprintf(aside, sizeof(aside), "%s.new", path);
	if (write_synced(aside, folder, text) == 0 && rename(aside, path) == 0)
		return 0;
	error = errno;
	(void)unlink(aside);
	(void)fail(reason_r, path, strerror(error));
	return -1;
}

int ps_keylist_write(const char *folder, const char *domain,
		     const struct ps_domain_keys *keys,
		     char reason_r[PS_REASON_MAX])
{
	char path[PS_PATH_TEXT_MAX], like[PS_PATH_TEXT_MAX];
	char *text;
	int result;

	snprintf(like, sizeof(like), "%.600s/%.253s", folder, domain);
	snprintf(path, sizeof(path), "%.600s/%.253s/domain.json", folder,
		 domain);
	text = dump(path, keys);
	if (text == NULL) {
		(void)fail(reason_r, path, "out of memory");
		return -1;
	}
	result = ps_keyfile_write(path, like, text, reason_r);
	free(text);
	return result;
}
