/* schema.c - the tables of both databases, version by version. */

#include "directory/schema.h"

const char *const ps_schema_directory[PS_SCHEMA_VERSION] = {
	"CREATE TABLE domains (id INTEGER PRIMARY KEY,"
	" name TEXT NOT NULL UNIQUE);"
	"CREATE TABLE accounts (id INTEGER PRIMARY KEY,"
	" domain_id INTEGER NOT NULL REFERENCES domains (id),"
	" address TEXT NOT NULL UNIQUE,"
	" state TEXT NOT NULL DEFAULT 'active',"
	" home TEXT, quota TEXT);"
	"CREATE INDEX accounts_domain ON accounts (domain_id);"
	"CREATE TABLE aliases (id INTEGER PRIMARY KEY,"
	" domain_id INTEGER NOT NULL REFERENCES domains (id),"
	" source TEXT NOT NULL, destination TEXT NOT NULL,"
	" UNIQUE (source, destination));"
	"CREATE INDEX aliases_domain ON aliases (domain_id);"
	"CREATE INDEX aliases_destination"
	" ON aliases (destination COLLATE NOCASE);",

	/*
	 * alias_of: its addresses are those of that domain.  transport: where
	 * mail for a relayed domain goes.  closed: no maildrop at all;
	 * maildrops are those that stand in the place of the account itself.
	 */
	"ALTER TABLE domains ADD COLUMN"
	" alias_of INTEGER REFERENCES domains (id);"
	"ALTER TABLE domains ADD COLUMN transport TEXT;"
	"CREATE INDEX domains_alias_of ON domains (alias_of)"
	" WHERE alias_of IS NOT NULL;"
	"ALTER TABLE accounts ADD COLUMN closed INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE accounts ADD COLUMN relay INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE accounts ADD COLUMN allow_nets TEXT;"
	"ALTER TABLE accounts ADD COLUMN mail TEXT;"
	"ALTER TABLE accounts ADD COLUMN uid TEXT;"
	"ALTER TABLE accounts ADD COLUMN gid TEXT;"
	"CREATE INDEX accounts_relay ON accounts (address) WHERE relay = 1;"
	"ALTER TABLE aliases ADD COLUMN system INTEGER NOT NULL DEFAULT 0;"
	"CREATE TABLE maildrops (id INTEGER PRIMARY KEY,"
	" account_id INTEGER NOT NULL REFERENCES accounts (id)"
	" ON DELETE CASCADE,"
	" destination TEXT NOT NULL, UNIQUE (account_id, destination));"
	"CREATE TABLE senders (id INTEGER PRIMARY KEY,"
	" account_id INTEGER NOT NULL REFERENCES accounts (id)"
	" ON DELETE CASCADE,"
	" address TEXT NOT NULL, UNIQUE (account_id, address));"
	"CREATE INDEX senders_address ON senders (address);",
};

const char *const ps_schema_credentials[PS_SCHEMA_VERSION] = {
	"CREATE TABLE auth.credentials (address TEXT PRIMARY KEY,"
	" hash TEXT NOT NULL, changed INTEGER NOT NULL) WITHOUT ROWID;",

	/* kind: of enum ps_credential_kind, by number */
	"ALTER TABLE auth.credentials ADD COLUMN"
	" kind INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE auth.credentials ADD COLUMN"
	" expires INTEGER NOT NULL DEFAULT 0;",
};
