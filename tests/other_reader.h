/* other_reader.h - a process of another uid that reads the directory. */
#ifndef PS_TESTS_OTHER_READER_H
#define PS_TESTS_OTHER_READER_H

#include "directory/directory.h"

#include <sys/types.h>

#define OTHER_UID 65534 /* nobody, nogroup: what reads under other ids */

struct other_reader {
	pid_t pid;
	int to, from;
};

struct other_answer {
	enum ps_outcome outcome;
	long ms; /* how long it took */
	char text[PS_PATH_TEXT_MAX], reason[PS_REASON_MAX];
};

/* Fork it; it keeps its handle until told otherwise, as a host does. */
void other_reader_start(struct other_reader *reader,
			const struct ps_config *config);
/* Its exit status must be 0. */
void other_reader_stop(struct other_reader *reader);
/*
 * what: 'm' mailboxes view, 'l' aliases view, 's' senders view, 'd' domains
 * view, 'a' account (its home), 'c' credential, 'i' sends_in example.org,
 * 'n' the next account, 'u' use up its credential; 'R' is answered NOTFOUND: open anew from now on.
 */
struct other_answer other_reader_ask(struct other_reader *reader, char what,
				     const char *key);

#endif
