/* test_config_values.c - the configuration: defaults, values, bounds. */

#include "config_rows.h"
#include "table.h"

#include "core/text/buffer.h"
#include "directory/config.h"
#include "directory/config_table.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS 8
#define READS	50

static char folder[] = "/tmp/postseal-config-XXXXXX";
static char path[64];

static const struct bound {
	const char *name;
	unsigned int least, most;
} bounds[] = {
	{ "sign.expiry", 0, 31536000 },
	{ "ldap.timeout", 1, 10 },
	{ "map.connections", 1, 100000 },
	{ "limits.connections", 1, 100000 },
	{ "limits.keys_max", 1000, 100000000 },
	{ "limits.sync", 0, 3600 },
	{ "limits.logins_max", 100, 1000000 },
	{ "redis.database", 0, 65535 },
	{ "redis.timeout", 10, 5000 },
	{ "dns.timeout", 1, 60 },
	{ "dns.cache_records", 100, 10000000 },
	{ "dns.cache_ttl_max", 1, 86400 },
	{ "dkim.signatures_max", 1, 32 },
};

/* The words of enums, in the order of their numbers. */
static const struct word {
	const char *name, *text;
	unsigned int want;
} words[] = {
	{ "limits.compat", "safe", PS_RULE_SAFE },
	{ "limits.compat", "strict", PS_RULE_STRICT },
	{ "limits.mode", "fixed", PS_WINDOW_FIXED },
	{ "limits.mode", "sliding", PS_WINDOW_SLIDING },
	{ "log.format", "text", PS_RECORD_PAIRS },
	{ "log.format", "json", PS_RECORD_JSON },
	{ "metrics.remote", "no", PS_NO },
	{ "metrics.remote", "yes", PS_YES },
	{ "redis.tls", "no", PS_NO },
	{ "redis.tls", "yes", PS_YES },
	{ "ldap.start_tls", "no", PS_NO },
	{ "ldap.start_tls", "yes", PS_YES },
	{ "ldap.bind", "none", PS_LDAP_BIND_NONE },
	{ "ldap.bind", "simple", PS_LDAP_BIND_SIMPLE },
	{ "ldap.bind", "external", PS_LDAP_BIND_SASL },
	{ "ldap.domains_from_addresses", "no", PS_NO },
	{ "ldap.domains_from_addresses", "yes", PS_YES },
	{ "ldap.group_maildrop", "instead", PS_GROUP_INSTEAD },
	{ "ldap.group_maildrop", "also", PS_GROUP_ALSO },
	{ "sign.from_must_match", "off", PS_MATCH_OFF },
	{ "sign.from_must_match", "domain", PS_MATCH_DOMAIN },
	{ "sign.from_must_match", "address", PS_MATCH_ADDRESS },
	{ "sign.on_mismatch", "unsigned", PS_MISMATCH_UNSIGNED },
	{ "sign.on_mismatch", "reject", PS_MISMATCH_REJECT },
	{ "sign.on_error", "defer", PS_SIGN_ERROR_DEFER },
	{ "sign.on_error", "unsigned", PS_SIGN_ERROR_UNSIGNED },
	{ "sign.canonicalization", "simple/simple", PS_SIGN_SIMPLE_SIMPLE },
	{ "sign.canonicalization", "simple/relaxed", PS_SIGN_SIMPLE_RELAXED },
	{ "sign.canonicalization", "relaxed/simple", PS_SIGN_RELAXED_SIMPLE },
	{ "sign.canonicalization", "relaxed/relaxed", PS_SIGN_RELAXED_RELAXED },
	{ "sign.identity", "none", PS_IDENTITY_NONE },
	{ "sign.identity", "domain", PS_IDENTITY_DOMAIN },
	{ "sign.identity", "author", PS_IDENTITY_AUTHOR },
	{ "sign.subdomains", "no", PS_NO },
	{ "sign.subdomains", "yes", PS_YES },
	{ "sign.check_published", "no", PS_NO },
	{ "sign.check_published", "yes", PS_YES },
	{ "spf.on_fail", "off", PS_ENFORCE_OFF },
	{ "spf.on_fail", "mark", PS_ENFORCE_MARK },
	{ "spf.on_fail", "reject", PS_ENFORCE_REJECT },
	{ "dkim.trust_length", "no", PS_NO },
	{ "dkim.trust_length", "yes", PS_YES },
	{ "dmarc.on_reject", "off", PS_ENFORCE_OFF },
	{ "dmarc.on_reject", "mark", PS_ENFORCE_MARK },
	{ "dmarc.on_reject", "quarantine", PS_ENFORCE_QUARANTINE },
	{ "dmarc.on_reject", "reject", PS_ENFORCE_REJECT },
	{ "dmarc.org_domain", "treewalk", PS_ORG_TREEWALK },
	{ "dmarc.org_domain", "psl", PS_ORG_PSL },
	{ "dmarc.org_domain", "compare", PS_ORG_COMPARE },
	{ "dmarc.reject_when", "always", PS_REJECT_ALWAYS },
	{ "dmarc.reject_when", "confirmed", PS_REJECT_CONFIRMED },
	{ "dmarc.on_unconfirmed", "mark", PS_ENFORCE_MARK },
	{ "dmarc.on_unconfirmed", "quarantine", PS_ENFORCE_QUARANTINE },
	{ "arc.on_error", "defer", PS_SEAL_ERROR_DEFER },
	{ "arc.on_error", "unsealed", PS_SEAL_ERROR_UNSEALED },
};

