/* siphash.c - SipHash-2-4. */

#include "io/siphash.h"

#include <sys/random.h>

struct state {
	uint64_t v0, v1, v2, v3;
};

int ps_siphash_key_random(struct ps_siphash_key *key_r)
{
	return getrandom(key_r, sizeof(*key_r), 0) == (ssize_t)sizeof(*key_r)
		       ? 0
		       : -1;
}

static uint64_t rotate(uint64_t value, unsigned int bits)
{
	return (value << bits) | (value >> (64 - bits));
}

static void rounds(struct state *s, unsigned int count)
{
	while (count-- > 0) {
		s->v0 += s->v1;
		s->v2 += s->v3;
		s->v1 = rotate(s->v1, 13) ^ s->v0;
		s->v3 = rotate(s->v3, 16) ^ s->v2;
		s->v0 = rotate(s->v0, 32) + s->v3;
		s->v2 += s->v1;
		s->v3 = rotate(s->v3, 21) ^ s->v0;
		s->v1 = rotate(s->v1, 17) ^ s->v2;
		s->v2 = rotate(s->v2, 32);
	}
}

/* Little endian, whatever the machine; len at most 8. */
static uint64_t word(const unsigned char *at, size_t len)
{
	uint64_t value = 0;

	while (len-- > 0)
		value = (value << 8) | at[len];
	return value;
}

static void mix(struct state *s, uint64_t value)
{
	s->v3 ^= value;
	rounds(s, 2);
	s->v0 ^= value;
}

uint64_t ps_siphash(const struct ps_siphash_key *key, const void *data,
		    size_t len)
{
	const unsigned char *at = data;
	struct state s = {
		.v0 = key->k0 ^ UINT64_C(0x736f6d6570736575),
		.v1 = key->k1 ^ UINT64_C(0x646f72616e646f6d),
		.v2 = key->k0 ^ UINT64_C(0x6c7967656e657261),
		.v3 = key->k1 ^ UINT64_C(0x7465646279746573),
	};
	size_t left;

	for (left = len; left >= 8; left -= 8, at += 8)
		mix(&s, word(at, 8));
	mix(&s, word(at, left) | (uint64_t)(len & 0xff) << 56);
	s.v2 ^= 0xff;
	rounds(&s, 4);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
