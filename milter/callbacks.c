/* callbacks.c - libmilter's callbacks: gather facts, ask, act. */

#include "milter/callbacks.h"

#include "directory/log.h"
#include "io/clock.h"
#include "milter/metrics.h"
#include "milter/quiet.h"
#include "milter/session.h"

#include <libmilter/mfapi.h>

#include <arpa/inet.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define BACKLOG	    1024 /* libmilter's 20 refuses Postfix under load */
/* Of one command: over Postfix's header_size_limit (102,400), which libmilter's
 * 65,535 is not; a larger one ends the connection. */
#define COMMAND_MAX ((size_t)1048576)

#define ACTIONS (SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_QUARANTINE)
/*
 * Nothing is answered before the end of the message.  That rules out SKIP for a
 * body nobody needs: without NR_BODY every message would wait for one more
 * answer, to spare a few the transfer of what is beyond 64 KB.
 */
#define NO_REPLY                                                               \
	(SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_RCPT |       \
	 SMFIP_NR_HDR | SMFIP_NR_BODY)
#define NOT_SENT (SMFIP_NODATA | SMFIP_NOUNKNOWN | SMFIP_NOEOH)

static struct ps_daemon *served; /* libmilter hands no pointer through */
static atomic_uint sessions, busy;
static atomic_ulong messages;
static atomic_bool serving;

/*
 * The macros we read, and no others: each packet costs five system calls.  A
 * stage without a list would be sent the MTA's own, so it gets a name that is
 * never set.  "v", which always is, makes sure that macros come with each MAIL:
 * libmilter would take one message's {auth_authen} for the next one's.
 */
static void ask_for_macros(SMFICTX *ctx)
{
	static const struct {
		int stage;
		const char *names;
	} list[] = {
		{ SMFIM_CONNECT, "{daemon_name}" },
		{ SMFIM_HELO, "{nothing}" },
		{ SMFIM_ENVFROM, "{auth_authen} v" },
		{ SMFIM_ENVRCPT, "{nothing}" },
		{ SMFIM_EOM, "i" },
	};
	char names[32];
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		memcpy(names, list[i].names, strlen(list[i].names) + 1);
		if (smfi_setsymlist(ctx, list[i].stage, names) != MI_SUCCESS)
			ps_log(PS_LOG_WARNING,
			       "milter: no macro list for "
			       "stage %d: out of memory",
			       list[i].stage);
	}
}

/* Begun with the connection, and again behind QUIT_NC.  NULL: out of memory,
 * and the end of each message will defer. */
static struct ps_session *session_of(SMFICTX *ctx)
{
	struct ps_session *session = smfi_getpriv(ctx);

	if (session == NULL && ps_session_new(&session) == 0) {
		(void)smfi_setpriv(ctx, session);
		atomic_fetch_add(&sessions, 1);
	}
	return session;
}

static sfsistat on_negotiate(SMFICTX *ctx, unsigned long actions,
			     unsigned long steps, unsigned long unused2,
			     unsigned long unused3, unsigned long *actions_r,
			     unsigned long *steps_r, unsigned long *unused2_r,
			     unsigned long *unused3_r)
{
	(void)unused2;
	(void)unused3;
	*unused2_r = *unused3_r = 0;
	/* Without the leading space the header we hash is not the one sent. */
	if ((actions & ACTIONS) != ACTIONS ||
	    (steps & SMFIP_HDR_LEADSPC) == 0) {
		ps_quiet_log(ps_clock_monotonic_us(), PS_LOG_ERROR,
			     "milter: the MTA offers too little (actions %#lx, "
			     "protocol %#lx); Postfix must have "
			     "milter_protocol = 6",
			     actions, steps);
		return SMFIS_REJECT;
	}
	(void)session_of(ctx);
	*actions_r = ACTIONS;
	/* libmilter itself answers an MTA that does not know NR_*. */
	*steps_r = NO_REPLY | SMFIP_HDR_LEADSPC | (steps & NOT_SENT);
	ps_log(PS_LOG_DEBUG, "milter: protocol %#lx of %#lx", *steps_r, steps);
	if ((actions & SMFIF_SETSYMLIST) != 0) {
		*actions_r |= SMFIF_SETSYMLIST;
		ask_for_macros(ctx);
	}
	return SMFIS_CONTINUE;
}

