/* config_auth.h - the settings about the judgement of mail, section by section
 * (postseal.conf(5)). */
#ifndef PS_DIRECTORY_CONFIG_AUTH_H
#define PS_DIRECTORY_CONFIG_AUTH_H

#include "core/auth/judge.h"
#include "directory/config_kinds.h"

struct ps_config_spf {		     /* spf { } */
	enum ps_enforce on_fail;     /* off, mark, reject; default mark */
	enum ps_switch explanation;  /* of the domain, in a refusal: default
					yes */
	enum ps_switch received_spf; /* fields as well; default no */
};

enum ps_engine { PS_ENGINE_POSTSEAL, PS_ENGINE_OPENDKIM };

struct ps_config_dkim {		     /* dkim { } */
	enum ps_engine engine;	     /* default postseal */
	unsigned int signatures_max; /* verified of one message; default 10 */
	enum ps_switch trust_length; /* for DMARC, an l= before the end of the
					body; default no */
};

/* RFC 9989, RFC 7489, or RFC 9989 and a log line where the other differs. */
enum ps_org_domain { PS_ORG_TREEWALK, PS_ORG_PSL, PS_ORG_COMPARE };

struct ps_config_dmarc {		 /* dmarc { } */
	enum ps_enforce on_reject;	 /* default mark */
	enum ps_org_domain org_domain;	 /* default treewalk */
	enum ps_reject_when reject_when; /* default always */
	enum ps_enforce on_unconfirmed;	 /* mark, quarantine; default mark */
	struct ps_config_list dnsbl;	 /* DNS lists of bad clients */
	struct ps_config_list exempt_domains; /* of authors, and below them */
	struct ps_config_nets exempt_networks;
	struct ps_config_list forwarders; /* domains, and below them */
};

enum ps_on_seal_error { PS_SEAL_ERROR_DEFER, PS_SEAL_ERROR_UNSEALED };

struct ps_config_arc {		 /* arc { } */
	const char *seal_domain; /* whose key seals; NULL: nothing is sealed
				  */
	enum ps_on_seal_error on_error;	       /* default defer */
	struct ps_config_list trusted_sealers; /* domains, exactly these */
};

#endif
