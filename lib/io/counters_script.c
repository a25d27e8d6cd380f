/* counters_script.c - one count as Redis does it: the script, its words. */

#include "io/counters_script.h"

#include "core/text/cursor.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#define NUMBER_MAX (UINT64_C(1) << 53) /* exact in a double */

/*
 * rule_window.c in Lua.  KEYS: the key.  ARGV: now, seconds, amount, max, mode,
 * and start, count, before of the host that asks.  Only GET and SET are called.
 *
 * Two windows of one key, of Redis and of the host, are first brought to the
 * later of their beginnings, so that a window that is over for a host whose
 * clock is ahead does not come back with one whose clock is behind.
 */
static const char script[] =
	"local now, seconds = tonumber(ARGV[1]), tonumber(ARGV[2])\n"
	"local amount, max = tonumber(ARGV[3]), tonumber(ARGV[4])\n"
	"local sliding = ARGV[5] == 's'\n"
	"local from, host, past =\n"
	"  tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])\n"
	"local start, count, before, reset, sum = 0, 0, 0, 0, 0\n"
	"local kept = redis.call('GET', KEYS[1])\n"
	"if kept then\n"
	"  local a, b, c, d =\n"
	"    string.match(kept, '^(%d+) (%d+) (%d+) (%d+)$')\n"
	"  if not a then return redis.error_reply('FOREIGN not a count') end\n"
	"  start, count = tonumber(a), tonumber(b)\n"
	"  sum = count + amount\n"
	/* The most of all: one more in a window that is there. */
	"  if not sliding and start > 0 and now <= start + seconds and\n"
	"     (from == start or from == 0) and host <= count and\n"
	"     sum < 1e14 then\n"
	"    if sum > max then return sum .. ' ' .. kept end\n"
	"    kept = a .. ' ' .. sum .. ' ' .. c .. ' ' .. d\n"
	"    redis.call('SET', KEYS[1], kept, 'KEEPTTL')\n"
	"    return sum .. ' ' .. kept\n"
	"  end\n"
	"  before, reset = tonumber(c), tonumber(d)\n"
	"end\n"
	"local function seen(at, start, count, before)\n"
	"  if start == 0 and count == 0 and before == 0 then\n"
	"    return 0, 0, 0\n"
	"  end\n"
	"  if not sliding then\n"
	"    if at > start + seconds then return 0, 0, 0 end\n"
	"    return start, count, before\n"
	"  end\n"
	"  if at >= start + 2 * seconds then return 0, 0, 0 end\n"
	"  if at >= start + seconds then return start + seconds, 0, count end\n"
	"  return start, count, before\n"
	"end\n"
	"if from > 0 and from >= reset and\n"
	"   (from ~= start or host > count or past > before) then\n"
	"  local at = math.max(now, start, from)\n"
	"  start, count, before = seen(at, start, count, before)\n"
	"  from, host, past = seen(at, from, host, past)\n"
	"  if start == 0 or (from > 0 and from < start) then start = from end\n"
	"  count, before = math.max(count, host), math.max(before, past)\n"
	"end\n"
	"start, count, before = seen(now, start, count, before)\n"
	"local first = start == 0 and count == 0 and before == 0\n"
	"if first then start = now end\n"
	"sum = count + amount\n"
	"if sliding then\n"
	"  local passed = math.max(now - start, 0)\n"
	"  if passed < seconds then\n"
	"    local left = seconds - passed\n"
	"    sum = sum + math.floor(before / seconds) * left +\n"
	"          math.ceil(before % seconds * left / seconds)\n"
	"  end\n"
	"  first = false\n"
	"end\n"
	"if first or sum <= max then count = count + amount end\n"
	"local text =\n"
	"  string.format('%.0f %.0f %.0f %.0f', start, count, before, reset)\n"
	"if text ~= kept then\n"
	"  local spans = sliding and 2 or 1\n"
	"  local left = start + spans * seconds - now\n"
	"  left = math.min(math.max(left, 0), 2 * spans * seconds)\n"
	"  redis.call('SET', KEYS[1], text, 'EX',\n"
	"    string.format('%.0f', left + 60))\n"
	"end\n"
	"return string.format('%.0f ', sum) .. text\n";

