/* setup.c - the command that puts Postseal beside Postfix and Dovecot. */

#include "cli/setup_make.h"
#include "cli/setup_steps.h"

#include "core/text/address.h"
#include "directory/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define POSTFIX	   "/etc/postfix"
#define DOVECOT	   "/etc/dovecot/dovecot.conf"
#define STATE	   "/var/lib/postseal/setup"
#define SCRATCH	   "/tmp/postseal-setup-XXXXXX"
#define OCTETS_MAX 67108864 /* of memory; ours */

static bool agreed(const struct ps_setup *setup)
{
	char answer[16] = "";

	if (setup->yes)
		return true;
	if (isatty(STDIN_FILENO) == 0) {
		ps_log(PS_LOG_ERROR, "setup: nobody can be asked here: --yes "
				     "says yes, --dry-run only shows");
		return false;
	}
	fflush(stdout);
	fputs("Make these changes? [y/N] ", stderr);
	if (fgets(answer, sizeof(answer), stdin) == NULL)
		return false;
	return answer[0] == 'y' || answer[0] == 'Y';
}

static bool plan(struct ps_setup *setup)
{
	if (!ps_setup_look(setup))
		return false;
	ps_setup_plan_services(setup);
	if (!ps_setup_plan_settings(setup))
		return false;
	if (setup->config == NULL)
		return true; /* refused */
	ps_setup_plan_place(setup);
	ps_setup_plan_domain(setup);
	ps_setup_plan_tables(setup);
	ps_setup_plan_milter(setup);
	ps_setup_plan_units(setup);
	ps_setup_plan_dovecot(setup);
	if (setup->refusals == NULL)
		ps_setup_try_postfix(setup);
	return true;
}

/* Everything that is asked is there before Postfix is told to ask it. */
static bool act(struct ps_setup *setup)
{
	bool join = !setup->facts.is_member;

	if (!ps_setup_make_place(setup))
		return false;
	if (join && !ps_setup_join(setup, true, setup->joined_user,
				   setup->joined_group))
		return false;
	return ps_setup_write_files(setup, false) &&
	       ps_setup_check_dovecot(setup) &&
	       ps_setup_make_directory(setup) && ps_setup_try_plugin(setup) &&
	       ps_setup_start_daemon(setup) && ps_setup_check_milter(setup) &&
	       ps_setup_restart_dovecot(setup, true,
					setup->facts.new_settings) &&
	       ps_setup_check_listeners(setup) &&
	       ps_setup_write_files(setup, true) &&
	       ps_setup_restart_postfix(setup, true, join) &&
	       ps_setup_check(setup) && ps_setup_make_keys(setup);
}

static void say_what_stays(struct ps_setup *setup)
{
	const struct ps_setup_line *line = setup->made;

	for (; line != NULL; line = line->next)
		ps_setup_note(setup, "stays: %s", line->text);
}

/* The files as they are planned now, and what belongs to them.  What is served
 * goes last, and stays while it is asked for. */
static bool go_back(struct ps_setup *setup, bool leave, bool stop)
{
	bool used = ps_setup_is_used(setup);

	return ps_setup_write_files(setup, true) &&
	       (!leave || used ||
		ps_setup_join(setup, false, setup->joined_user,
			      setup->joined_group)) &&
	       ps_setup_restart_postfix(setup, false, leave) &&
	       ps_setup_write_files(setup, false) &&
	       ps_setup_restart_dovecot(setup, false, false) &&
	       (!stop || used || ps_setup_stop_daemon(setup));
}

/* Of what this run did; an earlier one's stays. */
static enum ps_exit give_up(struct ps_setup *setup, const struct ps_setup *was)
{
	ps_log(PS_LOG_ERROR, "setup: taking back what was done");
	setup->notes = NULL;
	ps_setup_take_back(setup, setup->edits);
	ps_setup_remember_made(setup);
	say_what_stays(setup);
	ps_setup_show_lines(setup, "left", setup->notes);
	if (setup->failed || setup->refusals != NULL ||
	    !go_back(setup,
		     setup->joined_user != NULL && was->joined_user == NULL,
		     setup->started != NULL && was->started == NULL)) {
		ps_log(PS_LOG_ERROR, "setup: not all could be taken back; "
				     "\"postseal setup --undo\" tries again");
		return PS_EXIT_TEMPFAIL;
	}
	setup->edits = NULL;
	setup->files = NULL;
	setup->joined_user = was->joined_user;
	setup->joined_group = was->joined_group;
	if (was->started == NULL)
		setup->started = NULL;
	if (setup->recorded)
		(void)ps_setup_write_record(setup);
	else
		(void)ps_setup_remove_record(setup);
	return PS_EXIT_TEMPFAIL;
}

