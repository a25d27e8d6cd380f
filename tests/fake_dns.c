/* fake_dns.c - the core's DNS port, answered from a zone in memory. */

#include "fake_dns.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CNAMES_MAX 8 /* followed; ours, resolvers have such a bound too */

struct record {
	struct ps_bytes name;
	int type;
	bool fails;
	struct ps_dns_record data;
};

/* Asked once, answered alike ever after. */
struct question {
	struct question *next;
	char *name;
	enum ps_dns_type type;
	bool pending;
	enum ps_dns_status status;
	struct ps_dns_answer answer;
	struct ps_dns_record *records;
};

struct fake_dns {
	struct record *record;
	size_t count, size;
	struct question *asked;
	bool pending;
	unsigned int rounds, questions;
};

static void *need(void *memory)
{
	if (memory == NULL) {
		fputs("fake_dns: out of memory\n", stderr);
		abort();
	}
	return memory;
}

static struct ps_bytes copy(struct ps_bytes bytes)
{
	char *text = need(calloc(bytes.len + 1, 1));

	if (bytes.len > 0)
		memcpy(text, bytes.at, bytes.len);
	return (struct ps_bytes){ text, bytes.len };
}

struct fake_dns *fake_dns_new(void)
{
	return need(calloc(1, sizeof(struct fake_dns)));
}

static void forget(struct fake_dns *dns)
{
	struct question *question;

	while ((question = dns->asked) != NULL) {
		dns->asked = question->next;
		free(question->name);
		free(question->records);
		free(question);
	}
	dns->rounds = dns->questions = 0;
}

void fake_dns_free(struct fake_dns **dns)
{
	size_t i;

	if (*dns == NULL)
		return;
	forget(*dns);
	for (i = 0; i < (*dns)->count; i++) {
		free((void *)(uintptr_t)(*dns)->record[i].name.at);
		free((void *)(uintptr_t)(*dns)->record[i].data.text.at);
	}
	free((*dns)->record);
	free(*dns);
	*dns = NULL;
}

void fake_dns_add(struct fake_dns *dns, struct ps_bytes name, int type,
		  const struct ps_dns_record *record)
{
	struct record *added;

	if (dns->count == dns->size) {
		dns->size = dns->size == 0 ? 16 : dns->size * 2;
		dns->record = need(
			realloc(dns->record, dns->size * sizeof(*dns->record)));
	}
	added = &dns->record[dns->count++];
	*added = (struct record){ .name = copy(name), .type = type };
	if (record != NULL)
		added->data = *record;
	else
		added->fails = type != FAKE_DNS_NONE;
	added->data.text = copy(added->data.text);
}

int fake_dns_type(const char *name)
{
	static const struct {
		const char *name;
		int type;
	} types[] = {
		{ "A", PS_DNS_A },	 { "AAAA", PS_DNS_AAAA },
		{ "MX", PS_DNS_MX },	 { "TXT", PS_DNS_TXT },
		{ "PTR", PS_DNS_PTR },	 { "CNAME", FAKE_DNS_CNAME },
		{ "NS", PS_DNS_NS },	 { "NONE", FAKE_DNS_NONE },
		{ "ANY", FAKE_DNS_ANY },
	};
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(types[i].name, name) == 0)
			return types[i].type;
	}
	return -1;
}

static struct ps_bytes word(struct ps_bytes *line)
{
	const char *space = ps_bytes_find(*line, ' ');
	struct ps_bytes taken = *line;

	if (space != NULL)
		taken.len = (size_t)(space - line->at);
	line->at += taken.len + (space != NULL);
	line->len -= taken.len + (space != NULL);
	return taken;
}

static bool load_line(struct fake_dns *dns, struct ps_bytes line)
{
	struct ps_bytes name = word(&line), type_name = word(&line);
	struct ps_dns_record record = { 0 };
	unsigned long long number = 0;
	char text[64];
	int type;

	if (!ps_bytes_copy(type_name, text, sizeof(text)))
		return false;
	type = fake_dns_type(text);
	if (type == -1)
		return false;
	if (type == FAKE_DNS_NONE || ps_bytes_equal(line, PS_BYTES("!"))) {
		fake_dns_add(dns, name, type, NULL);
		return true;
	}
	if (type == PS_DNS_A || type == PS_DNS_AAAA) {
		if (!ps_bytes_copy(line, text, sizeof(text)) ||
		    !ps_ip_parse_exact(text, &record.ip))
			return false;
	} else if (type == PS_DNS_MX &&
		   !ps_ascii_number(word(&line), 65535, &number)) {
		return false;
	}
	record.preference = (unsigned int)number;
	record.text = line;
	fake_dns_add(dns, name, type, &record);
	return true;
}

struct fake_dns *fake_dns_load(const char *zone)
{
	struct fake_dns *dns = fake_dns_new();
	size_t len;

	for (; *zone != '\0'; zone += len + (zone[len] == '\n')) {
		len = strcspn(zone, "\n");
		if (load_line(dns, (struct ps_bytes){ zone, len }))
			continue;
		fprintf(stderr, "fake_dns: bad line: %.*s\n", (int)len, zone);
		abort();
	}
	return dns;
}

static bool is_at(const struct record *record, struct ps_bytes name)
{
	return ps_bytes_equal_fold(record->name, name);
}

