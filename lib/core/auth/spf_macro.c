/* spf_macro.c - macro strings of SPF (RFC 7208 section 7). */

#include "core/auth/spf_macro.h"

#include "core/text/cursor.h"

#include <stdio.h>
#include <string.h>

#define DELIMITERS   ".-+,/_="
#define NIBBLES_SIZE 64	  /* 32 nibbles, 31 dots, NUL */
#define PARTS_MAX    1000 /* more than any value has */

/* One macro-expand, or a run of macro-literal. */
struct token {
	char letter; /* lower case; 0: text stands for itself */
	bool escape; /* letter was upper case: URL escaping */
	bool reverse;
	unsigned int parts; /* 0: all */
	struct ps_bytes delimiters;
	struct ps_bytes text;
};

/* "%%", "%_", "%-" (7.1). */
static bool read_escape(int c, struct token *token_r)
{
	switch (c) {
	case '%':
		token_r->text = PS_BYTES("%");
		return true;
	case '_':
		token_r->text = PS_BYTES(" ");
		return true;
	case '-':
		token_r->text = PS_BYTES("%20");
		return true;
	}
	return false;
}

/* transformers = *DIGIT ["r"]; a number that is zero is forbidden (7.3). */
static bool read_transformers(struct ps_cursor *cursor, struct token *token_r)
{
	struct ps_bytes digits = ps_cursor_take(cursor, "0123456789");
	size_t i;

	for (i = 0; i < digits.len && token_r->parts < PARTS_MAX; i++) {
		token_r->parts = token_r->parts * 10 +
				 (unsigned int)(digits.at[i] - '0');
	}
	token_r->reverse = ps_cursor_skip_text(cursor, "r");
	return digits.len == 0 || token_r->parts > 0;
}

/* Behind "%": "{" macro-letter transformers *delimiter "}", or an escape. */
static bool read_macro(struct ps_cursor *cursor, struct token *token_r)
{
	int c = ps_cursor_next(cursor);

	if (c != '{')
		return read_escape(c, token_r);
	c = ps_cursor_next(cursor);
	if (c < 'A' || strchr("slodiphcrtvSLODIPHCRTV", c) == NULL)
		return false;
	token_r->letter = ps_ascii_lower((char)c);
	token_r->escape = c < 'a';
	if (!read_transformers(cursor, token_r))
		return false;
	token_r->delimiters = ps_cursor_take(cursor, DELIMITERS);
	return ps_cursor_skip(cursor, '}');
}

/* False: not even the beginning of a token. */
static bool read_token(struct ps_cursor *cursor, struct token *token_r)
{
	*token_r = (struct token){ 0 };
	if (ps_cursor_skip(cursor, '%'))
		return read_macro(cursor, token_r);
	token_r->text = ps_cursor_until(cursor, "%");
	return token_r->text.len > 0;
}

/* macro-literal = %x21-24 / %x26-7E */
static bool is_literal(struct ps_bytes text, bool space)
{
	size_t i;

	for (i = 0; i < text.len; i++) {
		if (text.at[i] > 0x20 && text.at[i] < 0x7f)
			continue;
		if (!space || text.at[i] != ' ')
			return false;
	}
	return true;
}

/* LDH, and not all of it digits. */
static bool is_toplabel(struct ps_bytes label)
{
	bool digits = true;
	size_t i;

	if (label.len == 0 || label.at[0] == '-' ||
	    label.at[label.len - 1] == '-')
		return false;
	for (i = 0; i < label.len; i++) {
		if (ps_ascii_digit(label.at[i]))
			continue;
		digits = false;
		if (!ps_ascii_alpha(label.at[i]) && label.at[i] != '-')
			return false;
	}
	return !digits;
}

/* domain-end = ( "." toplabel [ "." ] ), in the literal that ends the spec. */
static bool is_domain_end(struct ps_bytes text)
{
	size_t dot;

	if (text.len > 0 && text.at[text.len - 1] == '.')
		text.len--;
	for (dot = text.len; dot > 0 && text.at[dot - 1] != '.'; dot--)
		;
	return dot > 0 &&
	       is_toplabel((struct ps_bytes){ text.at + dot, text.len - dot });
}

