/* zone_file.c - records from a JSON file in the place of the DNS. */

#include "io/zone_file.h"

#include "core/text/arena.h"

#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CNAMES_MAX 16 /* followed; ours */

/* Beside enum ps_dns_type. */
#define TYPE_NONE  0
#define TYPE_CNAME 5
#define TYPE_ANY   255
#define TYPE_OTHER (-1)

/* The records of one name and type. */
struct set {
	struct set *next;
	const char *name; /* lower case, no final dot */
	int type;
	bool fails;
	size_t size;
	struct ps_dns_record *record;
	struct ps_dns_answer answer; /* of record */
};

struct ps_zone_file {
	struct ps_arena *arena;
	struct set *sets;
};

static int type_of(const char *name)
{
	static const struct {
		const char *name;
		int type;
	} types[] = {
		{ "A", PS_DNS_A },
		{ "AAAA", PS_DNS_AAAA },
		{ "MX", PS_DNS_MX },
		{ "PTR", PS_DNS_PTR },
		{ "TXT", PS_DNS_TXT },
		{ "NS", PS_DNS_NS },
		{ "CNAME", TYPE_CNAME },
		{ "NONE", TYPE_NONE },
		{ "ANY", TYPE_ANY },
		{ "SPF", TYPE_NONE }, /* RFC 7208 3.1: never asked for */
	};
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(types[i].name, name) == 0)
			return types[i].type;
	}
	return TYPE_OTHER;
}

static struct set *find(const struct ps_zone_file *zone, const char *name,
			int type)
{
	struct set *set;

	for (set = zone->sets; set != NULL; set = set->next) {
		if (set->type == type && strcmp(set->name, name) == 0)
			return set;
	}
	return NULL;
}

/* Lower case, without a final dot; NULL: out of memory, or a NUL in it. */
static const char *name_of(struct ps_zone_file *zone, const json_t *text)
{
	struct ps_bytes name = { json_string_value(text),
				 json_string_length(text) };
	char *copy;

	if (name.at == NULL || ps_bytes_find(name, '\0') != NULL)
		return NULL;
	if (name.len > 0 && name.at[name.len - 1] == '.')
		name.len--;
	copy = ps_arena_copy(zone->arena, name.at, name.len);
	if (copy != NULL)
		ps_ascii_lower_all(copy, name.len);
	return copy;
}

static bool read_host(struct ps_zone_file *zone, const json_t *data,
		      struct ps_dns_record *record_r)
{
	const char *name = name_of(zone, data);

	if (name == NULL)
		return false;
	record_r->text = ps_bytes_of(name);
	return true;
}

static bool read_strings(struct ps_zone_file *zone, const json_t *data,
			 struct ps_dns_record *record_r)
{
	const json_t *string;
	size_t i, len = 0;
	char *text;

	for (i = 0; i < json_array_size(data); i++)
		len += json_string_length(json_array_get(data, i));
	text = ps_arena_alloc(zone->arena, len + 1);
	if (!json_is_array(data) || text == NULL)
		return false;
	record_r->text = (struct ps_bytes){ text, len };
	for (i = 0; i < json_array_size(data); i++) {
		string = json_array_get(data, i);
		if (!json_is_string(string))
			return false;
		memcpy(text, json_string_value(string),
		       json_string_length(string));
		text += json_string_length(string);
	}
	return true;
}

static bool read_address(const json_t *data, unsigned int bits,
			 struct ps_dns_record *record_r)
{
	return json_is_string(data) &&
	       ps_ip_parse_exact(json_string_value(data), &record_r->ip) &&
	       record_r->ip.bits == bits;
}

static bool read_mx(struct ps_zone_file *zone, const json_t *data,
		    struct ps_dns_record *record_r)
{
	const json_t *preference = json_object_get(data, "preference");
	json_int_t number = json_integer_value(preference);

	record_r->preference = (unsigned int)number;
	return json_is_integer(preference) && number >= 0 &&
	       number <= UINT16_MAX &&
	       read_host(zone, json_object_get(data, "exchange"), record_r);
}

static bool read_data(struct ps_zone_file *zone, int type, const json_t *data,
		      struct ps_dns_record *record_r)
{
	switch (type) {
	case PS_DNS_A:
		return read_address(data, 32, record_r);
	case PS_DNS_AAAA:
		return read_address(data, 128, record_r);
	case PS_DNS_TXT:
		return read_strings(zone, data, record_r);
	case PS_DNS_MX:
		return read_mx(zone, data, record_r);
	default: /* NS, PTR, CNAME */
		return read_host(zone, data, record_r);
	}
}

static struct set *get_set(struct ps_zone_file *zone, const char *name,
			   int type)
{
	struct set *set = find(zone, name, type);

	if (set != NULL)
		return set;
	set = ps_arena_alloc(zone->arena, sizeof(*set));
	if (set == NULL)
		return NULL;
	*set = (struct set){ .next = zone->sets, .name = name, .type = type };
	zone->sets = set;
	return set;
}

