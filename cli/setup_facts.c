/* setup_facts.c - the Postfix and Dovecot that are there. */

#include "cli/setup_run.h"
#include "cli/setup_steps.h"
#include "cli/setup_text.h"

#include "directory/log.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GROUPS_MAX 256 /* of Postfix's user; ours */
#define BLANKS	   " \t"

static const char *const asked[] = {
	"compatibility_level",	"internal_mail_filter_classes",
	"mail_owner",		"mail_version",
	"mailbox_transport",	"meta_directory",
	"milter_protocol",	"mydestination",
	"myhostname",		"non_smtpd_milters",
	"proxy_read_maps",	"queue_directory",
	"relay_domains",	"shlib_directory",
	"smtpd_milters",	"smtpd_sasl_path",
	"smtpd_sasl_type",	"smtpd_sender_login_maps",
	"smtpd_tls_cert_file",	"smtpd_tls_chain_files",
	"transport_maps",	"virtual_alias_expansion_limit",
	"virtual_alias_maps",	"virtual_mailbox_domains",
	"virtual_mailbox_maps", "virtual_transport",
};
#define ASKED (sizeof(asked) / sizeof(asked[0]))

/* False: said why. */
static bool ask(struct ps_setup *setup, const char *const *argv,
		const char **out_r)
{
	struct ps_ran ran;

	if (ps_setup_run(setup->arena, argv, &ran)) {
		*out_r = ran.out;
		return true;
	}
	ps_log(PS_LOG_ERROR, "%s: %s", argv[0],
	       *ran.err == '\0' ? "failed" : ran.err);
	return false;
}

static char *text_of(struct ps_setup *setup, struct ps_bytes bytes)
{
	char *text = ps_arena_copy(setup->arena, bytes.at, bytes.len);

	setup->failed = setup->failed || text == NULL;
	return text;
}

static struct ps_setup_value *add_value(struct ps_setup *setup,
					struct ps_setup_value **list,
					struct ps_bytes name,
					struct ps_bytes value)
{
	struct ps_setup_value *made =
		ps_arena_alloc(setup->arena, sizeof(*made));

	while (*list != NULL)
		list = &(*list)->next;
	setup->failed = setup->failed || made == NULL;
	if (setup->failed)
		return NULL;
	made->name = text_of(setup, name);
	made->value = text_of(setup, value);
	*list = made;
	return made;
}

/* "name = value" of one line. */
static bool next_value(struct ps_cursor *out, struct ps_bytes *name_r,
		       struct ps_bytes *value_r)
{
	struct ps_cursor line;

	if (ps_cursor_done(out))
		return false;
	line = ps_cursor_of(ps_cursor_until(out, "\n"));
	ps_cursor_skip(out, '\n');
	*name_r = ps_bytes_trim(ps_cursor_until(&line, "="));
	ps_cursor_skip(&line, '=');
	*value_r = ps_bytes_trim(ps_cursor_rest(&line));
	return true;
}

static bool ask_values(struct ps_setup *setup, const char *option,
		       struct ps_setup_value **list)
{
	const char *argv[ASKED + 5] = { "postconf", "-c", setup->postfix,
					option };
	struct ps_bytes name, value;
	struct ps_cursor cursor;
	const char *out;

	memcpy(argv + 4 - (option == NULL), asked, sizeof(asked));
	if (!ask(setup, argv, &out))
		return false;
	cursor = ps_cursor_of(ps_bytes_of(out));
	while (next_value(&cursor, &name, &value))
		add_value(setup, list, name, value);
	return true;
}

static bool look_at_values(struct ps_setup *setup)
{
	struct ps_setup_value *expanded = NULL, *value, *other;

	if (!ask_values(setup, NULL, &setup->facts.values) ||
	    !ask_values(setup, "-x", &expanded))
		return false;
	for (value = setup->facts.values; value != NULL; value = value->next) {
		value->expanded = value->value;
		for (other = expanded; other != NULL; other = other->next) {
			if (strcmp(other->name, value->name) == 0)
				value->expanded = other->value;
		}
	}
	return true;
}

