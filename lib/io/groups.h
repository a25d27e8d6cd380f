/* groups.h - groups that rules fill, kept by this process. */
#ifndef PS_IO_GROUPS_H
#define PS_IO_GROUPS_H

#include "core/rules/rule_memory.h"
#include "io/counters_memory.h"

/*
 * Members are windows of counters (borrowed), of a rule "%%GROUP":
 * counters_memory.h bounds them, the one that was added longest ago makes room,
 * and a journal keeps them over a restart.  They may be those of limits, whose
 * rules have other names.
 */
struct ps_rule_groups ps_groups_port(struct ps_counters *counters);

#endif
