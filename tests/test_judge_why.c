/* test_judge_why.c - the words for a decision, by table. */

#include "table.h"

#include "core/auth/judge_why.h"

#define SPF(r)                                                                 \
	&(const struct ps_spf_verdict)                                         \
	{                                                                      \
		.domain = "s.test", .result = PS_SPF_##r                       \
	}
#define DMARC(r, wish)                                                         \
	&(const struct ps_dmarc_verdict)                                       \
	{                                                                      \
		.from_domain = "a.test", .result = PS_DMARC_##r,               \
		.disposition = PS_DMARC_POLICY_##wish                          \
	}
#define ARC(...)                                                               \
	&(const struct ps_arc_trust)                                           \
	{                                                                      \
		__VA_ARGS__                                                    \
	}
#define FAILS "It fails DMARC, and its domain wishes "

/* action: what ps_judge() decides, so that the words and it belong together. */
static const struct row {
	const char *name;
	struct ps_judge_facts facts;
	enum ps_action action;
	const char *want;
} rows[] = {
#define ROW(n, a, w, ...)                                                      \
	{                                                                      \
		n, { __VA_ARGS__ }, PS_ACTION_##a, w                           \
	}
	ROW("nothing judged", ACCEPT, "Nothing speaks against it.\n",
	    .dmarc = NULL),
	ROW("all passes", ACCEPT, "Nothing speaks against it.\n",
	    .spf = SPF(PASS), .dmarc = DMARC(PASS, NONE)),
	ROW("backup MX", ACCEPT,
	    "It came through a host of milter.backup_mx: what comes from there "
	    "is never refused.\n",
	    .exempt = PS_EXEMPT_RELAY, .dmarc = DMARC(FAIL, REJECT),
	    .dmarc_on_reject = PS_ENFORCE_REJECT),
	ROW("recipient", ACCEPT,
	    "All its recipients are of milter.exempt_recipients: it is never "
	    "refused.\n",
	    .exempt = PS_EXEMPT_RECIPIENT, .spf = SPF(FAIL),
	    .spf_on_fail = PS_ENFORCE_REJECT),
	ROW("sender", ACCEPT,
	    "Its envelope sender is of milter.exempt_senders: it is never "
	    "refused.\n",
	    .exempt = PS_EXEMPT_SENDER, .spf = SPF(FAIL),
	    .spf_on_fail = PS_ENFORCE_REJECT),
	ROW("DMARC refuses", REJECT,
	    FAILS "such mail to be refused.\n"
		  "dmarc.on_reject = reject: it is refused.\n",
	    .dmarc = DMARC(FAIL, REJECT), .dmarc_on_reject = PS_ENFORCE_REJECT),
	ROW("DMARC holds", QUARANTINE,
	    FAILS "that to be regarded with suspicion.\n"
		  "dmarc.on_reject = quarantine: it is held.\n",
	    .dmarc = DMARC(FAIL, QUARANTINE),
	    .dmarc_on_reject = PS_ENFORCE_QUARANTINE),
	ROW("DMARC marks", ACCEPT,
	    FAILS "such mail to be refused.\ndmarc.on_reject = mark: it is "
		  "said in Authentication-Results only.\n",
	    .dmarc = DMARC(FAIL, REJECT), .dmarc_on_reject = PS_ENFORCE_MARK),
	ROW("quarantine where only refusing is wanted", ACCEPT,
	    FAILS "that to be regarded with suspicion.\n"
		  "dmarc.on_reject = reject: that is for mail to be refused; "
		  "this is marked only.\n",
	    .dmarc = DMARC(FAIL, QUARANTINE),
	    .dmarc_on_reject = PS_ENFORCE_REJECT),
	ROW("no wish", ACCEPT, FAILS "nothing to be done about that.\n",
	    .dmarc = DMARC(FAIL, NONE), .dmarc_on_reject = PS_ENFORCE_REJECT),
	ROW("DMARC cannot be judged, for good", REJECT,
	    "Its DMARC cannot be judged, as with a forged message.\n"
	    "dmarc.on_reject = reject: it is refused.\n",
	    .dmarc = DMARC(PERMERROR, REJECT),
	    .dmarc_on_reject = PS_ENFORCE_REJECT),
	ROW("DMARC cannot be judged now, and SPF fails", ACCEPT,
	    "Its DMARC cannot be judged now: a temporary error never refuses "
	    "mail.\nIt fails SPF.\nBut it could pass DMARC, so it is not "
	    "refused.\n",
	    .dmarc = DMARC(TEMPERROR, NONE), .spf = SPF(FAIL),
	    .dmarc_on_reject = PS_ENFORCE_REJECT,
	    .spf_on_fail = PS_ENFORCE_REJECT),
	ROW("spared by domain", ACCEPT,
	    FAILS "such mail to be refused.\n"
		  "dmarc.exempt_domains: the author's domain is spared.\n",
	    .dmarc = DMARC(FAIL, REJECT), .spare = PS_SPARE_DOMAIN,
	    .dmarc_on_reject = PS_ENFORCE_REJECT),
	ROW("spared by network", ACCEPT,
	    FAILS "such mail to be refused.\n"
		  "dmarc.exempt_networks: the client is spared.\n",
	    .dmarc = DMARC(FAIL, REJECT), .spare = PS_SPARE_NETWORK,
	    .dmarc_on_reject = PS_ENFORCE_REJECT),
	ROW("spared as a forwarder's", ACCEPT,
	    FAILS "such mail to be refused.\ndmarc.forwarders: the client "
		  "passes on others' mail, and is spared.\n",
	    .dmarc = DMARC(FAIL, REJECT), .spare = PS_SPARE_FORWARDER,
	    .dmarc_on_reject = PS_ENFORCE_REJECT),
	ROW("unconfirmed, held", QUARANTINE,
	    FAILS "such mail to be refused.\ndmarc.reject_when = confirmed: "
		  "nothing else speaks against it, so dmarc.on_unconfirmed "
		  "says what is done.\ndmarc.on_unconfirmed = quarantine: it "
		  "is held.\n",
	    .dmarc = DMARC(FAIL, REJECT), .dmarc_on_reject = PS_ENFORCE_REJECT,
	    .reject_when = PS_REJECT_CONFIRMED,
	    .on_unconfirmed = PS_ENFORCE_QUARANTINE),
	ROW("confirmed by SPF and the client's name", REJECT,
	    FAILS "such mail to be refused.\n"
		  "dmarc.reject_when = confirmed: SPF fails, too.\n"
		  "dmarc.reject_when = confirmed: the client has no reverse "
		  "name.\ndmarc.on_reject = reject: it is refused.\n"
		  "It fails SPF.\nspf.on_fail = mark: it is said in "
		  "Authentication-Results only.\n",
	    .dmarc = DMARC(FAIL, REJECT), .dmarc_on_reject = PS_ENFORCE_REJECT,
	    .reject_when = PS_REJECT_CONFIRMED, .no_reverse_name = true,
	    .spf = SPF(FAIL), .spf_on_fail = PS_ENFORCE_MARK),
	ROW("confirmed by a list", REJECT,
	    FAILS "such mail to be refused.\n"
		  "dmarc.reject_when = confirmed: the client is in a list of "
		  "dmarc.dnsbl.\ndmarc.on_reject = reject: it is refused.\n",
	    .dmarc = DMARC(FAIL, REJECT), .dmarc_on_reject = PS_ENFORCE_REJECT,
	    .reject_when = PS_REJECT_CONFIRMED, .listed = true),
	ROW("vouched for, and SPF fails", ACCEPT,
	    FAILS "such mail to be refused.\nA sealer of arc.trusted_sealers "
		  "saw its DMARC pass: spared.\nIt fails SPF.\nBut a sealer "
		  "of arc.trusted_sealers vouches for it, or may.\n",
	    .dmarc = DMARC(FAIL, REJECT), .dmarc_on_reject = PS_ENFORCE_REJECT,
	    .arc = ARC(.vouched = true), .spf = SPF(FAIL),
	    .spf_on_fail = PS_ENFORCE_REJECT),
	ROW("vouched for, and SPF only marks", ACCEPT,
	    "It fails SPF.\nspf.on_fail = mark: it is said in "
	    "Authentication-Results only.\n",
	    .arc = ARC(.vouched = true), .spf = SPF(FAIL),
	    .spf_on_fail = PS_ENFORCE_MARK),
	ROW("vouched for by keys that are not to be had", ACCEPT,
	    FAILS "such mail to be refused.\nA sealer of arc.trusted_sealers "
		  "may have seen its DMARC pass, but the keys that would show "
		  "it cannot be fetched now: spared.\n",
	    .dmarc = DMARC(FAIL, REJECT), .dmarc_on_reject = PS_ENFORCE_REJECT,
	    .arc = ARC(.unknown = true)),
	ROW("SPF refuses", REJECT,
	    "It fails SPF.\nspf.on_fail = reject: it is refused.\n",
	    .spf = SPF(FAIL), .spf_on_fail = PS_ENFORCE_REJECT),
	ROW("SPF marks", ACCEPT,
	    "It fails SPF.\nspf.on_fail = mark: it is said in "
	    "Authentication-Results only.\n",
	    .spf = SPF(FAIL), .spf_on_fail = PS_ENFORCE_MARK),
	ROW("SPF fails, DMARC passes", ACCEPT,
	    "It fails SPF.\nBut it passes DMARC, so it is its author's "
	    "wherever it was forwarded.\n",
	    .spf = SPF(FAIL), .dmarc = DMARC(PASS, NONE),
	    .spf_on_fail = PS_ENFORCE_REJECT),
};

static void check(const struct row *row)
{
	struct ps_buffer out = PS_BUFFER(4096);
	struct ps_decision decision;

	ps_judge(&row->facts, &decision);
	assert_string_equal(ps_action_name(decision.action),
			    ps_action_name(row->action));
	ps_judge_why(&row->facts, &decision, &out);
	assert_string_equal(ps_buffer_cstr(&out), row->want);
	ps_buffer_free(&out);
}

TABLE_MAIN(rows, check)
