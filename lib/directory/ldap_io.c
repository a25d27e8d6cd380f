/* ldap_io.c - no read or write of libldap waits longer than it may. */

#include "directory/ldap_io.h"

#include <errno.h>
#include <lber.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

long long ps_ldap_now(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct timeval ps_ldap_left(long long until)
{
	long long left = until - ps_ldap_now();

	if (left < 1)
		left = 1;
	return (struct timeval){ .tv_sec = left / 1000,
				 .tv_usec = left % 1000 * 1000 };
}

void ps_ldap_quiet_begin(struct ps_ldap_quiet *quiet)
{
	sigset_t pipe, pending;

	(void)sigemptyset(&pipe);
	(void)sigaddset(&pipe, SIGPIPE);
	(void)sigemptyset(&pending);
	(void)sigpending(&pending);
	quiet->pending = sigismember(&pending, SIGPIPE) == 1;
	(void)pthread_sigmask(SIG_BLOCK, &pipe, &quiet->before);
}

void ps_ldap_quiet_end(const struct ps_ldap_quiet *quiet)
{
	static const struct timespec now;
	sigset_t pipe;

	(void)sigemptyset(&pipe);
	(void)sigaddset(&pipe, SIGPIPE);
	if (!quiet->pending && sigismember(&quiet->before, SIGPIPE) == 0)
		(void)sigtimedwait(&pipe, NULL, &now);
	(void)pthread_sigmask(SIG_SETMASK, &quiet->before, NULL);
}

/* ---- the layer ---- */

static int fd_of(Sockbuf_IO_Desc *sbiod)
{
	int fd = -1;

	(void)ber_sockbuf_ctrl(sbiod->sbiod_sb, LBER_SB_OPT_GET_FD, &fd);
	return fd;
}

/* What errno says of a try: is another to be made?  No, with errno, when it has
 * not become ready before the time is over. */
static bool try_again(Sockbuf_IO_Desc *sbiod, short events)
{
	const struct ps_ldap_io *io = sbiod->sbiod_pvt;
	struct pollfd fd = { .fd = fd_of(sbiod), .events = events };
	long long left;
	int ready;

	if (errno == EINTR)
		return true;
	if (errno != EAGAIN && errno != EWOULDBLOCK)
		return false;
	do {
		left = io->until - ps_ldap_now();
		ready = poll(&fd, 1, left > 0 ? (int)left : 0);
	} while (ready < 0 && errno == EINTR);
	if (ready == 0)
		errno = ETIMEDOUT;
	return ready > 0;
}

static int set_up(Sockbuf_IO_Desc *sbiod, void *io)
{
	sbiod->sbiod_pvt = io;
	return 0;
}

static int tear_down(Sockbuf_IO_Desc *sbiod)
{
	sbiod->sbiod_pvt = NULL;
	return 0;
}

/* libldap asks before it waits for the socket, through TLS as well. */
static int control(Sockbuf_IO_Desc *sbiod, int option, void *argument)
{
	const struct ps_ldap_io *io = sbiod->sbiod_pvt;

	if (option == LBER_SB_OPT_DATA_READY && io->at < io->end)
		return 1;
	return LBER_SBIOD_CTRL_NEXT(sbiod, option, argument);
}

/* Not by the layer below, which would wait, and write(2) without asking for the
 * signal to be left out. */
static ssize_t receive(Sockbuf_IO_Desc *sbiod, void *data, size_t len)
{
	ssize_t got;

	do
		got = recv(fd_of(sbiod), data, len, MSG_DONTWAIT);
	while (got < 0 && try_again(sbiod, POLLIN));
	return got;
}

static ber_slen_t read_in_time(Sockbuf_IO_Desc *sbiod, void *data,
			       ber_len_t len)
{
	struct ps_ldap_io *io = sbiod->sbiod_pvt;
	ssize_t got;

	if (io->at == io->end && len >= sizeof(io->ahead))
		return receive(sbiod, data, len);
	if (io->at == io->end) {
		got = receive(sbiod, io->ahead, sizeof(io->ahead));
		if (got <= 0)
			return got;
		io->at = 0;
		io->end = (size_t)got;
	}
	if (len > io->end - io->at)
		len = io->end - io->at;
	memcpy(data, io->ahead + io->at, len);
	io->at += len;
	return (ber_slen_t)len;
}

static ber_slen_t write_in_time(Sockbuf_IO_Desc *sbiod, void *data,
				ber_len_t len)
{
	ssize_t sent;

	do
		sent = send(fd_of(sbiod), data, len,
			    MSG_DONTWAIT | MSG_NOSIGNAL);
	while (sent < 0 && try_again(sbiod, POLLOUT));
	return sent;
}

static int close_next(Sockbuf_IO_Desc *sbiod)
{
	(void)sbiod;
	return 0;
}

static Sockbuf_IO layer = { .sbi_setup = set_up,
			    .sbi_remove = tear_down,
			    .sbi_ctrl = control,
			    .sbi_read = read_in_time,
			    .sbi_write = write_in_time,
			    .sbi_close = close_next };

static int on_connect(LDAP *ld, Sockbuf *sb, LDAPURLDesc *server,
		      struct sockaddr *address, ldap_conncb *hook)
{
	struct ps_ldap_io *io = hook->lc_arg;

	(void)ld;
	(void)server;
	(void)address;
	io->at = io->end = 0;
	/* Under TLS, which is of level TRANSPORT. */
	return ber_sockbuf_add_io(sb, &layer, LBER_SBIOD_LEVEL_PROVIDER + 5,
				  io);
}

static void on_disconnect(LDAP *ld, Sockbuf *sb, ldap_conncb *hook)
{
	(void)ld;
	(void)sb;
	(void)hook;
}

int ps_ldap_io_attach(struct ps_ldap_io *io, LDAP *ld)
{
	io->hook = (ldap_conncb){ .lc_add = on_connect,
				  .lc_del = on_disconnect,
				  .lc_arg = io };
	return ldap_set_option(ld, LDAP_OPT_CONNECT_CB, &io->hook) == 0
		       ? LDAP_SUCCESS
		       : LDAP_NO_MEMORY;
}
