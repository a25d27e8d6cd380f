/* fuzz.h - what a fuzz target is, and how it says that something is wrong. */
#ifndef PS_TESTS_FUZZ_H
#define PS_TESTS_FUZZ_H

#include "core/text/bytes.h"

#include <stdint.h>
#include <stdlib.h>

/* Always 0.  Ends the process when a promise of the code is broken. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(promise)                                                    \
	do {                                                                   \
		if (!(promise))                                                \
			abort();                                               \
	} while (0)

static inline struct ps_bytes fuzz_bytes(const uint8_t *data, size_t size)
{
	return (struct ps_bytes){ size == 0 ? "" : (const char *)data, size };
}

#endif
