/* waiting.c - tell the process that a lookup is about to wait. */

#include "directory/waiting.h"

#include <stddef.h>

static void (*told)(void);

void ps_waiting_tell(void (*tell)(void))
{
	told = tell;
}

void ps_waiting(void)
{
	if (told != NULL)
		told();
}
