/* config_values.c - check and store the values of settings. */

#include "directory/config_values.h"

#include "core/text/address.h"
#include "core/text/ldap_filter.h"
#include "core/text/socket_name.h"
#include "directory/config_table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LIST_MAX    10000 /* values of one list; ours */
#define DEFAULT_MAX 64	  /* values of a default; more than there are */

int ps_config_fail(struct ps_reading *reading, unsigned int line,
		   const char *format, ...)
{
	char reason[PS_CONFIG_ERROR_MAX / 2];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	if (reading->error[0] != '\0')
		return -1;
	if (line == 0)
		snprintf(reading->error, PS_CONFIG_ERROR_MAX, "%s: %s",
			 reading->path, reason);
	else
		snprintf(reading->error, PS_CONFIG_ERROR_MAX, "%s:%u: %s",
			 reading->path, line, reason);
	return -1;
}

static int fail_value(struct ps_reading *reading, size_t i, const char *value,
		      const char *reason)
{
	const struct ps_setting *setting = &ps_settings[i];

	return ps_config_fail(reading, reading->line[i],
			      "setting %s%s%s: \"%.100s\" %s", setting->section,
			      setting->section[0] == '\0' ? "" : ".",
			      setting->name, value, reason);
}

int ps_config_fail_setting(struct ps_reading *reading, size_t i,
			   const char *reason)
{
	const struct ps_setting *setting = &ps_settings[i];

	return ps_config_fail(reading, reading->line[i], "setting %s%s%s %s",
			      setting->section,
			      setting->section[0] == '\0' ? "" : ".",
			      setting->name, reason);
}

/* It will stand in header fields, log lines and file names. */
static int check_text(struct ps_reading *reading, size_t i, const char *value)
{
	char reason[60];
	const char *at;

	if (strlen(value) > PS_CONFIG_VALUE_MAX) {
		snprintf(reason, sizeof(reason), "... is longer than %d octets",
			 PS_CONFIG_VALUE_MAX);
		return fail_value(reading, i, value, reason);
	}
	for (at = value; *at != '\0'; at++) {
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return ps_config_fail_setting(
				reading, i,
				"has a control character in its value");
	}
	return 0;
}

static int set_list(struct ps_reading *reading, size_t i, size_t count,
		    const char *const *values)
{
	struct ps_config_list *list =
		(void *)((char *)reading->config + ps_settings[i].offset);
	const char **at;
	size_t n;

	at = ps_arena_alloc(reading->arena, (count + 1) * sizeof(*at));
	if (at == NULL)
		return ps_config_fail(reading, 0, "out of memory");
	for (n = 0; n < count; n++) {
		if (values[n][0] == '\0')
			return fail_value(reading, i, "",
					  "is an empty value in the list");
		at[n] = ps_arena_text(reading->arena, values[n]);
		if (at[n] == NULL)
			return ps_config_fail(reading, 0, "out of memory");
	}
	list->count = count;
	list->at = at;
	return 0;
}

static int check_count(struct ps_reading *reading, size_t i, size_t count)
{
	char reason[60];

	if (ps_settings[i].most == 0 || count <= ps_settings[i].most)
		return 0;
	snprintf(reason, sizeof(reason), "has more than %u values",
		 ps_settings[i].most);
	return ps_config_fail_setting(reading, i, reason);
}

static int set_nets(struct ps_reading *reading, size_t i, size_t count,
		    const char *const *values)
{
	struct ps_config_nets *nets =
		(void *)((char *)reading->config + ps_settings[i].offset);
	struct ps_net *at;
	size_t n;

	at = ps_arena_alloc(reading->arena, (count + 1) * sizeof(*at));
	if (at == NULL)
		return ps_config_fail(reading, 0, "out of memory");
	for (n = 0; n < count; n++) {
		if (!ps_net_parse(values[n], &at[n]))
			return fail_value(
				reading, i, values[n],
				"is not a network (192.0.2.0/24, 2001:db8::/32,"
				" no bits behind the prefix)");
	}
	nets->count = count;
	nets->at = at;
	return 0;
}

static bool is_server(const char *value)
{
	const char *at = strchr(value, '@');
	size_t len = at == NULL ? strlen(value) : (size_t)(at - value);
	char address[PS_IP_TEXT_MAX];
	unsigned long long port;
	struct ps_ip ip;

	return ps_bytes_copy((struct ps_bytes){ value, len }, address,
			     sizeof(address)) &&
	       ps_ip_parse_exact(address, &ip) &&
	       (at == NULL ||
		(ps_ascii_number(ps_bytes_of(at + 1), 65535, &port) &&
		 port > 0));
}

static int set_servers(struct ps_reading *reading, size_t i, size_t count,
		       const char *const *values)
{
	size_t n;

	for (n = 0; n < count; n++) {
		if (values[n][0] != '\0' && !is_server(values[n]))
			return fail_value(reading, i, values[n],
					  "is not an address, or address@port");
	}
	return set_list(reading, i, count, values);
}

