/* country_maxmind.h - countries of addresses, from a file in MaxMind's form. */
#ifndef PS_IO_COUNTRY_MAXMIND_H
#define PS_IO_COUNTRY_MAXMIND_H

#include "directory/directory.h"
#include "io/logins_memory.h"

struct ps_country_file;

/*
 * Such as GeoLite2-Country.mmdb, or one of DB-IP or IP2Location in that form.
 * It is mapped, not read: a newer one takes its place by rename, and is seen
 * when it is opened again.  0, or -1 with a sentence in reason_r.
 */
int ps_country_file_open(const char *path, struct ps_country_file **file_r,
			 char reason_r[PS_REASON_MAX]);
void ps_country_file_close(struct ps_country_file **file);
/* For logins; any thread, as long as the file is open. */
struct ps_countries ps_country_file_port(const struct ps_country_file *file);

#endif
