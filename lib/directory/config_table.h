/* config_table.h - every setting: its place, kind, default and bounds. */
#ifndef PS_DIRECTORY_CONFIG_TABLE_H
#define PS_DIRECTORY_CONFIG_TABLE_H

#include <stdbool.h>
#include <stddef.h>

enum ps_setting_kind {
	PS_SETTING_TEXT,    /* const char * */
	PS_SETTING_FILE,    /* const char *, an absolute path */
	PS_SETTING_NUMBER,  /* unsigned int, plain decimal */
	PS_SETTING_WORD,    /* an enum: the index in words */
	PS_SETTING_LIST,    /* struct ps_config_list */
	PS_SETTING_FIELDS,  /* struct ps_config_list: names of header fields, in
			       lower case; words: those that must be there */
	PS_SETTING_NETS,    /* struct ps_config_nets */
	PS_SETTING_SERVERS, /* struct ps_config_list: ADDRESS or ADDRESS@PORT */
	PS_SETTING_DOMAIN,  /* const char *: a domain name */
	PS_SETTING_DOMAINS, /* struct ps_config_list: domain names */
	/* of LDAP: const char *, an attribute, a search filter; struct
	 * ps_config_list, attributes, URIs */
	PS_SETTING_ATTRIBUTE,
	PS_SETTING_FILTER,
	PS_SETTING_ATTRIBUTES,
	PS_SETTING_URIS,
	PS_SETTING_SOCKETS, /* struct ps_config_list: as socket_name.h says */
	PS_SETTING_PEER,    /* const char *: the same, where to connect */
	PS_SETTING_ADDRESS  /* const char *: a mail address */
};

struct ps_setting {
	const char *section; /* "": not in a section */
	const char *name;
	enum ps_setting_kind kind;
	size_t offset;		  /* in struct ps_config */
	const char *preset;	  /* the default; lists: joined by blanks */
	unsigned int least, most; /* NUMBER; of DOMAINS and SOCKETS,
				     most or 0 */
	const char *const *words; /* WORD, FIELDS; ended by NULL, "" not
				     allowed */
};

extern const struct ps_setting ps_settings[];
extern const size_t ps_settings_count;

/* The index in ps_settings, or ps_settings_count.  Texts need no final NUL. */
size_t ps_setting_find(const char *section, size_t section_len,
		       const char *name, size_t name_len);
bool ps_setting_is_list(size_t i);

#endif
