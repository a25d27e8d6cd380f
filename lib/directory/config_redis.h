/* config_redis.h - where limits are counted together (postseal.conf(5)). */
#ifndef PS_DIRECTORY_CONFIG_REDIS_H
#define PS_DIRECTORY_CONFIG_REDIS_H

#include "directory/config_kinds.h"

struct ps_config_redis {
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

#endif
