/* dkim.c - the commands that make, activate and list signing keys. */

#include "cli/dkim.h"

#include "cli/command.h"

#include "core/text/address.h"
#include "directory/log.h"
#include "io/clock.h"
#include "io/keyfolder_write.h"
#include "io/keylist.h"
#include "io/resolver.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS_MAX 10 /* of questions; all leave in the first */
#define DATE_MAX   11 /* YYYY-MM-DD */

static enum ps_exit exit_of(enum ps_keys_write result, const char *reason)
{
	if (result != PS_KEYS_DONE)
		ps_log(PS_LOG_ERROR, "%s", reason);
	switch (result) {
	case PS_KEYS_DONE:
		return PS_EXIT_DONE;
	case PS_KEYS_NOTHING:
		return PS_EXIT_NOTHING;
	case PS_KEYS_REFUSED:
		return PS_EXIT_USAGE;
	case PS_KEYS_TEMPFAIL:
	case PS_KEYS_PENDING:
		break;
	}
	return PS_EXIT_TEMPFAIL;
}

/* Trimmed and lower-cased, as with the other commands. */
static bool domain_of(const char *text, char domain_r[PS_DOMAIN_MAX + 1])
{
	if (ps_domain_normalize(ps_bytes_trim(ps_bytes_of(text)), domain_r))
		return true;
	ps_log(PS_LOG_ERROR, "%s: is not a domain", text);
	return false;
}

/* RFC 8301 3.2: at least 2,048, and 4,096 are verified by everybody. */
static bool bits_of(const struct ps_arguments *arguments, unsigned int *bits_r)
{
	const char *text = arguments->value[PS_OPTION_BITS];

	*bits_r = 2048;
	if (text == NULL || strcmp(text, "2048") == 0)
		return true;
	*bits_r = strcmp(text, "3072") == 0 ? 3072 : 4096;
	if (*bits_r == 3072 || strcmp(text, "4096") == 0)
		return true;
	ps_log(PS_LOG_ERROR, "dkim genkey: --bits %s: not 2048, 3072 or 4096",
	       text);
	return false;
}

/* Lines of a zone file: what is said to people is a comment. */
void ps_dkim_show(struct ps_output *output, const char *domain,
		  const struct ps_new_key key[2])
{
	json_t *records = json_array();

	for (size_t i = 0; i < 2; i++) {
		ps_output_text(output, "%s", key[i].record);
		(void)json_array_append_new(
			records, json_pack("{s:s, s:s, s:s}", "selector",
					   key[i].selector, "algorithm",
					   ps_key_type_name(key[i].type),
					   "record", key[i].record));
	}
	ps_output_text(output,
		       "; publish these, then: postseal dkim activate %s",
		       domain);
	ps_output_member(output, "domain", json_string(domain));
	ps_output_member(output, "records", records);
}

static enum ps_exit genkey(struct ps_cli *cli,
			   const struct ps_arguments *arguments)
{
	char domain[PS_DOMAIN_MAX + 1], reason[PS_REASON_MAX];
	enum ps_keys_write result;
	struct ps_new_key key[2];
	unsigned int bits;

	if (!bits_of(arguments, &bits) || !domain_of(arguments->at[0], domain))
		return PS_EXIT_USAGE;
	result = ps_keyfolder_generate(cli->config, domain, bits,
				       ps_clock_seconds(), key, reason);
	if (result != PS_KEYS_DONE)
		return exit_of(result, reason);
	ps_dkim_show(&cli->output, domain, key);
	if (cli->output.json)
		ps_output_done(&cli->output, "added keys");
	return PS_EXIT_DONE;
}

static enum ps_keys_write ask_and_activate(const struct ps_config *config,
					   const char *domain, size_t *count_r,
					   char reason_r[PS_REASON_MAX])
{
	char error[PS_CONFIG_ERROR_MAX];
	enum ps_keys_write result = PS_KEYS_TEMPFAIL;
	struct ps_resolver *resolver;
	struct ps_dns_session *session;
	struct ps_dns dns;
	unsigned int round;

	if (ps_resolver_new(&config->dns, &resolver, error) < 0) {
		snprintf(reason_r, PS_REASON_MAX, "%.250s", error);
		return PS_KEYS_TEMPFAIL;
	}
	if (ps_dns_session_new(resolver, &session) < 0) {
		snprintf(reason_r, PS_REASON_MAX, "out of memory");
		ps_resolver_free(&resolver);
		return PS_KEYS_TEMPFAIL;
	}
	dns = ps_dns_session_port(session);
	for (round = 0; round < ROUNDS_MAX; round++) {
		result = ps_keyfolder_activate(config, domain, false, &dns,
					       ps_clock_seconds(), count_r,
					       reason_r);
		if (result != PS_KEYS_PENDING)
			break;
		(void)ps_dns_session_wait(session, config->dns.timeout * 1000);
	}
	ps_dns_session_free(&session);
	ps_resolver_free(&resolver);
	return result;
}

