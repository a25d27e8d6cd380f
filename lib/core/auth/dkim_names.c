/* dkim_names.c - which fields are signed (RFC 6376 section 5.4). */

#include "core/auth/dkim_names.h"

#include "core/auth/dkim_signature.h"

#include <string.h>

/*
 * RFC 6376 5.4.1, and what has come since: the fields that a reader sees or
 * that change how a message is shown or answered.  Not Received, Return-Path,
 * Authentication-Results: relays add and remove them.
 */
static const char *const sign_names[] = {
	"from",
	"sender",
	"reply-to",
	"to",
	"cc",
	"subject",
	"date",
	"message-id",
	"in-reply-to",
	"references",
	"mime-version",
	"content-type",
	"content-transfer-encoding",
	"content-disposition",
	"list-id",
	"list-help",
	"list-subscribe",
	"list-unsubscribe",
	"list-unsubscribe-post",
	"list-post",
	"list-owner",
	"list-archive",
	"autocrypt",
	NULL,
};

/*
 * Named once more than they occur, so that nobody can add one to a signed
 * message (8.15).  Not Sender and List-*: mailing lists may.
 */
static const char *const oversign_names[] = {
	"from",		"reply-to",	"to",
	"cc",		"subject",	"date",
	"message-id",	"in-reply-to",	"references",
	"mime-version", "content-type", "content-transfer-encoding",
	NULL,
};

static bool is_listed(const char *const *names, const char *name)
{
	for (; *names != NULL; names++) {
		if (strcmp(*names, name) == 0)
			return true;
	}
	return false;
}

static void add(struct ps_buffer *out, const char *name, size_t times,
		size_t *total)
{
	for (; times > 0 && *total < PS_DKIM_NAMES_MAX; times--) {
		if ((*total)++ > 0)
			ps_buffer_char(out, ':');
		ps_buffer_text(out, name);
	}
}

void ps_dkim_names_collect(const struct ps_dkim_names *names,
			   const struct ps_fields *fields,
			   struct ps_buffer *out)
{
	const char *const *sign =
		names->sign == NULL ? sign_names : names->sign;
	const char *const *over =
		names->oversign == NULL ? oversign_names : names->oversign;
	size_t times, total = 0;

	for (; *sign != NULL; sign++) {
		times = ps_fields_count(fields, *sign);
		if (is_listed(over, *sign))
			times++;
		add(out, *sign, times, &total);
	}
	if (names->also != NULL)
		add(out, names->also, ps_fields_count(fields, names->also),
		    &total);
}
