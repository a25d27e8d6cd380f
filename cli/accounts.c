/* accounts.c - the commands that change and list domains, accounts, aliases. */

#include "cli/command.h"
#include "cli/password.h"

#include "directory/log.h"
#include "directory/writer_account.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static enum ps_exit begin(struct ps_cli *cli, struct ps_writer **writer_r)
{
	char reason[PS_REASON_MAX];

	switch (ps_writer_open(cli->config, writer_r, reason)) {
	case PS_WRITE_DONE:
		break;
	case PS_WRITE_NOTHING:
	case PS_WRITE_REFUSED:
	case PS_WRITE_TEMPFAIL:
		ps_log(PS_LOG_ERROR, "%s", reason);
		return PS_EXIT_TEMPFAIL;
	}
	if (ps_writer_created(*writer_r)) {
		ps_output_text(&cli->output, "creating database %s",
			       cli->config->directory.database);
		ps_output_member(&cli->output, "created",
				 json_string(cli->config->directory.database));
	}
	return PS_EXIT_DONE;
}

static enum ps_exit exit_of(enum ps_write result)
{
	switch (result) {
	case PS_WRITE_DONE:
		return PS_EXIT_DONE;
	case PS_WRITE_NOTHING:
		return PS_EXIT_NOTHING;
	case PS_WRITE_REFUSED:
		return PS_EXIT_USAGE;
	case PS_WRITE_TEMPFAIL:
		break;
	}
	return PS_EXIT_TEMPFAIL;
}

/* Commit what succeeded and say so, or say why not. */
static enum ps_exit finish(struct ps_cli *cli, struct ps_writer **writer,
			   enum ps_write result, bool domain_added,
			   const char *done)
{
	if (result == PS_WRITE_DONE)
		result = ps_writer_commit(*writer);
	if (result == PS_WRITE_DONE) {
		if (domain_added)
			ps_output_done(&cli->output, "added domain");
		ps_output_done(&cli->output, done);
	} else {
		ps_log(PS_LOG_ERROR, "%s", ps_writer_reason(*writer));
	}
	ps_writer_close(writer);
	return exit_of(result);
}

static enum ps_exit add_domain(struct ps_cli *cli,
			       const struct ps_arguments *arguments)
{
	struct ps_writer *writer;
	enum ps_exit status = begin(cli, &writer);

	if (status != PS_EXIT_DONE)
		return status;
	return finish(cli, &writer,
		      ps_writer_add_domain(writer, arguments->at[0]), false,
		      "added domain");
}

static enum ps_exit remove_domain(struct ps_cli *cli,
				  const struct ps_arguments *arguments)
{
	bool cascade = arguments->value[PS_OPTION_CASCADE] != NULL;
	struct ps_writer *writer;
	enum ps_exit status = begin(cli, &writer);

	if (status != PS_EXIT_DONE)
		return status;
	return finish(
		cli, &writer,
		ps_writer_remove_domain(writer, arguments->at[0], cascade),
		false, "deleted domain");
}

/*
 * The hash of the password on the command line, or else of the one on standard
 * input, before any lock is held.  hash_r "": none was given.
 */
static enum ps_exit take_password(const struct ps_arguments *arguments,
				  char hash_r[PS_CREDENTIAL_MAX])
{
	char password[PS_PASSWORD_MAX + 1] = "";
	const char *reason = "";
	enum ps_password result;
	enum ps_exit status = PS_EXIT_DONE;

	hash_r[0] = '\0';
	if (arguments->value[PS_OPTION_NO_PASSWORD] != NULL)
		return PS_EXIT_DONE;
	if (arguments->count > 1) {
		ps_log(PS_LOG_WARNING,
		       "a password on the command line is seen by every user "
		       "of this machine: give it on standard input");
		result = ps_password_check(arguments->at[1], &reason);
		if (result == PS_PASSWORD_GIVEN)
			snprintf(password, sizeof(password), "%s",
				 arguments->at[1]);
		explicit_bzero(arguments->at[1], strlen(arguments->at[1]));
	} else {
		result = ps_password_read(password, &reason);
	}
	switch (result) {
	case PS_PASSWORD_GIVEN:
		if (ps_password_hash(password, hash_r) == 0)
			break;
		ps_log(PS_LOG_ERROR, "libcrypt has neither yescrypt nor "
				     "SHA-512: the password cannot be hashed");
		status = PS_EXIT_TEMPFAIL;
		break;
	case PS_PASSWORD_NONE:
		break;
	case PS_PASSWORD_REFUSED:
		ps_log(PS_LOG_ERROR, "%s: refused", reason);
		status = PS_EXIT_USAGE;
		break;
	}
	explicit_bzero(password, sizeof(password));
	return status;
}

static enum ps_exit add_account(struct ps_cli *cli,
				const struct ps_arguments *arguments)
{
	char hash[PS_CREDENTIAL_MAX];
	bool domain_added = false;
	struct ps_writer *writer;
	enum ps_write result;
	enum ps_exit status = take_password(arguments, hash);

	if (status == PS_EXIT_DONE)
		status = begin(cli, &writer);
	if (status != PS_EXIT_DONE)
		return status;
	result = ps_writer_add_account(writer, arguments->at[0],
				       hash[0] == '\0' ? NULL : hash,
				       &domain_added);
	status = finish(cli, &writer, result, domain_added, "added user");
	if (status == PS_EXIT_DONE && hash[0] == '\0')
		ps_log(PS_LOG_WARNING,
		       "%s has no password and cannot log in until \"passwd\"",
		       arguments->at[0]);
	return status;
}

