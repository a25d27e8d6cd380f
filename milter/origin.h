/* origin.h - whose mail is this: ours to sign, or somebody's to judge? */
#ifndef PS_MILTER_ORIGIN_H
#define PS_MILTER_ORIGIN_H

#include "core/text/dns.h"
#include "directory/config.h"

#define PS_HOST_MAX 255 /* octets kept; RFC 5321 4.5.3.1.2 */

/* What the connection said of itself. */
struct ps_client {
	struct ps_ip ip;	      /* bits 0: not known */
	unsigned int port;	      /* 0: not known, no connection */
	char host[PS_HOST_MAX + 1];   /* verified name; "localhost" … */
	char helo[PS_HOST_MAX + 1];   /* "" none, or too long to be a name */
	char daemon[PS_HOST_MAX + 1]; /* {daemon_name} */
};

enum ps_origin {
	PS_ORIGIN_OURS,	   /* originating: signed */
	PS_ORIGIN_TRUSTED, /* a trusted relay: neither judged nor refused */
	PS_ORIGIN_BACKUP,  /* a backup MX: judged as before it, never refused */
	PS_ORIGIN_OUTSIDE  /* judged */
};

/*
 * Pure.  login: {auth_authen}, "" none.  In this order: a login, a daemon of
 * originating_daemons, a client in backup_mx, in trusted_relays, in
 * internal_networks, and mail that came over no connection (sendmail(1) and
 * bounces, which Postfix shows as localhost at port 0).  Relays go before
 * networks: what a backup MX inside the network passes on is not ours to sign.
 */
enum ps_origin ps_origin_of(const struct ps_config_milter *config,
			    const struct ps_client *client, const char *login);
/* The same, and which of these it was, in words; constant text. */
enum ps_origin ps_origin_why(const struct ps_config_milter *config,
			     const struct ps_client *client, const char *login,
			     const char **why_r);
/* As the log says it: "out", "trusted", "backup", "in". */
const char *ps_origin_name(enum ps_origin origin);

#endif