/* A line of postconf -M: eight fields, then the arguments. */
static void add_service(struct ps_setup *setup, struct ps_bytes line)
{
	struct ps_setup_service **last = &setup->facts.services, *made;
	struct ps_cursor cursor = ps_cursor_of(line);
	struct ps_bytes field[8];

	for (size_t i = 0; i < 8; i++) {
		field[i] = ps_cursor_until(&cursor, BLANKS);
		ps_cursor_take(&cursor, BLANKS);
	}
	if (!ps_bytes_equal(field[7], PS_BYTES("smtpd")))
		return;
	made = ps_arena_alloc(setup->arena, sizeof(*made));
	while (*last != NULL)
		last = &(*last)->next;
	setup->failed = setup->failed || made == NULL;
	if (made == NULL)
		return;
	made->name = text_of(setup, field[0]);
	made->type = text_of(setup, field[1]);
	made->jailed = ps_bytes_equal(field[4], PS_BYTES("y"));
	*last = made;
}

/* "name/type/parameter = value" of postconf -P. */
static void add_option(struct ps_setup *setup, struct ps_bytes where,
		       struct ps_bytes value)
{
	struct ps_setup_service *service = setup->facts.services;
	struct ps_cursor cursor = ps_cursor_of(where);
	struct ps_bytes name = ps_cursor_until(&cursor, "/"), type;

	ps_cursor_skip(&cursor, '/');
	type = ps_cursor_until(&cursor, "/");
	ps_cursor_skip(&cursor, '/');
	for (; service != NULL; service = service->next) {
		if (ps_bytes_equal(ps_bytes_of(service->name), name) &&
		    ps_bytes_equal(ps_bytes_of(service->type), type))
			add_value(setup, &service->options,
				  ps_cursor_rest(&cursor), value);
	}
}

static bool look_at_services(struct ps_setup *setup)
{
	const char *const entries[] = { "postconf", "-c", setup->postfix, "-M",
					NULL };
	const char *const options[] = { "postconf", "-c", setup->postfix, "-P",
					NULL };
	struct ps_bytes name, value;
	struct ps_cursor cursor;
	const char *out;

	if (!ask(setup, entries, &out))
		return false;
	cursor = ps_cursor_of(ps_bytes_of(out));
	while (!ps_cursor_done(&cursor) && !setup->failed) {
		add_service(setup, ps_cursor_until(&cursor, "\n"));
		ps_cursor_skip(&cursor, '\n');
	}
	if (!ask(setup, options, &out))
		return false;
	cursor = ps_cursor_of(ps_bytes_of(out));
	while (next_value(&cursor, &name, &value) && !setup->failed)
		add_option(setup, name, value);
	return true;
}

static bool look_at_plugin(struct ps_setup *setup)
{
	const char *const argv[] = { "postconf", "-c", setup->postfix, "-m",
				     NULL };
	const char *out, *folder;

	if (!ask(setup, argv, &out))
		return false;
	setup->facts.has_type =
		ps_list_has(ps_bytes_of(out), PS_BYTES("postseal"));
	if (setup->facts.has_type)
		return true;
	folder = ps_setup_value(setup, "shlib_directory")->expanded;
	setup->facts.plugin =
		ps_setup_text(setup, "%s/postfix-postseal.so", folder);
	if (access(setup->facts.plugin, R_OK) == 0)
		return true;
	ps_log(PS_LOG_ERROR,
	       "Postfix knows no tables of type postseal, and there is no %s: "
	       "install the plugin first",
	       setup->facts.plugin);
	return false;
}

static bool look_at_dovecot(struct ps_setup *setup)
{
	const char *const version[] = { "dovecot", "--version", NULL };
	const char *const all[] = { "doveconf", "-c", setup->dovecot, "-n",
				    NULL };
	const char *out;

	if (!ask(setup, version, &out))
		return false;
	setup->facts.dovecot_24 = strncmp(out, "2.4.", 4) == 0;
	if (!setup->facts.dovecot_24 && strncmp(out, "2.3.", 4) != 0) {
		ps_log(PS_LOG_ERROR, "Dovecot is %.20s: 2.3 or 2.4 is needed",
		       out);
		return false;
	}
	return ask(setup, all, &setup->facts.dovecot);
}

bool ps_setup_look(struct ps_setup *setup)
{
	return look_at_values(setup) && look_at_services(setup) &&
	       look_at_plugin(setup) && look_at_dovecot(setup);
}
