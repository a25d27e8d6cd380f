/* test_resolver_setup.c - settings the resolver refuses, and says which. */

#include "table.h"

#include "asking.h"
#include "name_server.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DS                                                                     \
	"20326 8 2 "                                                           \
	"E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n"

static char folder[] = "/tmp/postseal-anchor-XXXXXX";

/* In the text of a row, "ANCHOR" is the path of the row's file. */
static const struct row {
	const char *name;
	const char *servers[3];
	const char *anchor; /* what the file holds; NULL: none is named */
	const char *want;   /* the sentence; NULL: good */
} rows[] = {
#define SERVER(name, server, want)                                             \
	{                                                                      \
		name, { server }, NULL, want                                   \
	}
#define ANCHOR(name, text, want)                                               \
	{                                                                      \
		name, { "127.0.0.1" }, text, want                              \
	}
	SERVER("IPv4", "127.0.0.1", NULL),
	SERVER("IPv4 and a port", "127.0.0.1@5353", NULL),
	SERVER("IPv6", "::1", NULL),
	SERVER("IPv6 and a port", "::1@5353", NULL),
	{ "three servers", { "127.0.0.1", "::1", "192.0.2.1" }, NULL, NULL },
	{ "none: /etc/resolv.conf", { NULL }, NULL, NULL },
	SERVER("a name", "ns.test", "dns.servers ns.test: syntax error"),
	SERVER("no address", "127.0.0.256",
	       "dns.servers 127.0.0.256: syntax error"),
	SERVER("a colon before the port", "127.0.0.1:53",
	       "dns.servers 127.0.0.1:53: syntax error"),
	SERVER("no port behind the at", "127.0.0.1@",
	       "dns.servers 127.0.0.1@: syntax error"),
	SERVER("a name as the port", "127.0.0.1@domain",
	       "dns.servers 127.0.0.1@domain: syntax error"),
	SERVER("nothing", "", "dns.servers: syntax error"),
	{ "the second of two",
	  { "127.0.0.1", "x" },
	  NULL,
	  "dns.servers x: syntax error" },
	ANCHOR("anchor: DS", ". IN DS " DS, NULL),
	ANCHOR("anchor: no file", "missing",
	       "dns.trust_anchor_file ANCHOR: No such file or directory"),
	ANCHOR("anchor: a folder", "folder",
	       "dns.trust_anchor_file ANCHOR: is not a regular file, or "
	       "empty"),
	ANCHOR("anchor: an empty file", "",
	       "dns.trust_anchor_file ANCHOR: is not a regular file, or "
	       "empty"),
	ANCHOR("anchor: not a zone file", "this is no key\n",
	       "dns.trust_anchor_file ANCHOR: libunbound cannot read it as "
	       "trust anchors"),
#undef SERVER
#undef ANCHOR
};

