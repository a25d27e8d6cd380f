/* built.c - what this build is, and of which hosts it was built for. */

#include "milter/built.h"

const char *ps_built_version(void)
{
	return POSTSEAL_VERSION;
}

const char *ps_built_postfix(void)
{
	return POSTSEAL_POSTFIX_VERSION;
}

const char *ps_built_dovecot(void)
{
	return POSTSEAL_DOVECOT_VERSION;
}
