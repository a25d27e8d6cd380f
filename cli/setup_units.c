/* setup_units.c - the daemon's own units, where systemd runs. */

#include "cli/setup_run.h"
#include "cli/setup_steps.h"

#include "core/text/cursor.h"

#include <string.h>
#include <unistd.h>

#define SERVICE	  "postseald.service"
#define MILTER	  "postseald.socket"
#define MAP	  "postseald-map.socket"
#define POLICY	  "postseald-policy.socket"
#define FOLDER	  "/var/spool/postfix/postseal/" /* where these listen */
#define UNITS_MAX 4
#define WORDS_MAX (UNITS_MAX + 4)

struct units {
	const char *name[UNITS_MAX]; /* the service first */
	size_t count;
};

/* Instances elsewhere than in the hosts' own places are none of its units. */
bool ps_setup_has_systemd(const struct ps_setup *setup)
{
	return setup->stock && access("/run/systemd/system", F_OK) == 0;
}

/* "unix:PATH", or libmilter's other words for it. */
static bool is_at(const char *setting, const char *path)
{
	const char *colon = strchr(setting, ':');

	return strcmp(colon == NULL ? setting : colon + 1, path) == 0;
}

static bool one_is_at(const struct ps_config_list *settings, const char *path)
{
	for (size_t i = 0; i < settings->count; i++) {
		if (is_at(settings->at[i], path))
			return true;
	}
	return false;
}

/* Nobody would answer at a socket that no setting names. */
static struct units wanted(const struct ps_setup *setup)
{
	const struct ps_config *config = setup->config;
	struct units units = { .name = { SERVICE, MILTER }, .count = 2 };

	if (one_is_at(&config->map.sockets, FOLDER "map.sock"))
		units.name[units.count++] = MAP;
	if (config->limits.rules != NULL &&
	    one_is_at(&config->limits.sockets, FOLDER "policy.sock"))
		units.name[units.count++] = POLICY;
	return units;
}

/* "systemctl VERB OPTION NAME": of several, it would mean any. */
static bool is(struct ps_setup *setup, const char *verb, const char *name)
{
	const char *const argv[] = { "systemctl", verb, "--quiet", name, NULL };
	struct ps_ran ran;

	return ps_setup_run(setup->arena, argv, &ran);
}

/* Of all units, or of the sockets alone. */
static bool tell(struct ps_setup *setup, const char *verb,
		 const struct units *units, size_t from)
{
	const char *argv[WORDS_MAX] = { "systemctl", verb };
	size_t count = 2;

	for (size_t i = from; i < units->count; i++)
		argv[count++] = units->name[i];
	return ps_setup_must(setup->arena, argv);
}

/*
 * A socket does not join a service that runs, and one that is left would start
 * it: all of them are stopped first.
 */
bool ps_setup_start_units(struct ps_setup *setup)
{
	const struct units units = wanted(setup);
	const struct units service = { .name = { SERVICE }, .count = 1 };
	bool active = true;

	for (size_t i = 0; i < units.count; i++)
		active = active && is(setup, "is-active", units.name[i]);
	if (!tell(setup, "enable", &units, 0))
		return false;
	if (active)
		return tell(setup, "reload-or-restart", &service, 0);
	return tell(setup, "stop", &units, 0) &&
	       tell(setup, "start", &units, 1) &&
	       tell(setup, "start", &service, 0);
}

bool ps_setup_stop_units(struct ps_setup *setup)
{
	const char *argv[WORDS_MAX] = { "systemctl", "disable", "--now" };
	struct ps_cursor cursor = ps_cursor_of(ps_bytes_of(setup->started));
	struct ps_bytes name;
	size_t count = 3;

	while (!ps_cursor_done(&cursor) && count < WORDS_MAX - 1) {
		name = ps_cursor_until(&cursor, " ");
		ps_cursor_skip(&cursor, ' ');
		argv[count++] =
			ps_setup_text(setup, "%.*s", (int)name.len, name.at);
	}
	return !setup->failed && ps_setup_must(setup->arena, argv);
}

void ps_setup_plan_units(struct ps_setup *setup)
{
	const char *socket = setup->config->milter.socket;
	const struct units units = wanted(setup);

	if (!ps_setup_has_systemd(setup))
		return;
	for (size_t i = 0; i < units.count; i++) {
		if (is(setup, "is-enabled", units.name[i]))
			continue;
		setup->starts = ps_setup_text(
			setup, "%s%s%s",
			setup->starts == NULL ? "" : setup->starts,
			setup->starts == NULL ? "" : " ", units.name[i]);
	}
	if (setup->starts != NULL)
		ps_setup_note(setup, "enabled and started: %s", setup->starts);
	if (!is_at(socket, FOLDER "milter.sock"))
		ps_setup_note(setup,
			      "milter.socket is %s, and " MILTER
			      " listens at " FOLDER "milter.sock, in vain: "
			      "systemctl edit " MILTER,
			      socket);
}
