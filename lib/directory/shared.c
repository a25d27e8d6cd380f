/* shared.c - one directory handle for all tables and drivers of a host. */

#include "directory/shared.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ps_shared {
	struct ps_shared *next;
	unsigned int users;
	struct ps_config *config;
	struct ps_directory *directory;
	char path[];
};

static struct ps_shared *opened;

int ps_shared_open(const char *path, struct ps_shared **shared_r,
		   char error_r[PS_CONFIG_ERROR_MAX])
{
	struct ps_shared *shared;
	size_t size;

	*shared_r = NULL;
	error_r[0] = '\0';
	if (path == NULL)
		path = PS_CONFIG_DEFAULT;
	for (shared = opened; shared != NULL; shared = shared->next) {
		if (strcmp(shared->path, path) == 0) {
			shared->users++;
			*shared_r = shared;
			return 0;
		}
	}
	size = strlen(path) + 1;
	shared = calloc(1, sizeof(*shared) + size);
	if (shared == NULL) {
		snprintf(error_r, PS_CONFIG_ERROR_MAX, "out of memory");
		return -1;
	}
	memcpy(shared->path, path, size);
	if (ps_config_read(path, &shared->config, error_r) < 0) {
		free(shared);
		return -1;
	}
	if (ps_directory_new(shared->config, &shared->directory, error_r) < 0) {
		ps_config_free(&shared->config);
		free(shared);
		return -1;
	}
	shared->users = 1;
	shared->next = opened;
	opened = shared;
	*shared_r = shared;
	return 0;
}

void ps_shared_close(struct ps_shared **shared_p)
{
	struct ps_shared *shared = *shared_p, **link;

	*shared_p = NULL;
	if (shared == NULL || --shared->users > 0)
		return;
	for (link = &opened; *link != shared; link = &(*link)->next)
		;
	*link = shared->next;
	ps_directory_free(&shared->directory);
	ps_config_free(&shared->config);
	free(shared);
}

struct ps_directory *ps_shared_directory(const struct ps_shared *shared)
{
	return shared->directory;
}

const struct ps_config *ps_shared_config(const struct ps_shared *shared)
{
	return shared->config;
}
