/* name_server.c - nsd as a child of the test. */

#include "name_server.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NSD	  "/usr/sbin/nsd"
#define PATH_SIZE 512
#define START_MAX 100 /* tenths of a second */

struct name_server {
	struct name_server *next;
	char folder[64];
	unsigned int port;
	pid_t pid;
};

static struct name_server *servers; /* running */

static void die(const char *what)
{
	perror(what);
	abort();
}

int name_server_socket(int type, unsigned int *port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)*port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	if (bind(fd, (struct sockaddr *)&address, len) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) < 0) {
		close(fd);
		return -1;
	}
	*port = ntohs(address.sin_port);
	return fd;
}

unsigned int name_server_free_port(void)
{
	unsigned int port;
	int udp, tcp;

	do {
		port = 0;
		udp = name_server_socket(SOCK_DGRAM, &port);
		tcp = name_server_socket(SOCK_STREAM, &port);
		close(udp);
	} while (tcp < 0);
	close(tcp);
	return port;
}

static FILE *open_in(const char *folder, const char *name)
{
	char path[PATH_SIZE];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	if (file == NULL)
		die(path);
	return file;
}

static void write_config(const struct name_server *server,
			 const char *const *zones)
{
	FILE *config = open_in(server->folder, "nsd.conf"), *zone;

	fprintf(config,
		"server:\n ip-address: 127.0.0.1@%u\n username: \"\"\n"
		" server-count: 1\n zonesdir: \"%s\"\n database: \"\"\n"
		" pidfile: \"nsd.pid\"\n xfrdfile: \"xfrd.state\"\n"
		" xfrdir: \"%s\"\n zonelistfile: \"zone.list\"\n"
		" logfile: \"log\"\nremote-control:\n control-enable: no\n",
		server->port, server->folder, server->folder);
	for (; zones[0] != NULL; zones += 2) {
		fprintf(config, "zone:\n name: \"%s\"\n zonefile: \"%s\"\n",
			zones[0], zones[0]);
		/* A zone whose file is missing is answered with SERVFAIL. */
		if (strcmp(zones[1], "!") == 0)
			continue;
		zone = open_in(server->folder, zones[0]);
		fprintf(zone,
			"$ORIGIN %s.\n$TTL 300\n"
			"@ SOA ns hostmaster 1 3600 600 86400 300\n"
			"@ NS ns\nns A 127.0.0.1\n%s",
			zones[0], zones[1]);
		fclose(zone);
	}
	fclose(config);
}

static void run_nsd(const struct name_server *server)
{
	char config[PATH_SIZE];
	sigset_t none;
	int null;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	snprintf(config, sizeof(config), "%s/nsd.conf", server->folder);
	null = open("/dev/null", O_RDWR);
	dup2(null, 0);
	dup2(null, 1);
	execl(NSD, NSD, "-d", "-c", config, (char *)NULL);
	_exit(127);
}

static void show_log(const struct name_server *server)
{
	char line[PATH_SIZE];
	FILE *file;

	snprintf(line, sizeof(line), "%s/log", server->folder);
	file = fopen(line, "r");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		fputs(line, stderr);
	if (file != NULL)
		fclose(file);
}

/* A query for the root's SOA over UDP is answered, whatever with. */
static int answers(const struct name_server *server)
{
	static const char query[] = "\0\1\0\0\0\1\0\0\0\0\0\0\0\0\6\0\1";
	const struct timeval tenth = { .tv_usec = 100000 };
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)server->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	char reply[512];
	ssize_t got = -1;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tenth, sizeof(tenth));
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) ==
		    0 &&
	    send(fd, query, sizeof(query) - 1, 0) > 0)
		got = recv(fd, reply, sizeof(reply), 0);
	close(fd);
	return got > 0;
}

static void start(struct name_server *server)
{
	const struct timespec tenth = { .tv_nsec = 100000000 };
	int i;

	server->pid = fork();
	if (server->pid < 0)
		die("fork");
	if (server->pid == 0)
		run_nsd(server);
	for (i = 0; !answers(server); i++) {
		if (i == START_MAX ||
		    waitpid(server->pid, NULL, WNOHANG) != 0) {
			show_log(server);
			die(NSD);
		}
		nanosleep(&tenth, NULL);
	}
}

/* Those of tests that failed. */
static void free_all(void)
{
	struct name_server *server;

	while ((server = servers) != NULL)
		name_server_free(&server);
}

struct name_server *name_server_new(const char *const *zones, unsigned int port)
{
	struct name_server *server = calloc(1, sizeof(*server));

	if (server == NULL)
		die("calloc");
	snprintf(server->folder, sizeof(server->folder),
		 "/tmp/postseal-nsd-XXXXXX");
	if (mkdtemp(server->folder) == NULL)
		die(server->folder);
	server->port = port == 0 ? name_server_free_port() : port;
	if (servers == NULL)
		(void)atexit(free_all);
	server->next = servers;
	servers = server;
	write_config(server, zones);
	start(server);
	return server;
}

unsigned int name_server_port(const struct name_server *server)
{
	return server->port;
}

static void remove_folder(const char *path)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;

	if (folder == NULL)
		die(path);
	while ((entry = readdir(folder)) != NULL)
		(void)unlinkat(dirfd(folder), entry->d_name, 0);
	closedir(folder);
	(void)rmdir(path);
}

void name_server_free(struct name_server **server)
{
	struct name_server **at = &servers;

	if (*server == NULL)
		return;
	while (*at != *server)
		at = &(*at)->next;
	*at = (*server)->next;
	kill((*server)->pid, SIGTERM);
	(void)waitpid((*server)->pid, NULL, 0);
	remove_folder((*server)->folder);
	free(*server);
	*server = NULL;
}
