/* test_keylist.c - domain.json and the files beside it, read and written. */

#include "table.h"

#include "io/keylist.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534
#define SHAPE  "is not {\"keys\": [...]} with at most 32 keys"
#define NEEDS                                                                  \
	"a key needs selector, algorithm (rsa, ed25519), state (published, "   \
	"active, retired), since (a number)"
#define KEY(selector, algorithm, state)                                        \
	"{\"selector\": " selector ", \"algorithm\": " algorithm               \
	", \"state\": " state "}"
#define ONE(selector) "{\"keys\": [" KEY(selector, "\"rsa\"", "\"active\"") "]}"
#define TWO(a, state_a, b, state_b)                                            \
	"{\"keys\": [" KEY("\"" a "\"", "\"rsa\"",                             \
			   "\"" state_a "\"") ", " KEY("\"" b "\"", "\"rsa\"", \
						       "\"" state_b "\"") "]}"
#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const char *const outcomes[] = { [PS_FOUND] = "found",
					[PS_NOTFOUND] = "not found",
					[PS_TEMPFAIL] = "temporary failure" };

static char folder[] = "/tmp/postseal-keys-XXXXXX";
static char domain_folder[64], list_path[80];

static void put(const char *path, const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);

	assert_true(fd >= 0 && write(fd, text, len) == (ssize_t)len);
	assert_int_equal(close(fd), 0);
}

/* The list as "SELECTOR ALGORITHM STATE SINCE; ...", or the reason without the
 * file's name. */
static void read_list(char text_r[1000])
{
	char reason[PS_REASON_MAX] = "";
	struct ps_domain_keys keys;
	enum ps_outcome outcome;
	size_t i, len = 0;

	outcome = ps_keylist_read(folder, "example.org", &keys, reason);
	text_r[0] = '\0';
	if (outcome == PS_TEMPFAIL) {
		assert_int_equal(keys.count, 0);
		assert_int_equal(strncmp(reason, list_path, strlen(list_path)),
				 0);
		snprintf(text_r, 1000, "%s", reason + strlen(list_path) + 2);
		return;
	}
	assert_string_equal(outcomes[outcome], outcomes[PS_FOUND]);
	for (i = 0; i < keys.count; i++) {
		assert_null(keys.key[i].private);
		len += (size_t)snprintf(text_r + len, 1000 - len,
					"%s%s %s %s %lld", i == 0 ? "" : "; ",
					keys.key[i].selector,
					ps_key_type_name(keys.key[i].type),
					ps_key_state_name(keys.key[i].state),
					keys.key[i].since);
		assert_true(len < 1000);
	}
}

