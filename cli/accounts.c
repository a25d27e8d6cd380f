/* accounts.c - the commands that add, change and delete accounts. */

#include "cli/change.h"
#include "cli/control.h"
#include "cli/password.h"

#include "directory/directory.h"
#include "directory/log.h"
#include "directory/password_hash.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define ONCE_SECONDS 86400 /* a day to make use of it */

/* One that was given: its hash, or where the store hashes, itself.  Both "":
 * none was given. */
struct given {
	char hash[PS_CREDENTIAL_MAX];
	char password[PS_PASSWORD_MAX + 1];
};

static bool is_given(const struct given *given)
{
	return given->hash[0] != '\0' || given->password[0] != '\0';
}

static enum ps_exit hash_password(const struct ps_cli *cli, struct given *given)
{
	int made;

	if (ps_writer_takes_password(cli->config))
		return PS_EXIT_DONE;
	made = ps_password_hash(given->password, given->hash);
	explicit_bzero(given->password, sizeof(given->password));
	if (made == 0)
		return PS_EXIT_DONE;
	ps_log(PS_LOG_ERROR, "libcrypt has neither yescrypt nor SHA-512: the "
			     "password cannot be hashed");
	return PS_EXIT_TEMPFAIL;
}

/*
 * The password on the command line, or else the one on standard input, before
 * any lock is held.
 */
static enum ps_exit take_password(const struct ps_cli *cli,
				  const struct ps_arguments *arguments,
				  struct given *given_r)
{
	const char *reason = "";
	enum ps_password result;

	*given_r = (struct given){ .hash = "" };
	if (arguments->value[PS_OPTION_NO_PASSWORD] != NULL)
		return PS_EXIT_DONE;
	/* Nobody is asked for what is not kept. */
	if (arguments->value[PS_OPTION_DRY_RUN] != NULL) {
		snprintf(given_r->hash, sizeof(given_r->hash), "*");
		return PS_EXIT_DONE;
	}
	if (arguments->count > 1) {
		ps_log(PS_LOG_WARNING,
		       "a password on the command line is seen by every user "
		       "of this machine: give it on standard input");
		result = ps_password_check(arguments->at[1], &reason);
		if (result == PS_PASSWORD_GIVEN)
			snprintf(given_r->password, sizeof(given_r->password),
				 "%s", arguments->at[1]);
		explicit_bzero(arguments->at[1], strlen(arguments->at[1]));
	} else {
		result = ps_password_read(given_r->password, &reason);
	}
	switch (result) {
	case PS_PASSWORD_GIVEN:
		return hash_password(cli, given_r);
	case PS_PASSWORD_NONE:
		return PS_EXIT_DONE;
	case PS_PASSWORD_REFUSED:
		break;
	}
	ps_log(PS_LOG_ERROR, "%s: refused", reason);
	return PS_EXIT_USAGE;
}

static enum ps_exit add_account(struct ps_cli *cli,
				const struct ps_arguments *arguments)
{
	const char *address = arguments->at[0];
	struct ps_change change;
	struct given given;
	bool added = false, silent;
	enum ps_write result;
	enum ps_exit status = take_password(cli, arguments, &given);

	if (status == PS_EXIT_DONE)
		status = ps_change_begin(cli, arguments, &change);
	silent = !is_given(&given);
	if (status != PS_EXIT_DONE) {
		explicit_bzero(&given, sizeof(given));
		return status;
	}
	result = ps_writer_add_account(
		change.writer, address,
		given.hash[0] == '\0' ? NULL : given.hash, &added);
	if (result == PS_WRITE_DONE && given.password[0] != '\0')
		result = ps_writer_set_password(change.writer, address,
						given.password);
	explicit_bzero(&given, sizeof(given));
	status = ps_change_end(&change, result, added ? address : NULL,
			       "added user");
	if (status == PS_EXIT_DONE && silent)
		ps_log(PS_LOG_WARNING,
		       "%s has no password and cannot log in until \"passwd\"",
		       address);
	return status;
}

