/* import_programs.c - the databases of mailcfg, postfixadmin and vmm. */

#include "cli/import.h"
#include "cli/import_names.h"
#include "cli/import_tables.h"

#include "core/text/buffer.h"
#include "directory/log.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static bool is_true(const char *value)
{
	return strcmp(value, "1") == 0 || strcmp(value, "t") == 0 ||
	       strcmp(value, "true") == 0;
}

/* No column "active": it is. */
static bool is_active(const struct ps_table *table, size_t row)
{
	return !ps_table_has(table, "active") ||
	       is_true(ps_table_get(table, row, "active"));
}

static const char *none_if_empty(const char *text)
{
	return *text == '\0' ? NULL : text;
}

/* Octets as "postseal set" takes a quota, rounded up; NULL: no limit. */
static const char *quota_of(struct ps_import *import, const char *octets)
{
	static const char units[] = "KMGT";
	unsigned long long number;
	char text[32];
	size_t unit = 0;

	if (!ps_ascii_number(ps_bytes_of(octets), INT64_MAX, &number) ||
	    number == 0)
		return NULL;
	number = (number + 1023) / 1024;
	while (number % 1024 == 0 && unit < 3) {
		number /= 1024;
		unit++;
	}
	snprintf(text, sizeof(text), "%llu%c", number, units[unit]);
	return ps_import_text(import, ps_bytes_of(text));
}

static void add(struct ps_import *import, enum ps_import_kind kind,
		const char *name, const char *value,
		const struct ps_table *table, size_t row)
{
	ps_import_add(import, &(struct ps_import_row){ .kind = kind,
						       .name = name,
						       .value = value,
						       .table = table->name,
						       .line = row + 1 });
}

static bool needs(const struct ps_tables *tables, const char *name,
		  const char *column)
{
	if (ps_table_has(ps_tables_find(tables, name), column))
		return true;
	ps_log(PS_LOG_ERROR, "%s: has no table %s with a column %s",
	       tables->import->file, name, column);
	return false;
}

/* ---- mailcfg ---- */

static void mailcfg_rows(struct ps_tables *tables)
{
	const struct ps_table *domains = ps_tables_find(tables, "domains"),
			      *users = ps_tables_find(tables, "users"),
			      *aliases = ps_tables_find(tables, "aliases");
	struct ps_import_row account;
	size_t i;

	for (i = 0; i < domains->count; i++)
		add(tables->import, PS_IMPORT_DOMAIN,
		    ps_table_get(domains, i, "name"), NULL, domains, i);
	for (i = 0; users != NULL && i < users->count; i++) {
		account = (struct ps_import_row){
			.kind = PS_IMPORT_ACCOUNT,
			.name = ps_table_get(users, i, "email"),
			.value = ps_table_get(users, i, "password"),
			.disabled = !is_active(users, i),
			.table = users->name,
			.line = i + 1,
		};
		if (strcmp(account.value, "*") == 0)
			account.value = NULL;
		ps_import_add(tables->import, &account);
	}
	/* A destination is stored as given: one row each. */
	for (i = 0; aliases != NULL && i < aliases->count; i++)
		add(tables->import, PS_IMPORT_ALIAS,
		    ps_table_get(aliases, i, "src"),
		    ps_table_get(aliases, i, "dst"), aliases, i);
}

bool ps_import_mailcfg(struct ps_import *import, const char *path)
{
	static const char *const wanted[] = { "domains", "users", "aliases",
					      NULL };
	struct ps_tables tables = { import, wanted, NULL };
	bool good = ps_tables_read(&tables, path) &&
		    needs(&tables, "domains", "name");

	if (good)
		mailcfg_rows(&tables);
	ps_tables_free(&tables);
	return good;
}

/* ---- postfixadmin ---- */

static void postfixadmin_domain(struct ps_import *import,
				const struct ps_table *table, size_t i)
{
	const char *name = ps_table_get(table, i, "domain");
	const char *transport = ps_table_get(table, i, "transport");

	/* "ALL" is where its administrators are. */
	if (strcmp(name, "ALL") == 0)
		return;
	if (!is_active(table, i))
		ps_import_left_out(import, table->name, i + 1,
				   "domain %s is not active", name);
	else if (!is_true(ps_table_get(table, i, "backupmx")))
		add(import, PS_IMPORT_DOMAIN, name, NULL, table, i);
	else if (strchr(transport, ':') != NULL)
		add(import, PS_IMPORT_RELAYED, name, transport, table, i);
	else
		ps_import_left_out(import, table->name, i + 1,
				   "domain %s is a backup MX's, and where its "
				   "mail goes is not in the database",
				   name);
}

