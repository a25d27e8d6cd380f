/* ldap_search.c - searches, several at a time. */

#include "directory/ldap_search.h"

#include "directory/waiting.h"

#include <stdio.h>

/* slapd ends a connection with more than 100 waiting (conn_max_pending). */
#define WINDOW 50

/* One call of ps_ldap_ask(). */
struct asking {
	struct ps_ldap *ldap;
	struct ps_ldap_search *searches;
	size_t count, next;
	const char *const *attributes;
	ps_ldap_row *row;
	void *ctx;
	char *reason;
	struct {
		int msgid;
		size_t search;
	} waiting[WINDOW];
	size_t waiting_count;
};

/* What became of a step. */
enum step {
	STEP_DONE,
	STEP_LOST,    /* the connection: another may do better */
	STEP_TIMEOUT, /* the server hangs */
	STEP_FAILED
};

static enum step step_of(struct asking *asking, int code)
{
	ps_ldap_reason(asking->ldap, code, asking->reason);
	switch (code) {
	case LDAP_TIMEOUT:
		return STEP_TIMEOUT;
	case LDAP_SERVER_DOWN:
	case LDAP_CONNECT_ERROR:
	case LDAP_UNAVAILABLE:
	case LDAP_DECODING_ERROR:
	case LDAP_LOCAL_ERROR:
		return STEP_LOST;
	default:
		return STEP_FAILED;
	}
}

static enum step send_search(struct asking *asking, size_t number, int *msgid_r)
{
	const struct ps_ldap_search *search = &asking->searches[number];
	const char *base = search->base;
	int code;

	if (base == NULL)
		base = asking->ldap->config->base;
	code = ldap_search_ext(
		asking->ldap->ld, base,
		search->base == NULL ? LDAP_SCOPE_SUBTREE : LDAP_SCOPE_BASE,
		search->filter == NULL ? "(objectClass=*)" : search->filter,
		(char **)(uintptr_t)asking->attributes, 0, NULL, NULL, NULL,
		(int)search->limit, msgid_r);
	return code == LDAP_SUCCESS ? STEP_DONE : step_of(asking, code);
}

/* On a new connection: what was not answered on the old one. */
static enum step send_again(struct asking *asking)
{
	enum step step = STEP_DONE;
	size_t i;

	for (i = 0; i < asking->waiting_count && step == STEP_DONE; i++)
		step = send_search(asking, asking->waiting[i].search,
				   &asking->waiting[i].msgid);
	return step;
}

static enum step send_more(struct asking *asking)
{
	enum step step = STEP_DONE;

	while (asking->waiting_count < WINDOW && asking->next < asking->count &&
	       step == STEP_DONE) {
		size_t i = asking->waiting_count;

		/* Counts as asked, so that it is asked again where it fails. */
		asking->waiting[i].search = asking->next++;
		asking->waiting[i].msgid = -1;
		asking->waiting_count++;
		step = send_search(asking, asking->waiting[i].search,
				   &asking->waiting[i].msgid);
	}
	return step;
}

static void deliver(struct asking *asking, size_t search, LDAPMessage *answer)
{
	LDAP *ld = asking->ldap->ld;
	LDAPMessage *entry;

	for (entry = ldap_first_entry(ld, answer); entry != NULL;
	     entry = ldap_next_entry(ld, entry))
		asking->row(asking->ctx, search, ld, entry);
}

/* Is that how a search may end? */
static bool is_good(struct ps_ldap_search *search, int code)
{
	if (code == LDAP_SIZELIMIT_EXCEEDED) {
		search->truncated = true;
		return search->some;
	}
	/* A member that is gone, or was none.  A base that is gone is a server
	 * without its data: nothing can be said of anybody. */
	if (code == LDAP_NO_SUCH_OBJECT || code == LDAP_INVALID_DN_SYNTAX)
		return search->base != NULL;
	return code == LDAP_SUCCESS;
}

