/* test_metrics.c - what is counted, and how it is shown, by table. */

#include "table.h"

#include "milter/exposition.h"
#include "milter/health.h"
#include "milter/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum what { LABEL, SECONDS, ANSWER, BUCKET, HEALTH };

static const struct row {
	const char *name;
	enum what what;
	const char *text;
	uint64_t number;
	const char *want;
} rows[] = {
	{ "label: plain", LABEL, "a b", 1, "m{l=\"a b\"} 1\n" },
	{ "label: empty", LABEL, "", 1, "m{l=\"\"} 1\n" },
	{ "label: a quote and a backslash", LABEL, "\"a\\", 2,
	  "m{l=\"\\\"a\\\\\"} 2\n" },
	{ "label: a line end", LABEL, "a\nb 1", 3, "m{l=\"a\\nb 1\"} 3\n" },
	{ "label: UTF-8", LABEL, "\xc3\xa4", 4, "m{l=\"\xc3\xa4\"} 4\n" },
	{ "label: no UTF-8", LABEL, "\xc3", 5, "m{l=\"\\\\xc3\"} 5\n" },
	{ "label: control characters", LABEL, "\x1b\x7f", 6,
	  "m{l=\"\\\\x1b\\\\x7f\"} 6\n" },
	{ "a large number", LABEL, "a", UINT64_MAX,
	  "m{l=\"a\"} 18446744073709551615\n" },
	{ "seconds: none", SECONDS, NULL, 0, "0" },
	{ "seconds: whole", SECONDS, NULL, 10000000, "10" },
	{ "seconds: one microsecond", SECONDS, NULL, 1, "0.000001" },
	{ "seconds: a part", SECONDS, NULL, 2500, "0.0025" },
	{ "seconds: many", SECONDS, NULL, 123456789012000, "123456789.012" },
	{ "answer: DUNNO", ANSWER, "DUNNO\n\n", 0, "dunno" },
	{ "answer: in lower case", ANSWER, "dunno\n\n", 0, "dunno" },
	{ "answer: OK", ANSWER, "OK\n\n", 0, "ok" },
	{ "answer: REJECT", ANSWER, "REJECT no", 0, "reject" },
	{ "answer: 5xx", ANSWER, "554 5.7.1 no", 0, "reject" },
	{ "answer: 4xx", ANSWER, "450 4.7.1 later", 0, "defer" },
	{ "answer: DEFER_IF_PERMIT", ANSWER, "DEFER_IF_PERMIT x", 0, "defer" },
	{ "answer: HOLD", ANSWER, "HOLD x", 0, "hold" },
	{ "answer: WARN", ANSWER, "WARN x", 0, "warn" },
	{ "answer: DISCARD", ANSWER, "DISCARD", 0, "discard" },
	{ "answer: anything", ANSWER, "PREPEND X: y", 0, "other" },
	{ "answer: empty", ANSWER, "", 0, "other" },
	{ "bucket: the bound is in it", BUCKET, NULL, 1000, "0" },
	{ "bucket: above it", BUCKET, NULL, 1001, "1" },
	{ "bucket: the last bound", BUCKET, NULL, 10000000, "12" },
	{ "bucket: beyond", BUCKET, NULL, 10000001, "13" },
	{ "health: it has looked just now", HEALTH, "serves", 0, "" },
	{ "health: a minute ago", HEALTH, "serves", PS_HEALTH_STUCK_US, "" },
	{ "health: longer ago", HEALTH, "serves", PS_HEALTH_STUCK_US + 1,
	  "the daemon has not looked after itself for a minute" },
	{ "health: the milter is gone", HEALTH, "", 0,
	  "the milter takes no messages: it starts, stops, or has failed" },
};

static void expect_label(const struct row *row)
{
	struct ps_buffer out = PS_BUFFER(1000);

	ps_exposition_sample(&out, "m", "", PS_LABELS({ "l", row->text }),
			     row->number);
	assert_string_equal(ps_buffer_cstr(&out), row->want);
	ps_buffer_free(&out);
}

static void expect_seconds(const struct row *row)
{
	char text[PS_EXPOSITION_SECONDS_MAX];

	assert_string_equal(ps_exposition_seconds_text(row->number, text),
			    row->want);
}

/* The one that is counted. */
static void expect_answer(const struct row *row)
{
	struct ps_metrics *metrics = calloc(1, sizeof(*metrics));
	unsigned int i, count = 0;

	assert_non_null(metrics);
	ps_metrics_answer(metrics, ps_bytes_of(row->text));
	for (i = 0; i < PS_METRICS_ANSWERS; i++) {
		if (atomic_load(&metrics->answers[i]) == 0)
			continue;
		assert_string_equal(
			ps_metrics_answer_name((enum ps_metrics_answer)i),
			row->want);
		count++;
	}
	assert_int_equal(count, 1);
	free(metrics);
}

static uint64_t now;

static uint64_t clock_us(void)
{
	return now;
}

static void expect_bucket(const struct row *row)
{
	struct ps_metrics *metrics = calloc(1, sizeof(*metrics));
	struct ps_service service = { .microseconds = clock_us };
	struct ps_message *message = calloc(1, sizeof(*message));
	unsigned int i, found = PS_METRICS_BUCKETS;
	char text[16];

	assert_non_null(metrics);
	assert_non_null(message);
	message->service = &service;
	message->origin = PS_ORIGIN_OUTSIDE;
	message->end_us = 5;
	now = row->number + 5;
	ps_metrics_message(metrics, message, true);
	for (i = 0; i < PS_METRICS_BUCKETS; i++) {
		if (atomic_load(&metrics->bucket[PS_ORIGIN_OUTSIDE][i]) == 1)
			found = i;
	}
	(void)snprintf(text, sizeof(text), "%u", found);
	assert_string_equal(text, row->want);
	assert_int_equal(atomic_load(&metrics->microseconds[PS_ORIGIN_OUTSIDE]),
			 row->number);
	assert_int_equal(
		atomic_load(&metrics->messages[PS_ORIGIN_OUTSIDE][PS_ACCEPT]),
		1);
	ps_metrics_message(metrics, message, false);
	assert_int_equal(
		atomic_load(&metrics->messages[PS_ORIGIN_OUTSIDE][PS_DEFER]),
		1);
	/* Without counters, nothing happens. */
	ps_metrics_message(NULL, message, true);
	free(message);
	free(metrics);
}

static void expect_health(const struct row *row)
{
	const char *fault =
		ps_health_judge(*row->text != '\0', 1000, 1000 + row->number);

	assert_string_equal(fault == NULL ? "" : fault, row->want);
}

static void check(const struct row *row)
{
	switch (row->what) {
	case LABEL:
		expect_label(row);
		break;
	case SECONDS:
		expect_seconds(row);
		break;
	case ANSWER:
		expect_answer(row);
		break;
	case BUCKET:
		expect_bucket(row);
		break;
	case HEALTH:
		expect_health(row);
		break;
	}
}

TABLE_MAIN(rows, check)
