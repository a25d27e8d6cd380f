/* psl_libpsl.c - the core's port for public suffixes over libpsl. */

#include "io/psl_libpsl.h"

#include <libpsl.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct ps_libpsl {
	struct ps_psl port;
	psl_ctx_t *list;
};

static const char *registered(void *ctx, const char *name)
{
	const struct ps_libpsl *psl = ctx;

	return psl_registrable_domain(psl->list, name);
}

/* Takes over list, which may be NULL. */
static int wrap(psl_ctx_t *list, struct ps_libpsl **psl_r)
{
	struct ps_libpsl *psl = calloc(1, sizeof(*psl));

	*psl_r = NULL;
	if (psl == NULL || list == NULL) {
		psl_free(list);
		free(psl);
		return -1;
	}
	psl->list = list;
	psl->port = (struct ps_psl){ registered, psl };
	*psl_r = psl;
	return 0;
}

int ps_libpsl_new(struct ps_libpsl **psl_r)
{
	return wrap(psl_latest(NULL), psl_r);
}

int ps_libpsl_new_of(struct ps_bytes text, struct ps_libpsl **psl_r)
{
	psl_ctx_t *list = NULL;
	FILE *file;

	*psl_r = NULL;
	/* For reading only: fmemopen() does not write to it. */
	file = fmemopen((void *)(uintptr_t)text.at, text.len, "r");
	if (file == NULL)
		return -1;
	list = psl_load_fp(file);
	(void)fclose(file);
	return wrap(list, psl_r);
}

void ps_libpsl_free(struct ps_libpsl **psl)
{
	if (*psl == NULL)
		return;
	psl_free((*psl)->list);
	free(*psl);
	*psl = NULL;
}

const struct ps_psl *ps_libpsl_port(const struct ps_libpsl *psl)
{
	return &psl->port;
}