static enum ps_exit make(struct ps_setup *setup)
{
	const struct ps_setup was = *setup;

	if (!setup->facts.is_member) {
		setup->joined_user =
			ps_setup_value(setup, "mail_owner")->expanded;
		setup->joined_group = setup->config->directory.read_group;
	}
	ps_setup_note_started(setup);
	setup->complete = false;
	if (!ps_setup_write_record(setup))
		return PS_EXIT_TEMPFAIL;
	if (!act(setup))
		return give_up(setup, &was);
	setup->complete = true;
	ps_setup_remember_made(setup);
	if (!ps_setup_write_record(setup))
		return PS_EXIT_TEMPFAIL;
	ps_output_done(&setup->cli->output,
		       "set up, and checked by a lookup and a message");
	return PS_EXIT_DONE;
}

static enum ps_exit refuse(const struct ps_setup *setup)
{
	const struct ps_setup_line *line = setup->refusals;

	if (setup->failed)
		ps_log(PS_LOG_ERROR, "setup: out of memory, or a text is too "
				     "large");
	for (; line != NULL; line = line->next)
		ps_log(PS_LOG_ERROR, "setup: %s", line->text);
	return setup->failed ? PS_EXIT_TEMPFAIL : PS_EXIT_USAGE;
}

/* A domain more, of which nobody need be told. */
static enum ps_exit make_domain(struct ps_setup *setup)
{
	bool good = ps_setup_make_directory(setup) && ps_setup_make_keys(setup);

	ps_setup_remember_made(setup);
	return ps_setup_write_record(setup) && good ? PS_EXIT_DONE
						    : PS_EXIT_TEMPFAIL;
}

static enum ps_exit set_up(struct ps_setup *setup)
{
	bool is_up;
	size_t count;

	if (!plan(setup))
		return PS_EXIT_TEMPFAIL;
	if (setup->refusals != NULL || setup->failed)
		return refuse(setup);
	count = ps_setup_show(setup);
	if (setup->failed)
		return refuse(setup);
	is_up = count == 0 && setup->facts.is_member && setup->complete &&
		setup->starts == NULL && !ps_setup_makes_place(setup);
	if (is_up && setup->makings == NULL) {
		ps_output_text(&setup->cli->output, "nothing to change");
		return PS_EXIT_NOTHING;
	}
	if (setup->rehearsal)
		return PS_EXIT_DONE;
	if (!agreed(setup))
		return PS_EXIT_NOTHING;
	return is_up ? make_domain(setup) : make(setup);
}

/* What is still asked for is undone another time. */
static bool close_record(struct ps_setup *setup)
{
	if (setup->kept == NULL)
		return ps_setup_remove_record(setup);
	setup->record = setup->kept;
	setup->files = NULL;
	setup->complete = false;
	return ps_setup_write_record(setup);
}

static enum ps_exit undo(struct ps_setup *setup)
{
	if (!setup->recorded) {
		ps_output_text(&setup->cli->output, "nothing to undo");
		return PS_EXIT_NOTHING;
	}
	/* Nothing is asked of the hosts: they may be what does not work. */
	ps_setup_take_back(setup, setup->record);
	say_what_stays(setup);
	(void)ps_setup_show(setup);
	if (setup->failed || setup->refusals != NULL)
		return refuse(setup);
	if (setup->rehearsal)
		return PS_EXIT_DONE;
	if (!agreed(setup))
		return PS_EXIT_NOTHING;
	if (!go_back(setup, setup->joined_user != NULL,
		     setup->started != NULL) ||
	    !close_record(setup))
		return PS_EXIT_TEMPFAIL;
	ps_output_done(&setup->cli->output,
		       "undone; accounts, keys and mail stay");
	return PS_EXIT_DONE;
}

