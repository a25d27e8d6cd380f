/* siphash.h - SipHash-2-4, so that nobody outside can choose our collisions. */
#ifndef PS_IO_SIPHASH_H
#define PS_IO_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct ps_siphash_key {
	uint64_t k0, k1; /* the key's octets, little endian */
};

/* A key nobody knows.  0, or -1: the system has no randomness. */
int ps_siphash_key_random(struct ps_siphash_key *key_r);
/* J.-P. Aumasson, D. J. Bernstein: "SipHash: a fast short-input PRF". */
uint64_t ps_siphash(const struct ps_siphash_key *key, const void *data,
		    size_t len);

#endif
