/* socket_name.h - where to listen: "unix:/path" or "inet:port@address". */
#ifndef PS_CORE_TEXT_SOCKET_NAME_H
#define PS_CORE_TEXT_SOCKET_NAME_H

#include "core/text/ip.h"

#define PS_SOCKET_PATH_MAX 107 /* octets; unix(7) sun_path, less its NUL */

struct ps_socket_name {
	const char *path; /* in the parsed text; NULL: ip and port */
	struct ps_ip ip;
	unsigned int port;
};

/* An IPv6 address may stand in brackets.  False: text is none of both, the path
 * is not absolute or too long, or the port is not 1 to 65535. */
bool ps_socket_name_parse(const char *text, struct ps_socket_name *name_r);
/* Where to connect: "inet:address:port", as Postfix writes it.  The same. */
bool ps_socket_peer_parse(const char *text, struct ps_socket_name *name_r);

#endif
