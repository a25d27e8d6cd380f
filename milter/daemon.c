/* daemon.c - the state of the process: the configuration now in force. */

#include "milter/daemon.h"

#include "directory/log.h"
#include "io/clock.h"
#include "io/crypto_openssl.h"
#include "io/dkim_opendkim.h"
#include "io/idn_libidn2.h"
#include "io/psl_libpsl.h"
#include "io/resolver.h"
#include "milter/handles.h"
#include "milter/quiet.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One configuration and what was opened with it; gone with its last holder. */
struct generation {
	struct ps_service service; /* first: the two are cast */
	atomic_uint holders;
	struct ps_state *state; /* the daemon's */
	struct ps_config *config;
	struct ps_keyfolder *keys;
	struct ps_resolver *resolver;
	struct ps_libpsl *psl;	      /* NULL: not needed */
	struct ps_opendkim *opendkim; /* NULL: not asked for */
	struct ps_handles *handles;
};

struct ps_daemon {
	pthread_mutex_t reloading; /* who holds it may look at current */
	pthread_mutex_t lock;
	struct generation *current;
	uint64_t started, loaded; /* seconds since 1970; under lock */
	struct ps_openssl *openssl;
	struct ps_policy *policy; /* NULL: there is none */
	struct ps_state *state;
	struct ps_notifier *notifier; /* NULL: none */
	struct ps_metrics metrics;
	struct ps_resolver_totals dns;
	atomic_ullong looked; /* monotonic microseconds */
};

static bool questions_wait(void *ctx, unsigned int milliseconds)
{
	return ps_dns_session_wait(ctx, milliseconds);
}

static unsigned int questions_asked(void *ctx)
{
	return ps_dns_session_questions(ctx);
}

static bool questions_ttl(void *ctx, const char *name, enum ps_dns_type type,
			  unsigned int *seconds_r)
{
	return ps_dns_session_ttl(ctx, name, type, seconds_r);
}

static void questions_close(void *ctx)
{
	struct ps_dns_session *session = ctx;

	ps_dns_session_free(&session);
}

static int ask(struct ps_service *service, struct ps_questions *questions_r)
{
	struct generation *generation = (struct generation *)service;
	struct ps_dns_session *session;

	if (ps_dns_session_new(generation->resolver, &session) < 0)
		return -1;
	*questions_r = (struct ps_questions){
		.dns = ps_dns_session_port(session),
		.wait = questions_wait,
		.asked = questions_asked,
		.ttl = questions_ttl,
		.close = questions_close,
		.ctx = session,
	};
	return 0;
}

static enum ps_outcome may_send(struct ps_service *service,
				enum ps_from_must_match match,
				const char *login, const char *what,
				char reason_r[PS_REASON_MAX])
{
	struct generation *generation = (struct generation *)service;

	return ps_handles_may_send(generation->handles, match, login, what,
				   reason_r);
}

static enum ps_outcome view(struct ps_service *service, enum ps_view view,
			    const char *key, struct ps_buffer *answer,
			    char reason_r[PS_REASON_MAX])
{
	struct generation *generation = (struct generation *)service;

	return ps_handles_view(generation->handles, view, key, answer,
			       reason_r);
}

static bool suspended(struct ps_service *service, const char *login)
{
	struct generation *generation = (struct generation *)service;

	return ps_state_is_suspended(generation->state, ps_bytes_of(login),
				     NULL);
}

static void generation_free(struct generation *generation)
{
	ps_handles_free(&generation->handles);
	ps_resolver_free(&generation->resolver);
	ps_libpsl_free(&generation->psl);
	ps_opendkim_free(&generation->opendkim);
	ps_keyfolder_free(&generation->keys);
	ps_config_free(&generation->config);
	free(generation);
}

static void release(struct ps_service *service)
{
	struct generation *generation = (struct generation *)service;

	if (atomic_fetch_sub(&generation->holders, 1) == 1)
		generation_free(generation);
}

static int open_psl(struct generation *generation,
		    const struct ps_config *config,
		    char error_r[PS_CONFIG_ERROR_MAX])
{
	if (config->dmarc.org_domain == PS_ORG_TREEWALK ||
	    ps_libpsl_new(&generation->psl) == 0)
		return 0;
	snprintf(error_r, PS_CONFIG_ERROR_MAX,
		 "%s: dmarc.org_domain: no list of public suffixes can be read",
		 config->path);
	return -1;
}

