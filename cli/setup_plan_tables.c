/* setup_plan_tables.c - main.cf: the tables, and who delivers. */

#include "cli/setup_steps.h"
#include "cli/setup_text.h"

#include "directory/ldap_questions.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRANSPORT "lmtp:unix:private/dovecot-lmtp"
#define NOT_THERE "%s is \"%s\": --replace puts \"%s\" in its place"

static const char *main_of(struct ps_setup *setup)
{
	return ps_setup_text(setup, "%s/main.cf", setup->postfix);
}

static void set(struct ps_setup *setup, const char *name, const char *value)
{
	ps_setup_edit(setup, PS_EDIT_PARAMETER, main_of(setup), name,
		      ps_setup_text(setup, "%s = %s\n", name, value));
}

const char *ps_setup_table(struct ps_setup *setup, const char *view)
{
	if (strcmp(setup->config_path, PS_CONFIG_DEFAULT) == 0)
		return ps_setup_text(setup, "proxy:postseal:%s", view);
	return ps_setup_text(setup, "proxy:postseal:%s:%s", setup->config_path,
			     view);
}

void ps_setup_add_item(struct ps_setup *setup, const char *name,
		       const char *item)
{
	const struct ps_setup_value *now = ps_setup_value(setup, name);

	if (ps_list_has(ps_bytes_of(now->value), ps_bytes_of(item)))
		return;
	if (ps_bytes_trim(ps_bytes_of(now->expanded)).len == 0)
		set(setup, name, item);
	else if (!ps_list_is_whole(ps_bytes_of(now->value)))
		ps_setup_refuse(setup, "%s is \"%s\": the braces do not match",
				name, now->value);
	else
		set(setup, name,
		    ps_setup_text(setup, "%s, %s", now->value, item));
}

/* A parameter that takes one value, or one that is not to be shared. */
static void want_alone(struct ps_setup *setup, const char *name,
		       const char *preset, const char *value)
{
	const char *now = ps_setup_value(setup, name)->value;

	if (strcmp(now, value) == 0)
		return;
	if (strcmp(now, preset) != 0 && *now != '\0' && !setup->replace)
		ps_setup_refuse(setup, NOT_THERE, name, now, value);
	else
		set(setup, name, value);
}

/* Their domains would go where ours are delivered, and the other way round. */
static void want_mailboxes(struct ps_setup *setup)
{
	want_alone(setup, "virtual_mailbox_domains", "$virtual_mailbox_maps",
		   ps_setup_table(setup, "domains"));
	want_alone(setup, "virtual_mailbox_maps", "",
		   ps_setup_table(setup, "mailboxes"));
	want_alone(setup, "virtual_transport", "virtual", TRANSPORT);
}

/* A login server that is Dovecot's already stays where it is. */
static void want_logins(struct ps_setup *setup)
{
	bool has_type = ps_setup_is_set(setup, "smtpd_sasl_type");

	if (has_type && strcmp(ps_setup_value(setup, "smtpd_sasl_type")->value,
			       "dovecot") == 0) {
		if (!ps_setup_is_set(setup, "smtpd_sasl_path"))
			set(setup, "smtpd_sasl_path", "private/auth");
		return;
	}
	want_alone(setup, "smtpd_sasl_type", "cyrus", "dovecot");
	want_alone(setup, "smtpd_sasl_path", "smtpd", "private/auth");
}

/* The bound of what an alias leads to, which Postfix must not undercut. */
static void want_expansion(struct ps_setup *setup)
{
	const char *name = "virtual_alias_expansion_limit";
	const char *now = ps_setup_value(setup, name)->expanded;

	if (strtoul(now, NULL, 10) < PS_LDAP_MEMBERS_MAX)
		set(setup, name,
		    ps_setup_text(setup, "%d", PS_LDAP_MEMBERS_MAX));
}

