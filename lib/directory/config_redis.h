/* config_redis.h - the section redis (postseal.conf(5)): where several hosts
 * count limits together. */
#ifndef PS_DIRECTORY_CONFIG_REDIS_H
#define PS_DIRECTORY_CONFIG_REDIS_H

#include "core/text/arena.h"
#include "directory/config_kinds.h"

struct ps_config_redis { /* redis { } */
	/* As socket_name.h says, tried in turn; none: each host by itself. */
	struct ps_config_list servers;
	/* Asked in turn where the server is, in the place of servers. */
	struct ps_config_list sentinels;
	const char *sentinel_master; /* its name there; default mymaster */
	const char *user;	     /* NULL: the default user */
	const char *password_file;   /* NULL: none is asked for */
	const char *sentinel_password_file; /* NULL: none is asked for */
	unsigned int database;		    /* default 0 */
	enum ps_switch tls;		    /* sentinels too; default no */
	const char *ca_file;		    /* NULL: the system's own */
	const char *tls_name; /* of the certificate; NULL: the address */
	const char *prefix;   /* of all keys; default postseal */
	unsigned int timeout; /* milliseconds of an answer; default 100 */
};

/* What of it is not kept in place is taken from arena.  False: no memory. */
bool ps_config_redis_copy(const struct ps_config_redis *config,
			  struct ps_arena *arena,
			  struct ps_config_redis *copy_r);
bool ps_config_redis_same(const struct ps_config_redis *a,
			  const struct ps_config_redis *b);

#endif
