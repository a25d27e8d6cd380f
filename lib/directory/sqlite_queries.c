/* sqlite_queries.c - what is asked of the SQLite directory. */

#include "directory/sqlite_store.h"

/* Aliases of aliases followed, for senders; Postfix's own limit for
 * virtual_alias_maps is 1000, but nobody sends through eleven. */
#define ALIAS_DEPTH "10"

#define LOCAL(address)	"substr(" address ", 1, instr(" address ", '@'))"
#define DOMAIN(address) "substr(" address ", instr(" address ", '@') + 1)"

/* The address in the target, where its domain is an alias of another. */
#define CANONICAL(address)                                                     \
	"coalesce((SELECT " LOCAL(address) " || target.name FROM domains JOIN" \
					   " domains AS target ON target.id "  \
					   "= domains.alias_of WHERE"          \
					   " domains.name = " DOMAIN(          \
						   address) "), " address ")"
/* Where mail for a source goes, but to itself. */
#define EDGES                                                                  \
	"edges (source, destination) AS MATERIALIZED ("                        \
	"SELECT source, " CANONICAL(                                           \
		"lower(destination)") " FROM aliases"                          \
				      " WHERE lower(destination) <> source "   \
				      "UNION ALL"                              \
				      " SELECT address, " CANONICAL(           \
					      "lower(destination)") " FROM "   \
								    "maildrop" \
								    "s"        \
								    " JOIN "   \
								    "accounts" \
								    " ON "     \
								    "accounts" \
								    ".id = "   \
								    "account_" \
								    "id"       \
								    " WHERE "  \
								    "NOT "     \
								    "closed "  \
								    "AND "     \
								    "lower("   \
								    "destinat" \
								    "ion) <> " \
								    "address)"
/* ... and to addresses in domains here that nobody has; an extension such as
 * user+folder@ Postfix takes off.  shadow: a catch-all has them. */
#define NOBODIES                                                                                                                               \
	"nobodies (source, destination, shadow) AS (SELECT source, "                                                                           \
	"destination,"                                                                                                                         \
	" EXISTS (SELECT 1 FROM aliases WHERE aliases.source ="                                                                                \
	" '@' || " DOMAIN(                                                                                                                     \
		"destination") " AND edges.source <> aliases.source)"                                                                          \
			       " FROM edges WHERE instr(destination, '@') > "                                                                  \
			       "1 AND EXISTS"                                                                                                  \
			       " (SELECT 1 FROM domains WHERE name = " DOMAIN(                                                                 \
				       "destination") " AND transport IS "                                                                     \
						      "NULL) AND NOT EXISTS "                                                                  \
						      "(SELECT 1 FROM "                                                                        \
						      "accounts"                                                                               \
						      " WHERE address IN "                                                                     \
						      "(destination, " PLAIN(                                                                  \
							      "destination") ")"                                                               \
									     " AND NOT closed) AND NOT EXISTS (SELECT 1 FROM aliases AS other" \
									     " WHERE other.source IN (edges.destination, " PLAIN(              \
										     "edges.destination") ")))"
#define PLAIN(address)                                                         \
	"CASE WHEN instr(" address ", '+') > 1"                                \
	" THEN substr(" address ", 1, instr(" address ", '+') - 1)"            \
	" || substr(" address ", instr(" address ", '@')) ELSE " address       \
	" END"
/* From each source that leads to another source, or to very many addresses, to
 * all that it leads to. */
#define REACHED                                                                \
	"reached (source, address) AS (SELECT source, destination FROM edges"  \
	" WHERE source IN (SELECT first.source FROM edges AS first JOIN edges" \
	" AS second ON second.source = first.destination UNION"                \
	" SELECT source FROM edges GROUP BY source"                            \
	" HAVING count(*) > CAST(?1 AS INTEGER))"                              \
	" UNION SELECT reached.source, edges.destination"                      \
	" FROM reached JOIN edges ON edges.source = reached.address)"

/* Of domain ?2, where it is an alias of another, and ?1 in that one. */
#define TARGET "domains JOIN domains AS target ON target.id = domains.alias_of"
#define OTHER  "substr(?1, 1, length(?1) - length(?2)) || target.name"

/*
 * Where mail for an address goes: rows of the parts 0 and 1, or, where there
 * are none, of the first part there is; what is not reached costs nothing.
 * virtual(5) asks @domain when user@domain is not found: so with a catch-all an
 * account answers with itself, and only addresses nobody has reach it.  In an
 * alias domain, user@ leads to the user of the target, where there is one.
 * Sorting costs as much as finding: by ids, in the third column, where it must
 * be.
 */