/* ARGV: now, seconds.  What hosts hold from before is not taken any more. */
static const char reset_script[] =
	"local now, seconds = tonumber(ARGV[1]), tonumber(ARGV[2])\n"
	"local start, reset = 0, now\n"
	"local kept = redis.call('GET', KEYS[1])\n"
	"if kept then\n"
	"  local a, d = string.match(kept, '^(%d+) %d+ %d+ (%d+)$')\n"
	"  if not a then return redis.error_reply('FOREIGN not a count') end\n"
	"  start, reset = tonumber(a), math.max(tonumber(d), now)\n"
	"end\n"
	"redis.call('SET', KEYS[1],\n"
	"  string.format('0 0 0 %.0f', math.max(reset, start + 1)), 'EX',\n"
	"  string.format('%.0f', 2 * seconds + 60))\n"
	"return '0 0 0 0 0'\n";

static bool digest(const EVP_MD *type, const void *at, size_t len, char *hex_r)
{
	unsigned char octets[EVP_MAX_MD_SIZE];
	unsigned int size = 0, i;

	if (EVP_Digest(at, len, octets, &size, type, NULL) != 1)
		return false;
	for (i = 0; i < size; i++)
		snprintf(hex_r + 2 * (size_t)i, 3, "%02x", octets[i]);
	return true;
}

bool ps_counters_script_sha(char sha_r[PS_COUNTERS_SHA_SIZE])
{
	return digest(EVP_sha1(), script, sizeof(script) - 1, sha_r);
}

/* ---- the key ---- */

static void put_escaped(struct ps_buffer *out, struct ps_bytes text)
{
	static const char hex[] = "0123456789ABCDEF";
	unsigned char c;
	size_t i;

	for (i = 0; i < text.len; i++) {
		c = (unsigned char)text.at[i];
		if (ps_ascii_digit(text.at[i]) || ps_ascii_alpha(text.at[i]) ||
		    (c != '\0' && strchr("@._-+=", c) != NULL)) {
			ps_buffer_char(out, text.at[i]);
		} else {
			ps_buffer_char(out, '%');
			ps_buffer_char(out, hex[c >> 4]);
			ps_buffer_char(out, hex[c & 15]);
		}
	}
}

/* Nothing that is escaped can be taken for the colon. */
static void put_both(struct ps_buffer *out, struct ps_bytes rule,
		     struct ps_bytes key)
{
	put_escaped(out, rule);
	ps_buffer_char(out, ':');
	put_escaped(out, key);
}

static void put_short(struct ps_buffer *out, struct ps_bytes rule,
		      struct ps_bytes key)
{
	const size_t longest = 3 * (rule.len + key.len) + 1;
	struct ps_buffer name = PS_BUFFER(longest);
	char hex[2 * EVP_MAX_MD_SIZE + 1];

	if (longest <= PS_COUNTERS_NAME_MAX) {
		put_both(out, rule, key);
		return;
	}
	put_both(&name, rule, key);
	if (name.failed) {
		out->failed = true;
	} else if (name.len <= PS_COUNTERS_NAME_MAX) {
		ps_buffer_add(out, name.data, name.len);
	} else if (digest(EVP_sha256(), name.data, name.len, hex)) {
		ps_buffer_text(out, "sha256-");
		ps_buffer_text(out, hex);
	} else {
		out->failed = true;
	}
	ps_buffer_free(&name);
}

static const char *mode_of(enum ps_window_mode mode)
{
	return mode == PS_WINDOW_SLIDING ? "s" : "f";
}

void ps_counters_name(const char *prefix, enum ps_window_mode mode,
		      struct ps_bytes rule, struct ps_bytes key,
		      struct ps_buffer *out)
{
	ps_buffer_text(out, prefix);
	ps_buffer_char(out, ':');
	ps_buffer_text(out, mode_of(mode));
	ps_buffer_char(out, ':');
	put_short(out, rule, key);
}

/* ---- commands ---- */

/* An array of count words, each with its length in front: Redis's protocol,
 * RESP2.  hiredis would print each length into memory of its own. */
