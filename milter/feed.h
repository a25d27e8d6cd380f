/* feed.h - a whole message into a session, cut up as Postfix does it. */
#ifndef PS_MILTER_FEED_H
#define PS_MILTER_FEED_H

#include "milter/session.h"

/*
 * Header and body of a message whose envelope the session has: what a milter is
 * sent of it.  Lines end in CRLF or LF; a line end that is missing at the end
 * is added.  The header goes to the first line that is none of it; an empty one
 * there is the boundary, any other begins the body.  Lines "From " on top, as a
 * mailbox file has them, are left out.  Values are cut at a NUL, as the
 * protocol of milters does.
 */
void ps_session_feed(struct ps_session *session, struct ps_bytes message);

#endif
