/* test.c - the commands that try out a message, without sending it. */

#include "cli/command.h"

#include "cli/explain.h"
#include "core/text/address.h"
#include "directory/log.h"
#include "milter/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Octets of a file; ours.  Postfix's message_size_limit has 10,240,000. */
#define MESSAGE_MAX 67108864
#define PIECE	    8192
#define SOME_PORT   25 /* any: 0 says that there was no connection */

/* ---- the file ---- */

static enum ps_exit cannot_read(const char *path)
{
	int error = errno;

	ps_log(PS_LOG_ERROR, "%s: %s", path, strerror(error));
	if (error == EISDIR)
		return PS_EXIT_USAGE;
	return error == ENOENT || error == ENOTDIR ? PS_EXIT_NOTHING
						   : PS_EXIT_TEMPFAIL;
}

static enum ps_exit read_open(int fd, const char *path, struct ps_buffer *out)
{
	char piece[PIECE];
	ssize_t got;

	while ((got = read(fd, piece, sizeof(piece))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return cannot_read(path);
		ps_buffer_add(out, piece, (size_t)got);
		if (!out->failed)
			continue;
		ps_log(PS_LOG_ERROR,
		       "%s: is larger than %d octets, or than "
		       "memory is left",
		       path, MESSAGE_MAX);
		return PS_EXIT_USAGE;
	}
	return PS_EXIT_DONE;
}

static enum ps_exit read_message(const char *path, struct ps_buffer *out)
{
	enum ps_exit status;
	int fd;

	if (strcmp(path, "-") == 0)
		return read_open(STDIN_FILENO, "standard input", out);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return cannot_read(path);
	status = read_open(fd, path, out);
	close(fd);
	return status;
}

/* ---- the envelope ---- */

struct envelope {
	const char *host, *helo, *daemon, *sender, *recipient, *login;
	struct ps_ip ip; /* no bits: no connection */
};

static bool needs(const struct ps_arguments *arguments, enum ps_option option,
		  const char *name)
{
	if (arguments->value[option] != NULL)
		return true;
	ps_log(PS_LOG_ERROR, "test message: %s is missing", name);
	return false;
}

static bool take_ip(const char *text, struct ps_ip *ip_r)
{
	if (text == NULL || ps_ip_parse(text, ip_r))
		return true;
	ps_log(PS_LOG_ERROR, "--ip %s: is no address", text);
	return false;
}

/* Of a path with or without <>; "" and <> are the null sender. */
static bool is_path(const char *option, const char *text)
{
	struct ps_bytes path = ps_bytes_of(text);
	struct ps_mailbox unused;

	if (path.len >= 2 && path.at[0] == '<' && path.at[path.len - 1] == '>')
		path = (struct ps_bytes){ path.at + 1, path.len - 2 };
	if (path.len == 0 || ps_address_split(path, &unused))
		return true;
	ps_log(PS_LOG_ERROR, "%s %s: is no address", option, text);
	return false;
}

static const char *or_else(const char *text, const char *other)
{
	return text == NULL ? other : text;
}

static bool take_envelope(const struct ps_arguments *arguments,
			  struct envelope *envelope_r)
{
	const char *const *value = arguments->value;
	const char *recipient = value[PS_OPTION_TO];

