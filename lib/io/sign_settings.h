/* sign_settings.h - how one domain wishes to sign: "sign" in its domain.json */
#ifndef PS_IO_SIGN_SETTINGS_H
#define PS_IO_SIGN_SETTINGS_H

#include "directory/config.h"
#include "directory/directory.h"

/*
 * Its members are named, and their values checked, as those of
 * struct ps_config_signature in the section sign of postseal.conf(5): texts,
 * numbers, true and false for yes and no, arrays of texts for lists.
 */
struct ps_sign_settings;

/*
 * FOUND; NOTFOUND: the file is not there, or has no "sign".  TEMPFAIL with a
 * sentence in reason_r: it cannot be read, or has what is no such setting.
 */
enum ps_outcome ps_sign_settings_read(const char *path,
				      struct ps_sign_settings **settings_r,
				      char reason_r[PS_REASON_MAX]);
void ps_sign_settings_free(struct ps_sign_settings **settings);
/* Put what the domain says in the place of what signature_r has.  settings may
 * be NULL; lists are borrowed from it. */
void ps_sign_settings_apply(const struct ps_sign_settings *settings,
			    struct ps_config_signature *signature_r);

#endif
