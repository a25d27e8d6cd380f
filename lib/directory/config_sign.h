/* config_sign.h - the section sign (postseal.conf(5)). */
#ifndef PS_DIRECTORY_CONFIG_SIGN_H
#define PS_DIRECTORY_CONFIG_SIGN_H

#include "directory/config_kinds.h"

enum ps_from_must_match { PS_MATCH_OFF, PS_MATCH_DOMAIN, PS_MATCH_ADDRESS };
enum ps_on_mismatch { PS_MISMATCH_UNSIGNED, PS_MISMATCH_REJECT };
enum ps_on_sign_error { PS_SIGN_ERROR_DEFER, PS_SIGN_ERROR_UNSIGNED };

/* By their names: of the header, of the body. */
enum ps_sign_canon {
	PS_SIGN_SIMPLE_SIMPLE,
	PS_SIGN_SIMPLE_RELAXED,
	PS_SIGN_RELAXED_SIMPLE,
	PS_SIGN_RELAXED_RELAXED
};
enum ps_sign_identity {
	PS_IDENTITY_NONE,
	PS_IDENTITY_DOMAIN,
	PS_IDENTITY_AUTHOR
};

/* The part of sign { } that a domain may have for itself. */
struct ps_config_signature {
	enum ps_sign_canon canonicalization; /* default relaxed/relaxed */
	unsigned int expiry;		     /* seconds; default 0, never */
	enum ps_sign_identity identity;	     /* i=; default none */
	/* Lower-case names, ended by NULL; defaults those of dkim_names.h. */
	struct ps_config_list fields, oversign;
	enum ps_switch subdomains; /* by the keys of a parent; default no */
	enum ps_switch check_published; /* no signature by a key that is another
					   than the DNS has; default yes */
};

struct ps_config_sign { /* sign { } */
	struct ps_config_signature signature;
	enum ps_from_must_match from_must_match; /* default domain */
	enum ps_on_mismatch on_mismatch;	 /* default unsigned */
	enum ps_on_sign_error on_error;		 /* default defer */
};

#endif
