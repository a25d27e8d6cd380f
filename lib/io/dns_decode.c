/* dns_decode.c - octets of resource records to what the core reads. */

#include "io/dns_decode.h"

#include <stdlib.h>
#include <string.h>

#define ALIGN _Alignof(max_align_t)

/* Text is written behind the records; each record's text is no longer than
 * its octets and a NUL. */
struct decoder {
	enum ps_dns_type type;
	struct ps_dns_record *record;
	size_t count;
	char *text;
};

/* RFC 1035 3.1.  -1 damaged; 0 no host name; 1 done, *text_r behind it. */
static int host_name(struct ps_bytes octets, char **text_r)
{
	char *out = *text_r, *start = out;
	bool clean = true;
	unsigned char c;
	size_t at = 0, i, len;

	for (;;) {
		if (at >= octets.len)
			return -1;
		len = (unsigned char)octets.at[at++];
		if (len == 0)
			break;
		if (len > PS_LABEL_MAX || len > octets.len - at)
			return -1;
		if (out != start)
			*out++ = '.';
		for (i = 0; i < len; i++) {
			c = (unsigned char)octets.at[at + i];
			clean = clean && c > ' ' && c < 0x7f && c != '.' &&
				c != '\\';
			*out++ = ps_ascii_lower((char)c);
		}
		at += len;
	}
	if (at != octets.len || out - start > PS_DOMAIN_MAX)
		return -1;
	if (!clean)
		return 0;
	*out++ = '\0';
	*text_r = out;
	return 1;
}

/* RFC 1035 3.3.14: character strings, joined (RFC 7208 3.3, 6376 3.6.2.2). */
static int strings(struct ps_bytes octets, char **text_r)
{
	char *out = *text_r;
	size_t at = 0, len;

	while (at < octets.len) {
		len = (unsigned char)octets.at[at++];
		if (len > octets.len - at)
			return -1;
		memcpy(out, octets.at + at, len);
		out += len;
		at += len;
	}
	*out++ = '\0';
	*text_r = out;
	return 1;
}

static int address(struct ps_bytes octets, size_t size, struct ps_ip *ip_r)
{
	if (octets.len != size)
		return -1;
	ip_r->bits = (unsigned int)size * 8;
	memcpy(ip_r->octet, octets.at, size);
	return 1;
}

static int host(struct decoder *decoder, struct ps_bytes octets,
		struct ps_dns_record *record)
{
	char *start = decoder->text;
	int done = host_name(octets, &decoder->text);

	if (done > 0)
		record->text = (struct ps_bytes){
			start, (size_t)(decoder->text - start) - 1
		};
	return done;
}

static int decode_one(struct decoder *decoder, struct ps_bytes octets,
		      struct ps_dns_record *record)
{
	char *start = decoder->text;

	switch (decoder->type) {
	case PS_DNS_A:
		return address(octets, 4, &record->ip);
	case PS_DNS_AAAA:
		return address(octets, 16, &record->ip);
	case PS_DNS_NS:
	case PS_DNS_PTR:
		return host(decoder, octets, record);
	case PS_DNS_MX:
		if (octets.len < 3)
			return -1;
		record->preference = (unsigned char)octets.at[0] * 256u +
				     (unsigned char)octets.at[1];
		return host(decoder,
			    (struct ps_bytes){ octets.at + 2, octets.len - 2 },
			    record);
	case PS_DNS_TXT:
		if (strings(octets, &decoder->text) < 0)
			return -1;
		record->text = (struct ps_bytes){
			start, (size_t)(decoder->text - start) - 1
		};
		return 1;
	}
	return -1;
}

static struct ps_dns_kept *new_kept(size_t records, size_t text,
				    struct decoder *decoder)
{
	size_t head = (sizeof(struct ps_dns_kept) + ALIGN - 1) / ALIGN * ALIGN;
	size_t size = head + records * sizeof(struct ps_dns_record) + text;
	struct ps_dns_kept *kept = calloc(1, size);

	if (kept == NULL)
		return NULL;
	atomic_init(&kept->holders, 1);
	kept->octets = size;
	kept->status = PS_DNS_NOTFOUND;
	decoder->record = (struct ps_dns_record *)(void *)((char *)kept + head);
	decoder->text = (char *)(decoder->record + records);
	return kept;
}

static bool measure(const char *const *data, const int *len, size_t *count_r,
		    size_t *octets_r)
{
	size_t count, octets = 0;

	for (count = 0; data[count] != NULL; count++) {
		if (count == PS_DNS_RECORDS_MAX || len[count] < 0 ||
		    (size_t)len[count] > PS_DNS_OCTETS_MAX - octets)
			return false;
		octets += (size_t)len[count];
	}
	*count_r = count;
	*octets_r = octets;
	return true;
}

enum ps_dns_status ps_dns_decode(enum ps_dns_type type, const char *const *data,
				 const int *len, struct ps_dns_kept **kept_r)
{
	struct decoder decoder = { .type = type };
	struct ps_dns_record *record;
	struct ps_dns_kept *kept;
	size_t count, octets, i;
	int done;

	*kept_r = NULL;
	if (!measure(data, len, &count, &octets))
		return PS_DNS_TEMPFAIL;
	kept = new_kept(count, octets + count, &decoder);
	if (kept == NULL)
		return PS_DNS_TEMPFAIL;
	for (i = 0; i < count; i++) {
		record = &decoder.record[decoder.count];
		done = decode_one(&decoder,
				  (struct ps_bytes){ data[i], (size_t)len[i] },
				  record);
		if (done < 0) {
			free(kept);
			return PS_DNS_TEMPFAIL;
		}
		decoder.count += (size_t)done;
	}
	kept->answer.count = decoder.count;
	kept->answer.record = decoder.record;
	if (decoder.count > 0)
		kept->status = PS_DNS_FOUND;
	*kept_r = kept;
	return kept->status;
}

struct ps_dns_kept *ps_dns_kept_none(bool nxdomain)
{
	struct decoder decoder;
	struct ps_dns_kept *kept = new_kept(0, 0, &decoder);

	if (kept != NULL)
		kept->answer.nxdomain = nxdomain;
	return kept;
}

struct ps_dns_kept *ps_dns_kept_hold(struct ps_dns_kept *kept)
{
	atomic_fetch_add_explicit(&kept->holders, 1, memory_order_relaxed);
	return kept;
}

void ps_dns_kept_release(struct ps_dns_kept **kept)
{
	if (*kept != NULL &&
	    atomic_fetch_sub_explicit(&(*kept)->holders, 1,
				      memory_order_acq_rel) == 1)
		free(*kept);
	*kept = NULL;
}
