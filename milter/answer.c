/* answer.c - what is done with one message. */

#include "milter/answer.h"

#include <string.h>

void ps_answer_init(struct ps_answer *answer, struct ps_arena *arena)
{
	*answer = (struct ps_answer){ .arena = arena };
	answer->end = &answer->first;
}

/* RFC 3463 3.4: the system is short of something; 4.3.0 says no more. */
static void out_of_memory(struct ps_answer *answer)
{
	answer->disposition = PS_DEFER;
	answer->code = "451";
	answer->status = "4.3.0";
	answer->text = "Out of memory, try again later";
}

static bool decided(const struct ps_answer *answer)
{
	return answer->disposition == PS_REFUSE ||
	       answer->disposition == PS_DEFER;
}

static struct ps_change *add_change(struct ps_answer *answer, const char *name)
{
	struct ps_change *change =
		ps_arena_alloc(answer->arena, sizeof(*change));

	if (change == NULL) {
		out_of_memory(answer);
		return NULL;
	}
	change->name = name;
	*answer->end = change;
	answer->end = &change->next;
	return change;
}

void ps_answer_insert(struct ps_answer *answer, const char *name,
		      struct ps_bytes value)
{
	char *text = ps_arena_alloc(answer->arena, value.len + 1);
	struct ps_change *change;
	size_t i, len = 0;

	if (text == NULL) {
		out_of_memory(answer);
		return;
	}
	for (i = 0; i < value.len; i++) {
		if (value.at[i] != '\r' && value.at[i] != '\0')
			text[len++] = value.at[i];
	}
	change = add_change(answer, name);
	if (change != NULL)
		change->value = text;
}

void ps_answer_remove(struct ps_answer *answer, const char *name,
		      unsigned int nth)
{
	struct ps_change *change = add_change(answer, name);

	if (change != NULL)
		change->nth = nth;
}

/* The reply goes to a stranger and holds names a stranger chose. */
static const char *printable(struct ps_answer *answer, const char *text)
{
	size_t i, len = strnlen(text, PS_REPLY_TEXT_MAX);
	char *copy = ps_arena_copy(answer->arena, text, len);

	for (i = 0; copy != NULL && i < len; i++) {
		if (copy[i] < ' ' || copy[i] > '~')
			copy[i] = '?';
	}
	return copy;
}

static void decide(struct ps_answer *answer, enum ps_disposition disposition,
		   const char *code, const char *status, const char *text)
{
	if (decided(answer))
		return;
	answer->text = printable(answer, text);
	if (answer->text == NULL) {
		out_of_memory(answer);
		return;
	}
	answer->disposition = disposition;
	answer->code = code;
	answer->status = status;
}

void ps_answer_refuse(struct ps_answer *answer, const char *code,
		      const char *status, const char *text)
{
	decide(answer, PS_REFUSE, code, status, text);
}

void ps_answer_defer(struct ps_answer *answer, const char *status,
		     const char *text)
{
	decide(answer, PS_DEFER, "451", status, text);
}

void ps_answer_hold(struct ps_answer *answer, const char *text)
{
	decide(answer, PS_HOLD, NULL, NULL, text);
}

const char *ps_disposition_name(enum ps_disposition disposition)
{
	switch (disposition) {
	case PS_ACCEPT:
		return "accept";
	case PS_HOLD:
		return "hold";
	case PS_REFUSE:
		return "reject";
	case PS_DEFER:
		return "defer";
	}
	return "";
}
