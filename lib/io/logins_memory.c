/* logins_memory.c - a sketch for each login, the last used ones first. */

#include "io/logins_memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SOME_BUCKETS 64 /* looked at in one go; ours */
#define IPV6_PREFIX  8	/* octets: a /64 is one network of one customer */

struct login {
	struct login *next;	     /* of the same bucket */
	struct login *newer, *older; /* by last use */
	struct ps_login_sketch sketch;
	size_t len;
	char name[]; /* in lower case */
};

struct ps_logins {
	pthread_mutex_t lock;
	struct ps_siphash_key secret;
	struct ps_countries countries; /* find NULL: none */
	struct login **bucket;
	size_t mask, count, max;
	uint64_t noted;
	struct login *newest, *oldest;
};

int ps_logins_new(size_t max, const struct ps_countries *countries,
		  struct ps_logins **logins_r)
{
	struct ps_logins *logins = calloc(1, sizeof(*logins));
	size_t buckets = 64;

	*logins_r = NULL;
	if (logins == NULL)
		return -1;
	while (buckets < max)
		buckets *= 2;
	logins->max = max;
	logins->mask = buckets - 1;
	logins->bucket = calloc(buckets, sizeof(*logins->bucket));
	if (countries != NULL)
		logins->countries = *countries;
	if (logins->bucket == NULL ||
	    ps_siphash_key_random(&logins->secret) < 0 ||
	    pthread_mutex_init(&logins->lock, NULL) != 0) {
		free(logins->bucket);
		free(logins);
		return -1;
	}
	*logins_r = logins;
	return 0;
}

void ps_logins_free(struct ps_logins **logins)
{
	struct login *login;

	if (*logins == NULL)
		return;
	while ((login = (*logins)->newest) != NULL) {
		(*logins)->newest = login->older;
		free(login);
	}
	(void)pthread_mutex_destroy(&(*logins)->lock);
	free((*logins)->bucket);
	free(*logins);
	*logins = NULL;
}

/* ---- the table ---- */

/* False: too long to be kept. */
static bool name_of(struct ps_bytes login, char name_r[PS_LOGIN_TEXT_MAX],
		    struct ps_bytes *lower_r)
{
	if (login.len > PS_LOGIN_TEXT_MAX)
		return false;
	memcpy(name_r, login.at, login.len);
	ps_ascii_lower_all(name_r, login.len);
	*lower_r = (struct ps_bytes){ name_r, login.len };
	return true;
}

/* Where the login hangs, or would. */
static struct login **find(const struct ps_logins *logins, struct ps_bytes name)
{
	uint64_t hash = ps_siphash(&logins->secret, name.at, name.len);
	struct login **at = &logins->bucket[hash & logins->mask];

	while (*at != NULL &&
	       !ps_bytes_equal((struct ps_bytes){ (*at)->name, (*at)->len },
			       name))
		at = &(*at)->next;
	return at;
}

static void leave_order(struct ps_logins *logins, struct login *login)
{
	if (login->newer != NULL)
		login->newer->older = login->older;
	else
		logins->newest = login->older;
	if (login->older != NULL)
		login->older->newer = login->newer;
	else
		logins->oldest = login->newer;
}

static void enter_order(struct ps_logins *logins, struct login *login)
{
	login->newer = NULL;
	login->older = logins->newest;
	if (logins->newest != NULL)
		logins->newest->newer = login;
	else
		logins->oldest = login;
	logins->newest = login;
}

static void forget_oldest(struct ps_logins *logins)
{
	struct login *login = logins->oldest, **at;

	at = find(logins, (struct ps_bytes){ login->name, login->len });
	*at = login->next;
	leave_order(logins, login);
	logins->count--;
	free(login);
}

/* NULL: no memory. */
static struct login *login_of(struct ps_logins *logins, struct ps_bytes name)
{
	struct login *login = *find(logins, name);

	if (login != NULL) {
		leave_order(logins, login);
		enter_order(logins, login);
		return login;
	}
	login = calloc(1, sizeof(*login) + name.len);
	if (login == NULL)
		return NULL;
	if (logins->count == logins->max)
		forget_oldest(logins);
	login->len = name.len;
	memcpy(login->name, name.at, name.len);
	*find(logins, name) = login;
	enter_order(logins, login);
	logins->count++;
	return login;
}

/* ---- what is noted ---- */

static uint64_t hash(const struct ps_logins *logins, const void *data,
		     size_t len)
{
	uint64_t sum = ps_siphash(&logins->secret, data, len);

	return sum == 0 ? 1 : sum;
}

/* Case does not count: few systems tell local parts apart by it. */
static uint64_t hash_lower(const struct ps_logins *logins, struct ps_bytes text)
{
	char lower[512];

	if (text.len > sizeof(lower))
		text.len = sizeof(lower);
	memcpy(lower, text.at, text.len);
	ps_ascii_lower_all(lower, text.len);
	return hash(logins, lower, text.len);
}

