/* smtp_curl.h - give one letter to a mail server nearby, through libcurl. */
#ifndef PS_IO_SMTP_CURL_H
#define PS_IO_SMTP_CURL_H

#include "core/text/bytes.h"
#include "core/text/socket_name.h"
#include "directory/directory.h"

#include <stdatomic.h>

/* Of one letter in all; ours.  A relay that is slower is asked again later. */
#define PS_SMTP_CONNECT_SECONDS 5
#define PS_SMTP_SECONDS		30

/* Borrowed for the call. */
struct ps_smtp_letter {
	const char *to;	  /* an address, without brackets, printable */
	const char *text; /* header and body, lines ended by CRLF */
	size_t len;
	const atomic_bool *stop; /* true: give up at once.  NULL: never */
};

enum ps_smtp {
	PS_SMTP_SENT,
	PS_SMTP_LATER,	/* 4xx, or the relay is not to be reached */
	PS_SMTP_REFUSED /* 5xx: never */
};

/* Once, before there are threads.  0 or -1. */
int ps_smtp_init(void);
/*
 * In plain SMTP, from <>.  helo: our name.  Blocks for at most PS_SMTP_SECONDS.
 * A sentence in reason_r, except with SENT.  Any thread.
 */
enum ps_smtp ps_smtp_send(const struct ps_socket_name *relay, const char *helo,
			  const struct ps_smtp_letter *letter,
			  char reason_r[PS_REASON_MAX]);

#endif
