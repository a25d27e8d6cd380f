/* setup_plan_services.c - master.cf: where mail is submitted. */

#include "cli/setup_steps.h"
#include "cli/setup_text.h"

#include <string.h>

#define NAME_OPTION "milter_macro_daemon_name"

static const struct ps_setup_value *
option_of(const struct ps_setup_service *service, const char *name)
{
	const struct ps_setup_value *option = service->options;

	for (; option != NULL; option = option->next) {
		if (strcmp(option->name, name) == 0)
			return option;
	}
	return NULL;
}

/* "submission", "127.0.0.1:submission", "[::1]:587". */
static bool is_submission(const struct ps_setup_service *service)
{
	static const char *const ports[] = { "submission", "submissions",
					     "smtps", "587", "465" };
	const char *colon = strrchr(service->name, ':');
	const char *port = colon == NULL ? service->name : colon + 1;

	if (strcmp(service->type, "inet") != 0)
		return false;
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		if (strcmp(port, ports[i]) == 0)
			return true;
	}
	return false;
}

/* Nobody gets through without a login: "permit_sasl_authenticated,reject". */
static bool is_for_logins(const struct ps_setup_value *restrictions)
{
	struct ps_cursor cursor;
	struct ps_bytes item, last = { "", 0 };

	if (restrictions == NULL)
		return false;
	cursor = ps_cursor_of(ps_bytes_of(restrictions->value));
	while (ps_list_next(&cursor, &item)) {
		last = item;
		if (!ps_bytes_equal(item,
				    PS_BYTES("permit_sasl_authenticated")) &&
		    !ps_bytes_starts_fold(item, PS_BYTES("reject")))
			return false;
	}
	return ps_bytes_equal(last, PS_BYTES("reject"));
}

static bool is_closed(const struct ps_setup_service *service)
{
	return is_for_logins(option_of(service, "smtpd_client_restrictions")) ||
	       is_for_logins(option_of(service, "smtpd_relay_restrictions")) ||
	       is_for_logins(
		       option_of(service, "smtpd_recipient_restrictions"));
}

/* All of its mail is signed, so none may come from strangers. */
static void call_ours(struct ps_setup *setup, const char *name)
{
	struct ps_setup_line **last = &setup->daemons, *line;

	for (; *last != NULL; last = &(*last)->next) {
		if (strcmp((*last)->text, name) == 0)
			return;
	}
	line = ps_arena_alloc(setup->arena, sizeof(*line));
	setup->failed = setup->failed || line == NULL;
	if (line == NULL)
		return;
	line->text = name;
	*last = line;
}

/* A name that another service has, where strangers come in, says nothing. */
static bool is_shared(const struct ps_setup *setup, const char *name)
{
	const struct ps_setup_service *service = setup->facts.services;
	const struct ps_setup_value *option;

	for (; service != NULL; service = service->next) {
		option = option_of(service, NAME_OPTION);
		if (option != NULL && strcmp(option->value, name) == 0 &&
		    !is_closed(service))
			return true;
	}
	return false;
}

static void name_service(struct ps_setup *setup, const char *master,
			 const struct ps_setup_service *service)
{
	const struct ps_setup_value *option = option_of(service, NAME_OPTION);
	const char *name = option == NULL ? PS_SETUP_DAEMON : option->value;

	if (option == NULL)
		ps_setup_edit(setup, PS_EDIT_OPTION, master,
			      ps_setup_text(setup, "%s %s " NAME_OPTION "=%s",
					    service->name, service->type, name),
			      ps_setup_text(setup, "  -o " NAME_OPTION "=%s\n",
					    name));
	if (!is_closed(service) || is_shared(setup, name) ||
	    strpbrk(name, "${}\"\\") != NULL)
		ps_setup_note(setup,
			      "master.cf: %s %s also takes mail without a "
			      "login, as far as can be seen: there, only that "
			      "of logins and internal networks is signed",
			      service->name, service->type);
	else
		call_ours(setup, name);
}

static void add_service(struct ps_setup *setup, const char *master, bool jailed)
{
	ps_setup_edit(setup, PS_EDIT_SERVICE, master, "submission inet",
		      ps_setup_text(setup,
				    "submission inet n - %c - - smtpd\n"
				    "  -o syslog_name=postfix/submission\n"
				    "  -o smtpd_tls_security_level=encrypt\n"
				    "  -o smtpd_tls_auth_only=yes\n"
				    "  -o smtpd_sasl_auth_enable=yes\n"
				    "  -o smtpd_reject_unlisted_recipient=no\n"
				    "  -o smtpd_client_restrictions=\n"
				    "  -o smtpd_helo_restrictions=\n"
				    "  -o smtpd_sender_restrictions="
				    "reject_sender_login_mismatch\n"
				    "  -o smtpd_relay_restrictions=\n"
				    "  -o smtpd_recipient_restrictions="
				    "permit_sasl_authenticated,reject\n"
				    "  -o " NAME_OPTION "=" PS_SETUP_DAEMON
				    "\n",
				    jailed ? 'y' : 'n'));
	call_ours(setup, PS_SETUP_DAEMON);
}

void ps_setup_plan_services(struct ps_setup *setup)
{
	const char *master =
		ps_setup_text(setup, "%s/master.cf", setup->postfix);
	const struct ps_setup_service *service = setup->facts.services;
	bool jailed = service != NULL && service->jailed, some = false;

	for (; service != NULL; service = service->next) {
		if (!is_submission(service))
			continue;
		some = true;
		name_service(setup, master, service);
	}
	if (some)
		return;
	if (*ps_setup_value(setup, "smtpd_tls_cert_file")->value == '\0' &&
	    *ps_setup_value(setup, "smtpd_tls_chain_files")->value == '\0')
		ps_setup_note(setup,
			      "no submission service is made, as main.cf has "
			      "no certificate (smtpd_tls_cert_file): set one, "
			      "and run setup again");
	else
		add_service(setup, master, jailed);
}
