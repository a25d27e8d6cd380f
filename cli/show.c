/* show.c - the command that tells all about one account. */

#include "cli/command.h"

#include "directory/directory.h"
#include "directory/log.h"
#include "directory/writer.h"

#include <time.h>

/* For people, what is not set is left out, and names are those of "set". */
static void put(struct ps_cli *cli, const char *name, const char *value)
{
	char member[32];
	size_t i;

	if (value[0] != '\0')
		ps_output_text(&cli->output, "%s\t%s", name, value);
	for (i = 0; name[i] != '\0' && i < sizeof(member) - 1; i++)
		member[i] = name[i] == '-' ? '_' : name[i];
	member[i] = '\0';
	ps_output_member(&cli->output, member,
			 value[0] == '\0' ? json_null() : json_string(value));
}

/* Only who may read the credentials knows. */
static const char *describe(const struct ps_credential *credential,
			    enum ps_outcome outcome)
{
	if (outcome == PS_NOTFOUND)
		return "none";
	if (outcome == PS_TEMPFAIL)
		return "unknown";
	switch (credential->kind) {
	case PS_CREDENTIAL_HASH:
		return "set";
	case PS_CREDENTIAL_ONCE:
		return credential->expires > (long long)time(NULL) ? "once"
								   : "expired";
	case PS_CREDENTIAL_SPENT:
		return "spent";
	case PS_CREDENTIAL_ASK:
		break;
	}
	return "elsewhere";
}

static enum ps_outcome show_account(struct ps_cli *cli,
				    struct ps_directory *directory,
				    const char *address)
{
	struct ps_buffer goes = PS_BUFFER(PS_ANSWER_MAX);
	struct ps_credential credential;
	struct ps_account account;
	enum ps_outcome outcome, known;

	outcome = ps_directory_account(directory, address, &account);
	if (outcome == PS_FOUND)
		outcome = ps_directory_view(directory, PS_VIEW_ALIASES,
					    account.address, &goes);
	if (outcome == PS_TEMPFAIL || account.address[0] == '\0') {
		ps_buffer_free(&goes);
		return outcome;
	}
	known = ps_directory_credential(directory, account.login, &credential);
	put(cli, "address", account.address);
	put(cli, "login", account.login);
	put(cli, "state",
	    account.state == PS_ACCOUNT_ACTIVE ? "active" : "disabled");
	put(cli, "password", describe(&credential, known));
	put(cli, "mail-goes-to",
	    outcome == PS_FOUND ? ps_buffer_cstr(&goes) : account.address);
	put(cli, "quota", account.quota);
	put(cli, "allow-nets", account.allow_nets);
	put(cli, "home", account.home);
	put(cli, "mail", account.mail);
	put(cli, "uid", account.uid);
	put(cli, "gid", account.gid);
	ps_buffer_free(&goes);
	return PS_FOUND;
}

static enum ps_exit show(struct ps_cli *cli,
			 const struct ps_arguments *arguments)
{
	char reason[PS_REASON_MAX], error[PS_CONFIG_ERROR_MAX];
	struct ps_directory *directory;
	enum ps_exit status = PS_EXIT_TEMPFAIL;

	/* Where this fails, reading tells more. */
	(void)ps_writer_recover(cli->config, reason);
	if (ps_directory_new(cli->config, &directory, error) < 0) {
		ps_log(PS_LOG_ERROR, "%s", error);
		return PS_EXIT_TEMPFAIL;
	}
	switch (show_account(cli, directory, arguments->at[0])) {
	case PS_FOUND:
		status = PS_EXIT_DONE;
		break;
	case PS_NOTFOUND:
		ps_log(PS_LOG_ERROR, "there is no account %s, or it is closed",
		       arguments->at[0]);
		status = PS_EXIT_NOTHING;
		break;
	case PS_TEMPFAIL:
		ps_log(PS_LOG_ERROR, "%s", ps_directory_reason(directory));
		break;
	}
	ps_directory_free(&directory);
	return status;
}

const struct ps_command ps_show_commands[] = {
	{ "show", NULL, show, 1, 1, 0, "ADDRESS", "tell all about an account" },
	{ 0 }
};
