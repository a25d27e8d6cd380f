/* dkim_opendkim.h - libopendkim as a DKIM engine, where the build has it
 * (POSTSEAL_OPENDKIM). */
#ifndef PS_IO_DKIM_OPENDKIM_H
#define PS_IO_DKIM_OPENDKIM_H

#include "core/auth/dkim_engine.h"

/*
 * One for a configuration; its engine is safe in any thread.
 *
 * The library judges by its own reading of a signature, and signs; what is
 * known to be wrong with it cannot act (doc/dkim-engines.md).  The time that
 * t= is held against is the system's, whatever options.now says.
 */
struct ps_opendkim;

/* False: every ps_opendkim_new() fails. */
bool ps_opendkim_built(void);
/* 0, or -1 out of memory. */
int ps_opendkim_new(struct ps_opendkim **opendkim_r);
void ps_opendkim_free(struct ps_opendkim **opendkim);
/* Lives as long as opendkim. */
const struct ps_dkim_engine *
ps_opendkim_port(const struct ps_opendkim *opendkim);

#endif
