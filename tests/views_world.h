/* views_world.h - a directory written step by step, to be asked. */
#ifndef PS_TESTS_VIEWS_WORLD_H
#define PS_TESTS_VIEWS_WORLD_H

#include "directory/writer.h"

extern const char *const views_writes[]; /* of enum ps_write */
/* Open from views_set_up() to views_tear_down(), for cmocka. */
extern struct ps_directory *views_directory;
extern const struct ps_config *const views_config; /* its own */

int views_set_up(void **state);
int views_tear_down(void **state);
/* The first test: each step with the result it must have, those that are done
 * as a rehearsal before. */
void views_write_steps(void **state);
/* One more: verb is a command's name, or a function's (views_world.c). */
enum ps_write views_run(bool rehearsal, const char *verb, const char *a,
			const char *b, const char *c);

#endif
