/* test_service.c - the daemon's own service, written down. */

#include "cli/test_service.h"

#include "core/text/arena.h"
#include "io/zone_file.h"
#include "milter/daemon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_MAX 16777216 /* octets of what is written down; ours */

struct ps_test_service {
	struct ps_service service; /* first: the two are cast */
	struct ps_daemon *daemon;
	struct ps_service *real; /* held */
	struct ps_zone_file *zone;
	struct ps_questions asked; /* of the message */
	unsigned int round;
	struct ps_arena *arena;
	struct ps_test_question *questions, **questions_end;
	struct ps_test_permission *permissions, **permissions_end;
};

/* ---- questions ---- */

/* NULL: there is no memory to write it down. */
static struct ps_test_question *question_of(struct ps_test_service *test,
					    const char *name,
					    enum ps_dns_type type)
{
	struct ps_test_question *question;

	for (question = test->questions; question != NULL;
	     question = question->next) {
		if (question->type == type && strcmp(question->name, name) == 0)
			return question;
	}
	question = ps_arena_alloc(test->arena, sizeof(*question));
	if (question == NULL)
		return NULL;
	*question = (struct ps_test_question){
		.name = ps_arena_text(test->arena, name),
		.type = type,
		.round = test->round,
	};
	if (question->name == NULL)
		return NULL;
	*test->questions_end = question;
	test->questions_end = &question->next;
	return question;
}

static enum ps_dns_status lookup(void *ctx, const char *name,
				 enum ps_dns_type type,
				 const struct ps_dns_answer **answer_r)
{
	struct ps_test_service *test = ctx;
	const struct ps_dns *dns = &test->asked.dns;
	struct ps_test_question *question = question_of(test, name, type);
	enum ps_dns_status status;

	status = dns->lookup(dns->ctx, name, type, answer_r);
	if (question == NULL)
		return status;
	question->status = status;
	question->answer = status == PS_DNS_FOUND || status == PS_DNS_NOTFOUND
				   ? *answer_r
				   : NULL;
	if (question->answer != NULL && test->asked.ttl != NULL)
		question->ttl_known = test->asked.ttl(test->asked.ctx, name,
						      type, &question->ttl);
	return status;
}

static bool wait(void *ctx, unsigned int milliseconds)
{
	struct ps_test_service *test = ctx;
	struct ps_test_question *question;
	bool all = test->asked.wait(test->asked.ctx, milliseconds);

	test->round++;
	for (question = test->questions; question != NULL && !all;
	     question = question->next)
		question->late =
			question->late || question->status == PS_DNS_PENDING;
	return all;
}

static unsigned int asked(void *ctx)
{
	struct ps_test_service *test = ctx;

	return test->asked.asked(test->asked.ctx);
}

static void close_questions(void *ctx)
{
	struct ps_test_service *test = ctx;

	test->asked.close(test->asked.ctx);
}

/* ---- a zone ---- */

/* A zone has every answer at once. */
static bool zone_wait(void *ctx, unsigned int milliseconds)
{
	(void)ctx;
	(void)milliseconds;
	return true;
}

static unsigned int zone_asked(void *ctx)
{
	(void)ctx;
	return 0;
}

static void zone_close(void *ctx)
{
	(void)ctx;
}

/* ---- the service ---- */

static int ask(struct ps_service *service, struct ps_questions *questions_r)
{
	struct ps_test_service *test = (struct ps_test_service *)service;

	test->asked = (struct ps_questions){ .wait = zone_wait,
					     .asked = zone_asked,
					     .close = zone_close };
	if (test->zone != NULL)
		test->asked.dns = ps_zone_file_port(test->zone);
	else if (test->real->ask(test->real, &test->asked) < 0)
		return -1;
	*questions_r = (struct ps_questions){
		.dns = { .lookup = lookup, .ctx = test },
		.wait = wait,
		.asked = asked,
		.close = close_questions,
		.ctx = test,
	};
	return 0;
}

static enum ps_outcome may_send(struct ps_service *service,
				enum ps_from_must_match match,
				const char *login, const char *what,
				char reason_r[PS_REASON_MAX])
{
	struct ps_test_service *test = (struct ps_test_service *)service;
	struct ps_test_permission *told =
		ps_arena_alloc(test->arena, sizeof(*told));
	enum ps_outcome outcome =
		test->real->may_send(test->real, match, login, what, reason_r);

	if (told == NULL)
		return outcome;
	told->match = match;
	told->what = ps_arena_text(test->arena, what);
	told->outcome = outcome;
	if (outcome == PS_TEMPFAIL)
		snprintf(told->reason, sizeof(told->reason), "%s", reason_r);
	if (told->what != NULL) {
		*test->permissions_end = told;
		test->permissions_end = &told->next;
	}
	return outcome;
}

static enum ps_outcome view(struct ps_service *service, enum ps_view which,
			    const char *key, struct ps_buffer *answer,
			    char reason_r[PS_REASON_MAX])
{
	struct ps_test_service *test = (struct ps_test_service *)service;

	return test->real->view(test->real, which, key, answer, reason_r);
}

/* It lives longer than its message. */
static void release(struct ps_service *service)
{
	(void)service;
}

static int open_daemon(struct ps_test_service *test, const char *path,
		       char error_r[PS_CONFIG_ERROR_MAX])
{
	struct ps_config *config;

	if (ps_config_read(path, &config, error_r) < 0)
		return -1;
	if (ps_daemon_new(config, &test->daemon, error_r) < 0) {
		ps_config_free(&config);
		return -1;
	}
	test->real = ps_daemon_hold(test->daemon);
	test->service = *test->real;
	test->service.ask = ask;
	test->service.may_send = may_send;
	test->service.suspended = NULL; /* what the daemon alone knows */
	test->service.view = view;
	test->service.release = release;
	return 0;
}

int ps_test_service_new(const char *path, const char *zone,
			struct ps_test_service **service_r,
			char error_r[PS_CONFIG_ERROR_MAX])
{
	struct ps_test_service *test = calloc(1, sizeof(*test));

	*service_r = test;
	snprintf(error_r, PS_CONFIG_ERROR_MAX, "out of memory");
	if (test == NULL)
		return -1;
	test->round = 1;
	test->questions_end = &test->questions;
	test->permissions_end = &test->permissions;
	if (ps_arena_new(MEMORY_MAX, &test->arena) == 0 &&
	    (zone == NULL ||
	     ps_zone_file_read(zone, &test->zone, error_r) == 0) &&
	    open_daemon(test, path, error_r) == 0)
		return 0;
	ps_test_service_free(service_r);
	return -1;
}

void ps_test_service_free(struct ps_test_service **service)
{
	struct ps_test_service *test = *service;

	*service = NULL;
	if (test == NULL)
		return;
	if (test->real != NULL)
		test->real->release(test->real);
	if (test->daemon != NULL)
		ps_daemon_free(&test->daemon);
	ps_zone_file_free(&test->zone);
	ps_arena_free(&test->arena);
	free(test);
}

struct ps_service *ps_test_service_hold(struct ps_test_service *service)
{
	return &service->service;
}

/* What was asked ahead may have been answered since anybody looked. */
const struct ps_test_question *
ps_test_service_questions(struct ps_test_service *service)
{
	const struct ps_test_question *question;
	const struct ps_dns_answer *answer;

	for (question = service->questions; question != NULL;
	     question = question->next)
		(void)lookup(service, question->name, question->type, &answer);
	return service->questions;
}

const struct ps_test_permission *
ps_test_service_permissions(const struct ps_test_service *service)
{
	return service->permissions;
}
