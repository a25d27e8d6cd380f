/* connection.c - one client: what it has sent, what it has yet to take. */

#include "milter/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REPLIES_KEPT 16384 /* octets a desk keeps for the next turn; ours */

static size_t input_max(const struct ps_protocol *protocol)
{
	return protocol->request_max + PS_CONNECTION_READ_MAX;
}

int ps_desk_init(struct ps_desk *desk, const struct ps_protocol *protocol,
		 void *ctx)
{
	*desk = (struct ps_desk){
		.protocol = protocol,
		.ctx = ctx,
		.input = malloc(input_max(protocol)),
		.replies = PS_BUFFER(PS_CONNECTION_GATHER_MAX +
				     protocol->reply_max),
	};
	if (protocol->work_size > 0)
		desk->work = calloc(1, protocol->work_size);
	return desk->input == NULL ||
			       (protocol->work_size > 0 && desk->work == NULL)
		       ? -1
		       : 0;
}

void ps_desk_free(struct ps_desk *desk)
{
	free(desk->input);
	free(desk->work);
	desk->input = NULL;
	desk->work = NULL;
	ps_buffer_free(&desk->replies);
}

void ps_connection_init(struct ps_connection *connection, int fd)
{
	*connection = (struct ps_connection){ .fd = fd };
}

void ps_connection_close(struct ps_connection *connection)
{
	close(connection->fd);
	ps_buffer_free(&connection->input);
	ps_buffer_free(&connection->output);
}

/* How much the client took now, perhaps nothing; -1: it is gone. */
static ssize_t push(int fd, const char *data, size_t len)
{
	size_t sent = 0;
	ssize_t now;

	while (sent < len) {
		now = send(fd, data + sent, len - sent, MSG_NOSIGNAL);
		if (now < 0 && errno == EINTR)
			continue;
		if (now < 0)
			return errno == EAGAIN ? (ssize_t)sent : -1;
		sent += (size_t)now;
	}
	return (ssize_t)sent;
}

/* What is waiting for the client.  True: it has all of it. */
static bool send_waiting(struct ps_connection *connection, bool *gone_r)
{
	struct ps_buffer *output = &connection->output;
	ssize_t sent;

	sent = push(connection->fd, ps_buffer_cstr(output) + connection->sent,
		    output->len - connection->sent);
	*gone_r = sent < 0;
	if (sent < 0)
		return false;
	connection->sent += (size_t)sent;
	if (connection->sent < output->len)
		return false;
	ps_buffer_free(output);
	connection->sent = 0;
	return true;
}

/* What it does not take now is kept for it. */
static bool send_replies(struct ps_connection *connection,
			 struct ps_buffer *replies, bool *gone_r)
{
	ssize_t sent = replies->failed
			       ? -1
			       : push(connection->fd, ps_buffer_cstr(replies),
				      replies->len);

	*gone_r = sent < 0;
	if (sent < 0 || (size_t)sent == replies->len)
		return sent >= 0;
	connection->output = PS_BUFFER(replies->len);
	ps_buffer_add(&connection->output, replies->data + sent,
		      replies->len - (size_t)sent);
	*gone_r = connection->output.failed;
	return false;
}

/* What it has sent and is not answered, at the desk; -1: it is gone. */
static ssize_t take_input(struct ps_connection *connection,
			  struct ps_desk *desk)
{
	size_t len = connection->input.len;
	ssize_t now;

	if (len > 0)
		memcpy(desk->input, connection->input.data, len);
	ps_buffer_free(&connection->input);
	if (connection->unread)
		return (ssize_t)len;
	do {
		now = recv(connection->fd, desk->input + len,
			   PS_CONNECTION_READ_MAX, 0);
	} while (now < 0 && errno == EINTR);
	if (now == 0 || (now < 0 && errno != EAGAIN))
		return -1;
	return (ssize_t)len + (now < 0 ? 0 : now);
}

static enum ps_request answer_one(struct ps_desk *desk)
{
	const struct ps_protocol *protocol = desk->protocol;

	if (protocol->answer_soon != NULL)
		return protocol->answer_soon(desk->ctx, desk->work, &desk->rest,
					     &desk->replies);
	return protocol->answer(desk->ctx, &desk->rest, &desk->replies);
}

/* False: not yet. */
static bool answer(struct ps_connection *connection, struct ps_desk *desk)
{
	enum ps_request request;

	do {
		request = answer_one(desk);
		if (request == PS_REQUEST_WAITS)
			return false;
		desk->count += request != PS_REQUEST_PART;
	} while (request == PS_REQUEST_ANSWERED &&
		 desk->count < PS_CONNECTION_TURN_MAX &&
		 desk->replies.len < PS_CONNECTION_GATHER_MAX &&
		 !desk->replies.failed);
	connection->unread =
		request == PS_REQUEST_ANSWERED && !ps_cursor_done(&desk->rest);
	connection->last =
		request == PS_REQUEST_LAST ||
		(request == PS_REQUEST_PART &&
		 ps_cursor_rest(&desk->rest).len > desk->protocol->request_max);
	return true;
}

static bool keep_input(struct ps_connection *connection,
		       const struct ps_desk *desk, struct ps_bytes rest)
{
	if (rest.len == 0 || connection->last)
		return true;
	connection->input = PS_BUFFER(input_max(desk->protocol));
	ps_buffer_bytes(&connection->input, rest);
	return !connection->input.failed;
}

static void clear_replies(struct ps_desk *desk)
{
	if (desk->replies.size > REPLIES_KEPT)
		ps_buffer_free(&desk->replies);
	ps_buffer_reset(&desk->replies);
}

enum ps_wait ps_connection_go_on(struct ps_connection *connection,
				 struct ps_desk *desk, bool *progress_r)
{
	bool all, gone;

	*progress_r = false;
	if (!answer(connection, desk))
		return PS_WAIT_ANSWER;
	all = send_replies(connection, &desk->replies, &gone);
	clear_replies(desk);
	if (gone || !keep_input(connection, desk, ps_cursor_rest(&desk->rest)))
		return PS_WAIT_OVER;
	*progress_r = all && (desk->sent || desk->count > 0);
	if (!all)
		return PS_WAIT_OUTPUT;
	if (connection->last)
		return PS_WAIT_OVER;
	return connection->unread ? PS_WAIT_TURN : PS_WAIT_INPUT;
}

enum ps_wait ps_connection_turn(struct ps_connection *connection,
				struct ps_desk *desk, bool *progress_r)
{
	bool gone;
	ssize_t len;

	*progress_r = false;
	desk->sent = connection->output.len > 0;
	if (desk->sent && !send_waiting(connection, &gone))
		return gone ? PS_WAIT_OVER : PS_WAIT_OUTPUT;
	if (connection->last) {
		*progress_r = desk->sent;
		return PS_WAIT_OVER;
	}
	len = take_input(connection, desk);
	if (len < 0)
		return PS_WAIT_OVER;
	desk->rest =
		ps_cursor_of((struct ps_bytes){ desk->input, (size_t)len });
	desk->count = 0;
	return ps_connection_go_on(connection, desk, progress_r);
}
