/* rule_identity.c - what makes a rule the same rule after a reload. */

#include "core/rules/rule_identity.h"

#include "core/text/buffer.h"

#include <stdint.h>
#include <stdio.h>

#define IDENTITY_MAX 32

/* FNV-1a with 64 bits: rules of one file, written by its owner. */
static uint64_t hash(struct ps_bytes text)
{
	uint64_t sum = 14695981039346656037u;
	size_t i;

	for (i = 0; i < text.len; i++)
		sum = (sum ^ (unsigned char)text.at[i]) * 1099511628211u;
	return sum;
}

/* Items in their order, one blank behind each ";", no id. */
static void normalize(const struct ps_rule_raw *raw, struct ps_buffer *out)
{
	for (; raw != NULL; raw = raw->next) {
		if (ps_bytes_equal(raw->key, PS_BYTES("id")))
			continue;
		if (out->len > 0)
			ps_buffer_text(out, "; ");
		ps_buffer_bytes(out, raw->key);
		if (raw->stray)
			continue;
		ps_buffer_text(out, ps_rule_op_text(raw->op));
		ps_buffer_bytes(out, raw->value);
	}
}

int ps_rule_identify(struct ps_rule_build *build, const struct ps_rule_raw *raw,
		     size_t number, struct ps_rule *rule)
{
	struct ps_buffer out = PS_BUFFER(2 * PS_RULE_LINE_MAX);
	char name[IDENTITY_MAX];
	struct ps_bytes text;

	normalize(raw, &out);
	text = ps_rule_copy(build,
			    (struct ps_bytes){ ps_buffer_cstr(&out), out.len });
	build->no_memory = build->no_memory || out.no_memory;
	ps_buffer_free(&out);
	rule->text = text.at;
	rule->identity = rule->id;
	if (rule->id == NULL) {
		snprintf(name, sizeof(name), "R-%zu", number);
		rule->id = ps_arena_text(build->arena, name);
		snprintf(name, sizeof(name), "hash-%016llx",
			 (unsigned long long)hash(text));
		rule->identity = ps_arena_text(build->arena, name);
	}
	if (rule->id == NULL || rule->identity == NULL || text.at == NULL)
		build->no_memory = true;
	return build->no_memory ? -1 : 0;
}
