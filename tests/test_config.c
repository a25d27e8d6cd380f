/* test_config.c - the configuration: each sentence of refusal, each default. */

#include "table.h"

#include "directory/config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

static char folder[] = "/tmp/postseal-config-XXXXXX";
static char path[64];

static void put(const char *name, const char *text, size_t len)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0 && write(fd, text, len) == (ssize_t)len);
	assert_int_equal(close(fd), 0);
}

/* The sentence without the file's name before it; "" when it was read. */
static void read_path(const char *name, char error_r[PS_CONFIG_ERROR_MAX])
{
	struct ps_config *config = (void *)&path; /* must be overwritten */
	char error[PS_CONFIG_ERROR_MAX] = "left over";
	size_t len = strlen(name);
	int result = ps_config_read(name, &config, error);

	assert_int_equal(result, error[0] == '\0' ? 0 : -1);
	assert_true((config == NULL) == (result < 0));
	if (result < 0)
		assert_true(strncmp(error, name, len) == 0);
	snprintf(error_r, PS_CONFIG_ERROR_MAX, "%s",
		 result < 0 ? error + len : "");
	if (config != NULL)
		assert_string_equal(config->path, name);
	ps_config_free(&config);
	assert_null(config);
	ps_config_free(&config);
}

/* ---- texts ---- */

struct row {
	const char *name;
	const char *text;
	const char *want; /* behind the file's name; "": it is read */
};

#define NET_REASON                                                             \
	"is not a network (192.0.2.0/24, 2001:db8::/32, no bits behind the "   \
	"prefix)"

#define SOCKET_REASON "is neither unix:/path nor inet:port@address"
#define SERVER_REASON "is not an address, or address@port"