static int open_engine(struct generation *generation,
		       const struct ps_config *config,
		       char error_r[PS_CONFIG_ERROR_MAX])
{
	if (ps_daemon_check(config, error_r) < 0)
		return -1;
	switch (config->dkim.engine) {
	case PS_ENGINE_POSTSEAL:
		generation->service.dkim = &ps_dkim_engine_own;
		return 0;
	case PS_ENGINE_OPENDKIM:
		break;
	}
	if (ps_opendkim_new(&generation->opendkim) < 0)
		return -1;
	generation->service.dkim = ps_opendkim_port(generation->opendkim);
	return 0;
}

/* That of the configuration before, with its cache, where it may go on. */
static int open_resolver(struct ps_daemon *daemon,
			 struct generation *generation,
			 const struct ps_config *config,
			 char error_r[PS_CONFIG_ERROR_MAX])
{
	if (daemon->current != NULL)
		generation->resolver = ps_resolver_again(
			daemon->current->resolver, &config->dns);
	if (generation->resolver != NULL)
		return 0;
	if (ps_resolver_new(&config->dns, &generation->resolver, error_r) < 0)
		return -1;
	ps_resolver_count_in(generation->resolver, &daemon->dns);
	return 0;
}

static struct generation *generation_new(struct ps_daemon *daemon,
					 struct ps_config *config,
					 char error_r[PS_CONFIG_ERROR_MAX])
{
	struct generation *generation = calloc(1, sizeof(*generation));

	snprintf(error_r, PS_CONFIG_ERROR_MAX, "out of memory");
	if (generation == NULL)
		return NULL;
	if (ps_keyfolder_new(config->keys.folder, &generation->keys) < 0 ||
	    open_resolver(daemon, generation, config, error_r) < 0 ||
	    open_psl(generation, config, error_r) < 0 ||
	    open_engine(generation, config, error_r) < 0 ||
	    ps_handles_new(config, &generation->handles, error_r) < 0) {
		generation_free(generation);
		return NULL;
	}
	atomic_init(&generation->holders, 1);
	generation->config = config;
	generation->state = daemon->state;
	generation->service = (struct ps_service){
		.config = config,
		.crypto = ps_openssl_port(daemon->openssl),
		.dkim = generation->service.dkim,
		.idn = &ps_idn_libidn2,
		.psl = generation->psl == NULL
			       ? NULL
			       : ps_libpsl_port(generation->psl),
		.keys = generation->keys,
		.ask = ask,
		.may_send = may_send,
		.suspended = suspended,
		.view = view,
		.metrics = &daemon->metrics,
		.release = release,
		.seconds = ps_clock_seconds,
		.microseconds = ps_clock_monotonic_us,
	};
	return generation;
}

static struct ps_service *hold(void *ctx)
{
	return ps_daemon_hold(ctx);
}

static int open_policy(struct ps_daemon *daemon, const struct ps_config *config,
		       char error_r[PS_CONFIG_ERROR_MAX])
{
	const struct ps_policy_world world = { hold, daemon };

	if (config->limits.rules == NULL)
		return 0;
	return ps_policy_new(&config->limits, world, &daemon->policy, error_r);
}

static int open_state(struct ps_daemon *daemon, const struct ps_config *config,
		      char error_r[PS_CONFIG_ERROR_MAX])
{
	char note[PS_REASON_MAX], reason[PS_REASON_MAX];

	if (ps_state_open(config->state_database, ps_clock_seconds(),
			  &daemon->state, note, reason) < 0) {
		snprintf(error_r, PS_CONFIG_ERROR_MAX, "state_database: %s",
			 reason);
		return -1;
	}
	if (note[0] != '\0')
		ps_log(PS_LOG_ERROR, "state_database: %s", note);
	return 0;
}

