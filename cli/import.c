/* import.c - "postseal import": what another program keeps, taken over. */

#include "cli/import.h"

#include "cli/change.h"

#include "directory/log.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const struct {
	const char *name;
	ps_import_reader *read;
} formats[] = {
	{ "mailcfg", ps_import_mailcfg },
	{ "postfixadmin", ps_import_postfixadmin },
	{ "vmm", ps_import_vmm },
	{ "passwd", ps_import_passwd },
	{ "aliases", ps_import_aliases },
	{ "virtual", ps_import_virtual },
	{ "users", ps_import_users },
	{ "ldif", ps_import_ldif },
};
#define FORMATS (sizeof(formats) / sizeof(formats[0]))

static const char *const words[] = { [PS_IMPORT_DOMAIN] = "domain",
				     [PS_IMPORT_RELAYED] = "relayed domain",
				     [PS_IMPORT_ALIAS_DOMAIN] = "alias domain",
				     [PS_IMPORT_ACCOUNT] = "user",
				     [PS_IMPORT_ALIAS] = "alias" };
#define KINDS (sizeof(words) / sizeof(words[0]))

struct taking {
	struct ps_change change;
	struct ps_import *import;
	bool rehearsal, terminal;
	unsigned long added[KINDS], there; /* rows */
	time_t shown;
	size_t taken;
};

static void show_progress(struct taking *taking)
{
	time_t now = time(NULL);

	taking->taken++;
	if (!taking->terminal || now == taking->shown)
		return;
	taking->shown = now;
	fprintf(stderr, "\r%zu of %zu", taking->taken, taking->import->count);
	(void)fflush(stderr);
}

/* ---- one row ---- */

/* What an account has besides its password. */
static enum ps_write set_fields(struct taking *taking,
				const struct ps_import_row *row)
{
	const struct {
		const char *name, *value;
	} fields[] = {
		{ "maildrop", row->maildrop },
		{ "quota", row->quota },
		{ "allow-nets", row->allow_nets },
		{ "home", row->home },
		{ "uid", row->uid },
		{ "gid", row->gid },
	};
	struct ps_writer *writer = taking->change.writer;
	enum ps_write result = PS_WRITE_DONE;
	size_t i;

	if (row->disabled)
		result = ps_writer_set_state(writer, row->name,
					     PS_ACCOUNT_DISABLED);
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (result != PS_WRITE_DONE)
			return result;
		if (fields[i].value == NULL ||
		    strcmp(fields[i].value, row->name) == 0)
			continue;
		result = ps_writer_set(writer, row->name, fields[i].name,
				       fields[i].value);
		if (result == PS_WRITE_NOTHING)
			result = PS_WRITE_DONE;
	}
	return result;
}

static enum ps_write take_account(struct taking *taking,
				  const struct ps_import_row *row)
{
	bool domain_added;
	enum ps_write result;

	result = ps_writer_add_account(taking->change.writer, row->name,
				       row->value, &domain_added);
	return result == PS_WRITE_DONE ? set_fields(taking, row) : result;
}

/* An alias in the place of an account's own mail would take it away. */
static enum ps_write take_alias(struct taking *taking,
				const struct ps_import_row *row)
{
	enum ps_write result = PS_WRITE_NOTHING;
	bool domain_added;

	/* virtual(5): an address that leads to itself is one that there is. */
	if (ps_bytes_equal_fold(ps_bytes_of(row->name),
				ps_bytes_of(row->value)))
		return PS_WRITE_NOTHING;
	if (row->name[0] != '@')
		result =
			ps_writer_has_account(taking->change.writer, row->name);
	if (result == PS_WRITE_DONE) {
		ps_import_left_out(taking->import, row->table, row->line,
				   "%s is an account: \"postseal set %s "
				   "maildrop ...\" says where its mail goes",
				   row->name, row->name);
		return PS_WRITE_NOTHING;
	}
	if (result != PS_WRITE_NOTHING)
		return result;
	return ps_writer_add_alias(taking->change.writer, row->name, row->value,
				   &domain_added);
}

static enum ps_write take_row(struct taking *taking,
			      const struct ps_import_row *row)
{
	struct ps_writer *writer = taking->change.writer;

	switch (row->kind) {
	case PS_IMPORT_DOMAIN:
		return ps_writer_add_domain(writer, row->name);
	case PS_IMPORT_RELAYED:
		return ps_writer_add_relayed_domain(writer, row->name,
						    row->value);
	case PS_IMPORT_ALIAS_DOMAIN:
		return ps_writer_add_alias_domain(writer, row->name,
						  row->value);
	case PS_IMPORT_ACCOUNT:
		return take_account(taking, row);
	case PS_IMPORT_ALIAS:
		return take_alias(taking, row);
	}
	return PS_WRITE_REFUSED;
}

/* The difference: a line for each row that is new. */
static void show_row(struct taking *taking, const struct ps_import_row *row)
{
	struct ps_output *output = &taking->change.cli->output;

	taking->added[row->kind]++;
	if (!taking->rehearsal)
		return;
	if (row->kind == PS_IMPORT_DOMAIN || row->kind == PS_IMPORT_ACCOUNT)
		ps_output_text(output, "+ %s %s", words[row->kind], row->name);
	else
		ps_output_text(output, "+ %s %s -> %s", words[row->kind],
			       row->name, row->value);
}