static void take_address(const struct ps_logins *logins,
			 struct ps_bytes address, struct ps_login_event *event)
{
	char text[PS_IP_TEXT_MAX];
	struct ps_bytes country;
	struct ps_ip ip;

	if (!ps_bytes_copy(address, text, sizeof(text)) ||
	    !ps_ip_parse(text, &ip))
		return;
	event->address =
		hash(logins, ip.octet, ip.bits == 128 ? IPV6_PREFIX : 4);
	if (logins->countries.find == NULL)
		return;
	country = logins->countries.find(logins->countries.ctx, &ip);
	if (country.at != NULL && country.len > 0)
		event->country = hash(logins, country.at, country.len);
}

static void note(void *ctx, const struct ps_rule_login *request)
{
	struct ps_logins *logins = ctx;
	struct ps_login_event event = { .now = (uint32_t)request->now };
	char lower[PS_LOGIN_TEXT_MAX];
	struct login *login;
	struct ps_bytes name;

	if (!name_of(request->login, lower, &name))
		return;
	take_address(logins, request->client_address, &event);
	if (request->recipient.at != NULL) {
		event.recipient = hash_lower(logins, request->recipient);
		if (request->instance.len > 0)
			event.request = event.recipient ^
					hash(logins, request->instance.at,
					     request->instance.len);
	}
	(void)pthread_mutex_lock(&logins->lock);
	login = login_of(logins, name);
	if (login != NULL)
		ps_login_note(&login->sketch, &event);
	logins->noted++;
	(void)pthread_mutex_unlock(&logins->lock);
}

static bool count(void *ctx, struct ps_bytes text, uint64_t now,
		  uint32_t seconds, struct ps_login_counts *counts_r)
{
	struct ps_logins *logins = ctx;
	char lower[PS_LOGIN_TEXT_MAX];
	const struct login *login;
	struct ps_bytes name;

	if (!name_of(text, lower, &name))
		return false;
	(void)pthread_mutex_lock(&logins->lock);
	login = *find(logins, name);
	if (login != NULL)
		ps_login_count(&login->sketch, (uint32_t)now, seconds,
			       counts_r);
	(void)pthread_mutex_unlock(&logins->lock);
	return login != NULL;
}

struct ps_rule_logins ps_logins_port(struct ps_logins *logins)
{
	return (struct ps_rule_logins){
		.note = note,
		.count = count,
		.has_countries = logins->countries.find != NULL,
		.ctx = logins,
	};
}

size_t ps_logins_held(struct ps_logins *logins)
{
	size_t count_now;

	(void)pthread_mutex_lock(&logins->lock);
	count_now = logins->count;
	(void)pthread_mutex_unlock(&logins->lock);
	return count_now;
}

void ps_logins_forgive(struct ps_logins *logins, struct ps_bytes text)
{
	char lower[PS_LOGIN_TEXT_MAX];
	struct login *login;
	struct ps_bytes name;

	if (!name_of(text, lower, &name))
		return;
	(void)pthread_mutex_lock(&logins->lock);
	login = *find(logins, name);
	if (login != NULL)
		ps_login_forgive(&login->sketch);
	logins->noted++;
	(void)pthread_mutex_unlock(&logins->lock);
}

/* ---- for a file ---- */

uint64_t ps_logins_noted(struct ps_logins *logins)
{
	uint64_t noted;

	(void)pthread_mutex_lock(&logins->lock);
	noted = logins->noted;
	(void)pthread_mutex_unlock(&logins->lock);
	return noted;
}

struct ps_siphash_key ps_logins_secret(struct ps_logins *logins)
{
	return logins->secret;
}

void ps_logins_set_secret(struct ps_logins *logins,
			  const struct ps_siphash_key *secret)
{
	logins->secret = *secret;
}

size_t ps_logins_some(struct ps_logins *logins, size_t from, ps_logins_row *row,
		      void *ctx)
{
	const struct login *login;
	size_t end = from + SOME_BUCKETS;

	(void)pthread_mutex_lock(&logins->lock);
	for (; from <= logins->mask && from < end; from++) {
		for (login = logins->bucket[from]; login != NULL;
		     login = login->next)
			row(ctx, (struct ps_bytes){ login->name, login->len },
			    &login->sketch);
	}
	(void)pthread_mutex_unlock(&logins->lock);
	return from > logins->mask ? 0 : from;
}

bool ps_logins_put(struct ps_logins *logins, struct ps_bytes name,
		   const struct ps_login_sketch *sketch)
{
	char lower[PS_LOGIN_TEXT_MAX];
	struct login *login = NULL;
	struct ps_bytes text;

	if (!name_of(name, lower, &text))
		return false;
	(void)pthread_mutex_lock(&logins->lock);
	if (logins->count < logins->max)
		login = login_of(logins, text);
	if (login != NULL)
		login->sketch = *sketch;
	(void)pthread_mutex_unlock(&logins->lock);
	return login != NULL;
}
