/* config_ldap.h - the section ldap (postseal.conf(5)). */
#ifndef PS_DIRECTORY_CONFIG_LDAP_H
#define PS_DIRECTORY_CONFIG_LDAP_H

#include "directory/config_kinds.h"

enum ps_ldap_bind { PS_LDAP_BIND_NONE, PS_LDAP_BIND_SIMPLE, PS_LDAP_BIND_SASL };
/* Who makes the hash of a new one: the command, or the server (RFC 3062). */
enum ps_ldap_passwords { PS_LDAP_PASSWORDS_HASH, PS_LDAP_PASSWORDS_SERVER };
enum ps_group_maildrop { PS_GROUP_INSTEAD, PS_GROUP_ALSO };

struct ps_config_ldap {		    /* ldap { } */
	struct ps_config_list uris; /* asked in turn; default ldapi:/// */
	enum ps_switch start_tls;   /* default no */
	const char *ca_file;	    /* NULL: the system's own */
	enum ps_ldap_bind bind;	    /* none, simple, external; default none */
	const char *bind_dn;	    /* of simple; NULL */
	const char *password_file;  /* of simple; NULL */
	unsigned int timeout;	    /* seconds of a lookup in all; default 2 */
	const char *base;	    /* DN; NULL, but it is needed */
	struct ps_config_list domains;	       /* local ones; default none */
	enum ps_switch domains_from_addresses; /* these as well; default no */
	const char *login_domain; /* of maildrops without one; NULL */
	enum ps_group_maildrop
		group_maildrop; /* or members'; default instead */
	/* Filters: which entries are what.  NULL: none. */
	const char *account_filter; /* default (objectClass=postfixUser) */
	const char *group_filter;   /* default (objectClass=postfixGroup) */
	const char *relay_filter;   /* accounts that send as any local domain */
	const char *disabled_filter; /* default: locked for good by ppolicy */
	/* Attributes.  NULL: none. */
	const char *login_attribute;	/* default uid */
	const char *address_attribute;	/* default mailacceptinggeneralid */
	const char *maildrop_attribute; /* default maildrop */
	struct ps_config_list member_attributes;       /* DNs; default member,
							  uniqueMember */
	struct ps_config_list member_login_attributes; /* default memberUid */
	/* default postsealHome and so on */
	const char *home_attribute, *quota_attribute, *mail_attribute;
	const char *uid_attribute, *gid_attribute, *allow_nets_attribute;
	const char *sender_attribute; /* what it may send as besides */
	/* Entries of domains. */
	const char *domain_filter;    /* default (objectClass=postsealDomain) */
	const char *domain_attribute; /* default postsealDomainName */
	const char *transport_attribute; /* default postsealTransport */
	const char *password_attribute;	 /* NULL: a password is tried by bind */
	const char *once_attribute;	 /* default postsealOneTime */
	/* Of the command, which changes entries. */
	struct ps_config_list write_uris;	/* default none: uris */
	enum ps_ldap_bind write_bind;		/* default external */
	const char *write_bind_dn;		/* of simple; NULL */
	const char *write_password_file;	/* of simple; NULL */
	enum ps_ldap_passwords write_passwords; /* default hash */
	const char *new_base;	   /* DN; NULL: no account gets an entry */
	const char *alias_base;	   /* DN; NULL: no alias gets one */
	const char *domain_base;   /* DN; NULL: no domain gets one */
	const char *domain_class;  /* default postsealDomain */
	const char *field_class;   /* default postsealAccount */
	const char *account_class; /* default postfixUser */
	const char *group_class;   /* default postfixGroup */
	struct ps_config_list new_classes; /* default inetOrgPerson */
	struct ps_config_list
		new_attributes; /* with the login; default cn, sn */
	struct ps_config_list alias_classes; /* default organizationalRole */
	const char *alias_attribute;	     /* of its name; default cn */
};

#endif
