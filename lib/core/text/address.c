/* address.c - mail addresses and domains (RFC 5322 3.4 and 4.4, RFC 6532). */

#include "core/text/address.h"

#include "core/text/cfws.h"

#include <string.h>

bool ps_address_split(struct ps_bytes address, struct ps_mailbox *mailbox_r)
{
	size_t at = address.len;

	while (at > 0 && address.at[at - 1] != '@')
		at--;
	if (at < 2 || at == address.len)
		return false;
	mailbox_r->local = (struct ps_bytes){ address.at, at - 1 };
	mailbox_r->domain =
		(struct ps_bytes){ address.at + at, address.len - at };
	return true;
}

static bool is_label_octet(char c)
{
	return (unsigned char)c > 127 || ps_ascii_alpha(c) ||
	       ps_ascii_digit(c) || c == '-' || c == '_';
}

/* All but its length. */
static bool is_domain(struct ps_bytes domain)
{
	size_t i, label = 0;

	for (i = 0; i < domain.len; i++) {
		if (domain.at[i] == '.' && label > 0)
			label = 0;
		else if (!is_label_octet(domain.at[i]) ||
			 ++label > PS_LABEL_MAX)
			return false;
	}
	return label > 0;
}

bool ps_domain_normalize(struct ps_bytes domain, char text_r[PS_DOMAIN_MAX + 1])
{
	text_r[0] = '\0';
	if (domain.len > 0 && domain.at[domain.len - 1] == '.')
		domain.len--;
	if (!is_domain(domain) ||
	    !ps_bytes_copy(domain, text_r, PS_DOMAIN_MAX + 1))
		return false;
	ps_ascii_lower_all(text_r, domain.len);
	return true;
}

bool ps_domain_within(const char *name, const char *domain)
{
	size_t name_len = strlen(name), len = strlen(domain);

	if (len == 0 || len > name_len)
		return false;
	name += name_len - len;
	return strcmp(name, domain) == 0 &&
	       (len == name_len || name[-1] == '.');
}

/* What a list is read into. */
struct list {
	struct ps_cursor cursor;
	struct ps_mailbox *mailbox;
	size_t count;
};

/* Extend the slice, which begins with its first token, up to here. */
static void extend(struct ps_bytes *slice, const char *start, const char *end)
{
	if (slice->at == NULL)
		slice->at = start;
	slice->len = (size_t)(end - slice->at);
}

static bool skip_atom(struct ps_cursor *cursor)
{
	const char *start = cursor->at;

	while (ps_cfws_is_atext(ps_cursor_peek(cursor)))
		cursor->at++;
	return cursor->at != start;
}

static bool skip_word(struct ps_cursor *cursor)
{
	struct ps_bytes quoted;

	return ps_cfws_quoted(cursor, &quoted) || skip_atom(cursor);
}

/* Words with dots between them; also with dots in wrong places, as some
 * providers once gave out (a..b@, a.@).  Stands at the @ then. */
static bool parse_local(struct ps_cursor *cursor, struct ps_bytes *local_r)
{
	bool word = false;
	const char *start;

	*local_r = (struct ps_bytes){ 0 };
	for (;;) {
		if (!ps_cfws_skip(cursor))
			return false;
		if (ps_cursor_peek(cursor) == '@')
			return local_r->len > 0;
		start = cursor->at;
		if (ps_cursor_skip(cursor, '.'))
			word = false;
		else if (word || !skip_word(cursor))
			return false;
		else
			word = true;
		extend(local_r, start, cursor->at);
	}
}

/* dtext of 3.4.1 and 4.4, quoted pairs included. */
static bool parse_literal(struct ps_cursor *cursor, struct ps_bytes *domain_r)
{
	const char *start = cursor->at;
	int c;

	cursor->at++;
	do {
		c = ps_cursor_next(cursor);
		if (c == '\\')
			c = ps_cursor_next(cursor) > 0 ? '\\' : -1;
		if (c <= 0 || c == '[')
			return false;
	} while (c != ']');
	extend(domain_r, start, cursor->at);
	return ps_cfws_skip(cursor);
}

/* Atoms with dots between them; a final dot, as in the DNS, is let through. */
static bool parse_domain(struct ps_cursor *cursor, struct ps_bytes *domain_r)
{
	const char *start;

	*domain_r = (struct ps_bytes){ 0 };
	if (!ps_cfws_skip(cursor))
		return false;
	if (ps_cursor_peek(cursor) == '[')
		return parse_literal(cursor, domain_r);
	for (;;) {
		start = cursor->at;
		if (!skip_atom(cursor))
			return domain_r->len > 0;
		extend(domain_r, start, cursor->at);
		if (!ps_cfws_skip(cursor))
			return false;
		start = cursor->at;
		if (!ps_cursor_skip(cursor, '.'))
			return true;
		extend(domain_r, start, cursor->at);
		if (!ps_cfws_skip(cursor))
			return false;
	}
}

static bool add_addr_spec(struct list *list)
{
	struct ps_mailbox mailbox;

	if (!parse_local(&list->cursor, &mailbox.local) ||
	    !ps_cursor_skip(&list->cursor, '@') ||
	    !parse_domain(&list->cursor, &mailbox.domain) ||
	    list->count == PS_MAILBOXES_MAX)
		return false;
	list->mailbox[list->count++] = mailbox;
	return true;
}

