/* regex_pcre2.h - the core's regular expressions, by PCRE2. */
#ifndef PS_IO_REGEX_PCRE2_H
#define PS_IO_REGEX_PCRE2_H

#include "core/rules/rule_port.h"

/*
 * Octets, never UTF-8; compiled to machine code where PCRE2 can.  Work on one
 * match is bounded: what needs more is given up, not refused.
 */
extern const struct ps_rule_regex ps_regex_pcre2;

#endif
