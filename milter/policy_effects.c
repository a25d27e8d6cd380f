/* policy_effects.c - notes, mails and suspensions that rules ask for. */

#include "milter/policy_effects.h"

#include "milter/quiet.h"

#include <stdio.h>
#include <string.h>

#define KEY_MAX	 2048
#define BODY_MAX 8192
#define SHOWN	 256 /* octets of a value in a mail */

struct doing {
	const struct ps_policy_means *means;
	const struct ps_policy_request *request;
	const struct ps_rule_effect *effect;
	struct ps_rule_info info; /* of the rule */
	uint64_t now, us;
};

static struct ps_bytes value_of(const struct ps_policy_request *request,
				const char *name)
{
	return ps_policy_get(request, ps_bytes_of(name));
}

const char *ps_policy_beforehand(const struct ps_policy_means *means,
				 const struct ps_policy_request *request)
{
	struct ps_bytes login = value_of(request, "sasl_username");

	if (login.len > 0)
		return ps_state_is_suspended(means->state, login, NULL)
			       ? "550 5.7.1 " PS_SUSPENDED_TEXT
			       : NULL;
	if (value_of(request, "sender").len == 0 &&
	    ps_notifier_is_sending(means->notifier,
				   value_of(request, "recipient")))
		return "DUNNO";
	return NULL;
}

static void add_value(struct ps_buffer *out, const char *name,
		      struct ps_bytes value)
{
	size_t i;

	if (value.len == 0)
		return;
	ps_buffer_text(out, name);
	/* It is one line, whatever it holds. */
	for (i = 0; i < value.len && i < SHOWN; i++)
		ps_buffer_char(out, value.at[i] == '\n' || value.at[i] == '\0'
					    ? '?'
					    : value.at[i]);
	ps_buffer_char(out, '\n');
}

static void add_limit(struct ps_buffer *out, const struct ps_rule_limit *limit)
{
	if (limit->key == NULL)
		return;
	add_value(out, "Limit: ", ps_bytes_of(limit->key));
	ps_buffer_text(out, "  ");
	ps_buffer_number(out, limit->sum);
	ps_buffer_text(out, " of at most ");
	ps_buffer_number(out, limit->max);
	ps_buffer_text(out, " in ");
	ps_buffer_number(out, limit->seconds);
	ps_buffer_text(out, " seconds\n");
}

static void add_facts(const struct doing *doing, struct ps_buffer *out)
{
	static const char *const names[][2] = {
		{ "Login: ", "sasl_username" },
		{ "Client: ", "client_address" },
		{ "Sender: ", "sender" },
		{ "Recipient: ", "recipient" },
	};
	size_t i;

	ps_buffer_char(out, '\n');
	add_value(out, "Rule: ", ps_bytes_of(doing->info.id));
	ps_buffer_text(out, "  line ");
	ps_buffer_number(out, doing->info.line);
	ps_buffer_char(out, '\n');
	add_limit(out, &doing->effect->limit);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		add_value(out, names[i][0],
			  value_of(doing->request, names[i][1]));
}

/* By the rule and what its limit is about, else who it is. */
static void make_key(const struct doing *doing, const char *to,
		     char key_r[KEY_MAX])
{
	const char *about = doing->effect->limit.key;
	struct ps_bytes who = value_of(doing->request, "sasl_username");

	if (who.len == 0)
		who = value_of(doing->request, "client_address");
	snprintf(key_r, KEY_MAX, "%.500s %.320s %.*s", doing->info.identity, to,
		 about == NULL ? (int)(who.len > SHOWN ? SHOWN : who.len)
			       : 1024,
		 about == NULL ? who.at == NULL ? "" : who.at : about);
}

