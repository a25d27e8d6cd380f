/* redis_stream.c - one connection to a Redis: commands out, replies in. */

#include "io/redis_stream.h"

#include "io/clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CHUNK 4096 /* octets at a time; ours */

static int fail(char reason_r[PS_REASON_MAX], const char *why)
{
	snprintf(reason_r, PS_REASON_MAX, "%.200s", why);
	return -1;
}

/* Until the socket is ready; false: it is too late.  What has come is there,
 * however late somebody looks. */
static bool wait_for(const struct ps_redis_stream *stream, short events,
		     uint64_t until)
{
	struct pollfd wait = { .fd = stream->fd, .events = events };
	uint64_t now, left;
	int got;

	do {
		now = ps_clock_monotonic_us();
		left = now < until ? until - now : 0;
		/* Rounded up: a wait of nothing would be a loop. */
		got = poll(&wait, 1, (int)((left + 999) / 1000));
	} while ((got == 0 && left > 0) || (got < 0 && errno == EINTR));
	return got > 0;
}

/* ---- opening ---- */

static int socket_to(const struct ps_socket_name *server)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	const struct sockaddr *to = (const struct sockaddr *)&in;
	socklen_t len = sizeof(in);
	const int yes = 1;
	int fd;

	if (server->path != NULL) {
		memcpy(un.sun_path, server->path, strlen(server->path));
		to = (const struct sockaddr *)&un;
		len = sizeof(un);
	} else if (server->ip.bits == 128) {
		memcpy(&in6.sin6_addr, server->ip.octet, 16);
		in6.sin6_port = htons((uint16_t)server->port);
		to = (const struct sockaddr *)&in6;
		len = sizeof(in6);
	} else {
		memcpy(&in.sin_addr, server->ip.octet, 4);
		in.sin_port = htons((uint16_t)server->port);
	}
	fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
		    0);
	if (fd < 0)
		return -1;
	if (connect(fd, to, len) < 0 && errno != EINPROGRESS) {
		(void)close(fd);
		return -1;
	}
	/* Of no use, and an error, for unix: sockets. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	return fd;
}

static int connected(const struct ps_redis_stream *stream, uint64_t until,
		     char reason_r[PS_REASON_MAX])
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (!wait_for(stream, POLLOUT, until))
		return fail(reason_r, "does not answer in time");
	if (getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	return error == 0 ? 0 : fail(reason_r, strerror(error));
}

/* What a step of TLS waits for, or -1 with a sentence. */
static int tls_wants(const struct ps_redis_stream *stream, int result,
		     char reason_r[PS_REASON_MAX])
{
	int error = SSL_get_error(stream->ssl, result);
	long verified;
	const char *why;

	if (error == SSL_ERROR_WANT_READ)
		return POLLIN;
	if (error == SSL_ERROR_WANT_WRITE)
		return POLLOUT;
	verified = SSL_get_verify_result(stream->ssl);
	why = ERR_reason_error_string(ERR_peek_last_error());
	ERR_clear_error();
	if (verified != X509_V_OK)
		why = X509_verify_cert_error_string(verified);
	else if (error == SSL_ERROR_ZERO_RETURN || why == NULL)
		why = "closed the connection";
	snprintf(reason_r, PS_REASON_MAX, "TLS: %.200s", why);
	return -1;
}

static bool set_name(SSL *ssl, const struct ps_socket_name *server,
		     const char *tls_name)
{
	char ip[PS_IP_TEXT_MAX];

	if (tls_name != NULL)
		return SSL_set_tlsext_host_name(ssl, tls_name) == 1 &&
		       SSL_set1_host(ssl, tls_name) == 1;
	if (server->path != NULL)
		return SSL_set1_host(ssl, "localhost") == 1;
	ps_ip_format(&server->ip, ip);
	return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), ip) == 1;
}

static int start_tls(struct ps_redis_stream *stream,
		     const struct ps_socket_name *server, SSL_CTX *tls,
		     const char *tls_name, uint64_t until,
		     char reason_r[PS_REASON_MAX])
{
	int done, wants;

	ERR_clear_error();
	stream->ssl = SSL_new(tls);
	if (stream->ssl == NULL || SSL_set_fd(stream->ssl, stream->fd) != 1 ||
	    !set_name(stream->ssl, server, tls_name))
		return fail(reason_r, "TLS cannot be set up");
	while ((done = SSL_connect(stream->ssl)) != 1) {
		wants = tls_wants(stream, done, reason_r);
		if (wants < 0)
			return -1;
		if (!wait_for(stream, (short)wants, until))
			return fail(reason_r, "TLS: no answer in time");
	}
	return 0;
}

int ps_redis_stream_open(const struct ps_socket_name *server, SSL_CTX *tls,
			 const char *tls_name, uint64_t until,
			 struct ps_redis_stream *stream_r,
			 char reason_r[PS_REASON_MAX])
{
	*stream_r = PS_REDIS_STREAM_CLOSED;
	stream_r->fd = socket_to(server);
	if (stream_r->fd < 0)
		return fail(reason_r, strerror(errno));
	stream_r->reader = redisReaderCreate();
	if (stream_r->reader == NULL)
		fail(reason_r, "out of memory");
	else if (connected(stream_r, until, reason_r) == 0 &&
		 (tls == NULL || start_tls(stream_r, server, tls, tls_name,
					   until, reason_r) == 0))
		return 0;
	ps_redis_stream_close(stream_r);
	return -1;
}