bool ps_spf_macro_valid(struct ps_bytes text, enum ps_spf_place place)
{
	struct ps_cursor cursor = ps_cursor_of(text);
	struct token token = { 0 };
	const char *start = cursor.at;

	while (!ps_cursor_done(&cursor)) {
		start = cursor.at;
		if (!read_token(&cursor, &token))
			return false;
		if (*start != '%' &&
		    !is_literal(token.text, place == PS_SPF_IN_TEXT))
			return false;
		/* 7.2: "allowed only in exp text" */
		if (place == PS_SPF_IN_NAME && token.letter != 0 &&
		    strchr("crt", token.letter) != NULL)
			return false;
	}
	if (place != PS_SPF_IN_NAME)
		return true;
	return text.len > 0 && (*start == '%' || is_domain_end(token.text));
}

bool ps_spf_macro_uses(struct ps_bytes text, const char *letters)
{
	struct ps_cursor cursor = ps_cursor_of(text);
	struct token token;

	while (read_token(&cursor, &token)) {
		if (token.letter != 0 && strchr(letters, token.letter) != NULL)
			return true;
	}
	return false;
}

/* What is expanded goes here: total counts all, skip drops the first. */
struct sink {
	char *text;
	size_t size, len;
	size_t skip, total;
};

static void put(struct sink *sink, struct ps_bytes bytes)
{
	size_t room = sink->size - sink->len;

	sink->total += bytes.len;
	if (bytes.len <= sink->skip) {
		sink->skip -= bytes.len;
		return;
	}
	bytes.at += sink->skip;
	bytes.len -= sink->skip;
	sink->skip = 0;
	if (bytes.len > room)
		bytes.len = room;
	if (bytes.len > 0)
		memcpy(sink->text + sink->len, bytes.at, bytes.len);
	sink->len += bytes.len;
}

/* URL escaping: all but the unreserved set of RFC 3986 2.3. */
static void put_value(struct sink *sink, struct ps_bytes value, bool escape)
{
	char hex[4];
	size_t i;

	if (!escape) {
		put(sink, value);
		return;
	}
	for (i = 0; i < value.len; i++) {
		char c = value.at[i];

		if (ps_ascii_alpha(c) || ps_ascii_digit(c) ||
		    (c != '\0' && strchr("-._~", c) != NULL)) {
			put(sink, (struct ps_bytes){ &c, 1 });
			continue;
		}
		snprintf(hex, sizeof(hex), "%%%02X", (unsigned char)c);
		put(sink, (struct ps_bytes){ hex, 3 });
	}
}

static bool is_delimiter(char c, struct ps_bytes delimiters)
{
	if (delimiters.len == 0)
		return c == '.';
	return ps_bytes_find(delimiters, c) != NULL;
}

/* The right-hand parts, or the left-hand ones if they will be reversed. */
static struct ps_bytes keep_parts(struct ps_bytes value,
				  const struct token *token)
{
	unsigned int left = token->parts;
	size_t i;

	if (left == 0)
		return value;
	for (i = 0; i < value.len; i++) {
		size_t at = token->reverse ? i : value.len - 1 - i;

		if (!is_delimiter(value.at[at], token->delimiters) ||
		    --left > 0)
			continue;
		if (!token->reverse)
			value.at += at + 1;
		value.len = i;
		break;
	}
	return value;
}

/* Parts are joined by "." whatever split them (7.3). */
static void put_parts(struct sink *sink, struct ps_bytes value,
		      const struct token *token)
{
	size_t start, end, i;

	for (start = i = 0; !token->reverse && i < value.len; i++) {
		if (!is_delimiter(value.at[i], token->delimiters))
			continue;
		put_value(sink,
			  (struct ps_bytes){ value.at + start, i - start },
			  token->escape);
		put(sink, PS_BYTES("."));
		start = i + 1;
	}
	for (end = i = value.len; token->reverse && i > 0; i--) {
		if (!is_delimiter(value.at[i - 1], token->delimiters))
			continue;
		put_value(sink, (struct ps_bytes){ value.at + i, end - i },
			  token->escape);
		put(sink, PS_BYTES("."));
		end = i - 1;
	}
	put_value(sink, (struct ps_bytes){ value.at + start, end - start },
		  token->escape);
}