	*envelope_r = (struct envelope){
		.host = or_else(value[PS_OPTION_HOST],
				value[PS_OPTION_IP] == NULL ? "localhost"
							    : "unknown"),
		.helo = or_else(value[PS_OPTION_HELO], ""),
		.daemon = value[PS_OPTION_DAEMON],
		.sender = or_else(value[PS_OPTION_FROM], ""),
		.recipient = recipient,
		.login = value[PS_OPTION_LOGIN],
	};
	return take_ip(value[PS_OPTION_IP], &envelope_r->ip) &&
	       is_path("--from", envelope_r->sender) &&
	       (recipient == NULL || is_path("--to", recipient));
}

/* ---- through the session ---- */

static void explain_work(struct ps_explain *told)
{
	switch (told->message->origin) {
	case PS_ORIGIN_OURS:
		ps_explain_signing(told);
		break;
	case PS_ORIGIN_TRUSTED:
		break;
	case PS_ORIGIN_BACKUP:
	case PS_ORIGIN_OUTSIDE:
		ps_explain_spf(told);
		ps_explain_dkim(told);
		ps_explain_arc(told);
		ps_explain_dmarc(told);
		break;
	}
}

static void explain(struct ps_explain *told)
{
	ps_explain_envelope(told);
	ps_explain_dns(told);
	/* Past the bounds of one message it is deferred, half judged. */
	if (!told->message->no_memory)
		explain_work(told);
	ps_explain_answer(told);
}

/* As callbacks.c does with what Postfix says. */
static void pass(struct ps_session *session, struct ps_service *service,
		 const struct envelope *envelope, const struct ps_buffer *text)
{
	const struct ps_ip *ip = envelope->ip.bits == 0 ? NULL : &envelope->ip;

	ps_session_connect(session, service, envelope->host, ip,
			   ip == NULL ? 0 : SOME_PORT, envelope->daemon);
	ps_session_helo(session, envelope->helo);
	ps_session_mail(session, envelope->sender, envelope->login);
	if (envelope->recipient != NULL)
		ps_session_recipient(session, envelope->recipient);
	ps_session_feed(session,
			(struct ps_bytes){ ps_buffer_cstr(text), text->len });
}

static enum ps_exit judge(struct ps_cli *cli, struct ps_test_service *service,
			  const char *zone, const struct envelope *envelope,
			  const struct ps_buffer *text)
{
	struct ps_explain told = { .output = &cli->output,
				   .service = service,
				   .zone = zone };
	struct ps_session *session;

	if (ps_session_new(&session) < 0) {
		ps_log(PS_LOG_ERROR, "out of memory");
		return PS_EXIT_TEMPFAIL;
	}
	pass(session, ps_test_service_hold(service), envelope, text);
	told.answer = ps_session_end(session);
	told.message = ps_session_message(session);
	explain(&told);
	ps_session_free(&session);
	return PS_EXIT_DONE;
}

static enum ps_exit try_out(struct ps_cli *cli,
			    const struct ps_arguments *arguments,
			    const struct envelope *envelope)
{
	const char *zone = arguments->value[PS_OPTION_ZONE];
	struct ps_buffer text = PS_BUFFER(MESSAGE_MAX);
	char error[PS_CONFIG_ERROR_MAX];
	struct ps_test_service *service;
	enum ps_exit status;

	status = read_message(arguments->at[0], &text);
	if (status == PS_EXIT_DONE &&
	    ps_test_service_new(cli->config->path, zone, &service, error) < 0) {
		ps_log(PS_LOG_ERROR, "%s", error);
		status = PS_EXIT_USAGE;
	} else if (status == PS_EXIT_DONE) {
		status = judge(cli, service, zone, envelope, &text);
		ps_test_service_free(&service);
	}
	ps_buffer_free(&text);
	return status;
}

static enum ps_exit test_message(struct ps_cli *cli,
				 const struct ps_arguments *arguments)
{
	struct envelope envelope;

	if (!needs(arguments, PS_OPTION_IP, "--ip") ||
	    !needs(arguments, PS_OPTION_HELO, "--helo") ||
	    !needs(arguments, PS_OPTION_FROM, "--from") ||
	    !take_envelope(arguments, &envelope))
		return PS_EXIT_USAGE;
	return try_out(cli, arguments, &envelope);
}

/* Mail of somebody else would be judged, which is another command. */
static bool is_ours(struct ps_cli *cli, const struct envelope *envelope)
{
	const char *login = or_else(envelope->login, ""), *why;
	struct ps_client client = { .ip = envelope->ip };
	enum ps_origin origin;

	client.port = client.ip.bits == 0 ? 0 : SOME_PORT;
	(void)ps_bytes_copy(ps_bytes_of(envelope->host), client.host,
			    sizeof(client.host));
	(void)ps_bytes_copy(ps_bytes_of(or_else(envelope->daemon, "")),
			    client.daemon, sizeof(client.daemon));
	origin = ps_origin_why(&cli->config->milter, &client, login, &why);
	if (origin == PS_ORIGIN_OURS)
		return true;
	ps_explain_not_ours(&cli->output, origin, why);
	return false;
}

static enum ps_exit test_sign(struct ps_cli *cli,
			      const struct ps_arguments *arguments)
{
	struct envelope envelope;

	if (!take_envelope(arguments, &envelope))
		return PS_EXIT_USAGE;
	if (!is_ours(cli, &envelope))
		return PS_EXIT_DONE;
	return try_out(cli, arguments, &envelope);
}

#define WHENCE (PS_TAKES(IP) | PS_TAKES(LOGIN) | PS_TAKES(DAEMON))

const struct ps_command ps_test_commands[] = {
	{ "test message", NULL, test_message, 1, 1,
	  WHENCE | PS_TAKES(HELO) | PS_TAKES(FROM) | PS_TAKES(TO) |
		  PS_TAKES(HOST) | PS_TAKES(ZONE),
	  "--ip ADDR --helo NAME --from ADDR [--zone FILE] [OPTION...] FILE",
	  "judge a message as postseald would, and explain it" },
	{ "test sign", NULL, test_sign, 1, 1, WHENCE | PS_TAKES(ZONE),
	  "[--login LOGIN] [--zone FILE] [OPTION...] FILE",
	  "show by whom a message would be signed, and why" },
	{ 0 }
};