#define ALIASES(by_id, by_maildrop)                                            \
	"SELECT 0, destination, id FROM (SELECT destination, id FROM aliases"  \
	" WHERE source = ?1" by_id ") UNION ALL SELECT * FROM (SELECT"         \
	" CASE WHEN maildrops.id IS NULL THEN 2 ELSE 1 END,"                   \
	" coalesce(destination, address), coalesce(maildrops.id, 0)"           \
	" FROM accounts LEFT JOIN maildrops ON account_id = accounts.id"       \
	" WHERE address = ?1 AND NOT closed AND (maildrops.id IS NOT NULL"     \
	" OR EXISTS (SELECT 1 FROM aliases WHERE source = '@' || "             \
	"?2))" by_maildrop ") UNION ALL SELECT 3, " OTHER ", 0 FROM " TARGET   \
	" WHERE domains.name = ?2 AND (EXISTS (SELECT 1 FROM accounts"         \
	" WHERE address = " OTHER " AND NOT closed)"                           \
	" OR EXISTS (SELECT 1 FROM aliases WHERE source = " OTHER "))"

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
	/* ?2: the address's domain */
	[PS_QUERY_MAILBOX] = "SELECT address FROM accounts WHERE address = ?1"
			     " AND NOT closed UNION ALL SELECT address FROM"
			     " " TARGET " JOIN accounts ON address = " OTHER
			     " WHERE domains.name = ?2 AND NOT closed LIMIT 1",
	[PS_QUERY_QUOTA] = "SELECT quota FROM accounts WHERE address = ?1"
			   " AND NOT closed AND quota <> '' UNION ALL"
			   " SELECT quota FROM " TARGET " JOIN accounts"
			   " ON address = " OTHER " WHERE domains.name = ?2"
			   " AND NOT closed AND quota <> '' LIMIT 1",
	[PS_QUERY_ALIASES] = ALIASES("", ""),
	[PS_QUERY_ALIASES_SORTED] =
		ALIASES(" ORDER BY id", " ORDER BY maildrops.id"),
	/* ?1 is "@" and ?2 */
	[PS_QUERY_CATCH_ALL] =
		"SELECT 0, destination, 0 FROM (SELECT destination FROM aliases"
		" WHERE source = ?1 ORDER BY id) UNION ALL SELECT 2,"
		" destination, 0 FROM (SELECT destination FROM " TARGET
		" JOIN aliases ON source = '@' || target.name"
		" WHERE domains.name = ?2 ORDER BY aliases.id)",
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
	[PS_QUERY_CHECK_DOMAINS] =
		"SELECT address, 'is an account whose domain is not there'"
		" FROM accounts WHERE NOT EXISTS (SELECT 1 FROM domains"
		" WHERE id = domain_id AND name = " DOMAIN(
			"address") ")"
				   " UNION ALL SELECT address, 'is an account "
				   "in a domain that is"
				   " relayed, or an alias of another' FROM "
				   "accounts JOIN domains"
				   " ON domains.id = domain_id"
				   " WHERE coalesce(transport, alias_of) IS "
				   "NOT NULL"
				   " UNION ALL SELECT source, 'is an alias "
				   "whose domain is not"
				   " there' FROM aliases WHERE NOT EXISTS "
				   "(SELECT 1 FROM domains"
				   " WHERE id = domain_id AND name = " DOMAIN(
					   "source") ")"
						     " UNION ALL SELECT "
						     "source, 'is an alias in "
						     "a domain that is an"
						     " alias of another' FROM "
						     "aliases JOIN domains"
						     " ON domains.id = "
						     "domain_id WHERE alias_of "
						     "IS NOT NULL"
						     " ORDER BY 1",
	[PS_QUERY_CHECK_PLACES] =
		"SELECT address, 'is an account, and an alias that takes its"
		" mail elsewhere' FROM accounts WHERE NOT closed"
		" AND EXISTS (SELECT 1 FROM aliases WHERE source = address)"
		" AND NOT EXISTS (SELECT 1 FROM aliases"
		" WHERE source = address AND lower(destination) = address)"
		" ORDER BY 1",
	[PS_QUERY_CHECK_NOWHERE] =
		"WITH " EDGES ", " NOBODIES " SELECT source, 'leads to ' ||"
		" destination || ', which nobody has' FROM nobodies"
		" WHERE NOT shadow ORDER BY 1, 2",
	[PS_QUERY_CHECK_CATCH_ALL] =
		"WITH " EDGES ", " NOBODIES " SELECT source, 'leads to ' ||"
		" destination || ', which nobody has but the catch-all'"
		" FROM nobodies WHERE shadow"
		" UNION ALL SELECT address, 'is closed, but its mail goes to"
		" the catch-all' FROM accounts WHERE closed AND EXISTS"
		" (SELECT 1 FROM aliases"
		" WHERE source = '@' || " DOMAIN(
			"address") ")"
				   " UNION ALL SELECT source, 'takes all mail "
				   "for a domain that is"
				   " relayed to another host' FROM aliases "
				   "JOIN domains"
				   " ON domains.id = domain_id WHERE transport "
				   "IS NOT NULL"
				   " AND substr(source, 1, 1) = '@' ORDER BY "
				   "1, 2",
	[PS_QUERY_CHECK_LOOPS] =
		"WITH RECURSIVE " EDGES ", " REACHED " SELECT DISTINCT source,"
		" 'leads back to itself' FROM reached WHERE address = source"
		" UNION SELECT source, 'leads back to itself' FROM edges"
		" WHERE destination = source ORDER BY 1",
	[PS_QUERY_CHECK_SIZES] =
		"WITH RECURSIVE " EDGES ", " REACHED " SELECT source,"
		" 'leads to ' || count(*) || ' addresses, more than the ' ||"
		" ?1 || ' of Postfix''s virtual_alias_expansion_limit'"
		" FROM reached WHERE NOT EXISTS (SELECT 1 FROM edges"
		" WHERE edges.source = reached.address)"
		" GROUP BY source HAVING count(*) > CAST(?1 AS INTEGER)"
		" ORDER BY 1",
	NULL,
};
