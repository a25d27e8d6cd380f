/* sign_settings.c - how one domain wishes to sign: "sign" in its domain.json */

#include "io/sign_settings.h"

#include "directory/config_table.h"
#include "directory/config_values.h"
#include "io/keylist.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_MAX 262144 /* octets; a file has 64 KB */

struct ps_sign_settings {
	struct ps_reading reading; /* its arena holds the texts */
	bool given[PS_SETTINGS_MAX];
	struct ps_config config; /* of which the signature is used */
};

void ps_sign_settings_free(struct ps_sign_settings **settings)
{
	if (*settings == NULL)
		return;
	ps_arena_free(&(*settings)->reading.arena);
	free(*settings);
	*settings = NULL;
}

/* A setting of the section sign that is a domain's, too. */
static bool is_of_signature(size_t i)
{
	const size_t begin = offsetof(struct ps_config, sign.signature);

	return ps_settings[i].offset >= begin &&
	       ps_settings[i].offset <
		       begin + sizeof(struct ps_config_signature);
}

static const char *text_of(const json_t *value, char number_r[24])
{
	if (json_is_integer(value)) {
		snprintf(number_r, 24, "%" JSON_INTEGER_FORMAT,
			 json_integer_value(value));
		return number_r;
	}
	if (json_is_boolean(value))
		return json_is_true(value) ? "yes" : "no";
	return json_string_value(value);
}

static int set_list(struct ps_sign_settings *settings, size_t i,
		    const json_t *list)
{
	size_t n, count = json_array_size(list);
	const char **values = calloc(count + 1, sizeof(*values));
	int result = -1;

	if (values == NULL)
		return ps_config_fail(&settings->reading, 0, "out of memory");
	for (n = 0; n < count; n++) {
		values[n] = json_string_value(json_array_get(list, n));
		if (values[n] == NULL)
			break;
	}
	if (n < count)
		(void)ps_config_fail_setting(&settings->reading, i,
					     "is no list of texts");
	else
		result = ps_config_set(&settings->reading, i, count, values);
	free(values);
	return result;
}

static int set(struct ps_sign_settings *settings, const char *name,
	       const json_t *value)
{
	size_t i = ps_setting_find("sign", strlen("sign"), name, strlen(name));
	char number[24];
	const char *text;

	if (i == ps_settings_count || !is_of_signature(i))
		return ps_config_fail(&settings->reading, 0,
				      "%.60s is no setting of a domain", name);
	settings->given[i] = true;
	if (ps_setting_is_list(i) && json_is_array(value))
		return set_list(settings, i, value);
	text = text_of(value, number);
	if (text == NULL || ps_setting_is_list(i))
		return ps_config_fail_setting(&settings->reading, i,
					      "has a value of another kind");
	return ps_config_set(&settings->reading, i, 1, &text);
}

static int set_all(struct ps_sign_settings *settings, json_t *sign)
{
	const char *name;
	json_t *value;

	if (!json_is_object(sign))
		return ps_config_fail(&settings->reading, 0,
				      "\"sign\" is no object");
	json_object_foreach(sign, name, value)
	{
		if (set(settings, name, value) < 0)
			return -1;
	}
	return 0;
}

static enum ps_outcome read_sign(const char *path, json_t *sign,
				 struct ps_sign_settings **settings_r,
				 char reason_r[PS_REASON_MAX])
{
	struct ps_sign_settings *settings = calloc(1, sizeof(*settings));
	char error[PS_CONFIG_ERROR_MAX] = "";
	int result = -1;

	*settings_r = settings;
	if (settings != NULL) {
		settings->reading = (struct ps_reading){
			.path = path,
			.error = error,
			.config = &settings->config,
		};
		if (ps_arena_new(ARENA_MAX, &settings->reading.arena) == 0)
			result = set_all(settings, sign);
		/* Of this call alone. */
		settings->reading.path = NULL;
		settings->reading.error = NULL;
	}
	if (result == 0)
		return PS_FOUND;
	snprintf(reason_r, PS_REASON_MAX, "%.*s", PS_REASON_MAX - 1,
		 error[0] == '\0' ? "out of memory" : error);
	ps_sign_settings_free(settings_r);
	return PS_TEMPFAIL;
}

enum ps_outcome ps_sign_settings_read(const char *path,
				      struct ps_sign_settings **settings_r,
				      char reason_r[PS_REASON_MAX])
{
	struct ps_buffer text = PS_BUFFER(PS_KEYFILE_OCTETS_MAX);
	enum ps_outcome outcome;
	json_t *root, *sign;

	*settings_r = NULL;
	outcome = ps_keyfile_read(path, false, &text, reason_r);
	if (outcome == PS_FOUND) {
		root = json_loadb(ps_buffer_cstr(&text), text.len,
				  JSON_REJECT_DUPLICATES, NULL);
		sign = json_object_get(root, "sign");
		outcome = sign == NULL
				  ? PS_NOTFOUND
				  : read_sign(path, sign, settings_r, reason_r);
		json_decref(root);
	}
	ps_buffer_free(&text);
	return outcome;
}

static size_t size_of(enum ps_setting_kind kind)
{
	switch (kind) {
	case PS_SETTING_TEXT:
	case PS_SETTING_FILE:
	case PS_SETTING_DOMAIN:
	case PS_SETTING_ATTRIBUTE:
	case PS_SETTING_FILTER:
	case PS_SETTING_PEER:
	case PS_SETTING_ADDRESS:
		return sizeof(const char *);
	case PS_SETTING_NUMBER:
	case PS_SETTING_WORD:
		return sizeof(unsigned int);
	case PS_SETTING_LIST:
	case PS_SETTING_FIELDS:
	case PS_SETTING_SERVERS:
	case PS_SETTING_DOMAINS:
	case PS_SETTING_ATTRIBUTES:
	case PS_SETTING_URIS:
	case PS_SETTING_SOCKETS:
		return sizeof(struct ps_config_list);
	case PS_SETTING_NETS:
		return sizeof(struct ps_config_nets);
	}
	return 0;
}

void ps_sign_settings_apply(const struct ps_sign_settings *settings,
			    struct ps_config_signature *signature_r)
{
	const size_t begin = offsetof(struct ps_config, sign.signature);
	size_t i, offset;

	for (i = 0; settings != NULL && i < ps_settings_count; i++) {
		offset = ps_settings[i].offset;
		if (settings->given[i])
			memcpy((char *)signature_r + (offset - begin),
			       (const char *)&settings->config + offset,
			       size_of(ps_settings[i].kind));
	}
}
