/* dkim_opendkim_none.c - in place of libopendkim, in a build without it. */

#include "io/dkim_opendkim.h"

bool ps_opendkim_built(void)
{
	return false;
}

int ps_opendkim_new(struct ps_opendkim **opendkim_r)
{
	*opendkim_r = NULL;
	return -1;
}

void ps_opendkim_free(struct ps_opendkim **opendkim)
{
	*opendkim = NULL;
}

const struct ps_dkim_engine *
ps_opendkim_port(const struct ps_opendkim *opendkim)
{
	(void)opendkim;
	return NULL;
}
