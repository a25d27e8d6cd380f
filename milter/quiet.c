/* quiet.c - a fault that every message meets is logged once a minute. */

#include "milter/quiet.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_OCTETS 1024
#define SLOTS		64

static struct {
	pthread_mutex_t lock;
	struct {
		uint64_t hash, when;
		bool used;
	} slot[SLOTS];
} seen = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* FNV-1a: two faults of a minute that collide cost one line, nothing else. */
static uint64_t hash_of(const char *line)
{
	uint64_t hash = 14695981039346656037U;

	while (*line != '\0')
		hash = (hash ^ (unsigned char)*line++) * 1099511628211U;
	return hash;
}

static bool is_news(uint64_t hash, uint64_t now)
{
	size_t i = hash % SLOTS;
	bool news;

	pthread_mutex_lock(&seen.lock);
	news = !seen.slot[i].used || seen.slot[i].hash != hash ||
	       now - seen.slot[i].when >= PS_QUIET_US;
	if (news) {
		seen.slot[i].used = true;
		seen.slot[i].hash = hash;
		seen.slot[i].when = now;
	}
	pthread_mutex_unlock(&seen.lock);
	return news;
}

void ps_quiet_log(uint64_t now, enum ps_log_level level, const char *format,
		  ...)
{
	char line[LINE_MAX_OCTETS];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (is_news(hash_of(line), now))
		ps_log(level, "%s", line);
}