static void put_count(struct ps_buffer *out, char kind, size_t count)
{
	ps_buffer_char(out, kind);
	ps_buffer_number(out, count);
	ps_buffer_text(out, "\r\n");
}

static void put_word(struct ps_buffer *out, const char *at, size_t len)
{
	put_count(out, '$', len);
	ps_buffer_add(out, at, len);
	ps_buffer_text(out, "\r\n");
}

static void put_number(struct ps_buffer *out, uint64_t number)
{
	char text[32];
	struct ps_buffer digits = PS_BUFFER_AT(text, sizeof(text));

	ps_buffer_number(&digits, number > NUMBER_MAX ? NUMBER_MAX : number);
	put_word(out, digits.data, digits.len);
}

static void put_key(struct ps_buffer *out,
		    const struct ps_counters_question *question)
{
	char text[PS_COUNTERS_TEXT_MAX + 1];
	struct ps_buffer name = PS_BUFFER_AT(text, sizeof(text));

	ps_counters_name(question->prefix, question->mode,
			 ps_bytes_of(question->count->rule),
			 question->count->key, &name);
	if (name.failed)
		out->failed = true;
	else
		put_word(out, name.data, name.len);
}

void ps_counters_ask(const struct ps_counters_question *question,
		     struct ps_buffer *out)
{
	const struct ps_rule_count *count = question->count;
	const bool sliding = question->mode == PS_WINDOW_SLIDING;

	put_count(out, '*', 12);
	if (question->sha != NULL) {
		put_word(out, "EVALSHA", 7);
		put_word(out, question->sha, strlen(question->sha));
	} else {
		put_word(out, "EVAL", 4);
		put_word(out, script, sizeof(script) - 1);
	}
	put_number(out, 1);
	put_key(out, question);
	put_number(out, count->now);
	/* As ps_window_add() has it. */
	put_number(out, sliding && count->seconds == 0 ? 1 : count->seconds);
	put_number(out, count->amount);
	put_number(out, count->max);
	put_word(out, mode_of(question->mode), 1);
	put_number(out, question->held.start);
	put_number(out, question->held.count);
	put_number(out, question->held.before);
}

void ps_counters_ask_reset(const struct ps_counters_question *question,
			   struct ps_buffer *out)
{
	put_count(out, '*', 6);
	put_word(out, "EVAL", 4);
	put_word(out, reset_script, sizeof(reset_script) - 1);
	put_number(out, 1);
	put_key(out, question);
	put_number(out, question->count->now);
	put_number(out, question->count->seconds);
}

/* ---- replies ---- */

static bool next_number(struct ps_cursor *cursor, uint64_t *number_r)
{
	unsigned long long number;

	if (!ps_ascii_number(ps_cursor_take(cursor, "0123456789"), INT64_MAX,
			     &number))
		return false;
	*number_r = number;
	return true;
}

bool ps_counters_read(const redisReply *reply, uint64_t *sum_r,
		      struct ps_window *window_r)
{
	struct ps_cursor cursor;
	uint64_t reset;

	if (reply->type != REDIS_REPLY_STRING)
		return false;
	cursor = ps_cursor_of(
		(struct ps_bytes){ reply->str, (size_t)reply->len });
	return next_number(&cursor, sum_r) && ps_cursor_skip(&cursor, ' ') &&
	       next_number(&cursor, &window_r->start) &&
	       ps_cursor_skip(&cursor, ' ') &&
	       next_number(&cursor, &window_r->count) &&
	       ps_cursor_skip(&cursor, ' ') &&
	       next_number(&cursor, &window_r->before) &&
	       ps_cursor_skip(&cursor, ' ') && next_number(&cursor, &reset) &&
	       ps_cursor_done(&cursor);
}

enum ps_counters_error ps_counters_error_of(const char *text)
{
	if (strncmp(text, "NOSCRIPT", 8) == 0)
		return PS_COUNTERS_NO_SCRIPT;
	/* Redis before 7 puts where it happened in front. */
	if (strstr(text, "WRONGTYPE") != NULL ||
	    strncmp(text, "FOREIGN", 7) == 0)
		return PS_COUNTERS_BAD_KEY;
	return PS_COUNTERS_BAD_SERVER;
}
