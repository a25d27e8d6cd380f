/* groups.h - groups that rules fill, kept by this process. */
#ifndef PS_IO_GROUPS_H
#define PS_IO_GROUPS_H

#include "io/counters_memory.h"

/*
 * Members are windows of counters: counters_memory.h bounds them, and the one
 * that was added longest ago makes room.  counters: of groups alone and FIXED,
 * borrowed; a journal of them keeps groups over a restart.
 */
struct ps_rule_groups ps_groups_port(struct ps_counters *counters);

#endif
