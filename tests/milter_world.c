/* milter_world.c - a process around the milter's sessions. */

#include "milter_world.h"

#include "core/text/base64.h"
#include "core/text/buffer.h"
#include "directory/log.h"
#include "io/idn_libidn2.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RSA_BITS 2048

static struct world *the_world;

static void need(bool good, const char *what)
{
	if (!good) {
		fprintf(stderr, "milter_world: %s\n", what);
		abort();
	}
}

static void keep_line(enum ps_log_level level, const char *line)
{
	size_t len = strlen(the_world->log);

	(void)level;
	snprintf(the_world->log + len, WORLD_LOG_MAX - len, "%s\n", line);
}

static void write_file(const char *folder, const char *domain, const char *name,
		       const char *text, size_t len)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, domain);
	(void)mkdir(path, 0750);
	snprintf(path, sizeof(path), "%s/%s/%s", folder, domain, name);
	file = fopen(path, "w");
	need(file != NULL && fwrite(text, 1, len, file) == len &&
		     fclose(file) == 0 && chmod(path, 0640) == 0,
	     "key folder");
}

void world_put(const struct world *world, const char *domain, const char *name,
	       const char *text)
{
	write_file(world->folder, domain, name, text, strlen(text));
}

struct key {
	const char *selector, *record_start;
	enum ps_key_type type;
	struct ps_buffer pem, public;
};

static struct key keys[] = {
	{ "r",
	  "v=DKIM1; k=rsa; ",
	  PS_KEY_RSA,
	  { .max = 8192 },
	  { .max = 8192 } },
	{ "e",
	  "v=DKIM1; k=ed25519; ",
	  PS_KEY_ED25519,
	  { .max = 8192 },
	  { .max = 8192 } },
};

/* SELECTOR.key; made once for the process. */
static void write_key(struct world *world, struct key *key)
{
	char name[64];

	if (key->pem.len == 0)
		need(ps_private_key_generate(key->type, RSA_BITS, &key->pem,
					     &key->public) == 0,
		     "key generation");
	snprintf(name, sizeof(name), "%s.key", key->selector);
	write_file(world->folder, WORLD_DOMAIN, name, key->pem.data,
		   key->pem.len);
}

static void publish_key(struct world *world, const struct key *key,
			const char *tags)
{
	struct ps_buffer record = PS_BUFFER(8192);
	struct ps_dns_record data = { .preference = 0 };
	char name[64];

	snprintf(name, sizeof(name), "%s._domainkey." WORLD_DOMAIN,
		 key->selector);
	ps_buffer_text(&record, key->record_start);
	ps_buffer_text(&record, tags);
	ps_buffer_text(&record, "p=");
	ps_base64_encode(&record, (const unsigned char *)key->public.data,
			 key->public.len);
	data.text = (struct ps_bytes){ record.data, record.len };
	fake_dns_add(world->dns, ps_bytes_of(name), PS_DNS_TXT, &data);
	ps_buffer_free(&record);
}

void world_publish(struct world *world, const char *r_tags, const char *e_tags)
{
	if (r_tags != NULL)
		publish_key(world, &keys[0], r_tags);
	if (e_tags != NULL)
		publish_key(world, &keys[1], e_tags);
}

static void make_keys(struct world *world)
{
	static const char own[] =
		"{\"keys\": [{\"selector\": \"r\", \"algorithm\": \"rsa\","
		" \"state\": \"active\", \"since\": 0},"
		" {\"selector\": \"e\", \"algorithm\": \"ed25519\","
		" \"state\": \"active\", \"since\": 0}]}";
	static const char retired[] =
		"{\"keys\": [{\"selector\": \"r\", \"algorithm\": \"rsa\","
		" \"state\": \"retired\", \"since\": 0}]}";

	snprintf(world->folder, sizeof(world->folder), "/tmp/milter-XXXXXX");
	need(mkdtemp(world->folder) != NULL, "mkdtemp");
	(void)chmod(world->folder, 0750);
	write_file(world->folder, WORLD_DOMAIN, "domain.json", own,
		   sizeof(own) - 1);
	write_key(world, &keys[0]);
	write_key(world, &keys[1]);
	world_publish(world, "", "");
	write_file(world->folder, "retired.test", "domain.json", retired,
		   sizeof(retired) - 1);
	/* Listed as active, and not there. */
	write_file(world->folder, "broken.test", "domain.json", own,
		   sizeof(own) - 1);
}

