/* http.c - short documents over HTTP, by libmicrohttpd in a thread of ours. */

#include "milter/http.h"

#include "directory/log.h"
#include "io/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* Of one client's request, as of each buffer of libmicrohttpd's; ours. */
#define MEMORY_MAX 16384
/* While more than this many are there, the oldest has to go: libmicrohttpd
 * takes no more than PS_HTTP_CLIENTS_MAX, and would let others wait. */
#define CROWD	   (PS_HTTP_CLIENTS_MAX / 2)
#define ROUND_MS   1000 /* how often the time is looked at; ours */

struct client {
	int fd; /* -1: nobody; libmicrohttpd's */
	bool leaving;
	uint64_t since; /* monotonic microseconds */
};

struct ps_http {
	ps_http_document *document;
	void *ctx;
	size_t count;
	struct MHD_Daemon *daemon[PS_SOCKETS_MAX];
	struct client client[PS_SOCKETS_MAX * PS_HTTP_CLIENTS_MAX];
	atomic_uint clients;
	atomic_ulong requests;
	pthread_t thread;
	bool running;
	int stop; /* eventfd */
};

/* ---- who is there ---- */

static void let_go(struct client *client)
{
	client->leaving = true;
	(void)shutdown(client->fd, SHUT_RDWR);
}

/* Whoever has been there longest, of those who may still stay. */
static struct client *oldest(struct ps_http *http, unsigned int *staying_r)
{
	struct client *found = NULL, *client;
	size_t i;

	*staying_r = 0;
	for (i = 0; i < PS_SOCKETS_MAX * PS_HTTP_CLIENTS_MAX; i++) {
		client = &http->client[i];
		if (client->fd < 0 || client->leaving)
			continue;
		(*staying_r)++;
		if (found == NULL || client->since < found->since)
			found = client;
	}
	return found;
}

static void make_room(struct ps_http *http)
{
	unsigned int staying;
	struct client *client = oldest(http, &staying);

	if (client != NULL && staying > CROWD)
		let_go(client);
}

static void enter(struct ps_http *http, int fd, void **place_r)
{
	size_t i = 0;

	while (i < PS_SOCKETS_MAX * PS_HTTP_CLIENTS_MAX &&
	       http->client[i].fd >= 0)
		i++;
	*place_r = NULL;
	if (i == PS_SOCKETS_MAX * PS_HTTP_CLIENTS_MAX)
		return;
	http->client[i] =
		(struct client){ .fd = fd, .since = ps_clock_monotonic_us() };
	*place_r = &http->client[i];
	atomic_fetch_add(&http->clients, 1);
	make_room(http);
}

static void on_client(void *ctx, struct MHD_Connection *connection,
		      void **place, enum MHD_ConnectionNotificationCode what)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct ps_http *http = ctx;
	struct client *client;

	switch (what) {
	case MHD_CONNECTION_NOTIFY_STARTED:
		enter(http, info->connect_fd, place);
		break;
	case MHD_CONNECTION_NOTIFY_CLOSED:
		client = *place;
		if (client == NULL)
			break;
		client->fd = -1;
		atomic_fetch_sub(&http->clients, 1);
		break;
	}
}

/* However busy it keeps its connection, a client's time ends. */
static void show_out(struct ps_http *http)
{
	const uint64_t now = ps_clock_monotonic_us();
	struct client *client;
	size_t i;

	for (i = 0; i < PS_SOCKETS_MAX * PS_HTTP_CLIENTS_MAX; i++) {
		client = &http->client[i];
		if (client->fd >= 0 && !client->leaving &&
		    now - client->since >=
			    PS_HTTP_CLIENT_SECONDS * UINT64_C(1000000))
			let_go(client);
	}
}

/* ---- one request ---- */

static bool is_asking(const char *method)
{
	return strcmp(method, MHD_HTTP_METHOD_GET) == 0 ||
	       strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
}

static void describe(struct ps_http *http, const char *path, const char *method,
		     struct ps_http_answer *answer)
{
	if (is_asking(method)) {
		http->document(http->ctx, path, answer);
	} else {
		answer->status = MHD_HTTP_METHOD_NOT_ALLOWED;
		ps_buffer_text(&answer->body, "only GET and HEAD\n");
	}
	if (!answer->body.failed)
		return;
	ps_buffer_reset(&answer->body);
	ps_buffer_text(&answer->body, "out of memory, or too long\n");
	answer->status = MHD_HTTP_INTERNAL_SERVER_ERROR;
	answer->type = "text/plain";
}

static bool add_fields(struct MHD_Response *response,
		       const struct ps_http_answer *answer)
{
	return MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
				       answer->type) == MHD_YES &&
	       MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION,
				       "close") == MHD_YES &&
	       MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL,
				       "no-store") == MHD_YES &&
	       (answer->status != MHD_HTTP_METHOD_NOT_ALLOWED ||
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW,
					"GET, HEAD") == MHD_YES);
}

