/* rule_trial.h - policy requests from standard input, tried on a rule file. */
#ifndef PS_CLI_RULE_TRIAL_H
#define PS_CLI_RULE_TRIAL_H

#include "cli/command.h"
#include "core/rules/rule_set.h"

/*
 * Requests of Postfix's policy protocol, each ended by an empty line or the
 * end of the input.  A row for each: the answer, and which rules were tried.
 * Limits count from the first request on, in this process alone.  zone: records
 * in the place of the DNS (io/zone_file.h); NULL: it is asked.
 */
enum ps_exit ps_rule_trial(struct ps_cli *cli, const struct ps_rules *rules,
			   const char *zone);

#endif