static enum step take_answer(struct asking *asking, LDAPMessage *answer)
{
	int msgid = ldap_msgid(answer), code = LDAP_OTHER;
	enum step step = STEP_DONE;
	char *more = NULL;
	size_t i, search;

	for (i = 0; i < asking->waiting_count; i++) {
		if (asking->waiting[i].msgid == msgid)
			break;
	}
	if (i == asking->waiting_count)
		return STEP_DONE;
	search = asking->waiting[i].search;
	if (ldap_parse_result(asking->ldap->ld, answer, &code, NULL, &more,
			      NULL, NULL, 0) != LDAP_SUCCESS)
		code = LDAP_DECODING_ERROR;
	asking->searches[search].truncated = false;
	if (is_good(&asking->searches[search], code)) {
		asking->waiting[i] = asking->waiting[--asking->waiting_count];
		deliver(asking, search, answer);
	} else {
		(void)ldap_set_option(asking->ldap->ld,
				      LDAP_OPT_DIAGNOSTIC_MESSAGE, more);
		step = step_of(asking, code);
	}
	ldap_memfree(more);
	return step;
}

static enum step wait_for_answer(struct asking *asking)
{
	struct timeval left = ps_ldap_left(asking->ldap->io.until);
	LDAPMessage *answer = NULL;
	enum step step;
	int got, code = LDAP_OTHER;

	if (ps_ldap_now() >= asking->ldap->io.until)
		return step_of(asking, LDAP_TIMEOUT);
	got = ldap_result(asking->ldap->ld, LDAP_RES_ANY, LDAP_MSG_ALL, &left,
			  &answer);
	if (got == 0)
		return step_of(asking, LDAP_TIMEOUT);
	if (got < 0) {
		(void)ldap_get_option(asking->ldap->ld, LDAP_OPT_RESULT_CODE,
				      &code);
		return step_of(asking, code);
	}
	step = take_answer(asking, answer);
	(void)ldap_msgfree(answer);
	return step;
}

/* Everything on the connection there is. */
static enum step exchange(struct asking *asking)
{
	enum step step;

	ps_ldap_set_time(asking->ldap);
	step = send_again(asking);
	while (step == STEP_DONE) {
		step = send_more(asking);
		if (step != STEP_DONE || asking->waiting_count == 0)
			return step;
		step = wait_for_answer(asking);
	}
	return step;
}

static enum ps_outcome ask(struct asking *asking)
{
	struct ps_ldap *ldap = asking->ldap;
	bool fresh;
	enum step step;

	for (;;) {
		fresh = ldap->ld == NULL;
		if (ps_ldap_connect(ldap, asking->reason) != PS_FOUND)
			return PS_TEMPFAIL;
		step = exchange(asking);
		if (step == STEP_DONE)
			return PS_FOUND;
		/* Where more is under way, its answers belong to nobody. */
		if (step != STEP_FAILED || asking->waiting_count > 1)
			ps_ldap_drop(ldap, step == STEP_TIMEOUT || fresh);
		if (step == STEP_FAILED || ldap->again ||
		    (step == STEP_TIMEOUT && ldap->config->uris.count == 1))
			return PS_TEMPFAIL;
		ldap->again = true;
	}
}

enum ps_outcome ps_ldap_ask(struct ps_ldap *ldap,
			    struct ps_ldap_search *searches, size_t count,
			    const char *const *attributes, ps_ldap_row *row,
			    void *ctx, char reason_r[PS_REASON_MAX])
{
	struct asking asking = { .ldap = ldap,
				 .searches = searches,
				 .count = count,
				 .attributes = attributes,
				 .row = row,
				 .ctx = ctx,
				 .reason = reason_r };
	enum ps_outcome outcome;

	ps_waiting();
	outcome = ask(&asking);
	if (outcome == PS_FOUND)
		reason_r[0] = '\0';
	return outcome;
}