/* ---- reading and showing ---- */

static void put(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ssize_t len = (ssize_t)strlen(text);

	assert_true(fd >= 0 && write(fd, text, (size_t)len) == len);
	assert_int_equal(close(fd), 0);
}

static struct ps_config *read_path(const char *name)
{
	char error[PS_CONFIG_ERROR_MAX];
	struct ps_config *config;

	if (ps_config_read(name, &config, error) < 0)
		fail_msg("%s", error);
	return config;
}

static void add_nets(const struct ps_config_nets *nets, struct ps_buffer *out)
{
	char ip[PS_IP_TEXT_MAX], text[PS_IP_TEXT_MAX + 8];
	size_t i;

	for (i = 0; i < nets->count; i++) {
		ps_ip_format(&nets->at[i].ip, ip);
		snprintf(text, sizeof(text), "%s%s/%u", i == 0 ? "" : " ", ip,
			 nets->at[i].prefix);
		ps_buffer_text(out, text);
	}
}

static void add_list(const struct ps_config_list *list, struct ps_buffer *out)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		ps_buffer_text(out, i == 0 ? "" : " ");
		ps_buffer_text(out, list->at[i]);
	}
}

/* The setting as text; NULL when it is not set.  Until the next call. */
static const char *show(const struct ps_config *config,
			const struct ps_setting *setting)
{
	static char text[1000];
	struct ps_buffer out = PS_BUFFER(sizeof(text) - 1);
	const void *at = (const char *)config + setting->offset;

	switch (setting->kind) {
	case PS_SETTING_TEXT:
	case PS_SETTING_FILE:
	case PS_SETTING_DOMAIN:
	case PS_SETTING_ATTRIBUTE:
	case PS_SETTING_FILTER:
	case PS_SETTING_PEER:
	case PS_SETTING_ADDRESS:
		return *(const char *const *)at;
	case PS_SETTING_NUMBER:
	case PS_SETTING_WORD:
		snprintf(text, sizeof(text), "%u", *(const unsigned int *)at);
		return text;
	case PS_SETTING_LIST:
	case PS_SETTING_FIELDS:
	case PS_SETTING_SERVERS:
	case PS_SETTING_DOMAINS:
	case PS_SETTING_ATTRIBUTES:
	case PS_SETTING_URIS:
	case PS_SETTING_SOCKETS:
		add_list(at, &out);
		break;
	case PS_SETTING_NETS:
		add_nets(at, &out);
		break;
	}
	snprintf(text, sizeof(text), "%s", ps_buffer_cstr(&out));
	ps_buffer_free(&out);
	return text;
}

static const struct ps_setting *find(const char *name)
{
	const char *dot = strchr(name, '.');
	size_t len = dot == NULL ? 0 : (size_t)(dot - name), i;
	const char *last = dot == NULL ? name : dot + 1;

	i = ps_setting_find(name, len, last, strlen(last));
	assert_true(i < ps_settings_count);
	return &ps_settings[i];
}

