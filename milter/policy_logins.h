/* policy_logins.h - keep what is known of logins in a file, from time to time.
 */
#ifndef PS_MILTER_POLICY_LOGINS_H
#define PS_MILTER_POLICY_LOGINS_H

#include "io/logins_memory.h"

#include <stdbool.h>

#define PS_LOGINS_SECONDS 300 /* between two writings; ours */

/* One thread at a time. */
struct ps_policy_logins {
	char *path;
	struct ps_logins *logins; /* borrowed */
	uint64_t noted;		  /* when it was written last */
	uint64_t next;		  /* monotonic seconds */
	bool failing;
};

/* Takes in what the file beside the journal has, and says in the log what is
 * wrong with it.  0, or -1: no memory.  Close it in either case. */
int ps_policy_logins_open(struct ps_policy_logins *kept, const char *journal,
			  struct ps_logins *logins);
/* To be called each second, and at the end.  What cannot be written is said
 * once. */
void ps_policy_logins_write(struct ps_policy_logins *kept, bool end);
void ps_policy_logins_close(struct ps_policy_logins *kept);

#endif
