/* config_sections.h - the settings, section by section (postseal.conf(5)). */
#ifndef PS_DIRECTORY_CONFIG_SECTIONS_H
#define PS_DIRECTORY_CONFIG_SECTIONS_H

#include "core/text/record.h"
#include "directory/config_auth.h"
#include "directory/config_ldap.h"
#include "directory/config_limits.h"
#include "directory/config_sign.h"

#define PS_SOCKETS_MAX 8 /* of one service; ours */

struct ps_config_milter {	  /* milter { } */
	const char *socket;	  /* unix:/path or inet:port@host */
	const char *socket_group; /* of the socket's folder; default postfix */
	struct ps_config_nets internal_networks;   /* default loopback */
	struct ps_config_list originating_daemons; /* {daemon_name} values */
	struct ps_config_nets trusted_relays; /* neither judged nor refused */
	struct ps_config_nets
		backup_mx; /* trusted; SPF judges the hop before */
	struct ps_config_list exempt_recipients; /* local parts or addresses;
						    default postmaster, abuse */
	struct ps_config_list exempt_senders;	 /* envelope sender domains */
};

struct ps_config_map {		       /* map { } */
	struct ps_config_list sockets; /* unix:/path, inet:port@address */
	unsigned int connections;      /* open at a time; default 1000 */
	struct ps_config_list recipient_delimiter; /* default + */
};

struct ps_config_log {		    /* log { } */
	enum ps_record_form format; /* of messages' lines; default text */
};

struct ps_config_metrics {	       /* metrics { } */
	struct ps_config_list sockets; /* none: not served */
	enum ps_switch remote; /* may others' machines reach them? default no */
};

struct ps_config_notify {  /* notify { } */
	const char *relay; /* default inet:127.0.0.1:25 */
	const char *to;	   /* a mail address; NULL: nobody is told */
};

enum ps_backend { PS_BACKEND_SQLITE, PS_BACKEND_LDAP };

struct ps_config_directory {	 /* directory { } */
	enum ps_backend backend; /* default sqlite */
	const char *
		database; /* default /var/lib/postseal/directory/directory.db */
	const char *
		credentials; /* default /var/lib/postseal/auth/credentials.db */
	const char *read_group; /* of the database; default postseal-read */
	const char *auth_group; /* of the credentials; default dovecot */
	const char *admin;	/* where system aliases lead; NULL: none */
	enum ps_switch rehash;	/* weak hashes at a login; default no */
};

struct ps_config_mail {	  /* mail { } */
	const char *home; /* %d domain, %n local part; /var/vmail/%d/%n */
	const char *user, *group; /* default vmail, vmail */
};

struct ps_config_keys {	    /* keys { } */
	const char *folder; /* default /var/lib/postseal/keys */
	const char *group;  /* owner of new keys root:GROUP; default postseal */
};

struct ps_config_dns {		       /* dns { } */
	struct ps_config_list servers; /* 192.0.2.1 or 192.0.2.1@5353;
					  empty: /etc/resolv.conf */
	unsigned int timeout; /* seconds a message waits in all; default 10 */
	unsigned int cache_records;    /* default 50000 */
	unsigned int cache_ttl_max;    /* seconds; default 3600 */
	const char *trust_anchor_file; /* NULL: no DNSSEC validation */
};

#endif
