/* sqlite_queries.c - what is asked of the SQLite directory. */

#include "directory/sqlite_store.h"

/* Aliases of aliases followed, for senders; Postfix's own limit for
 * virtual_alias_maps is 1000, but nobody sends through eleven. */
#define ALIAS_DEPTH "10"

#define LOCAL(address)	"substr(" address ", 1, instr(" address ", '@'))"
#define DOMAIN(address) "substr(" address ", instr(" address ", '@') + 1)"

const char *const ps_sqlite_queries[] = {
	[PS_QUERY_DOMAIN] = "SELECT name FROM domains WHERE name = ?1"
			    " AND transport IS NULL",
	[PS_QUERY_RELAYED] = "SELECT name FROM domains WHERE name = ?1"
			     " AND transport IS NOT NULL",
	[PS_QUERY_TRANSPORT] = "SELECT transport FROM domains WHERE name = ?1"
			       " AND transport IS NOT NULL",
	[PS_QUERY_ALIAS_OF] =
		"SELECT target.name FROM domains JOIN domains AS target"
		" ON target.id = domains.alias_of WHERE domains.name = ?1",
	[PS_QUERY_MAILBOX] = "SELECT address FROM accounts WHERE address = ?1"
			     " AND NOT closed",
	[PS_QUERY_QUOTA] = "SELECT quota FROM accounts WHERE address = ?1"
			   " AND NOT closed AND quota <> ''",
	[PS_QUERY_ALIASES] = "SELECT destination FROM aliases"
			     " WHERE source = ?1 ORDER BY id",
	[PS_QUERY_MAILDROPS] =
		"SELECT destination FROM maildrops WHERE account_id ="
		" (SELECT id FROM accounts WHERE address = ?1 AND NOT closed)"
		" ORDER BY id",
	/* ?2: the catch-all of the address's domain */
	[PS_QUERY_BESIDE_CATCH_ALL] =
		"SELECT address FROM accounts WHERE address = ?1"
		" AND NOT closed AND"
		" EXISTS (SELECT 1 FROM aliases WHERE source = ?2)",
	[PS_QUERY_THERE] =
		"SELECT ?1 WHERE EXISTS (SELECT 1 FROM accounts"
		" WHERE address = ?1 AND NOT closed)"
		" OR EXISTS (SELECT 1 FROM aliases WHERE source = ?1)",
	/*
	 * ?2: the address's domain.  Who may send as all of a domain does so
	 * beside the owners of an address; where it has none, Postfix asks for
	 * @domain next.
	 */
	[PS_QUERY_SENDERS] =
		"WITH RECURSIVE reached (address, depth) AS (SELECT ?1, 0 UNION"
		" SELECT lower(aliases.destination), depth + 1 FROM reached"
		" JOIN aliases ON aliases.source = reached.address"
		" WHERE depth < " ALIAS_DEPTH " UNION"
		" SELECT " LOCAL(
			"reached.address") " || target.name, depth + 1"
					   " FROM reached JOIN domains"
					   " ON domains.name = " DOMAIN(
						   "reached.address") " JOIN "
								      "domains "
								      "AS "
								      "target "
								      "ON "
								      "target."
								      "id = "
								      "domains."
								      "alias_of"
								      " WHERE "
								      "depth "
								      "<"
								      " " ALIAS_DEPTH
								      "),"
								      " owners "
								      "(address"
								      ") AS "
								      "(SELECT "
								      "accounts"
								      ".address"
								      " FROM "
								      "reached"
								      " JOIN "
								      "accounts"
								      " ON "
								      "accounts"
								      ".address"
								      " = "
								      "reached."
								      "address"
								      " WHERE "
								      "NOT "
								      "closed "
								      "UNION"
								      " SELECT "
								      "accounts"
								      ".address"
								      " FROM "
								      "senders "
								      "JOIN "
								      "accounts"
								      " ON "
								      "accounts"
								      ".id = "
								      "account_"
								      "id"
								      " WHERE "
								      "senders."
								      "address "
								      "= ?1 "
								      "AND NOT "
								      "closed)"
								      " SELECT "
								      "address "
								      "FROM "
								      "owners "
								      "UNION"
								      " SELECT "
								      "accounts"
								      ".address"
								      " FROM "
								      "senders "
								      "JOIN "
								      "accounts"
								      " ON "
								      "accounts"
								      ".id = "
								      "account_"
								      "id"
								      " WHERE "
								      "senders."
								      "address "
								      "= '@' "
								      "|| ?2 "
								      "AND NOT "
								      "closed"
								      " AND "
								      "EXISTS "
								      "(SELECT "
								      "1 FROM "
								      "owners) "
								      "UNION"
								      " SELECT "
								      "address "
								      "FROM "
								      "accounts"
								      " WHERE "
								      "relay = "
								      "1 AND "
								      "NOT "
								      "closed"
								      " AND "
								      "(substr("
								      "?1, 1, "
								      "1) = "
								      "'@' OR "
								      "EXISTS"
								      " ("
								      "SELECT "
								      "1 FROM "
								      "owners))"
								      " AND "
								      "EXISTS "
								      "(SELECT "
								      "1 FROM "
								      "domains"
								      " WHERE "
								      "name = "
								      "?2 AND "
								      "transpor"
								      "t IS "
								      "NULL)"
								      " ORDER "
								      "BY 1",
	[PS_QUERY_SENDS_IN] =
		"WITH RECURSIVE owned (address, depth) AS ("
		"SELECT address, 0 FROM accounts WHERE address = ?1"
		" AND NOT closed UNION"
		" SELECT aliases.source, depth + 1 FROM owned JOIN aliases"
		" ON aliases.destination = owned.address COLLATE NOCASE"
		" WHERE depth < " ALIAS_DEPTH " UNION"
		" SELECT " LOCAL(
			"owned.address") " || other.name, depth + 1"
					 " FROM owned JOIN domains"
					 " ON domains.name = " DOMAIN(
						 "owned.address") " JOIN "
								  "domains AS "
								  "other ON "
								  "other.alias_"
								  "of = "
								  "domains.id"
								  " WHERE "
								  "depth "
								  "<"
								  " " ALIAS_DEPTH
								  ")"
								  " SELECT 1 "
								  "FROM owned "
								  "WHERE"
								  " " DOMAIN(
									  "addr"
									  "ess") " = ?2"
										 " UNION ALL SELECT 1 FROM senders JOIN accounts"
										 " ON accounts.id = account_id WHERE accounts.address = ?1"
										 " AND NOT closed AND " DOMAIN(
											 "senders.address") " = ?2"
													    " UNION ALL SELECT 1 FROM accounts WHERE address = ?1"
													    " AND NOT closed AND relay = 1 AND EXISTS (SELECT 1 FROM"
													    " domains WHERE name = ?2 AND transport IS NULL) LIMIT 1",
	[PS_QUERY_ACCOUNT] =
		"SELECT address, state, home, quota, allow_nets, mail, uid, gid"
		" FROM accounts WHERE address = ?1 AND NOT closed",
	[PS_QUERY_NEXT_ACCOUNT] =
		"SELECT address FROM accounts WHERE address > ?1"
		" AND NOT closed ORDER BY address LIMIT 1",
	/* As ps_sqlite_list() takes them: id, name, destination, alias_of,
	 * transport, disabled, closed, system. */
	[PS_QUERY_LIST_DOMAINS] =
		"SELECT domains.id, domains.name, NULL, target.name,"
		" domains.transport, 0, 0, 0 FROM domains LEFT JOIN domains AS"
		" target ON target.id = domains.alias_of"
		" WHERE ?1 = '' OR domains.name = ?1 ORDER BY domains.name",
	[PS_QUERY_LIST_ACCOUNTS] =
		"SELECT accounts.id, address, NULL, NULL, NULL,"
		" state <> 'active', closed, 0"
		" FROM accounts JOIN domains ON domains.id = domain_id"
		" WHERE ?1 = '' OR name = ?1 ORDER BY name, address",
	[PS_QUERY_LIST_ALIASES] =
		"SELECT aliases.id, source, destination, NULL, NULL, 0, 0,"
		" system FROM aliases JOIN domains ON domains.id = domain_id"
		" WHERE ?1 = '' OR name = ?1"
		" ORDER BY name, source, aliases.id",
	[PS_QUERY_LIST_SENDERS] =
		"SELECT senders.id, accounts.address, senders.address, NULL,"
		" NULL, 0, 0, 0 FROM senders"
		" JOIN accounts ON accounts.id = account_id"
		" JOIN domains ON domains.id = domain_id"
		" WHERE ?1 = '' OR name = ?1"
		" ORDER BY name, accounts.address, senders.address",
	NULL,
};
