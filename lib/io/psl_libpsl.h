/* psl_libpsl.h - the core's port for public suffixes over libpsl. */
#ifndef PS_IO_PSL_LIBPSL_H
#define PS_IO_PSL_LIBPSL_H

#include "core/text/bytes.h"
#include "core/text/psl.h"

/* A list, read once and never changed; safe in any thread. */
struct ps_libpsl;

/*
 * The newest list of this host: the one that the distribution keeps up to date
 * (Debian's package publicsuffix), or the one built into libpsl.  0, or -1: out
 * of memory, or libpsl was built without any.
 */
int ps_libpsl_new(struct ps_libpsl **psl_r);
/* The rules of text instead, one a line.  0 or -1. */
int ps_libpsl_new_of(struct ps_bytes text, struct ps_libpsl **psl_r);
void ps_libpsl_free(struct ps_libpsl **psl);
/* Lives as long as psl. */
const struct ps_psl *ps_libpsl_port(const struct ps_libpsl *psl);

#endif
