/* rule_dns.c - items that ask the DNS. */

#include "core/rules/rule_run.h"

#include "core/rules/rule_text.h"

#include <stdio.h>
#include <string.h>

#define NAME_MAX_OCTETS 512 /* what is longer is no name anyway */
#define HOSTS_MAX	20  /* of one NS or MX set; ours (postfwd: 100) */

/* What one test gives, before the operator and "!!". */
enum found { FOUND_NO, FOUND_YES, FOUND_WAITING, FOUND_UNKNOWN };

static enum ps_dns_status ask(struct ps_rule_run *run, struct ps_bytes name,
			      enum ps_dns_type type,
			      const struct ps_dns_answer **answer_r)
{
	const struct ps_dns *dns = run->facts.dns;
	char lower[NAME_MAX_OCTETS];

	if (name.len > 0 && name.at[name.len - 1] == '.')
		name.len--;
	if (name.len == 0 || !ps_bytes_copy(name, lower, sizeof(lower)))
		return PS_DNS_NOTFOUND;
	ps_ascii_lower_all(lower, name.len);
	return dns->lookup(dns->ctx, lower, type, answer_r);
}

static enum found status_of(enum ps_dns_status status)
{
	switch (status) {
	case PS_DNS_FOUND:
		return FOUND_YES;
	case PS_DNS_NOTFOUND:
		return FOUND_NO;
	case PS_DNS_TEMPFAIL:
		return FOUND_UNKNOWN;
	case PS_DNS_PENDING:
		break;
	}
	return FOUND_WAITING;
}

/* One of several: yes before waiting before unknown. */
static void merge(enum found *all, enum found one)
{
	static const unsigned int rank[] = { [FOUND_NO] = 0,
					     [FOUND_UNKNOWN] = 1,
					     [FOUND_WAITING] = 2,
					     [FOUND_YES] = 3 };

	if (rank[one] > rank[*all])
		*all = one;
}

/* The value against the test as it stands, but for its "!!". */
static bool matches(struct ps_rule_run *run, enum ps_rule_type type,
		    const struct ps_rule_test *test, struct ps_bytes value)
{
	return ps_rule_match_test(run, type, test, value) != test->inverted;
}

/*
 * safe: an operator that says what must not be there is asked of each answer
 * the other way round, and turned at the end; strict: any answer will do.
 */
static bool answer_matches(struct ps_rule_run *run, enum ps_rule_type type,
			   const struct ps_rule_test *test,
			   struct ps_bytes value)
{
	bool turned = !run->rules->strict && ps_rule_op_is_negative(test->op);

	return matches(run, type, test, value) != turned;
}

static enum found addresses_of(struct ps_rule_run *run, enum ps_rule_type type,
			       const struct ps_rule_test *test,
			       struct ps_bytes host)
{
	static const enum ps_dns_type types[] = { PS_DNS_A, PS_DNS_AAAA };
	const struct ps_dns_answer *answer;
	enum found all = FOUND_NO, one;
	char text[PS_IP_TEXT_MAX];
	size_t i, t;

	/* The original asks for IPv4 addresses alone. */
	for (t = 0; t < (run->rules->strict ? 1 : 2); t++) {
		one = status_of(ask(run, host, types[t], &answer));
		if (one != FOUND_YES) {
			merge(&all, one);
			continue;
		}
		for (i = 0; i < answer->count; i++) {
			ps_ip_format(&answer->record[i].ip, text);
			if (answer_matches(run, type, test, ps_bytes_of(text)))
				merge(&all, FOUND_YES);
		}
	}
	return all;
}

/* The names are those of the sender's name servers or mail exchangers. */
static enum found hosts_of(struct ps_rule_run *run, enum ps_rule_type type,
			   const struct ps_rule_test *test,
			   struct ps_bytes domain)
{
	const bool mx = type == PS_TYPE_MX_NAMES || type == PS_TYPE_MX_ADDRS;
	const bool addresses =
		type == PS_TYPE_NS_ADDRS || type == PS_TYPE_MX_ADDRS;
	const struct ps_dns_answer *answer;
	enum found all = FOUND_NO, one;
	size_t i;

