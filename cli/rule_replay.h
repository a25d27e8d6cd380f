/* rule_replay.h - recorded requests, or a log of Postfix, by a rule file. */
#ifndef PS_CLI_RULE_REPLAY_H
#define PS_CLI_RULE_REPLAY_H

#include "cli/command.h"
#include "core/rules/rule_set.h"

/*
 * Judge what the file ("-": standard input) holds, each at the time of its
 * record, and say who would have been over which limit, what each rule would
 * have answered, and what could not be known.  Memory is bounded, whatever the
 * file's size.  zone: records in the place of the DNS; NULL: no item that asks
 * it holds.  stages: of a message in a log, such as "RCPT,END-OF-MESSAGE";
 * NULL: END-OF-MESSAGE.
 */
enum ps_exit ps_rule_replay(struct ps_cli *cli, const struct ps_rules *rules,
			    const char *path, const char *zone,
			    const char *stages);

#endif
