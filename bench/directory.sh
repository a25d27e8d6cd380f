#!/bin/bash
# directory.sh - the directory with 100,000 accounts: lookups, logins, imports.
# usage: bench/directory.sh [--accounts N] [--lookups N] [--reps N]
#                           [--members N] [PART...]
#        PART: import lookups group logins
#
# Beside Postfix's own sqlite: and ldap: tables and Dovecot's own sql and ldap
# drivers, in the same run and on the same data.  Everything lives in a fresh
# folder under /run and is stopped at the end.  As root.  Socket maps are
# measured by maps.sh.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
[ "$(id -u)" = 0 ] || { echo "directory.sh: must be run as root" >&2; exit 1; }
"$top/packaging/install-dependencies.sh" all
"$top/packaging/install-dependencies.sh" bench
echo "building (release)"
(cd "$top" && cmake --preset release >/dev/null &&
	cmake --build --preset release -j2 --target postseal-command postseald \
		postfix-postseal authdb_postseal >/dev/null)
export POSTSEAL_BUILD=$top/build/release
exec python3 -B "$top/bench/directory.py" "$@"
