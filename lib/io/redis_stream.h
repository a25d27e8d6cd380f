/* redis_stream.h - one connection to a Redis: commands out, replies in. */
#ifndef PS_IO_REDIS_STREAM_H
#define PS_IO_REDIS_STREAM_H

#include "core/text/socket_name.h"
#include "directory/view.h"

#include <hiredis.h>
#include <openssl/ssl.h>
#include <stdint.h>

/* Octets of one reply; the longest we ask for has some 300.  Ours. */
#define PS_REDIS_REPLY_MAX 65536

/* One thread at a time; without TLS one may read while another one writes.  The
 * process ignores SIGPIPE.  until: microseconds of
 * ps_clock_monotonic_us(), when a call gives up at the latest. */
struct ps_redis_stream {
	int fd; /* -1: not open */
	SSL *ssl;
	redisReader *reader;
	size_t fed; /* octets since the last whole reply */
};

#define PS_REDIS_STREAM_CLOSED ((struct ps_redis_stream){ .fd = -1 })

/*
 * tls: NULL, or what the server's certificate is held against; its name is
 * tls_name, or the address when that is NULL.  0; -1 with a sentence, and
 * nothing is open.
 */
int ps_redis_stream_open(const struct ps_socket_name *server, SSL_CTX *tls,
			 const char *tls_name, uint64_t until,
			 struct ps_redis_stream *stream_r,
			 char reason_r[PS_REASON_MAX]);
void ps_redis_stream_close(struct ps_redis_stream *stream);

/* All of it.  0; -1: of no use any more, to be closed. */
int ps_redis_stream_write(struct ps_redis_stream *stream, const char *data,
			  size_t len, uint64_t until,
			  char reason_r[PS_REASON_MAX]);
/* The next reply, to be freed by freeReplyObject(); NULL: as above. */
redisReply *ps_redis_stream_read(struct ps_redis_stream *stream, uint64_t until,
				 char reason_r[PS_REASON_MAX]);
/* One that has come already, as with the one read last; NULL: none, or none
 * that can be read. */
redisReply *ps_redis_stream_here(struct ps_redis_stream *stream);
/* Write one command and read its reply, which may be an error. */
redisReply *ps_redis_stream_ask(struct ps_redis_stream *stream, int words,
				const char **word, uint64_t until,
				char reason_r[PS_REASON_MAX]);

#endif
