/* control.h - ask the running postseald, at its control socket. */
#ifndef PS_CLI_CONTROL_H
#define PS_CLI_CONTROL_H

#include "cli/command.h"

/*
 * Send request, an object with "command" that is taken over, and wait up to
 * half a minute for the answer.  DONE: *reply_r is an object, to be freed with
 * json_decref().  Else it is NULL, and why was said on standard error: NOTHING
 * no postseald is running, or it has no such thing; USAGE it refuses, or one
 * may not ask it; TEMPFAIL it does not answer.
 */
enum ps_exit ps_control_ask(const struct ps_cli *cli, json_t *request,
			    json_t **reply_r);
/* The same, and nothing is said where no postseald is running, or has no such
 * thing. */
enum ps_exit ps_control_try(const struct ps_cli *cli, json_t *request,
			    json_t **reply_r);

#endif