/* Answered before a body is read: nobody has a reason to send one. */
static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection,
				  const char *path, const char *method,
				  const char *version, const char *data,
				  size_t *size, void **request)
{
	struct ps_http *http = ctx;
	struct ps_http_answer answer = { .status = MHD_HTTP_OK,
					 .type = "text/plain",
					 .body = PS_BUFFER(PS_HTTP_BODY_MAX) };
	struct MHD_Response *response;
	enum MHD_Result result = MHD_NO;

	(void)version;
	(void)data;
	(void)size;
	(void)request;
	atomic_fetch_add(&http->requests, 1);
	describe(http, path, method, &answer);
	response = MHD_create_response_from_buffer(
		answer.body.len,
		(void *)(uintptr_t)ps_buffer_cstr(&answer.body),
		MHD_RESPMEM_MUST_COPY);
	if (response != NULL && add_fields(response, &answer))
		result =
			MHD_queue_response(connection, answer.status, response);
	if (response != NULL)
		MHD_destroy_response(response);
	ps_buffer_free(&answer.body);
	return result;
}

/* ---- the thread ---- */

/* At most a round, and no longer than libmicrohttpd can wait. */
static int wait_for(struct ps_http *http, struct pollfd *ends)
{
	MHD_UNSIGNED_LONG_LONG most = ROUND_MS, own;
	size_t i;

	for (i = 0; i < http->count; i++) {
		ends[i] = (struct pollfd){
			.fd = MHD_get_daemon_info(http->daemon[i],
						  MHD_DAEMON_INFO_EPOLL_FD)
				      ->epoll_fd,
			.events = POLLIN
		};
		if (MHD_get_timeout(http->daemon[i], &own) == MHD_YES &&
		    own < most)
			most = own;
	}
	ends[i] = (struct pollfd){ .fd = http->stop, .events = POLLIN };
	return poll(ends, http->count + 1, (int)most);
}

static void *run(void *ctx)
{
	struct ps_http *http = ctx;
	struct pollfd ends[PS_SOCKETS_MAX + 1];
	size_t i;

	for (;;) {
		if (wait_for(http, ends) < 0 && errno != EINTR)
			break;
		if (ends[http->count].revents != 0)
			break;
		for (i = 0; i < http->count; i++)
			(void)MHD_run(http->daemon[i]);
		show_out(http);
	}
	return NULL;
}

static atomic_bool given_up; /* libmicrohttpd hands no pointer through */

/* libmicrohttpd would abort; mail goes on without it. */
static void on_panic(void *ctx, const char *file, unsigned int line,
		     const char *reason)
{
	(void)ctx;
	ps_log(PS_LOG_ERROR,
	       "metrics: libmicrohttpd gives up, nothing is served any more: "
	       "%s (%s:%u)",
	       reason == NULL ? "no reason" : reason, file, line);
	atomic_store(&given_up, true);
	pthread_exit(NULL);
}

/* libmicrohttpd closes what it listens at. */
static struct MHD_Daemon *listen_at(struct ps_http *http, int fd)
{
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	struct MHD_Daemon *daemon;

	if (own < 0)
		return NULL;
	daemon = MHD_start_daemon(
		MHD_USE_EPOLL, 0, NULL, NULL, on_request, http,
		MHD_OPTION_LISTEN_SOCKET, own, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned int)PS_HTTP_CLIENTS_MAX,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT,
		(unsigned int)PS_HTTP_CLIENT_SECONDS,
		MHD_OPTION_NOTIFY_CONNECTION, on_client, http, MHD_OPTION_END);
	if (daemon == NULL)
		close(own);
	return daemon;
}

static bool start(struct ps_http *http, const struct ps_listening *listening)
{
	size_t i;

	http->stop = eventfd(0, EFD_CLOEXEC);
	if (http->stop < 0)
		return false;
	for (i = 0; i < listening->count; i++) {
		http->daemon[i] = listen_at(http, listening->fd[i]);
		if (http->daemon[i] == NULL)
			return false;
		http->count++;
	}
	http->running = pthread_create(&http->thread, NULL, run, http) == 0;
	return http->running;
}

int ps_http_new(const struct ps_listening *listening,
		ps_http_document *document, void *ctx, struct ps_http **http_r)
{
	struct ps_http *http = calloc(1, sizeof(*http));
	size_t i;

	*http_r = http;
	if (http == NULL)
		return -1;
	MHD_set_panic_func(on_panic, NULL);
	http->document = document;
	http->ctx = ctx;
	for (i = 0; i < PS_SOCKETS_MAX * PS_HTTP_CLIENTS_MAX; i++)
		http->client[i].fd = -1;
	if (start(http, listening))
		return 0;
	ps_http_free(http_r);
	return -1;
}

unsigned long ps_http_requests(const struct ps_http *http)
{
	return atomic_load(&http->requests);
}

unsigned int ps_http_clients(const struct ps_http *http)
{
	return atomic_load(&http->clients);
}

void ps_http_free(struct ps_http **http_p)
{
	struct ps_http *http = *http_p;
	const uint64_t one = 1;

	if (http == NULL)
		return;
	if (http->running) {
		while (write(http->stop, &one, sizeof(one)) < 0 &&
		       errno == EINTR)
			;
		pthread_join(http->thread, NULL);
	}
	while (http->count > 0 && !atomic_load(&given_up))
		MHD_stop_daemon(http->daemon[--http->count]);
	if (http->stop >= 0)
		close(http->stop);
	free(http);
	*http_p = NULL;
}
