/* lookups.c - the SQLite directory asked: each view, logins, passwords. */

#include "starved.h"

#include "views_world.h"

#include <stdio.h>
#include <string.h>

static const char *const temporary[] = { "temporary failure", NULL };

void starved_lookups_open(void)
{
	void *state = NULL;

	if (views_set_up(&state) != 0)
		fail();
	views_write_steps(&state);
}

void starved_lookups_close(void)
{
	void *state = NULL;

	(void)views_tear_down(&state);
}

static void say(enum ps_outcome outcome, const char *found,
		char said_r[STARVED_SAID_MAX])
{
	switch (outcome) {
	case PS_FOUND:
		snprintf(said_r, STARVED_SAID_MAX, "%s", found);
		return;
	case PS_NOTFOUND:
		snprintf(said_r, STARVED_SAID_MAX, "not found");
		return;
	case PS_TEMPFAIL:
		snprintf(said_r, STARVED_SAID_MAX, "temporary failure");
		return;
	}
}

/* argument: "VIEW KEY".  On a handle of its own, as a process that has just
 * started has one. */
static void ask_view(const struct starved *what, char said_r[STARVED_SAID_MAX])
{
	const char *text = what->argument, *key = strchr(text, ' ') + 1;
	struct ps_buffer answer = PS_BUFFER(65536);
	enum ps_outcome outcome = PS_TEMPFAIL;
	struct ps_directory *directory = NULL;
	char name[32], error[PS_CONFIG_ERROR_MAX];
	enum ps_view view;

	snprintf(name, sizeof(name), "%.*s", (int)(key - text - 1), text);
	assert_true(ps_view_by_name(name, &view));
	starved_begin();
	if (ps_directory_new(views_config, &directory, error) == 0)
		outcome = ps_directory_view(directory, view, key, &answer);
	starved_end();
	say(outcome, ps_buffer_cstr(&answer), said_r);
	starved_begin();
	ps_directory_free(&directory);
	ps_buffer_free(&answer);
	starved_end();
}

static void ask_login(const struct starved *what, char said_r[STARVED_SAID_MAX])
{
	enum ps_outcome outcome = PS_TEMPFAIL;
	struct ps_directory *directory = NULL;
	struct ps_credential credential;
	struct ps_account account;
	char error[PS_CONFIG_ERROR_MAX];

	starved_begin();
	if (ps_directory_new(views_config, &directory, error) == 0)
		outcome = ps_directory_account(directory, what->argument,
					       &account);
	if (outcome == PS_FOUND)
		outcome = ps_directory_credential(directory, what->argument,
						  &credential);
	ps_directory_free(&directory);
	starved_end();
	say(outcome, "an account with a password", said_r);
}

static void ask_sender(const struct starved *what,
		       char said_r[STARVED_SAID_MAX])
{
	enum ps_outcome outcome = PS_TEMPFAIL;
	struct ps_directory *directory = NULL;
	char error[PS_CONFIG_ERROR_MAX];

	starved_begin();
	if (ps_directory_new(views_config, &directory, error) == 0)
		outcome = ps_directory_sends_as(directory, what->argument,
						what->argument);
	ps_directory_free(&directory);
	starved_end();
	say(outcome, "may send", said_r);
}

#define VIEW(text, want)                                                       \
	{                                                                      \
		text, ask_view, text, want, temporary, 2                       \
	}

const struct starved starved_lookups[] = {
	VIEW("domains one.example", "one.example"),
	VIEW("domains other.example", "not found"),
	VIEW("mailboxes alice@one.example", "alice@one.example"),
	VIEW("mailboxes nobody@one.example", "not found"),
	VIEW("mailboxes alice@uno.example", "alice@one.example"),
	VIEW("aliases carol@one.example", "x@far.example,y@far.example"),
	VIEW("aliases postmaster@one.example", "root@one.example"),
	VIEW("senders alice@one.example",
	     "alice@one.example,app@one.example,bob@one.example"),
	VIEW("transport far2.example", "relay:mx.far2.example:25"),
	VIEW("relay_domains far1.example", "far1.example"),
	{ "a login and its password", ask_login, "alice@one.example",
	  "an account with a password", temporary, 2 },
	{ "a login's own address", ask_sender, "alice@one.example", "may send",
	  temporary, 2 },
};
const size_t starved_lookups_count = TABLE_COUNT(starved_lookups);
