/* resolver_setup.c - libunbound as a mail server needs it. */

#include "io/resolver_hub.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unbound.h>
#include <unistd.h>

#define ANCHOR "dns.trust_anchor_file"

/* ub_ctx_create() is made for one question at a time; these are for a mail
 * server (unbound.conf(5)). */
static const char *const options[][2] = {
	{ "do-not-query-localhost:", "no" },
	{ "num-queries-per-thread:", "4096" },
	{ "outgoing-range:", "512" },
	{ "outgoing-num-tcp:", "64" },
	{ "edns-buffer-size:", "1232" },
	{ "unblock-lan-zones:", "yes" },
	{ "insecure-lan-zones:", "yes" },
	/* A server that was away is asked again soon. */
	{ "infra-host-ttl:", "60" },
	{ "infra-keep-probing:", "yes" },
};

static int refuse(char error_r[PS_CONFIG_ERROR_MAX], const char *setting,
		  const char *value, const char *reason)
{
	snprintf(error_r, PS_CONFIG_ERROR_MAX, "%s%s%s: %s", setting,
		 *value == '\0' ? "" : " ", value, reason);
	return -1;
}

static int set_options(struct ub_ctx *unbound, bool validate,
		       char error_r[PS_CONFIG_ERROR_MAX])
{
	size_t i;
	int error;

	(void)ub_ctx_debugout(unbound, NULL);
	error = ub_ctx_set_option(unbound, "module-config:",
				  validate ? "validator iterator" : "iterator");
	for (i = 0; error == 0 && i < sizeof(options) / sizeof(*options); i++)
		error = ub_ctx_set_option(unbound, options[i][0],
					  options[i][1]);
	return error == 0
		       ? 0
		       : refuse(error_r, "libunbound", "", ub_strerror(error));
}

static int set_servers(struct ub_ctx *unbound,
		       const struct ps_config_dns *config,
		       char error_r[PS_CONFIG_ERROR_MAX])
{
	size_t i;
	int error;

	if (config->servers.count == 0) {
		error = ub_ctx_resolvconf(unbound, NULL);
		if (error != 0)
			return refuse(error_r, "dns.servers",
				      "is not set and /etc/resolv.conf",
				      ub_strerror(error));
	}
	for (i = 0; i < config->servers.count; i++) {
		error = ub_ctx_set_fwd(unbound, config->servers.at[i]);
		if (error != 0)
			return refuse(error_r, "dns.servers",
				      config->servers.at[i],
				      ub_strerror(error));
	}
	return 0;
}

static int set_anchor(struct ub_ctx *unbound, const char *file,
		      char error_r[PS_CONFIG_ERROR_MAX])
{
	struct stat status;
	int error;

	if (file == NULL)
		return 0;
	if (access(file, R_OK) < 0 || stat(file, &status) < 0)
		return refuse(error_r, ANCHOR, file, strerror(errno));
	/* libunbound would read a folder for ever, and be content with no
	 * trust anchor at all. */
	if (!S_ISREG(status.st_mode) || status.st_size == 0)
		return refuse(error_r, ANCHOR, file,
			      "is not a regular file, or empty");
	error = ub_ctx_add_ta_file(unbound, file);
	return error == 0 ? 0
			  : refuse(error_r, ANCHOR, file, ub_strerror(error));
}

static void add_file(const char *path, struct ps_buffer *text)
{
	struct stat status = { .st_size = 0 };

	(void)stat(path, &status);
	ps_buffer_text(text, path);
	ps_buffer_char(text, ' ');
	ps_buffer_number(text, status.st_ino);
	ps_buffer_char(text, ' ');
	ps_buffer_number(text, (unsigned long long)status.st_size);
	ps_buffer_char(text, ' ');
	ps_buffer_number(text, (unsigned long long)status.st_mtim.tv_sec);
	ps_buffer_char(text, ' ');
	ps_buffer_number(text, (unsigned long long)status.st_mtim.tv_nsec);
}

void ps_resolver_basis(const struct ps_config_dns *config,
		       struct ps_buffer *text)
{
	size_t i;

	ps_buffer_number(text, config->cache_records);
	ps_buffer_char(text, ' ');
	ps_buffer_number(text, config->cache_ttl_max);
	for (i = 0; i < config->servers.count; i++) {
		ps_buffer_char(text, '\n');
		ps_buffer_text(text, config->servers.at[i]);
	}
	ps_buffer_text(text, "\nfile ");
	if (config->servers.count == 0)
		add_file("/etc/resolv.conf", text);
	ps_buffer_text(text, "\nanchor ");
	if (config->trust_anchor_file != NULL)
		add_file(config->trust_anchor_file, text);
}

bool ps_resolver_is_of(const struct ps_config_dns *config,
		       const struct ps_buffer *basis)
{
	struct ps_buffer now = PS_BUFFER(PS_RESOLVER_BASIS_MAX);
	bool same;

	ps_resolver_basis(config, &now);
	same = !now.failed && !basis->failed &&
	       strcmp(ps_buffer_cstr(&now), ps_buffer_cstr(basis)) == 0;
	ps_buffer_free(&now);
	return same;
}

int ps_resolver_set_up(struct ub_ctx *unbound,
		       const struct ps_config_dns *config,
		       char error_r[PS_CONFIG_ERROR_MAX])
{
	const char *anchor = config->trust_anchor_file;
	int error;

	/* The order is libunbound's: options first, what needs them last. */
	if (set_options(unbound, anchor != NULL, error_r) < 0 ||
	    set_servers(unbound, config, error_r) < 0 ||
	    set_anchor(unbound, anchor, error_r) < 0)
		return -1;
	error = ub_ctx_async(unbound, 1);
	/* The servers know what test. is (RFC 6761 6.2).  This ends the setting
	 * up: libunbound now reads the trust anchors. */
	if (error == 0)
		error = ub_ctx_zone_remove(unbound, "test.");
	if (error == UB_INITFAIL && anchor != NULL)
		return refuse(error_r, ANCHOR, anchor,
			      "libunbound cannot read it as trust anchors");
	return error == 0
		       ? 0
		       : refuse(error_r, "libunbound", "", ub_strerror(error));
}