/* Postfix looks in mydestination first: the mail would go to local users. */
static void keep_apart(struct ps_setup *setup)
{
	const struct ps_setup_value *now =
		ps_setup_value(setup, "mydestination");
	struct ps_bytes domain = ps_bytes_of(setup->domain), item;
	struct ps_cursor cursor = ps_cursor_of(ps_bytes_of(now->value));
	const char *rest = "";

	cursor = ps_cursor_of(ps_bytes_of(now->expanded));
	while (ps_list_next(&cursor, &item) &&
	       !ps_bytes_equal_fold(item, domain))
		;
	if (item.len == 0)
		return;
	cursor = ps_cursor_of(ps_bytes_of(now->value));
	while (ps_list_next(&cursor, &item)) {
		if (!ps_bytes_equal_fold(item, domain))
			rest = ps_setup_text(setup, "%s%s%.*s", rest,
					     *rest == '\0' ? "" : ", ",
					     (int)item.len, item.at);
	}
	if (strlen(rest) == strlen(now->value) || strchr(now->value, '{'))
		ps_setup_refuse(setup,
				"%s is in mydestination by \"%s\": take it out "
				"there, or its mail goes to users of this "
				"machine",
				setup->domain, now->value);
	else if (!setup->replace)
		ps_setup_refuse(setup, NOT_THERE, "mydestination", now->value,
				rest);
	else
		set(setup, "mydestination", rest);
}

/* What Postfix's user may not read, it would defer. */
static void look_at_group(struct ps_setup *setup)
{
	const char *owner = ps_setup_value(setup, "mail_owner")->expanded;
	const char *name = setup->config->directory.read_group;
	struct group *group = getgrnam(name);
	struct passwd *user = getpwnam(owner);

	if (user == NULL) {
		ps_setup_refuse(setup, "there is no user %s (mail_owner)",
				owner);
		return;
	}
	/* No group: it is made. */
	setup->facts.is_member = group != NULL && user->pw_gid == group->gr_gid;
	for (size_t i = 0; group != NULL && group->gr_mem[i] != NULL; i++)
		setup->facts.is_member |= strcmp(group->gr_mem[i], owner) == 0;
	if (!setup->facts.is_member)
		ps_setup_note(setup,
			      "user %s becomes a member of group %s, and "
			      "Postfix is restarted",
			      owner, name);
}

static void want_type(struct ps_setup *setup)
{
	const char *folder = ps_setup_text(
		setup, "%s/dynamicmaps.cf.d",
		ps_setup_value(setup, "meta_directory")->expanded);
	bool is_there = access(folder, F_OK) == 0;

	/* Debian 13 has none. */
	if (!setup->facts.has_type)
		ps_setup_edit(setup, PS_EDIT_FILE,
			      ps_setup_text(setup, "%s/postseal", folder),
			      is_there ? "" : PS_SETUP_FOLDER,
			      ps_setup_text(setup,
					    "postseal %s dict_postseal_open\n",
					    setup->facts.plugin));
}

void ps_setup_plan_tables(struct ps_setup *setup)
{
	static const char *const views[] = { "domains",	      "mailboxes",
					     "aliases",	      "senders",
					     "relay_domains", "transport" };
	bool ldap = setup->config->directory.backend == PS_BACKEND_LDAP;

	look_at_group(setup);
	want_type(setup);
	if (setup->domain != NULL)
		keep_apart(setup);
	want_mailboxes(setup);
	ps_setup_add_item(setup, "virtual_alias_maps",
			  ps_setup_table(setup, "aliases"));
	ps_setup_add_item(setup, "smtpd_sender_login_maps",
			  ps_setup_table(setup, "senders"));
	/* There, these find nothing. */
	if (!ldap) {
		ps_setup_add_item(setup, "relay_domains",
				  ps_setup_table(setup, "relay_domains"));
		ps_setup_add_item(setup, "transport_maps",
				  ps_setup_table(setup, "transport"));
	}
	if (ps_setup_is_set(setup, "proxy_read_maps"))
		for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++)
			ps_setup_add_item(setup, "proxy_read_maps",
					  ps_setup_table(setup, views[i]));
	want_expansion(setup);
	want_logins(setup);
}