static void postfixadmin_mailbox(struct ps_import *import,
				 const struct ps_table *table, size_t i)
{
	const struct ps_import_row account = {
		.kind = PS_IMPORT_ACCOUNT,
		.name = ps_table_get(table, i, "username"),
		.value = none_if_empty(ps_table_get(table, i, "password")),
		.quota = quota_of(import, ps_table_get(table, i, "quota")),
		.disabled = !is_active(table, i),
		.table = table->name,
		.line = i + 1,
	};

	ps_import_add(import, &account);
}

/* The next of a list joined by commas; false: there is none. */
static bool next_of_list(const char **rest, struct ps_bytes *part_r)
{
	do {
		*part_r = (struct ps_bytes){ *rest, strcspn(*rest, ",") };
		*rest += part_r->len;
		*rest += **rest == ',' ? 1 : 0;
		*part_r = ps_bytes_trim(*part_r);
	} while (part_r->len == 0 && **rest != '\0');
	return part_r->len > 0;
}

static bool is_vacation(struct ps_import *import, const struct ps_table *table,
			size_t i, const char *source, const char *destination)
{
	if (strstr(destination, "@autoreply.") == NULL)
		return false;
	ps_import_left_out(import, table->name, i + 1,
			   "%s: %s, an address of its vacation program", source,
			   destination);
	return true;
}

static void postfixadmin_alias(struct ps_import *import,
			       const struct ps_table *table, size_t i)
{
	const char *source = ps_table_get(table, i, "address");
	const char *rest = ps_table_get(table, i, "goto"), *destination;
	struct ps_bytes part;

	while (next_of_list(&rest, &part)) {
		destination = ps_import_text(import, part);
		if (destination == NULL)
			return;
		if (is_vacation(import, table, i, source, destination))
			continue;
		if (source[0] == '@' && destination[0] == '@')
			add(import, PS_IMPORT_ALIAS_DOMAIN, source + 1,
			    destination + 1, table, i);
		else
			add(import, PS_IMPORT_ALIAS, source, destination, table,
			    i);
	}
}

static void postfixadmin_alias_domains(struct ps_import *import,
				       const struct ps_table *table)
{
	size_t i;

	for (i = 0; table != NULL && i < table->count; i++) {
		if (is_active(table, i))
			add(import, PS_IMPORT_ALIAS_DOMAIN,
			    ps_table_get(table, i, "alias_domain"),
			    ps_table_get(table, i, "target_domain"), table, i);
		else
			ps_import_left_out(
				import, table->name, i + 1,
				"alias domain %s is not active",
				ps_table_get(table, i, "alias_domain"));
	}
}

static void postfixadmin_rows(struct ps_tables *tables)
{
	struct ps_import *import = tables->import;
	const struct ps_table *domains = ps_tables_find(tables, "domain"),
			      *aliases = ps_tables_find(tables, "alias"),
			      *mailboxes = ps_tables_find(tables, "mailbox");
	size_t i;

	for (i = 0; i < domains->count; i++)
		postfixadmin_domain(import, domains, i);
	postfixadmin_alias_domains(import,
				   ps_tables_find(tables, "alias_domain"));
	for (i = 0; i < mailboxes->count; i++)
		postfixadmin_mailbox(import, mailboxes, i);
	for (i = 0; i < aliases->count; i++) {
		if (is_active(aliases, i))
			postfixadmin_alias(import, aliases, i);
		else
			ps_import_left_out(import, aliases->name, i + 1,
					   "alias %s is not active",
					   ps_table_get(aliases, i, "address"));
	}
}

bool ps_import_postfixadmin(struct ps_import *import, const char *path)
{
	static const char *const wanted[] = { "domain", "alias", "alias_domain",
					      "mailbox", NULL };
	struct ps_tables tables = { import, wanted, NULL };
	bool good = ps_tables_read(&tables, path) &&
		    needs(&tables, "domain", "domain") &&
		    needs(&tables, "alias", "goto") &&
		    needs(&tables, "mailbox", "username");

	if (good)
		postfixadmin_rows(&tables);
	ps_tables_free(&tables);
	return good;
}

/* ---- vmm ---- */

/* The domain of row i, by its group number; NULL, and said: there is none. */
static const char *vmm_domain(struct ps_tables *tables,
			      struct ps_import_names *gids,
			      const struct ps_table *table, size_t i)
{
	const struct ps_table *domains = ps_tables_find(tables, "domain_name");
	size_t row;

	if (ps_import_names_find(gids, ps_table_get(table, i, "gid"), &row))
		return ps_table_get(domains, row, "domainname");
	ps_import_bad(tables->import, table->name, i + 1,
		      "gid %s is no domain's", ps_table_get(table, i, "gid"));
	return NULL;
}

