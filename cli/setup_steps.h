/* setup_steps.h - the steps of "postseal setup", in their order. */
#ifndef PS_CLI_SETUP_STEPS_H
#define PS_CLI_SETUP_STEPS_H

#include "cli/setup.h"

/* setup_record.c: the lock, and what earlier runs wrote.  False: said why. */
bool ps_setup_open_record(struct ps_setup *setup);
/* Before the first edit: what will have been written then, too. */
bool ps_setup_write_record(struct ps_setup *setup);
bool ps_setup_remove_record(struct ps_setup *setup);

/* setup_facts.c.  False: said why. */
bool ps_setup_look(struct ps_setup *setup);

/* Edits, notes and refusals; ps_setup_plan_settings() first, as it says what
 * the configuration will be.  False: said why. */
bool ps_setup_plan_settings(struct ps_setup *setup);
void ps_setup_plan_tables(struct ps_setup *setup);
void ps_setup_plan_milter(struct ps_setup *setup);
void ps_setup_plan_services(struct ps_setup *setup);
void ps_setup_plan_units(struct ps_setup *setup);
void ps_setup_plan_dovecot(struct ps_setup *setup);
/* Of doveconf -n, the value of the first "name = value"; NULL: not there. */
const char *ps_setup_dovecot_value(struct ps_setup *setup, const char *name);
/* "proxy:postseal:VIEW", with the configuration where it must be said. */
const char *ps_setup_table(struct ps_setup *setup, const char *view);
/* main.cf: item at the end of a list, unless it is one of its items. */
void ps_setup_add_item(struct ps_setup *setup, const char *name,
		       const char *item);
/* Does Postfix read the new files as they are meant?  Else a refusal. */
void ps_setup_try_postfix(struct ps_setup *setup);

/* setup_show.c: a diff of each file that differs, what is made, the notes.  How
 * many files there are to write. */
size_t ps_setup_show(struct ps_setup *setup);
void ps_setup_show_lines(struct ps_setup *setup, const char *name,
			 const struct ps_setup_line *line);

/* setup_act.c: the files that differ: Postfix's own two, or all others.
 * False: said why. */
bool ps_setup_write_files(struct ps_setup *setup, bool postfix);
/* In the place of the files: as they were before these edits, the last one
 * first.  What somebody changed since is left, with a note. */
void ps_setup_take_back(struct ps_setup *setup, const struct ps_edit *edits);
/* Does Postfix still name our tables or our milter? */
bool ps_setup_is_used(struct ps_setup *setup);

/* setup_services.c.  False: said why. */
bool ps_setup_join(struct ps_setup *setup, bool join, const char *user,
		   const char *group);
/* setup->started: what is not there yet, and ps_setup_start_daemon() starts. */
void ps_setup_note_started(struct ps_setup *setup);
bool ps_setup_start_daemon(struct ps_setup *setup);
bool ps_setup_stop_daemon(struct ps_setup *setup);
/* setup_units.c: the same by systemctl, where systemd runs. */
bool ps_setup_has_systemd(const struct ps_setup *setup);
bool ps_setup_start_units(struct ps_setup *setup);
bool ps_setup_stop_units(struct ps_setup *setup);
/* start: also where it does not run.  anew: all of its processes, which take a
 * new group, or know new settings, only so. */
bool ps_setup_restart_dovecot(struct ps_setup *setup, bool start, bool anew);
bool ps_setup_restart_postfix(struct ps_setup *setup, bool start, bool anew);

/* setup_check.c.  False: said why. */
bool ps_setup_try_plugin(struct ps_setup *setup);
bool ps_setup_check_dovecot(struct ps_setup *setup);
bool ps_setup_check_milter(struct ps_setup *setup);
/* Does Dovecot answer where Postfix will ask it? */
bool ps_setup_check_listeners(struct ps_setup *setup);
bool ps_setup_check(struct ps_setup *setup);
/* setup_milter.c: NULL, or why a message does not get through. */
const char *ps_setup_try_milter(struct ps_setup *setup);
/* A descriptor, or -1 with errno. */
int ps_setup_connect(const char *path);

#endif