int ps_daemon_new(struct ps_config *config, struct ps_daemon **daemon_r,
		  char error_r[PS_CONFIG_ERROR_MAX])
{
	struct ps_daemon *daemon = calloc(1, sizeof(*daemon));

	*daemon_r = NULL;
	if (daemon == NULL || ps_openssl_new(&daemon->openssl) < 0) {
		snprintf(error_r, PS_CONFIG_ERROR_MAX,
			 "OpenSSL cannot be used, or out of memory");
		free(daemon);
		return -1;
	}
	daemon->current = generation_new(daemon, config, error_r);
	if (daemon->current == NULL) {
		ps_openssl_free(&daemon->openssl);
		free(daemon);
		return -1;
	}
	pthread_mutex_init(&daemon->lock, NULL);
	pthread_mutex_init(&daemon->reloading, NULL);
	daemon->started = daemon->loaded = ps_clock_seconds();
	atomic_init(&daemon->looked, ps_clock_monotonic_us());
	*daemon_r = daemon;
	return 0;
}

int ps_daemon_open_own(struct ps_daemon *daemon,
		       char error_r[PS_CONFIG_ERROR_MAX])
{
	const struct ps_config *config = daemon->current->config;

	if (open_state(daemon, config, error_r) < 0)
		return -1;
	daemon->current->state = daemon->state;
	return open_policy(daemon, config, error_r);
}

void ps_daemon_free(struct ps_daemon **daemon)
{
	if (*daemon == NULL)
		return;
	ps_policy_free(&(*daemon)->policy);
	release(&(*daemon)->current->service);
	ps_state_close(&(*daemon)->state);
	ps_openssl_free(&(*daemon)->openssl);
	pthread_mutex_destroy(&(*daemon)->lock);
	pthread_mutex_destroy(&(*daemon)->reloading);
	free(*daemon);
	*daemon = NULL;
}

struct ps_service *ps_daemon_hold(struct ps_daemon *daemon)
{
	struct generation *generation;

	pthread_mutex_lock(&daemon->lock);
	generation = daemon->current;
	atomic_fetch_add(&generation->holders, 1);
	pthread_mutex_unlock(&daemon->lock);
	return &generation->service;
}

static bool same_list(const struct ps_config_list *a,
		      const struct ps_config_list *b)
{
	size_t i;

	for (i = 0; i < a->count && i < b->count; i++) {
		if (strcmp(a->at[i], b->at[i]) != 0)
			return false;
	}
	return a->count == b->count;
}

/* What a reload cannot change. */
static void say_later(const struct ps_daemon *daemon,
		      const struct ps_config *was, const struct ps_config *will)
{
	const struct ps_config_limits *a = &was->limits, *b = &will->limits;

	if (strcmp(was->milter.socket, will->milter.socket) != 0 ||
	    !same_list(&was->map.sockets, &will->map.sockets) ||
	    strcmp(was->control_socket, will->control_socket) != 0 ||
	    !same_list(&was->metrics.sockets, &will->metrics.sockets) ||
	    strcmp(was->user, will->user) != 0)
		ps_log(PS_LOG_WARNING,
		       "%s: milter.socket, map.sockets, metrics.sockets, "
		       "control_socket and user take effect at the next start",
		       will->path);
	if (!same_list(&a->sockets, &b->sockets) || a->mode != b->mode ||
	    a->keys_max != b->keys_max || strcmp(a->journal, b->journal) != 0)
		ps_log(PS_LOG_WARNING,
		       "%s: limits.sockets, limits.mode, limits.keys_max and "
		       "limits.journal take effect at the next start",
		       will->path);
	if (!ps_config_redis_same(&a->redis, &b->redis))
		ps_log(PS_LOG_WARNING,
		       "%s: the settings of redis take effect at the next "
		       "start",
		       will->path);
	if (daemon->policy == NULL && b->rules != NULL)
		ps_log(PS_LOG_WARNING,
		       "%s: limits.rules: the policy service begins at the "
		       "next start",
		       will->path);
}

static void put_in_force(struct ps_daemon *daemon, struct generation *next)
{
	struct generation *last = daemon->current;

	say_later(daemon, last->config, next->config);
	pthread_mutex_lock(&daemon->lock);
	daemon->current = next;
	daemon->loaded = ps_clock_seconds();
	pthread_mutex_unlock(&daemon->lock);
	ps_notifier_settings(daemon->notifier, next->config);
	release(&last->service);
}

/* The rules take the place of those before last of all, as they cannot be put
 * back. */
