/* logins_settings.c - what is kept of logins, as limits { } says. */

#include "io/logins_settings.h"

int ps_logins_open(const struct ps_config_limits *limits,
		   struct ps_country_file **file_r, struct ps_logins **logins_r,
		   char note_r[PS_REASON_MAX])
{
	struct ps_countries countries;

	*file_r = NULL;
	note_r[0] = '\0';
	if (limits->country_file != NULL &&
	    ps_country_file_open(limits->country_file, file_r, note_r) == 0)
		countries = ps_country_file_port(*file_r);
	if (ps_logins_new(limits->logins_max,
			  *file_r == NULL ? NULL : &countries, logins_r) == 0)
		return 0;
	ps_country_file_close(file_r);
	return -1;
}

void ps_logins_close(struct ps_country_file **file, struct ps_logins **logins)
{
	ps_logins_free(logins);
	ps_country_file_close(file);
}
