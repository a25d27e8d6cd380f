/* rule_number.h - numbers as the rule language reads and writes them. */
#ifndef PS_CORE_RULES_RULE_NUMBER_H
#define PS_CORE_RULES_RULE_NUMBER_H

#include "core/text/bytes.h"

#define PS_RULE_NUMBER_MAX 32 /* octets of a formatted number, with NUL */

/* The number text begins with, as Perl takes it: "12abc" is 12, "x" is 0. */
double ps_rule_number(struct ps_bytes text);
/* Digits, perhaps "-" before and one fraction behind, and nothing else. */
bool ps_rule_is_number(struct ps_bytes text);
/* 15 significant digits, no zeros behind. */
void ps_rule_number_format(double number, char text_r[PS_RULE_NUMBER_MAX]);
/* A score: at most two digits of fraction, cut off, at least one: "5.0". */
void ps_rule_score_format(double number, char text_r[PS_RULE_NUMBER_MAX]);

#endif
