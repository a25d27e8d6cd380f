/* status_keys.c - the keys that the running daemon signs with. */

#include "io/keylist.h"
#include "milter/control.h"
#include "milter/status_parts.h"

#include <dirent.h>
#include <stdlib.h>

static json_t *key_json(const struct ps_signing_key *key)
{
	return json_pack("{s:s, s:s, s:s, s:I}", "selector", key->selector,
			 "algorithm", ps_key_type_name(key->type), "state",
			 ps_key_state_name(key->state), "since",
			 (json_int_t)key->since);
}

/* Why its mail is deferred; null: it is not. */
static json_t *fault_of(struct ps_service *service, const char *domain)
{
	const struct ps_domain_keys *keys;
	char reason[PS_REASON_MAX];

	switch (ps_keyfolder_get(service->keys, domain, service->seconds(),
				 &keys, reason)) {
	case PS_FOUND:
		ps_keyfolder_release(service->keys, &keys);
		break;
	case PS_NOTFOUND:
		break;
	case PS_TEMPFAIL:
		return ps_control_text(reason);
	}
	return json_null();
}

static json_t *domain_json(struct ps_service *service, const char *domain)
{
	char reason[PS_REASON_MAX];
	json_t *list = json_array();
	struct ps_domain_keys keys;
	size_t i;

	if (ps_keylist_read(service->config->keys.folder, domain, &keys,
			    reason) == PS_FOUND) {
		for (i = 0; i < keys.count; i++)
			(void)json_array_append_new(list,
						    key_json(&keys.key[i]));
	}
	return json_pack("{s:s, s:o, s:o}", "domain", domain, "fault",
			 fault_of(service, domain), "keys", list);
}

static int is_domain_folder(const struct dirent *entry)
{
	return ps_keyfolder_is_domain(entry->d_name);
}

json_t *ps_status_keys(struct ps_daemon *daemon)
{
	struct ps_service *service = ps_daemon_hold(daemon);
	json_t *list = json_array();
	struct dirent **entries = NULL;
	int i, count = scandir(service->config->keys.folder, &entries,
			       is_domain_folder, alphasort);

	for (i = 0; i < count; i++) {
		if (i < PS_STATUS_DOMAINS_MAX)
			(void)json_array_append_new(
				list, domain_json(service, entries[i]->d_name));
		free(entries[i]);
	}
	free(entries);
	service->release(service);
	return json_pack("{s:i, s:o}", "domains", count < 0 ? 0 : count, "list",
			 list);
}
