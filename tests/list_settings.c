/* list_settings.c - every setting as a line, for docs.py: name, kind, default,
 * least, most, words; by tabs, "-" for what is not there. */

#include "directory/config_table.h"
#include "setting_kinds.h"

#include <stdio.h>

int main(void)
{
	const struct ps_setting *setting;
	const char *const *words;
	size_t i, n;

	for (i = 0; i < ps_settings_count; i++) {
		setting = &ps_settings[i];
		printf("%s%s%s\t%s\t%s\t%u\t%u\t", setting->section,
		       setting->section[0] == '\0' ? "" : ".", setting->name,
		       setting_kinds[setting->kind],
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
