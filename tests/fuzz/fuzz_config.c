/* fuzz_config.c - any octets as postseal.conf. */

#include "fuzz.h"

#include "directory/config.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64], error[PS_CONFIG_ERROR_MAX];
	struct ps_config *config;
	int fd = memfd_create("config", MFD_CLOEXEC);

	FUZZ_CHECK(fd >= 0);
	FUZZ_CHECK(write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (ps_config_read(path, &config, error) == 0) {
		FUZZ_CHECK(config->authserv_id != NULL &&
			   config->milter.socket != NULL);
		ps_config_free(&config);
	} else {
		FUZZ_CHECK(strstr(error, path) != NULL ||
			   strstr(error, "memory") != NULL);
	}
	close(fd);
	return 0;
}