static const struct row rows[] = {
	{ "an empty file", "", "" },
	{ "blanks and comments only", " \t\r\n# a\n// b = 1\n/* c = 2\n */",
	  "" },
	{ "all on one line", "dns { timeout = 5 cache_records = 100 }", "" },
	{ "a comment that ends the file", "user = u # done", "" },
	{ "quotes of both kinds", "user = 'u'\nauthserv_id = \"a\"", "" },
	{ "an empty list", "dns { servers = {} }", "" },
	{ "an empty section", "dns {\n}\n", "" },

	{ "unknown setting", "\ncolour = red\n", ":2: unknown setting colour" },
	{ "unknown setting in a section", "dns {\n timeouts = 1\n}",
	  ":2: unknown setting dns.timeouts" },
	{ "a section's setting outside of it", "timeout = 10",
	  ":1: unknown setting timeout" },
	{ "a setting of another section", "spf {\n timeout = 10\n}",
	  ":2: unknown setting spf.timeout" },
	{ "a top setting in a section", "dns { user = x }",
	  ":1: unknown setting dns.user" },
	{ "names have one case", "User = x", ":1: unknown setting User" },
	{ "unknown section", "\n\nsql {\n}\n", ":3: unknown section sql" },
	{ "a section in a section", "dns {\n spf {\n}\n}",
	  ":2: unknown section spf" },
	{ "a setting written as a section", "user {\n}",
	  ":1: unknown section user" },
	{ "repeated setting", "user = a\n\nuser = a\n",
	  ":3: setting user stands already in line 1" },
	{ "repeated setting in a section", "dns {\ntimeout = 5\ntimeout = 5\n}",
	  ":3: setting dns.timeout stands already in line 2" },
	{ "repeated section", "spf {\n}\ndns {\n}\nspf {\n}\n",
	  ":5: section spf stands here twice" },
	{ "a value added to", "dns {\n servers += {192.0.2.1}\n}",
	  ":2: += is not used here: write the whole value once" },
	{ "a value added to without a blank", "user+= a",
	  ":1: += is not used here: write the whole value once" },

	{ "a number with a leading 0", "dns {\ntimeout = 010\n}",
	  ":2: setting dns.timeout: \"010\" is not a plain decimal number from "
	  "1 to 60" },
	{ "a number in hexadecimal", "dns { timeout = 0x10 }",
	  ":1: setting dns.timeout: \"0x10\" is not a plain decimal number "
	  "from 1 to 60" },
	{ "a negative number", "dns { timeout = -1 }",
	  ":1: setting dns.timeout: \"-1\" is not a plain decimal number from "
	  "1 to 60" },
	{ "a number with a sign", "dns { timeout = \"+5\" }",
	  ":1: setting dns.timeout: \"+5\" is not a plain decimal number from "
	  "1 to 60" },
	{ "a number with a blank", "dns { timeout = \" 5\" }",
	  ":1: setting dns.timeout: \" 5\" is not a plain decimal number from "
	  "1 to 60" },
	{ "a number with a unit", "dns { timeout = 5s }",
	  ":1: setting dns.timeout: \"5s\" is not a plain decimal number from "
	  "1 to 60" },
	{ "a number with a fraction", "dns { timeout = 1.5 }",
	  ":1: setting dns.timeout: \"1.5\" is not a plain decimal number from "
	  "1 to 60" },
	{ "not a number", "dns { timeout = ten }",
	  ":1: setting dns.timeout: \"ten\" is not a plain decimal number from "
	  "1 to 60" },
	{ "no number at all", "dns { timeout = \"\" }",
	  ":1: setting dns.timeout: \"\" is not a plain decimal number from 1 "
	  "to 60" },
	{ "a number beyond 64 bits", "dns { timeout = 18446744073709551621 }",
	  ":1: setting dns.timeout: \"18446744073709551621\" is not a plain "
	  "decimal number from 1 to 60" },

	{ "an unknown word", "sign {\n on_error = accept\n}",
	  ":2: setting sign.on_error: \"accept\" is not one of defer "
	  "unsigned" },
	{ "a word with a capital", "sign { on_error = Defer }",
	  ":1: setting sign.on_error: \"Defer\" is not one of defer unsigned" },
	{ "the beginning of a word", "sign { on_mismatch = rej }",
	  ":1: setting sign.on_mismatch: \"rej\" is not one of unsigned "
	  "reject" },
	{ "a word of three", "sign { from_must_match = yes }",
	  ":1: setting sign.from_must_match: \"yes\" is not one of off domain "
	  "address" },
	{ "a word of four", "dmarc { on_reject = yes }",
	  ":1: setting dmarc.on_reject: \"yes\" is not one of off mark "
	  "quarantine reject" },
	{ "SPF has no quarantine", "spf { on_fail = quarantine }",
	  ":1: setting spf.on_fail: \"quarantine\" is not one of off mark "
	  "reject" },
	{ "no word", "spf { on_fail = \"\" }",
	  ":1: setting spf.on_fail: \"\" is not one of off mark reject" },

	{ "From is not among the fields", "sign {\n fields = {to, subject}\n}",
	  ":2: setting sign.fields must name from" },
	{ "no fields", "sign { fields = {} }",
	  ":1: setting sign.fields must name from" },
	{ "a field with a colon", "sign { oversign = {from, \"to:\"} }",
	  ":1: setting sign.oversign: \"to:\" is not the name of a header "
	  "field" },
	{ "a field with a semicolon", "sign { oversign = {\"a;b\"} }",
	  ":1: setting sign.oversign: \"a;b\" is not the name of a header "
	  "field" },
	{ "a field in UTF-8", "sign { oversign = {\"\303\266\"} }",
	  ":1: setting sign.oversign: \"\303\266\" is not the name of a "
	  "header field" },
	{ "not confirmed, and refused for it",
	  "dmarc { on_unconfirmed = reject }",
	  ":1: setting dmarc.on_unconfirmed: \"reject\" is not one of mark "
	  "quarantine" },
	{ "an address for a domain", "dmarc { forwarders = {a@example.org} }",
	  ":1: setting dmarc.forwarders: \"a@example.org\" is not a domain "
	  "name" },
	{ "a pattern for a domain",
	  "dmarc {\n exempt_domains = {\"*.example.org\"}\n}",
	  ":2: setting dmarc.exempt_domains: \"*.example.org\" is not a domain "
	  "name" },
	{ "an empty domain", "dmarc { exempt_domains = {\"\"} }",
	  ":1: setting dmarc.exempt_domains: \"\" is an empty value in the "
	  "list" },
	{ "LDAP: a filter that is none", "ldap { account_filter = '(a=b' }",
	  ":1: setting ldap.account_filter: \"(a=b\" is not a search filter, "
	  "\"(name=value)\"" },
	{ "LDAP: an attribute that is none", "ldap { login_attribute = 'a=' }",
	  ":1: setting ldap.login_attribute: \"a=\" is not the name of an "
	  "attribute" },
	{ "LDAP: an attribute of several that is none",
	  "ldap { member_attributes = {a, '*'} }",
	  ":1: setting ldap.member_attributes: \"*\" is not the name of an "
	  "attribute" },
	{ "LDAP: an empty filter", "ldap { relay_filter = '' }",
	  ":1: setting ldap.relay_filter: \"\" is empty" },
	{ "LDAP: a URI that is none", "ldap { uris = {'ldap.example.org'} }",
	  ":1: setting ldap.uris: \"ldap.example.org\" is not ldap://, "
	  "ldaps:// "
	  "or ldapi:// with a host or path" },
	{ "LDAP: no URI", "ldap { uris = {} }",
	  ":1: setting ldap.uris has no value" },
	{ "a domain that is none", "arc { seal_domain = 'a b' }",
	  ":1: setting arc.seal_domain: \"a b\" is not a domain name" },
	{ "a domain that is empty", "arc { seal_domain = '' }",
	  ":1: setting arc.seal_domain: \"\" is empty" },
	{ "a list for one domain", "arc { seal_domain = {a.example} }",
	  ":1: setting arc.seal_domain takes one value, no list" },
	{ "eight DNS lists", "dmarc { dnsbl = {a,b,c,d,e,f,g,h} }", "" },
	{ "nine DNS lists", "dmarc { dnsbl = {a,b,c,d,e,f,g,h,i} }",
	  ":1: setting dmarc.dnsbl has more than 8 values" },
	{ "not a network", "milter { backup_mx = {localhost} }",
	  ":1: setting milter.backup_mx: \"localhost\" " NET_REASON },
	{ "the second network is bad",
	  "milter {\n trusted_relays = {10.0.0.0/8,\n 10.0.0.1/8}\n}",
	  ":2: setting milter.trusted_relays: \"10.0.0.1/8\" " NET_REASON },
	{ "eight sockets",
	  "map { sockets = {\"unix:/a\", \"unix:/b\", \"unix:/c\", "
	  "\"unix:/d\", \"unix:/e\", \"unix:/f\", \"unix:/g\", "
	  "\"unix:/h\"} }",
	  "" },
	{ "nine sockets",
	  "map { sockets = {\"unix:/a\", \"unix:/b\", \"unix:/c\", "
	  "\"unix:/d\", \"unix:/e\", \"unix:/f\", \"unix:/g\", "
	  "\"unix:/h\", \"unix:/i\"} }",
	  ":1: setting map.sockets has more than 8 values" },
	{ "no socket in between",
	  "map {\n sockets = {\"unix:/a\", map.sock}\n}",
	  ":2: setting map.sockets: \"map.sock\" " SOCKET_REASON },
	{ "a socket at a host's name",
	  "map { sockets = \"inet:2026@localhost\" }",
	  ":1: setting map.sockets: \"inet:2026@localhost\" " SOCKET_REASON },
	{ "a server by name", "dns { servers = {ns.example.org} }",
	  ":1: setting dns.servers: \"ns.example.org\" " SERVER_REASON },
	{ "a server's port over 65535", "dns { servers = {192.0.2.1@65536} }",
	  ":1: setting dns.servers: \"192.0.2.1@65536\" " SERVER_REASON },
	{ "a server's port 0", "dns { servers = {\"::1@0\"} }",
	  ":1: setting dns.servers: \"::1@0\" " SERVER_REASON },
	{ "a server without a port", "dns { servers = {192.0.2.1@} }",
	  ":1: setting dns.servers: \"192.0.2.1@\" " SERVER_REASON },
	{ "a prefix too long", "milter { internal_networks = {192.0.2.1/33} }",
	  ":1: setting milter.internal_networks: "
	  "\"192.0.2.1/33\" " NET_REASON },
	{ "an octet too many", "milter { internal_networks = {192.0.2.1.1} }",
	  ":1: setting milter.internal_networks: \"192.0.2.1.1\" " NET_REASON },
	{ "an octet too large", "milter { internal_networks = {192.0.2.256} }",
	  ":1: setting milter.internal_networks: \"192.0.2.256\" " NET_REASON },
	{ "a bad IPv6 network",
	  "milter { internal_networks = {\"2001:db8/32\"} }",
	  ":1: setting milter.internal_networks: \"2001:db8/32\" " NET_REASON },
	{ "no network", "milter { internal_networks = {\"\"} }",
	  ":1: setting milter.internal_networks: \"\" " NET_REASON },

	{ "an empty text", "user = \"\"", ":1: setting user: \"\" is empty" },
	{ "an empty file name", "pid_file = ''",
	  ":1: setting pid_file: \"\" is empty" },
	{ "a relative file name", "keys {\n folder = keys\n}",
	  ":2: setting keys.folder: \"keys\" is not an absolute path" },
	{ "an empty value in a list", "milter { exempt_senders = {a, \"\"} }",
	  ":1: setting milter.exempt_senders: \"\" is an empty value in "
	  "the list" },
	{ "a list for a text", "user = {a, b}",
	  ":1: setting user takes one value, no list" },
	{ "a list of one for a number", "dns {\ntimeout = {5} }",
	  ":2: setting dns.timeout takes one value, no list" },
	{ "a text for a list", "dns { servers = 192.0.2.1 }", "" },

	{ "the environment", "user = ${HOME}",
	  ":1: ${ is not expanded and not allowed" },
	{ "the environment in quotes", "\nuser = \"a${HOME}\"",
	  ":2: ${ is not expanded and not allowed" },
	{ "the environment in a comment", "# ${HOME}",
	  ":1: ${ is not expanded and not allowed" },
	{ "a dollar is no environment", "user = \"$HOME $\"", "" },

	{ "an open quote", "user = a\nauthserv_id = \"x\n\n",
	  ":2: the quoted text that begins here has no end" },
	{ "an open single quote", "user = 'x",
	  ":1: the quoted text that begins here has no end" },
	{ "a quote that is quoted", "user = \"x\\\"",
	  ":1: the quoted text that begins here has no end" },
	{ "an open comment", "user = a\n/* b\n c\n",
	  ":2: the comment that begins here has no end" },
	{ "an open section", "user = u\ndns {\n timeout = 5\n",
	  ":4: section dns has no closing }" },
	{ "an open list", "dns {\n servers = {a, b\n",
	  ":3: setting dns.servers: a comma or } is missing" },
	{ "an open list after the comma", "dns {\n servers = {a,",
	  ":2: setting dns.servers: the list has no closing }" },
	{ "a list without commas", "dns { servers = {a b} }",
	  ":1: setting dns.servers: a comma or } is missing" },
	{ "a list in a list", "dns { servers = {{a}} }",
	  ":1: setting dns.servers: the list has no closing }" },
	{ "no value", "user =", ":1: setting user has no value" },
	{ "no value before the end of the section", "dns { timeout = }",
	  ":1: setting dns.timeout has no value" },
	{ "two equals", "user = = a", ":1: setting user has no value" },
	{ "a name alone", "user", ":1: user needs = or {" },
	{ "two names", "user a", ":1: user needs = or {" },
	{ "a brace too many", "dns {\n}\n}\n",
	  ":3: a setting or section is expected" },
	{ "a value without a name", "= 5",
	  ":1: a setting or section is expected" },
	{ "a name in quotes", "\"user\" = a",
	  ":1: a setting or section is expected" },
	{ "a section without a name", "{ }",
	  ":1: a setting or section is expected" },
	{ "a section with a title", "dns \"a\" { }", ":1: dns needs = or {" },
	{ "no include", "include(\"/etc/passwd\")",
	  ":1: include( needs = or {" },
	{ "no function", "user(a) = b", ":1: unknown setting user(a)" },
	{ "two values", "user = a b", ":1: b needs = or {" },
	{ "a text next to a text", "user = a\"b\"",
	  ":1: a setting or section is expected" },
	{ "two slashes in a word", "milter { socket = unix://a }", "" },
	{ "lines end with CR LF, too", "user = a\r\ncolour = b\r\n",
	  ":2: unknown setting colour" },
	{ "an octal escape, of NUL", "user = \"a\\000b\"",
	  ":1: \\x and \\0 are not used here: write the character itself" },
	{ "a hexadecimal escape", "user = \"a\\x41b\"",
	  ":1: \\x and \\0 are not used here: write the character itself" },
	{ "in single quotes they are none", "user = 'a\\x41b'", "" },
	{ "a star at the beginning", "dns { servers = {a, *b} }",
	  ":1: setting dns.servers: a value with * needs quotes" },
	{ "a plus at the beginning", "dns { timeout = +5 }",
	  ":1: setting dns.timeout: a value with + needs quotes" },
	{ "a parenthesis", "user = a(b)",
	  ":1: setting user: a value with ( needs quotes" },
	{ "a star in quotes", "user = \"*b\"", "" },
	{ "a comment right behind a value", "dns { timeout = 10#it's\n}", "" },
	{ "a line break in a value", "user = \"a\nb\"",
	  ":1: setting user has a control character in its value" },
	{ "an escaped line break", "dns { servers = \"a\\nb\" }",
	  ":1: setting dns.servers has a control character in its value" },
	{ "a line break in a number", "dns { timeout = \"5\n\" }",
	  ":1: setting dns.timeout has a control character in its value" },
	{ "a DEL", "user = a\x7f",
	  ":1: setting user has a control character in its value" },
	{ "a tab", "user = \"a\tb\"",
	  ":1: setting user has a control character in its value" },
};

