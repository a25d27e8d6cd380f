/* writer.h - change domains, accounts and aliases; the command alone does. */
#ifndef PS_DIRECTORY_WRITER_H
#define PS_DIRECTORY_WRITER_H

#include "directory/directory.h"

enum ps_write {
	PS_WRITE_DONE,
	PS_WRITE_NOTHING, /* it is so already, or there is no such object */
	PS_WRITE_REFUSED, /* the input is bad, or something stands in the way */
	PS_WRITE_TEMPFAIL /* busy, unreadable, disk full: nothing changed */
};

/*
 * One transaction over both databases, under a lock file.  Opening it makes
 * missing databases with the owners and modes of DESIGN's table (when root),
 * and recovers what a killed writer left.
 */
struct ps_writer;

enum ps_write ps_writer_open(const struct ps_config *config,
			     struct ps_writer **writer_r,
			     char reason_r[PS_REASON_MAX]);
/* Without a commit, everything is as before. */
enum ps_write ps_writer_commit(struct ps_writer *writer);
void ps_writer_close(struct ps_writer **writer);
/* Why the last call was not DONE: one sentence that names the object. */
const char *ps_writer_reason(const struct ps_writer *writer);
/* Were the databases made by this open? */
bool ps_writer_created(const struct ps_writer *writer);

/*
 * Undo what a killed writer left, so that readers, who cannot, go on.  NOTHING:
 * no journal is there, its writer lives, or a database is missing or empty.
 */
enum ps_write ps_writer_recover(const struct ps_config *config,
				char reason_r[PS_REASON_MAX]);

/* Addresses and domains are trimmed and lower-cased, and checked. */
enum ps_write ps_writer_add_domain(struct ps_writer *writer, const char *name);
/* REFUSED while accounts or aliases are left, unless cascade. */
enum ps_write ps_writer_remove_domain(struct ps_writer *writer,
				      const char *name, bool cascade);
/* hash: as stored, NULL no password.  Adds a missing domain (*domain_added). */
enum ps_write ps_writer_add_account(struct ps_writer *writer,
				    const char *address, const char *hash,
				    bool *domain_added_r);
enum ps_write ps_writer_remove_account(struct ps_writer *writer,
				       const char *address);
enum ps_write ps_writer_set_credential(struct ps_writer *writer,
				       const char *address, const char *hash);
enum ps_write ps_writer_set_state(struct ps_writer *writer, const char *address,
				  enum ps_account_state state);
/* source may be @domain, a catch-all.  REFUSED: alias to itself. */
enum ps_write ps_writer_add_alias(struct ps_writer *writer, const char *source,
				  const char *destination,
				  bool *domain_added_r);
enum ps_write ps_writer_remove_alias(struct ps_writer *writer,
				     const char *source);
enum ps_write ps_writer_remove_alias_id(struct ps_writer *writer, long long id);

#endif
