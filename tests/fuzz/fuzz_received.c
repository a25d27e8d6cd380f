/* fuzz_received.c - any octets as the value of Received. */

#include "fuzz.h"

#include "core/auth/received.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char helo[PS_DOMAIN_MAX + 1];
	struct ps_ip ip;

	if (!ps_received_client(fuzz_bytes(data, size), &ip, helo))
		return 0;
	FUZZ_CHECK(ip.bits == 32 || ip.bits == 128);
	FUZZ_CHECK(memchr(helo, '\0', sizeof(helo)) != NULL);
	return 0;
}