static void check_row(void **state)
{
	const struct row *row = *state;
	char error[PS_CONFIG_ERROR_MAX];

	put(path, row->text, strlen(row->text));
	read_path(path, error);
	assert_string_equal(error, row->want);
}

static void nul_octets(void **state)
{
	static const char early[] = "user\0 = a", late[] = "user = a\n#\0";
	char error[PS_CONFIG_ERROR_MAX];

	(void)state;
	put(path, early, sizeof(early) - 1);
	read_path(path, error);
	assert_string_equal(error, ":1: a NUL octet: this is no text file");
	put(path, late, sizeof(late) - 1);
	read_path(path, error);
	assert_string_equal(error, ":2: a NUL octet: this is no text file");
}

/* What is said of a long name is cut, and never the reason. */
static void long_name(void **state)
{
	char error[PS_CONFIG_ERROR_MAX], want[PS_CONFIG_ERROR_MAX];
	static char text[100000];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[0] = '\n';
	put(path, text, sizeof(text));
	read_path(path, error);
	snprintf(want, sizeof(want), ":2: %.60s needs = or {", text + 1);
	assert_string_equal(error, want);
}

/* One text and one of a list, of len octets. */
static void long_value(size_t len, const char *want, const char *want_of_list)
{
	char text[640], value[600], error[PS_CONFIG_ERROR_MAX];

	memset(value, 'a', len);
	value[len] = '\0';
	snprintf(text, sizeof(text), "authserv_id = %s", value);
	put(path, text, strlen(text));
	read_path(path, error);
	assert_string_equal(error, want);
	snprintf(text, sizeof(text), "milter {\nexempt_senders = {b, %s}}",
		 value);
	put(path, text, strlen(text));
	read_path(path, error);
	assert_string_equal(error, want_of_list);
}