/* Read a file that sets this one. */
static struct ps_config *read_with(const char *name, const char *text)
{
	const struct ps_setting *setting = find(name);
	char line[300];

	snprintf(line, sizeof(line), "%s %s %s = %s %s\n", setting->section,
		 setting->section[0] == '\0' ? "" : "{", setting->name, text,
		 setting->section[0] == '\0' ? "" : "}");
	put(path, line);
	return read_path(path);
}

static void assert_shows(const struct ps_config *config, const char *name,
			 const char *want)
{
	const char *shown = show(config, find(name));

	if (want == NULL || shown == NULL)
		assert_true(want == shown);
	else
		assert_string_equal(shown, want);
}

static const char *preset_of(const struct config_row *row)
{
	static char host[256];

	if (row->preset == NULL || strcmp(row->preset, "HOST") != 0)
		return row->preset;
	assert_int_equal(gethostname(host, sizeof(host) - 1), 0);
	ps_ascii_lower_all(host, strlen(host));
	return host;
}

/* ---- the tests ---- */

static void check_row(void **state)
{
	const struct config_row *row = *state;
	const struct config_row *other;
	struct ps_config *config;

	put(path, "");
	config = read_path(path);
	assert_shows(config, row->name, preset_of(row));
	ps_config_free(&config);
	config = read_with(row->name, row->text);
	for (other = config_rows; other < config_rows + config_rows_count;
	     other++)
		assert_shows(config, other->name,
			     other == row ? row->want : preset_of(other));
	ps_config_free(&config);
}

static void all_are_here(void **state)
{
	size_t i;

	(void)state;
	assert_int_equal(config_rows_count, ps_settings_count);
	for (i = 0; i < ps_settings_count; i++)
		assert_ptr_equal(find(config_rows[i].name), &ps_settings[i]);
}

static void refused(const struct bound *bound, unsigned int number)
{
	const struct ps_setting *setting = find(bound->name);
	char error[PS_CONFIG_ERROR_MAX], want[PS_CONFIG_ERROR_MAX], line[200];
	struct ps_config *config;

	snprintf(line, sizeof(line), "%s {\n\n%s = %u\n}\n", setting->section,
		 setting->name, number);
	put(path, line);
	assert_int_equal(ps_config_read(path, &config, error), -1);
	snprintf(want, sizeof(want),
		 "%s:3: setting %s: \"%u\" is not a plain decimal number from "
		 "%u to %u",
		 path, bound->name, number, bound->least, bound->most);
	assert_string_equal(error, want);
}

static void taken(const struct bound *bound, unsigned int number)
{
	struct ps_config *config;
	char text[20];

	snprintf(text, sizeof(text), "%u", number);
	config = read_with(bound->name, text);
	assert_shows(config, bound->name, text);
	ps_config_free(&config);
}

static void check_bound(void **state)
{
	const struct bound *bound = *state;

	taken(bound, bound->least);
	taken(bound, bound->most);
	refused(bound, bound->least - 1);
	refused(bound, bound->most + 1);
}

static void every_number_is_bound(void **state)
{
	size_t i, numbers = 0;

	(void)state;
	for (i = 0; i < ps_settings_count; i++)
		numbers += ps_settings[i].kind == PS_SETTING_NUMBER;
	assert_int_equal(numbers, TABLE_COUNT(bounds));
}

static void words_are_their_numbers(void **state)
{
	struct ps_config *config;
	char number[20];
	size_t i;

	(void)state;
	for (i = 0; i < TABLE_COUNT(words); i++) {
		config = read_with(words[i].name, words[i].text);
		snprintf(number, sizeof(number), "%u", words[i].want);
		assert_shows(config, words[i].name, number);
		ps_config_free(&config);
	}
}

static void put_senders(unsigned int count)
{
	struct ps_buffer text = PS_BUFFER(PS_CONFIG_OCTETS_MAX);

	ps_buffer_text(&text, "milter {\nexempt_senders = {");
	while (count-- > 0)
		ps_buffer_text(&text, "a,");
	ps_buffer_text(&text, "}}");
	put(path, ps_buffer_cstr(&text));
	ps_buffer_free(&text);
}

