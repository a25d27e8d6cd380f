/* listing.h - the directory for its administrator: lists, and what is wrong. */
#ifndef PS_DIRECTORY_LISTING_H
#define PS_DIRECTORY_LISTING_H

#include "directory/directory.h"

/* In the order of mailcfg; text is borrowed during the call.  NULL: none. */
struct ps_listing {
	long long id;
	const char *name;	 /* domain, address, alias source */
	const char *destination; /* of aliases and senders: the other side */
	const char *alias_of;	 /* domains */
	const char *transport;	 /* domains: of a relayed one */
	bool disabled, closed;	 /* accounts */
	bool has_password;
	bool system; /* an alias made with its domain */
};
typedef void ps_listing_row(void *ctx, const struct ps_listing *row);
enum ps_listing_kind {
	PS_LIST_DOMAINS,
	PS_LIST_ACCOUNTS,
	PS_LIST_ALIASES,
	PS_LIST_SENDERS /* name may send as destination */
};
/* domain: NULL all.  Reads only; no lock is taken. */
enum ps_outcome ps_directory_list(struct ps_directory *directory,
				  enum ps_listing_kind kind, const char *domain,
				  ps_listing_row *row, void *ctx);

/* One contradiction; text is borrowed during the call. */
struct ps_finding {
	const char *kind;   /* a word for programs, "alias-to-nowhere" */
	const char *object; /* the address or domain */
	const char *text;   /* the sentence for people, without its object */
};
typedef void ps_finding_row(void *ctx, const struct ps_finding *finding);
/* limit: Postfix's virtual_alias_expansion_limit.  NOTFOUND: all is well. */
enum ps_outcome ps_directory_check(struct ps_directory *directory,
				   unsigned int limit, ps_finding_row *row,
				   void *ctx);

#endif