static enum ps_exit set_password(struct ps_cli *cli,
				 const struct ps_arguments *arguments)
{
	struct ps_change change;
	struct given given;
	enum ps_write result;
	enum ps_exit status = take_password(cli, arguments, &given);

	if (status == PS_EXIT_DONE && !is_given(&given)) {
		ps_log(PS_LOG_ERROR, "no password on standard input");
		status = PS_EXIT_USAGE;
	}
	if (status == PS_EXIT_DONE)
		status = ps_change_begin(cli, arguments, &change);
	if (status != PS_EXIT_DONE) {
		explicit_bzero(&given, sizeof(given));
		return status;
	}
	result = given.password[0] == '\0'
			 ? ps_writer_set_credential(
				   change.writer, arguments->at[0], given.hash)
			 : ps_writer_set_password(change.writer,
						  arguments->at[0],
						  given.password);
	explicit_bzero(&given, sizeof(given));
	return ps_change_end(&change, result, NULL, "password updated");
}

/* A random password and its hash.  The time is UTC. */
static enum ps_exit make_once(char password_r[PS_PASSWORD_RANDOM + 1],
			      char hash_r[PS_CREDENTIAL_MAX],
			      long long *expires_r, char until_r[32])
{
	time_t expires = time(NULL) + ONCE_SECONDS;
	struct tm tm;

	*expires_r = (long long)expires;
	if (gmtime_r(&expires, &tm) == NULL ||
	    strftime(until_r, 32, "%Y-%m-%d %H:%M UTC", &tm) == 0 ||
	    ps_password_random(password_r) < 0 ||
	    ps_password_hash(password_r, hash_r) < 0) {
		ps_log(PS_LOG_ERROR, "no password can be made: libcrypt or the "
				     "kernel's random numbers fail");
		return PS_EXIT_TEMPFAIL;
	}
	return PS_EXIT_DONE;
}

static enum ps_exit reset(struct ps_cli *cli,
			  const struct ps_arguments *arguments)
{
	char password[PS_PASSWORD_RANDOM + 1], hash[PS_CREDENTIAL_MAX];
	char until[32];
	struct ps_change change;
	long long expires;
	enum ps_exit status = make_once(password, hash, &expires, until);

	if (status == PS_EXIT_DONE)
		status = ps_change_begin(cli, arguments, &change);
	if (status != PS_EXIT_DONE)
		return status;
	status = ps_change_end(&change,
			       ps_writer_set_once(change.writer,
						  arguments->at[0], hash,
						  expires),
			       NULL, "password reset");
	if (status == PS_EXIT_DONE && !cli->output.rehearsal) {
		ps_output_text(&cli->output,
			       "%s\tfor one login, until %s; then "
			       "\"postseal passwd\"",
			       password, until);
		ps_output_member(&cli->output, "password",
				 json_string(password));
		ps_output_member(&cli->output, "expires",
				 json_integer((json_int_t)expires));
	}
	explicit_bzero(password, sizeof(password));
	return status;
}

static enum ps_exit remove_account(struct ps_cli *cli,
				   const struct ps_arguments *arguments)
{
	bool cascade = arguments->value[PS_OPTION_CASCADE] != NULL;
	struct ps_change change;
	enum ps_exit status = ps_change_begin(cli, arguments, &change);

	if (status != PS_EXIT_DONE)
		return status;
	return ps_change_end(&change,
			     ps_writer_remove_account(
				     change.writer, arguments->at[0], cascade),
			     NULL, "deleted user");
}

static enum ps_exit set_state(struct ps_cli *cli,
			      const struct ps_arguments *arguments,
			      enum ps_account_state state, const char *done)
{
	struct ps_change change;
	enum ps_exit status = ps_change_begin(cli, arguments, &change);

	if (status != PS_EXIT_DONE)
		return status;
	return ps_change_end(
		&change,
		ps_writer_set_state(change.writer, arguments->at[0], state),
		NULL, done);
}

