/* handed.c - listening sockets that whoever started us has opened for us. */

#include "milter/handed.h"

#include "core/text/bytes.h"
#include "core/text/socket_name.h"
#include "directory/config.h"
#include "directory/log.h"
#include "milter/environment.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST_FD	3		     /* SD_LISTEN_FDS_START */
#define HANDED_MAX	(4 * PS_SOCKETS_MAX) /* of all services; ours */
#define NAME_MAX_OCTETS 128

struct handed {
	int fd; /* -1: taken, or refused */
	bool taken;
	/* As a setting would name it; "": no stream socket that listens. */
	char name[NAME_MAX_OCTETS];
};

/* Written before there are threads. */
static struct handed list[HANDED_MAX];
static size_t count;

static bool listens(int fd)
{
	int yes = 0, type = 0;
	socklen_t len = sizeof(yes), type_len = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &len) == 0 &&
	       yes != 0 &&
	       getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len) == 0 &&
	       type == SOCK_STREAM;
}

/* In the one form that canonical() gives to a setting. */
static void name_of(int fd, char name_r[NAME_MAX_OCTETS])
{
	union {
		struct sockaddr any;
		struct sockaddr_un path;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} address;
	socklen_t len = sizeof(address) - 1;
	char text[INET6_ADDRSTRLEN];

	name_r[0] = '\0';
	memset(&address, 0, sizeof(address));
	if (!listens(fd) || getsockname(fd, &address.any, &len) < 0)
		return;
	if (address.any.sa_family == AF_UNIX)
		snprintf(name_r, NAME_MAX_OCTETS, "unix:%.*s",
			 (int)sizeof(address.path.sun_path),
			 address.path.sun_path);
	else if (address.any.sa_family == AF_INET &&
		 inet_ntop(AF_INET, &address.v4.sin_addr, text, sizeof(text)))
		snprintf(name_r, NAME_MAX_OCTETS, "inet:%u@%s",
			 ntohs(address.v4.sin_port), text);
	else if (address.any.sa_family == AF_INET6 &&
		 inet_ntop(AF_INET6, &address.v6.sin6_addr, text, sizeof(text)))
		snprintf(name_r, NAME_MAX_OCTETS, "inet:%u@%s",
			 ntohs(address.v6.sin6_port), text);
}

static bool canonical(const char *setting, char name_r[NAME_MAX_OCTETS])
{
	char text[NAME_MAX_OCTETS], address[PS_IP_TEXT_MAX];
	struct ps_socket_name name;

	/* libmilter's other word for the same. */
	if (ps_bytes_starts_fold(ps_bytes_of(setting), PS_BYTES("local:"))) {
		snprintf(text, sizeof(text), "unix:%s", setting + 6);
		setting = text;
	}
	if (!ps_socket_name_parse(setting, &name))
		return false;
	if (name.path != NULL) {
		snprintf(name_r, NAME_MAX_OCTETS, "unix:%s", name.path);
	} else {
		ps_ip_format(&name.ip, address);
		snprintf(name_r, NAME_MAX_OCTETS, "inet:%u@%s", name.port,
			 address);
	}
	return true;
}

void ps_handed_open(void)
{
	unsigned long long fds;
	size_t i;

	count = 0;
	if (!ps_environment_is_us("LISTEN_PID") ||
	    !ps_environment_number("LISTEN_FDS", HANDED_MAX, &fds))
		return;
	for (i = 0; i < fds; i++) {
		list[i] = (struct handed){ .fd = FIRST_FD + (int)i };
		(void)fcntl(list[i].fd, F_SETFD, FD_CLOEXEC);
		name_of(list[i].fd, list[i].name);
	}
	count = (size_t)fds;
}

static struct handed *find(const char *setting)
{
	char name[NAME_MAX_OCTETS];
	size_t i;

	if (count == 0 || !canonical(setting, name))
		return NULL;
	for (i = 0; i < count; i++) {
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	}
	return NULL;
}

int ps_handed_take(const char *name)
{
	struct handed *handed = find(name);
	int fd;

	if (handed == NULL || handed->fd < 0)
		return -1;
	fd = handed->fd;
	handed->fd = -1;
	handed->taken = true;
	return fd;
}

bool ps_handed_has(const char *name)
{
	const struct handed *handed = find(name);

	return handed != NULL && handed->taken;
}

void ps_handed_refuse_rest(void)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (list[i].fd < 0)
			continue;
		ps_log(PS_LOG_WARNING,
		       "no setting names the socket that was handed to us, "
		       "%.110s: nobody answers there",
		       list[i].name[0] == '\0' ? "which does not listen"
					       : list[i].name);
		close(list[i].fd);
		list[i].fd = -1;
	}
}
