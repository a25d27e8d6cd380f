/* config.c - read the one configuration file: by us, then by libconfuse. */

#include "directory/config.h"

#include "directory/config_scan.h"
#include "directory/config_table.h"
#include "directory/config_values.h"

#include <confuse.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARENA_MAX (16 * PS_CONFIG_OCTETS_MAX)

/* libconfuse's lexer has one state for the process, and its error function
 * gets no context of ours. */
static pthread_mutex_t confuse_lock = PTHREAD_MUTEX_INITIALIZER;
static struct ps_reading *confuse_reading;

/* ---- the octets ---- */

static int read_all(struct ps_reading *reading, int fd, char *text, size_t size,
		    size_t *len_r)
{
	size_t len = 0;
	ssize_t got;

	while (len < size) {
		got = read(fd, text + len, size - len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ps_config_fail(reading, 0, "cannot be read: %s",
					      strerror(errno));
		if (got == 0)
			break;
		len += (size_t)got;
	}
	*len_r = len;
	return 0;
}

static int check_file(struct ps_reading *reading, int fd, size_t *size_r)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return ps_config_fail(reading, 0, "cannot be read: %s",
				      strerror(errno));
	if (!S_ISREG(status.st_mode))
		return ps_config_fail(reading, 0, "is not a regular file");
	if (status.st_size > PS_CONFIG_OCTETS_MAX)
		return ps_config_fail(reading, 0, "is larger than %d octets",
				      PS_CONFIG_OCTETS_MAX);
	*size_r = (size_t)status.st_size;
	return 0;
}

