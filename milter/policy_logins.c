/* policy_logins.c - keep what is known of logins in a file, from time to time.
 */

#include "milter/policy_logins.h"

#include "directory/log.h"
#include "io/clock.h"
#include "io/logins_file.h"

#include <stdio.h>
#include <stdlib.h>

static uint64_t seconds_now(void)
{
	return ps_clock_monotonic_us() / 1000000;
}

int ps_policy_logins_open(struct ps_policy_logins *kept, const char *journal,
			  struct ps_logins *logins)
{
	char note[PS_REASON_MAX];

	*kept = (struct ps_policy_logins){ .logins = logins };
	if (asprintf(&kept->path, "%s.logins", journal) < 0) {
		kept->path = NULL;
		return -1;
	}
	if (ps_logins_file_read(kept->path, logins, ps_clock_seconds(), note) !=
	    0)
		ps_log(PS_LOG_WARNING, "limits.journal: %s", note);
	kept->noted = ps_logins_noted(logins);
	kept->next = seconds_now() + PS_LOGINS_SECONDS;
	return 0;
}

void ps_policy_logins_write(struct ps_policy_logins *kept, bool end)
{
	uint64_t noted, now = seconds_now();
	char reason[PS_REASON_MAX];

	if (!end && now < kept->next)
		return;
	kept->next = now + PS_LOGINS_SECONDS;
	noted = ps_logins_noted(kept->logins);
	if (noted == kept->noted)
		return;
	if (ps_logins_file_write(kept->path, kept->logins, ps_clock_seconds(),
				 end, reason) < 0) {
		if (!kept->failing)
			ps_log(PS_LOG_ERROR,
			       "limits.journal: %s; what is known of logins is "
			       "%s",
			       reason,
			       end ? "lost since it was written last"
				   : "kept in memory only");
		kept->failing = true;
		return;
	}
	if (kept->failing)
		ps_log(PS_LOG_INFO, "limits.journal: logins are written again");
	kept->failing = false;
	kept->noted = noted;
}

void ps_policy_logins_close(struct ps_policy_logins *kept)
{
	free(kept->path);
	kept->path = NULL;
}
