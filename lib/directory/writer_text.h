/* writer_text.h - what the backends of the writer share: texts and reasons. */
#ifndef PS_DIRECTORY_WRITER_TEXT_H
#define PS_DIRECTORY_WRITER_TEXT_H

#include "directory/writer_backend.h"

#define PS_TRANSPORT_MAX 300 /* a name, a host of 253 with its port; ours */

/* Keep the reason; result. */
enum ps_write ps_writer_say(struct ps_writer *writer, enum ps_write result,
			    const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* NOTHING is "there is no account". */
enum ps_write ps_writer_no_account(struct ps_writer *writer,
				   enum ps_write result, const char *address);

/* Lower case; with a local part, or without when "@domain" is allowed. */
enum ps_write ps_writer_address(struct ps_writer *writer, const char *text,
				bool catch_all,
				char address_r[PS_ADDRESS_MAX + 1],
				const char **domain_r);
/* Stored as given: a local name, or an address anywhere. */
enum ps_write ps_writer_destination(struct ps_writer *writer,
				    struct ps_bytes text,
				    char to_r[PS_ADDRESS_MAX + 1]);
enum ps_write ps_writer_domain(struct ps_writer *writer, const char *text,
			       char name_r[PS_DOMAIN_MAX + 1]);
/* "relay:" in front where no transport is named. */
enum ps_write ps_writer_transport(struct ps_writer *writer, const char *nexthop,
				  char transport_r[PS_TRANSPORT_MAX + 1]);

enum ps_account_field {
	PS_FIELD_MAILDROP, /* the value as it is given */
	PS_FIELD_QUOTA,
	PS_FIELD_ALLOW_NETS,
	PS_FIELD_RELAY, /* "1" or "0" */
	PS_FIELD_HOME,
	PS_FIELD_MAIL,
	PS_FIELD_UID,
	PS_FIELD_GID
};
/* One of ps_writer_fields() and its value as it is stored; "" none. */
enum ps_write ps_writer_field(struct ps_writer *writer, const char *name,
			      const char *value, enum ps_account_field *field_r,
			      char stored_r[PS_NETS_TEXT_MAX]);

/* Of a maildrop's value, each part: one for ps_writer_destination(). */
typedef enum ps_write ps_writer_maildrop(struct ps_writer *writer, void *ctx,
					 const char *to);
enum ps_write ps_writer_each_maildrop(struct ps_writer *writer,
				      const char *account, const char *list,
				      ps_writer_maildrop *each, void *ctx);

/* The names of the system aliases, RFC 2142 and root; NULL ends them. */
extern const char *const ps_writer_system_names[];

#endif