static void tell(const struct doing *doing, const char *to, const char *subject,
		 const struct ps_buffer *body, bool each)
{
	const struct ps_rule_limit *limit = &doing->effect->limit;
	char key[KEY_MAX];
	const struct ps_notice notice = {
		.key = key,
		.seconds = each			? 0
			   : limit->key == NULL ? PS_EFFECT_SECONDS
						: limit->seconds,
		.to = to,
		.subject = subject,
		.body = ps_buffer_cstr(body),
	};

	make_key(doing, to == NULL ? "" : to, key);
	if (ps_notifier_put(doing->means->notifier, &notice) ==
	    PS_NOTIFIED_NOBODY)
		ps_quiet_log(doing->us, PS_LOG_WARNING,
			     "policy: rule=%s: nobody is told: %s",
			     doing->info.id,
			     to == NULL ? "notify.to is not set"
					: "\"to\" is no mail address");
}

static void suspend(const struct doing *doing)
{
	struct ps_bytes login = value_of(doing->request, "sasl_username");
	struct ps_buffer body = PS_BUFFER(BODY_MAX);
	char why[PS_REASON_MAX], subject[5 * PS_ADDRESS_MAX];
	char name[4 * PS_ADDRESS_MAX + 1];
	int result;

	result = ps_state_suspend(doing->means->state, login, doing->now,
				  doing->effect->text, doing->info.id, why);
	if (result < 0 || why[0] != '\0')
		ps_quiet_log(doing->us, PS_LOG_ERROR,
			     "policy: rule=%s: a suspension is %s: %s",
			     doing->info.id,
			     result < 0 ? "impossible" : "in memory only", why);
	if (result <= 0 || !ps_state_login(login, name))
		return;
	ps_log(PS_LOG_WARNING, "policy: rule=%s: suspended %s: %s",
	       doing->info.id, name, doing->effect->text);
	snprintf(subject, sizeof(subject), "%s may send no more mail", name);
	ps_buffer_text(&body, "The login ");
	ps_buffer_text(&body, name);
	ps_buffer_text(&body, " is suspended: what it sends is refused.\n"
			      "Its mailbox stays open to it. To lift this:\n\n"
			      "  postseal enable ");
	ps_buffer_text(&body, name);
	ps_buffer_text(&body, "\n\nReason: ");
	ps_buffer_text(&body, doing->effect->text);
	ps_buffer_char(&body, '\n');
	add_facts(doing, &body);
	tell(doing, NULL, subject, &body, true);
	ps_buffer_free(&body);
}

static void notify(const struct doing *doing)
{
	struct ps_buffer body = PS_BUFFER(BODY_MAX);

	ps_buffer_text(&body, doing->effect->text);
	ps_buffer_char(&body, '\n');
	add_facts(doing, &body);
	tell(doing, NULL, doing->effect->text, &body, false);
	ps_buffer_free(&body);
}

static void mail(const struct doing *doing)
{
	struct ps_buffer body = PS_BUFFER(BODY_MAX);

	ps_buffer_text(&body, doing->effect->text);
	ps_buffer_char(&body, '\n');
	tell(doing, doing->effect->to, doing->effect->subject, &body, false);
	ps_buffer_free(&body);
}

static void act(const struct doing *doing)
{
	switch (doing->effect->kind) {
	case PS_EFFECT_NOTE:
		ps_log(PS_LOG_INFO, "policy: rule=%s: %s", doing->info.id,
		       doing->effect->text);
		break;
	case PS_EFFECT_MAIL:
		mail(doing);
		break;
	case PS_EFFECT_SUSPEND:
		suspend(doing);
		break;
	case PS_EFFECT_NOTIFY:
		notify(doing);
		break;
	}
}

void ps_policy_effects(const struct ps_policy_means *means,
		       const struct ps_rules *rules,
		       const struct ps_policy_request *request,
		       const struct ps_rule_verdict *verdict, uint64_t now,
		       uint64_t us)
{
	struct doing doing = {
		.means = means, .request = request, .now = now, .us = us
	};
	size_t i;

	for (i = 0; i < verdict->effects; i++) {
		doing.effect = &verdict->effect[i];
		ps_rules_info(rules, doing.effect->rule, &doing.info);
		act(&doing);
	}
}
