/* psl_rules.h - the public suffixes that a file of cases is about. */
#ifndef PS_TESTS_CONFORMANCE_PSL_RULES_H
#define PS_TESTS_CONFORMANCE_PSL_RULES_H

#include "io/psl_libpsl.h"

#include <jansson.h>

/* rules: an array of texts.  NULL, and said, when it is none. */
struct ps_libpsl *psl_rules(const json_t *rules);

#endif