static void list_values_at_most(void **state)
{
	char error[PS_CONFIG_ERROR_MAX];
	struct ps_config *config;

	(void)state;
	put_senders(10000);
	config = read_path(path);
	assert_int_equal(config->milter.exempt_senders.count, 10000);
	ps_config_free(&config);
	put_senders(10001);
	assert_int_equal(ps_config_read(path, &config, error), -1);
	assert_string_equal(
		error + strlen(path),
		":2: setting milter.exempt_senders has more than 10000 "
		"values");
}

/* A good one, a bad one and another good one, all alive at once. */
static void nothing_is_shared(void **state)
{
	struct ps_config *first, *second, *third = NULL;
	char error[PS_CONFIG_ERROR_MAX];

	(void)state;
	put(path, "user = first\ndns {\ntimeout = 5\nservers = {::1}\n}\n");
	first = read_path(path);
	put(path, "user = bad\ndns {\ntimeout = 99\n}\n");
	assert_int_equal(ps_config_read(path, &third, error), -1);
	put(path, "authserv_id = second\n");
	second = read_path(path);
	assert_shows(first, "user", "first");
	assert_shows(first, "dns.timeout", "5");
	assert_shows(first, "dns.servers", "::1");
	assert_shows(second, "user", "postseal");
	assert_shows(second, "dns.timeout", "10");
	assert_shows(second, "dns.servers", "");
	ps_config_free(&first);
	assert_shows(second, "authserv_id", "second");
	assert_shows(second, "keys.folder", "/var/lib/postseal/keys");
	ps_config_free(&second);
}

/* Odd threads read a good file, even ones a bad one; NULL when all is well. */
static void *read_often(void *number)
{
	bool good = (uintptr_t)number % 2 == 1;
	char error[PS_CONFIG_ERROR_MAX], name[100], want[200];
	struct ps_config *config;
	unsigned int i, wrong = 0;

	snprintf(name, sizeof(name), "%s/%s", folder, good ? "good" : "bad");
	snprintf(want, sizeof(want), "%s:2: setting user: \"\" is empty", name);
	for (i = 0; i < READS; i++) {
		if (ps_config_read(name, &config, error) < 0) {
			wrong += good || strcmp(error, want) != 0;
			continue;
		}
		wrong += !good || strcmp(config->user, "good") != 0;
		ps_config_free(&config);
	}
	return (void *)(uintptr_t)wrong;
}

static void threads_do_not_meet(void **state)
{
	pthread_t thread[THREADS];
	char name[100];
	uintptr_t i;
	void *wrong;

	(void)state;
	snprintf(name, sizeof(name), "%s/good", folder);
	put(name, "user = good\n");
	snprintf(name, sizeof(name), "%s/bad", folder);
	put(name, "\nuser = \"\"\n");
	for (i = 0; i < THREADS; i++)
		assert_int_equal(
			pthread_create(&thread[i], NULL, read_often, (void *)i),
			0);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(thread[i], &wrong), 0);
		assert_null(wrong);
	}
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
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/postseal.conf", folder);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(all_are_here),
		cmocka_unit_test(every_number_is_bound),
		cmocka_unit_test(words_are_their_numbers),
		cmocka_unit_test(list_values_at_most),
		cmocka_unit_test(nothing_is_shared),
		cmocka_unit_test(threads_do_not_meet),
	};
	size_t count = config_rows_count + TABLE_COUNT(bounds) +
		       TABLE_COUNT(others),
	       i;
	struct CMUnitTest *tests = calloc(count, sizeof(*tests));
	int failed;

	if (tests == NULL)
		return 1;
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	for (i = 0; i < config_rows_count; i++)
		tests[i] = (struct CMUnitTest){
			.name = config_rows[i].name,
			.test_func = check_row,
			.initial_state = (void *)(uintptr_t)&config_rows[i],
		};
	TABLE_TESTS(tests + config_rows_count, bounds, check_bound);
	memcpy(tests + config_rows_count + TABLE_COUNT(bounds), others,
	       sizeof(others));
	failed = _cmocka_run_group_tests(__FILE__, tests, count, set_up,
					 tear_down);
	free(tests);
	return failed;
}
