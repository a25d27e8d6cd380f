/*
 * fuzz_spf_macro.c - any octets as a macro string.  Input: a line each of HELO,
 * local part and domain, then the macro string.
 */

#include "fuzz.h"

#include "core/auth/spf_macro.h"

#include <stdio.h>
#include <string.h>

#define LINE_MAX 2048 /* as the longest command that a server reads */

/* Up to the next LF, as text. */
static void take_line(struct ps_bytes *input, char line_r[LINE_MAX])
{
	const char *end = ps_bytes_find(*input, '\n');
	size_t len = end == NULL ? input->len : (size_t)(end - input->at);
	struct ps_bytes line = { input->at, len };

	(void)ps_bytes_copy(line, line_r, LINE_MAX);
	len += end != NULL;
	input->at += len;
	input->len -= len;
}

static void check_name(struct ps_bytes text, const struct ps_spf_facts *facts)
{
	char name[PS_DOMAIN_MAX + 1];
	size_t i;

	memset(name, 'X', sizeof(name));
	ps_spf_macro_name(text, facts, name);
	for (i = 0; i <= PS_DOMAIN_MAX && name[i] != '\0'; i++)
		FUZZ_CHECK(name[i] < 'A' || name[i] > 'Z');
	FUZZ_CHECK(i <= PS_DOMAIN_MAX);
}

static void check_text(struct ps_bytes text, const struct ps_spf_facts *facts)
{
	char shorter[20], longer[256];
	size_t i;

	ps_spf_macro_text(text, facts, shorter, sizeof(shorter));
	ps_spf_macro_text(text, facts, longer, sizeof(longer));
	FUZZ_CHECK(strncmp(shorter, longer, sizeof(shorter) - 1) == 0);
	for (i = 0; longer[i] != '\0'; i++)
		FUZZ_CHECK(longer[i] >= 0x20 && longer[i] < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ps_bytes input = fuzz_bytes(data, size);
	char helo[LINE_MAX], local[LINE_MAX], domain[LINE_MAX];
	char sender[LINE_MAX * 2];
	struct ps_spf_facts facts = { .client = { 32, { 192, 0, 2, 1 } },
				      .domain = domain,
				      .helo = helo,
				      .receiver = "",
				      .validated = helo };

	take_line(&input, helo);
	take_line(&input, local);
	take_line(&input, domain);
	snprintf(sender, sizeof(sender), "%s@%s", local, domain);
	facts.sender = ps_bytes_of(sender);
	facts.local = ps_bytes_of(local);
	facts.sender_domain = ps_bytes_of(domain);
	if (size % 2 == 1)
		facts.client.bits = 128;
	if (ps_spf_macro_valid(input, PS_SPF_IN_NAME)) {
		FUZZ_CHECK(ps_spf_macro_valid(input, PS_SPF_IN_MODIFIER));
		check_name(input, &facts);
	}
	if (ps_spf_macro_valid(input, PS_SPF_IN_TEXT))
		check_text(input, &facts);
	return 0;
}
