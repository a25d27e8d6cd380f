/* setup_plan_settings.c - postseal.conf, made or added to. */

#include "cli/setup_settings.h"
#include "cli/setup_steps.h"

#include "core/text/address.h"
#include "core/text/buffer.h"
#include "directory/log.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#define SOCKET_DEFAULT "/var/spool/postfix"
#define BASE_MAX       1000

/* Can it stand between quotes? */
static bool is_plain(const char *value)
{
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\' || *value == '$' ||
		    (unsigned char)*value < ' ' || *value == 0x7f)
			return false;
	}
	return true;
}

static bool is_there(struct ps_setup *setup, const char *section,
		     const char *name)
{
	const struct ps_setup_file *file =
		ps_setup_file(setup, setup->config_path);
	struct ps_span span;
	enum ps_place place;

	if (file == NULL)
		return true;
	place = ps_settings_find(file->after, ps_bytes_of(section),
				 ps_bytes_of(name), &span);
	return place == PS_PLACE_SET || (place == PS_PLACE_SHARED);
}

/* value: as it stands behind the "=". */
static void put(struct ps_setup *setup, const char *section, const char *name,
		const char *value)
{
	struct ps_setup_file *file = ps_setup_file(setup, setup->config_path);
	struct ps_span span;

	if (file == NULL)
		return;
	if (*section == '\0') {
		ps_setup_edit(setup, PS_EDIT_SETTING, file->path, name,
			      ps_setup_text(setup, "%s = %s\n", name, value));
		return;
	}
	if (ps_settings_find(file->after, ps_bytes_of(section),
			     ps_bytes_of(name), &span) == PS_PLACE_SECTION)
		ps_setup_edit(setup, PS_EDIT_SECTION, file->path, section,
			      ps_setup_text(setup, "%s {\n}\n", section));
	ps_setup_edit(setup, PS_EDIT_SETTING, file->path,
		      ps_setup_text(setup, "%s.%s", section, name),
		      ps_setup_text(setup, "  %s = %s\n", name, value));
}

/* now: what the file says, or NULL where it says nothing. */
static void want(struct ps_setup *setup, const char *section, const char *name,
		 const char *now, const char *value, bool is_list)
{
	const char *dot = *section == '\0' ? "" : ".";

	if (!is_plain(value)) {
		ps_setup_refuse(setup, "%s%s%s: \"%s\" cannot stand there",
				section, dot, name, value);
		return;
	}
	if (is_there(setup, section, name)) {
		if (now != NULL && strcmp(now, value) == 0)
			return;
		if (!setup->replace) {
			ps_setup_refuse(setup,
					"%s: %s%s%s is set there already, and "
					"not to \"%s\": --replace puts that in "
					"its place",
					setup->config_path, section, dot, name,
					value);
			return;
		}
	}
	put(setup, section, name,
	    ps_setup_text(setup, is_list ? "{\"%s\"}" : "\"%s\"", value));
}

static const char *first_of(const struct ps_config_list *list)
{
	return list->count == 1 ? list->at[0] : NULL;
}

/* dc=example,dc=org of example.org. */
static const char *base_of(struct ps_setup *setup)
{
	struct ps_buffer base = PS_BUFFER(BASE_MAX);
	struct ps_cursor cursor = ps_cursor_of(ps_bytes_of(setup->domain));
	const char *text;

	do {
		if (base.len > 0)
			ps_buffer_char(&base, ',');
		ps_buffer_text(&base, "dc=");
		ps_buffer_bytes(&base, ps_cursor_until(&cursor, "."));
	} while (ps_cursor_skip(&cursor, '.'));
	text = ps_setup_text(setup, "%s", ps_buffer_cstr(&base));
	ps_buffer_free(&base);
	return text;
}

static void want_ldap(struct ps_setup *setup, const struct ps_config *now)
{
	if (now->directory.backend != PS_BACKEND_LDAP)
		want(setup, "directory", "backend", NULL, "ldap", false);
	want(setup, "ldap", "uris", first_of(&now->ldap.uris), setup->ldap,
	     true);
	/* A password is tried by a bind of its own. */
	if (now->ldap.bind == PS_LDAP_BIND_NONE)
		ps_setup_note(setup,
			      "to do: %s is asked without a bind; where it "
			      "shows entries to some only, set ldap.bind",
			      setup->ldap);
	if (strncasecmp(setup->ldap, "ldap://", 7) == 0 &&
	    now->ldap.start_tls == PS_NO)
		ps_setup_note(setup,
			      "to do: passwords of logins reach %s as they "
			      "are; set ldap.start_tls, unless it is on this "
			      "machine",
			      setup->ldap);
	if (setup->domain == NULL)
		return;
	if (!is_there(setup, "ldap", "base"))
		want(setup, "ldap", "base", NULL, base_of(setup), false);
	if (!is_there(setup, "ldap", "domains"))
		want(setup, "ldap", "domains", NULL, setup->domain, true);
}

