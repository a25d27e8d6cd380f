/* ldap_entry.c - what an entry of the directory in LDAP says. */

#include "directory/ldap_entry.h"

#include "directory/ldap_values.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* One entry being read; the first failure stays in reason. */
struct reading {
	const struct ps_config_ldap *config;
	struct ps_arena *arena;
	struct ps_ldap_values values;
	const char *dn;
	char *reason;
};

static bool fail(struct reading *reading, const char *why)
{
	if (reading->reason[0] == '\0')
		snprintf(reading->reason, PS_REASON_MAX, "entry %.150s: %s",
			 reading->dn == NULL ? "" : reading->dn, why);
	return false;
}

/* ---- values, each turned into a text or left out ---- */

/* True with *text_r NULL: leave it out. */
typedef bool read_value(struct reading *reading, struct ps_bytes value,
			const char **text_r);

static bool copy(struct reading *reading, struct ps_bytes value,
		 const char **text_r)
{
	*text_r = ps_arena_copy(reading->arena, value.at, value.len);
	return *text_r != NULL || fail(reading, "is too large");
}

static bool plain(struct reading *reading, struct ps_bytes value,
		  const char **text_r)
{
	if (value.len == 0 || ps_bytes_find(value, '\0') != NULL)
		return true;
	return copy(reading, value, text_r);
}

/* Nothing that nobody could ask for, or that would not be one item of a list.
 */
static bool name(struct reading *reading, struct ps_bytes value,
		 const char **text_r)
{
	char text[PS_ADDRESS_MAX + 1];
	size_t i;

	for (i = 0; i < value.len; i++) {
		if ((unsigned char)value.at[i] <= ' ' || value.at[i] == 0x7f ||
		    value.at[i] == ',')
			return true;
	}
	if (value.len == 0 || !ps_bytes_copy(value, text, sizeof(text)))
		return true;
	ps_ascii_lower_all(text, value.len);
	return copy(reading, (struct ps_bytes){ text, value.len }, text_r);
}

/* RFC 4517 3.3.21: a uniqueMember may have a bit string behind its DN. */
static bool member(struct reading *reading, struct ps_bytes value,
		   const char **text_r)
{
	size_t at = value.len;

	if (value.len > 3 && memcmp(value.at + value.len - 2, "'B", 2) == 0) {
		for (at = value.len - 2; at > 0; at--) {
			if (value.at[at - 1] == '#')
				break;
		}
		at = at > 1 ? at - 1 : value.len;
	}
	return plain(reading, (struct ps_bytes){ value.at, at }, text_r);
}

/* A bare login belongs to login_domain, where there is one. */
static bool maildrop(struct reading *reading, struct ps_bytes value,
		     const char **text_r)
{
	const char *domain = reading->config->login_domain;
	char room[PS_ADDRESS_MAX + 1];
	struct ps_buffer text = PS_BUFFER_AT(room, sizeof(room));
	size_t i;

	value = ps_bytes_trim(value);
	for (i = 0; i < value.len; i++) {
		if ((unsigned char)value.at[i] < ' ' || value.at[i] == 0x7f)
			return fail(reading, "a maildrop has a control "
					     "character");
	}
	if (value.len == 0)
		return true;
	ps_buffer_bytes(&text, value);
	if (domain != NULL && ps_bytes_find(value, '@') == NULL) {
		ps_buffer_char(&text, '@');
		ps_buffer_text(&text, domain);
	}
	return text.failed
		       ? fail(reading, "a maildrop is too long")
		       : copy(reading, (struct ps_bytes){ text.data, text.len },
			      text_r);
}

/* ---- attributes ---- */

/* More values behind those that are there. */
static bool extend(struct reading *reading, struct ps_ldap_texts *texts,
		   size_t more)
{
	const char **at = ps_arena_alloc(reading->arena,
					 (texts->count + more) * sizeof(*at));

	if (at == NULL)
		return fail(reading, "is too large");
	if (texts->count > 0)
		memcpy(at, texts->at, texts->count * sizeof(*at));
	texts->at = at;
	return true;
}

static bool read_attribute(struct reading *reading, const char *attribute,
			   read_value *read, struct ps_ldap_texts *texts_r)
{
	size_t i, count;
	const struct berval *values =
		ps_ldap_values_of(&reading->values, attribute, &count);
	bool good = count == 0 || extend(reading, texts_r, count);
	const char *text;

	for (i = 0; good && i < count; i++) {
		text = NULL;
		good = read(
			reading,
			(struct ps_bytes){ values[i].bv_val, values[i].bv_len },
			&text);
		if (text != NULL)
			texts_r->at[texts_r->count++] = text;
	}
	return good;
}

static bool read_attributes(struct reading *reading,
			    const struct ps_config_list *attributes,
			    read_value *read, struct ps_ldap_texts *texts_r)
{
	bool good = true;
	size_t i;

	for (i = 0; i < attributes->count && good; i++)
		good = read_attribute(reading, attributes->at[i], read,
				      texts_r);
	return good;
}

/* The first value. */
static bool read_one(struct reading *reading, const char *attribute,
		     const char **text_r)
{
	struct ps_ldap_texts texts = { 0 };

	if (attribute == NULL)
		return true;
	if (!read_attribute(reading, attribute, plain, &texts))
		return false;
	*text_r = texts.count > 0 ? texts.at[0] : NULL;
	return true;
}

