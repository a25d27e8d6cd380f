/* handles.c - open directories of one configuration. */

#include "milter/handles.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct handle {
	struct handle *next;
	struct ps_directory *directory;
};

struct ps_handles {
	const struct ps_config *config;
	pthread_mutex_t lock;
	struct handle *idle; /* at most PS_HANDLES_IDLE_MAX */
	unsigned int count;
};

/* NULL with a sentence. */
static struct handle *handle_open(const struct ps_config *config,
				  char error_r[PS_CONFIG_ERROR_MAX])
{
	struct handle *handle = calloc(1, sizeof(*handle));

	if (handle == NULL)
		snprintf(error_r, PS_CONFIG_ERROR_MAX, "out of memory");
	else if (ps_directory_new(config, &handle->directory, error_r) == 0)
		return handle;
	free(handle);
	return NULL;
}

static void handle_close(struct handle *handle)
{
	ps_directory_free(&handle->directory);
	free(handle);
}

static struct handle *take(struct ps_handles *handles,
			   char reason_r[PS_REASON_MAX])
{
	char error[PS_CONFIG_ERROR_MAX];
	struct handle *handle;

	pthread_mutex_lock(&handles->lock);
	handle = handles->idle;
	if (handle != NULL) {
		handles->idle = handle->next;
		handles->count--;
	}
	pthread_mutex_unlock(&handles->lock);
	if (handle != NULL)
		return handle;
	handle = handle_open(handles->config, error);
	if (handle == NULL)
		snprintf(reason_r, PS_REASON_MAX, "%.250s", error);
	return handle;
}

/* A burst must not leave its handles behind. */
static void give_back(struct ps_handles *handles, struct handle *handle)
{
	bool kept;

	pthread_mutex_lock(&handles->lock);
	kept = handles->count < PS_HANDLES_IDLE_MAX;
	if (kept) {
		handle->next = handles->idle;
		handles->idle = handle;
		handles->count++;
	}
	pthread_mutex_unlock(&handles->lock);
	if (!kept)
		handle_close(handle);
}

/* The first one is opened at once, so that settings which cannot work are
 * refused with the rest. */
int ps_handles_new(const struct ps_config *config,
		   struct ps_handles **handles_r,
		   char error_r[PS_CONFIG_ERROR_MAX])
{
	struct ps_handles *handles = calloc(1, sizeof(*handles));

	*handles_r = NULL;
	if (handles == NULL) {
		snprintf(error_r, PS_CONFIG_ERROR_MAX, "out of memory");
		return -1;
	}
	handles->idle = handle_open(config, error_r);
	if (handles->idle == NULL) {
		free(handles);
		return -1;
	}
	handles->count = 1;
	handles->config = config;
	pthread_mutex_init(&handles->lock, NULL);
	*handles_r = handles;
	return 0;
}

void ps_handles_free(struct ps_handles **handles)
{
	struct handle *handle;

	if (*handles == NULL)
		return;
	while ((handle = (*handles)->idle) != NULL) {
		(*handles)->idle = handle->next;
		handle_close(handle);
	}
	pthread_mutex_destroy(&(*handles)->lock);
	free(*handles);
	*handles = NULL;
}

static enum ps_outcome look_up(struct ps_directory *directory,
			       enum ps_from_must_match match, const char *login,
			       const char *what)
{
	switch (match) {
	case PS_MATCH_OFF:
		break;
	case PS_MATCH_DOMAIN:
		return ps_directory_sends_in(directory, login, what);
	case PS_MATCH_ADDRESS:
		return ps_directory_sends_as(directory, login, what);
	}
	return PS_FOUND;
}

/* With the reason of the handle that was asked. */
static enum ps_outcome end(struct ps_handles *handles, struct handle *handle,
			   enum ps_outcome outcome,
			   char reason_r[PS_REASON_MAX])
{
	if (outcome == PS_TEMPFAIL)
		snprintf(reason_r, PS_REASON_MAX, "%s",
			 ps_directory_reason(handle->directory));
	give_back(handles, handle);
	return outcome;
}

enum ps_outcome ps_handles_may_send(struct ps_handles *handles,
				    enum ps_from_must_match match,
				    const char *login, const char *what,
				    char reason_r[PS_REASON_MAX])
{
	struct handle *handle = take(handles, reason_r);

	if (handle == NULL)
		return PS_TEMPFAIL;
	return end(handles, handle,
		   look_up(handle->directory, match, login, what), reason_r);
}

enum ps_outcome ps_handles_view(struct ps_handles *handles, enum ps_view view,
				const char *key, struct ps_buffer *answer,
				char reason_r[PS_REASON_MAX])
{
	struct handle *handle = take(handles, reason_r);

	if (handle == NULL)
		return PS_TEMPFAIL;
	return end(handles, handle,
		   ps_directory_view(handle->directory, view, key, answer),
		   reason_r);
}