/* %{i}: dotted quad, or dotted nibbles (7.3). */
static void format_dotted(const struct ps_ip *ip, char text_r[NIBBLES_SIZE])
{
	static const char hex[] = "0123456789abcdef";
	size_t i;

	if (ip->bits != 128) {
		ps_ip_format(ip, text_r);
		return;
	}
	for (i = 0; i < 16; i++) {
		text_r[i * 4] = hex[ip->octet[i] >> 4];
		text_r[i * 4 + 1] = '.';
		text_r[i * 4 + 2] = hex[ip->octet[i] & 15];
		text_r[i * 4 + 3] = '.';
	}
	text_r[NIBBLES_SIZE - 1] = '\0';
}

static struct ps_bytes or_unknown(const char *text)
{
	return text[0] == '\0' ? PS_BYTES("unknown") : ps_bytes_of(text);
}

/* What the letter stands for, before it is transformed. */
static struct ps_bytes value_of(char letter, const struct ps_spf_facts *facts,
				char scratch[NIBBLES_SIZE])
{
	switch (letter) {
	case 's':
		return facts->sender;
	case 'l':
		return facts->local;
	case 'o':
		return facts->sender_domain;
	case 'd':
		return ps_bytes_of(facts->domain);
	case 'h':
		return ps_bytes_of(facts->helo);
	case 'p':
		return or_unknown(facts->validated);
	case 'r':
		return or_unknown(facts->receiver);
	case 'v':
		return facts->client.bits == 32 ? PS_BYTES("in-addr")
						: PS_BYTES("ip6");
	case 'i':
		format_dotted(&facts->client, scratch);
		break;
	case 'c':
		ps_ip_format(&facts->client, scratch);
		break;
	default: /* t: no other letter is valid */
		snprintf(scratch, NIBBLES_SIZE, "%llu",
			 (unsigned long long)facts->now);
		break;
	}
	return ps_bytes_of(scratch);
}

static void expand(struct ps_bytes text, const struct ps_spf_facts *facts,
		   struct sink *sink)
{
	struct ps_cursor cursor = ps_cursor_of(text);
	char scratch[NIBBLES_SIZE];
	struct token token;
	struct ps_bytes value;

	while (sink->total <= PS_SPF_EXPANDED_MAX &&
	       read_token(&cursor, &token)) {
		if (token.letter == 0) {
			put(sink, token.text);
			continue;
		}
		value = keep_parts(value_of(token.letter, facts, scratch),
				   &token);
		if (token.parts == 0 && !token.reverse &&
		    token.delimiters.len == 0)
			put_value(sink, value, token.escape);
		else
			put_parts(sink, value, &token);
	}
}

void ps_spf_macro_name(struct ps_bytes spec, const struct ps_spf_facts *facts,
		       char name_r[PS_DOMAIN_MAX + 1])
{
	/* A final dot, and one octet that shows where a label was cut. */
	char text[PS_DOMAIN_MAX + 2];
	struct sink all = { 0 }, tail = { .text = text, .size = sizeof(text) };
	struct ps_bytes name;
	const char *dot;

	name_r[0] = '\0';
	expand(spec, facts, &all);
	if (all.total > PS_SPF_EXPANDED_MAX)
		return;
	if (all.total > sizeof(text))
		tail.skip = all.total - sizeof(text);
	expand(spec, facts, &tail);
	name = (struct ps_bytes){ text, tail.len };
	if (name.len > 0 && name.at[name.len - 1] == '.')
		name.len--;
	while (name.len > PS_DOMAIN_MAX) {
		dot = ps_bytes_find(name, '.');
		if (dot == NULL)
			return;
		name.len -= (size_t)(dot + 1 - name.at);
		name.at = dot + 1;
	}
	memcpy(name_r, name.at, name.len);
	name_r[name.len] = '\0';
	ps_ascii_lower_all(name_r, name.len);
}

void ps_spf_macro_text(struct ps_bytes text, const struct ps_spf_facts *facts,
		       char *text_r, size_t size)
{
	struct sink sink = { .text = text_r, .size = size - 1 };
	size_t i;

	expand(text, facts, &sink);
	for (i = 0; i < sink.len; i++) {
		if (text_r[i] < 0x20 || text_r[i] > 0x7e)
			text_r[i] = '?';
	}
	text_r[sink.len] = '\0';
}
