/* judge_why.c - which rule decided about a message, in words. */

#include "core/auth/judge_why.h"

static const char *exempt_words(enum ps_exempt exempt)
{
	switch (exempt) {
	case PS_EXEMPT_NOT:
		break;
	case PS_EXEMPT_RELAY:
		return "It came through a host of milter.backup_mx: what comes "
		       "from there is never refused.\n";
	case PS_EXEMPT_RECIPIENT:
		return "All its recipients are of milter.exempt_recipients: it "
		       "is never refused.\n";
	case PS_EXEMPT_SENDER:
		return "Its envelope sender is of milter.exempt_senders: it is "
		       "never refused.\n";
	}
	return "";
}

static const char *spare_words(enum ps_spare spare)
{
	switch (spare) {
	case PS_SPARE_NOT:
		break;
	case PS_SPARE_DOMAIN:
		return "dmarc.exempt_domains: the author's domain is spared.\n";
	case PS_SPARE_NETWORK:
		return "dmarc.exempt_networks: the client is spared.\n";
	case PS_SPARE_FORWARDER:
		return "dmarc.forwarders: the client passes on others' mail, "
		       "and is spared.\n";
	case PS_SPARE_UNCONFIRMED:
		return "dmarc.reject_when = confirmed: nothing else speaks "
		       "against it, so dmarc.on_unconfirmed says what is "
		       "done.\n";
	case PS_SPARE_SEALER:
		return "A sealer of arc.trusted_sealers saw its DMARC pass: "
		       "spared.\n";
	case PS_SPARE_SEALER_KEYS:
		return "A sealer of arc.trusted_sealers may have seen its "
		       "DMARC pass, but the keys that would show it cannot be "
		       "fetched now: spared.\n";
	}
	return "";
}

static const char *enforce_word(enum ps_enforce enforce)
{
	switch (enforce) {
	case PS_ENFORCE_OFF:
		return "off";
	case PS_ENFORCE_MARK:
		return "mark: it is said in Authentication-Results only";
	case PS_ENFORCE_QUARANTINE:
		return "quarantine: it is held";
	case PS_ENFORCE_REJECT:
		return "reject: it is refused";
	}
	return "";
}

static void say_enforce(struct ps_buffer *out, const char *setting,
			enum ps_enforce enforce)
{
	ps_buffer_text(out, setting);
	ps_buffer_text(out, " = ");
	ps_buffer_text(out, enforce_word(enforce));
	ps_buffer_text(out, ".\n");
}

/* What speaks against it beside DMARC, where a refusal needs that. */
static void say_signs(const struct ps_judge_facts *facts, struct ps_buffer *out)
{
	if (facts->reject_when != PS_REJECT_CONFIRMED ||
	    facts->dmarc_on_reject != PS_ENFORCE_REJECT ||
	    facts->dmarc->result != PS_DMARC_FAIL)
		return;
	if (facts->spf != NULL && facts->spf->result == PS_SPF_FAIL)
		ps_buffer_text(out, "dmarc.reject_when = confirmed: SPF fails, "
				    "too.\n");
	if (facts->no_reverse_name)
		ps_buffer_text(out, "dmarc.reject_when = confirmed: the client "
				    "has no reverse name.\n");
	if (facts->listed)
		ps_buffer_text(out, "dmarc.reject_when = confirmed: the client "
				    "is in a list of dmarc.dnsbl.\n");
}

static void say_wish(const struct ps_judge_facts *facts,
		     const struct ps_decision *decision, struct ps_buffer *out)
{
	const struct ps_dmarc_verdict *dmarc = facts->dmarc;

	switch (dmarc->disposition) {
	case PS_DMARC_POLICY_NONE:
		ps_buffer_text(out, "It fails DMARC, and its domain wishes "
				    "nothing to be done about that.\n");
		return;
	case PS_DMARC_POLICY_QUARANTINE:
		ps_buffer_text(out, "It fails DMARC, and its domain wishes "
				    "that to be regarded with suspicion.\n");
		break;
	case PS_DMARC_POLICY_REJECT:
		ps_buffer_text(
			out, dmarc->result == PS_DMARC_PERMERROR
				     ? "Its DMARC cannot be judged, as with a "
				       "forged message.\n"
				     : "It fails DMARC, and its domain "
				       "wishes such mail to be refused.\n");
		if (decision->spared == PS_SPARE_NOT)
			say_signs(facts, out);
		break;
	}
	if (decision->spared != PS_SPARE_NOT)
		ps_buffer_text(out, spare_words(decision->spared));
	else if (dmarc->disposition == PS_DMARC_POLICY_QUARANTINE &&
		 facts->dmarc_on_reject == PS_ENFORCE_REJECT)
		ps_buffer_text(out,
			       "dmarc.on_reject = reject: that is for mail to "
			       "be refused; this is marked only.\n");
	else
		say_enforce(out, "dmarc.on_reject", facts->dmarc_on_reject);
	if (decision->spared == PS_SPARE_UNCONFIRMED)
		say_enforce(out, "dmarc.on_unconfirmed", facts->on_unconfirmed);
}

/* False: there is nothing to say of it. */
static bool say_dmarc(const struct ps_judge_facts *facts,
		      const struct ps_decision *decision, struct ps_buffer *out)
{
	if (facts->dmarc == NULL)
		return false;
	switch (facts->dmarc->result) {
	case PS_DMARC_NONE:
	case PS_DMARC_PASS:
		return false;
	case PS_DMARC_TEMPERROR:
		ps_buffer_text(out, "Its DMARC cannot be judged now: a "
				    "temporary error never refuses mail.\n");
		return true;
	case PS_DMARC_FAIL:
	case PS_DMARC_PERMERROR:
		break;
	}
	say_wish(facts, decision, out);
	return true;
}

static bool say_spf(const struct ps_judge_facts *facts,
		    const struct ps_decision *decision, struct ps_buffer *out)
{
	const struct ps_dmarc_verdict *dmarc = facts->dmarc;

	if (facts->spf == NULL || facts->spf->result != PS_SPF_FAIL)
		return false;
	ps_buffer_text(out, "It fails SPF.\n");
	if (dmarc != NULL && dmarc->result == PS_DMARC_PASS)
		ps_buffer_text(out, "But it passes DMARC, so it is its "
				    "author's wherever it was forwarded.\n");
	else if (dmarc != NULL && dmarc->result == PS_DMARC_TEMPERROR)
		ps_buffer_text(out, "But it could pass DMARC, so it is not "
				    "refused.\n");
	else if (decision->spf_spared != PS_SPARE_NOT)
		ps_buffer_text(out, "But a sealer of arc.trusted_sealers "
				    "vouches for it, or may.\n");
	else
		say_enforce(out, "spf.on_fail", facts->spf_on_fail);
	return true;
}

void ps_judge_why(const struct ps_judge_facts *facts,
		  const struct ps_decision *decision, struct ps_buffer *out)
{
	bool dmarc, spf;

	if (facts->exempt != PS_EXEMPT_NOT) {
		ps_buffer_text(out, exempt_words(facts->exempt));
		return;
	}
	dmarc = say_dmarc(facts, decision, out);
	spf = say_spf(facts, decision, out);
	if (!dmarc && !spf)
		ps_buffer_text(out, "Nothing speaks against it.\n");
}
