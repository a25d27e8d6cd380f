/*
 * fuzz_dns_decode.c - any octets as the records of an answer.
 *
 * The input: one octet for the type, then each record's length in two octets,
 * as much of it as there is.
 */

#include "fuzz.h"

#include "io/dns_decode.h"

#include <string.h>

#define RECORDS_MAX (PS_DNS_RECORDS_MAX + 1)

static const enum ps_dns_type types[] = { PS_DNS_A,  PS_DNS_PTR, PS_DNS_MX,
					  PS_DNS_NS, PS_DNS_TXT, PS_DNS_AAAA,
					  PS_DNS_NS };

static void check_host(struct ps_bytes text)
{
	size_t i, label = 0;
	char c;

	FUZZ_CHECK(text.len <= PS_DOMAIN_MAX);
	for (i = 0; i < text.len; i++) {
		c = text.at[i];
		FUZZ_CHECK(c > ' ' && c < 0x7f && c != '\\');
		FUZZ_CHECK(c == ps_ascii_lower(c));
		FUZZ_CHECK(c != '.' || label > 0);
		label = c == '.' ? 0 : label + 1;
		FUZZ_CHECK(label <= PS_LABEL_MAX);
	}
	FUZZ_CHECK(text.len == 0 || label > 0);
}

static void check_record(enum ps_dns_type type, const struct ps_dns_kept *kept,
			 const struct ps_dns_record *record)
{
	const char *start = (const char *)kept;
	struct ps_bytes text = record->text;

	switch (type) {
	case PS_DNS_A:
		FUZZ_CHECK(record->ip.bits == 32);
		return;
	case PS_DNS_AAAA:
		FUZZ_CHECK(record->ip.bits == 128);
		return;
	case PS_DNS_NS:
	case PS_DNS_PTR:
	case PS_DNS_MX:
		check_host(text);
		break;
	case PS_DNS_TXT:
		break;
	}
	FUZZ_CHECK(record->preference <= 65535);
	FUZZ_CHECK(text.at > start && text.at[text.len] == '\0');
	FUZZ_CHECK(text.at + text.len < start + kept->octets);
}

static void check_answer(enum ps_dns_type type, const char *const *data,
			 const int *len)
{
	struct ps_dns_kept *kept;
	enum ps_dns_status status = ps_dns_decode(type, data, len, &kept);
	size_t i;

	FUZZ_CHECK(status != PS_DNS_PENDING);
	FUZZ_CHECK((kept == NULL) == (status == PS_DNS_TEMPFAIL));
	if (kept == NULL)
		return;
	FUZZ_CHECK(kept->status == status && !kept->answer.nxdomain);
	FUZZ_CHECK((kept->answer.count > 0) == (status == PS_DNS_FOUND));
	FUZZ_CHECK(kept->answer.count <= PS_DNS_RECORDS_MAX);
	for (i = 0; i < kept->answer.count; i++)
		check_record(type, kept, &kept->answer.record[i]);
	ps_dns_kept_release(&kept);
	FUZZ_CHECK(kept == NULL);
}

/* In memory of its own size, so that asan sees the first octet behind it. */
static char *copy_of(const uint8_t *data, size_t size)
{
	char *copy = malloc(size == 0 ? 1 : size);

	FUZZ_CHECK(copy != NULL);
	if (size > 0)
		memcpy(copy, data, size);
	return copy;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *record[RECORDS_MAX + 1];
	int len[RECORDS_MAX];
	size_t count, octets, at = 1;

	if (size == 0)
		return 0;
	for (count = 0; count < RECORDS_MAX && size - at >= 2; count++) {
		octets = (size_t)data[at] << 8 | data[at + 1];
		at += 2;
		if (octets > size - at)
			octets = size - at;
		record[count] = copy_of(data + at, octets);
		len[count] = (int)octets;
		at += octets;
	}
	record[count] = NULL;
	check_answer(types[data[0] % 5], (const char *const *)record, len);
	while (count > 0)
		free(record[--count]);
	return 0;
}
