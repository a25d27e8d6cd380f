/* main.c - postseal: accounts, aliases, keys and the daemon, from one command.
 */

#include "cli/command.h"

#include "directory/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct ps_command *const groups[] = {
	ps_domain_commands, ps_account_commands, ps_alias_commands,
	ps_list_commands,   ps_show_commands,	 ps_check_commands,
	ps_dkim_commands,   ps_daemon_commands,	 ps_test_commands,
	ps_rule_commands,   ps_import_commands,	 ps_setup_commands,
};
#define GROUPS (sizeof(groups) / sizeof(groups[0]))

static void print_help(FILE *out, const char *program)
{
	fprintf(out,
		"usage: %s [-c FILE] [--json] COMMAND [ARGUMENT...]\n"
		"       %s help | --help | --version\n\n"
		"  -c FILE   the configuration (default " PS_CONFIG_DEFAULT
		")\n"
		"  --json    answer with a JSON document\n\n",
		program, program);
	for (size_t i = 0; i < GROUPS; i++)
		for (const struct ps_command *c = groups[i]; c->name != NULL;
		     c++)
			fprintf(out, "  %s %s\n      %s\n", c->name, c->usage,
				c->help);
	fprintf(out, "\nexit status: 0 done, 1 nothing to do or no such "
		     "object, 2 wrong usage or\nrefused, 75 temporary "
		     "failure.  See postseal(1).\n");
}

/* "dkim genkey" is one command of two words.  *words_r: how many were used. */
static const struct ps_command *find(char *const *argv, int *words_r)
{
	const struct ps_command *c, *one = NULL;
	size_t len = strlen(argv[0]);

	for (size_t i = 0; i < GROUPS; i++) {
		for (c = groups[i]; c->name != NULL; c++) {
			if (strcmp(c->name, argv[0]) == 0 ||
			    (c->alias != NULL &&
			     strcmp(c->alias, argv[0]) == 0))
				one = c;
			*words_r = 2;
			if (strncmp(c->name, argv[0], len) == 0 &&
			    c->name[len] == ' ' && argv[1] != NULL &&
			    strcmp(c->name + len + 1, argv[1]) == 0)
				return c;
		}
	}
	*words_r = 1;
	return one;
}

/* An option of the command.  False: it has none of that name. */
static bool take_option(const struct ps_command *command, char *const *argv,
			int *i, struct ps_arguments *arguments, bool *json)
{
	static const char *const names[] = {
		[PS_OPTION_CASCADE] = "--cascade",
		[PS_OPTION_FORCE] = "--force",
		[PS_OPTION_DRY_RUN] = "--dry-run",
		[PS_OPTION_NO_PASSWORD] = "--no-password",
		[PS_OPTION_ALL] = "--all",
		[PS_OPTION_YES] = "--yes",
		[PS_OPTION_REPLACE] = "--replace",
		[PS_OPTION_UNDO] = "--undo",
		[PS_OPTION_ID] = "-id",
		[PS_OPTION_BITS] = "--bits",
		[PS_OPTION_ALIAS_OF] = "--alias-of",
		[PS_OPTION_RELAY_TO] = "--relay-to",
		[PS_OPTION_ADMIN] = "--admin",
		[PS_OPTION_LIMIT] = "--limit",
		[PS_OPTION_IP] = "--ip",
		[PS_OPTION_HELO] = "--helo",
		[PS_OPTION_FROM] = "--from",
		[PS_OPTION_TO] = "--to",
		[PS_OPTION_HOST] = "--host",
		[PS_OPTION_LOGIN] = "--login",
		[PS_OPTION_DAEMON] = "--daemon",
		[PS_OPTION_ZONE] = "--zone",
		[PS_OPTION_COMPAT] = "--compat",
		[PS_OPTION_DOMAIN] = "--domain",
		[PS_OPTION_LDAP] = "--ldap",
		[PS_OPTION_POSTFIX] = "--postfix",
		[PS_OPTION_DOVECOT] = "--dovecot",
		[PS_OPTION_STATE] = "--state",
		[PS_OPTION_STAGE] = "--stage",
	};
	unsigned int n;

	if (strcmp(argv[*i], "--json") == 0) {
		*json = true;
		return true;
	}
	for (n = 0; n < PS_OPTION_COUNT; n++) {
		if (strcmp(argv[*i], names[n]) == 0 &&
		    (command->options & 1U << n) != 0)
			break;
	}
	if (n == PS_OPTION_COUNT)
		return false;
	if (n <= PS_OPTION_UNDO) {
		arguments->value[n] = "";
		return true;
	}
	arguments->value[n] = argv[*i + 1];
	if (arguments->value[n] != NULL)
		(*i)++;
	return arguments->value[n] != NULL;
}

