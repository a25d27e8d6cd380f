/* other_writer.h - writers in processes of their own, that may die midway. */
#ifndef PS_TESTS_OTHER_WRITER_H
#define PS_TESTS_OTHER_WRITER_H

#include <sys/types.h>

#define OTHER_WRITER_DEATHS 500 /* more changes of files than one commit has   \
				 */

struct other_writer {
	pid_t pid;
	int says;  /* it writes an octet at a place that its test knows */
	int waits; /* for an octet of ours there */
};

/* Run act, whose result is the exit status, in a child. */
struct other_writer other_writer_start(int (*act)(void));
/* Until it is at its place; then on with it. */
void other_writer_wait_for(const struct other_writer *writer);
void other_writer_go_on(const struct other_writer *writer);
/* The status that wait(2) gives. */
int other_writer_end(struct other_writer *writer);
/* Start and end; the status must be 0. */
void other_writer_must(int (*act)(void));

/* In the child: be at that place. */
void other_writer_meet(void);
/* In the child: with its change number call of a file by SQLite, from now on,
 * which is half done where it is a write, it is killed.  0: never. */
void other_writer_die_at(unsigned int call);
/* In the child: before SQLite first removes a file, meet, then wait for that
 * long. */
void other_writer_hold(unsigned int milliseconds);

#endif
