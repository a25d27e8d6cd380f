/* session.h - one milter connection: its facts, message by message. */
#ifndef PS_MILTER_SESSION_H
#define PS_MILTER_SESSION_H

#include "milter/answer.h"
#include "milter/service.h"

/*
 * Knows nothing of libmilter.  One thread at a time, any thread.  Out of memory
 * is remembered and makes the message's answer DEFER: no call but new fails.
 * Text is copied.  A call that does not fit (a header without MAIL, MAIL before
 * connect) is ignored.
 */
struct ps_session;
struct ps_message;

/* 0, or -1 out of memory. */
int ps_session_new(struct ps_session **session_r);
void ps_session_free(struct ps_session **session);

/*
 * A client is there.  Takes over the caller's hold on service, which is asked
 * for all of its messages: a reload meanwhile changes nothing for them.
 * ip: NULL not known.  port 0: not known.  daemon: {daemon_name} or NULL.
 */
void ps_session_connect(struct ps_session *session, struct ps_service *service,
			const char *host, const struct ps_ip *ip,
			unsigned int port, const char *daemon);
void ps_session_helo(struct ps_session *session, const char *helo);

/* A message begins; one that was under way is dropped.  sender: with or without
 * <>; login: {auth_authen} or NULL. */
void ps_session_mail(struct ps_session *session, const char *sender,
		     const char *login);
void ps_session_recipient(struct ps_session *session, const char *recipient);
/* value: behind the colon, leading space and folding kept. */
void ps_session_header(struct ps_session *session, struct ps_bytes name,
		       struct ps_bytes value);
void ps_session_body(struct ps_session *session, const void *data, size_t len);
/*
 * The message is complete: judge or sign it; waits for the DNS.  The answer is
 * the session's until done, abort or mail.  NULL: no message was begun.
 */
const struct ps_answer *ps_session_end(struct ps_session *session);
/* What was found on the way to the answer, for those who explain it; borrowed
 * as that is. */
const struct ps_message *ps_session_message(const struct ps_session *session);
/*
 * The answer was carried out, or (false) could not be, which defers the
 * message: write the log line and forget it.  queue_id: NULL not known.
 */
void ps_session_done(struct ps_session *session, const char *queue_id,
		     bool carried_out);
void ps_session_abort(struct ps_session *session);

#endif
