/* setup_plan_milter.c - main.cf: our milter among others. */

#include "cli/setup_steps.h"
#include "cli/setup_text.h"

#include <string.h>

/* As Postfix names it: below its queue folder, which is the jail of a service
 * in one; inet:PORT@HOST is inet:HOST:PORT there. */
static const char *address_of(struct ps_setup *setup)
{
	const char *queue = ps_setup_value(setup, "queue_directory")->expanded;
	const char *socket = setup->config->milter.socket, *path, *at;
	const struct ps_setup_service *service = setup->facts.services;
	size_t len = strlen(queue);

	if (strncmp(socket, "inet:", 5) == 0) {
		at = strchr(socket, '@');
		if (at != NULL)
			return ps_setup_text(setup, "inet:%s:%.*s", at + 1,
					     (int)(at - socket - 5),
					     socket + 5);
		ps_setup_refuse(setup,
				"milter.socket is \"%s\": without a host, "
				"Postfix cannot be told of it",
				socket);
		return "";
	}
	path = strchr(socket, ':') == NULL ? socket : strchr(socket, ':') + 1;
	if (strncmp(path, queue, len) == 0 && path[len] == '/')
		return ps_setup_text(setup, "unix:%s", path + len + 1);
	for (; service != NULL; service = service->next) {
		if (!service->jailed)
			continue;
		ps_setup_refuse(setup,
				"milter.socket is %s, where %s %s, which runs "
				"in a jail (chroot), does not get: it must be "
				"below %s",
				path, service->name, service->type, queue);
		break;
	}
	return ps_setup_text(setup, "unix:%s", path);
}

/* "unix:x" of a relative and of the whole path are one. */
static bool names_ours(struct ps_setup *setup, const char *list,
		       const char *address)
{
	const char *socket = setup->config->milter.socket;

	return ps_list_has(ps_bytes_of(list), ps_bytes_of(address)) ||
	       ps_list_has(ps_bytes_of(list), ps_bytes_of(socket));
}

/* Their place stays theirs. */
static void explain_order(struct ps_setup *setup, const char *list)
{
	if (ps_bytes_trim(ps_bytes_of(list)).len > 0)
		ps_setup_note(setup,
			      "smtpd_milters: \"%s\" stays, and sees mail "
			      "before postseald: whoever changes a message "
			      "behind it would break its signatures; a milter "
			      "that it replaces (opendkim, opendmarc) take out "
			      "yourself",
			      list);
}

/* A service with milters of its own: empty is an answer, others must do. */
static void look_at_services(struct ps_setup *setup, const char *address)
{
	const struct ps_setup_service *service = setup->facts.services;
	const struct ps_setup_value *option;

	for (; service != NULL; service = service->next) {
		for (option = service->options; option != NULL;
		     option = option->next) {
			if (strcmp(option->name, "smtpd_milters") != 0 ||
			    strstr(option->value, "$smtpd_milters") != NULL ||
			    strstr(option->value, "${smtpd_milters}") != NULL ||
			    names_ours(setup, option->value, address))
				continue;
			if (*option->value == '\0')
				ps_setup_note(setup,
					      "master.cf: %s %s has no milters "
					      "(-o smtpd_milters=), and so not "
					      "this one",
					      service->name, service->type);
			else
				ps_setup_refuse(
					setup,
					"master.cf: %s %s has milters of its "
					"own (-o smtpd_milters=%s): take that "
					"away, or write \"%s\" there yourself",
					service->name, service->type,
					option->value, address);
		}
	}
}

static void want_for_local_mail(struct ps_setup *setup, const char *address,
				const char *item)
{
	const char *now = ps_setup_value(setup, "non_smtpd_milters")->value;

	if (strstr(now, "$smtpd_milters") != NULL ||
	    strstr(now, "${smtpd_milters}") != NULL ||
	    names_ours(setup, now, address))
		return;
	if (*now == '\0')
		item = "$smtpd_milters";
	ps_setup_add_item(setup, "non_smtpd_milters", item);
}

void ps_setup_plan_milter(struct ps_setup *setup)
{
	const char *now = ps_setup_value(setup, "smtpd_milters")->value;
	const char *protocol =
		ps_setup_value(setup, "milter_protocol")->expanded;
	const char *address = address_of(setup), *item;

	/* What libmilter and the daemon speak; per milter, as all of it. */
	item = ps_setup_text(setup, "{ %s, default_action=tempfail%s }",
			     address,
			     strcmp(protocol, "6") == 0 ? "" : ", protocol=6");
	look_at_services(setup, address);
	if (!names_ours(setup, now, address)) {
		explain_order(setup, now);
		ps_setup_add_item(setup, "smtpd_milters", item);
	}
	want_for_local_mail(setup, address, item);
	/* A bounce is signed, too. */
	ps_setup_add_item(setup, "internal_mail_filter_classes", "bounce");
}
