/* config_scan.h - the shape of the configuration, before libconfuse reads it.
 */
#ifndef PS_DIRECTORY_CONFIG_SCAN_H
#define PS_DIRECTORY_CONFIG_SCAN_H

#include "core/text/bytes.h"
#include "directory/config.h"

/*
 * Refuses what libconfuse would take in silence: an unknown or repeated
 * setting or section, "+=", "${", NUL octets, and an unclosed quote, comment or
 * brace, each with its line.  line_r (one for each of ps_settings): where the
 * setting stands, 0 nowhere.  False with "FILE:LINE: reason" in error_r.
 */
bool ps_config_scan(const char *path, struct ps_bytes text,
		    unsigned int *line_r, char error_r[PS_CONFIG_ERROR_MAX]);

#endif
