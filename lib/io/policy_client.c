/* policy_client.c - ask another policy server. */

#include "io/policy_client.h"

#include "io/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int fail(char reason_r[PS_REASON_MAX], const char *why)
{
	snprintf(reason_r, PS_REASON_MAX, "%s", why);
	return -1;
}

/* Until fd can; -1: time is up, or poll(2) fails. */
static int wait_for(int fd, short what, uint64_t until,
		    char reason_r[PS_REASON_MAX])
{
	struct pollfd one = { .fd = fd, .events = what };
	uint64_t now;
	int ready;

	for (;;) {
		now = ps_clock_monotonic_us();
		if (now >= until)
			return fail(reason_r, "no answer in time");
		ready = poll(&one, 1, (int)((until - now) / 1000) + 1);
		if (ready > 0)
			return 0;
		if (ready < 0 && errno != EINTR)
			return fail(reason_r, strerror(errno));
	}
}

static int start_connect(int fd, const struct ps_ip *ip, unsigned int port)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons((uint16_t)port) };
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port) };

	if (ip->bits == 32) {
		memcpy(&v4.sin_addr, ip->octet, 4);
		return connect(fd, (struct sockaddr *)&v4, sizeof(v4));
	}
	memcpy(&v6.sin6_addr, ip->octet, 16);
	return connect(fd, (struct sockaddr *)&v6, sizeof(v6));
}

static int connect_to(int fd, const struct ps_ip *ip, unsigned int port,
		      uint64_t until, char reason_r[PS_REASON_MAX])
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (start_connect(fd, ip, port) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return fail(reason_r, strerror(errno));
	if (wait_for(fd, POLLOUT, until, reason_r) < 0)
		return -1;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		return fail(reason_r, strerror(errno));
	return error == 0 ? 0 : fail(reason_r, strerror(error));
}

static int send_all(int fd, struct ps_bytes text, uint64_t until,
		    char reason_r[PS_REASON_MAX])
{
	ssize_t sent;

	while (text.len > 0) {
		sent = send(fd, text.at, text.len, MSG_NOSIGNAL);
		if (sent >= 0) {
			text.at += sent;
			text.len -= (size_t)sent;
		} else if (errno != EAGAIN && errno != EINTR) {
			return fail(reason_r, strerror(errno));
		} else if (wait_for(fd, POLLOUT, until, reason_r) < 0) {
			return -1;
		}
	}
	return 0;
}

static bool is_whole(const struct ps_buffer *reply)
{
	return strstr(ps_buffer_cstr(reply), "\n\n") != NULL;
}

static int receive(int fd, struct ps_buffer *reply, uint64_t until,
		   char reason_r[PS_REASON_MAX])
{
	char some[1024];
	ssize_t got;

	while (!is_whole(reply)) {
		if (wait_for(fd, POLLIN, until, reason_r) < 0)
			return -1;
		got = recv(fd, some, sizeof(some), 0);
		if (got > 0)
			ps_buffer_add(reply, some, (size_t)got);
		else if (got == 0)
			return fail(reason_r, "it has ended the connection");
		else if (errno != EAGAIN && errno != EINTR)
			return fail(reason_r, strerror(errno));
		if (reply->failed)
			return fail(reason_r, "its answer is too long");
	}
	return 0;
}

/* Of all lines, the last "action=" counts. */
static int take_action(struct ps_bytes reply, struct ps_buffer *answer,
		       char reason_r[PS_REASON_MAX])
{
	struct ps_policy_request lines;
	struct ps_cursor cursor = ps_cursor_of(reply);
	struct ps_bytes action = { NULL, 0 };

	if (ps_policy_read(&cursor, &lines) == PS_POLICY_WHOLE)
		action = ps_policy_get(&lines, PS_BYTES("action"));
	if (action.at == NULL)
		return fail(reason_r, "its answer is no action");
	ps_buffer_reset(answer);
	ps_buffer_bytes(answer, action);
	return answer->failed ? fail(reason_r, "its answer is too long") : 0;
}

static void put_request(const struct ps_policy_request *request,
			struct ps_buffer *text)
{
	size_t i;

	for (i = 0; i < request->count; i++) {
		ps_buffer_bytes(text, request->at[i].name);
		ps_buffer_char(text, '=');
		ps_buffer_bytes(text, request->at[i].value);
		ps_buffer_char(text, '\n');
	}
	ps_buffer_char(text, '\n');
}

int ps_policy_client_ask(const struct ps_ip *ip, unsigned int port,
			 const struct ps_policy_request *request,
			 uint64_t until, struct ps_buffer *answer,
			 char reason_r[PS_REASON_MAX])
{
	struct ps_buffer text = PS_BUFFER(PS_POLICY_OCTETS_MAX);
	struct ps_buffer reply = PS_BUFFER(PS_POLICY_ANSWER_MAX);
	int fd = socket(ip->bits == 32 ? AF_INET : AF_INET6,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int result = -1;

	put_request(request, &text);
	if (fd < 0)
		(void)fail(reason_r, strerror(errno));
	else if (text.failed)
		(void)fail(reason_r, "out of memory");
	else if (connect_to(fd, ip, port, until, reason_r) == 0 &&
		 send_all(fd, (struct ps_bytes){ text.data, text.len }, until,
			  reason_r) == 0 &&
		 receive(fd, &reply, until, reason_r) == 0)
		result = take_action((struct ps_bytes){ reply.data, reply.len },
				     answer, reason_r);
	if (fd >= 0)
		close(fd);
	ps_buffer_free(&text);
	ps_buffer_free(&reply);
	return result;
}
