/* test_service.h - the daemon's own service, with all that it is asked for
 * written down; or a zone of a file in the place of the DNS. */
#ifndef PS_CLI_TEST_SERVICE_H
#define PS_CLI_TEST_SERVICE_H

#include "milter/service.h"

/* In the order they were asked, each once. */
struct ps_test_question {
	struct ps_test_question *next;
	const char *name;
	enum ps_dns_type type;
	unsigned int round; /* from 1: of those that left together */
	enum ps_dns_status status;
	bool late;			    /* TEMPFAIL: nothing came in time */
	const struct ps_dns_answer *answer; /* FOUND, NOTFOUND */
	bool ttl_known;
	unsigned int ttl;
};

/* What the directory was asked of a login. */
struct ps_test_permission {
	struct ps_test_permission *next;
	enum ps_from_must_match match;
	const char *what;
	enum ps_outcome outcome;
	char reason[PS_REASON_MAX]; /* TEMPFAIL */
};

/* For one message; one thread. */
struct ps_test_service;

/*
 * Opens what the configuration at path names, as the daemon does.  zone: a file
 * of zone_file.h, or NULL.  0, or -1 with a sentence in error_r.
 */
int ps_test_service_new(const char *path, const char *zone,
			struct ps_test_service **service_r,
			char error_r[PS_CONFIG_ERROR_MAX]);
void ps_test_service_free(struct ps_test_service **service);
/* For ps_session_mail(). */
struct ps_service *ps_test_service_hold(struct ps_test_service *service);
/* Borrowed until the message is forgotten, answers included. */
const struct ps_test_question *
ps_test_service_questions(struct ps_test_service *service);
const struct ps_test_permission *
ps_test_service_permissions(const struct ps_test_service *service);

#endif
