/* built.h - what this build is, and of which hosts it was built for. */
#ifndef PS_MILTER_BUILT_H
#define PS_MILTER_BUILT_H

/* "0.1.0"; of the headers the plugins were built with, "" without a plugin. */
const char *ps_built_version(void);
const char *ps_built_postfix(void);
const char *ps_built_dovecot(void);

#endif
