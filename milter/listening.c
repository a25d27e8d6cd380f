/* listening.c - the sockets of a service, opened as root. */

#include "milter/listening.h"

#include "core/text/socket_name.h"
#include "milter/handed.h"
#include "milter/privilege.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024 /* as of the milter's socket */

union address {
	struct sockaddr any;
	struct sockaddr_un path;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t address_of(const struct ps_socket_name *name,
			    union address *address_r)
{
	memset(address_r, 0, sizeof(*address_r));
	if (name->path != NULL) {
		address_r->path.sun_family = AF_UNIX;
		memcpy(address_r->path.sun_path, name->path,
		       strlen(name->path));
		return sizeof(address_r->path);
	}
	if (name->ip.bits == 32) {
		address_r->v4.sin_family = AF_INET;
		address_r->v4.sin_port = htons((uint16_t)name->port);
		memcpy(&address_r->v4.sin_addr, name->ip.octet, 4);
		return sizeof(address_r->v4);
	}
	address_r->v6.sin6_family = AF_INET6;
	address_r->v6.sin6_port = htons((uint16_t)name->port);
	memcpy(&address_r->v6.sin6_addr, name->ip.octet, 16);
	return sizeof(address_r->v6);
}

/* The descriptor, or -1 with errno. */
static int listen_at(const struct ps_socket_name *name)
{
	const int yes = 1;
	union address address;
	socklen_t len = address_of(name, &address);
	int fd = socket(address.any.sa_family,
			SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	/* A restart need not wait for connections that were closed. */
	if (name->path == NULL &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0)
		goto failed;
	if (address.any.sa_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes)) < 0)
		goto failed;
	if (bind(fd, &address.any, len) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
failed:
	close(fd);
	return -1;
}

/* "/path": of ours alone, as milter/privilege.h has it. */
static bool parse(const char *text, struct ps_socket_name *name_r)
{
	if (text[0] != '/')
		return ps_socket_name_parse(text, name_r);
	*name_r = (struct ps_socket_name){ .path = text };
	return strlen(text) <= PS_SOCKET_PATH_MAX;
}

static void add(struct ps_listening *listening, const char *text, int fd)
{
	listening->name[listening->count] = text;
	listening->fd[listening->count++] = fd;
}

static int open_one(const struct ps_config *config, const char *setting,
		    const char *text, struct ps_listening *listening,
		    char error_r[PS_CONFIG_ERROR_MAX])
{
	struct ps_socket_name name;
	int fd = ps_handed_take(text);

	if (fd >= 0) {
		(void)fcntl(fd, F_SETFL, O_NONBLOCK);
		add(listening, text, fd);
		return 0;
	}
	if (ps_socket_prepare(config, setting, text, error_r) < 0)
		return -1;
	fd = parse(text, &name) ? listen_at(&name) : -1;
	if (fd < 0) {
		snprintf(error_r, PS_CONFIG_ERROR_MAX,
			 "%s: cannot listen at %.200s: %s", setting, text,
			 strerror(errno));
		return -1;
	}
	add(listening, text, fd);
	return ps_socket_share(config, text, error_r);
}

int ps_listening_open(const struct ps_config *config, const char *setting,
		      const struct ps_config_list *names,
		      struct ps_listening *listening_r,
		      char error_r[PS_CONFIG_ERROR_MAX])
{
	size_t i;

	*listening_r = (struct ps_listening){ .count = 0 };
	for (i = 0; i < names->count && i < PS_SOCKETS_MAX; i++) {
		if (open_one(config, setting, names->at[i], listening_r,
			     error_r) == 0)
			continue;
		ps_listening_remove(listening_r);
		ps_listening_close(listening_r);
		return -1;
	}
	return 0;
}

int ps_listening_open_control(const struct ps_config *config,
			      struct ps_listening *listening_r,
			      char error_r[PS_CONFIG_ERROR_MAX])
{
	const struct ps_config_list one = { 1, &config->control_socket };

	return ps_listening_open(config, "control_socket", &one, listening_r,
				 error_r);
}

void ps_listening_remove(const struct ps_listening *listening)
{
	size_t i;

	for (i = 0; i < listening->count; i++)
		ps_socket_remove(listening->name[i]);
}

void ps_listening_close(struct ps_listening *listening)
{
	while (listening->count > 0)
		close(listening->fd[--listening->count]);
}
