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
 * recovers what a killed writer left, and brings tables of an older version up,
 * which stays so.  REFUSED: the backend is another, or the files are of a newer
 * version or not ours.
 */
struct ps_writer;

enum ps_write ps_writer_open(const struct ps_config *config,
			     struct ps_writer **writer_r,
			     char reason_r[PS_REASON_MAX]);
/* The same to see what would happen: nothing is made, and a commit undoes. */
enum ps_write ps_writer_rehearse(const struct ps_config *config,
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
 * Undo what a killed writer left, so that readers, who cannot, go on, and bring
 * old tables up.  NOTHING: there is no need, a writer is at work, or a database
 * is missing or empty.
 */
enum ps_write ps_writer_recover(const struct ps_config *config,
				char reason_r[PS_REASON_MAX]);

/* Addresses and domains are trimmed and lower-cased, and checked. */
enum ps_write ps_writer_add_domain(struct ps_writer *writer, const char *name);
/* Its addresses are those of target, a domain whose mail is received here. */
enum ps_write ps_writer_add_alias_domain(struct ps_writer *writer,
					 const char *name, const char *target);
/* nexthop: "host", "[host]:25", or with a transport(5), "smtp:[host]". */
enum ps_write ps_writer_add_relayed_domain(struct ps_writer *writer,
					   const char *name,
					   const char *nexthop);
/*
 * root, postmaster, abuse, hostmaster, webmaster and security of the domain (or
 * an address's) to admin; what is there already, and admin, are left out.
 */
enum ps_write ps_writer_add_system_aliases(struct ps_writer *writer,
					   const char *domain,
					   const char *admin,
					   unsigned int *count_r);
/* REFUSED while accounts, aliases but system ones, or alias domains are left,
 * unless cascade. */
enum ps_write ps_writer_remove_domain(struct ps_writer *writer,
				      const char *name, bool cascade);
/* source may be @domain, a catch-all.  REFUSED: alias to itself. */
enum ps_write ps_writer_add_alias(struct ps_writer *writer, const char *source,
				  const char *destination,
				  bool *domain_added_r);
enum ps_write ps_writer_remove_alias(struct ps_writer *writer,
				     const char *source);
enum ps_write ps_writer_remove_alias_id(struct ps_writer *writer, long long id);

#endif