static int read_text(struct ps_reading *reading, struct ps_bytes *text_r)
{
	int fd = open(reading->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char *text = NULL;
	size_t size = 0;
	int result = -1;

	if (fd < 0)
		return ps_config_fail(reading, 0, "cannot be opened: %s",
				      strerror(errno));
	if (check_file(reading, fd, &size) == 0) {
		text = ps_arena_alloc(reading->arena, size + 1);
		text_r->at = text;
		result = text == NULL
				 ? ps_config_fail(reading, 0, "out of memory")
				 : read_all(reading, fd, text, size,
					    &text_r->len);
	}
	(void)close(fd);
	return result;
}

/* ---- libconfuse ---- */

static void on_confuse_error(cfg_t *cfg, const char *format, va_list args)
{
	char reason[200];

	if (confuse_reading == NULL)
		return;
	(void)vsnprintf(reason, sizeof(reason), format, args);
	(void)ps_config_fail(confuse_reading,
			     cfg->line > 0 ? (unsigned int)cfg->line : 0, "%s",
			     reason);
}

static int take_values(struct ps_reading *reading, cfg_t *cfg, size_t i)
{
	const char **values;
	unsigned int n, count;
	cfg_opt_t *option;
	cfg_t *section = cfg;

	if (ps_settings[i].section[0] != '\0')
		section = cfg_getsec(cfg, ps_settings[i].section);
	option = section == NULL ? NULL
				 : cfg_getopt(section, ps_settings[i].name);
	if (option == NULL)
		return ps_config_fail(reading, reading->line[i],
				      "cannot be read");
	count = cfg_opt_size(option);
	values = calloc(count + 1, sizeof(*values));
	if (values == NULL)
		return ps_config_fail(reading, 0, "out of memory");
	for (n = 0; n < count; n++)
		values[n] = cfg_opt_getnstr(option, n);
	if (!ps_setting_is_list(i) && (count != 1 || values[0] == NULL))
		n = (unsigned int)ps_config_fail_setting(reading, i,
							 "needs one value");
	else
		n = (unsigned int)ps_config_set(reading, i, count, values);
	free(values);
	return (int)n;
}

static cfg_opt_t option_of(size_t i)
{
	const char *name = ps_settings[i].name;

	if (ps_setting_is_list(i))
		return (cfg_opt_t)CFG_STR_LIST(name, 0, CFGF_NODEFAULT);
	return (cfg_opt_t)CFG_STR(name, 0, CFGF_NODEFAULT);
}

/* The options of one section from first on, ended as libconfuse wants it. */
static size_t list_options(size_t first, cfg_opt_t *options)
{
	size_t i = first, n = 0;

	while (i < ps_settings_count &&
	       strcmp(ps_settings[i].section, ps_settings[first].section) == 0)
		options[n++] = option_of(i++);
	options[n++] = (cfg_opt_t)CFG_END();
	return n;
}

/* The options of all sections, and the sections themselves as options. */
struct options {
	cfg_opt_t inner[PS_SETTINGS_MAX * 2], top[PS_SETTINGS_MAX];
};

static void describe(struct options *options)
{
	size_t i = 0, used = 0, at = 0, n;

	while (i < ps_settings_count) {
		n = list_options(i, options->inner + used);
		if (ps_settings[i].section[0] == '\0') {
			memcpy(options->top, options->inner,
			       (n - 1) * sizeof(options->top[0]));
			at = n - 1;
		} else {
			options->top[at++] = (cfg_opt_t)CFG_SEC(
				ps_settings[i].section, options->inner + used,
				CFGF_NONE);
			used += n;
		}
		i += n - 1;
	}
	options->top[at] = (cfg_opt_t)CFG_END();
}

static int parse(struct ps_reading *reading, const char *text)
{
	struct options *options = calloc(1, sizeof(*options));
	cfg_t *cfg = NULL;
	int result;
	size_t i;

	if (options != NULL) {
		describe(options);
		cfg = cfg_init(options->top, CFGF_NONE); /* copies them */
		free(options);
	}
	if (cfg == NULL)
		return ps_config_fail(reading, 0, "out of memory");
	(void)cfg_set_error_function(cfg, on_confuse_error);
	result = cfg_parse_buf(cfg, text) == CFG_SUCCESS
			 ? 0
			 : ps_config_fail(reading, 0, "syntax error");
	for (i = 0; i < ps_settings_count && result == 0; i++) {
		if (reading->line[i] != 0)
			result = take_values(reading, cfg, i);
	}
	(void)cfg_free(cfg);
	return result;
}

/* ---- the whole ---- */

static int set_host_name(struct ps_reading *reading)
{
	char name[256] = "";

	if (reading->config->authserv_id != NULL)
		return 0;
	if (gethostname(name, sizeof(name) - 1) < 0 || name[0] == '\0')
		return ps_config_fail(
			reading, 0,
			"setting authserv_id is missing, and this host has "
			"no name to stand in for it");
	ps_ascii_lower_all(name, strlen(name));
	reading->config->authserv_id = ps_arena_text(reading->arena, name);
	return reading->config->authserv_id == NULL
		       ? ps_config_fail(reading, 0, "out of memory")
		       : 0;
}

static int fill(struct ps_reading *reading)
{
	struct ps_bytes text = { 0 };
	int result;
	size_t i;

	for (i = 0; i < ps_settings_count; i++) {
		if (ps_config_preset(reading, i) < 0)
			return -1;
	}
	if (read_text(reading, &text) < 0)
		return -1;
	if (!ps_config_scan(reading->path, text, reading->line, reading->error))
		return -1;
	(void)pthread_mutex_lock(&confuse_lock);
	confuse_reading = reading;
	result = parse(reading, text.at);
	confuse_reading = NULL;
	(void)pthread_mutex_unlock(&confuse_lock);
	return result < 0 ? -1 : set_host_name(reading);
}

int ps_config_read(const char *path, struct ps_config **config_r,
		   char error_r[PS_CONFIG_ERROR_MAX])
{
	struct ps_reading reading = { .path = path == NULL ? PS_CONFIG_DEFAULT
							   : path,
				      .error = error_r };

	_Static_assert(sizeof(enum ps_enforce) == sizeof(unsigned int),
		       "set_word() writes enums");
	*config_r = NULL;
	error_r[0] = '\0';
	if (ps_arena_new(ARENA_MAX, &reading.arena) == 0) {
		reading.config =
			ps_arena_alloc(reading.arena, sizeof(*reading.config));
		if (reading.config != NULL)
			reading.config->path =
				ps_arena_text(reading.arena, reading.path);
	}
	if (reading.config == NULL || reading.config->path == NULL)
		(void)ps_config_fail(&reading, 0, "out of memory");
	else if (reading.path[0] != '/')
		(void)ps_config_fail(&reading, 0, "is not an absolute path");
	else if (fill(&reading) == 0) {
		reading.config->memory = reading.arena;
		*config_r = reading.config;
		return 0;
	}
	ps_arena_free(&reading.arena);
	return -1;
}

void ps_config_free(struct ps_config **config)
{
	struct ps_arena *arena;

	if (*config == NULL)
		return;
	arena = (*config)->memory;
	*config = NULL;
	ps_arena_free(&arena);
}
