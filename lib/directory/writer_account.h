/* writer_account.h - change accounts, in the transaction of a writer. */
#ifndef PS_DIRECTORY_WRITER_ACCOUNT_H
#define PS_DIRECTORY_WRITER_ACCOUNT_H

#include "directory/writer.h"

/* hash: as stored, NULL no password.  Adds a missing domain (*domain_added).
 * A system alias of that address goes. */
enum ps_write ps_writer_add_account(struct ps_writer *writer,
				    const char *address, const char *hash,
				    bool *domain_added_r);
/* NOTHING: there is none, or it is closed. */
enum ps_write ps_writer_has_account(struct ps_writer *writer,
				    const char *address);
/* cascade: with the aliases that lead to it. */
enum ps_write ps_writer_remove_account(struct ps_writer *writer,
				       const char *address, bool cascade);
enum ps_write ps_writer_set_credential(struct ps_writer *writer,
				       const char *address, const char *hash);
/* Where the store is told passwords itself (ps_writer_takes_password). */
enum ps_write ps_writer_set_password(struct ps_writer *writer,
				     const char *address, const char *password);
bool ps_writer_takes_password(const struct ps_config *config);
/* A password for one login, until then (seconds since 1970). */
enum ps_write ps_writer_set_once(struct ps_writer *writer, const char *address,
				 const char *hash, long long expires);
enum ps_write ps_writer_set_state(struct ps_writer *writer, const char *address,
				  enum ps_account_state state);
/*
 * One of ps_writer_fields(); value as the administrator gives it, "none" for
 * nothing.  maildrop: where its mail goes in its place, joined by commas;
 * "self" the account; "none" closes it.
 */
enum ps_write ps_writer_set(struct ps_writer *writer, const char *address,
			    const char *field, const char *value);
/* "quota, allow-nets ..." */
const char *ps_writer_fields(void);
/* sender: an address anywhere that it may send as, or @domain. */
enum ps_write ps_writer_add_sender(struct ps_writer *writer,
				   const char *address, const char *sender);
enum ps_write ps_writer_remove_sender(struct ps_writer *writer,
				      const char *address, const char *sender);

#endif
