/* rule_files.h - rule files and the value files that they name. */
#ifndef PS_IO_RULE_FILES_H
#define PS_IO_RULE_FILES_H

#include "core/rules/rule_port.h"

#define PS_RULE_FILE_OCTETS_MAX (64u << 20) /* of one value file; ours */

/* Holds what was read last. */
struct ps_rule_file_reader {
	char *content;
};

#define PS_RULE_FILE_READER ((struct ps_rule_file_reader){ NULL })

/*
 * The content of a regular file, borrowed until the next call or the end of
 * the reader.  With FAILED errno says why; EFBIG: it is too large, EINVAL: it
 * is no regular file.
 */
enum ps_rule_read ps_rule_file_read(struct ps_rule_file_reader *reader,
				    const char *path,
				    struct ps_bytes *content_r);
/* The port; reader must live as long. */
struct ps_rule_files ps_rule_file_port(struct ps_rule_file_reader *reader);
void ps_rule_file_end(struct ps_rule_file_reader *reader);

#endif
