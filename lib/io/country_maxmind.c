/* country_maxmind.c - countries of addresses, by libmaxminddb. */

#include "io/country_maxmind.h"

#include <maxminddb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ps_country_file {
	MMDB_s database;
};

int ps_country_file_open(const char *path, struct ps_country_file **file_r,
			 char reason_r[PS_REASON_MAX])
{
	struct ps_country_file *file = calloc(1, sizeof(*file));
	int status = MMDB_OUT_OF_MEMORY_ERROR;

	*file_r = NULL;
	if (file != NULL)
		status = MMDB_open(path, MMDB_MODE_MMAP, &file->database);
	if (status != MMDB_SUCCESS) {
		snprintf(reason_r, PS_REASON_MAX, "%s: %s", path,
			 MMDB_strerror(status));
		free(file);
		return -1;
	}
	*file_r = file;
	return 0;
}

void ps_country_file_close(struct ps_country_file **file)
{
	if (*file == NULL)
		return;
	MMDB_close(&(*file)->database);
	free(*file);
	*file = NULL;
}

static struct ps_bytes find(void *ctx, const struct ps_ip *ip)
{
	struct ps_country_file *file = ctx;
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	const struct sockaddr *address = (const struct sockaddr *)&v4;
	MMDB_lookup_result_s found;
	MMDB_entry_data_s data;
	int error;

	if (ip->bits == 128) {
		memcpy(&v6.sin6_addr, ip->octet, 16);
		address = (const struct sockaddr *)&v6;
	} else {
		memcpy(&v4.sin_addr, ip->octet, 4);
	}
	found = MMDB_lookup_sockaddr(&file->database, address, &error);
	if (error != MMDB_SUCCESS || !found.found_entry ||
	    MMDB_get_value(&found.entry, &data, "country", "iso_code",
			   (char *)NULL) != MMDB_SUCCESS ||
	    !data.has_data || data.type != MMDB_DATA_TYPE_UTF8_STRING)
		return (struct ps_bytes){ NULL, 0 };
	return (struct ps_bytes){ data.utf8_string, data.data_size };
}

struct ps_countries ps_country_file_port(const struct ps_country_file *file)
{
	return (struct ps_countries){ find, (void *)(uintptr_t)file };
}
