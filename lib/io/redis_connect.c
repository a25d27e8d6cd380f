/* redis_connect.c - find the Redis that counts, and log in to it. */

#include "io/redis_connect.h"

#include "directory/ldap_secret.h"
#include "io/clock.h"

#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

/* What one connection is made with. */
struct opening {
	const struct ps_config_redis *config;
	SSL_CTX *tls; /* NULL: none */
	uint64_t until;
	struct ps_redis_stream stream;
	char reason[PS_REASON_MAX];
};

static int fail(struct opening *opening, const char *what, const char *more)
{
	snprintf(opening->reason, sizeof(opening->reason), "%.60s%.180s", what,
		 more);
	return -1;
}

/* ---- one command ---- */

/* The reply, which is no error; NULL with a sentence. */
static redisReply *ask(struct opening *opening, int words, const char **word)
{
	redisReply *reply = ps_redis_stream_ask(
		&opening->stream, words, word, opening->until, opening->reason);

	if (reply == NULL || reply->type != REDIS_REPLY_ERROR)
		return reply;
	fail(opening, "says: ", reply->str);
	freeReplyObject(reply);
	return NULL;
}

static int order(struct opening *opening, int words, const char **word)
{
	redisReply *reply = ask(opening, words, word);

	freeReplyObject(reply);
	return reply == NULL ? -1 : 0;
}

/* ---- a connection ---- */

static int log_in(struct opening *opening, const char *user,
		  const char *password_file)
{
	char password[PS_LDAP_SECRET_MAX];
	const char *named[] = { "AUTH", user, password };
	const char *unnamed[] = { "AUTH", password };
	int done;

	if (password_file == NULL)
		return 0;
	if (!ps_ldap_secret_read(password_file, password, opening->reason))
		return -1;
	done = user != NULL ? order(opening, 3, named)
			    : order(opening, 2, unnamed);
	explicit_bzero(password, sizeof(password));
	return done;
}

static int choose_database(struct opening *opening)
{
	char number[16];
	const char *words[] = { "SELECT", number };

	if (opening->config->database == 0)
		return 0;
	snprintf(number, sizeof(number), "%u", opening->config->database);
	return order(opening, 2, words);
}

static bool is_text(const redisReply *reply, const char *text)
{
	return reply->type == REDIS_REPLY_STRING &&
	       strcmp(reply->str, text) == 0;
}

/* A replica takes no counts.  A user that may not ask is believed: the first
 * count will tell. */
static int must_be_master(struct opening *opening)
{
	const char *word = "ROLE";
	redisReply *reply = ps_redis_stream_ask(
		&opening->stream, 1, &word, opening->until, opening->reason);
	bool good;

	if (reply == NULL)
		return -1;
	if (reply->type == REDIS_REPLY_ERROR)
		good = strncmp(reply->str, "NOPERM", 6) == 0;
	else
		good = reply->type == REDIS_REPLY_ARRAY &&
		       reply->elements > 0 &&
		       is_text(reply->element[0], "master");
	if (!good && reply->type == REDIS_REPLY_ERROR)
		fail(opening, "says: ", reply->str);
	else if (!good)
		fail(opening, "is not a master", "");
	freeReplyObject(reply);
	return good ? 0 : -1;
}

static int open_stream(struct opening *opening,
		       const struct ps_socket_name *server)
{
	opening->until = ps_clock_monotonic_us() + PS_REDIS_CONNECT_US;
	return ps_redis_stream_open(server, opening->tls,
				    opening->config->tls_name, opening->until,
				    &opening->stream, opening->reason);
}

/* To a server that counts. */
static int open_server(struct opening *opening,
		       const struct ps_socket_name *server)
{
	const struct ps_config_redis *config = opening->config;

	if (open_stream(opening, server) < 0)
		return -1;
	if (log_in(opening, config->user, config->password_file) == 0 &&
	    choose_database(opening) == 0 && must_be_master(opening) == 0)
		return 0;
	ps_redis_stream_close(&opening->stream);
	return -1;
}

/* ---- Sentinel ---- */

