/* setup_plan_domain.c - the domain, its system aliases and its keys. */

#include "cli/setup_make.h"
#include "cli/setup_steps.h"

#include "core/text/address.h"
#include "directory/ldap_questions.h"
#include "directory/writer.h"
#include "io/keylist.h"

#include <string.h>
#include <unistd.h>

static void add(struct ps_setup *setup, enum ps_making_kind kind,
		const char *text)
{
	ps_setup_add_making(
		setup,
		(struct ps_making){ .kind = kind, .text = text, .name = "" });
}

static void add_aliases(struct ps_setup *setup)
{
	add(setup, PS_MAKE_ALIASES,
	    ps_setup_text(setup,
			  "system aliases of %s (postmaster, abuse ...), to %s",
			  setup->domain, setup->config->directory.admin));
}

/* In a rehearsal; what is there stays as it is. */
static enum ps_write try(struct ps_setup *setup, struct ps_writer *writer)
{
	const char *admin = setup->config->directory.admin;
	enum ps_write result = ps_writer_add_domain(writer, setup->domain);
	bool is_new = result == PS_WRITE_DONE;
	unsigned int count = 0;

	if (is_new)
		add(setup, PS_MAKE_DOMAIN,
		    ps_setup_text(setup, "domain %s", setup->domain));
	else if (result != PS_WRITE_NOTHING)
		return result;
	/* Whoever took one away since is not to find it again. */
	if (admin == NULL || (!is_new && setup->admin == NULL))
		return PS_WRITE_DONE;
	result = ps_writer_add_system_aliases(writer, setup->domain, admin,
					      &count);
	if (result == PS_WRITE_DONE && count > 0)
		add_aliases(setup);
	return result;
}

static void plan_directory(struct ps_setup *setup)
{
	char reason[PS_REASON_MAX];
	struct ps_writer *writer;
	enum ps_write result =
		ps_writer_rehearse(setup->config, &writer, reason);

	if (result == PS_WRITE_DONE) {
		result = try(setup, writer);
		ps_bytes_copy(ps_bytes_of(ps_writer_reason(writer)), reason,
			      sizeof(reason));
		ps_writer_close(&writer);
	}
	if (result != PS_WRITE_DONE)
		ps_setup_refuse(setup, "%s: %s", setup->domain, reason);
}

/* Entries are somebody's own; setup makes those it has a place for. */
static void plan_ldap(struct ps_setup *setup)
{
	const struct ps_config_ldap *ldap = &setup->config->ldap;

	if (ldap->alias_base != NULL && setup->config->directory.admin != NULL)
		plan_directory(setup);
	else if (!ps_ldap_domain_set(ldap, setup->domain) &&
		 ldap->domain_base != NULL)
		plan_directory(setup);
	else if (!ps_ldap_domain_set(ldap, setup->domain) &&
		 ldap->domains_from_addresses == PS_NO)
		ps_setup_refuse(setup,
				"ldap.domains in %s does not have %s: add it "
				"there",
				setup->config_path, setup->domain);
	if (ldap->alias_base == NULL)
		ps_setup_note(setup,
			      "to do: postmaster@%s and abuse@%s need an entry "
			      "in LDAP; setup makes none, as ldap.alias_base "
			      "is not set",
			      setup->domain, setup->domain);
}

/* For sure: a directory that does not answer may know it. */
static bool is_unknown(const struct ps_setup *setup, const char *address)
{
	static const enum ps_view views[] = { PS_VIEW_MAILBOXES,
					      PS_VIEW_ALIASES };
	struct ps_buffer answer = PS_BUFFER(PS_ANSWER_MAX);
	char error[PS_CONFIG_ERROR_MAX];
	struct ps_directory *directory;
	bool unknown = true;

	if (ps_setup_makes(setup, PS_MAKE_DATABASE))
		return true;
	if (ps_directory_new(setup->config, &directory, error) < 0)
		return false;
	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++)
		unknown = unknown &&
			  ps_directory_view(directory, views[i], address,
					    &answer) == PS_NOTFOUND;
	ps_directory_free(&directory);
	ps_buffer_free(&answer);
	return unknown;
}

/* Passwords are asked for by another command. */
static void look_at_admin(struct ps_setup *setup)
{
	const char *admin = setup->config->directory.admin;
	const char *at = admin == NULL ? NULL : strrchr(admin, '@');

	if (at != NULL &&
	    ps_bytes_equal_fold(ps_bytes_of(at + 1),
				ps_bytes_of(setup->domain)) &&
	    is_unknown(setup, admin))
		ps_setup_note(setup,
			      "to do: %s, where system mail goes, is no "
			      "account yet: postseal adduser %s",
			      admin, admin);
}

static void plan_keys(struct ps_setup *setup)
{
	const char *folder = setup->config->keys.folder;
	char reason[PS_REASON_MAX];
	struct ps_domain_keys keys = { .count = 0 };
	enum ps_outcome outcome = PS_NOTFOUND;
	size_t i;

	if (access(folder, F_OK) == 0)
		outcome = ps_keylist_read(folder, setup->domain, &keys, reason);
	if (outcome == PS_TEMPFAIL) {
		ps_setup_refuse(setup, "keys of %s: %s", setup->domain, reason);
		return;
	}
	for (i = 0; i < keys.count; i++) {
		if (keys.key[i].state == PS_KEY_ACTIVE)
			return;
	}
	if (keys.count == 0)
		add(setup, PS_MAKE_KEYS,
		    ps_setup_text(setup,
				  "keys of %s, RSA and Ed25519, in %s/%s",
				  setup->domain, folder, setup->domain));
	ps_setup_note(setup,
		      "to do: the keys of %s sign once their records are in "
		      "the DNS, and after that: postseal dkim activate %s",
		      setup->domain, setup->domain);
}

void ps_setup_plan_domain(struct ps_setup *setup)
{
	const struct ps_config *config = setup->config;

	if (config->directory.backend == PS_BACKEND_SQLITE &&
	    access(config->directory.database, F_OK) < 0)
		add(setup, PS_MAKE_DATABASE,
		    ps_setup_text(setup, "database %s",
				  config->directory.database));
	if (setup->domain == NULL)
		return;
	if (config->directory.backend == PS_BACKEND_SQLITE)
		plan_directory(setup);
	else
		plan_ldap(setup);
	look_at_admin(setup);
	plan_keys(setup);
}
