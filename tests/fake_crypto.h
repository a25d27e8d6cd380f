/* fake_crypto.h - the core's crypto port, made up, so that a search for inputs
 * finds signatures that hold. */
#ifndef PS_TESTS_FAKE_CRYPTO_H
#define PS_TESTS_FAKE_CRYPTO_H

#include "core/auth/crypto.h"

#include <stdbool.h>

/*
 * A signature is its digest, by whatever key.  With the key record "p=AAAA",
 * also b= that begins with AQ is good, with Ag no key, with Aw a fault of
 * ours.  weak: there are four digests only, the same for each hash.
 */
struct ps_crypto fake_crypto(bool weak);

#endif
