/* config.c - read the one configuration file: by us, then by libconfuse. */

#include "directory/config.h"

#include "core/text/arena.h"
#include "directory/config_scan.h"
#include "directory/config_table.h"

#include <confuse.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARENA_MAX    (16 * PS_CONFIG_OCTETS_MAX)
#define SETTINGS_MAX 128
#define LIST_MAX     10000 /* values of one list; ours */

struct reading {
	const char *path;
	char *error;
	unsigned int line[SETTINGS_MAX];
	struct ps_config *config;
	struct ps_arena *arena;
};

/* libconfuse's lexer has one state for the process, and its error function
 * gets no context of ours. */
static pthread_mutex_t confuse_lock = PTHREAD_MUTEX_INITIALIZER;
static struct reading *confuse_reading;

static int fail(struct reading *reading, unsigned int line, const char *format,
		...) __attribute__((format(printf, 3, 4)));

static int fail(struct reading *reading, unsigned int line, const char *format,
		...)
{
	char reason[PS_CONFIG_ERROR_MAX / 2];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	if (reading->error[0] != '\0')
		return -1;
	if (line == 0)
		snprintf(reading->error, PS_CONFIG_ERROR_MAX, "%s: %s",
			 reading->path, reason);
	else
		snprintf(reading->error, PS_CONFIG_ERROR_MAX, "%s:%u: %s",
			 reading->path, line, reason);
	return -1;
}

static int fail_setting(struct reading *reading, size_t i, const char *value,
			const char *reason)
{
	const struct ps_setting *setting = &ps_settings[i];

	return fail(reading, reading->line[i], "setting %s%s%s: \"%.100s\" %s",
		    setting->section, setting->section[0] == '\0' ? "" : ".",
		    setting->name, value, reason);
}

/* ---- the octets ---- */

static int read_all(struct reading *reading, int fd, char *text, size_t size,
		    size_t *len_r)
{
	size_t len = 0;
	ssize_t got;

	while (len < size) {
		got = read(fd, text + len, size - len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail(reading, 0, "cannot be read: %s",
				    strerror(errno));
		if (got == 0)
			break;
		len += (size_t)got;
	}
	*len_r = len;
	return 0;
}

static int check_file(struct reading *reading, int fd, size_t *size_r)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return fail(reading, 0, "cannot be read: %s", strerror(errno));
	if (!S_ISREG(status.st_mode))
		return fail(reading, 0, "is not a regular file");
	if (status.st_size > PS_CONFIG_OCTETS_MAX)
		return fail(reading, 0, "is larger than %d octets",
			    PS_CONFIG_OCTETS_MAX);
	*size_r = (size_t)status.st_size;
	return 0;
}

