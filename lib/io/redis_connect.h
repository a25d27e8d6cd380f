/* redis_connect.h - find the Redis that counts, and log in to it. */
#ifndef PS_IO_REDIS_CONNECT_H
#define PS_IO_REDIS_CONNECT_H

#include "directory/config_redis.h"
#include "io/redis_stream.h"

#define PS_REDIS_CONNECT_US 2000000 /* one server, from first to last; ours */
#define PS_REDIS_WHERE_MAX  160

/*
 * Try config->servers in turn, or ask config->sentinels in turn where the
 * master is, until one is reached that takes the password and is no replica.
 * The password files are read anew.  where_r: its name, as "inet:6379@::1".
 * 0; -1 with a sentence of what the last one said, and nothing is open.
 */
int ps_redis_connect(const struct ps_config_redis *config,
		     struct ps_redis_stream *stream_r,
		     char where_r[PS_REDIS_WHERE_MAX],
		     char reason_r[PS_REASON_MAX]);

#endif
