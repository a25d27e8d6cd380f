/*
 * directory_ask.c - what no host asks by itself, for hosted tests.
 *
 * usage: directory_ask CONFIG <QUESTIONS
 *
 * A question is a line: "VIEW KEY", "sends-in LOGIN DOMAIN", "sends-as LOGIN
 * ADDRESS", "password LOGIN PASSWORD" or "account LOGIN"; all are asked over
 * one handle.  The answers are lines: found with the value, none, or later with
 * the reason.
 */

#include "directory/directory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ps_directory *directory;
static struct ps_buffer answer = PS_BUFFER(PS_ANSWER_MAX);

static enum ps_outcome ask_account(const char *login)
{
	struct ps_account account;
	enum ps_outcome outcome =
		ps_directory_account(directory, login, &account);

	ps_buffer_text(&answer, account.login);
	ps_buffer_char(&answer, ' ');
	ps_buffer_text(&answer, account.home);
	return outcome;
}

static enum ps_outcome ask(const char *what, const char *a, const char *b)
{
	enum ps_view view;

	ps_buffer_reset(&answer);
	if (strcmp(what, "sends-in") == 0)
		return ps_directory_sends_in(directory, a, b);
	if (strcmp(what, "sends-as") == 0)
		return ps_directory_sends_as(directory, a, b);
	if (strcmp(what, "password") == 0)
		return ps_directory_password(directory, a, b);
	if (strcmp(what, "account") == 0)
		return ask_account(a);
	if (ps_view_by_name(what, &view))
		return ps_directory_view(directory, view, a, &answer);
	fprintf(stderr, "no question \"%s\"\n", what);
	exit(2);
}

static void show(enum ps_outcome outcome)
{
	switch (outcome) {
	case PS_FOUND:
		printf("found %s\n", ps_buffer_cstr(&answer));
		break;
	case PS_NOTFOUND:
		printf("none\n");
		break;
	case PS_TEMPFAIL:
		printf("later %s\n", ps_directory_reason(directory));
		break;
	}
	fflush(stdout);
}

int main(int argc, char **argv)
{
	char error[PS_CONFIG_ERROR_MAX] = "usage: directory_ask CONFIG";
	static char line[20000];
	char *word[3], *rest;
	struct ps_config *config;
	size_t i;

	if (argc != 2 || ps_config_read(argv[1], &config, error) < 0 ||
	    ps_directory_new(config, &directory, error) < 0) {
		fprintf(stderr, "%s\n", error);
		return 2;
	}
	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		rest = line;
		for (i = 0; i < 3; i++)
			word[i] = rest == NULL ? (char[]){ "" }
					       : strsep(&rest, " ");
		show(ask(word[0], word[1], word[2]));
	}
	ps_buffer_free(&answer);
	ps_directory_free(&directory);
	ps_config_free(&config);
	return 0;
}