static void take_arguments(struct ps_setup *setup,
			   const struct ps_arguments *arguments)
{
	const char *const *value = arguments->value;

	setup->domain = value[PS_OPTION_DOMAIN];
	setup->admin = value[PS_OPTION_ADMIN];
	setup->ldap = value[PS_OPTION_LDAP];
	setup->replace = value[PS_OPTION_REPLACE] != NULL;
	setup->rehearsal = value[PS_OPTION_DRY_RUN] != NULL;
	setup->yes = value[PS_OPTION_YES] != NULL;
	setup->postfix = value[PS_OPTION_POSTFIX];
	setup->dovecot = value[PS_OPTION_DOVECOT];
	setup->state = value[PS_OPTION_STATE];
	setup->config_path = setup->cli->file;
	setup->stock = setup->postfix == NULL && setup->dovecot == NULL;
	if (setup->postfix == NULL)
		setup->postfix = POSTFIX;
	if (setup->dovecot == NULL)
		setup->dovecot = DOVECOT;
	if (setup->state == NULL)
		setup->state = STATE;
	if (setup->config_path == NULL)
		setup->config_path = PS_CONFIG_DEFAULT;
}

/* Wrong ones would stand in files that others read. */
static bool check_arguments(struct ps_setup *setup)
{
	const char *const paths[] = { setup->postfix, setup->dovecot,
				      setup->state, setup->config_path };
	char domain[PS_DOMAIN_MAX + 1];

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (paths[i][0] == '/' &&
		    strpbrk(paths[i], " \t\r\n\"'\\${}#,:") == NULL)
			continue;
		ps_log(PS_LOG_ERROR,
		       "setup: %s: a whole path, of plain letters, is needed",
		       paths[i]);
		return false;
	}
	if (setup->domain != NULL &&
	    !ps_domain_normalize(ps_bytes_of(setup->domain), domain)) {
		ps_log(PS_LOG_ERROR, "setup: %s: no domain", setup->domain);
		return false;
	}
	if (setup->domain != NULL)
		setup->domain = ps_setup_text(setup, "%s", domain);
	return true;
}

static void clean_up(struct ps_setup *setup)
{
	static const char *const names[] = { "main.cf", "master.cf",
					     "postseal.conf" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unlink(ps_setup_text(setup, "%s/%s", setup->scratch,
					   names[i]));
	(void)rmdir(setup->scratch);
	if (setup->lock >= 0)
		close(setup->lock);
	ps_config_free(&setup->config);
	ps_arena_free(&setup->arena);
}

static enum ps_exit run(struct ps_cli *cli,
			const struct ps_arguments *arguments)
{
	struct ps_setup setup = { .cli = cli, .lock = -1, .scratch = SCRATCH };
	enum ps_exit status = PS_EXIT_TEMPFAIL;

	if (geteuid() != 0) {
		ps_log(PS_LOG_ERROR, "setup: must be run as root");
		return PS_EXIT_USAGE;
	}
	if (ps_arena_new(OCTETS_MAX, &setup.arena) < 0)
		return PS_EXIT_TEMPFAIL;
	take_arguments(&setup, arguments);
	cli->output.rehearsal = setup.rehearsal;
	if (!check_arguments(&setup)) {
		ps_arena_free(&setup.arena);
		return PS_EXIT_USAGE;
	}
	if (mkdtemp(setup.scratch) == NULL)
		ps_log(PS_LOG_ERROR, "%s: cannot be made", setup.scratch);
	else if (ps_setup_open_record(&setup))
		status = arguments->value[PS_OPTION_UNDO] != NULL
				 ? undo(&setup)
				 : set_up(&setup);
	clean_up(&setup);
	return status;
}

const struct ps_command ps_setup_commands[] = {
	{ "setup", NULL, run, 0, 0,
	  PS_TAKES(DOMAIN) | PS_TAKES(ADMIN) | PS_TAKES(LDAP) | PS_TAKES(YES) |
		  PS_TAKES(DRY_RUN) | PS_TAKES(REPLACE) | PS_TAKES(UNDO) |
		  PS_TAKES(POSTFIX) | PS_TAKES(DOVECOT) | PS_TAKES(STATE) |
		  PS_TAKES_NO_CONFIG,
	  "[--domain DOMAIN] [--admin ADDRESS] [--ldap URI] [--replace] "
	  "[--yes | --dry-run]\n"
	  "      [--postfix FOLDER] [--dovecot FILE] [--state FOLDER] | --undo",
	  "make Postfix and Dovecot use Postseal, or no longer" },
	{ 0 }
};
