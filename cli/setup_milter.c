/* setup_milter.c - a message to postseald as Postfix would send it. */

#include "cli/setup_steps.h"

#include "core/text/buffer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define VERSION	      6	       /* of the milter protocol */
#define ACTIONS	      0x1ff    /* all */
#define LEADING_SPACE 0x100000 /* SMFIP_HDR_LEADSPC; every step answers */
#define REPLY_MAX     1048576  /* octets of one; ours */
#define REPLIES_MAX   1000     /* changes of one message; ours */
#define SECONDS	      30

struct talk {
	struct ps_setup *setup;
	int fd;
	const char *why; /* NULL: well so far */
};

static void number(struct ps_buffer *packet, unsigned int value)
{
	const uint32_t octets = htonl(value);

	ps_buffer_add(packet, &octets, sizeof(octets));
}

static void fail(struct talk *talk, const char *why)
{
	if (talk->why == NULL)
		talk->why = why;
}

static void put(struct talk *talk, char command, struct ps_bytes data)
{
	struct ps_buffer packet = PS_BUFFER(REPLY_MAX);

	number(&packet, (unsigned int)data.len + 1);
	ps_buffer_char(&packet, command);
	ps_buffer_bytes(&packet, data);
	if (talk->why == NULL &&
	    (packet.failed || send(talk->fd, packet.data, packet.len,
				   MSG_NOSIGNAL) != (ssize_t)packet.len))
		fail(talk, "the connection broke");
	ps_buffer_free(&packet);
}

/* The reply's first octet, or '\0'; *len_r: of what stands behind it. */
static char get(struct talk *talk)
{
	unsigned char head[5];
	unsigned int len, part;
	char rest[512];
	ssize_t got;

	if (talk->why != NULL)
		return '\0';
	if (recv(talk->fd, head, sizeof(head), MSG_WAITALL) != sizeof(head)) {
		fail(talk, "no answer");
		return '\0';
	}
	len = (unsigned int)head[0] << 24 | (unsigned int)head[1] << 16 |
	      (unsigned int)head[2] << 8 | head[3];
	if (len == 0 || len > REPLY_MAX) {
		fail(talk, "what answers is no milter");
		return '\0';
	}
	for (len--; len > 0; len -= (unsigned int)got) {
		part = len < sizeof(rest) ? len : sizeof(rest);
		got = recv(talk->fd, rest, part, MSG_WAITALL);
		if (got <= 0) {
			fail(talk, "half an answer");
			return '\0';
		}
	}
	return (char)head[4];
}

/* A step that goes on. */
static void step(struct talk *talk, char command, struct ps_bytes data)
{
	char reply;

	put(talk, command, data);
	reply = get(talk);
	if (talk->why == NULL && reply != 'c')
		fail(talk,
		     ps_setup_text(talk->setup, "the answer to '%c' is '%c'",
				   command, reply));
}

static void text_step(struct talk *talk, char command, const char *text)
{
	step(talk, command, (struct ps_bytes){ text, strlen(text) + 1 });
}

static void field(struct talk *talk, const char *name, const char *value)
{
	struct ps_buffer data = PS_BUFFER(4096);

	ps_buffer_add(&data, name, strlen(name) + 1);
	ps_buffer_char(&data, ' ');
	ps_buffer_add(&data, value, strlen(value) + 1);
	step(talk, 'L', (struct ps_bytes){ ps_buffer_cstr(&data), data.len });
	ps_buffer_free(&data);
}

/* From this machine: nothing needs to be asked of the DNS. */
static void message(struct talk *talk)
{
	static const char client[] = "localhost\0004\0\031127.0.0.1";
	const char *from = ps_setup_text(
		talk->setup, "postmaster@%s",
		talk->setup->domain != NULL ? talk->setup->domain
					    : talk->setup->config->authserv_id);
	unsigned int changes = 0;
	char reply;

	step(talk, 'C', (struct ps_bytes){ client, sizeof(client) });
	text_step(talk, 'H', "localhost");
	text_step(talk, 'M', ps_setup_text(talk->setup, "<%s>", from));
	text_step(talk, 'R', ps_setup_text(talk->setup, "<%s>", from));
	field(talk, "From", from);
	field(talk, "Subject", "postseal setup");
	step(talk, 'N', (struct ps_bytes){ "", 0 });
	step(talk, 'B', PS_BYTES("A test.\r\n"));
	put(talk, 'E', (struct ps_bytes){ "", 0 });
	do
		reply = get(talk);
	while (talk->why == NULL && strchr("hmipFAq", reply) != NULL &&
	       changes++ < REPLIES_MAX);
	if (talk->why == NULL && reply != 'a' && reply != 'c')
		fail(talk, "it would not let a message through now: its log "
			   "says why");
	put(talk, 'Q', (struct ps_bytes){ "", 0 });
}

static void negotiate(struct talk *talk)
{
	struct ps_buffer data = PS_BUFFER(64);

	number(&data, VERSION);
	number(&data, ACTIONS);
	number(&data, LEADING_SPACE);
	put(talk, 'O', (struct ps_bytes){ ps_buffer_cstr(&data), data.len });
	ps_buffer_free(&data);
	if (get(talk) != 'O')
		fail(talk, "what answers is no milter");
}

int ps_setup_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(address.sun_path)) {
		errno = fd < 0 ? errno : ENAMETOOLONG;
	} else {
		memcpy(address.sun_path, path, strlen(path) + 1);
		if (connect(fd, (const struct sockaddr *)&address,
			    sizeof(address)) == 0)
			return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

/* "PORT@HOST" */
static int open_inet(struct ps_setup *setup, const char *text)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	const char *at = strchr(text, '@');
	struct addrinfo *list, *address;
	int fd = -1;

	if (getaddrinfo(
		    at == NULL ? NULL : at + 1,
		    ps_setup_text(setup, "%.*s", (int)strcspn(text, "@"), text),
		    &hints, &list) != 0)
		return -1;
	for (address = list; address != NULL && fd < 0;
	     address = address->ai_next) {
		fd = socket(address->ai_family,
			    address->ai_socktype | SOCK_CLOEXEC, 0);
		if (fd >= 0 &&
		    connect(fd, address->ai_addr, address->ai_addrlen) < 0) {
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(list);
	return fd;
}

const char *ps_setup_try_milter(struct ps_setup *setup)
{
	const char *socket_name = setup->config->milter.socket;
	const char *rest = strchr(socket_name, ':');
	struct timeval limit = { .tv_sec = SECONDS };
	struct talk talk = { .setup = setup };

	rest = rest == NULL ? socket_name : rest + 1;
	talk.fd = strncmp(socket_name, "inet", 4) == 0 ? open_inet(setup, rest)
						       : ps_setup_connect(rest);
	if (talk.fd < 0)
		return strerror(errno);
	setsockopt(talk.fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(talk.fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	negotiate(&talk);
	message(&talk);
	close(talk.fd);
	return talk.why;
}
