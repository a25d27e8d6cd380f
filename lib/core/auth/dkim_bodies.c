/* dkim_bodies.c - the body hashes of one message, each made once. */

#include "core/auth/dkim_bodies.h"

#include <stdlib.h>

struct entry {
	struct ps_dkim_body *body;
	enum ps_hash hash;
	enum ps_dkim_canon canon;
	uint64_t limit;
};

struct ps_dkim_bodies {
	const struct ps_crypto *crypto;
	size_t count;
	struct entry entry[PS_DKIM_BODIES_MAX];
};

int ps_dkim_bodies_new(const struct ps_crypto *crypto,
		       struct ps_dkim_bodies **bodies_r)
{
	struct ps_dkim_bodies *bodies = malloc(sizeof(*bodies));

	*bodies_r = bodies;
	if (bodies == NULL)
		return -1;
	bodies->crypto = crypto;
	bodies->count = 0;
	return 0;
}

struct ps_dkim_body *ps_dkim_bodies_get(struct ps_dkim_bodies *bodies,
					enum ps_hash hash,
					enum ps_dkim_canon canon,
					uint64_t limit)
{
	struct entry *entry = bodies->entry;
	size_t i;

	for (i = 0; i < bodies->count; i++, entry++) {
		if (entry->hash == hash && entry->canon == canon &&
		    entry->limit == limit)
			return entry->body;
	}
	if (bodies->count == PS_DKIM_BODIES_MAX)
		return NULL;
	*entry = (struct entry){ NULL, hash, canon, limit };
	if (ps_dkim_body_new(bodies->crypto, hash, canon, limit, &entry->body) <
	    0)
		return NULL;
	bodies->count++;
	return entry->body;
}

void ps_dkim_bodies_add(struct ps_dkim_bodies *bodies, const void *data,
			size_t len)
{
	size_t i;

	for (i = 0; i < bodies->count; i++)
		ps_dkim_body_add(bodies->entry[i].body, data, len);
}

void ps_dkim_bodies_free(struct ps_dkim_bodies **bodies)
{
	size_t i;

	if (*bodies == NULL)
		return;
	for (i = 0; i < (*bodies)->count; i++)
		ps_dkim_body_free(&(*bodies)->entry[i].body);
	free(*bodies);
	*bodies = NULL;
}