static unsigned int client_of(const _SOCK_ADDR *address, struct ps_ip *ip_r)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
	char text[INET6_ADDRSTRLEN] = "";

	*ip_r = (struct ps_ip){ 0 };
	if (address == NULL)
		return 0;
	if (address->sa_family == AF_INET)
		inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
	else if (address->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
	if (!ps_ip_parse(text, ip_r))
		return 0;
	return address->sa_family == AF_INET ? ntohs(in->sin_port)
					     : ntohs(in6->sin6_port);
}

static sfsistat on_connect(SMFICTX *ctx, char *host, _SOCK_ADDR *address)
{
	struct ps_session *session = session_of(ctx);
	unsigned int port;
	struct ps_ip ip;

	if (session == NULL)
		return SMFIS_NOREPLY;
	port = client_of(address, &ip);
	ps_session_connect(session, ps_daemon_hold(served), host,
			   ip.bits == 0 ? NULL : &ip, port,
			   smfi_getsymval(ctx, "{daemon_name}"));
	return SMFIS_NOREPLY;
}

static sfsistat on_helo(SMFICTX *ctx, char *helo)
{
	struct ps_session *session = smfi_getpriv(ctx);

	if (session != NULL)
		ps_session_helo(session, helo);
	return SMFIS_NOREPLY;
}

static sfsistat on_sender(SMFICTX *ctx, char **argument)
{
	struct ps_session *session = smfi_getpriv(ctx);

	if (session != NULL)
		ps_session_mail(session, argument[0],
				smfi_getsymval(ctx, "{auth_authen}"));
	return SMFIS_NOREPLY;
}

static sfsistat on_recipient(SMFICTX *ctx, char **argument)
{
	struct ps_session *session = smfi_getpriv(ctx);

	if (session != NULL)
		ps_session_recipient(session, argument[0]);
	return SMFIS_NOREPLY;
}

static sfsistat on_header(SMFICTX *ctx, char *name, char *value)
{
	struct ps_session *session = smfi_getpriv(ctx);

	if (session != NULL)
		ps_session_header(session, ps_bytes_of(name),
				  ps_bytes_of(value));
	return SMFIS_NOREPLY;
}

static sfsistat on_body(SMFICTX *ctx, unsigned char *data, size_t len)
{
	struct ps_session *session = smfi_getpriv(ctx);

	if (session != NULL)
		ps_session_body(session, data, len);
	return SMFIS_NOREPLY;
}

static int change_header(SMFICTX *ctx, const struct ps_change *change)
{
	char empty[] = "";

	/* libmilter takes char * and changes nothing. */
	if (change->value != NULL)
		return smfi_insheader(ctx, 0, (char *)(uintptr_t)change->name,
				      (char *)(uintptr_t)change->value);
	return smfi_chgheader(ctx, (char *)(uintptr_t)change->name,
			      (int)change->nth, empty);
}

/* A "%" in a reply is written twice. */
static int set_reply(SMFICTX *ctx, const struct ps_answer *answer)
{
	char text[2 * PS_REPLY_TEXT_MAX + 1];
	char code[4], status[8];
	size_t i, len = 0;

	for (i = 0; answer->text[i] != '\0' && i < PS_REPLY_TEXT_MAX; i++) {
		if (answer->text[i] == '%')
			text[len++] = '%';
		text[len++] = answer->text[i];
	}
	text[len] = '\0';
	if (!ps_bytes_copy(ps_bytes_of(answer->code), code, sizeof(code)) ||
	    !ps_bytes_copy(ps_bytes_of(answer->status), status, sizeof(status)))
		return MI_FAILURE;
	return smfi_setreply(ctx, code, status, text);
}

static int make_changes(SMFICTX *ctx, const struct ps_answer *answer)
{
	const struct ps_change *change;

	for (change = answer->first; change != NULL; change = change->next) {
		if (change_header(ctx, change) != MI_SUCCESS)
			return MI_FAILURE;
	}
	return MI_SUCCESS;
}

