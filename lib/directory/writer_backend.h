/* writer_backend.h - what a store has to do for the command that changes it. */
#ifndef PS_DIRECTORY_WRITER_BACKEND_H
#define PS_DIRECTORY_WRITER_BACKEND_H

#include "directory/writer_account.h"

/* The beginning of each backend's own. */
struct ps_writer {
	const struct ps_writer_backend *backend;
	const struct ps_config *config; /* borrowed */
	bool created;
	bool rehearsal; /* nothing is to stay */
	char reason[PS_REASON_MAX];
};

/*
 * The functions of writer.h and writer_account.h by their names there; what an
 * administrator gives comes as it was given.  With a result that is not DONE
 * there is a sentence in writer->reason.
 */
struct ps_writer_backend {
	/* Zeroed; NULL: no memory. */
	struct ps_writer *(*make)(void);
	/* Its config and rehearsal are set; close() follows in any case. */
	enum ps_write (*prepare)(struct ps_writer *writer);
	enum ps_write (*commit)(struct ps_writer *writer);
	void (*close)(struct ps_writer *writer);
	bool (*takes_password)(const struct ps_config *config);

	enum ps_write (*add_domain)(struct ps_writer *writer, const char *name);
	enum ps_write (*add_alias_domain)(struct ps_writer *writer,
					  const char *name, const char *target);
	enum ps_write (*add_relayed_domain)(struct ps_writer *writer,
					    const char *name,
					    const char *nexthop);
	enum ps_write (*add_system_aliases)(struct ps_writer *writer,
					    const char *domain,
					    const char *admin,
					    unsigned int *count_r);
	enum ps_write (*remove_domain)(struct ps_writer *writer,
				       const char *name, bool cascade);
	enum ps_write (*add_alias)(struct ps_writer *writer, const char *source,
				   const char *destination,
				   bool *domain_added_r);
	enum ps_write (*remove_alias)(struct ps_writer *writer,
				      const char *source);
	enum ps_write (*remove_alias_id)(struct ps_writer *writer,
					 long long id);

	enum ps_write (*add_account)(struct ps_writer *writer,
				     const char *address, const char *hash,
				     bool *domain_added_r);
	enum ps_write (*has_account)(struct ps_writer *writer,
				     const char *address);
	enum ps_write (*remove_account)(struct ps_writer *writer,
					const char *address, bool cascade);
	enum ps_write (*set_credential)(struct ps_writer *writer,
					const char *address, const char *hash);
	/* NULL where takes_password says no. */
	enum ps_write (*set_password)(struct ps_writer *writer,
				      const char *address,
				      const char *password);
	enum ps_write (*set_once)(struct ps_writer *writer, const char *address,
				  const char *hash, long long expires);
	enum ps_write (*set_state)(struct ps_writer *writer,
				   const char *address,
				   enum ps_account_state state);
	enum ps_write (*set)(struct ps_writer *writer, const char *address,
			     const char *field, const char *value);
	enum ps_write (*add_sender)(struct ps_writer *writer,
				    const char *address, const char *sender);
	enum ps_write (*remove_sender)(struct ps_writer *writer,
				       const char *address, const char *sender);
};

extern const struct ps_writer_backend ps_writer_sqlite;
extern const struct ps_writer_backend ps_writer_ldap;

#endif
