/*
 * echo_policy.c - what answering a policy request costs at least: reads up to
 * the empty line, says DUNNO, understands nothing.
 *
 * usage: echo_policy SOCKET
 */

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define REQUEST_MAX 8192

static void *serve(void *ctx)
{
	static const char answer[] = "action=DUNNO\n\n";
	const int fd = (int)(intptr_t)ctx;
	char request[REQUEST_MAX];
	size_t len = 0;
	ssize_t got;

	while ((got = recv(fd, request + len, sizeof(request) - len, 0)) > 0) {
		len += (size_t)got;
		if (len < 2 || memcmp(request + len - 2, "\n\n", 2) != 0)
			continue;
		len = 0;
		if (send(fd, answer, sizeof(answer) - 1, MSG_NOSIGNAL) < 0)
			break;
	}
	(void)close(fd);
	return NULL;
}

int main(int argc, char **argv)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	pthread_t thread;
	int listening, fd;

	if (argc != 2 || strlen(argv[1]) >= sizeof(name.sun_path))
		return 2;
	memcpy(name.sun_path, argv[1], strlen(argv[1]));
	listening = socket(AF_UNIX, SOCK_STREAM, 0);
	if (listening < 0 ||
	    bind(listening, (struct sockaddr *)&name, sizeof(name)) < 0 ||
	    listen(listening, 1024) < 0) {
		perror(argv[1]);
		return 1;
	}
	while ((fd = accept(listening, NULL, NULL)) >= 0) {
		if (pthread_create(&thread, NULL, serve,
				   (void *)(intptr_t)fd) != 0)
			return 1;
		(void)pthread_detach(thread);
	}
	return 1;
}