/* Domains first, aliases last. */
static enum ps_write take_kind(struct taking *taking, enum ps_import_kind kind)
{
	const struct ps_import *import = taking->import;
	const struct ps_import_row *row;
	enum ps_write result;
	size_t i;

	for (i = 0; i < import->count; i++) {
		row = &import->rows[i];
		if (row->kind != kind)
			continue;
		show_progress(taking);
		result = take_row(taking, row);
		switch (result) {
		case PS_WRITE_DONE:
			show_row(taking, row);
			break;
		case PS_WRITE_NOTHING:
			taking->there++;
			break;
		case PS_WRITE_REFUSED:
			ps_import_bad(taking->import, row->table, row->line,
				      "%s",
				      ps_writer_reason(taking->change.writer));
			break;
		case PS_WRITE_TEMPFAIL:
			return result;
		}
	}
	return PS_WRITE_DONE;
}

/* ---- all of it ---- */

static void show_sum(struct taking *taking)
{
	struct ps_output *output = &taking->change.cli->output;
	json_t *added = json_object();
	size_t kind;

	for (kind = 0; kind < KINDS; kind++) {
		json_object_set_new(
			added, words[kind],
			json_integer((json_int_t)taking->added[kind]));
		if (taking->added[kind] > 0)
			ps_output_text(output, "%s%lu %s: added",
				       taking->rehearsal ? PS_OUTPUT_REHEARSAL
							 : "",
				       taking->added[kind], words[kind]);
	}
	if (taking->there > 0)
		ps_output_text(output, "%lu there already, left as they are",
			       taking->there);
	ps_output_member(output, "added", added);
	ps_output_member(output, "there",
			 json_integer((json_int_t)taking->there));
}

static enum ps_exit end(struct taking *taking, enum ps_write result)
{
	unsigned long added = 0;
	size_t kind;

	if (taking->terminal)
		fprintf(stderr, "\r%40s\r", "");
	for (kind = 0; kind < KINDS; kind++)
		added += taking->added[kind];
	if (result == PS_WRITE_DONE && taking->import->bad > 0) {
		ps_log(PS_LOG_ERROR,
		       "%s: %zu lines cannot be taken over: nothing was "
		       "changed",
		       taking->import->file, taking->import->bad);
		ps_writer_close(&taking->change.writer);
		return PS_EXIT_USAGE;
	}
	if (result == PS_WRITE_DONE)
		show_sum(taking);
	if (result == PS_WRITE_DONE && added == 0) {
		ps_writer_close(&taking->change.writer);
		return PS_EXIT_NOTHING;
	}
	return ps_change_end(&taking->change, result, NULL, NULL);
}

static enum ps_exit take_all(struct taking *taking, struct ps_cli *cli,
			     const struct ps_arguments *arguments)
{
	enum ps_write result = PS_WRITE_DONE;
	enum ps_exit status;
	size_t kind;

	taking->rehearsal = arguments->value[PS_OPTION_DRY_RUN] != NULL;
	taking->terminal = isatty(STDERR_FILENO) == 1;
	status = ps_change_begin(cli, arguments, &taking->change);
	if (status != PS_EXIT_DONE)
		return status;
	for (kind = 0; kind < KINDS && result == PS_WRITE_DONE; kind++)
		result = take_kind(taking, (enum ps_import_kind)kind);
	return end(taking, result);
}

static enum ps_exit take_file(struct taking *taking, struct ps_cli *cli,
			      const struct ps_arguments *arguments)
{
	ps_import_merge(taking->import);
	if (taking->import->no_memory) {
		ps_log(PS_LOG_ERROR, "%s: out of memory", taking->import->file);
		return PS_EXIT_TEMPFAIL;
	}
	if (taking->import->bad > 0) {
		ps_log(PS_LOG_ERROR,
		       "%s: %zu lines cannot be read: nothing was changed",
		       taking->import->file, taking->import->bad);
		return PS_EXIT_USAGE;
	}
	return take_all(taking, cli, arguments);
}

static enum ps_exit import(struct ps_cli *cli,
			   const struct ps_arguments *arguments)
{
	const char *path = arguments->at[1];
	enum ps_exit status = PS_EXIT_USAGE;
	struct taking taking = { 0 };
	size_t i;

	for (i = 0; i < FORMATS; i++) {
		if (strcmp(formats[i].name, arguments->at[0]) == 0)
			break;
	}
	if (i == FORMATS) {
		ps_log(PS_LOG_ERROR,
		       "import: no format \"%s\": there are mailcfg, "
		       "postfixadmin, vmm, passwd, aliases, virtual, users and "
		       "ldif",
		       arguments->at[0]);
		return PS_EXIT_USAGE;
	}
	if (ps_import_new(path, arguments->value[PS_OPTION_DOMAIN],
			  &taking.import) < 0) {
		ps_log(PS_LOG_ERROR, "out of memory");
		return PS_EXIT_TEMPFAIL;
	}
	if (formats[i].read(taking.import, path))
		status = take_file(&taking, cli, arguments);
	ps_import_free(&taking.import);
	return status;
}

const struct ps_command ps_import_commands[] = {
	{ "import", NULL, import, 2, 2, PS_TAKES(DRY_RUN) | PS_TAKES(DOMAIN),
	  "[--dry-run] [--domain DOMAIN] FORMAT FILE",
	  "take over what another program keeps: mailcfg, postfixadmin, vmm, "
	  "passwd, aliases, virtual, users or ldif" },
	{ 0 }
};
