/* environment.c - numbers that whoever started us left in the environment. */

#include "milter/environment.h"

#include "core/text/bytes.h"

#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

bool ps_environment_number(const char *variable, unsigned long long max,
			   unsigned long long *number_r)
{
	const char *text = getenv(variable);

	return text != NULL &&
	       ps_ascii_number(ps_bytes_of(text), max, number_r);
}

bool ps_environment_is_us(const char *variable)
{
	unsigned long long pid;

	return ps_environment_number(variable, INT32_MAX, &pid) &&
	       pid == (unsigned long long)getpid();
}