/* "inet:PORT@ADDRESS" of what a sentinel has answered. */
static int read_master(struct opening *opening, const redisReply *reply,
		       char where_r[PS_REDIS_WHERE_MAX])
{
	struct ps_socket_name name;

	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
	    reply->element[0]->type != REDIS_REPLY_STRING ||
	    reply->element[1]->type != REDIS_REPLY_STRING)
		return fail(opening, "knows no master of the name ",
			    opening->config->sentinel_master);
	snprintf(where_r, PS_REDIS_WHERE_MAX, "inet:%.10s@%.100s",
		 reply->element[1]->str, reply->element[0]->str);
	if (!ps_socket_name_parse(where_r, &name))
		return fail(
			opening,
			"names a master whose address is no number: ", where_r);
	return 0;
}

static int ask_sentinel(struct opening *opening,
			const struct ps_socket_name *sentinel,
			char where_r[PS_REDIS_WHERE_MAX])
{
	const char *words[] = { "SENTINEL", "get-master-addr-by-name",
				opening->config->sentinel_master };
	redisReply *reply = NULL;
	int done = -1;

	if (open_stream(opening, sentinel) < 0)
		return -1;
	if (log_in(opening, NULL, opening->config->sentinel_password_file) == 0)
		reply = ask(opening, 3, words);
	if (reply != NULL)
		done = read_master(opening, reply, where_r);
	freeReplyObject(reply);
	ps_redis_stream_close(&opening->stream);
	return done;
}

/* ---- all of them, in turn ---- */

/* Puts the name of who said it in front. */
static void say_who(const struct opening *opening, const char *who,
		    char reason_r[PS_REASON_MAX])
{
	snprintf(reason_r, PS_REASON_MAX, "%.100s: %.150s", who,
		 opening->reason);
}

static int try_one(struct opening *opening, const char *text, bool sentinel,
		   char where_r[PS_REDIS_WHERE_MAX],
		   char reason_r[PS_REASON_MAX])
{
	struct ps_socket_name name;
	int done = 0;

	snprintf(where_r, PS_REDIS_WHERE_MAX, "%.150s", text);
	if (!ps_socket_name_parse(text, &name))
		done = fail(opening, "is no socket", "");
	else if (sentinel)
		done = ask_sentinel(opening, &name, where_r);
	if (done < 0) {
		say_who(opening, text, reason_r);
		return -1;
	}
	if (!ps_socket_name_parse(where_r, &name) ||
	    open_server(opening, &name) < 0) {
		say_who(opening, where_r, reason_r);
		return -1;
	}
	return 0;
}

static SSL_CTX *make_tls(const struct ps_config_redis *config,
			 char reason_r[PS_REASON_MAX])
{
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
	int done;

	ERR_clear_error();
	if (tls == NULL) {
		snprintf(reason_r, PS_REASON_MAX, "out of memory");
		return NULL;
	}
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
	done = SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION) == 1;
	if (done == 1)
		done = config->ca_file == NULL
			       ? SSL_CTX_set_default_verify_paths(tls)
			       : SSL_CTX_load_verify_locations(
					 tls, config->ca_file, NULL);
	if (done == 1)
		return tls;
	snprintf(reason_r, PS_REASON_MAX, "%.150s: no certificates in it",
		 config->ca_file == NULL ? "redis.ca_file" : config->ca_file);
	ERR_clear_error();
	SSL_CTX_free(tls);
	return NULL;
}

int ps_redis_connect(const struct ps_config_redis *config,
		     struct ps_redis_stream *stream_r,
		     char where_r[PS_REDIS_WHERE_MAX],
		     char reason_r[PS_REASON_MAX])
{
	const bool sentinel = config->sentinels.count > 0;
	const struct ps_config_list *list =
		sentinel ? &config->sentinels : &config->servers;
	struct opening opening = { .config = config };
	int done = -1;
	size_t i;

	*stream_r = PS_REDIS_STREAM_CLOSED;
	snprintf(reason_r, PS_REASON_MAX, "no server is named");
	if (config->tls == PS_YES) {
		opening.tls = make_tls(config, reason_r);
		if (opening.tls == NULL)
			return -1;
	}
	for (i = 0; i < list->count && done < 0; i++)
		done = try_one(&opening, list->at[i], sentinel, where_r,
			       reason_r);
	if (done == 0)
		*stream_r = opening.stream;
	SSL_CTX_free(opening.tls);
	return done;
}