static int read_text(struct reading *reading, struct ps_bytes *text_r)
{
	int fd = open(reading->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char *text = NULL;
	size_t size = 0;
	int result = -1;

	if (fd < 0)
		return fail(reading, 0, "cannot be opened: %s",
			    strerror(errno));
	if (check_file(reading, fd, &size) == 0) {
		text = ps_arena_alloc(reading->arena, size + 1);
		text_r->at = text;
		result = text == NULL ? fail(reading, 0, "out of memory")
				      : read_all(reading, fd, text, size,
						 &text_r->len);
	}
	(void)close(fd);
	return result;
}

/* ---- the values ---- */

static int set_list(struct reading *reading, size_t i, size_t count,
		    const char *const *values)
{
	struct ps_config_list *list =
		(void *)((char *)reading->config + ps_settings[i].offset);
	const char **at;
	size_t n;

	at = ps_arena_alloc(reading->arena, (count + 1) * sizeof(*at));
	if (at == NULL)
		return fail(reading, 0, "out of memory");
	for (n = 0; n < count; n++) {
		if (values[n][0] == '\0')
			return fail_setting(reading, i, "",
					    "an empty value in the list");
		at[n] = ps_arena_text(reading->arena, values[n]);
		if (at[n] == NULL)
			return fail(reading, 0, "out of memory");
	}
	list->count = count;
	list->at = at;
	return 0;
}

static int set_nets(struct reading *reading, size_t i, size_t count,
		    const char *const *values)
{
	struct ps_config_nets *nets =
		(void *)((char *)reading->config + ps_settings[i].offset);
	struct ps_net *at;
	size_t n;

	at = ps_arena_alloc(reading->arena, (count + 1) * sizeof(*at));
	if (at == NULL)
		return fail(reading, 0, "out of memory");
	for (n = 0; n < count; n++) {
		if (!ps_net_parse(values[n], &at[n]))
			return fail_setting(
				reading, i, values[n],
				"is not a network (192.0.2.0/24, 2001:db8::/32,"
				" no bits behind the prefix)");
	}
	nets->count = count;
	nets->at = at;
	return 0;
}

static int set_text(struct reading *reading, size_t i, const char *value)
{
	const char **place =
		(void *)((char *)reading->config + ps_settings[i].offset);

	if (value[0] == '\0')
		return fail_setting(reading, i, value, "is empty");
	if (ps_settings[i].kind == PS_SETTING_FILE && value[0] != '/')
		return fail_setting(reading, i, value,
				    "is not an absolute path");
	*place = ps_arena_text(reading->arena, value);
	return *place == NULL ? fail(reading, 0, "out of memory") : 0;
}

static int set_number(struct reading *reading, size_t i, const char *value)
{
	const struct ps_setting *setting = &ps_settings[i];
	unsigned int *place =
		(void *)((char *)reading->config + setting->offset);
	unsigned long long number = 0;
	char reason[80];

	snprintf(reason, sizeof(reason),
		 "is not a plain decimal number from %u to %u", setting->least,
		 setting->most);
	if ((value[0] == '0' && value[1] != '\0') ||
	    !ps_ascii_number(ps_bytes_of(value), setting->most, &number) ||
	    number < setting->least)
		return fail_setting(reading, i, value, reason);
	*place = (unsigned int)number;
	return 0;
}

static int set_word(struct reading *reading, size_t i, const char *value)
{
	const struct ps_setting *setting = &ps_settings[i];
	unsigned int n,
		*place = (void *)((char *)reading->config + setting->offset);
	char reason[120] = "is not one of";
	size_t len;

	for (n = 0; setting->words[n] != NULL; n++) {
		if (value[0] != '\0' && strcmp(setting->words[n], value) == 0) {
			*place = n;
			return 0;
		}
		len = strlen(reason);
		if (setting->words[n][0] != '\0')
			snprintf(reason + len, sizeof(reason) - len, " %s",
				 setting->words[n]);
	}
	return fail_setting(reading, i, value, reason);
}

static int set(struct reading *reading, size_t i, size_t count,
	       const char *const *values)
{
	switch (ps_settings[i].kind) {
	case PS_SETTING_TEXT:
	case PS_SETTING_FILE:
		return set_text(reading, i, values[0]);
	case PS_SETTING_NUMBER:
		return set_number(reading, i, values[0]);
	case PS_SETTING_WORD:
		return set_word(reading, i, values[0]);
	case PS_SETTING_LIST:
		return set_list(reading, i, count, values);
	case PS_SETTING_NETS:
		return set_nets(reading, i, count, values);
	}
	return -1;
}

static bool is_list(size_t i)
{
	return ps_settings[i].kind == PS_SETTING_LIST ||
	       ps_settings[i].kind == PS_SETTING_NETS;
}

static int set_preset(struct reading *reading, size_t i)
{
	const char *values[8];
	char *copy, *word, *rest = NULL;
	size_t count = 0;

	if (ps_settings[i].preset == NULL)
		return 0;
	if (!is_list(i))
		return set(reading, i, 1, &ps_settings[i].preset);
	copy = ps_arena_text(reading->arena, ps_settings[i].preset);
	if (copy == NULL)
		return fail(reading, 0, "out of memory");
	for (word = strtok_r(copy, " ", &rest); word != NULL && count < 8;
	     word = strtok_r(NULL, " ", &rest))
		values[count++] = word;
	return set(reading, i, count, values);
}

/* ---- libconfuse ---- */

static void on_confuse_error(cfg_t *cfg, const char *format, va_list args)
{
	char reason[200];

	if (confuse_reading == NULL)
		return;
	(void)vsnprintf(reason, sizeof(reason), format, args);
	(void)fail(confuse_reading, cfg->line > 0 ? (unsigned int)cfg->line : 0,
		   "%s", reason);
}

static int take_values(struct reading *reading, cfg_t *cfg, size_t i)
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
		return fail(reading, reading->line[i], "cannot be read");
	count = cfg_opt_size(option);
	if (count > LIST_MAX)
		return fail(reading, reading->line[i],
			    "setting %s has more than %d values",
			    ps_settings[i].name, LIST_MAX);
	values = calloc(count + 1, sizeof(*values));
	if (values == NULL)
		return fail(reading, 0, "out of memory");
	for (n = 0; n < count; n++)
		values[n] = cfg_opt_getnstr(option, n);
	if (!is_list(i) && (count != 1 || values[0] == NULL))
		n = (unsigned int)fail(reading, reading->line[i],
				       "setting %s needs one value",
				       ps_settings[i].name);
	else
		n = (unsigned int)set(reading, i, count, values);
	free(values);
	return (int)n;
}

static cfg_opt_t option_of(size_t i)
{
	const char *name = ps_settings[i].name;

	if (is_list(i))
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
	cfg_opt_t inner[SETTINGS_MAX * 2], top[SETTINGS_MAX];
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

static int parse(struct reading *reading, const char *text)
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
		return fail(reading, 0, "out of memory");
	(void)cfg_set_error_function(cfg, on_confuse_error);
	result = cfg_parse_buf(cfg, text) == CFG_SUCCESS
			 ? 0
			 : fail(reading, 0, "syntax error");
	for (i = 0; i < ps_settings_count && result == 0; i++) {
		if (reading->line[i] != 0)
			result = take_values(reading, cfg, i);
	}
	(void)cfg_free(cfg);
	return result;
}

/* ---- the whole ---- */

static int set_host_name(struct reading *reading)
{
	char name[256] = "";

	if (reading->config->authserv_id != NULL)
		return 0;
	if (gethostname(name, sizeof(name) - 1) < 0 || name[0] == '\0')
		return fail(reading, 0,
			    "setting authserv_id is missing, and this host has "
			    "no name to stand in for it");
	ps_ascii_lower_all(name, strlen(name));
	reading->config->authserv_id = ps_arena_text(reading->arena, name);
	return reading->config->authserv_id == NULL
		       ? fail(reading, 0, "out of memory")
		       : 0;
}

static int fill(struct reading *reading)
{
	struct ps_bytes text = { 0 };
	int result;
	size_t i;

	for (i = 0; i < ps_settings_count; i++) {
		if (set_preset(reading, i) < 0)
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
	struct reading reading = { .path = path == NULL ? PS_CONFIG_DEFAULT
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
		(void)fail(&reading, 0, "out of memory");
	else if (reading.path[0] != '/')
		(void)fail(&reading, 0, "is not an absolute path");
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
