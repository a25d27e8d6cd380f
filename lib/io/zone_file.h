/* zone_file.h - records from a JSON file in the place of the DNS. */
#ifndef PS_IO_ZONE_FILE_H
#define PS_IO_ZONE_FILE_H

#include "core/text/dns.h"
#include "directory/config.h"

#define PS_ZONE_FILE_MAX 67108864 /* octets in memory; ours */

/*
 * The file is an array of records, or an object whose "zone" is one:
 *
 *   { "name": N, "type": "A", "AAAA", "NS", "PTR" or "CNAME", "data": TEXT }
 *   { "name": N, "type": "MX", "data": { "preference": P, "exchange": TEXT } }
 *   { "name": N, "type": "TXT", "data": [ TEXT, ... ] }, its strings joined
 *   { "name": N, "type": T, "error": TEXT }: asking for it fails; T "ANY": for
 *     each type the name lacks
 *   { "name": N, "type": "NONE" }: the name exists, without records
 *
 * A name in the file, or above one, that lacks the type is NOTFOUND; any other
 * is NOTFOUND with nxdomain.  CNAMEs are followed; a loop of them is NOTFOUND.
 */
struct ps_zone_file;

/* 0, or -1 with a sentence in error_r. */
int ps_zone_file_read(const char *path, struct ps_zone_file **zone_r,
		      char error_r[PS_CONFIG_ERROR_MAX]);
void ps_zone_file_free(struct ps_zone_file **zone);
/* Never PENDING.  It and its answers live as long as zone; any thread. */
struct ps_dns ps_zone_file_port(struct ps_zone_file *zone);

#endif
