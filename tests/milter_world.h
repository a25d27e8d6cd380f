/* milter_world.h - a process around the milter's sessions, all stand-ins but
 * the key folder: DNS from a zone, a directory of one account, a clock that
 * stands still. */
#ifndef PS_TESTS_MILTER_WORLD_H
#define PS_TESTS_MILTER_WORLD_H

#include "fake_dns.h"

#include "io/crypto_openssl.h"
#include "io/psl_libpsl.h"
#include "milter/message.h"
#include "milter/session.h"

#define WORLD_ID	"mx.test"
#define WORLD_LOGIN	"alice" /* may send as alice@own.test */
#define WORLD_SUSPENDED "mallory"
#define WORLD_LOG_MAX	65536
/* An RSA and an Ed25519 key, active, published in the zone.  Beside it there
 * are keyless.test, retired.test and broken.test. */
#define WORLD_DOMAIN	"own.test"
#define WORLD_SUFFIXES	"test\nco.test\n"

struct world {
	struct ps_service service; /* first */
	struct ps_config config;
	struct ps_openssl *openssl;
	struct ps_keyfolder *keys;
	struct ps_libpsl *psl;
	struct fake_dns *dns;
	char folder[64];
	uint64_t began_us, now_us;
	uint64_t later;		   /* seconds to what the clock says */
	unsigned int held, opened; /* services, questions not given back */
	bool dead;		   /* the DNS never answers */
	bool directory_down;
	char log[WORLD_LOG_MAX];
};

struct ps_session;

/* One: the log sink finds it.  zone: as fake_dns_load(). */
struct world *world_new(const char *zone);
/* Fails when something was not given back. */
void world_free(struct world **world);
struct ps_service *world_hold(struct world *world);

/* Put the records of the two keys into the zone, with these tags before p=;
 * NULL: not that one. */
void world_publish(struct world *world, const char *r_tags, const char *e_tags);
/* A file in the folder of domain's keys, mode 0640; before it is asked for. */
void world_put(const struct world *world, const char *domain, const char *name,
	       const char *text);

/* A message, header and body with LF, into a session that has seen connect:
 * the envelope is the caller's. */
void world_feed(struct ps_session *session, struct ps_bytes message,
		size_t (*piece)(void *ctx), void *ctx);
/* "accept -2 -1 +DKIM-Signature 550 5.7.1": the disposition, what is removed
 * and inserted in order, the reply codes. */
void world_describe(const struct ps_answer *answer, char *text, size_t size);
/* The message as it is after the changes; to be freed. */
char *world_changed(const struct ps_answer *answer, const char *message);

#endif