static enum ps_exit disable(struct ps_cli *cli,
			    const struct ps_arguments *arguments)
{
	return set_state(cli, arguments, PS_ACCOUNT_DISABLED, "disabled user");
}

/* A suspension is the running daemon's; with --dry-run it is only looked at. */
static enum ps_exit lift(struct ps_cli *cli,
			 const struct ps_arguments *arguments)
{
	bool rehearsal = arguments->value[PS_OPTION_DRY_RUN] != NULL;
	enum ps_exit result;
	json_t *reply;

	cli->output.rehearsal = rehearsal;
	result = ps_control_try(cli,
				json_pack("{s:s, s:s}", "command",
					  rehearsal ? "suspended" : "enable",
					  "subject", arguments->at[0]),
				&reply);
	json_decref(reply);
	if (result == PS_EXIT_DONE)
		ps_output_done(&cli->output, "lifted suspension");
	return result;
}

static bool is_disabled(const struct ps_cli *cli, const char *login)
{
	char error[PS_CONFIG_ERROR_MAX];
	struct ps_directory *directory;
	struct ps_account account;
	bool disabled;

	if (ps_directory_new(cli->config, &directory, error) < 0)
		return false;
	disabled =
		ps_directory_account(directory, login, &account) == PS_FOUND &&
		account.state == PS_ACCOUNT_DISABLED;
	ps_directory_free(&directory);
	return disabled;
}

/* Both of what keeps an account from sending; a login may be no account of
 * this directory. */
static enum ps_exit enable(struct ps_cli *cli,
			   const struct ps_arguments *arguments)
{
	enum ps_exit lifted = lift(cli, arguments);

	if (lifted != PS_EXIT_NOTHING &&
	    (lifted != PS_EXIT_DONE || !is_disabled(cli, arguments->at[0])))
		return lifted;
	return set_state(cli, arguments, PS_ACCOUNT_ACTIVE, "enabled user");
}

static enum ps_exit set(struct ps_cli *cli,
			const struct ps_arguments *arguments)
{
	struct ps_change change;
	enum ps_exit status = ps_change_begin(cli, arguments, &change);

	if (status != PS_EXIT_DONE)
		return status;
	return ps_change_end(&change,
			     ps_writer_set(change.writer, arguments->at[0],
					   arguments->at[1], arguments->at[2]),
			     NULL, "updated user");
}

const struct ps_command ps_account_commands[] = {
	{ "adduser", "addusr", add_account, 1, 2,
	  PS_TAKES(NO_PASSWORD) | PS_TAKES(DRY_RUN),
	  "[--dry-run] [--no-password] ADDRESS [PASSWORD]",
	  "add an account; the password comes from standard input" },
	{ "rmuser", "rmusr", remove_account, 1, 1,
	  PS_TAKES(CASCADE) | PS_TAKES(DRY_RUN),
	  "[--dry-run] [--cascade] ADDRESS",
	  "delete an account; --cascade: with the aliases to it" },
	{ "passwd", NULL, set_password, 1, 2, PS_TAKES(DRY_RUN),
	  "[--dry-run] ADDRESS [PASSWORD]",
	  "change a password, read from standard input" },
	{ "reset", NULL, reset, 1, 1, PS_TAKES(DRY_RUN), "[--dry-run] ADDRESS",
	  "print a new password for one login within a day" },
	{ "disable", NULL, disable, 1, 1, PS_TAKES(DRY_RUN),
	  "[--dry-run] ADDRESS",
	  "no login until it is enabled; mail is still received" },
	{ "enable", NULL, enable, 1, 1, PS_TAKES(DRY_RUN),
	  "[--dry-run] ADDRESS",
	  "let a disabled account log in, or a suspended one send, again" },
	{ "set", NULL, set, 3, 3, PS_TAKES(DRY_RUN),
	  "[--dry-run] ADDRESS FIELD VALUE|none",
	  "FIELD: maildrop, quota, allow-nets, relay, home, mail, uid, gid" },
	{ 0 }
};
