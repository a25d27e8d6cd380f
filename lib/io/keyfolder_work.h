/* keyfolder_work.h - one change of a domain's keys; for keyfolder_*.c alone. */
#ifndef PS_IO_KEYFOLDER_WORK_H
#define PS_IO_KEYFOLDER_WORK_H

#include "io/keyfolder_write.h"

/* The folder of all keys is locked from begin to end. */
struct ps_keys_work {
	const struct ps_config *config;
	const char *domain;
	char folder[PS_PATH_TEXT_MAX]; /* the domain's, now or in the end */
	char fresh[PS_PATH_TEXT_MAX];  /* where a new one is made; or "" */
	struct ps_domain_keys keys;
	int lock;
	char *reason; /* the caller's, of PS_REASON_MAX */
};

/*
 * config, domain and reason are borrowed until end, which is called whatever
 * this returns.  make: the folder of all keys too, where there is none.
 * TEMPFAIL with *work_r NULL: no memory.
 */
enum ps_keys_write ps_keys_work_begin(const struct ps_config *config,
				      const char *domain, bool make,
				      char reason[PS_REASON_MAX],
				      struct ps_keys_work **work_r);
void ps_keys_work_end(struct ps_keys_work **work);
/* "what: why" to the caller; returns result. */
enum ps_keys_write ps_keys_work_refuse(struct ps_keys_work *work,
				       enum ps_keys_write result,
				       const char *what, const char *why);
/* 0750 and of keys.group, which only root can give it to.  0 or -1. */
int ps_keys_work_folder(struct ps_keys_work *work, const char *path);

#endif