static enum ps_exit set_password(struct ps_cli *cli,
				 const struct ps_arguments *arguments)
{
	char hash[PS_CREDENTIAL_MAX];
	struct ps_writer *writer;
	enum ps_exit status = take_password(arguments, hash);

	if (status == PS_EXIT_DONE && hash[0] == '\0') {
		ps_log(PS_LOG_ERROR, "no password on standard input");
		status = PS_EXIT_USAGE;
	}
	if (status == PS_EXIT_DONE)
		status = begin(cli, &writer);
	if (status != PS_EXIT_DONE)
		return status;
	return finish(cli, &writer,
		      ps_writer_set_credential(writer, arguments->at[0], hash),
		      false, "password updated");
}

static enum ps_exit remove_account(struct ps_cli *cli,
				   const struct ps_arguments *arguments)
{
	struct ps_writer *writer;
	enum ps_exit status = begin(cli, &writer);

	if (status != PS_EXIT_DONE)
		return status;
	return finish(cli, &writer,
		      ps_writer_remove_account(writer, arguments->at[0], false),
		      false, "deleted user");
}

static enum ps_exit set_state(struct ps_cli *cli, const char *address,
			      enum ps_account_state state, const char *done)
{
	struct ps_writer *writer;
	enum ps_exit status = begin(cli, &writer);

	if (status != PS_EXIT_DONE)
		return status;
	return finish(cli, &writer, ps_writer_set_state(writer, address, state),
		      false, done);
}

static enum ps_exit disable(struct ps_cli *cli,
			    const struct ps_arguments *arguments)
{
	return set_state(cli, arguments->at[0], PS_ACCOUNT_DISABLED,
			 "disabled user");
}

static enum ps_exit enable(struct ps_cli *cli,
			   const struct ps_arguments *arguments)
{
	return set_state(cli, arguments->at[0], PS_ACCOUNT_ACTIVE,
			 "enabled user");
}

static enum ps_exit add_alias(struct ps_cli *cli,
			      const struct ps_arguments *arguments)
{
	bool domain_added = false;
	struct ps_writer *writer;
	enum ps_write result;
	enum ps_exit status = begin(cli, &writer);

	if (status != PS_EXIT_DONE)
		return status;
	result = ps_writer_add_alias(writer, arguments->at[0], arguments->at[1],
				     &domain_added);
	return finish(cli, &writer, result, domain_added, "added alias");
}

static enum ps_exit remove_alias(struct ps_cli *cli,
				 const struct ps_arguments *arguments)
{
	const char *number = arguments->value[PS_OPTION_ID];
	bool by_id = number != NULL;
	unsigned long long id = 0;
	struct ps_writer *writer;
	enum ps_write result;
	enum ps_exit status;

	if (by_id == (arguments->count > 0)) {
		ps_log(PS_LOG_ERROR, "rmalias: either SRC or -id NUM");
		return PS_EXIT_USAGE;
	}
	if (by_id && !ps_ascii_number(ps_bytes_of(number), INT64_MAX, &id)) {
		ps_log(PS_LOG_ERROR, "rmalias: -id %s: not a number", number);
		return PS_EXIT_USAGE;
	}
	status = begin(cli, &writer);
	if (status != PS_EXIT_DONE)
		return status;
	result = by_id ? ps_writer_remove_alias_id(writer, (long long)id)
		       : ps_writer_remove_alias(writer, arguments->at[0]);
	return finish(cli, &writer, result, false, "deleted alias");
}

const struct ps_command ps_account_commands[] = {
	{ "adddom", NULL, add_domain, 1, 1, 0, "DOMAIN",
	  "add a domain whose mail is received here" },
	{ "rmdom", NULL, remove_domain, 1, 1, PS_TAKES(CASCADE),
	  "[--cascade] DOMAIN",
	  "delete a domain; --cascade: with its accounts and aliases" },
	{ "adduser", "addusr", add_account, 1, 2, PS_TAKES(NO_PASSWORD),
	  "[--no-password] ADDRESS [PASSWORD]",
	  "add an account; the password comes from standard input" },
	{ "rmuser", "rmusr", remove_account, 1, 1, 0, "ADDRESS",
	  "delete an account; its mail stays where it is" },
	{ "passwd", NULL, set_password, 1, 2, 0, "ADDRESS [PASSWORD]",
	  "change a password, read from standard input" },
	{ "disable", NULL, disable, 1, 1, 0, "ADDRESS",
	  "no login until it is enabled; mail is still received" },
	{ "enable", NULL, enable, 1, 1, 0, "ADDRESS",
	  "let a disabled account log in again" },
	{ "addalias", NULL, add_alias, 2, 2, 0, "SOURCE DESTINATION",
	  "send mail for SOURCE (or @DOMAIN, the rest of it) on" },
	{ "rmalias", NULL, remove_alias, 0, 1, PS_TAKES(ID),
	  "SOURCE | -id NUMBER",
	  "delete all aliases of SOURCE, or the one with that number" },
	{ 0 }
};