static int change_rules(struct ps_daemon *daemon,
			const struct ps_config *config,
			struct ps_policy_book **book,
			char error_r[PS_CONFIG_ERROR_MAX])
{
	if (*book == NULL)
		return 0;
	if (!ps_policy_take(daemon->policy, &config->limits, *book)) {
		snprintf(error_r, PS_CONFIG_ERROR_MAX, "out of memory");
		return -1;
	}
	*book = NULL;
	return 0;
}

/* All of it, or nothing and a sentence. */
static struct generation *prepare(struct ps_daemon *daemon,
				  struct ps_config *config,
				  char error_r[PS_CONFIG_ERROR_MAX])
{
	struct generation *next = NULL;
	struct ps_policy_book *book = NULL;

	if (daemon->policy != NULL &&
	    ps_policy_book_new(&config->limits, &book, error_r) < 0)
		return NULL;
	next = generation_new(daemon, config, error_r);
	if (next != NULL && change_rules(daemon, config, &book, error_r) < 0) {
		next->config = NULL; /* still the caller's */
		generation_free(next);
		next = NULL;
	}
	ps_policy_book_free(&book);
	return next;
}

static int reload(struct ps_daemon *daemon, char error_r[PS_CONFIG_ERROR_MAX])
{
	struct ps_config *config = NULL;
	struct generation *next = NULL;

	if (ps_config_read(daemon->current->config->path, &config, error_r) ==
	    0)
		next = prepare(daemon, config, error_r);
	if (next == NULL) {
		ps_config_free(&config);
		ps_log(PS_LOG_ERROR,
		       "reload: %s; the configuration before stays in force",
		       error_r);
		return -1;
	}
	put_in_force(daemon, next);
	ps_log(PS_LOG_INFO, "reload: %s is in force", config->path);
	return 0;
}

int ps_daemon_reload(struct ps_daemon *daemon,
		     char error_r[PS_CONFIG_ERROR_MAX])
{
	int result;

	pthread_mutex_lock(&daemon->reloading);
	result = reload(daemon, error_r);
	pthread_mutex_unlock(&daemon->reloading);
	return result;
}

static void save_state(struct ps_daemon *daemon)
{
	char reason[PS_REASON_MAX];

	if (ps_state_save(daemon->state, reason) < 0)
		ps_quiet_log(ps_clock_monotonic_us(), PS_LOG_ERROR,
			     "a suspension is in memory only: %s", reason);
}

void ps_daemon_look(struct ps_daemon *daemon)
{
	atomic_store(&daemon->looked, ps_clock_monotonic_us());
	save_state(daemon);
	if (daemon->policy == NULL)
		return;
	pthread_mutex_lock(&daemon->reloading);
	ps_policy_look(daemon->policy);
	pthread_mutex_unlock(&daemon->reloading);
}

struct ps_policy *ps_daemon_policy(struct ps_daemon *daemon)
{
	return daemon->policy;
}

void ps_daemon_equip(struct ps_daemon *daemon, struct ps_notifier *notifier)
{
	const struct ps_policy_means means = { daemon->state, notifier };

	daemon->notifier = notifier;
	if (daemon->policy != NULL)
		ps_policy_equip(daemon->policy, &means);
}

struct ps_notifier *ps_daemon_notifier(struct ps_daemon *daemon)
{
	return daemon->notifier;
}

uint64_t ps_daemon_looked(struct ps_daemon *daemon)
{
	return atomic_load(&daemon->looked);
}

struct ps_metrics *ps_daemon_metrics(struct ps_daemon *daemon)
{
	return &daemon->metrics;
}

void ps_daemon_dns(struct ps_daemon *daemon, struct ps_resolver_stats *stats_r)
{
	struct ps_service *service = ps_daemon_hold(daemon);

	ps_resolver_stats(((struct generation *)service)->resolver, stats_r);
	service->release(service);
}

struct ps_state *ps_daemon_state(struct ps_daemon *daemon)
{
	return daemon->state;
}

void ps_daemon_times(struct ps_daemon *daemon, uint64_t *started_r,
		     uint64_t *loaded_r)
{
	pthread_mutex_lock(&daemon->lock);
	*started_r = daemon->started;
	*loaded_r = daemon->loaded;
	pthread_mutex_unlock(&daemon->lock);
}
