/* control.c - requests at the control socket. */

#include "milter/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Members and values of a request lie flat: nothing nests. */
static const char *const verbs[PS_CONTROL_VERBS] = {
	[PS_CONTROL_STATUS] = "status",	      [PS_CONTROL_RELOAD] = "reload",
	[PS_CONTROL_SUSPEND] = "suspend",     [PS_CONTROL_ENABLE] = "enable",
	[PS_CONTROL_SUSPENDED] = "suspended", [PS_CONTROL_LIMITS] = "limits",
	[PS_CONTROL_RESET] = "reset",
};

const char *ps_control_verb_name(enum ps_control_verb verb)
{
	return verbs[verb];
}

static bool find_verb(const char *name, enum ps_control_verb *verb_r)
{
	unsigned int i;

	for (i = 0; name != NULL && i < PS_CONTROL_VERBS; i++) {
		if (strcmp(verbs[i], name) == 0) {
			*verb_r = (enum ps_control_verb)i;
			return true;
		}
	}
	return false;
}

/* A text that may be left out.  False: it is none, or too long. */
static bool read_text(const json_t *root, const char *name, char *text_r,
		      size_t size)
{
	const json_t *text = json_object_get(root, name);

	if (text == NULL)
		return true;
	return json_is_string(text) &&
	       ps_bytes_copy((struct ps_bytes){ json_string_value(text),
						json_string_length(text) },
			     text_r, size);
}

/* NULL, or what is wrong with it. */
static const char *read_object(const json_t *root,
			       struct ps_control_request *request_r)
{
	const json_t *command = json_object_get(root, "command"),
		     *most = json_object_get(root, "most");

	if (!json_is_object(root) || !json_is_string(command))
		return "the request is no JSON object with a \"command\"";
	if (!find_verb(json_string_value(command), &request_r->verb))
		return "there is no such command; postseald may be of another "
		       "version than the program that asks";
	if (!read_text(root, "subject", request_r->subject,
		       sizeof(request_r->subject)))
		return "\"subject\" is no text, or too long";
	if (!read_text(root, "reason", request_r->reason,
		       sizeof(request_r->reason)))
		return "\"reason\" is no text, or too long";
	if (most != NULL &&
	    (!json_is_integer(most) || json_integer_value(most) < 1 ||
	     json_integer_value(most) > PS_CONTROL_MOST_MAX))
		return "\"most\" is not a number from 1 to 2000";
	request_r->all = json_is_true(json_object_get(root, "all"));
	if (most != NULL)
		request_r->most = (unsigned int)json_integer_value(most);
	return NULL;
}

enum ps_request ps_control_read(struct ps_cursor *input,
				struct ps_control_request *request_r,
				struct ps_buffer *replies)
{
	struct ps_cursor cursor = *input;
	struct ps_bytes line = ps_cursor_until(&cursor, "\n");
	const char *wrong;
	json_t *root;

	if (line.len >= PS_CONTROL_REQUEST_MAX) {
		ps_control_refuse(replies, false, "the request is too long");
		return PS_REQUEST_LAST;
	}
	if (!ps_cursor_skip(&cursor, '\n'))
		return PS_REQUEST_PART;
	*input = cursor;
	*request_r = (struct ps_control_request){ .verb = PS_CONTROL_STATUS };
	root = json_loadb(line.at, line.len, JSON_REJECT_DUPLICATES, NULL);
	wrong = read_object(root, request_r);
	json_decref(root);
	if (wrong == NULL)
		return PS_REQUEST_ANSWERED;
	ps_control_refuse(replies, false, wrong);
	return PS_REQUEST_LAST;
}

static void put(struct ps_buffer *replies, json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);

	json_decref(object);
	if (text == NULL || strlen(text) >= PS_CONTROL_REPLY_MAX)
		ps_buffer_text(replies,
			       text == NULL ? "{\"ok\":false,\"error\":"
					      "\"postseald is out of memory\"}"
					    : "{\"ok\":false,\"error\":"
					      "\"the answer is too long\"}");
	else
		ps_buffer_text(replies, text);
	ps_buffer_char(replies, '\n');
	free(text);
}

void ps_control_answer(struct ps_buffer *replies, json_t *answer)
{
	if (json_object_set_new(answer, "ok", json_true()) < 0) {
		json_decref(answer);
		answer = NULL;
	}
	put(replies, answer);
}

void ps_control_refuse(struct ps_buffer *replies, bool nothing, const char *why)
{
	put(replies, json_pack("{s:b, s:b, s:o}", "ok", 0, "nothing", nothing,
			       "error", ps_control_text(why)));
}

json_t *ps_control_text(const char *text)
{
	json_t *string = json_string(text);
	size_t i, len = strlen(text);
	struct ps_buffer escaped = PS_BUFFER(4 * len + 1);
	char hex[5];

	if (string != NULL)
		return string;
	for (i = 0; i < len; i++) {
		snprintf(hex, sizeof(hex), "\\x%02x", (unsigned char)text[i]);
		if ((unsigned char)text[i] > '~')
			ps_buffer_text(&escaped, hex);
		else
			ps_buffer_char(&escaped, text[i]);
	}
	if (!escaped.failed)
		string = json_string(ps_buffer_cstr(&escaped));
	ps_buffer_free(&escaped);
	return string;
}
