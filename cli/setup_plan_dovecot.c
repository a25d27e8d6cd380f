/* setup_plan_dovecot.c - Dovecot: files of ours in conf.d. */

#include "cli/setup_steps.h"
#include "cli/setup_text.h"

#include "core/text/buffer.h"

#include <string.h>

#define HEAD                                                                   \
	"# Made by \"postseal setup\"; \"postseal setup --undo\" takes it "    \
	"away.\n"
#define OCTETS_MAX 16384
#define BLANKS	   " \t"

/* A line of doveconf -n, whatever stands around it. */
static bool says(const struct ps_setup *setup, const char *line)
{
	struct ps_cursor cursor =
		ps_cursor_of(ps_bytes_of(setup->facts.dovecot));

	while (!ps_cursor_done(&cursor)) {
		if (ps_bytes_equal(
			    ps_bytes_trim(ps_cursor_until(&cursor, "\n")),
			    ps_bytes_of(line)))
			return true;
		ps_cursor_skip(&cursor, '\n');
	}
	return false;
}

const char *ps_setup_dovecot_value(struct ps_setup *setup, const char *name)
{
	struct ps_cursor cursor = ps_cursor_of(
				 ps_bytes_of(setup->facts.dovecot)),
			 line;
	struct ps_bytes value;

	while (!ps_cursor_done(&cursor)) {
		line = ps_cursor_of(
			ps_bytes_trim(ps_cursor_until(&cursor, "\n")));
		ps_cursor_skip(&cursor, '\n');
		if (!ps_bytes_equal(ps_bytes_trim(ps_cursor_until(&line, "=")),
				    ps_bytes_of(name)))
			continue;
		ps_cursor_skip(&line, '=');
		value = ps_bytes_trim(ps_cursor_rest(&line));
		return ps_setup_text(setup, "%.*s", (int)value.len, value.at);
	}
	return NULL;
}

static bool includes_conf_d(struct ps_setup *setup)
{
	const struct ps_setup_file *file = ps_setup_file(setup, setup->dovecot);
	struct ps_cursor cursor, line;
	struct ps_bytes word;

	if (file == NULL)
		return true; /* refused */
	cursor = ps_cursor_of(file->text);
	while (!ps_cursor_done(&cursor)) {
		line = ps_cursor_of(
			ps_bytes_trim(ps_cursor_until(&cursor, "\n")));
		ps_cursor_skip(&cursor, '\n');
		word = ps_cursor_until(&line, BLANKS);
		if ((ps_bytes_equal(word, PS_BYTES("!include")) ||
		     ps_bytes_equal(word, PS_BYTES("!include_try"))) &&
		    ps_bytes_equal(ps_bytes_trim(ps_cursor_rest(&line)),
				   PS_BYTES("conf.d/*.conf")))
			return true;
	}
	return false;
}

/*
 * The location goes with our accounts only: the machine's own users keep
 * theirs.
 */
static void add_databases(struct ps_setup *setup, struct ps_buffer *text)
{
	if (setup->facts.dovecot_24) {
		ps_buffer_text(text, "postseal_config_file = ");
		ps_buffer_text(text, setup->config_path);
		ps_buffer_text(text, "\npassdb postseal {\n}\n"
				     "userdb postseal {\n"
				     "  fields {\n"
				     "    mail_driver:default = maildir\n"
				     "    mail_path:default = ~/Maildir\n"
				     "    mail_inbox_path = ~/Maildir\n"
				     "  }\n}\n");
		return;
	}
	ps_buffer_text(text, "passdb {\n  driver = postseal\n  args = ");
	ps_buffer_text(text, setup->config_path);
	ps_buffer_text(text, "\n}\nuserdb {\n  driver = postseal\n  args = ");
	ps_buffer_text(text, setup->config_path);
	ps_buffer_text(text, "\n  default_fields = mail=maildir:~/Maildir\n"
			     "}\n");
}