static const struct row {
	const char *name;
	const char *json;
	const char *want; /* as read_list() shows it */
} rows[] = {
	{ "no keys", "{\"keys\": []}", "" },
	{ "both algorithms, all states",
	  "{\"keys\": [\n"
	  " {\"selector\": \"202601r\", \"algorithm\": \"rsa\","
	  " \"state\": \"active\", \"since\": 1767225600},\n"
	  " {\"selector\": \"202601e\", \"algorithm\": \"ed25519\","
	  " \"state\": \"published\", \"since\": 0},\n"
	  " {\"selector\": \"old.mail\", \"algorithm\": \"rsa\","
	  " \"state\": \"retired\"}]}",
	  "202601r rsa active 1767225600; 202601e ed25519 published 0; "
	  "old.mail rsa retired 0" },
	{ "what a later version may add",
	  "{\"version\": 2, \"keys\": [{\"selector\": \"a\", \"algorithm\": "
	  "\"rsa\", \"state\": \"active\", \"note\": null}]}",
	  "a rsa active 0" },

	{ "an empty file", "", SHAPE },
	{ "not JSON", "keys: a\n", SHAPE },
	{ "JSON cut short", "{\"keys\": [", SHAPE },
	{ "something behind it", "{\"keys\": []} x", SHAPE },
	{ "a comma too many", "{\"keys\": [],}", SHAPE },
	{ "keys twice", "{\"keys\": [], \"keys\": []}", SHAPE },
	{ "bad UTF-8", "{\"keys\": [], \"a\": \"\xff\"}", SHAPE },
	{ "a list", "[]", SHAPE },
	{ "a text", "\"keys\"", SHAPE },
	{ "no keys in it", "{}", SHAPE },
	{ "keys of null", "{\"keys\": null}", SHAPE },
	{ "keys by selector", "{\"keys\": {\"a\": \"active\"}}", SHAPE },

	{ "a text for a key", "{\"keys\": [\"a\"]}", NEEDS },
	{ "a list for a key", "{\"keys\": [[]]}", NEEDS },
	{ "null for a key", "{\"keys\": [null]}", NEEDS },
	{ "a key of nothing", "{\"keys\": [{}]}", NEEDS },
	{ "no state",
	  "{\"keys\": [{\"selector\": \"a\", \"algorithm\": \"rsa\"}]}",
	  NEEDS },
	{ "an unknown state",
	  "{\"keys\": [" KEY("\"a\"", "\"rsa\"", "\"revoked\"") "]}", NEEDS },
	{ "a state with a capital",
	  "{\"keys\": [" KEY("\"a\"", "\"rsa\"", "\"Active\"") "]}", NEEDS },
	{ "a number for a state",
	  "{\"keys\": [" KEY("\"a\"", "\"rsa\"", "1") "]}", NEEDS },
	{ "an unknown algorithm",
	  "{\"keys\": [" KEY("\"a\"", "\"dsa\"", "\"active\"") "]}", NEEDS },
	{ "true for an algorithm",
	  "{\"keys\": [" KEY("\"a\"", "true", "\"active\"") "]}", NEEDS },
	{ "the second key is bad", TWO("a", "active", "b", "on"), NEEDS },
	{ "a text for since",
	  "{\"keys\": [{\"selector\": \"a\", \"algorithm\": \"rsa\", "
	  "\"state\": \"active\", \"since\": \"2026\"}]}",
	  NEEDS },

	{ "a number for a selector", ONE("202601"), NEEDS },
	{ "an empty selector", ONE("\"\""), NEEDS },
	{ "a selector that leaves the folder", ONE("\"../x\""), NEEDS },
	{ "a selector that is the folder above", ONE("\"..\""), NEEDS },
	{ "a selector that is hidden", ONE("\".a\""), NEEDS },
	{ "a selector with a folder", ONE("\"a/b\""), NEEDS },
	{ "a selector with a capital", ONE("\"A\""), NEEDS },
	{ "a selector with a blank", ONE("\"a b\""), NEEDS },
	{ "a selector with a line break", ONE("\"a\\nb\""), NEEDS },
	{ "a selector with a NUL", ONE("\"a\\u0000b\""), SHAPE },
	{ "a selector with a semicolon", ONE("\"a;b\""), NEEDS },
	{ "a selector of 63", ONE("\"" A63 "\""), A63 " rsa active 0" },
	{ "a selector of 64", ONE("\"a" A63 "\""), NEEDS },
	{ "a selector twice", TWO("a", "active", "a", "retired"),
	  "lists a selector twice" },
	{ "a selector and its beginning", TWO("ab", "active", "a", "retired"),
	  "ab rsa active 0; a rsa retired 0" },
};

static void check_row(void **state)
{
	const struct row *row = *state;
	char shown[1000];

	put(list_path, row->json, strlen(row->json));
	read_list(shown);
	assert_string_equal(shown, row->want);
}

/* ---- bounds ---- */

static void put_keys(unsigned int count)
{
	struct ps_buffer json = PS_BUFFER(PS_KEYFILE_OCTETS_MAX);
	char key[100];
	unsigned int i;

	ps_buffer_text(&json, "{\"keys\": [");
	for (i = 0; i < count; i++) {
		snprintf(key, sizeof(key),
			 "%s" KEY("\"s%u\"", "\"rsa\"", "\"retired\""),
			 i == 0 ? "" : ",", i);
		ps_buffer_text(&json, key);
	}
	ps_buffer_text(&json, "]}");
	put(list_path, json.data, json.len);
	ps_buffer_free(&json);
}

