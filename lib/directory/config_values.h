/* config_values.h - check and store the values of settings. */
#ifndef PS_DIRECTORY_CONFIG_VALUES_H
#define PS_DIRECTORY_CONFIG_VALUES_H

#include "core/text/arena.h"
#include "directory/config.h"

#define PS_SETTINGS_MAX 256

/* One file being read; the first failure stays in error. */
struct ps_reading {
	const char *path;
	char *error;			    /* PS_CONFIG_ERROR_MAX */
	unsigned int line[PS_SETTINGS_MAX]; /* of ps_settings; 0 nowhere */
	struct ps_config *config;
	struct ps_arena *arena;
};

/* -1, with "FILE:LINE: ..." (line 0: "FILE: ...") in error. */
int ps_config_fail(struct ps_reading *reading, unsigned int line,
		   const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same for ps_settings[i]: "FILE:LINE: setting NAME " and the reason. */
int ps_config_fail_setting(struct ps_reading *reading, size_t i,
			   const char *reason);
/* Store ps_settings[i]; one value unless it is a list.  0 or -1. */
int ps_config_set(struct ps_reading *reading, size_t i, size_t count,
		  const char *const *values);
/* Its default, if it has one. */
int ps_config_preset(struct ps_reading *reading, size_t i);

#endif