static void add_listener(struct ps_setup *setup, struct ps_buffer *text,
			 const char *service, const char *name,
			 const char *mode)
{
	const char *path = ps_setup_text(
		setup, "%s/private/%s",
		ps_setup_value(setup, "queue_directory")->expanded, name);
	const char *owner = ps_setup_value(setup, "mail_owner")->expanded;

	if (says(setup, ps_setup_text(setup, "unix_listener %s {", path)))
		return;
	ps_buffer_text(text, ps_setup_text(setup,
					   "service %s {\n"
					   "  unix_listener %s {\n"
					   "    mode = %s\n"
					   "    user = %s\n"
					   "    group = %s\n"
					   "  }\n}\n",
					   service, path, mode, owner, owner));
}

static void put_file(struct ps_setup *setup, const char *folder,
		     const char *name, struct ps_buffer *text)
{
	const char *path = ps_setup_text(setup, "%s/%s", folder, name);
	const struct ps_setup_file *file = ps_setup_file(setup, path);
	const struct ps_edit *edit = setup->record;

	setup->failed = setup->failed || text->failed;
	for (; edit != NULL; edit = edit->next) {
		if (edit->kind == PS_EDIT_FILE && strcmp(edit->file, path) == 0)
			break;
	}
	/* The one we made is as we want it, or its owner has changed it. */
	if (file == NULL || (file->exists && edit != NULL))
		return;
	if (file->exists)
		ps_setup_refuse(setup, "%s is there already, and not ours",
				path);
	else
		ps_setup_edit(setup, PS_EDIT_FILE, path, "",
			      ps_buffer_cstr(text));
}

/*
 * Debian's 2.4 cuts the domain off in LMTP, for the users of the machine.  With
 * a full address they would be unknown there.
 */
static void want_whole_names(struct ps_setup *setup, const char *folder)
{
	struct ps_buffer text = PS_BUFFER(OCTETS_MAX);

	if (!setup->facts.dovecot_24 ||
	    ps_setup_dovecot_value(setup, "auth_username_format") == NULL)
		return;
	if (*ps_setup_value(setup, "mailbox_transport")->value != '\0') {
		ps_setup_refuse(setup,
				"Dovecot cuts the domain off addresses "
				"(auth_username_format), and mailbox_transport "
				"may need that: set it for LMTP to "
				"%%{user | lower} yourself");
		return;
	}
	ps_buffer_text(&text, HEAD
		       "# Behind 20-lmtp.conf, which cuts the domain off.\n"
		       "protocol lmtp {\n"
		       "  auth_username_format = %{user | lower}\n"
		       "}\n");
	put_file(setup, folder, "95-postseal-lmtp.conf", &text);
	ps_buffer_free(&text);
}

void ps_setup_plan_dovecot(struct ps_setup *setup)
{
	const char *slash = strrchr(setup->dovecot, '/');
	const char *protocols = ps_setup_dovecot_value(setup, "protocols");
	const char *folder =
		ps_setup_text(setup, "%.*s/conf.d",
			      slash == NULL ? 1 : (int)(slash - setup->dovecot),
			      slash == NULL ? "." : setup->dovecot);
	struct ps_buffer text = PS_BUFFER(OCTETS_MAX);
	bool has = says(setup, "driver = postseal") ||
		   says(setup, "passdb postseal {");

	if (!includes_conf_d(setup))
		ps_setup_refuse(setup,
				"%s has no line \"!include conf.d/*.conf\", "
				"so a file put there would not be read",
				setup->dovecot);
	if (protocols != NULL && strstr(protocols, "lmtp") == NULL)
		ps_setup_refuse(setup,
				"Dovecot's protocols are \"%s\": LMTP is "
				"missing (package dovecot-lmtpd)",
				protocols);
	/* Before 10-auth.conf: PAM would let each of our logins wait. */
	ps_buffer_text(&text, HEAD);
	if (!has)
		add_databases(setup, &text);
	/* Its config process has loaded the modules of settings at its start,
	 * and would refuse the new ones. */
	setup->facts.new_settings = !has && setup->facts.dovecot_24;
	if (setup->facts.new_settings)
		ps_setup_note(setup, "Dovecot is restarted, as it learns of "
				     "new settings only so");
	add_listener(setup, &text, "lmtp", "dovecot-lmtp", "0600");
	add_listener(setup, &text, "auth", "auth", "0660");
	if (strchr(ps_buffer_cstr(&text), '{') != NULL)
		put_file(setup, folder, "05-postseal.conf", &text);
	want_whole_names(setup, folder);
	ps_buffer_free(&text);
}
