/* health.c - can the daemon answer, and what of what it stands on is there? */

#include "milter/health.h"

#include "io/clock.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* RFC 2606 2: a domain nobody has; that nothing is found of it is an answer. */
#define NOBODY "postseal.invalid"

struct ps_health {
	struct ps_daemon *daemon;
	bool (*serving)(void);
	pthread_mutex_t asking; /* one asks the directory at a time */
	pthread_mutex_t lock;	/* what follows */
	struct ps_backend_health directory;
	uint64_t asked_us; /* 0: never */
};

int ps_health_new(struct ps_daemon *daemon, bool (*serving)(void),
		  struct ps_health **health_r)
{
	struct ps_health *health = calloc(1, sizeof(*health));

	*health_r = health;
	if (health == NULL)
		return -1;
	health->daemon = daemon;
	health->serving = serving;
	pthread_mutex_init(&health->asking, NULL);
	pthread_mutex_init(&health->lock, NULL);
	return 0;
}

void ps_health_free(struct ps_health **health)
{
	if (*health == NULL)
		return;
	pthread_mutex_destroy(&(*health)->asking);
	pthread_mutex_destroy(&(*health)->lock);
	free(*health);
	*health = NULL;
}

static void ask_directory(struct ps_daemon *daemon,
			  struct ps_backend_health *state_r)
{
	struct ps_service *service = ps_daemon_hold(daemon);
	struct ps_buffer answer = PS_BUFFER(PS_ANSWER_MAX);

	*state_r = (struct ps_backend_health){ .name = "directory" };
	switch (service->config->directory.backend) {
	case PS_BACKEND_SQLITE:
		state_r->kind = "sqlite";
		break;
	case PS_BACKEND_LDAP:
		state_r->kind = "ldap";
		break;
	}
	state_r->up = service->view(service, PS_VIEW_DOMAINS, NOBODY, &answer,
				    state_r->reason) != PS_TEMPFAIL;
	ps_buffer_free(&answer);
	service->release(service);
}

/* False: it is too long ago. */
static bool known(struct ps_health *health, struct ps_backend_health *state_r)
{
	uint64_t now = ps_clock_monotonic_us();
	bool fresh;

	pthread_mutex_lock(&health->lock);
	fresh = health->asked_us != 0 &&
		now - health->asked_us < PS_HEALTH_KEPT_US;
	*state_r = health->directory;
	pthread_mutex_unlock(&health->lock);
	return fresh;
}

static void look_at_directory(struct ps_health *health,
			      struct ps_backend_health *state_r)
{
	if (known(health, state_r))
		return;
	pthread_mutex_lock(&health->asking);
	if (!known(health, state_r)) {
		ask_directory(health->daemon, state_r);
		pthread_mutex_lock(&health->lock);
		health->directory = *state_r;
		health->asked_us = ps_clock_monotonic_us();
		pthread_mutex_unlock(&health->lock);
	}
	pthread_mutex_unlock(&health->asking);
}

static void look_at(const char *name, const char *kind, bool up,
		    const char *reason, struct ps_backend_health *state_r)
{
	*state_r = (struct ps_backend_health){ .name = name,
					       .kind = kind,
					       .up = up };
	if (!up)
		(void)snprintf(state_r->reason, sizeof(state_r->reason), "%s",
			       reason);
}

size_t
ps_health_backends(struct ps_health *health,
		   struct ps_backend_health state_r[PS_HEALTH_BACKENDS_MAX])
{
	struct ps_policy *policy = ps_daemon_policy(health->daemon);
	const struct ps_policy_counts *counts;
	struct ps_policy_redis redis;
	size_t count = 0;

	look_at_directory(health, &state_r[count++]);
	if (policy == NULL)
		return count;
	counts = ps_policy_counts_of(policy);
	look_at("journal", "file", ps_policy_counts_kept(counts),
		"limits.journal cannot be written: counts are in memory only",
		&state_r[count++]);
	if (ps_policy_counts_redis(counts, &redis))
		look_at("redis", "redis", redis.up,
			"it does not answer: this host counts by itself",
			&state_r[count++]);
	return count;
}

const char *ps_health_judge(bool serving, uint64_t looked_us, uint64_t now_us)
{
	if (!serving)
		return "the milter takes no messages: it starts, stops, or has "
		       "failed";
	if (now_us > looked_us && now_us - looked_us > PS_HEALTH_STUCK_US)
		return "the daemon has not looked after itself for a minute";
	return NULL;
}

const char *ps_health_fault(struct ps_health *health)
{
	return ps_health_judge(health->serving(),
			       ps_daemon_looked(health->daemon),
			       ps_clock_monotonic_us());
}
