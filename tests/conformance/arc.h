/* arc.h - what the two formats of ARC share. */
#ifndef PS_TESTS_ARC_H
#define PS_TESTS_ARC_H

#include "fake_dns.h"

#include "core/auth/arc.h"

#include <jansson.h>

/* The chain's verdict: whole and octet by octet, with and without waiting.
 * False: they differ, or it waited for nothing. */
bool conformance_arc_verdict(const struct ps_fields *fields,
			     struct ps_bytes body, struct fake_dns *zone,
			     uint64_t now, struct ps_arc_verdict *verdict_r);
/* "zone": the records, or the name of one of the file's zones. */
const json_t *conformance_arc_zone(const json_t *file, const json_t *test);

#endif
