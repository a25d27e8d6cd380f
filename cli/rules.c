/* rules.c - the commands that check a rule file, and try requests on it. */

#include "cli/command.h"

#include "cli/rule_replay.h"
#include "cli/rule_trial.h"
#include "directory/log.h"
#include "io/regex_pcre2.h"
#include "io/rule_files.h"

#include <errno.h>
#include <string.h>

/* What is said about the file while it is compiled. */
struct findings {
	struct ps_cli *cli;
	bool as_rows; /* the command's answer; else on standard error */
	unsigned int errors, warnings;
};

static const char *level_name(enum ps_rule_level level)
{
	switch (level) {
	case PS_RULE_ERROR:
		return "error";
	case PS_RULE_WARNING:
		break;
	}
	return "warning";
}

static void say(void *ctx, const struct ps_rule_finding *finding)
{
	struct findings *findings = ctx;
	const char *level = level_name(finding->level);

	if (finding->level == PS_RULE_ERROR)
		findings->errors++;
	else
		findings->warnings++;
	if (findings->as_rows)
		ps_output_row(
			&findings->cli->output,
			json_pack("{s:s, s:i, s:s, s:s, s:s}", "file",
				  finding->file, "line", (int)finding->line,
				  "level", level, "code", finding->code, "text",
				  finding->text),
			"%s:%u: %s: %s [%s]", finding->file, finding->line,
			level, finding->text, finding->code);
	else
		ps_log(finding->level == PS_RULE_ERROR ? PS_LOG_ERROR
						       : PS_LOG_WARNING,
		       "%s:%u: %s", finding->file, finding->line,
		       finding->text);
}

static bool compat_of(const struct ps_arguments *arguments,
		      enum ps_rule_compat *compat_r)
{
	const char *text = arguments->value[PS_OPTION_COMPAT];

	*compat_r = PS_RULE_SAFE;
	if (text == NULL || strcmp(text, "safe") == 0)
		return true;
	*compat_r = PS_RULE_STRICT;
	if (strcmp(text, "strict") == 0)
		return true;
	ps_log(PS_LOG_ERROR, "--compat %s: not safe or strict", text);
	return false;
}

static enum ps_exit compile(const char *path, enum ps_rule_compat compat,
			    struct findings *findings,
			    struct ps_rules **rules_r)
{
	struct ps_rule_file_reader reader = PS_RULE_FILE_READER,
				   values = PS_RULE_FILE_READER;
	const struct ps_rule_files files = ps_rule_file_port(&values);
	const struct ps_rule_report report = { say, findings };
	const struct ps_rule_options options = { .compat = compat,
						 .files = &files,
						 .regex = &ps_regex_pcre2,
						 .report = &report };
	struct ps_bytes text;
	int compiled;

	switch (ps_rule_file_read(&reader, path, &text)) {
	case PS_RULE_READ:
		break;
	case PS_RULE_READ_MISSING:
		ps_log(PS_LOG_ERROR, "%s: %s", path, strerror(ENOENT));
		return PS_EXIT_NOTHING;
	case PS_RULE_READ_FAILED:
		ps_log(PS_LOG_ERROR, "%s: %s", path, strerror(errno));
		return errno == ENOMEM || errno == EIO ? PS_EXIT_TEMPFAIL
						       : PS_EXIT_USAGE;
	}
	compiled = ps_rules_new(&options, path, text, rules_r);
	ps_rule_file_end(&reader);
	ps_rule_file_end(&values);
	return compiled < 0 ? PS_EXIT_USAGE : PS_EXIT_DONE;
}

static enum ps_exit check(struct ps_cli *cli,
			  const struct ps_arguments *arguments)
{
	struct findings findings = { .cli = cli, .as_rows = true };
	struct ps_rules *rules = NULL;
	enum ps_rule_compat compat;
	enum ps_exit status;

	if (!compat_of(arguments, &compat))
		return PS_EXIT_USAGE;
	ps_output_list(&cli->output);
	status = compile(arguments->at[0], compat, &findings, &rules);
	if (status == PS_EXIT_DONE)
		ps_output_text(&cli->output, "%zu rules, %u warnings",
			       ps_rules_count(rules), findings.warnings);
	else if (findings.errors > 0)
		ps_log(PS_LOG_ERROR, "%s: refused: %u errors, %u warnings",
		       arguments->at[0], findings.errors, findings.warnings);
	ps_rules_free(&rules);
	if (findings.errors > 0)
		cli->output.whole = true;
	return status;
}

static enum ps_exit test(struct ps_cli *cli,
			 const struct ps_arguments *arguments)
{
	struct findings findings = { .cli = cli };
	struct ps_rules *rules = NULL;
	enum ps_rule_compat compat;
	enum ps_exit status;

	if (!compat_of(arguments, &compat))
		return PS_EXIT_USAGE;
	status = compile(arguments->at[0], compat, &findings, &rules);
	if (status == PS_EXIT_DONE)
		status = ps_rule_trial(cli, rules,
				       arguments->value[PS_OPTION_ZONE]);
	ps_rules_free(&rules);
	return status;
}

static enum ps_exit replay(struct ps_cli *cli,
			   const struct ps_arguments *arguments)
{
	struct findings findings = { .cli = cli };
	struct ps_rules *rules = NULL;
	enum ps_rule_compat compat;
	enum ps_exit status;

	if (!compat_of(arguments, &compat))
		return PS_EXIT_USAGE;
	status = compile(arguments->at[0], compat, &findings, &rules);
	if (status == PS_EXIT_DONE)
		status = ps_rule_replay(cli, rules, arguments->at[1],
					arguments->value[PS_OPTION_ZONE],
					arguments->value[PS_OPTION_STAGE]);
	ps_rules_free(&rules);
	return status;
}

const struct ps_command ps_rule_commands[] = {
	{ "rules check", NULL, check, 1, 1, PS_TAKES(COMPAT),
	  "[--compat safe|strict] FILE",
	  "say what in a rule file is wrong, or will not do what it seems to" },
	{ "rules test", NULL, test, 1, 1, PS_TAKES(COMPAT) | PS_TAKES(ZONE),
	  "[--compat safe|strict] [--zone FILE] FILE <REQUESTS",
	  "answer policy requests by a rule file, and explain the answers" },
	{ "rules replay", NULL, replay, 2, 2,
	  PS_TAKES(COMPAT) | PS_TAKES(ZONE) | PS_TAKES(STAGE),
	  "[--compat safe|strict] [--zone FILE] [--stage STAGES] FILE LOG",
	  "say who would have been over which limit when, by a day's log" },
	{ 0 }
};