	one = status_of(ask(run, domain, mx ? PS_DNS_MX : PS_DNS_NS, &answer));
	if (one == FOUND_NO && !addresses)
		return matches(run, type, test, PS_BYTES("")) ? FOUND_YES
							      : FOUND_NO;
	if (one != FOUND_YES)
		return one;
	for (i = 0; i < answer->count && i < HOSTS_MAX; i++) {
		if (addresses)
			merge(&all, addresses_of(run, type, test,
						 answer->record[i].text));
		else if (answer_matches(run, type, test,
					answer->record[i].text))
			merge(&all, FOUND_YES);
	}
	return all;
}

/* 2001:db8::1 as 1.0.0.0 ... 8.b.d.0.1.0.0.2, for DNS lists (RFC 5782 2.4). */
static bool nibbles(struct ps_bytes address, char text_r[64 + 1])
{
	static const char digit[] = "0123456789abcdef";
	struct ps_ip ip;
	size_t i;

	if (!ps_rule_net_address(address, false, &ip) || ip.bits != 128)
		return false;
	for (i = 0; i < 16; i++) {
		text_r[4 * i] = digit[ip.octet[15 - i] & 15];
		text_r[4 * i + 1] = '.';
		text_r[4 * i + 2] = digit[ip.octet[15 - i] >> 4];
		text_r[4 * i + 3] = '.';
	}
	text_r[63] = '\0'; /* the last dot */
	return true;
}

/* What stands before the zone.  False: there is nothing to ask for. */
static bool subject_of(struct ps_rule_run *run, const struct ps_rule_item *item,
		       char v6[64 + 1], struct ps_bytes *subject_r)
{
	enum ps_rule_type type = item->kind->type;
	struct ps_bytes address;

	*subject_r = ps_rule_run_value(run, item->attr);
	if (type == PS_TYPE_RBL) {
		address = ps_rule_run_value(run, PS_ATTR_CLIENT_ADDRESS);
		if (ps_bytes_find(address, ':') == NULL)
			return subject_r->len > 0;
		*subject_r = PS_BYTES("");
		if (run->rules->strict || !nibbles(address, v6))
			return false;
		*subject_r = ps_bytes_of(v6);
		return true;
	}
	/* The original looks at an attribute that there is not. */
	if (type == PS_TYPE_RHSBL_HELO && run->rules->strict)
		return false;
	return subject_r->len > 0 &&
	       !ps_bytes_equal_fold(*subject_r, PS_BYTES("unknown"));
}

static void keep_text(struct ps_rule_run *run, const struct ps_rule_item *item,
		      const struct ps_rule_test *test, struct ps_bytes said)
{
	const size_t most = sizeof(run->lists) / sizeof(run->lists[0]);
	struct ps_buffer text = PS_BUFFER(2048);
	struct ps_bytes copy;
	size_t i;

	ps_buffer_text(&text, item->kind->name);
	ps_buffer_char(&text, ':');
	ps_buffer_bytes(&text, test->as.zone.name);
	ps_buffer_text(&text, ":<");
	/* A comma would end a value in set(). */
	for (i = 0; i < said.len; i++)
		ps_buffer_char(&text, said.at[i] == ',' ? ' ' : said.at[i]);
	ps_buffer_char(&text, '>');
	copy = (struct ps_bytes){
		ps_arena_copy(run->arena, ps_buffer_cstr(&text), text.len),
		text.len
	};
	ps_buffer_free(&text);
	for (i = 0; i < run->list_count; i++) {
		if (copy.at == NULL || ps_bytes_equal(run->lists[i], copy))
			return;
	}
	if (copy.at != NULL && run->list_count < most)
		run->lists[run->list_count++] = copy;
}

static enum found is_listed(struct ps_rule_run *run,
			    const struct ps_rule_item *item,
			    const struct ps_rule_test *test,
			    struct ps_bytes subject)
{
	const struct ps_rule_pattern *reply = &test->as.zone.reply;
	const struct ps_dns_answer *answer;
	char name[NAME_MAX_OCTETS], ip[PS_IP_TEXT_MAX];
	enum found found;
	size_t i;
	int len = snprintf(name, sizeof(name), "%.*s.%.*s",
			   (int)(subject.len > 255 ? 255 : subject.len),
			   subject.at, (int)test->as.zone.name.len,
			   test->as.zone.name.at);