void ps_redis_stream_close(struct ps_redis_stream *stream)
{
	SSL_free(stream->ssl);
	if (stream->reader != NULL)
		redisReaderFree(stream->reader);
	if (stream->fd >= 0)
		(void)close(stream->fd);
	*stream = PS_REDIS_STREAM_CLOSED;
}

/* ---- octets ---- */

/* What is to be waited for: 0 nothing, -1 it failed. */
static int step(const struct ps_redis_stream *stream, ssize_t done,
		short events, char reason_r[PS_REASON_MAX])
{
	if (done > 0)
		return 0;
	if (stream->ssl != NULL)
		return tls_wants(stream, (int)done, reason_r);
	if (done == 0)
		return fail(reason_r, "closed the connection");
	if (errno == EAGAIN || errno == EINTR)
		return events;
	return fail(reason_r, strerror(errno));
}

static ssize_t put(const struct ps_redis_stream *stream, const char *data,
		   size_t len)
{
	if (stream->ssl == NULL)
		return send(stream->fd, data, len, MSG_NOSIGNAL);
	ERR_clear_error();
	return SSL_write(stream->ssl, data, len > CHUNK ? CHUNK : (int)len);
}

static ssize_t get(const struct ps_redis_stream *stream, char *data_r)
{
	if (stream->ssl == NULL)
		return recv(stream->fd, data_r, CHUNK, 0);
	ERR_clear_error();
	return SSL_read(stream->ssl, data_r, CHUNK);
}

int ps_redis_stream_write(struct ps_redis_stream *stream, const char *data,
			  size_t len, uint64_t until,
			  char reason_r[PS_REASON_MAX])
{
	ssize_t done;
	int wants;

	while (len > 0) {
		done = put(stream, data, len);
		wants = step(stream, done, POLLOUT, reason_r);
		if (wants < 0)
			return -1;
		if (wants == 0) {
			data += done;
			len -= (size_t)done;
		} else if (!wait_for(stream, (short)wants, until)) {
			return fail(reason_r, "does not read in time");
		}
	}
	return 0;
}

/* ---- replies ---- */

/* Some more octets for the reader.  Nothing is there as a rule: it is waited
 * for first, unless TLS may hold some back. */
static int feed(struct ps_redis_stream *stream, uint64_t until,
		char reason_r[PS_REASON_MAX])
{
	char chunk[CHUNK];
	ssize_t got;
	int wants;

	if (stream->ssl == NULL && !wait_for(stream, POLLIN, until))
		return fail(reason_r, "does not answer in time");
	got = get(stream, chunk);
	wants = step(stream, got, 0, reason_r);
	if (wants < 0)
		return -1;
	if (got <= 0)
		return wants == 0 || wait_for(stream, (short)wants, until)
			       ? 0
			       : fail(reason_r, "does not answer in time");
	stream->fed += (size_t)got;
	if (redisReaderFeed(stream->reader, chunk, (size_t)got) != REDIS_OK)
		return fail(reason_r, "out of memory");
	return 0;
}

redisReply *ps_redis_stream_read(struct ps_redis_stream *stream, uint64_t until,
				 char reason_r[PS_REASON_MAX])
{
	void *reply = NULL;

	for (;;) {
		if (redisReaderGetReply(stream->reader, &reply) != REDIS_OK) {
			fail(reason_r, "answers what is not Redis's protocol");
			return NULL;
		}
		if (reply != NULL) {
			stream->fed = 0;
			return reply;
		}
		if (stream->fed > PS_REDIS_REPLY_MAX) {
			fail(reason_r, "answers without an end");
			return NULL;
		}
		if (feed(stream, until, reason_r) < 0)
			return NULL;
	}
}

redisReply *ps_redis_stream_here(struct ps_redis_stream *stream)
{
	void *reply = NULL;

	/* What is wrong with it the next read finds as well. */
	if (redisReaderGetReply(stream->reader, &reply) != REDIS_OK)
		return NULL;
	if (reply != NULL)
		stream->fed = 0;
	return reply;
}

redisReply *ps_redis_stream_ask(struct ps_redis_stream *stream, int words,
				const char **word, uint64_t until,
				char reason_r[PS_REASON_MAX])
{
	char *command = NULL;
	int len = (int)redisFormatCommandArgv(&command, words, word, NULL);
	redisReply *reply = NULL;

	if (len < 0) {
		fail(reason_r, "out of memory");
		return NULL;
	}
	if (ps_redis_stream_write(stream, command, (size_t)len, until,
				  reason_r) == 0)
		reply = ps_redis_stream_read(stream, until, reason_r);
	explicit_bzero(command, (size_t)len); /* perhaps a password */
	redisFreeCommand(command);
	return reply;
}