/* obs-route of 4.4: "@a,@b:"; what it says means nothing today. */
static bool skip_route(struct ps_cursor *cursor)
{
	struct ps_bytes domain;

	if (!ps_cfws_skip(cursor))
		return false;
	if (ps_cursor_peek(cursor) != '@' && ps_cursor_peek(cursor) != ',')
		return true;
	do {
		if (!ps_cfws_skip(cursor))
			return false;
		if (ps_cursor_skip(cursor, '@') &&
		    !parse_domain(cursor, &domain))
			return false;
	} while (ps_cursor_skip(cursor, ','));
	return ps_cursor_skip(cursor, ':');
}

/* Behind the "<". */
static bool add_angle_addr(struct list *list)
{
	return skip_route(&list->cursor) && add_addr_spec(list) &&
	       (ps_cursor_skip(&list->cursor, '>') ||
		ps_cursor_done(&list->cursor)) &&
	       ps_cfws_skip(&list->cursor);
}

/* Past a display name, or what stands for one, to the octet that says what it
 * is the name of; *at_r: there was an @ in it. */
static bool skip_phrase(struct ps_cursor *cursor, bool *at_r)
{
	*at_r = false;
	for (;;) {
		if (!ps_cfws_skip(cursor))
			return false;
		if (skip_word(cursor))
			continue;
		switch (ps_cursor_peek(cursor)) {
		case '@':
			*at_r = true;
			/* fall through */
		case '.':
		case '[':
		case ']':
		case '\\':
			cursor->at++;
			break;
		default:
			return true;
		}
	}
}

static bool add_mailbox(struct list *list)
{
	struct ps_cursor ahead = list->cursor;
	bool has_at;

	if (!skip_phrase(&ahead, &has_at))
		return false;
	if (!ps_cursor_skip(&ahead, '<'))
		return add_addr_spec(list);
	list->cursor = ahead;
	return add_angle_addr(list);
}

static bool skip_group_name(struct ps_cursor *cursor)
{
	struct ps_cursor ahead = *cursor;
	bool has_at;

	if (!skip_phrase(&ahead, &has_at) || has_at || ahead.at == cursor->at ||
	    !ps_cursor_skip(&ahead, ':'))
		return false;
	*cursor = ahead;
	return true;
}

/* Commas may be too many (4.4), but not missing. */
static bool at_separator(const struct ps_cursor *cursor, bool in_group)
{
	int c = ps_cursor_peek(cursor);

	return c == -1 || c == ',' || (in_group && c == ';');
}

static bool parse_list(struct list *list)
{
	struct ps_cursor *cursor = &list->cursor;
	bool in_group = false, groups = false;

	for (;;) {
		if (!ps_cfws_skip(cursor))
			return false;
		if (ps_cursor_done(cursor))
			return !in_group && (groups || list->count > 0);
		if (ps_cursor_skip(cursor, ','))
			continue;
		if (!in_group && skip_group_name(cursor)) {
			in_group = groups = true;
			continue;
		}
		if (in_group && ps_cursor_skip(cursor, ';'))
			in_group = false;
		else if (!add_mailbox(list))
			return false;
		if (!ps_cfws_skip(cursor) || !at_separator(cursor, in_group))
			return false;
	}
}

bool ps_address_list(struct ps_bytes value,
		     struct ps_mailbox mailbox_r[PS_MAILBOXES_MAX],
		     size_t *count_r)
{
	struct list list = { ps_cursor_of(value), mailbox_r, 0 };
	bool good = parse_list(&list);

	*count_r = list.count;
	return good;
}

/* Without what ps_cfws_skip() skips; in quotes and brackets nothing is. */
static void add_bare(struct ps_bytes part, struct ps_buffer *out)
{
	struct ps_cursor cursor = ps_cursor_of(part);
	struct ps_bytes quoted;

	if (ps_cursor_peek(&cursor) == '[') {
		ps_buffer_bytes(out, part);
		return;
	}
	while (ps_cfws_skip(&cursor) && !ps_cursor_done(&cursor)) {
		if (ps_cfws_quoted(&cursor, &quoted))
			ps_buffer_bytes(out, quoted);
		else
			ps_buffer_char(out, (char)ps_cursor_next(&cursor));
	}
}

bool ps_mailbox_domain(const struct ps_mailbox *mailbox,
		       char text_r[PS_DOMAIN_MAX + 1])
{
	char text[PS_DOMAIN_MAX + 2]; /* one more: its final dot */
	struct ps_buffer bare = PS_BUFFER_AT(text, sizeof(text));

	text_r[0] = '\0';
	add_bare(mailbox->domain, &bare);
	return !bare.failed &&
	       ps_domain_normalize((struct ps_bytes){ bare.data, bare.len },
				   text_r);
}

void ps_mailbox_text(const struct ps_mailbox *mailbox, struct ps_buffer *out)
{
	add_bare(mailbox->local, out);
	ps_buffer_char(out, '@');
	add_bare(mailbox->domain, out);
}