/* Is the record's name the name itself, or below it? */
static bool is_below(const struct record *record, struct ps_bytes name)
{
	struct ps_bytes tail = record->name;

	if (tail.len <= name.len)
		return is_at(record, name);
	tail.at += tail.len - name.len;
	tail.len = name.len;
	return tail.at[-1] == '.' && ps_bytes_equal_fold(tail, name);
}

static const struct record *find(const struct fake_dns *dns,
				 struct ps_bytes name, int type)
{
	size_t i;

	for (i = 0; i < dns->count; i++) {
		if (dns->record[i].type == type && is_at(&dns->record[i], name))
			return &dns->record[i];
	}
	return NULL;
}

/* Where the CNAMEs end; false: they do not. */
static bool follow(const struct fake_dns *dns, int type, struct ps_bytes *name)
{
	const struct record *cname;
	unsigned int i;

	for (i = 0; i <= CNAMES_MAX; i++) {
		cname = find(dns, *name, FAKE_DNS_CNAME);
		if (cname == NULL || find(dns, *name, type) != NULL)
			return true;
		*name = cname->data.text;
	}
	return false;
}

static bool exists(const struct fake_dns *dns, struct ps_bytes name)
{
	size_t i;

	for (i = 0; i < dns->count; i++) {
		if (is_below(&dns->record[i], name))
			return true;
	}
	return false;
}

static bool answers(const struct record *record, struct ps_bytes name,
		    const struct question *question)
{
	return record->type == (int)question->type && is_at(record, name);
}

static void collect(const struct fake_dns *dns, struct ps_bytes name,
		    struct question *question)
{
	size_t i, count = 0;

	for (i = 0; i < dns->count; i++)
		count += answers(&dns->record[i], name, question);
	question->records = need(calloc(count + 1, sizeof(*question->records)));
	question->answer.record = question->records;
	for (i = 0; i < dns->count; i++) {
		if (!answers(&dns->record[i], name, question))
			continue;
		if (dns->record[i].fails)
			question->status = PS_DNS_TEMPFAIL;
		question->records[question->answer.count++] =
			dns->record[i].data;
	}
}

static bool is_name(const char *name)
{
	size_t len = strlen(name), label = 0;

	if (len == 0 || len > PS_DOMAIN_MAX)
		return false;
	for (; *name != '\0'; name += label + (name[label] == '.')) {
		label = strcspn(name, ".");
		if (label == 0 || label > PS_LABEL_MAX)
			return false;
	}
	return true;
}

static void resolve(const struct fake_dns *dns, struct question *question)
{
	struct ps_bytes name = ps_bytes_of(question->name);

	question->status = PS_DNS_NOTFOUND;
	if (!is_name(question->name)) {
		question->answer.nxdomain = true;
		return;
	}
	if (!follow(dns, (int)question->type, &name))
		return;
	collect(dns, name, question);
	if (question->status == PS_DNS_TEMPFAIL)
		return;
	if (question->answer.count > 0)
		question->status = PS_DNS_FOUND;
	else if (find(dns, name, FAKE_DNS_ANY) != NULL)
		question->status = PS_DNS_TEMPFAIL;
	else
		question->answer.nxdomain = !exists(dns, name);
}

static struct question *known(const struct fake_dns *dns, const char *name,
			      int type)
{
	struct question *question = dns->asked;

	while (question != NULL && ((int)question->type != type ||
				    strcmp(question->name, name) != 0))
		question = question->next;
	return question;
}

static bool keeps_contract(const char *name)
{
	struct ps_bytes text = ps_bytes_of(name);
	size_t i;

	for (i = 0; i < text.len; i++) {
		if (ps_ascii_lower(name[i]) != name[i])
			return false;
	}
	return text.len == 0 || name[text.len - 1] != '.';
}

static enum ps_dns_status lookup(void *ctx, const char *name,
				 enum ps_dns_type type,
				 const struct ps_dns_answer **answer_r)
{
	struct fake_dns *dns = ctx;
	struct question *question = known(dns, name, (int)type);

	*answer_r = NULL;
	if (!keeps_contract(name)) {
		fprintf(stderr, "fake_dns: asked for '%s'\n", name);
		return PS_DNS_TEMPFAIL;
	}
	if (question == NULL) {
		question = need(calloc(1, sizeof(*question)));
		question->name = need(strdup(name));
		question->type = type;
		question->pending = dns->pending;
		question->next = dns->asked;
		dns->asked = question;
		dns->questions++;
		resolve(dns, question);
	}
	if (question->pending)
		return PS_DNS_PENDING;
	if (question->status != PS_DNS_TEMPFAIL)
		*answer_r = &question->answer;
	return question->status;
}

struct ps_dns fake_dns_port(struct fake_dns *dns)
{
	return (struct ps_dns){ .lookup = lookup, .ctx = dns };
}

void fake_dns_pending(struct fake_dns *dns, bool pending)
{
	forget(dns);
	dns->pending = pending;
}

bool fake_dns_wait(struct fake_dns *dns)
{
	struct question *question;
	bool any = false;

	for (question = dns->asked; question != NULL;
	     question = question->next) {
		any = any || question->pending;
		question->pending = false;
	}
	dns->rounds += any;
	return any;
}

unsigned int fake_dns_rounds(const struct fake_dns *dns)
{
	return dns->rounds;
}

unsigned int fake_dns_questions(const struct fake_dns *dns)
{
	return dns->questions;
}

bool fake_dns_asked(const struct fake_dns *dns, const char *name, int type)
{
	return known(dns, name, type) != NULL;
}
