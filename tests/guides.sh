#!/bin/bash
# guides.sh - the guides of doc/, followed in a fresh tree of a release, with the
# Debian packages.
# usage: tests/guides.sh [--release bookworm|trixie] --cache DIR [GUIDE...]
#
# As root, behind tests/packages.sh --cache DIR, which leaves there a tree with
# the stock Postfix and Dovecot, and the packages.  What guides need beside that
# (LDAP, and the programs that they lead away from) is installed in a copy of
# it, which is kept.  Ends with "N passed, M failed".
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
releases="bookworm trixie" cache=""
usage()
{
	sed -n 's/^# usage: /usage: /p' "$0" >&2
	exit 2
}
while [ $# -gt 0 ]; do
	case $1 in
	--release) releases=${2:-}; shift 2 ;;
	--cache) cache=${2:-}; shift 2 ;;
	-*) usage ;;
	*) break ;;
	esac
done
[ -n "$cache" ] || usage
[ "$(id -u)" = 0 ] || {
	echo "tests/guides.sh: must be run as root" >&2
	exit 1
}
. "$top/tests/trees.sh"
tree_mounts="src $top"
tree_environment="PYTHONDONTWRITEBYTECODE=1
POSTSEAL_PACKAGES=/packages
POSTSEAL_GUIDES=$*"
cd "$cache" || exit 1
passed=0 failed=0

fail()
{
	echo "FAIL $1: $2"
	failed=$((failed + 1))
}

# make_tree RELEASE
make_tree()
{
	[ ! -e "$1.guides" ] || return 0
	remove_tree "$1.guides.new" &&
		cp -a "$1.stock" "$1.guides.new" &&
		in_tree "$1.guides.new" apt-get -q update &&
		in_tree "$1.guides.new" apt-get -qy -o Dpkg::Use-Pty=0 \
			--no-install-recommends install \
			ca-certificates ldap-utils \
			libsasl2-modules nsd opendkim opendmarc \
			postfix-policyd-spf-python postfwd slapd sqlite3 &&
		printf 'APT::Get::Assume-Yes "true";\n' \
			>"$1.guides.new/etc/apt/apt.conf.d/90yes" &&
		mv "$1.guides.new" "$1.guides"
}

# The newest, and what they need, where the guides have no network.
take_packages()
{
	local packages
	rm -rf "$1.guides/packages" &&
		cp -a "$1.stock/packages" "$1.guides/packages" || return 1
	packages=$(cd "$1.guides" && printf '/%s ' packages/*.deb) || return 1
	# shellcheck disable=SC2086
	in_tree "$1.guides" apt-get -qy --download-only install $packages
}

for release in $releases; do
	echo "== $release"
	[ -e "$release.stock/packages" ] || {
		fail "$release" "run tests/packages.sh --cache $cache first"
		continue
	}
	log=$cache/$release.guides.log
	{ make_tree "$release" && take_packages "$release"; } \
		>"$log" 2>&1 </dev/null || {
		tail -n 30 "$log"
		fail "$release" "tree"
		continue
	}
	in_tree "$release.guides" python3 /src/tests/hosted_guides.py 2>&1 \
		</dev/null | tee "$log"
	state=${PIPESTATUS[0]}
	passed=$((passed + $(grep -c '^ok ' "$log")))
	failed=$((failed + $(grep -c '^FAIL ' "$log")))
	[ "$state" = 0 ] || grep -q '^FAIL ' "$log" ||
		fail "$release" "status $state"
done
echo
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