static void values_at_most(void **state)
{
	char want[200], want_of_list[200], a[101];

	(void)state;
	memset(a, 'a', 100);
	a[100] = '\0';
	snprintf(
		want, sizeof(want),
		":1: setting authserv_id: \"%s\" ... is longer than 500 octets",
		a);
	snprintf(want_of_list, sizeof(want_of_list),
		 ":2: setting milter.exempt_senders: \"%s\" ... is longer than "
		 "500 octets",
		 a);
	long_value(500, "", "");
	long_value(501, want, want_of_list);
}

/* ---- files ---- */

enum kind {
	PLAIN,
	FOLDER,
	MISSING,
	NO_FOLDER,
	FIFO,
	DEVICE,
	SPARSE,
	LARGEST,
	TOO_LARGE,
	LINK,
	LINK_TO_FOLDER,
	LINK_TO_NOTHING
};

static const struct file_row {
	const char *name;
	enum kind kind;
	const char *want;
} files[] = {
	{ "a plain file", PLAIN, "" },
	{ "a folder", FOLDER, ": is not a regular file" },
	{ "a missing file", MISSING,
	  ": cannot be opened: No such file or directory" },
	{ "a file below a file", NO_FOLDER,
	  ": cannot be opened: Not a directory" },
	{ "a FIFO that nobody writes", FIFO, ": is not a regular file" },
	{ "a device that never ends", DEVICE, ": is not a regular file" },
	{ "100 MB with nothing in them", SPARSE,
	  ": is larger than 1048576 octets" },
	{ "the largest", LARGEST, "" },
	{ "one octet more", TOO_LARGE, ": is larger than 1048576 octets" },
	{ "a link", LINK, "" },
	{ "a link to a folder", LINK_TO_FOLDER, ": is not a regular file" },
	{ "a link to nothing", LINK_TO_NOTHING,
	  ": cannot be opened: No such file or directory" },
};

