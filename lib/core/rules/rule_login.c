/* rule_login.c - items of our own: what a login has lately sent from, and to.
 */

#include "core/rules/rule_number.h"
#include "core/rules/rule_run.h"
#include "core/text/cursor.h"

#define SECONDS_DEFAULT 86400 /* a day */
#define LEAST_DEFAULT	10    /* recipients, for a share of them */
#define LEAST_MAX	1000000
#define DIGITS		"0123456789"

/* ---- at load ---- */

static unsigned int most_of(enum ps_rule_type type)
{
	if (type == PS_TYPE_LOGIN_ADDRESSES)
		return PS_LOGIN_ADDRESSES_MAX;
	return type == PS_TYPE_LOGIN_COUNTRIES ? PS_LOGIN_COUNTRIES_MAX : 100;
}

static bool take_number(struct ps_cursor *cursor, unsigned long long max,
			unsigned long long *number_r)
{
	return ps_ascii_number(ps_cursor_take(cursor, DIGITS), max, number_r);
}

int ps_rule_login_value(struct ps_rule_build *build, enum ps_rule_type type,
			struct ps_rule_test *test)
{
	struct ps_cursor cursor = ps_cursor_of(test->text);
	unsigned long long number = 0, seconds = SECONDS_DEFAULT,
			   least = LEAST_DEFAULT;
	bool good = test->op != PS_OP_MATCH && test->op != PS_OP_NOT_MATCH &&
		    take_number(&cursor, most_of(type), &number);

	if (good && ps_cursor_skip(&cursor, '/'))
		good = take_number(&cursor, PS_LOGIN_WINDOW_MAX, &seconds) &&
		       seconds > 0;
	if (good && type == PS_TYPE_LOGIN_NEW_RECIPIENTS &&
	    ps_cursor_skip(&cursor, '/'))
		good = take_number(&cursor, LEAST_MAX, &least) && least > 0;
	if (!good || !ps_cursor_done(&cursor)) {
		ps_rule_error(build, "bad-login-item",
			      "\"%.*s\" is not NUMBER/SECONDS%s, with a number "
			      "up to %u and at most %d seconds",
			      ps_rule_shown(test->text), test->text.at,
			      type == PS_TYPE_LOGIN_NEW_RECIPIENTS ? "/LEAST"
								   : "",
			      most_of(type), PS_LOGIN_WINDOW_MAX);
		return -1;
	}
	test->as.login = (struct ps_rule_login_value){
		.number = (double)number,
		.seconds = (uint32_t)seconds,
		.least = (unsigned int)least,
	};
	return 0;
}

/* ---- in a request ---- */

void ps_rule_login_note(struct ps_rule_run *run)
{
	const struct ps_rule_logins *logins = run->facts.logins;
	struct ps_rule_login what = { .now = run->facts.now };
	const struct ps_rule_request *request = run->facts.request;

	if (logins == NULL || !run->rules->wants_logins)
		return;
	what.login = ps_rule_run_sent(run, PS_ATTR_SASL_USERNAME);
	if (what.login.len == 0)
		return;
	what.client_address = ps_rule_run_sent(run, PS_ATTR_CLIENT_ADDRESS);
	what.instance = request->get(request->ctx, PS_BYTES("instance"));
	/* At the end of a message only one of one recipient is named. */
	if (ps_bytes_equal_fold(ps_rule_run_sent(run, PS_ATTR_PROTOCOL_STATE),
				PS_BYTES("RCPT")))
		what.recipient = ps_rule_run_sent(run, PS_ATTR_RECIPIENT);
	if (what.recipient.len == 0)
		what.recipient.at = NULL;
	logins->note(logins->ctx, &what);
}

/* False: not known, as for a request without login. */
static bool count(struct ps_rule_run *run, enum ps_rule_type type,
		  uint32_t seconds, struct ps_login_counts *counts_r,
		  double *number_r)
{
	const struct ps_rule_logins *logins = run->facts.logins;
	struct ps_bytes login = ps_rule_run_sent(run, PS_ATTR_SASL_USERNAME);

	if (logins == NULL || login.len == 0 ||
	    !logins->count(logins->ctx, login, run->facts.now, seconds,
			   counts_r))
		return false;
	if (type == PS_TYPE_LOGIN_ADDRESSES) {
		*number_r = counts_r->addresses;
		return true;
	}
	if (type == PS_TYPE_LOGIN_COUNTRIES) {
		*number_r = counts_r->countries;
		return logins->has_countries;
	}
	if (counts_r->recipients == 0)
		return false;
	*number_r = 100 * (double)counts_r->recipients_new /
		    (double)counts_r->recipients;
	return true;
}

bool ps_rule_match_login(struct ps_rule_run *run, enum ps_rule_type type,
			 const struct ps_rule_test *test)
{
	const struct ps_rule_login_value *value = &test->as.login;
	struct ps_login_counts counts;
	double number;

	/* What is not known is neither much nor little. */
	if (!count(run, type, value->seconds, &counts, &number))
		return false;
	if (type == PS_TYPE_LOGIN_NEW_RECIPIENTS &&
	    (!counts.is_watched || counts.recipients < value->least))
		return false;
	return ps_rule_compare(test->op, number, value->number) !=
	       test->inverted;
}

struct ps_bytes ps_rule_login_text(struct ps_rule_run *run, unsigned int attr)
{
	enum ps_rule_type type = PS_TYPE_LOGIN_NEW_RECIPIENTS;
	char text[PS_RULE_NUMBER_MAX], *copy;
	struct ps_login_counts counts;
	double number;

	if (attr == PS_ATTR_LOGIN_ADDRESSES)
		type = PS_TYPE_LOGIN_ADDRESSES;
	else if (attr == PS_ATTR_LOGIN_COUNTRIES)
		type = PS_TYPE_LOGIN_COUNTRIES;
	if (!count(run, type, SECONDS_DEFAULT, &counts, &number))
		return (struct ps_bytes){ NULL, 0 };
	ps_rule_number_format((double)(uint64_t)number, text);
	copy = ps_arena_copy(run->arena, text, ps_bytes_of(text).len);
	if (copy == NULL)
		ps_rule_run_fault(run, "out of memory");
	return ps_bytes_of(copy == NULL ? "" : copy);
}
