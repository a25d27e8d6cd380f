/* setup_hosts.h - the Postfix and Dovecot that are there, as setup finds them.
 */
#ifndef PS_CLI_SETUP_HOSTS_H
#define PS_CLI_SETUP_HOSTS_H

#include <stdbool.h>

/* A parameter of Postfix as postconf(1) says it. */
struct ps_setup_value {
	const char *name, *value, *expanded; /* $name as it stands, and not */
	struct ps_setup_value *next;
};

/* A service of master.cf that runs smtpd(8). */
struct ps_setup_service {
	const char *name, *type;
	bool jailed;			/* chroot */
	struct ps_setup_value *options; /* -o; expanded is NULL */
	struct ps_setup_service *next;
};

struct ps_setup_facts {
	struct ps_setup_value *values;
	struct ps_setup_service *services; /* in the order of master.cf */
	bool has_type;	     /* Postfix knows tables of type postseal */
	const char *plugin;  /* its file, where it does not know it yet */
	bool dovecot_24;     /* else 2.3 */
	const char *dovecot; /* doveconf -n */
	bool new_settings;   /* of ours, which a Dovecot that runs does not
				know */
	bool is_member;	     /* Postfix may read the directory */
};

#endif
