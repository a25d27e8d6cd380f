/* keyfolder_write.h - make and activate signing keys; the command alone does.
 */
#ifndef PS_IO_KEYFOLDER_WRITE_H
#define PS_IO_KEYFOLDER_WRITE_H

#include "core/text/dns.h"
#include "io/keyfolder.h"

#define PS_KEY_RECORD_MAX 4096 /* octets of SELECTOR.txt */

enum ps_keys_write {
	PS_KEYS_DONE,
	PS_KEYS_NOTHING,  /* it is so already, or there is no such key */
	PS_KEYS_REFUSED,  /* bad domain, not published: reason says */
	PS_KEYS_TEMPFAIL, /* cannot be written, DNS does not answer */
	PS_KEYS_PENDING	  /* answers are on their way: run it again */
};

struct ps_new_key {
	char selector[PS_SELECTOR_MAX + 1];
	enum ps_key_type type;
	char record[PS_KEY_RECORD_MAX]; /* a line for the zone file */
};

/*
 * A pair for domain (normalized): RSA of bits YYYYMMr and Ed25519 YYYYMMe, with
 * a letter behind it where that selector is taken.  Written as published: they
 * sign after ps_keyfolder_activate().  A folder is made root:keys.group 0750,
 * files 0640.  now: seconds since 1970.
 */
enum ps_keys_write ps_keyfolder_generate(const struct ps_config *config,
					 const char *domain, unsigned int bits,
					 uint64_t now,
					 struct ps_new_key key_r[2],
					 char reason_r[PS_REASON_MAX]);
/*
 * Published keys become active, active ones retired.  Unless force, each of
 * them must be in the DNS as we have it.  *count_r: how many sign now.
 */
enum ps_keys_write ps_keyfolder_activate(const struct ps_config *config,
					 const char *domain, bool force,
					 const struct ps_dns *dns, uint64_t now,
					 size_t *count_r,
					 char reason_r[PS_REASON_MAX]);

#endif