static void keys_at_most(void **state)
{
	char shown[1000];

	(void)state;
	put_keys(32);
	read_list(shown);
	assert_non_null(strstr(shown, "s31 rsa retired 0"));
	put_keys(33);
	read_list(shown);
	assert_string_equal(shown, SHAPE);
}

static void octets_at_most(void **state)
{
	static char json[PS_KEYFILE_OCTETS_MAX + 1];
	char shown[1000];

	(void)state;
	memset(json, ' ', sizeof(json));
	memcpy(json, ONE("\"a\""), strlen(ONE("\"a\"")));
	put(list_path, json, sizeof(json) - 1);
	read_list(shown);
	assert_string_equal(shown, "a rsa active 0");
	put(list_path, json, sizeof(json));
	read_list(shown);
	assert_string_equal(shown, "is too large");
}

static void depth(void **state)
{
	static char json[PS_KEYFILE_OCTETS_MAX];
	char shown[1000];

	(void)state;
	memset(json, '[', sizeof(json));
	put(list_path, json, sizeof(json));
	read_list(shown);
	assert_string_equal(shown, SHAPE);
}

/* ---- files that are none ---- */

static void no_plain_list(void **state)
{
	char shown[1000];

	(void)state;
	assert_int_equal(unlink(list_path), 0);
	read_list(shown);
	assert_string_equal(shown, "is missing");
	assert_int_equal(mkdir(list_path, 0755), 0);
	read_list(shown);
	assert_string_equal(shown, "is not a regular file");
	assert_int_equal(rmdir(list_path), 0);
	assert_int_equal(mkfifo(list_path, 0640), 0);
	(void)alarm(20);
	read_list(shown);
	(void)alarm(0);
	assert_string_equal(shown, "is not a regular file");
	assert_int_equal(unlink(list_path), 0);
	assert_int_equal(symlink("/dev/zero", list_path), 0);
	read_list(shown);
	assert_string_equal(shown, "is not a regular file");
	assert_int_equal(unlink(list_path), 0);
}

/* NOTFOUND only where the domain has no folder in a folder that is there. */
static void no_folder(void **state)
{
	static const char *const strange[] = {
		"",
		".",
		"..",
		"../x",
		"a/b",
		"/etc",
		"Example.org",
		"example.org.",
		"a..b",
		" example.org",
		"-",
		"exa\nmple.org",
	};
	char reason[PS_REASON_MAX], below[80], want[PS_REASON_MAX];
	struct ps_domain_keys keys;
	size_t i;

	(void)state;
	assert_int_equal(ps_keylist_read(folder, "none.example", &keys, reason),
			 PS_NOTFOUND);
	for (i = 0; i < TABLE_COUNT(strange); i++) {
		print_message("  \"%s\"\n", strange[i]);
		assert_int_equal(
			ps_keylist_read(folder, strange[i], &keys, reason),
			PS_NOTFOUND);
	}
	snprintf(below, sizeof(below), "%s/none", folder);
	assert_int_equal(ps_keylist_read(below, "none.example", &keys, reason),
			 PS_TEMPFAIL);
	snprintf(want, sizeof(want), "%s: No such file or directory", below);
	assert_string_equal(reason, want);
	snprintf(below, sizeof(below), "%s/file.example", folder);
	put(below, "", 0);
	assert_int_equal(ps_keylist_read(folder, "file.example", &keys, reason),
			 PS_TEMPFAIL);
	snprintf(want, sizeof(want), "%s/domain.json: Not a directory", below);
	assert_string_equal(reason, want);
}

/* A folder once linked elsewhere is no folder that never was. */
static void link_to_no_folder(void **state)
{
	char reason[PS_REASON_MAX], below[80], want[PS_REASON_MAX];
	struct ps_domain_keys keys;

	(void)state;
	snprintf(below, sizeof(below), "%s/link.example", folder);
	assert_int_equal(symlink("/nonexistent", below), 0);
	assert_int_equal(ps_keylist_read(folder, "link.example", &keys, reason),
			 PS_TEMPFAIL);
	snprintf(want, sizeof(want), "%s/domain.json: is missing", below);
	assert_string_equal(reason, want);
}

