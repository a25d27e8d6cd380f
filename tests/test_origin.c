/* test_origin.c - whose mail is this? */

#include "milter/origin.h"

#include "table.h"

#include <stdio.h>
#include <string.h>

static const struct row {
	const char *name, *ip, *host, *daemon, *login, *origin;
	unsigned int port;
	const char *why; /* a word of it */
} rows[] = {
	{ "a login", "192.0.2.1", "h.test", "smtpd", "alice", "out", 25000,
	  "login" },
	{ "a login from a backup MX", "10.8.0.1", "h.test", "smtpd", "alice",
	  "out", 25000, "login" },
	{ "a named daemon", "192.0.2.1", "h.test", "SUBMISSION", "", "out",
	  25000, "originating_daemons" },
	{ "named almost alike", "192.0.2.1", "h.test", "submission", "", "in",
	  25000, "none" },
	{ "an internal network", "10.1.2.3", "h.test", "smtpd", "", "out",
	  25000, "internal" },
	{ "an internal network, IPv6", "2001:db8::5", "h.test", "smtpd", "",
	  "out", 25000, "internal" },
	{ "a relay in an internal network is a relay", "10.9.0.1", "h.test",
	  "smtpd", "", "trusted", 25000, "trusted" },
	{ "a backup MX in the relays' network is a backup MX", "10.9.8.1",
	  "h.test", "smtpd", "", "backup", 25000, "backup" },
	{ "sendmail(1) and bounces in Postfix, loopback not internal",
	  "127.0.0.1", "localhost", "smtpd", "", "out", 0, "no connection" },
	{ "the same, IPv6", "::1", "localhost", "smtpd", "", "out", 0,
	  "no connection" },
	{ "loopback with a connection, not internal", "127.0.0.1", "localhost",
	  "smtpd", "", "in", 25000, "none" },
	{ "sendmail(1) in Sendmail: localhost without an address", "",
	  "localhost", "MTA", "", "out", 0, "no connection" },
	{ "a client nobody could name", "", "unknown", "smtpd", "", "in", 0,
	  "none" },
	{ "port 0, but not here", "192.0.2.1", "localhost", "smtpd", "", "in",
	  0, "none" },
	{ "a stranger", "192.0.2.1", "localhost", "smtpd", "", "in", 25000,
	  "none" },
	{ "no daemon name is no name", "192.0.2.1", "h.test", "", "", "in",
	  25000, "none" },
};

static void check(const struct row *row)
{
	static const struct ps_net internal[] = {
		{ { 32, { 10 } }, 8 },
		{ { 128, { 0x20, 0x01, 0x0d, 0xb8 } }, 32 },
	};
	static const struct ps_net relays[] = { { { 32, { 10, 9 } }, 16 } };
	static const struct ps_net backups[] = { { { 32, { 10, 8 } }, 16 },
						 { { 32, { 10, 9, 8 } }, 24 } };
	static const char *const daemons[] = { "", "SUBMISSION" };
	static const struct ps_config_milter config = {
		.internal_networks = { 2, internal },
		.trusted_relays = { 1, relays },
		.backup_mx = { 2, backups },
		.originating_daemons = { 2, daemons },
	};
	struct ps_client client = { .port = row->port };
	const char *why;

	(void)ps_ip_parse(row->ip, &client.ip);
	snprintf(client.host, sizeof(client.host), "%s", row->host);
	snprintf(client.daemon, sizeof(client.daemon), "%s", row->daemon);
	assert_string_equal(ps_origin_name(ps_origin_why(&config, &client,
							 row->login, &why)),
			    row->origin);
	if (strstr(why, row->why) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", why, row->why);
}

TABLE_MAIN(rows, check)
