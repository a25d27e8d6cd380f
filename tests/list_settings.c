/* list_settings.c - every setting as a line, for docs.py: name, kind, default,
 * least, most, words; by tabs, "-" for what is not there. */

#include "directory/config_table.h"

#include <stdio.h>

static const char *const kinds[] = {
	[PS_SETTING_TEXT] = "text",	  [PS_SETTING_FILE] = "file",
	[PS_SETTING_NUMBER] = "number",	  [PS_SETTING_WORD] = "word",
	[PS_SETTING_LIST] = "list",	  [PS_SETTING_NETS] = "networks",
	[PS_SETTING_SERVERS] = "servers",
};

int main(void)
{
	const struct ps_setting *setting;
	size_t i, n;

	for (i = 0; i < ps_settings_count; i++) {
		setting = &ps_settings[i];
		printf("%s%s%s\t%s\t%s\t%u\t%u\t", setting->section,
		       setting->section[0] == '\0' ? "" : ".", setting->name,
		       kinds[setting->kind],
		       setting->preset == NULL ? "-" : setting->preset,
		       setting->least, setting->most);
		for (n = 0; setting->words != NULL && setting->words[n] != NULL;
		     n++) {
			if (setting->words[n][0] != '\0')
				printf("%s ", setting->words[n]);
		}
		printf("%s\n", setting->words == NULL ? "-" : "");
	}
	return 0;
}