/* size blanks. */
static void put_blanks(const char *name, size_t size)
{
	char *text = malloc(size);

	assert_non_null(text);
	memset(text, ' ', size);
	put(name, text, size);
	free(text);
}

static void make(enum kind kind, char *name, size_t size)
{
	char plain[80];

	snprintf(plain, sizeof(plain), "%s/plain", folder);
	snprintf(name, size, "%s/other", folder);
	(void)unlink(name);
	put(plain, "user = a\n", 9);
	switch (kind) {
	case PLAIN:
		return put(name, "user = a\n", 9);
	case FOLDER:
		snprintf(name, size, "%s", folder);
		return;
	case MISSING:
		return;
	case NO_FOLDER:
		snprintf(name, size, "%s/plain/postseal.conf", folder);
		return;
	case FIFO:
		return assert_int_equal(mkfifo(name, 0644), 0);
	case DEVICE:
		snprintf(name, size, "/dev/zero");
		return;
	case SPARSE:
		put(name, "user = a\n", 9);
		return assert_int_equal(truncate(name, 100 << 20), 0);
	case LARGEST:
		return put_blanks(name, PS_CONFIG_OCTETS_MAX);
	case TOO_LARGE:
		return put_blanks(name, PS_CONFIG_OCTETS_MAX + 1);
	case LINK:
		return assert_int_equal(symlink(plain, name), 0);
	case LINK_TO_FOLDER:
		return assert_int_equal(symlink(folder, name), 0);
	case LINK_TO_NOTHING:
		return assert_int_equal(symlink("/nonexistent", name), 0);
	}
}