static void want_daemons(struct ps_setup *setup, const struct ps_config *now)
{
	const struct ps_config_list *have = &now->milter.originating_daemons;
	const struct ps_setup_line *line;
	struct ps_buffer list = PS_BUFFER(BASE_MAX);
	bool more = false;
	size_t i;

	ps_buffer_char(&list, '{');
	for (i = 0; i < have->count; i++) {
		ps_buffer_text(&list, i == 0 ? "\"" : ", \"");
		ps_buffer_text(&list, have->at[i]);
		ps_buffer_char(&list, '"');
	}
	for (line = setup->daemons; line != NULL; line = line->next) {
		for (i = 0; i < have->count; i++) {
			if (strcmp(have->at[i], line->text) == 0)
				break;
		}
		if (i < have->count)
			continue;
		ps_buffer_text(&list, list.len == 1 ? "\"" : ", \"");
		ps_buffer_text(&list, line->text);
		ps_buffer_char(&list, '"');
		more = true;
	}
	ps_buffer_char(&list, '}');
	setup->failed = setup->failed || list.failed;
	if (more)
		put(setup, "milter", "originating_daemons",
		    ps_buffer_cstr(&list));
	ps_buffer_free(&list);
}

static void want_all(struct ps_setup *setup, const struct ps_config *now)
{
	const char *queue = ps_setup_value(setup, "queue_directory")->expanded;
	const char *name = ps_setup_value(setup, "myhostname")->expanded;

	if (!is_there(setup, "", "authserv_id")) {
		want(setup, "", "authserv_id", NULL, name, false);
		if (strchr(name, '.') == NULL)
			ps_setup_note(
				setup,
				"to do: this host calls itself \"%s\" "
				"(myhostname in main.cf, authserv_id in "
				"%s), and others know it by a longer name",
				name, setup->config_path);
	}
	if (strcmp(queue, SOCKET_DEFAULT) != 0 &&
	    !is_there(setup, "milter", "socket"))
		want(setup, "milter", "socket", NULL,
		     ps_setup_text(setup, "unix:%s/postseal/milter.sock",
				   queue),
		     false);
	want_daemons(setup, now);
	if (setup->admin != NULL)
		want(setup, "directory", "admin", now->directory.admin,
		     setup->admin, false);
	if (setup->ldap != NULL)
		want_ldap(setup, now);
}

/* A copy of text, which is read as a configuration in force.  NULL: said. */
static struct ps_config *read_copy(struct ps_setup *setup, struct ps_bytes text)
{
	const char *path =
		ps_setup_text(setup, "%s/postseal.conf", setup->scratch);
	char reason[PS_SETUP_REASON_MAX], error[PS_CONFIG_ERROR_MAX];
	struct ps_config *config;

	if (ps_setup_put(path, text, 0600, reason) < 0) {
		ps_log(PS_LOG_ERROR, "%s", reason);
		return NULL;
	}
	if (ps_config_read(path, &config, error) < 0) {
		ps_log(PS_LOG_ERROR, "%s (a copy of %s)", error,
		       setup->config_path);
		return NULL;
	}
	return config;
}

static bool has_folder(struct ps_setup *setup)
{
	const char *path = setup->config_path;

	return access(ps_setup_text(setup, "%.*s/",
				    (int)(strrchr(path, '/') - path), path),
		      F_OK) == 0;
}

bool ps_setup_plan_settings(struct ps_setup *setup)
{
	struct ps_setup_file *file = ps_setup_file(setup, setup->config_path);
	struct ps_config *now;

	if (file == NULL)
		return true; /* refused */
	if (!file->exists)
		ps_setup_edit(setup, PS_EDIT_FILE, file->path,
			      has_folder(setup) ? "" : PS_SETUP_FOLDER,
			      "# Made by \"postseal setup\"; every setting is "
			      "in postseal.conf(5).\n"
			      "# authserv_id = the name it judges under\n");
	now = read_copy(setup, file->text);
	if (now == NULL)
		return false;
	want_all(setup, now);
	ps_config_free(&now);
	setup->config = read_copy(setup, file->after);
	return setup->config != NULL;
}