	if (len < 0 || (size_t)len >= sizeof(name))
		return FOUND_NO;
	found = status_of(ask(run, ps_bytes_of(name), PS_DNS_A, &answer));
	if (found != FOUND_YES)
		return found;
	for (i = 0; i < answer->count; i++) {
		ps_ip_format(&answer->record[i].ip, ip);
		if (ps_rule_pattern_match(&run->rules->options, reply,
					  ps_bytes_of(ip)) > 0)
			break;
	}
	if (i == answer->count)
		return FOUND_NO;
	if (!run->rules->wants_text)
		return FOUND_YES;
	found = status_of(ask(run, ps_bytes_of(name), PS_DNS_TXT, &answer));
	if (found == FOUND_WAITING)
		return found;
	keep_text(run, item, test,
		  found == FOUND_YES && answer->count > 0
			  ? answer->record[0].text
			  : PS_BYTES(""));
	return FOUND_YES;
}

/* A test with its operator and "!!".  strict: what fails is not there. */
static enum ps_rule_truth truth_of(const struct ps_rule_run *run,
				   enum ps_rule_type type,
				   const struct ps_rule_test *test,
				   enum found found)
{
	bool turned = test->inverted;

	if (found == FOUND_WAITING)
		return PS_TRUTH_WAITING;
	if (found == FOUND_UNKNOWN && !run->rules->strict)
		return PS_TRUTH_NO;
	if (ps_rule_type_is_dnsbl(type)
		    ? test->op == PS_OP_NOT_EQUAL
		    : !run->rules->strict && ps_rule_op_is_negative(test->op))
		turned = !turned;
	return (found == FOUND_YES) != turned ? PS_TRUTH_YES : PS_TRUTH_NO;
}

static enum ps_rule_truth test_one(struct ps_rule_run *run,
				   const struct ps_rule_item *item,
				   const struct ps_rule_test *test,
				   struct ps_bytes subject)
{
	enum ps_rule_type type = item->kind->type;
	enum found found = FOUND_NO;

	if (ps_rule_type_is_dnsbl(type))
		found = is_listed(run, item, test, subject);
	else if (ps_bytes_find(subject, '.') == NULL)
		found = FOUND_NO;
	else if (type == PS_TYPE_HELO_ADDRESS)
		found = addresses_of(run, type, test, subject);
	else
		found = hosts_of(run, type, test, subject);
	return truth_of(run, type, test, found);
}

static const struct ps_rule_least *least_of(const struct ps_rule *rule,
					    enum ps_rule_type type)
{
	static const struct ps_rule_least one = { .number = 1 };
	const struct ps_rule_least *least = &one;

	if (type == PS_TYPE_RBL)
		least = &rule->rbl;
	else if (ps_rule_type_is_dnsbl(type))
		least = &rule->rhsbl;
	return least->given ? least : &one;
}

/* safe: what must not be there has to hold for each, not for one. */
static bool fails_all(const struct ps_rule_run *run,
		      const struct ps_rule_test *test, enum ps_rule_truth truth)
{
	return truth == PS_TRUTH_NO && !run->rules->strict &&
	       ps_rule_test_is_negative(test);
}

enum ps_rule_truth ps_rule_match_dns(struct ps_rule_run *run,
				     const struct ps_rule *rule,
				     const struct ps_rule_item *item,
				     size_t *count_r)
{
	enum ps_rule_type type = item->kind->type;
	const struct ps_rule_least *least = least_of(rule, type);
	const struct ps_rule_test *test;
	bool waiting = false, failed = item->never;
	enum ps_rule_truth truth;
	struct ps_bytes subject;
	char v6[64 + 1];

	*count_r = 0;
	if (run->facts.dns == NULL)
		return PS_TRUTH_NO;
	subject = ps_rule_run_value(run, item->attr);
	if (ps_rule_type_is_dnsbl(type) &&
	    !subject_of(run, item, v6, &subject) &&
	    (type != PS_TYPE_RBL || least->all))
		return least->all ? PS_TRUTH_YES : PS_TRUTH_NO;
	for (test = item->tests; test != NULL; test = test->next) {
		truth = ps_rule_type_is_dnsbl(type) && subject.len == 0
				? truth_of(run, type, test, FOUND_NO)
				: test_one(run, item, test, subject);
		waiting = waiting || truth == PS_TRUTH_WAITING;
		failed = failed || fails_all(run, test, truth);
		if (truth == PS_TRUTH_YES &&
		    (least->all || (double)*count_r < least->number))
			++*count_r;
	}
	if (waiting)
		return PS_TRUTH_WAITING;
	if (failed)
		return PS_TRUTH_NO;
	return least->all || (double)*count_r >= least->number ? PS_TRUTH_YES
							       : PS_TRUTH_NO;
}