/* "missing" and "folder" say so. */
static void make_anchor(const char *path, const char *text)
{
	int fd;

	(void)unlink(path);
	(void)rmdir(path);
	if (strcmp(text, "missing") == 0)
		return;
	if (strcmp(text, "folder") == 0) {
		assert_int_equal(mkdir(path, 0700), 0);
		return;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void expand(const char *want, const char *path, struct ps_buffer *out)
{
	const char *at = strstr(want, "ANCHOR");

	if (at == NULL) {
		ps_buffer_text(out, want);
		return;
	}
	ps_buffer_add(out, want, (size_t)(at - want));
	ps_buffer_text(out, path);
	ps_buffer_text(out, at + strlen("ANCHOR"));
}

static void check(const struct row *row)
{
	struct ps_config_dns config = { .cache_records = 100,
					.cache_ttl_max = 300,
					.servers = { 0, row->servers } };
	char path[64], error[PS_CONFIG_ERROR_MAX] = "";
	struct ps_buffer want = PS_BUFFER(1024);
	struct ps_resolver *resolver;

	if (row->servers[0] == NULL && access("/etc/resolv.conf", R_OK) < 0)
		return;
	snprintf(path, sizeof(path), "%s/anchor", folder);
	while (config.servers.count < TABLE_COUNT(row->servers) &&
	       row->servers[config.servers.count] != NULL)
		config.servers.count++;
	if (row->anchor != NULL) {
		config.trust_anchor_file = path;
		make_anchor(path, row->anchor);
	}
	if (row->want != NULL)
		expand(row->want, path, &want);
	assert_int_equal(ps_resolver_new(&config, &resolver, error),
			 row->want == NULL ? 0 : -1);
	assert_string_equal(error, ps_buffer_cstr(&want));
	assert_int_equal(resolver == NULL, row->want != NULL);
	ps_resolver_free(&resolver);
	ps_buffer_free(&want);
}

/* What an anchor covers must be signed; ours is not.  The rest need not, nor
 * must what only a private net has. */
static void check_validation(void **state)
{
	static const char *const zones[] = { "test",
					     "a A 192.0.2.1\n",
					     "example",
					     "a A 192.0.2.2\n",
					     "10.in-addr.arpa",
					     "1.0.0 PTR lan.test.\n",
					     NULL };
	struct name_server *server = name_server_new(zones, 0);
	struct ps_buffer words = PS_BUFFER(1024);
	char path[64], address[32], error[PS_CONFIG_ERROR_MAX];
	const char *servers[] = { address };
	const struct ps_config_dns config = { .servers = { 1, servers },
					      .cache_records = 100,
					      .cache_ttl_max = 300,
					      .trust_anchor_file = path };
	struct ps_resolver *resolver;

	(void)state;
	snprintf(address, sizeof(address), "127.0.0.1@%u",
		 name_server_port(server));
	snprintf(path, sizeof(path), "%s/anchor", folder);
	make_anchor(path, "test. IN DS " DS "in-addr.arpa. IN DS " DS);
	assert_int_equal(ps_resolver_new(&config, &resolver, error), 0);
	asking_once(resolver, "a.test", PS_DNS_A, &words);
	asking_once(resolver, "none.test", PS_DNS_A, &words);
	asking_once(resolver, "a.example", PS_DNS_A, &words);
	asking_once(resolver, "1.0.0.10.in-addr.arpa", PS_DNS_PTR, &words);
	assert_string_equal(ps_buffer_cstr(&words),
			    "tempfailtempfail192.0.2.2;lan.test;");
	assert_int_equal(asking_stats(resolver).cached, 2);
	ps_resolver_free(&resolver);
	name_server_free(&server);
	ps_buffer_free(&words);
}

/* A reload with the same settings keeps what is cached. */
static void check_again(void **state)
{
	static const char *const zones[] = { "test", "a A 192.0.2.1\n", NULL };
	struct name_server *server = name_server_new(zones, 0);
	struct ps_buffer words = PS_BUFFER(1024);
	char path[64], address[32], error[PS_CONFIG_ERROR_MAX];
	const char *servers[] = { address, "192.0.2.1" };
	struct ps_config_dns config = { .servers = { 1, servers },
					.cache_records = 100,
					.cache_ttl_max = 300,
					.trust_anchor_file = path };
	struct ps_resolver *first, *again, *other;

	(void)state;
	snprintf(address, sizeof(address), "127.0.0.1@%u",
		 name_server_port(server));
	snprintf(path, sizeof(path), "%s/anchor", folder);
	make_anchor(path, "other. IN DS " DS);
	assert_int_equal(ps_resolver_new(&config, &first, error), 0);
	asking_once(first, "a.test", PS_DNS_A, &words);
	config.timeout = 3;
	again = ps_resolver_again(first, &config);
	assert_ptr_equal(again, first);
	other = first;
	ps_resolver_free(&other);
	assert_null(other);
	asking_once(again, "a.test", PS_DNS_A, &words);
	assert_string_equal(ps_buffer_cstr(&words), "192.0.2.1;192.0.2.1;");
	assert_int_equal(asking_stats(again).cache_hits, 1);
	config.servers.count = 2;
	assert_null(ps_resolver_again(again, &config));
	config.servers.count = 1;
	config.cache_records = 50;
	assert_null(ps_resolver_again(again, &config));
	config.cache_records = 100;
	make_anchor(path, "another. IN DS " DS);
	assert_null(ps_resolver_again(again, &config));
	ps_resolver_free(&again);
	name_server_free(&server);
	ps_buffer_free(&words);
}

static void run(void **state)
{
	check(*state);
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "%s/anchor", folder);
	make_anchor(path, "missing");
	return rmdir(folder);
}

int main(void)
{
	static struct CMUnitTest tests[TABLE_COUNT(rows) + 2];

	TABLE_TESTS(tests, rows, run);
	tests[TABLE_COUNT(rows)] =
		(struct CMUnitTest){ .name = "anchor: what is not signed",
				     .test_func = check_validation };
	tests[TABLE_COUNT(rows) + 1] =
		(struct CMUnitTest){ .name = "again, where nothing differs",
				     .test_func = check_again };
	return _cmocka_run_group_tests(__FILE__, tests, TABLE_COUNT(tests),
				       set_up, tear_down);
}
