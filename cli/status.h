/* status.h - what the running postseald says of itself, for people. */
#ifndef PS_CLI_STATUS_H
#define PS_CLI_STATUS_H

#include "cli/command.h"

/* Of a member: "" where it is no text, 0 where it is no number. */
const char *ps_reply_text(const json_t *object, const char *name);
long long ps_reply_number(const json_t *object, const char *name);
#define PS_REPLY_TIME_MAX 32
/* Seconds since 1970, in local time. */
const char *ps_reply_time(long long seconds, char text_r[PS_REPLY_TIME_MAX]);
/* All of an answer to "status". */
void ps_status_say(struct ps_cli *cli, const json_t *status);

#endif