static bool add_record(struct ps_zone_file *zone, struct set *set,
		       const struct ps_dns_record *record)
{
	size_t count = set->answer.count, size = count == 0 ? 4 : 2 * count;
	struct ps_dns_record *grown;

	if (count == set->size) {
		grown = ps_arena_alloc(zone->arena, size * sizeof(*grown));
		if (grown == NULL)
			return false;
		if (count > 0)
			memcpy(grown, set->record, count * sizeof(*grown));
		set->record = grown;
		set->size = size;
		set->answer.record = grown;
	}
	set->record[set->answer.count++] = *record;
	return true;
}

static bool read_record(struct ps_zone_file *zone, const json_t *entry)
{
	const char *type_name =
		json_string_value(json_object_get(entry, "type"));
	const char *name = name_of(zone, json_object_get(entry, "name"));
	bool fails = json_object_get(entry, "error") != NULL;
	struct ps_dns_record record = { .preference = 0 };
	struct set *set;
	int type;

	if (type_name == NULL || name == NULL)
		return false;
	type = type_of(type_name);
	if (type == TYPE_OTHER || (type == TYPE_ANY && !fails))
		return false;
	set = get_set(zone, name, type);
	if (set == NULL)
		return false;
	set->fails = set->fails || fails;
	if (fails || type == TYPE_NONE)
		return true;
	return set->answer.count < PS_DNS_RECORDS_MAX &&
	       read_data(zone, type, json_object_get(entry, "data"), &record) &&
	       add_record(zone, set, &record);
}

static int read_records(struct ps_zone_file *zone, const json_t *records,
			const char *path, char error_r[PS_CONFIG_ERROR_MAX])
{
	size_t i;

	if (!json_is_array(records)) {
		snprintf(error_r, PS_CONFIG_ERROR_MAX,
			 "%.300s: is no array of records, nor has it one as "
			 "\"zone\"",
			 path);
		return -1;
	}
	for (i = 0; i < json_array_size(records); i++) {
		if (read_record(zone, json_array_get(records, i)))
			continue;
		snprintf(error_r, PS_CONFIG_ERROR_MAX,
			 "%.300s: record %zu cannot be understood", path,
			 i + 1);
		return -1;
	}
	return 0;
}

int ps_zone_file_read(const char *path, struct ps_zone_file **zone_r,
		      char error_r[PS_CONFIG_ERROR_MAX])
{
	struct ps_zone_file *zone = calloc(1, sizeof(*zone));
	json_error_t error;
	json_t *file = NULL;
	int result = -1;

	*zone_r = NULL;
	if (zone == NULL || ps_arena_new(PS_ZONE_FILE_MAX, &zone->arena) < 0) {
		snprintf(error_r, PS_CONFIG_ERROR_MAX, "out of memory");
		free(zone);
		return -1;
	}
	file = json_load_file(path, JSON_ALLOW_NUL, &error);
	if (file == NULL)
		snprintf(error_r, PS_CONFIG_ERROR_MAX, "%.300s:%d: %s", path,
			 error.line > 0 ? error.line : 0, error.text);
	else
		result = read_records(zone,
				      json_is_object(file)
					      ? json_object_get(file, "zone")
					      : file,
				      path, error_r);
	json_decref(file);
	if (result == 0)
		*zone_r = zone;
	else
		ps_zone_file_free(&zone);
	return result;
}

void ps_zone_file_free(struct ps_zone_file **zone)
{
	if (*zone == NULL)
		return;
	ps_arena_free(&(*zone)->arena);
	free(*zone);
	*zone = NULL;
}

/* Is it in the zone, or above a name that is? */
static bool exists(const struct ps_zone_file *zone, const char *name)
{
	size_t len, own = strlen(name);
	const struct set *set;

	for (set = zone->sets; set != NULL; set = set->next) {
		len = strlen(set->name);
		if (len >= own && strcmp(set->name + len - own, name) == 0 &&
		    (len == own || set->name[len - own - 1] == '.'))
			return true;
	}
	return false;
}

static bool fails(const struct ps_zone_file *zone, const char *name,
		  const struct set *set)
{
	const struct set *any = find(zone, name, TYPE_ANY);

	return set != NULL ? set->fails : any != NULL;
}

static enum ps_dns_status lookup(void *ctx, const char *name,
				 enum ps_dns_type type,
				 const struct ps_dns_answer **answer_r)
{
	static const struct ps_dns_answer nothing = { .nxdomain = false },
					  no_name = { .nxdomain = true };
	const struct ps_zone_file *zone = ctx;
	const struct set *set, *alias;
	unsigned int i;

	*answer_r = NULL;
	for (i = 0; i < CNAMES_MAX; i++) {
		set = find(zone, name, (int)type);
		alias = find(zone, name, TYPE_CNAME);
		if (fails(zone, name, set != NULL ? set : alias))
			return PS_DNS_TEMPFAIL;
		if (set != NULL) {
			*answer_r = &set->answer;
			return PS_DNS_FOUND;
		}
		if (alias == NULL)
			break;
		name = alias->record[0].text.at;
	}
	*answer_r = i == CNAMES_MAX || exists(zone, name) ? &nothing : &no_name;
	return PS_DNS_NOTFOUND;
}

struct ps_dns ps_zone_file_port(struct ps_zone_file *zone)
{
	return (struct ps_dns){ .lookup = lookup, .ctx = zone };
}
