/* letter.c - a notice as a mail. */

#include "milter/letter.h"

#include "core/text/address.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define ADDRESS_MAX 320 /* RFC 5321 4.5.3.1 */

bool ps_letter_address(const char *text)
{
	struct ps_mailbox mailbox;
	const char *at;

	if (strlen(text) > ADDRESS_MAX ||
	    !ps_address_split(ps_bytes_of(text), &mailbox))
		return false;
	for (at = text; *at != '\0'; at++) {
		if (*at <= ' ' || *at > '~' ||
		    strchr("<>()[]\\,;:\"", *at) != NULL)
			return false;
	}
	return ps_bytes_find(mailbox.local, '@') == NULL;
}

/* One octet, so that it can end no line and begin no other. */
static void put(struct ps_buffer *out, char c)
{
	char hex[5];

	snprintf(hex, sizeof(hex), "\\x%02x", (unsigned char)c);
	if (c < ' ' || c > '~')
		ps_buffer_text(out, hex);
	else
		ps_buffer_char(out, c);
}

/* RFC 5322 3.3, in UTC and in English whatever the locale. */
static void put_date(struct ps_buffer *out, uint64_t now)
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed",
					"Thu", "Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr",
					  "May", "Jun", "Jul", "Aug",
					  "Sep", "Oct", "Nov", "Dec" };
	const time_t when = (time_t)now;
	struct tm tm = { 0 };
	char text[64];

	(void)gmtime_r(&when, &tm);
	snprintf(text, sizeof(text),
		 "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\r\n",
		 days[tm.tm_wday % 7], tm.tm_mday, months[tm.tm_mon % 12],
		 tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
	ps_buffer_text(out, text);
}

static void put_header(const struct ps_letter *letter, struct ps_buffer *out)
{
	size_t i;

	put_date(out, letter->now);
	ps_buffer_text(out, "From: Postseal <postseal@");
	ps_buffer_text(out, letter->host);
	ps_buffer_text(out, ">\r\nTo: <");
	ps_buffer_text(out, letter->to);
	ps_buffer_text(out, ">\r\nSubject: ");
	for (i = 0; letter->subject[i] != '\0' && i < PS_LETTER_SUBJECT_MAX;
	     i++)
		put(out, letter->subject[i]);
	ps_buffer_text(out, "\r\nMessage-ID: <");
	ps_buffer_number(out, letter->now);
	ps_buffer_char(out, '.');
	ps_buffer_number(out, letter->process);
	ps_buffer_char(out, '.');
	ps_buffer_number(out, letter->number);
	ps_buffer_text(out, ".postseal@");
	ps_buffer_text(out, letter->host);
	/* RFC 3834 5: nobody answers it. */
	ps_buffer_text(out, ">\r\nAuto-Submitted: auto-generated\r\n"
			    "MIME-Version: 1.0\r\n"
			    "Content-Type: text/plain; charset=us-ascii\r\n"
			    "\r\n");
}

void ps_letter_write(const struct ps_letter *letter, struct ps_buffer *out)
{
	size_t begin = 0;
	const char *at;

	put_header(letter, out);
	begin = out->len;
	for (at = letter->body; *at != '\0'; at++) {
		if (*at == '\n' || out->len - begin >= PS_LETTER_LINE_MAX) {
			ps_buffer_text(out, "\r\n");
			begin = out->len;
		}
		if (*at != '\n')
			put(out, *at);
	}
	if (out->len > begin)
		ps_buffer_text(out, "\r\n");
}