static const char *vmm_address(struct ps_import *import, const char *local,
			       const char *domain)
{
	struct ps_buffer address = PS_BUFFER(1024);
	const char *text;

	ps_buffer_text(&address, local);
	ps_buffer_char(&address, '@');
	ps_buffer_text(&address, domain);
	text = ps_import_text(import, ps_bytes_of(ps_buffer_cstr(&address)));
	ps_buffer_free(&address);
	return text;
}

static void vmm_domains(struct ps_tables *tables, struct ps_import_names *gids)
{
	const struct ps_table *table = ps_tables_find(tables, "domain_name");
	const char *name, *primary;
	size_t i;

	for (i = 0; i < table->count; i++) {
		name = ps_table_get(table, i, "domainname");
		primary = vmm_domain(tables, gids, table, i);
		if (primary == name)
			add(tables->import, PS_IMPORT_DOMAIN, name, NULL, table,
			    i);
		else if (primary != NULL)
			add(tables->import, PS_IMPORT_ALIAS_DOMAIN, name,
			    primary, table, i);
	}
}

static void vmm_users(struct ps_tables *tables, struct ps_import_names *gids,
		      struct ps_import_names *qids)
{
	const struct ps_table *table = ps_tables_find(tables, "users"),
			      *limits = ps_tables_find(tables, "quotalimit");
	struct ps_import *import = tables->import;
	struct ps_import_row account;
	const char *domain;
	size_t i, limit;

	for (i = 0; table != NULL && i < table->count; i++) {
		domain = vmm_domain(tables, gids, table, i);
		if (domain == NULL)
			continue;
		account = (struct ps_import_row){
			.kind = PS_IMPORT_ACCOUNT,
			.name = vmm_address(
				import, ps_table_get(table, i, "local_part"),
				domain),
			.value =
				none_if_empty(ps_table_get(table, i, "passwd")),
			.table = table->name,
			.line = i + 1,
		};
		if (ps_import_names_find(qids, ps_table_get(table, i, "qid"),
					 &limit))
			account.quota = quota_of(
				import, ps_table_get(limits, limit, "bytes"));
		ps_import_add(import, &account);
	}
}

/* Aliases, and catch-alls, which have no address. */
static void vmm_aliases(struct ps_tables *tables, struct ps_import_names *gids,
			const struct ps_table *table)
{
	const char *domain;
	size_t i;

	for (i = 0; table != NULL && i < table->count; i++) {
		domain = vmm_domain(tables, gids, table, i);
		if (domain != NULL)
			add(tables->import, PS_IMPORT_ALIAS,
			    vmm_address(tables->import,
					ps_table_get(table, i, "address"),
					domain),
			    ps_table_get(table, i, "destination"), table, i);
	}
}

static void vmm_rows(struct ps_tables *tables)
{
	const struct ps_table *domains = ps_tables_find(tables, "domain_name"),
			      *limits = ps_tables_find(tables, "quotalimit"),
			      *moved = ps_tables_find(tables, "relocated");
	struct ps_import_names *gids = NULL, *qids = NULL;
	int result = 0;
	size_t i;

	for (i = 0; i < domains->count; i++) {
		if (is_true(ps_table_get(domains, i, "is_primary")))
			result |= ps_import_names_add(
				&gids, ps_table_get(domains, i, "gid"), i);
	}
	for (i = 0; limits != NULL && i < limits->count; i++)
		result |= ps_import_names_add(
			&qids, ps_table_get(limits, i, "qid"), i);
	if (result < 0)
		tables->import->no_memory = true;
	vmm_domains(tables, gids);
	vmm_users(tables, gids, qids);
	vmm_aliases(tables, gids, ps_tables_find(tables, "alias"));
	vmm_aliases(tables, gids, ps_tables_find(tables, "catchall"));
	for (i = 0; moved != NULL && i < moved->count; i++)
		ps_import_left_out(tables->import, moved->name, i + 1,
				   "%s has moved: that is for relocated(5)",
				   ps_table_get(moved, i, "address"));
	ps_import_names_free(&gids);
	ps_import_names_free(&qids);
}

bool ps_import_vmm(struct ps_import *import, const char *path)
{
	static const char *const wanted[] = { "domain_name", "users",
					      "alias",	     "catchall",
					      "relocated",   "quotalimit",
					      NULL };
	struct ps_tables tables = { import, wanted, NULL };
	bool good = ps_tables_read(&tables, path) &&
		    needs(&tables, "domain_name", "is_primary");

	if (good)
		vmm_rows(&tables);
	ps_tables_free(&tables);
	return good;
}
