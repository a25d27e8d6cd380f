/* zone.h - the zone of a case, served through the core's DNS port. */
#ifndef PS_TESTS_ZONE_H
#define PS_TESTS_ZONE_H

#include "fake_dns.h"

#include <jansson.h>

/* records: the array of "zone"; NULL is an empty zone.  A record that cannot
 * be read is said on stdout and left out. */
struct fake_dns *zone_new(const json_t *records);

#endif