static int set_sockets(struct ps_reading *reading, size_t i, size_t count,
		       const char *const *values)
{
	struct ps_socket_name name;
	size_t n;

	if (check_count(reading, i, count) < 0)
		return -1;
	for (n = 0; n < count; n++) {
		if (values[n][0] != '\0' &&
		    !ps_socket_name_parse(values[n], &name))
			return fail_value(reading, i, values[n],
					  "is neither unix:/path nor "
					  "inet:port@address");
	}
	return set_list(reading, i, count, values);
}

/* RFC 5322 2.2, and no ";", which would end h= (RFC 6376 3.5). */
static bool is_field_name(const char *name)
{
	for (; *name != '\0'; name++) {
		if (*name <= ' ' || *name > '~' || *name == ':' || *name == ';')
			return false;
	}
	return true;
}

static int set_fields(struct ps_reading *reading, size_t i, size_t count,
		      const char *const *values)
{
	const struct ps_config_list *list =
		(const void *)((char *)reading->config + ps_settings[i].offset);
	const char *const *must = ps_settings[i].words;
	char reason[60];
	size_t n;

	if (set_list(reading, i, count, values) < 0)
		return -1;
	for (n = 0; n < count; n++) {
		if (!is_field_name(list->at[n]))
			return fail_value(reading, i, values[n],
					  "is not the name of a header field");
		ps_ascii_lower_all((char *)(uintptr_t)list->at[n],
				   strlen(list->at[n]));
	}
	for (; must != NULL && *must != NULL; must++) {
		for (n = 0; n < count && strcmp(list->at[n], *must) != 0; n++)
			;
		snprintf(reason, sizeof(reason), "must name %s", *must);
		if (n == count)
			return ps_config_fail_setting(reading, i, reason);
	}
	return 0;
}

static int set_text(struct ps_reading *reading, size_t i, const char *value)
{
	const char **place =
		(void *)((char *)reading->config + ps_settings[i].offset);

	if (value[0] == '\0')
		return fail_value(reading, i, value, "is empty");
	if (ps_settings[i].kind == PS_SETTING_FILE && value[0] != '/')
		return fail_value(reading, i, value, "is not an absolute path");
	*place = ps_arena_text(reading->arena, value);
	return *place == NULL ? ps_config_fail(reading, 0, "out of memory") : 0;
}

static int set_domain(struct ps_reading *reading, size_t i, const char *value)
{
	char domain[PS_DOMAIN_MAX + 1];

	if (value[0] != '\0' &&
	    !ps_domain_normalize(ps_bytes_of(value), domain))
		return fail_value(reading, i, value, "is not a domain name");
	return set_text(reading, i, value);
}

static int set_domains(struct ps_reading *reading, size_t i, size_t count,
		       const char *const *values)
{
	char domain[PS_DOMAIN_MAX + 1];
	size_t n;

	if (check_count(reading, i, count) < 0)
		return -1;
	for (n = 0; n < count; n++) {
		if (values[n][0] != '\0' &&
		    !ps_domain_normalize(ps_bytes_of(values[n]), domain))
			return fail_value(reading, i, values[n],
					  "is not a domain name");
	}
	return set_list(reading, i, count, values);
}

static int set_peer(struct ps_reading *reading, size_t i, const char *value)
{
	struct ps_socket_name name;

	if (value[0] != '\0' && !ps_socket_peer_parse(value, &name))
		return fail_value(reading, i, value,
				  "is not inet:address:port");
	return set_text(reading, i, value);
}

/* RFC 5321 4.1.2 without quoted local parts: it is written into commands. */
static int set_address(struct ps_reading *reading, size_t i, const char *value)
{
	struct ps_mailbox mailbox;

	if (value[0] != '\0' &&
	    (!ps_address_split(ps_bytes_of(value), &mailbox) ||
	     strpbrk(value, "<>()[]\\,;:\" ") != NULL))
		return fail_value(reading, i, value, "is not a mail address");
	return set_text(reading, i, value);
}

static bool is_uri(const char *value)
{
	struct ps_bytes text = ps_bytes_of(value);

	return (ps_bytes_starts_fold(text, PS_BYTES("ldap://")) ||
		ps_bytes_starts_fold(text, PS_BYTES("ldaps://")) ||
		ps_bytes_starts_fold(text, PS_BYTES("ldapi://"))) &&
	       ps_bytes_find(text, ' ') == NULL &&
	       ps_bytes_find(text, '?') == NULL;
}

static int set_ldap_text(struct ps_reading *reading, size_t i,
			 const char *value)
{
	struct ps_bytes text = ps_bytes_of(value);

	if (ps_settings[i].kind == PS_SETTING_ATTRIBUTE && text.len > 0 &&
	    !ps_ldap_attribute_valid(text))
		return fail_value(reading, i, value,
				  "is not the name of an attribute");
	if (ps_settings[i].kind == PS_SETTING_FILTER && text.len > 0 &&
	    !ps_ldap_filter_valid(text))
		return fail_value(reading, i, value,
				  "is not a search filter, \"(name=value)\"");
	return set_text(reading, i, value);
}

