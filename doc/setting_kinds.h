/* setting_kinds.h - the kinds of settings as postseal.conf(5) calls them. */
#ifndef SETTING_KINDS_H
#define SETTING_KINDS_H

#include "directory/config_table.h"

static const char *const setting_kinds[] = {
	[PS_SETTING_TEXT] = "Text",
	[PS_SETTING_FILE] = "File",
	[PS_SETTING_NUMBER] = "Number",
	[PS_SETTING_WORD] = "Word",
	[PS_SETTING_LIST] = "List",
	[PS_SETTING_FIELDS] = "Fields",
	[PS_SETTING_NETS] = "Networks",
	[PS_SETTING_SERVERS] = "Servers",
	[PS_SETTING_DOMAIN] = "Domain",
	[PS_SETTING_DOMAINS] = "Domains",
	[PS_SETTING_ATTRIBUTE] = "Attribute",
	[PS_SETTING_FILTER] = "Filter",
	[PS_SETTING_ATTRIBUTES] = "Attributes",
	[PS_SETTING_URIS] = "URIs",
	[PS_SETTING_SOCKETS] = "Sockets",
	[PS_SETTING_PEER] = "Peer",
	[PS_SETTING_ADDRESS] = "Address",
};

#endif
