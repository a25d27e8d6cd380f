/* writer_work.h - what the files of the writer share. */
#ifndef PS_DIRECTORY_WRITER_WORK_H
#define PS_DIRECTORY_WRITER_WORK_H

#include "directory/writer_open.h"

/* Run SQL with these words as ?1, ?2 ... */
#define PS_RUN(writer, sql, ...)                                               \
	ps_writer_run(writer, sql, (const char *[]){ __VA_ARGS__, NULL })

/* Keep the reason; result. */
enum ps_write ps_writer_say(struct ps_writer *writer, enum ps_write result,
			    const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* DONE when the last statement changed a row, NOTHING when not. */
enum ps_write ps_writer_changed(struct ps_writer *writer, enum ps_write result);
/* NOTHING is "there is no account". */
enum ps_write ps_writer_no_account(struct ps_writer *writer,
				   enum ps_write result, const char *address);
/* The number that a question with one word answers; -1 with a reason. */
int ps_writer_count(struct ps_writer *writer, const char *sql,
		    const char *word);

/* Lower case; with a local part, or without when "@domain" is allowed. */
enum ps_write ps_writer_address(struct ps_writer *writer, const char *text,
				bool catch_all,
				char address_r[PS_ADDRESS_MAX + 1],
				const char **domain_r);
/* Stored as given: a local name, or an address anywhere. */
enum ps_write ps_writer_destination(struct ps_writer *writer,
				    struct ps_bytes text,
				    char to_r[PS_ADDRESS_MAX + 1]);
/*
 * The domain is made where it is missing.  REFUSED: it is an alias of another,
 * or, for an account, relayed elsewhere.
 */
enum ps_write ps_writer_need_domain(struct ps_writer *writer,
				    const char *domain, bool for_account,
				    bool *added_r);

#endif