static int set_ldap_list(struct ps_reading *reading, size_t i, size_t count,
			 const char *const *values)
{
	bool uris = ps_settings[i].kind == PS_SETTING_URIS;
	size_t n;

	if (uris && count == 0 && ps_settings[i].preset[0] != '\0')
		return ps_config_fail_setting(reading, i, "has no value");
	for (n = 0; n < count; n++) {
		if (uris && !is_uri(values[n]))
			return fail_value(reading, i, values[n],
					  "is not ldap://, ldaps:// or ldapi://"
					  " with a host or path");
		if (!uris && !ps_ldap_attribute_valid(ps_bytes_of(values[n])))
			return fail_value(reading, i, values[n],
					  "is not the name of an attribute");
	}
	return set_list(reading, i, count, values);
}

static int set_number(struct ps_reading *reading, size_t i, const char *value)
{
	const struct ps_setting *setting = &ps_settings[i];
	unsigned int *place =
		(void *)((char *)reading->config + setting->offset);
	unsigned long long number = 0;
	char reason[80];

	snprintf(reason, sizeof(reason),
		 "is not a plain decimal number from %u to %u", setting->least,
		 setting->most);
	if ((value[0] == '0' && value[1] != '\0') ||
	    !ps_ascii_number(ps_bytes_of(value), setting->most, &number) ||
	    number < setting->least)
		return fail_value(reading, i, value, reason);
	*place = (unsigned int)number;
	return 0;
}

static int set_word(struct ps_reading *reading, size_t i, const char *value)
{
	const struct ps_setting *setting = &ps_settings[i];
	unsigned int n,
		*place = (void *)((char *)reading->config + setting->offset);
	char reason[120] = "is not one of";
	size_t len;

	for (n = 0; setting->words[n] != NULL; n++) {
		if (value[0] != '\0' && strcmp(setting->words[n], value) == 0) {
			*place = n;
			return 0;
		}
		len = strlen(reason);
		if (setting->words[n][0] != '\0')
			snprintf(reason + len, sizeof(reason) - len, " %s",
				 setting->words[n]);
	}
	return fail_value(reading, i, value, reason);
}

int ps_config_set(struct ps_reading *reading, size_t i, size_t count,
		  const char *const *values)
{
	char reason[60];
	size_t n;

	if (count > LIST_MAX) {
		snprintf(reason, sizeof(reason), "has more than %d values",
			 LIST_MAX);
		return ps_config_fail_setting(reading, i, reason);
	}
	for (n = 0; n < count; n++) {
		if (check_text(reading, i, values[n]) < 0)
			return -1;
	}
	switch (ps_settings[i].kind) {
	case PS_SETTING_TEXT:
	case PS_SETTING_FILE:
		return set_text(reading, i, values[0]);
	case PS_SETTING_NUMBER:
		return set_number(reading, i, values[0]);
	case PS_SETTING_WORD:
		return set_word(reading, i, values[0]);
	case PS_SETTING_LIST:
		return set_list(reading, i, count, values);
	case PS_SETTING_FIELDS:
		return set_fields(reading, i, count, values);
	case PS_SETTING_NETS:
		return set_nets(reading, i, count, values);
	case PS_SETTING_SERVERS:
		return set_servers(reading, i, count, values);
	case PS_SETTING_DOMAIN:
		return set_domain(reading, i, values[0]);
	case PS_SETTING_DOMAINS:
		return set_domains(reading, i, count, values);
	case PS_SETTING_ATTRIBUTE:
	case PS_SETTING_FILTER:
		return set_ldap_text(reading, i, values[0]);
	case PS_SETTING_ATTRIBUTES:
	case PS_SETTING_URIS:
		return set_ldap_list(reading, i, count, values);
	case PS_SETTING_SOCKETS:
		return set_sockets(reading, i, count, values);
	case PS_SETTING_PEER:
		return set_peer(reading, i, values[0]);
	case PS_SETTING_ADDRESS:
		return set_address(reading, i, values[0]);
	}
	return -1;
}

int ps_config_preset(struct ps_reading *reading, size_t i)
{
	const char *values[DEFAULT_MAX];
	char *copy, *word, *rest = NULL;
	size_t count = 0;

	if (ps_settings[i].preset == NULL)
		return 0;
	if (!ps_setting_is_list(i))
		return ps_config_set(reading, i, 1, &ps_settings[i].preset);
	copy = ps_arena_text(reading->arena, ps_settings[i].preset);
	if (copy == NULL)
		return ps_config_fail(reading, 0, "out of memory");
	for (word = strtok_r(copy, " ", &rest);
	     word != NULL && count < DEFAULT_MAX;
	     word = strtok_r(NULL, " ", &rest))
		values[count++] = word;
	return ps_config_set(reading, i, count, values);
}