/* As nobody, in a child: root may read everything.  The reason's end. */
static void as_nobody(const char *want)
{
	char reason[PS_REASON_MAX];
	struct ps_domain_keys keys;
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (geteuid() == 0 && setuid(NOBODY) < 0)
			_exit(2);
		if (ps_keylist_read(folder, "example.org", &keys, reason) !=
		    PS_TEMPFAIL)
			_exit(3);
		_exit(strcmp(reason, want) == 0 ? 0 : 4);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void unreadable(void **state)
{
	char want[PS_REASON_MAX];

	(void)state;
	put(list_path, ONE("\"a\""), strlen(ONE("\"a\"")));
	snprintf(want, sizeof(want), "%s: Permission denied", list_path);
	assert_int_equal(chmod(list_path, 0), 0);
	as_nobody(want);
	assert_int_equal(chmod(list_path, 0640), 0);
	assert_int_equal(chmod(domain_folder, 0), 0);
	as_nobody(want);
	assert_int_equal(chmod(domain_folder, 0755), 0);
	assert_int_equal(chmod(folder, 0), 0);
	as_nobody(want);
	assert_int_equal(chmod(folder, 0755), 0);
}

/* ---- writing ---- */

static void written_is_read(void **state)
{
	static const struct ps_domain_keys keys = {
		.count = 3,
		.key = { { "202601r", PS_KEY_RSA, PS_KEY_RETIRED, 1, NULL },
			 { "202602r", PS_KEY_RSA, PS_KEY_ACTIVE, 2, NULL },
			 { "202602e", PS_KEY_ED25519, PS_KEY_PUBLISHED,
			   1LL << 40, NULL } },
	};
	char shown[1000], reason[PS_REASON_MAX] = "", aside[100];
	struct stat status;

	(void)state;
	assert_int_equal(ps_keylist_write(folder, "example.org", &keys, reason),
			 0);
	read_list(shown);
	assert_string_equal(shown, "202601r rsa retired 1; 202602r rsa active "
				   "2; 202602e ed25519 published "
				   "1099511627776");
	assert_int_equal(stat(list_path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0640);
	snprintf(aside, sizeof(aside), "%s.new", list_path);
	assert_int_equal(access(aside, F_OK), -1);
}

/* Whatever goes wrong, the list that was there stays. */
static void failed_write_changes_nothing(void **state)
{
	static const struct ps_domain_keys none;
	char before[1000], shown[1000], reason[PS_REASON_MAX] = "", aside[100];
	char elsewhere[100];

	(void)state;
	read_list(before);
	snprintf(aside, sizeof(aside), "%s.new", list_path);
	snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", folder);
	assert_int_equal(symlink(elsewhere, aside), 0);
	assert_int_equal(ps_keylist_write(folder, "example.org", &none, reason),
			 -1);
	assert_int_equal(strncmp(reason, list_path, strlen(list_path)), 0);
	assert_int_equal(access(elsewhere, F_OK), -1);
	read_list(shown);
	assert_string_equal(shown, before);
	assert_int_equal(
		ps_keylist_write(folder, "none.example", &none, reason), -1);
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
	snprintf(domain_folder, sizeof(domain_folder), "%s/example.org",
		 folder);
	snprintf(list_path, sizeof(list_path), "%s/domain.json", domain_folder);
	return mkdir(domain_folder, 0755);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(keys_at_most),
		cmocka_unit_test(octets_at_most),
		cmocka_unit_test(depth),
		cmocka_unit_test(no_plain_list),
		cmocka_unit_test(no_folder),
		cmocka_unit_test(link_to_no_folder),
		cmocka_unit_test(unreadable),
		cmocka_unit_test(written_is_read),
		cmocka_unit_test(failed_write_changes_nothing),
	};
	static struct CMUnitTest tests[TABLE_COUNT(rows) + TABLE_COUNT(others)];

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	TABLE_TESTS(tests, rows, check_row);
	memcpy(tests + TABLE_COUNT(rows), others, sizeof(others));
	return _cmocka_run_group_tests(__FILE__, tests, TABLE_COUNT(tests),
				       set_up, tear_down);
}
