/* dkim.h - new signing keys, told to whoever has to publish them. */
#ifndef PS_CLI_DKIM_H
#define PS_CLI_DKIM_H

#include "cli/output.h"
#include "io/keyfolder_write.h"

/* Their two records as lines of a zone file, and as "records" for programs. */
void ps_dkim_show(struct ps_output *output, const char *domain,
		  const struct ps_new_key key[2]);

#endif
