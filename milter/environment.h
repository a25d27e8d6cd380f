/* environment.h - numbers that whoever started us left in the environment. */
#ifndef PS_MILTER_ENVIRONMENT_H
#define PS_MILTER_ENVIRONMENT_H

#include <stdbool.h>

/* Before there are threads.  False: absent, or no number up to max. */
bool ps_environment_number(const char *variable, unsigned long long max,
			   unsigned long long *number_r);
/* Does variable hold the number of this process? */
bool ps_environment_is_us(const char *variable);

#endif
