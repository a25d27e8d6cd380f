/* rule_windows.h - what the limits of one trial have counted. */
#ifndef PS_CLI_RULE_WINDOWS_H
#define PS_CLI_RULE_WINDOWS_H

#include "core/rules/rule_port.h"

#define PS_RULE_WINDOWS_MAX 1000000 /* keys of one trial; ours */

struct ps_rule_windows;

/* -1: no memory. */
int ps_rule_windows_new(struct ps_rule_windows **windows_r);
enum ps_rule_counted ps_rule_windows_add(struct ps_rule_windows *windows,
					 const struct ps_rule_count *count,
					 uint64_t *sum_r);
void ps_rule_windows_free(struct ps_rule_windows **windows);

#endif