/* Daemons look at domain.json again with the next second of the clock
 * (keyfolder.h): behind it, what is said of the keys is true of them too. */
static void wait_for_daemons(void)
{
	const struct timespec step = { 0, 20000000 };
	const uint64_t since = ps_clock_seconds();
	unsigned int i;
	bool passed = false;

	for (i = 0; i < 60 && !passed; i++) {
		passed = ps_clock_seconds() != since;
		(void)nanosleep(&step, NULL);
	}
}

static enum ps_exit activate(struct ps_cli *cli,
			     const struct ps_arguments *arguments)
{
	const bool force = arguments->value[PS_OPTION_FORCE] != NULL;
	char domain[PS_DOMAIN_MAX + 1], reason[PS_REASON_MAX];
	enum ps_keys_write result;
	char done[64];
	size_t count;

	if (!domain_of(arguments->at[0], domain))
		return PS_EXIT_USAGE;
	if (force)
		result = ps_keyfolder_activate(cli->config, domain, true, NULL,
					       ps_clock_seconds(), &count,
					       reason);
	else
		result = ask_and_activate(cli->config, domain, &count, reason);
	if (result != PS_KEYS_DONE)
		return exit_of(result, reason);
	wait_for_daemons();
	snprintf(done, sizeof(done), "%zu keys sign now", count);
	ps_output_done(&cli->output, done);
	return PS_EXIT_DONE;
}

static void list_keys(struct ps_cli *cli, const char *domain,
		      const struct ps_domain_keys *keys)
{
	const struct ps_signing_key *key;
	char date[DATE_MAX];
	struct tm day;
	time_t since;
	size_t i;

	for (i = 0; i < keys->count; i++) {
		key = &keys->key[i];
		since = (time_t)key->since;
		if (gmtime_r(&since, &day) == NULL ||
		    strftime(date, sizeof(date), "%Y-%m-%d", &day) == 0)
			date[0] = '\0';
		ps_output_row(&cli->output,
			      json_pack("{s:s, s:s, s:s, s:s, s:I}", "domain",
					domain, "selector", key->selector,
					"algorithm",
					ps_key_type_name(key->type), "state",
					ps_key_state_name(key->state), "since",
					(json_int_t)key->since),
			      "%s\t%s\t%s\t%s\t%s", domain, key->selector,
			      ps_key_type_name(key->type),
			      ps_key_state_name(key->state), date);
	}
}

static enum ps_exit list_domain(struct ps_cli *cli, const char *domain)
{
	char reason[PS_REASON_MAX];
	struct ps_domain_keys keys;

	switch (ps_keylist_read(cli->config->keys.folder, domain, &keys,
				reason)) {
	case PS_FOUND:
		list_keys(cli, domain, &keys);
		return PS_EXIT_DONE;
	case PS_NOTFOUND:
		ps_log(PS_LOG_ERROR, "%s: has no keys", domain);
		return PS_EXIT_NOTHING;
	case PS_TEMPFAIL:
		break;
	}
	ps_log(PS_LOG_ERROR, "%s", reason);
	return PS_EXIT_TEMPFAIL;
}

static int is_domain_folder(const struct dirent *entry)
{
	return ps_keyfolder_is_domain(entry->d_name);
}

static enum ps_exit list(struct ps_cli *cli,
			 const struct ps_arguments *arguments)
{
	const char *folder = cli->config->keys.folder;
	enum ps_exit one, status = PS_EXIT_DONE;
	char domain[PS_DOMAIN_MAX + 1];
	struct dirent **entries;
	int i, count;

	ps_output_list(&cli->output);
	if (arguments->at[0] != NULL)
		return domain_of(arguments->at[0], domain)
			       ? list_domain(cli, domain)
			       : PS_EXIT_USAGE;
	count = scandir(folder, &entries, is_domain_folder, alphasort);
	if (count < 0) {
		ps_log(PS_LOG_ERROR, "%s: %s", folder, strerror(errno));
		return errno == ENOENT ? PS_EXIT_NOTHING : PS_EXIT_TEMPFAIL;
	}
	for (i = 0; i < count; i++) {
		one = list_domain(cli, entries[i]->d_name);
		if (one == PS_EXIT_TEMPFAIL)
			status = one;
		free(entries[i]);
	}
	free(entries);
	return status;
}

const struct ps_command ps_dkim_commands[] = {
	{ "dkim genkey", NULL, genkey, 1, 1, PS_TAKES(BITS),
	  "[--bits 2048|3072|4096] DOMAIN",
	  "make a pair of keys (RSA, Ed25519) and print their DNS records" },
	{ "dkim activate", NULL, activate, 1, 1, PS_TAKES(FORCE),
	  "[--force] DOMAIN",
	  "let the newest keys sign; they must be in the DNS, unless --force" },
	{ "dkim list", NULL, list, 0, 1, 0, "[DOMAIN]",
	  "list selector, algorithm, state and since when" },
	{ 0 }
};
