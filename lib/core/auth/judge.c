/* judge.c - what is done with one incoming message (RFC 9989 5.4, RFC 7208 8).
 */

#include "core/auth/judge.h"

#include <string.h>

/* Names and explanations come from outside: nothing but printable ASCII may
 * reach the reply line and the log.  What does not fit is cut. */
static void say(struct ps_decision *decision, const char *text)
{
	size_t len = strlen(decision->text);

	for (; *text != '\0' && len < PS_DECISION_TEXT_MAX; text++, len++)
		decision->text[len] = *text < ' ' || *text > '~' ? '?' : *text;
	decision->text[len] = '\0';
}

static enum ps_action answer_to(enum ps_enforce enforce)
{
	switch (enforce) {
	case PS_ENFORCE_OFF:
	case PS_ENFORCE_MARK:
		return PS_ACTION_ACCEPT;
	case PS_ENFORCE_QUARANTINE:
		return PS_ACTION_QUARANTINE;
	case PS_ENFORCE_REJECT:
		return PS_ACTION_REJECT;
	}
	return PS_ACTION_ACCEPT;
}

static bool fails_spf(const struct ps_judge_facts *facts)
{
	return facts->spf != NULL && facts->spf->result == PS_SPF_FAIL;
}

/* RFC 9989 7.4: "other knowledge and analysis". */
static bool is_confirmed(const struct ps_judge_facts *facts)
{
	switch (facts->reject_when) {
	case PS_REJECT_ALWAYS:
		return true;
	case PS_REJECT_CONFIRMED:
		return facts->dmarc->result == PS_DMARC_PERMERROR ||
		       fails_spf(facts) || facts->no_reverse_name ||
		       facts->listed;
	}
	return true;
}

static enum ps_action judge_reject(const struct ps_judge_facts *facts,
				   enum ps_spare *spared_r)
{
	enum ps_action action = answer_to(facts->dmarc_on_reject);

	if (action != PS_ACTION_REJECT || is_confirmed(facts))
		return action;
	*spared_r = PS_SPARE_UNCONFIRMED;
	return answer_to(facts->on_unconfirmed);
}

/* RFC 8617 7.2 */
static enum ps_spare spare_by_sealer(const struct ps_arc_trust *arc)
{
	if (arc == NULL)
		return PS_SPARE_NOT;
	if (arc->vouched)
		return PS_SPARE_SEALER;
	return arc->unknown ? PS_SPARE_SEALER_KEYS : PS_SPARE_NOT;
}

/* What the administrator said by name comes first. */
static enum ps_spare spare_of(const struct ps_judge_facts *facts)
{
	if (facts->spare != PS_SPARE_NOT ||
	    facts->dmarc->result != PS_DMARC_FAIL)
		return facts->spare;
	return spare_by_sealer(facts->arc);
}

static enum ps_action judge_dmarc(const struct ps_judge_facts *facts,
				  enum ps_spare *spared_r)
{
	const struct ps_dmarc_verdict *dmarc = facts->dmarc;
	enum ps_action action = answer_to(facts->dmarc_on_reject);

	if (dmarc == NULL || (dmarc->result != PS_DMARC_FAIL &&
			      dmarc->result != PS_DMARC_PERMERROR))
		return PS_ACTION_ACCEPT;
	if (spare_of(facts) != PS_SPARE_NOT &&
	    dmarc->disposition != PS_DMARC_POLICY_NONE) {
		*spared_r = spare_of(facts);
		return PS_ACTION_ACCEPT;
	}
	switch (dmarc->disposition) {
	case PS_DMARC_POLICY_NONE:
		return PS_ACTION_ACCEPT;
	case PS_DMARC_POLICY_QUARANTINE:
		return action == PS_ACTION_REJECT ? PS_ACTION_ACCEPT : action;
	case PS_DMARC_POLICY_REJECT:
		return judge_reject(facts, spared_r);
	}
	return PS_ACTION_ACCEPT;
}

