/* config.h - the one configuration file, read and checked as a whole. */
#ifndef PS_DIRECTORY_CONFIG_H
#define PS_DIRECTORY_CONFIG_H

#include "core/text/ip.h"
#include "directory/config_sections.h"

#define PS_CONFIG_DEFAULT    "/etc/postseal/postseal.conf"
#define PS_CONFIG_OCTETS_MAX 1048576 /* ours */
#define PS_CONFIG_VALUE_MAX  500     /* octets of one text; ours */
#define PS_CONFIG_ERROR_MAX  512

/* Immutable once read; every pointer inside lives until it is freed. */
struct ps_config {
	const char *path;	 /* absolute, as it was given */
	const char *authserv_id; /* RFC 8601 2.5; default: the host name */
	struct ps_config_list
		authserv_ids_removed; /* further ones; RFC 8601 5 */
	const char *user;	      /* postseald runs as; default postseal */
	const char *pid_file;	      /* of postseald; NULL: none */
	const char *control_socket;   /* of postseald, a path */
	const char *state_database;   /* of postseald, what it decided */
	struct ps_config_milter milter;
	struct ps_config_map map;
	struct ps_config_limits limits;
	struct ps_config_log log;
	struct ps_config_metrics metrics;
	struct ps_config_notify notify;
	struct ps_config_directory directory;
	struct ps_config_ldap ldap;
	struct ps_config_mail mail;
	struct ps_config_keys keys;
	struct ps_config_sign sign;
	struct ps_config_dns dns;
	struct ps_config_spf spf;
	struct ps_config_dkim dkim;
	struct ps_config_dmarc dmarc;
	struct ps_config_arc arc;
	void *memory; /* ours: what the pointers point into */
};

/*
 * Read path (NULL: PS_CONFIG_DEFAULT).  0, or -1 with error_r a sentence
 * "FILE:LINE: reason" that names the setting; nothing is then to be freed.
 * Refuses what is not a regular file or over PS_CONFIG_OCTETS_MAX, NUL octets,
 * unknown and repeated settings, numbers that are not plain decimal or out of
 * range, control characters, and "${".  Never exits, whatever libconfuse would
 * do.
 */
int ps_config_read(const char *path, struct ps_config **config_r,
		   char error_r[PS_CONFIG_ERROR_MAX]);
void ps_config_free(struct ps_config **config);

#endif
