/* other_reader.c - a process of another uid that reads the directory. */

#include "table.h"

#include "other_reader.h"

#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct question {
	char what;
	char key[PS_ADDRESS_MAX + 1];
};

static enum ps_outcome view(struct ps_directory *directory, enum ps_view name,
			    const char *key, char *text_r, size_t size)
{
	struct ps_buffer found = PS_BUFFER(PS_ANSWER_MAX);
	enum ps_outcome outcome =
		ps_directory_view(directory, name, key, &found);

	snprintf(text_r, size, "%s", ps_buffer_cstr(&found));
	ps_buffer_free(&found);
	return outcome;
}

/* As a one-time password is. */
static enum ps_outcome use_up(struct ps_directory *directory, const char *login)
{
	struct ps_credential old, spent;
	enum ps_outcome outcome =
		ps_directory_credential(directory, login, &old);

	spent = old;
	spent.kind = PS_CREDENTIAL_SPENT;
	if (outcome == PS_FOUND)
		outcome = ps_directory_replace(directory, login, &old, &spent);
	return outcome;
}

static enum ps_outcome answer(struct ps_directory *directory,
			      const struct question *question, char *text_r,
			      size_t size)
{
	char next[PS_ADDRESS_MAX + 1] = "";
	struct ps_credential credential;
	struct ps_account account;
	enum ps_outcome outcome;

	switch (question->what) {
	case 'm':
		return view(directory, PS_VIEW_MAILBOXES, question->key, text_r,
			    size);
	case 'l':
		return view(directory, PS_VIEW_ALIASES, question->key, text_r,
			    size);
	case 's':
		return view(directory, PS_VIEW_SENDERS, question->key, text_r,
			    size);
	case 'd':
		return view(directory, PS_VIEW_DOMAINS, question->key, text_r,
			    size);
	case 'c':
		outcome = ps_directory_credential(directory, question->key,
						  &credential);
		snprintf(text_r, size, "%s", credential.hash);
		return outcome;
	case 'u':
		return use_up(directory, question->key);
	case 'i':
		return ps_directory_sends_in(directory, question->key,
					     "example.org");
	case 'n':
		outcome = ps_directory_next_account(directory, question->key,
						    next);
		snprintf(text_r, size, "%s", next);
		return outcome;
	}
	outcome = ps_directory_account(directory, question->key, &account);
	snprintf(text_r, size, "%s", account.home);
	return outcome;
}

static long now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until there are no more questions; the exit status. */
static int serve(const struct ps_config *config, int from, int to)
{
	struct ps_directory *directory = NULL;
	struct question question;
	struct other_answer given;
	char error[PS_CONFIG_ERROR_MAX];
	long begun;

	if (geteuid() == 0 && (setgroups(0, NULL) < 0 ||
			       setgid(OTHER_UID) < 0 || setuid(OTHER_UID) < 0))
		return 2;
	if (ps_directory_new(config, &directory, error) < 0)
		return 3;
	while (read(from, &question, sizeof(question)) ==
		       (ssize_t)sizeof(question) &&
	       question.what != 'Q') {
		memset(&given, 0, sizeof(given));
		given.outcome = PS_NOTFOUND;
		begun = now_ms();
		if (question.what != 'R') {
			given.outcome = answer(directory, &question, given.text,
					       sizeof(given.text));
			snprintf(given.reason, sizeof(given.reason), "%s",
				 ps_directory_reason(directory));
		} else {
			ps_directory_free(&directory);
			if (ps_directory_new(config, &directory, error) < 0)
				return 3;
		}
		given.ms = now_ms() - begun;
		if (write(to, &given, sizeof(given)) != (ssize_t)sizeof(given))
			return 4;
	}
	ps_directory_free(&directory);
	return 0;
}

void other_reader_start(struct other_reader *reader,
			const struct ps_config *config)
{
	int to[2], from[2];

	assert_int_equal(pipe2(to, O_CLOEXEC), 0);
	assert_int_equal(pipe2(from, O_CLOEXEC), 0);
	reader->pid = fork();
	assert_true(reader->pid >= 0);
	if (reader->pid == 0) {
		(void)close(to[1]);
		(void)close(from[0]);
		_exit(serve(config, to[0], from[1]));
	}
	(void)close(to[0]);
	(void)close(from[1]);
	reader->to = to[1];
	reader->from = from[0];
}

void other_reader_stop(struct other_reader *reader)
{
	/* Not the end of the pipe: processes forked later hold it open. */
	struct question quit = { .what = 'Q' };
	int status;

	assert_true(write(reader->to, &quit, sizeof(quit)) ==
		    (ssize_t)sizeof(quit));
	(void)close(reader->to);
	(void)close(reader->from);
	assert_int_equal(waitpid(reader->pid, &status, 0), reader->pid);
	assert_int_equal(status, 0);
}

struct other_answer other_reader_ask(struct other_reader *reader, char what,
				     const char *key)
{
	struct question question = { .what = what };
	struct other_answer given;

	snprintf(question.key, sizeof(question.key), "%s", key);
	assert_true(write(reader->to, &question, sizeof(question)) ==
		    (ssize_t)sizeof(question));
	assert_true(read(reader->from, &given, sizeof(given)) ==
		    (ssize_t)sizeof(given));
	assert_int_equal(given.outcome == PS_TEMPFAIL, given.reason[0] != '\0');
	return given;
}
