/* fuzz_address.c - any octets as an address list, an address, a domain. */

#include "fuzz.h"

#include "core/text/address.h"

#include <string.h>

static bool is_inside(struct ps_bytes inner, struct ps_bytes outer)
{
	return inner.len == 0 || (inner.at >= outer.at &&
				  inner.at + inner.len <= outer.at + outer.len);
}

static void check_domain(const char *text)
{
	char again[PS_DOMAIN_MAX + 1];

	FUZZ_CHECK(strlen(text) <= PS_DOMAIN_MAX);
	FUZZ_CHECK(ps_domain_normalize(ps_bytes_of(text), again) &&
		   strcmp(text, again) == 0);
	FUZZ_CHECK(ps_domain_within(text, text));
}

static void check_mailbox(const struct ps_mailbox *mailbox,
			  struct ps_bytes value)
{
	struct ps_buffer out = PS_BUFFER(65536);
	char domain[PS_DOMAIN_MAX + 1];

	FUZZ_CHECK(is_inside(mailbox->local, value));
	FUZZ_CHECK(is_inside(mailbox->domain, value));
	if (ps_mailbox_domain(mailbox, domain))
		check_domain(domain);
	else
		FUZZ_CHECK(domain[0] == '\0');
	ps_mailbox_text(mailbox, &out);
	FUZZ_CHECK(out.len <= value.len + 1 || out.failed);
	ps_buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ps_mailbox mailbox[PS_MAILBOXES_MAX], one;
	struct ps_bytes value = fuzz_bytes(data, size);
	char domain[PS_DOMAIN_MAX + 1];
	size_t i, count = 0;

	(void)ps_address_list(value, mailbox, &count);
	FUZZ_CHECK(count <= PS_MAILBOXES_MAX);
	for (i = 0; i < count; i++)
		check_mailbox(&mailbox[i], value);
	if (ps_address_split(value, &one)) {
		FUZZ_CHECK(one.local.len + 1 + one.domain.len == size);
		FUZZ_CHECK(one.local.len > 0 && one.domain.len > 0);
	}
	if (ps_domain_normalize(value, domain))
		check_domain(domain);
	return 0;
}
