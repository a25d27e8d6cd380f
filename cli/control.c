/* control.c - ask the running postseald, at its control socket. */

#include "cli/control.h"

#include "core/text/buffer.h"
#include "directory/log.h"
#include "milter/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define WAIT_SECONDS 30 /* a reload opens what the new configuration names */

static enum ps_exit not_reached(const char *path, int error, bool quiet)
{
	if (error == ENOENT || error == ECONNREFUSED) {
		if (!quiet)
			ps_log(PS_LOG_ERROR, "no postseald is running: %s: %s",
			       path, strerror(error));
		return PS_EXIT_NOTHING;
	}
	if (error == EACCES) {
		ps_log(PS_LOG_ERROR,
		       "%s: %s: only root, and the user postseald runs as, may "
		       "speak to it",
		       path, strerror(error));
		return PS_EXIT_USAGE;
	}
	ps_log(PS_LOG_ERROR, "postseald is not to be reached: %s: %s", path,
	       strerror(error));
	return PS_EXIT_TEMPFAIL;
}

/* The descriptor, or -1 with errno. */
static int reach(const char *path)
{
	const struct timeval wait = { .tv_sec = WAIT_SECONDS };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, error;

	if (!ps_bytes_copy(ps_bytes_of(path), address.sun_path,
			   sizeof(address.sun_path))) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) == 0 &&
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static int send_all(int fd, const char *text)
{
	size_t len = strlen(text);
	ssize_t sent;

	while (len > 0) {
		sent = send(fd, text, len, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return -1;
		text += sent;
		len -= (size_t)sent;
	}
	return 0;
}

static int send_request(int fd, const json_t *request)
{
	char *text = json_dumps(request, JSON_COMPACT | JSON_ENSURE_ASCII);
	int result = text == NULL ? -1 : send_all(fd, text);

	if (result == 0)
		result = send_all(fd, "\n");
	free(text);
	return result;
}

/* All until the end; NULL: no JSON object came, errno says why or is 0. */
static json_t *receive(int fd)
{
	struct ps_buffer text = PS_BUFFER(PS_CONTROL_REPLY_MAX + 1);
	char part[4096];
	json_t *reply = NULL;
	ssize_t got;

	while ((got = recv(fd, part, sizeof(part), 0)) > 0 ||
	       (got < 0 && errno == EINTR)) {
		if (got > 0)
			ps_buffer_add(&text, part, (size_t)got);
	}
	if (got == 0) {
		errno = 0;
		reply = json_loadb(ps_buffer_cstr(&text), text.len, 0, NULL);
	}
	ps_buffer_free(&text);
	if (json_is_object(reply))
		return reply;
	json_decref(reply);
	return NULL;
}

/* What it says of itself. */
static enum ps_exit outcome_of(const char *path, const json_t *reply,
			       bool quiet)
{
	bool nothing = json_is_true(json_object_get(reply, "nothing"));
	const char *why;

	if (reply == NULL) {
		ps_log(PS_LOG_ERROR, "postseald does not answer: %s: %s", path,
		       errno == 0 ? "the answer is none" : strerror(errno));
		return PS_EXIT_TEMPFAIL;
	}
	if (json_is_true(json_object_get(reply, "ok")))
		return PS_EXIT_DONE;
	why = json_string_value(json_object_get(reply, "error"));
	if (!nothing || !quiet)
		ps_log(PS_LOG_ERROR, "%s",
		       why == NULL ? "postseald refuses" : why);
	return nothing ? PS_EXIT_NOTHING : PS_EXIT_USAGE;
}

static enum ps_exit ask(const struct ps_cli *cli, json_t *request, bool quiet,
			json_t **reply_r)
{
	const char *path = cli->config->control_socket;
	int fd = reach(path);
	enum ps_exit result;
	json_t *reply = NULL;

	*reply_r = NULL;
	if (fd < 0) {
		result = not_reached(path, errno, quiet);
		json_decref(request);
		return result;
	}
	if (send_request(fd, request) == 0)
		reply = receive(fd);
	result = outcome_of(path, reply, quiet);
	close(fd);
	json_decref(request);
	if (result == PS_EXIT_DONE)
		*reply_r = reply;
	else
		json_decref(reply);
	return result;
}

enum ps_exit ps_control_ask(const struct ps_cli *cli, json_t *request,
			    json_t **reply_r)
{
	return ask(cli, request, false, reply_r);
}

enum ps_exit ps_control_try(const struct ps_cli *cli, json_t *request,
			    json_t **reply_r)
{
	return ask(cli, request, true, reply_r);
}
