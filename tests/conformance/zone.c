/* zone.c - the zone of a case, served through the core's DNS port. */

#include "zone.h"

#include "conformance.h"

#include <stdio.h>
#include <stdlib.h>

#define TXT_MAX 65536 /* octets; the port has no more */

/* Strings are joined, as the port does. */
static bool read_strings(const json_t *data, struct ps_buffer *text)
{
	const json_t *string;
	size_t i;

	for (i = 0; i < json_array_size(data); i++) {
		string = json_array_get(data, i);
		if (!json_is_string(string))
			return false;
		ps_buffer_add(text, json_string_value(string),
			      json_string_length(string));
	}
	return json_is_array(data) && !text->failed;
}

/* The port has no final dot. */
static struct ps_bytes host_of(struct ps_bytes host)
{
	if (host.len > 0 && host.at[host.len - 1] == '.')
		host.len--;
	return host;
}

static bool read_data(const json_t *record, int type,
		      struct ps_dns_record *data_r, struct ps_buffer *text)
{
	const json_t *data = json_object_get(record, "data");

	switch (type) {
	case PS_DNS_A:
	case PS_DNS_AAAA:
		return ps_ip_parse_exact(conformance_cstr(record, "data"),
					 &data_r->ip);
	case PS_DNS_TXT:
		if (!read_strings(data, text))
			return false;
		data_r->text =
			(struct ps_bytes){ ps_buffer_cstr(text), text->len };
		return true;
	case PS_DNS_MX:
		data_r->preference = (unsigned int)json_integer_value(
			json_object_get(data, "preference"));
		data_r->text = host_of(conformance_text(data, "exchange"));
		return json_is_object(data);
	case PS_DNS_NS:
	case PS_DNS_PTR:
	case FAKE_DNS_CNAME:
		data_r->text = host_of(conformance_text(record, "data"));
		return json_is_string(data);
	}
	return false;
}

static bool add(struct fake_dns *zone, const json_t *record)
{
	struct ps_bytes name = conformance_text(record, "name");
	int type = fake_dns_type(conformance_cstr(record, "type"));
	struct ps_buffer text = PS_BUFFER(TXT_MAX);
	struct ps_dns_record data = { 0 };
	bool good;

	/* RFC 7208 3.1: never asked for. */
	if (ps_bytes_equal(conformance_text(record, "type"), PS_BYTES("SPF")))
		type = FAKE_DNS_NONE;
	if (type == FAKE_DNS_NONE || json_object_get(record, "error") != NULL) {
		fake_dns_add(zone, name, type, NULL);
		return type != -1;
	}
	good = read_data(record, type, &data, &text);
	if (good)
		fake_dns_add(zone, name, type, &data);
	ps_buffer_free(&text);
	return good;
}

struct fake_dns *zone_new(const json_t *records)
{
	struct fake_dns *zone = fake_dns_new();
	const json_t *record;
	char *text;
	size_t i;

	for (i = 0; i < json_array_size(records); i++) {
		record = json_array_get(records, i);
		if (add(zone, record))
			continue;
		text = conformance_dump(record);
		printf("zone: cannot read %s\n", text == NULL ? "" : text);
		free(text);
	}
	return zone;
}