static bool read_all(struct reading *reading, struct ps_ldap_entry *entry)
{
	const struct ps_config_ldap *config = reading->config;

	return read_attribute(reading, config->login_attribute, name,
			      &entry->logins) &&
	       read_attribute(reading, config->address_attribute, name,
			      &entry->addresses) &&
	       read_attribute(reading, config->maildrop_attribute, maildrop,
			      &entry->maildrops) &&
	       read_attributes(reading, &config->member_attributes, member,
			       &entry->members) &&
	       read_attributes(reading, &config->member_login_attributes, name,
			       &entry->member_logins) &&
	       read_attribute(reading, config->sender_attribute, name,
			      &entry->senders) &&
	       read_attribute(reading, config->allow_nets_attribute, plain,
			      &entry->allow_nets) &&
	       read_attribute(reading, PS_LDAP_CLASS, name, &entry->classes) &&
	       read_attribute(reading, config->domain_attribute, name,
			      &entry->domains) &&
	       read_one(reading, config->home_attribute, &entry->home) &&
	       read_one(reading, config->quota_attribute, &entry->quota) &&
	       read_one(reading, config->mail_attribute, &entry->mail) &&
	       read_one(reading, config->uid_attribute, &entry->uid) &&
	       read_one(reading, config->gid_attribute, &entry->gid) &&
	       read_one(reading, config->transport_attribute,
			&entry->transport) &&
	       read_one(reading, config->once_attribute, &entry->once) &&
	       read_one(reading, config->password_attribute, &entry->password);
}

struct ps_ldap_entry *ps_ldap_entry_read(const struct ps_config_ldap *config,
					 struct ps_arena *arena, LDAP *ld,
					 LDAPMessage *message,
					 char reason_r[PS_REASON_MAX])
{
	struct reading reading = { .config = config,
				   .arena = arena,
				   .reason = reason_r };
	struct ps_ldap_entry *entry = ps_arena_alloc(arena, sizeof(*entry));
	bool good = ps_ldap_values_read(ld, message, &reading.values);

	reason_r[0] = '\0';
	if (!good)
		(void)fail(&reading, "cannot be understood");
	else if (entry == NULL ||
		 !copy(&reading,
		       (struct ps_bytes){ reading.values.dn.bv_val,
					  reading.values.dn.bv_len },
		       &reading.dn))
		good = fail(&reading, "is too large");
	if (good) {
		entry->dn = reading.dn;
		good = read_all(&reading, entry);
	}
	ps_ldap_values_free(&reading.values);
	return good ? entry : NULL;
}

/* ---- questions to one ---- */

bool ps_ldap_texts_hold(const struct ps_ldap_texts *texts, const char *text)
{
	size_t i;

	for (i = 0; i < texts->count; i++) {
		if (ps_bytes_equal_fold(ps_bytes_of(texts->at[i]),
					ps_bytes_of(text)))
			return true;
	}
	return false;
}

bool ps_ldap_entry_open(const struct ps_ldap_entry *entry)
{
	return entry->maildrops.count > 0;
}

bool ps_ldap_entry_is_group(const struct ps_ldap_entry *entry)
{
	return entry->members.count + entry->member_logins.count > 0;
}

static const char *first_of(const struct ps_ldap_texts *texts)
{
	const char *first = NULL;
	size_t i;

	for (i = 0; i < texts->count; i++) {
		if (first == NULL || strcmp(texts->at[i], first) < 0)
			first = texts->at[i];
	}
	return first;
}

const char *ps_ldap_entry_login(const struct ps_ldap_entry *entry)
{
	return first_of(&entry->logins);
}

/* Is it the login itself, or LOGIN@...? */
static bool is_of(const char *address, const char *login)
{
	size_t len = login == NULL ? 0 : strlen(login);

	return len > 0 &&
	       ps_bytes_starts_fold(ps_bytes_of(address),
				    (struct ps_bytes){ login, len }) &&
	       (address[len] == '@' || address[len] == '\0');
}

/* The better of the two: in an order of its own, not the server's. */
static const char *better(const char *a, const char *b, const char *login)
{
	if (a == NULL)
		return b;
	if (is_of(a, login) != is_of(b, login))
		return is_of(a, login) ? a : b;
	return strcasecmp(a, b) <= 0 ? a : b;
}

const char *ps_ldap_entry_address(const struct ps_ldap_entry *entry)
{
	const char *login = ps_ldap_entry_login(entry), *own = NULL,
		   *any = NULL, *there = NULL;
	size_t i;

	for (i = 0; i < entry->addresses.count; i++) {
		const char *address = entry->addresses.at[i];

		if (address[0] == '@' || strchr(address, '@') == NULL)
			continue;
		any = better(any, address, login);
		if (ps_ldap_texts_hold(&entry->maildrops, address))
			own = better(own, address, login);
	}
	for (i = 0; i < entry->maildrops.count; i++) {
		if (strchr(entry->maildrops.at[i], '@') != NULL)
			there = better(there, entry->maildrops.at[i], login);
	}
	if (own != NULL)
		return own;
	return any != NULL ? any : there;
}

bool ps_ldap_entry_home(const struct ps_ldap_entry *entry,
			const struct ps_config_ldap *config,
			char address_r[PS_ADDRESS_MAX + 1])
{
	const char *login = ps_ldap_entry_login(entry),
		   *address = ps_ldap_entry_address(entry), *at;
	struct ps_buffer text = PS_BUFFER_AT(address_r, PS_ADDRESS_MAX + 1);

	ps_buffer_text(&text, login != NULL ? login : "");
	at = address == NULL ? NULL : strrchr(address, '@');
	if (login == NULL && address != NULL) {
		ps_buffer_text(&text, address);
	} else if (login != NULL && strchr(login, '@') == NULL) {
		ps_buffer_text(&text, config->login_domain != NULL ? "@" : "");
		if (config->login_domain != NULL)
			ps_buffer_text(&text, config->login_domain);
		else if (at != NULL)
			ps_buffer_text(&text, at);
	}
	ps_ascii_lower_all(address_r, text.len);
	return !text.failed && text.len > 0;
}
