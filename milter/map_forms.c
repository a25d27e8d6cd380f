/* map_forms.c - an address in the shorter forms that Postfix would ask for. */

#include "milter/map_forms.h"

#include "core/text/address.h"
#include "core/text/cursor.h"

#include <stdio.h>
#include <string.h>

static bool ends_fold(struct ps_bytes text, struct ps_bytes end)
{
	return text.len > end.len &&
	       ps_bytes_equal_fold(
		       (struct ps_bytes){ text.at + text.len - end.len,
					  end.len },
		       end);
}

/* Addresses of the mail system, and of list managers where "-" is a delimiter,
 * are never split (postconf(5), recipient_delimiter, owner_request_special). */
static bool is_whole(struct ps_bytes local, const char *delimiters)
{
	if (ps_bytes_equal_fold(local, PS_BYTES("postmaster")) ||
	    ps_bytes_equal_fold(local, PS_BYTES("mailer-daemon")) ||
	    ps_bytes_equal_fold(local, PS_BYTES("double-bounce")))
		return true;
	return strchr(delimiters, '-') != NULL &&
	       (ps_bytes_starts_fold(local, PS_BYTES("owner-")) ||
		ends_fold(local, PS_BYTES("-request")));
}

/* Both with the delimiter at the start of the extension.  False: none. */
static bool split(const struct ps_mailbox *mailbox, const char *delimiters,
		  struct ps_bytes *user_r, struct ps_bytes *extension_r)
{
	struct ps_cursor cursor = ps_cursor_of(mailbox->local);

	if (is_whole(mailbox->local, delimiters))
		return false;
	*user_r = ps_cursor_until(&cursor, delimiters);
	*extension_r = ps_cursor_rest(&cursor);
	return user_r->len > 0 && extension_r->len > 0;
}

static bool has_forms(enum ps_view view, enum ps_map_form form)
{
	switch (view) {
	case PS_VIEW_ALIASES:
	case PS_VIEW_SENDERS:
		return true;
	case PS_VIEW_MAILBOXES:
		return form != PS_FORM_DOMAIN;
	case PS_VIEW_DOMAINS:
	case PS_VIEW_TRANSPORT: /* the view looks at the domain itself */
	case PS_VIEW_RELAY_DOMAINS:
	case PS_VIEW_QUOTA:
		break;
	}
	return form == PS_FORM_WHOLE;
}

bool ps_map_form(enum ps_view view, enum ps_map_form form, const char *key,
		 const char *delimiters, char form_r[PS_ADDRESS_MAX + 1])
{
	struct ps_bytes user, extension;
	struct ps_mailbox mailbox;

	if (!has_forms(view, form))
		return false;
	if (form == PS_FORM_WHOLE)
		return ps_bytes_copy(ps_bytes_of(key), form_r,
				     PS_ADDRESS_MAX + 1);
	if (!ps_address_split(ps_bytes_of(key), &mailbox))
		return false;
	if (form == PS_FORM_DOMAIN) {
		snprintf(form_r, PS_ADDRESS_MAX + 1, "@%.*s",
			 (int)mailbox.domain.len, mailbox.domain.at);
		return true;
	}
	if (!split(&mailbox, delimiters, &user, &extension))
		return false;
	snprintf(form_r, PS_ADDRESS_MAX + 1, "%.*s@%.*s", (int)user.len,
		 user.at, (int)mailbox.domain.len, mailbox.domain.at);
	return true;
}

/* Before the @, and inside the quotes of a local part. */
static void extend_one(struct ps_bytes address, struct ps_bytes extension,
		       struct ps_buffer *extended)
{
	struct ps_mailbox mailbox;
	size_t len = address.len;

	if (ps_address_split(address, &mailbox))
		len = mailbox.local.len;
	if (len > 1 && address.at[len - 1] == '"')
		len--;
	ps_buffer_add(extended, address.at, len);
	ps_buffer_bytes(extended, extension);
	ps_buffer_add(extended, address.at + len, address.len - len);
}

void ps_map_extend(const char *answer, const char *key, const char *delimiters,
		   struct ps_buffer *extended)
{
	struct ps_cursor cursor = ps_cursor_of(ps_bytes_of(answer));
	struct ps_bytes user, extension = PS_BYTES("");
	struct ps_mailbox mailbox;

	if (!ps_address_split(ps_bytes_of(key), &mailbox) ||
	    !split(&mailbox, delimiters, &user, &extension))
		extension = PS_BYTES("");
	while (!ps_cursor_done(&cursor)) {
		extend_one(ps_cursor_until(&cursor, ","), extension, extended);
		if (ps_cursor_skip(&cursor, ','))
			ps_buffer_char(extended, ',');
	}
}
