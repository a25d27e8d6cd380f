/* list_settings.c - every setting as a line, for docs.py: name, kind, default,
 * least, most, words; by tabs, "-" for what is not there. */

#include "directory/config_table.h"

#include <stdio.h>

static const char *const kinds[] = {
	[PS_SETTING_TEXT] = "text",
	[PS_SETTING_FILE] = "file",
	[PS_SETTING_NUMBER] = "number",
	[PS_SETTING_WORD] = "word",
	[PS_SETTING_LIST] = "list",
	[PS_SETTING_NETS] = "networks",
	[PS_SETTING_SERVERS] = "servers",
	[PS_SETTING_FIELDS] = "fields",
	[PS_SETTING_DOMAIN] = "domain",
	[PS_SETTING_DOMAINS] = "domains",
	[PS_SETTING_ATTRIBUTE] = "attribute",
	[PS_SETTING_FILTER] = "filter",
	[PS_SETTING_ATTRIBUTES] = "attributes",
	[PS_SETTING_URIS] = "URIs",
	[PS_SETTING_SOCKETS] = "sockets",
	[PS_SETTING_PEER] = "peer",
	[PS_SETTING_ADDRESS] = "address",
};

int main(void)
{
	const struct ps_setting *setting;
	const char *const *words;
	size_t i, n;

	for (i = 0; i < ps_settings_count; i++) {
		setting = &ps_settings[i];
		printf("%s%s%s\t%s\t%s\t%u\t%u\t", setting->section,
		       setting->section[0] == '\0' ? "" : ".", setting->name,
		       kinds[setting->kind],
		       setting->preset == NULL ? "-" : setting->preset,
		       setting->least, setting->most);
		words = setting->kind == PS_SETTING_WORD ? setting->words
							 : NULL;
		for (n = 0; words != NULL && words[n] != NULL; n++) {
			if (words[n][0] != '\0')
				printf("%s ", words[n]);
		}
		printf("%s\n", words == NULL ? "-" : "");
	}
	return 0;
}