/* Options and operands in any order; behind "--" all are operands. */
static int take_arguments(const struct ps_command *command, char **argv,
			  struct ps_arguments *arguments, bool *json)
{
	bool literal = false;

	for (int i = 0; argv[i] != NULL; i++) {
		if (!literal && strcmp(argv[i], "--") == 0) {
			literal = true;
		} else if (!literal && argv[i][0] == '-' &&
			   argv[i][1] != '\0') {
			if (!take_option(command, argv, &i, arguments, json)) {
				ps_log(PS_LOG_ERROR,
				       "%s: option %s is unknown or "
				       "incomplete",
				       command->name, argv[i]);
				return -1;
			}
		} else if (arguments->count < command->most) {
			arguments->at[arguments->count++] = argv[i];
		} else {
			ps_log(PS_LOG_ERROR, "%s: too many arguments",
			       command->name);
			return -1;
		}
	}
	if (arguments->count < command->least) {
		ps_log(PS_LOG_ERROR, "usage: %s %s", command->name,
		       command->usage);
		return -1;
	}
	return 0;
}

static enum ps_exit run(const struct ps_command *command, const char *program,
			const char *file, const struct ps_arguments *arguments,
			bool json)
{
	char error[PS_CONFIG_ERROR_MAX];
	struct ps_config *config = NULL;
	struct ps_cli cli = { .file = file };
	enum ps_exit status;

	if ((command->options & PS_TAKES_NO_CONFIG) == 0 &&
	    ps_config_read(file, &config, error) < 0) {
		ps_log(PS_LOG_ERROR, "%s", error);
		return PS_EXIT_USAGE;
	}
	cli.config = config;
	cli.is_mailcfg = strcmp(program, "mailcfg") == 0;
	ps_output_open(&cli.output, json);
	status = command->run(&cli, arguments);
	if (ps_output_close(&cli.output, status != PS_EXIT_DONE) < 0 &&
	    status == PS_EXIT_DONE) {
		ps_log(PS_LOG_ERROR, "standard output: %s", strerror(errno));
		status = PS_EXIT_TEMPFAIL;
	}
	ps_config_free(&config);
	return status;
}

int main(int argc, char **argv)
{
	struct ps_arguments arguments = { 0 };
	const struct ps_command *command;
	const char *program = strrchr(argv[0], '/'), *file = NULL;
	bool json = false;
	int i, words;

	program = program == NULL ? argv[0] : program + 1;
	ps_log_open_stderr(program);
	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--json") == 0) {
			json = true;
		} else if (strcmp(argv[i], "--help") == 0) {
			print_help(stdout, program);
			return PS_EXIT_DONE;
		} else if (strcmp(argv[i], "--version") == 0) {
			printf("postseal " POSTSEAL_VERSION "\n");
			return PS_EXIT_DONE;
		} else if (strcmp(argv[i], "-c") == 0 && i + 1 < argc) {
			file = argv[++i];
		} else {
			ps_log(PS_LOG_ERROR, "no option %s; see --help",
			       argv[i]);
			return PS_EXIT_USAGE;
		}
	}
	if (i < argc && strcmp(argv[i], "help") == 0) {
		print_help(stdout, program);
		return PS_EXIT_DONE;
	}
	if (i == argc) {
		print_help(stderr, program);
		return PS_EXIT_USAGE;
	}
	command = find(argv + i, &words);
	if (command == NULL) {
		ps_log(PS_LOG_ERROR, "no command \"%s\"; see --help", argv[i]);
		return PS_EXIT_USAGE;
	}
	if (take_arguments(command, argv + i + words, &arguments, &json) < 0)
		return PS_EXIT_USAGE;
	return (int)run(command, program, file, &arguments, json);
}