/* False: libmilter failed, and the message must not go on half changed. */
static bool carry_out(SMFICTX *ctx, const struct ps_answer *answer,
		      sfsistat *status_r)
{
	switch (answer->disposition) {
	case PS_ACCEPT:
		*status_r = SMFIS_CONTINUE;
		return make_changes(ctx, answer) == MI_SUCCESS;
	case PS_HOLD:
		*status_r = SMFIS_CONTINUE;
		return make_changes(ctx, answer) == MI_SUCCESS &&
		       smfi_quarantine(ctx, (char *)(uintptr_t)answer->text) ==
			       MI_SUCCESS;
	case PS_REFUSE:
		*status_r = SMFIS_REJECT;
		break;
	case PS_DEFER:
		*status_r = SMFIS_TEMPFAIL;
		break;
	}
	/* Without our words the MTA has its own. */
	(void)set_reply(ctx, answer);
	return true;
}

/* Without a session nothing is known of the message. */
static void log_none(SMFICTX *ctx)
{
	struct ps_service *service = ps_daemon_hold(served);

	ps_message_log_none(service, smfi_getsymval(ctx, "i"));
	ps_metrics_no_session(service->metrics);
	service->release(service);
}

static sfsistat on_end(SMFICTX *ctx)
{
	struct ps_session *session = smfi_getpriv(ctx);
	const struct ps_answer *answer;
	sfsistat status = SMFIS_TEMPFAIL;
	bool good = false;

	atomic_fetch_add(&busy, 1);
	atomic_fetch_add(&messages, 1);
	answer = session == NULL ? NULL : ps_session_end(session);
	if (answer != NULL) {
		good = carry_out(ctx, answer, &status);
		ps_session_done(session, smfi_getsymval(ctx, "i"), good);
	} else {
		log_none(ctx);
	}
	atomic_fetch_sub(&busy, 1);
	return good ? status : SMFIS_TEMPFAIL;
}

static sfsistat on_abort(SMFICTX *ctx)
{
	struct ps_session *session = smfi_getpriv(ctx);

	if (session != NULL)
		ps_session_abort(session);
	return SMFIS_CONTINUE;
}

static sfsistat on_close(SMFICTX *ctx)
{
	struct ps_session *session = smfi_getpriv(ctx);

	if (session != NULL) {
		ps_session_free(&session);
		(void)smfi_setpriv(ctx, NULL);
		atomic_fetch_sub(&sessions, 1);
	}
	return SMFIS_CONTINUE;
}

int ps_callbacks_listen(const char *socket)
{
	static char name[] = "postseald";
	const struct smfiDesc filter = {
		.xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = ACTIONS,
		.xxfi_connect = on_connect,
		.xxfi_helo = on_helo,
		.xxfi_envfrom = on_sender,
		.xxfi_envrcpt = on_recipient,
		.xxfi_header = on_header,
		.xxfi_body = on_body,
		.xxfi_eom = on_end,
		.xxfi_abort = on_abort,
		.xxfi_close = on_close,
		.xxfi_negotiate = on_negotiate,
	};
	/* libmilter writes into it while it reads it, and keeps a copy. */
	char *copy = strdup(socket);
	int result = -1;

	(void)smfi_setmaxdatasize(COMMAND_MAX);
	if (copy != NULL && smfi_register(filter) == MI_SUCCESS &&
	    smfi_setconn(copy) == MI_SUCCESS &&
	    smfi_setbacklog(BACKLOG) == MI_SUCCESS &&
	    smfi_opensocket(false) == MI_SUCCESS)
		result = 0;
	free(copy);
	return result;
}

int ps_callbacks_run(struct ps_daemon *daemon)
{
	int result;

	served = daemon;
	atomic_store(&serving, true);
	result = smfi_main() == MI_SUCCESS ? 0 : -1;
	atomic_store(&serving, false);
	return result;
}

bool ps_callbacks_serving(void)
{
	return atomic_load(&serving);
}

void ps_callbacks_stop(void)
{
	(void)smfi_stop();
}

unsigned int ps_callbacks_sessions(void)
{
	return atomic_load(&sessions);
}

unsigned int ps_callbacks_busy(void)
{
	return atomic_load(&busy);
}

unsigned long ps_callbacks_messages(void)
{
	return atomic_load(&messages);
}