static enum ps_dns_status ask_world(void *ctx, const char *name,
				    enum ps_dns_type type,
				    const struct ps_dns_answer **answer_r)
{
	struct world *world = ctx;
	struct ps_dns port = fake_dns_port(world->dns);

	if (world->dead)
		return world->now_us == world->began_us ? PS_DNS_PENDING
							: PS_DNS_TEMPFAIL;
	return port.lookup(port.ctx, name, type, answer_r);
}

static bool wait_world(void *ctx, unsigned int milliseconds)
{
	struct world *world = ctx;

	if (!world->dead)
		return fake_dns_wait(world->dns);
	world->now_us += milliseconds * UINT64_C(1000);
	return false;
}

static unsigned int asked_world(void *ctx)
{
	struct world *world = ctx;

	return fake_dns_questions(world->dns);
}

static void close_world(void *ctx)
{
	struct world *world = ctx;

	world->opened--;
}

static int questions(struct ps_service *service,
		     struct ps_questions *questions_r)
{
	struct world *world = (struct world *)service;

	world->opened++;
	*questions_r = (struct ps_questions){
		.dns = { ask_world, world },
		.wait = wait_world,
		.asked = asked_world,
		.close = close_world,
		.ctx = world,
	};
	return 0;
}

static bool suspended(struct ps_service *service, const char *login)
{
	(void)service;
	return strcmp(login, WORLD_SUSPENDED) == 0;
}

static enum ps_outcome may_send(struct ps_service *service,
				enum ps_from_must_match match,
				const char *login, const char *what,
				char reason_r[PS_REASON_MAX])
{
	struct world *world = (struct world *)service;
	const char *wanted = match == PS_MATCH_DOMAIN ? WORLD_DOMAIN
						      : WORLD_LOGIN
				     "@" WORLD_DOMAIN;

	if (world->directory_down) {
		snprintf(reason_r, PS_REASON_MAX, "database is locked");
		return PS_TEMPFAIL;
	}
	return strcmp(login, WORLD_LOGIN) == 0 && strcasecmp(what, wanted) == 0
		       ? PS_FOUND
		       : PS_NOTFOUND;
}

static void release(struct ps_service *service)
{
	((struct world *)service)->held--;
}

static uint64_t seconds(void)
{
	return 1800000000 + the_world->later;
}

static uint64_t microseconds(void)
{
	return the_world->now_us;
}

struct ps_service *world_hold(struct world *world)
{
	world->held++;
	return &world->service;
}

static void set_config(struct ps_config *config)
{
	static const struct ps_net internal[] = { { { 32, { 127 } }, 8 },
						  { { 32, { 10 } }, 8 } };
	static const struct ps_net relays[] = { { { 32, { 10, 9 } }, 16 } };
	static const struct ps_net backups[] = { { { 32, { 10, 8 } }, 16 } };
	static const char *const daemons[] = { "SUBMISSION" };
	static const char *const recipients[] = { "postmaster",
						  "open@own.test" };
	static const char *const senders[] = { "partner.test" };

	*config = (struct ps_config){
		.path = "/etc/postseal/postseal.conf",
		.authserv_id = WORLD_ID,
		.milter = {
			.internal_networks = { 2, internal },
			.trusted_relays = { 1, relays },
			.backup_mx = { 1, backups },
			.originating_daemons = { 1, daemons },
			.exempt_recipients = { 2, recipients },
			.exempt_senders = { 1, senders },
		},
		.sign = {
			.from_must_match = PS_MATCH_DOMAIN,
			.signature.canonicalization = PS_SIGN_RELAXED_RELAXED,
		},
		.dns = { .timeout = 10 },
		.spf = { .on_fail = PS_ENFORCE_REJECT, .explanation = PS_YES },
		.dkim = { .signatures_max = 10 },
		.dmarc = { .on_reject = PS_ENFORCE_REJECT },
	};
}

struct world *world_new(const char *zone)
{
	static uint64_t hours;
	struct world *world = calloc(1, sizeof(*world));

	need(world != NULL && ps_openssl_new(&world->openssl) == 0, "OpenSSL");
	the_world = world;
	/* What one world logged must not keep the next one quiet. */
	hours += UINT64_C(3600000000);
	world->now_us = world->began_us = hours;
	ps_log_set_sink(keep_line);
	set_config(&world->config);
	world->dns = fake_dns_load(zone);
	make_keys(world);
	need(ps_keyfolder_new(world->folder, &world->keys) == 0, "memory");
	need(ps_libpsl_new_of(PS_BYTES(WORLD_SUFFIXES), &world->psl) == 0,
	     "public suffixes");
	world->service = (struct ps_service){
		.config = &world->config,
		.crypto = ps_openssl_port(world->openssl),
		.dkim = &ps_dkim_engine_own,
		.idn = &ps_idn_libidn2,
		.psl = ps_libpsl_port(world->psl),
		.keys = world->keys,
		.ask = questions,
		.may_send = may_send,
		.suspended = suspended,
		.release = release,
		.seconds = seconds,
		.microseconds = microseconds,
	};
	return world;
}

