/* dkim_names.h - which fields are signed (RFC 6376 section 5.4). */
#ifndef PS_CORE_AUTH_DKIM_NAMES_H
#define PS_CORE_AUTH_DKIM_NAMES_H

#include "core/text/buffer.h"
#include "core/text/fields.h"

/*
 * The built-in lists, for whoever makes something of N(name) N(name) ...
 *
 * Signed: RFC 6376 5.4.1 and what has come since, the fields that a reader sees
 * or that change how a message is shown or answered; both fields of a one-click
 * unsubscription (RFC 8058 4).  Not Received, Return-Path,
 * Authentication-Results: relays add and remove them.
 *
 * Oversigned, named once more than they occur, so that nobody can add one to a
 * signed message (8.15).  Not Sender: mailing lists may.
 */
#define PS_DKIM_SIGN_NAMES(N)                                                  \
	N("from")                                                              \
	N("sender")                                                            \
	N("reply-to")                                                          \
	N("to")                                                                \
	N("cc")                                                                \
	N("subject")                                                           \
	N("date")                                                              \
	N("message-id")                                                        \
	N("in-reply-to")                                                       \
	N("references")                                                        \
	N("mime-version")                                                      \
	N("content-type")                                                      \
	N("content-transfer-encoding")                                         \
	N("content-disposition")                                               \
	N("list-id")                                                           \
	N("list-help")                                                         \
	N("list-subscribe")                                                    \
	N("list-unsubscribe")                                                  \
	N("list-unsubscribe-post")                                             \
	N("list-post")                                                         \
	N("list-owner")                                                        \
	N("list-archive")                                                      \
	N("autocrypt")
#define PS_DKIM_OVERSIGN_NAMES(N)                                              \
	N("from")                                                              \
	N("reply-to")                                                          \
	N("to")                                                                \
	N("cc")                                                                \
	N("subject")                                                           \
	N("date")                                                              \
	N("message-id")                                                        \
	N("in-reply-to")                                                       \
	N("references")                                                        \
	N("mime-version")                                                      \
	N("content-type")                                                      \
	N("content-transfer-encoding")                                         \
	N("list-unsubscribe")                                                  \
	N("list-unsubscribe-post")                                             \
	N("autocrypt")

/* Lower-case names, each list ended by NULL; a list that is NULL is the
 * built-in one. */
struct ps_dkim_names {
	const char *const *sign, *const *oversign;
	const char *also; /* beside the list; NULL none */
};

/*
 * Append h=: each field there is of these names, from "from:from:to" on, and
 * once more what is oversigned.  List-*: only in a message that has such a
 * field already, as a mailing list gives its own to those that have none.
 */
void ps_dkim_names_collect(const struct ps_dkim_names *names,
			   const struct ps_fields *fields,
			   struct ps_buffer *out);

#endif
