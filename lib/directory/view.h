/* view.h - Postfix's tables; see postseal_table(5). */
#ifndef PS_DIRECTORY_VIEW_H
#define PS_DIRECTORY_VIEW_H

#include <stdbool.h>

#define PS_ANSWER_MAX 1000000 /* octets of one answer; ours */
#define PS_REASON_MAX 256

/* TEMPFAIL is never "no": the caller defers. */
enum ps_outcome { PS_FOUND, PS_NOTFOUND, PS_TEMPFAIL };

enum ps_view {
	/* domain: itself, where its mail is received here; not relayed ones */
	PS_VIEW_DOMAINS,
	/* user@domain: itself, where it is an account, disabled or not */
	PS_VIEW_MAILBOXES,
	/* user@domain, @domain: where its mail goes (virtual(5)).  In a domain
	 * with a catch-all, each account that is not closed: at least itself */
	PS_VIEW_ALIASES,
	/* user@domain, @domain: logins that may send as it */
	PS_VIEW_SENDERS,
	/* domain, user@domain: "relay:[host]:25" of a relayed domain
	 * (transport(5)) */
	PS_VIEW_TRANSPORT,
	/* domain: itself, where its mail is relayed to another host */
	PS_VIEW_RELAY_DOMAINS,
	/* user@domain: the account's quota, as "2G" */
	PS_VIEW_QUOTA
};
#define PS_VIEW_COUNT 7

/* False: no view of that name. */
bool ps_view_by_name(const char *name, enum ps_view *view_r);
const char *ps_view_name(enum ps_view view);

#endif