void world_free(struct world **world)
{
	char command[128];

	need((*world)->held == 0, "a service was not released");
	need((*world)->opened == 0, "questions were not closed");
	snprintf(command, sizeof(command), "rm -rf %s", (*world)->folder);
	need(system(command) == 0, "rm");
	ps_keyfolder_free(&(*world)->keys);
	ps_libpsl_free(&(*world)->psl);
	ps_openssl_free(&(*world)->openssl);
	fake_dns_free(&(*world)->dns);
	free(*world);
	*world = NULL;
}

/* As an MTA splits it: folds stay LF, the body has CRLF. */
static const char *feed_header(struct ps_session *session,
			       struct ps_bytes message)
{
	const char *at = message.at, *end = message.at + message.len, *colon,
		   *stop;

	while (at < end && *at != '\n') {
		stop = memchr(at, '\n', (size_t)(end - at));
		while (stop != NULL && stop + 1 < end &&
		       (stop[1] == ' ' || stop[1] == '\t'))
			stop = memchr(stop + 1, '\n', (size_t)(end - stop - 1));
		if (stop == NULL)
			stop = end;
		colon = memchr(at, ':', (size_t)(stop - at));
		if (colon != NULL)
			ps_session_header(
				session,
				(struct ps_bytes){ at, (size_t)(colon - at) },
				(struct ps_bytes){
					colon + 1,
					(size_t)(stop - colon - 1) });
		at = stop == end ? end : stop + 1;
	}
	return at < end ? at + 1 : end;
}

void world_feed(struct ps_session *session, struct ps_bytes message,
		size_t (*piece)(void *ctx), void *ctx)
{
	const char *end = message.at + message.len;
	const char *at = feed_header(session, message);
	char *body = malloc(2 * message.len + 1);
	size_t len = 0, from, take;

	need(body != NULL, "memory");
	for (; at < end; at++) {
		if (*at == '\n')
			body[len++] = '\r';
		body[len++] = *at;
	}
	for (from = 0; from < len; from += take) {
		take = piece == NULL ? len : piece(ctx);
		if (take > len - from)
			take = len - from;
		ps_session_body(session, body + from, take);
	}
	free(body);
}

void world_describe(const struct ps_answer *answer, char *text, size_t size)
{
	const struct ps_change *change;
	size_t len;

	snprintf(text, size, "%s", ps_disposition_name(answer->disposition));
	if (answer->disposition == PS_REFUSE ||
	    answer->disposition == PS_DEFER) {
		len = strlen(text);
		snprintf(text + len, size - len, " %s %s", answer->code,
			 answer->status);
		return;
	}
	for (change = answer->first; change != NULL; change = change->next) {
		len = strlen(text);
		if (change->value == NULL)
			snprintf(text + len, size - len, " -%u", change->nth);
		else
			snprintf(text + len, size - len, " +%s", change->name);
	}
}

static char *insert(const struct ps_change *change, const char *message)
{
	struct ps_buffer text = PS_BUFFER(1000000);
	char *copy;

	ps_buffer_text(&text, change->name);
	ps_buffer_char(&text, ':');
	ps_buffer_text(&text, change->value);
	ps_buffer_char(&text, '\n');
	ps_buffer_text(&text, message);
	copy = strdup(ps_buffer_cstr(&text));
	need(copy != NULL && !text.failed, "memory");
	ps_buffer_free(&text);
	return copy;
}

static const char *behind_field(const char *at)
{
	do
		at = strchr(at, '\n') + 1;
	while (*at == ' ' || *at == '\t');
	return at;
}

/* The nth field of that name; it is there. */
static void cut(const struct ps_change *change, char *message)
{
	size_t len = strlen(change->name);
	unsigned int nth = change->nth;
	const char *behind;
	char *at = message;

	while (strncasecmp(at, change->name, len) != 0 || at[len] != ':' ||
	       --nth > 0)
		at += behind_field(at) - at;
	behind = behind_field(at);
	memmove(at, behind, strlen(behind) + 1);
}

char *world_changed(const struct ps_answer *answer, const char *message)
{
	const struct ps_change *change;
	char *next, *text = strdup(message);

	need(text != NULL, "memory");
	for (change = answer->first; change != NULL; change = change->next) {
		if (change->value == NULL) {
			cut(change, text);
			continue;
		}
		next = insert(change, text);
		free(text);
		text = next;
	}
	return text;
}
