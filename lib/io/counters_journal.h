/* counters_journal.h - counts that outlive the process, however it ends. */
#ifndef PS_IO_COUNTERS_JOURNAL_H
#define PS_IO_COUNTERS_JOURNAL_H

#include "directory/directory.h"
#include "io/counters_memory.h"

/*
 * One file: a head, and a record (counters_record.h) for each window that was
 * counted, behind one another; the last of a window counts.  A record says what
 * the window holds, not what was added, so that reading it twice does no harm.
 * One thread at a time.
 */
struct ps_journal;

/*
 * Put what path holds into counters and go on behind it.  A tail that is torn
 * is cut off.  *note_r: a sentence for the log, "" none.  0; 1: what was there
 * is no journal, and is set aside (path and ".damaged-" and the time), or one
 * cannot be written yet, so that counts are in memory only; -1 with a sentence
 * in reason_r: it cannot be read, is a database or a later version's, or
 * another process has it.
 */
int ps_journal_open(const char *path, struct ps_counters *counters,
		    uint64_t now, struct ps_journal **journal_r,
		    char note_r[PS_REASON_MAX], char reason_r[PS_REASON_MAX]);
/*
 * Write what was counted since the last call; sync: and wait for the disk.  To
 * be called each second.  A journal much larger than what is counted is written
 * anew, beside it, and takes its place.  0; -1 with a sentence: what is in the
 * file stays as it was, and the next call writes all.
 */
int ps_journal_write(struct ps_journal *journal, bool sync,
		     char reason_r[PS_REASON_MAX]);
/* Without a last write. */
void ps_journal_close(struct ps_journal **journal);

/* Octets in the file; written since it was opened. */
uint64_t ps_journal_size(const struct ps_journal *journal);
uint64_t ps_journal_written(const struct ps_journal *journal);

#endif
