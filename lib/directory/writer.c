/* writer.c - the command's changes, made by the backend of the settings. */

#include "directory/writer_backend.h"

#include <stdio.h>

static const struct ps_writer_backend *const backends[] = {
	[PS_BACKEND_SQLITE] = &ps_writer_sqlite,
	[PS_BACKEND_LDAP] = &ps_writer_ldap,
};

static enum ps_write open_writer(const struct ps_config *config, bool rehearsal,
				 struct ps_writer **writer_r,
				 char reason_r[PS_REASON_MAX])
{
	const struct ps_writer_backend *backend =
		backends[config->directory.backend];
	struct ps_writer *writer = backend->make();
	enum ps_write result;

	*writer_r = NULL;
	reason_r[0] = '\0';
	if (writer == NULL) {
		snprintf(reason_r, PS_REASON_MAX, "out of memory");
		return PS_WRITE_TEMPFAIL;
	}
	writer->backend = backend;
	writer->config = config;
	writer->rehearsal = rehearsal;
	result = backend->prepare(writer);
	if (result == PS_WRITE_DONE) {
		*writer_r = writer;
		return result;
	}
	snprintf(reason_r, PS_REASON_MAX, "%s", writer->reason);
	ps_writer_close(&writer);
	return result;
}

enum ps_write ps_writer_open(const struct ps_config *config,
			     struct ps_writer **writer_r,
			     char reason_r[PS_REASON_MAX])
{
	return open_writer(config, false, writer_r, reason_r);
}

enum ps_write ps_writer_rehearse(const struct ps_config *config,
				 struct ps_writer **writer_r,
				 char reason_r[PS_REASON_MAX])
{
	return open_writer(config, true, writer_r, reason_r);
}

enum ps_write ps_writer_commit(struct ps_writer *writer)
{
	writer->reason[0] = '\0';
	return writer->backend->commit(writer);
}

void ps_writer_close(struct ps_writer **writer)
{
	if (*writer != NULL)
		(*writer)->backend->close(*writer);
	*writer = NULL;
}

const char *ps_writer_reason(const struct ps_writer *writer)
{
	return writer->reason;
}

bool ps_writer_created(const struct ps_writer *writer)
{
	return writer->created;
}

bool ps_writer_takes_password(const struct ps_config *config)
{
	return backends[config->directory.backend]->takes_password(config);
}

enum ps_write ps_writer_add_domain(struct ps_writer *writer, const char *name)
{
	return writer->backend->add_domain(writer, name);
}

enum ps_write ps_writer_add_alias_domain(struct ps_writer *writer,
					 const char *name, const char *target)
{
	return writer->backend->add_alias_domain(writer, name, target);
}

enum ps_write ps_writer_add_relayed_domain(struct ps_writer *writer,
					   const char *name,
					   const char *nexthop)
{
	return writer->backend->add_relayed_domain(writer, name, nexthop);
}

enum ps_write ps_writer_add_system_aliases(struct ps_writer *writer,
					   const char *domain,
					   const char *admin,
					   unsigned int *count_r)
{
	return writer->backend->add_system_aliases(writer, domain, admin,
						   count_r);
}

enum ps_write ps_writer_remove_domain(struct ps_writer *writer,
				      const char *name, bool cascade)
{
	return writer->backend->remove_domain(writer, name, cascade);
}

enum ps_write ps_writer_add_alias(struct ps_writer *writer, const char *source,
				  const char *destination, bool *domain_added_r)
{
	return writer->backend->add_alias(writer, source, destination,
					  domain_added_r);
}

enum ps_write ps_writer_remove_alias(struct ps_writer *writer,
				     const char *source)
{
	return writer->backend->remove_alias(writer, source);
}

enum ps_write ps_writer_remove_alias_id(struct ps_writer *writer, long long id)
{
	return writer->backend->remove_alias_id(writer, id);
}

enum ps_write ps_writer_add_account(struct ps_writer *writer,
				    const char *address, const char *hash,
				    bool *domain_added_r)
{
	return writer->backend->add_account(writer, address, hash,
					    domain_added_r);
}

enum ps_write ps_writer_has_account(struct ps_writer *writer,
				    const char *address)
{
	return writer->backend->has_account(writer, address);
}

enum ps_write ps_writer_remove_account(struct ps_writer *writer,
				       const char *address, bool cascade)
{
	return writer->backend->remove_account(writer, address, cascade);
}

enum ps_write ps_writer_set_credential(struct ps_writer *writer,
				       const char *address, const char *hash)
{
	return writer->backend->set_credential(writer, address, hash);
}

enum ps_write ps_writer_set_password(struct ps_writer *writer,
				     const char *address, const char *password)
{
	return writer->backend->set_password(writer, address, password);
}

enum ps_write ps_writer_set_once(struct ps_writer *writer, const char *address,
				 const char *hash, long long expires)
{
	return writer->backend->set_once(writer, address, hash, expires);
}

enum ps_write ps_writer_set_state(struct ps_writer *writer, const char *address,
				  enum ps_account_state state)
{
	return writer->backend->set_state(writer, address, state);
}

enum ps_write ps_writer_set(struct ps_writer *writer, const char *address,
			    const char *field, const char *value)
{
	return writer->backend->set(writer, address, field, value);
}

enum ps_write ps_writer_add_sender(struct ps_writer *writer,
				   const char *address, const char *sender)
{
	return writer->backend->add_sender(writer, address, sender);
}

enum ps_write ps_writer_remove_sender(struct ps_writer *writer,
				      const char *address, const char *sender)
{
	return writer->backend->remove_sender(writer, address, sender);
}
