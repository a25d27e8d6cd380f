/* command.h - what each subcommand is given and how it answers. */
#ifndef PS_CLI_COMMAND_H
#define PS_CLI_COMMAND_H

#include "cli/options.h"
#include "cli/output.h"
#include "directory/config.h"

/* Exit status; TEMPFAIL is EX_TEMPFAIL of sysexits.h. */
enum ps_exit {
	PS_EXIT_DONE = 0,
	PS_EXIT_NOTHING = 1, /* nothing to do, no such object */
	PS_EXIT_USAGE = 2,   /* also: what was asked for is refused */
	PS_EXIT_TEMPFAIL = 75
};

#define PS_OPERANDS_MAX 3

struct ps_arguments {
	size_t count;
	char *at[PS_OPERANDS_MAX]; /* NULL: not given */
	/* NULL: not given; "": given, and takes no value. */
	const char *value[PS_OPTION_COUNT];
};

struct ps_cli {
	const struct ps_config *config; /* NULL: PS_TAKES_NO_CONFIG */
	const char *file;		/* -c; NULL: not given */
	struct ps_output output;
	bool is_mailcfg; /* by that name; answers are those of that script */
};

/* Says what went wrong on standard error, in one line. */
typedef enum ps_exit ps_command_run(struct ps_cli *cli,
				    const struct ps_arguments *arguments);

struct ps_command {
	const char *name, *alias; /* alias: may be NULL */
	ps_command_run *run;
	size_t least, most;   /* operands */
	unsigned int options; /* allowed: PS_TAKES() */
	const char *usage;    /* its operands and options, in words */
	const char *help;
};

/* One list for each file of commands; ends with a NULL name. */
extern const struct ps_command ps_domain_commands[];
extern const struct ps_command ps_account_commands[];
extern const struct ps_command ps_alias_commands[];
extern const struct ps_command ps_list_commands[];
extern const struct ps_command ps_show_commands[];
extern const struct ps_command ps_check_commands[];
extern const struct ps_command ps_import_commands[];
extern const struct ps_command ps_dkim_commands[];
extern const struct ps_command ps_rule_commands[];
extern const struct ps_command ps_daemon_commands[];
extern const struct ps_command ps_setup_commands[];
extern const struct ps_command ps_test_commands[];

#endif