static enum ps_action judge_spf(const struct ps_judge_facts *facts,
				enum ps_spare *spared_r)
{
	const struct ps_dmarc_verdict *dmarc = facts->dmarc;
	enum ps_action action = answer_to(facts->spf_on_fail);

	if (!fails_spf(facts))
		return PS_ACTION_ACCEPT;
	if (dmarc != NULL && (dmarc->result == PS_DMARC_PASS ||
			      dmarc->result == PS_DMARC_TEMPERROR))
		return PS_ACTION_ACCEPT;
	if (action != PS_ACTION_ACCEPT)
		*spared_r = spare_by_sealer(facts->arc);
	return *spared_r == PS_SPARE_NOT ? action : PS_ACTION_ACCEPT;
}

/* RFC 7372 3.3: neither check confirmed the author domain.  The word DMARC is
 * there for programs that read replies (RFC 9989 7.2). */
static void explain_dmarc(const struct ps_dmarc_verdict *dmarc,
			  struct ps_decision *decision)
{
	memcpy(decision->status, "5.7.26", sizeof("5.7.26"));
	if (dmarc->result == PS_DMARC_PERMERROR) {
		say(decision, "Email refused, DMARC cannot be judged: ");
		say(decision, dmarc->reason);
		return;
	}
	say(decision, "Email refused per DMARC policy for ");
	say(decision, dmarc->from_domain);
	say(decision, ": neither SPF nor a DKIM signature confirms that it "
		      "comes from there");
}

/* RFC 7372 3.2; RFC 7208 6.2: say whose words the explanation is. */
static void explain_spf(const struct ps_spf_verdict *spf,
			struct ps_decision *decision)
{
	memcpy(decision->status, "5.7.23", sizeof("5.7.23"));
	say(decision, "Email refused per SPF policy for ");
	say(decision, spf->domain);
	if (spf->explanation[0] != '\0') {
		say(decision, ", which explains: ");
		say(decision, spf->explanation);
		return;
	}
	say(decision, ": your host may not use it as its ");
	say(decision, spf->of_helo ? "HELO name" : "sender domain");
}

void ps_judge(const struct ps_judge_facts *facts,
	      struct ps_decision *decision_r)
{
	enum ps_action dmarc, spf;

	*decision_r = (struct ps_decision){ .action = PS_ACTION_ACCEPT };
	if (facts->exempt != PS_EXEMPT_NOT)
		return;
	dmarc = judge_dmarc(facts, &decision_r->spared);
	spf = judge_spf(facts, &decision_r->spf_spared);
	decision_r->action = dmarc >= spf ? dmarc : spf;
	if (decision_r->action == PS_ACTION_ACCEPT)
		return;
	if (dmarc >= spf)
		explain_dmarc(facts->dmarc, decision_r);
	else
		explain_spf(facts->spf, decision_r);
	if (decision_r->action == PS_ACTION_REJECT)
		memcpy(decision_r->code, "550", sizeof("550"));
	else
		decision_r->status[0] = '\0';
}

const char *ps_action_name(enum ps_action action)
{
	switch (action) {
	case PS_ACTION_ACCEPT:
		return "accept";
	case PS_ACTION_QUARANTINE:
		return "quarantine";
	case PS_ACTION_REJECT:
		return "reject";
	}
	return "unknown";
}

const char *ps_spare_name(enum ps_spare spare)
{
	switch (spare) {
	case PS_SPARE_NOT:
		return "";
	case PS_SPARE_DOMAIN:
		return "exempt domain";
	case PS_SPARE_NETWORK:
		return "exempt network";
	case PS_SPARE_FORWARDER:
		return "forwarder";
	case PS_SPARE_UNCONFIRMED:
		return "nothing else against it";
	case PS_SPARE_SEALER:
		return "trusted sealer";
	case PS_SPARE_SEALER_KEYS:
		return "trusted sealer, keys not to be had";
	}
	return "";
}
