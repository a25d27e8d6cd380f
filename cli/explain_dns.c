/* explain_dns.c - what the DNS was asked, and what it answered. */

#include "cli/explain.h"

#include <stdio.h>

const char *ps_explain_type(enum ps_dns_type type)
{
	switch (type) {
	case PS_DNS_A:
		return "A";
	case PS_DNS_NS:
		return "NS";
	case PS_DNS_PTR:
		return "PTR";
	case PS_DNS_MX:
		return "MX";
	case PS_DNS_TXT:
		return "TXT";
	case PS_DNS_AAAA:
		return "AAAA";
	}
	return "";
}

/* A word for programs, words for people. */
static const char *outcome_of(const struct ps_test_question *question,
			      const char **words_r)
{
	*words_r = "";
	switch (question->status) {
	case PS_DNS_FOUND:
		return "found";
	case PS_DNS_NOTFOUND:
		*words_r = question->answer->nxdomain
				   ? "no such name"
				   : "no record of this type";
		return question->answer->nxdomain ? "nxdomain" : "nodata";
	case PS_DNS_TEMPFAIL:
		*words_r = question->late
				   ? "no answer within dns.timeout"
				   : "failed: no server answers, or with an "
				     "error";
		return question->late ? "timeout" : "failure";
	case PS_DNS_PENDING:
		break;
	}
	*words_r = "asked ahead, and not waited for";
	return "unneeded";
}

static json_t *explain_record(const struct ps_explain *explain,
			      enum ps_dns_type type,
			      const struct ps_dns_record *record)
{
	char shown[4 * PS_FOREIGN_MAX + 4], ip[PS_IP_TEXT_MAX];

	switch (type) {
	case PS_DNS_A:
	case PS_DNS_AAAA:
		ps_ip_format(&record->ip, ip);
		ps_output_text(explain->output, "      %s", ip);
		return ps_foreign_json_of(ip);
	case PS_DNS_MX:
		ps_output_text(explain->output, "      %u %s",
			       record->preference,
			       ps_foreign_shown(record->text, shown));
		return json_pack("{s:I, s:o}", "preference",
				 (json_int_t)record->preference, "exchange",
				 ps_foreign_json(record->text));
	case PS_DNS_NS:
	case PS_DNS_PTR:
		ps_output_text(explain->output, "      %s",
			       ps_foreign_shown(record->text, shown));
		break;
	case PS_DNS_TXT:
		ps_output_text(explain->output, "      \"%s\"",
			       ps_foreign_shown(record->text, shown));
		break;
	}
	return ps_foreign_json(record->text);
}

static json_t *explain_question(const struct ps_explain *explain,
				const struct ps_test_question *question)
{
	json_t *object = json_object(), *records = json_array();
	const char *words, *outcome = outcome_of(question, &words);
	size_t i, count = question->status == PS_DNS_FOUND
				  ? question->answer->count
				  : 0;
	char ttl[32] = "";

	if (question->ttl_known)
		snprintf(ttl, sizeof(ttl), " (TTL %u)", question->ttl);
	ps_output_text(explain->output, "    %s %s%s:%s%s", question->name,
		       ps_explain_type(question->type), ttl,
		       *words == '\0' ? "" : " ", words);
	ps_explain_set_text(object, "name", question->name);
	ps_explain_set_text(object, "type", ps_explain_type(question->type));
	ps_explain_set(object, "round", json_integer(question->round));
	ps_explain_set_text(object, "answer", outcome);
	ps_explain_set(object, "ttl",
		       question->ttl_known ? json_integer(question->ttl)
					   : NULL);
	for (i = 0; i < count; i++)
		(void)json_array_append_new(
			records, explain_record(explain, question->type,
						&question->answer->record[i]));
	ps_explain_set(object, "records", records);
	return object;
}

/* Whom it is that answers. */
static void explain_source(const struct ps_explain *explain, json_t *object)
{
	const struct ps_config_list *servers =
		&explain->message->service->config->dns.servers;
	json_t *names = json_array();
	size_t i;

	for (i = 0; i < servers->count; i++)
		(void)json_array_append_new(names,
					    ps_foreign_json_of(servers->at[i]));
	ps_explain_set(object, "servers", names);
	ps_explain_set(object, "zone",
		       explain->zone == NULL
			       ? NULL
			       : ps_foreign_json_of(explain->zone));
	if (explain->zone != NULL)
		ps_output_text(explain->output,
			       "The DNS, in its place the records of %s",
			       explain->zone);
	else
		ps_output_text(explain->output, "The DNS, by way of %s%s",
			       servers->count == 0
				       ? "the servers of /etc/resolv.conf"
				       : servers->at[0],
			       servers->count > 1 ? " and others" : "");
}

void ps_explain_dns(const struct ps_explain *explain)
{
	const struct ps_test_question *question =
		ps_test_service_questions(explain->service);
	json_t *object = json_object(), *questions = json_array();
	unsigned int round = 0;

	explain_source(explain, object);
	if (question == NULL)
		ps_output_text(explain->output, "  was asked nothing");
	for (; question != NULL; question = question->next) {
		if (question->round != round)
			ps_output_text(explain->output, "  was asked%s:",
				       round == 0 ? ""
						  : ", once answers were "
						    "there");
		round = question->round;
		(void)json_array_append_new(
			questions, explain_question(explain, question));
	}
	ps_explain_set(object, "questions", questions);
	ps_output_member(explain->output, "dns", object);
}
