/* logins_record.c - what is known of one login, as it lies in the file. */

#include "io/logins_record.h"

#include <string.h>

#define SEEN  12 /* octets of an address, or a country */
#define SLICE 4
/* What has the same length in each. */
#define FIXED                                                                  \
	(2 + 4 + 4 + 1 + 1 + 8 + 2 + 1 +                                       \
	 sizeof(((struct ps_login_sketch *)NULL)->filter) + 4 +                \
	 (size_t)SLICE * PS_LOGIN_SLICES)

const struct ps_siphash_key ps_logins_checksum = { 0x706f73747365616c,
						   0x6c6f67696e733031 };

static void put_seen(struct ps_buffer *out, const struct ps_login_seen *seen,
		     unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		ps_record_put(out, seen[i].what, 8);
		ps_record_put(out, seen[i].when, 4);
	}
}

static void get_seen(const char **at, struct ps_login_seen *seen_r,
		     unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		seen_r[i].what = ps_record_get(at, 8);
		seen_r[i].when = (uint32_t)ps_record_get(at, 4);
	}
}

void ps_logins_record_write(struct ps_bytes name,
			    const struct ps_login_sketch *sketch,
			    struct ps_buffer *out)
{
	char octets[PS_LOGINS_RECORD_MAX];
	struct ps_buffer body = PS_BUFFER_AT(octets, sizeof(octets));
	size_t i;

	ps_record_put(&body, name.len, 2);
	ps_record_put(&body, sketch->since, 4);
	ps_record_put(&body, sketch->newest, 4);
	ps_record_put(&body, sketch->addresses, 1);
	ps_record_put(&body, sketch->countries, 1);
	ps_record_put(&body, sketch->last, 8);
	ps_record_put(&body, sketch->filled, 2);
	ps_record_put(&body, sketch->current, 1);
	ps_buffer_add(&body, sketch->filter, sizeof(sketch->filter));
	ps_record_put(&body, sketch->slice_now, 4);
	for (i = 0; i < PS_LOGIN_SLICES; i++) {
		ps_record_put(&body, sketch->slice[i].all, 2);
		ps_record_put(&body, sketch->slice[i].new, 2);
	}
	put_seen(&body, sketch->address, sketch->addresses);
	put_seen(&body, sketch->country, sketch->countries);
	ps_buffer_bytes(&body, name);
	if (body.failed)
		out->failed = true;
	else
		ps_record_write(&ps_logins_checksum,
				(struct ps_bytes){ body.data, body.len }, out);
}

/* False: no sketch can have come to this. */
static bool take_body(struct ps_bytes body, struct ps_bytes *name_r,
		      struct ps_login_sketch *sketch_r)
{
	struct ps_login_sketch sketch = { 0 };
	const char *at = body.at;
	size_t i;

	if (body.len < FIXED)
		return false;
	name_r->len = ps_record_get(&at, 2);
	sketch.since = (uint32_t)ps_record_get(&at, 4);
	sketch.newest = (uint32_t)ps_record_get(&at, 4);
	sketch.addresses = (unsigned int)ps_record_get(&at, 1);
	sketch.countries = (unsigned int)ps_record_get(&at, 1);
	sketch.last = ps_record_get(&at, 8);
	sketch.filled = (unsigned int)ps_record_get(&at, 2);
	sketch.current = (unsigned int)ps_record_get(&at, 1);
	memcpy(sketch.filter, at, sizeof(sketch.filter));
	at += sizeof(sketch.filter);
	sketch.slice_now = (uint32_t)ps_record_get(&at, 4);
	for (i = 0; i < PS_LOGIN_SLICES; i++) {
		sketch.slice[i].all = (uint16_t)ps_record_get(&at, 2);
		sketch.slice[i].new = (uint16_t)ps_record_get(&at, 2);
		if (sketch.slice[i].new > sketch.slice[i].all)
			return false;
	}
	if (sketch.addresses > PS_LOGIN_ADDRESSES_MAX ||
	    sketch.countries > PS_LOGIN_COUNTRIES_MAX ||
	    sketch.filled > PS_LOGIN_RECIPIENTS || sketch.current > 1 ||
	    name_r->len > PS_LOGIN_TEXT_MAX ||
	    body.len != FIXED + name_r->len +
				(size_t)SEEN *
					(sketch.addresses + sketch.countries))
		return false;
	get_seen(&at, sketch.address, sketch.addresses);
	get_seen(&at, sketch.country, sketch.countries);
	name_r->at = at;
	*sketch_r = sketch;
	return true;
}

enum ps_record_found ps_logins_record_read(struct ps_cursor *cursor,
					   struct ps_bytes *name_r,
					   struct ps_login_sketch *sketch_r)
{
	struct ps_cursor next = *cursor;
	struct ps_bytes body;
	enum ps_record_found read =
		ps_record_read(&ps_logins_checksum, &next,
			       PS_LOGINS_RECORD_MAX - PS_RECORD_HEAD, &body);

	if (read != PS_RECORD_READ)
		return read;
	if (!take_body(body, name_r, sketch_r))
		return PS_RECORD_TORN;
	*cursor = next;
	return PS_RECORD_READ;
}
