/* name_server.h - a real name server for a test, in a folder of its own. */
#ifndef PS_TESTS_NAME_SERVER_H
#define PS_TESTS_NAME_SERVER_H

struct name_server;

/*
 * nsd on 127.0.0.1.  zones: name and text by turns, ended by NULL; the text
 * comes behind SOA and NS, a text "!" is a zone that fails (SERVFAIL).  port
 * 0: one that is free.  Aborts when it does not start.  It does not outlive
 * the thread that started it.
 */
struct name_server *name_server_new(const char *const *zones,
				    unsigned int port);
void name_server_free(struct name_server **server);
unsigned int name_server_port(const struct name_server *server);
/* A port that nobody listens on. */
unsigned int name_server_free_port(void);
/* A socket at *port of 127.0.0.1 (0: any, *port tells); -1: it is taken. */
int name_server_socket(int type, unsigned int *port);

#endif