static void check_file(void **state)
{
	const struct file_row *row = *state;
	char error[PS_CONFIG_ERROR_MAX], name[128];

	make(row->kind, name, sizeof(name));
	(void)alarm(20); /* a FIFO must not keep the host */
	read_path(name, error);
	(void)alarm(0);
	assert_string_equal(error, row->want);
}

/* In a child: root may read everything. */
static void unreadable(void **state)
{
	struct ps_config *config;
	char error[PS_CONFIG_ERROR_MAX], want[PS_CONFIG_ERROR_MAX];
	int status;
	pid_t pid;

	(void)state;
	put(path, "user = a\n", 9);
	assert_int_equal(chmod(path, 0), 0);
	snprintf(want, sizeof(want), "%s: cannot be opened: Permission denied",
		 path);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (geteuid() == 0 && setuid(NOBODY) < 0)
			_exit(2);
		if (ps_config_read(path, &config, error) == 0)
			_exit(3);
		_exit(strcmp(error, want) == 0 ? 0 : 4);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(status, 0);
}

static void not_absolute(void **state)
{
	struct ps_config *config;
	char error[PS_CONFIG_ERROR_MAX];

	(void)state;
	assert_int_equal(ps_config_read("postseal.conf", &config, error), -1);
	assert_null(config);
	assert_string_equal(error, "postseal.conf: is not an absolute path");
	assert_int_equal(ps_config_read("", &config, error), -1);
	assert_string_equal(error, ": is not an absolute path");
}

static int tear_down(void **state)
{
	char command[80];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command) == 0 ? 0 : -1;
}

static int set_up(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL || chmod(folder, 0755) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/postseal.conf", folder);
	return 0;
}

int main(int argc, char **argv)
{
	static struct CMUnitTest
		tests[TABLE_COUNT(rows) + TABLE_COUNT(files) + 5];
	static const struct CMUnitTest others[5] = {
		cmocka_unit_test(nul_octets),	  cmocka_unit_test(long_name),
		cmocka_unit_test(values_at_most), cmocka_unit_test(unreadable),
		cmocka_unit_test(not_absolute),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	TABLE_TESTS(tests, rows, check_row);
	TABLE_TESTS(tests + TABLE_COUNT(rows), files, check_file);
	memcpy(tests + TABLE_COUNT(rows) + TABLE_COUNT(files), others,
	       sizeof(others));
	return _cmocka_run_group_tests(__FILE__, tests, TABLE_COUNT(tests),
				       set_up, tear_down);
}
