#!/bin/bash
# run.sh - every test: tables, layers, conformance, and the hosted ones.
# usage: tests/run.sh [--preset dev|asan|tsan] [--no-hosted]
#
# As root: installs what it needs from Debian's packages, builds, runs.  Ends
# with "N passed, M failed" (", K skipped").  A test may be skipped for a
# missing ../shared only; any other skip counts as a failure.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top" || exit 1
preset=dev hosted=yes
while [ $# -gt 0 ]; do
	case $1 in
	--preset) preset=${2:-}; shift 2 ;;
	--no-hosted) hosted=no; shift ;;
	*) sed -n 's/^# usage: /usage: /p' "$0" >&2; exit 2 ;;
	esac
done
[ "$(id -u)" = 0 ] || {
	echo "tests/run.sh: must be run as root (it starts Postfix and Dovecot)" >&2
	exit 1
}
passed=0 failed=0 skipped=0

finish()
{
	echo
	if [ "$skipped" = 0 ]; then
		echo "$passed passed, $failed failed"
	else
		echo "$passed passed, $failed failed, $skipped skipped"
	fi
	[ "$failed" = 0 ] && [ "$passed" != 0 ]
	exit
}

# record ok|FAIL|SKIP NAME [REASON]
record()
{
	echo "$1 $2${3:+: $3}"
	case $1 in
	ok) passed=$((passed + 1)) ;;
	SKIP)
		skipped=$((skipped + 1))
		[ ! -e ../shared ] || {
			echo "FAIL $2: skipped although ../shared is there"
			failed=$((failed + 1))
		}
		;;
	*) failed=$((failed + 1)) ;;
	esac
}

must()
{
	local name=$1 log
	shift
	log=$(mktemp)
	if "$@" >"$log" 2>&1 </dev/null; then
		record ok "$name"
		rm -f "$log"
		return 0
	fi
	cat "$log"
	rm -f "$log"
	record FAIL "$name"
	finish
}

must "dependencies" packaging/install-dependencies.sh all
must "configure ($preset)" cmake --preset "$preset"
must "build ($preset)" cmake --build --preset "$preset" -j "$(nproc)"
build=$top/build/$preset
export LSAN_OPTIONS=suppressions=$top/tests/lsan.supp:print_suppressions=0
export TSAN_OPTIONS=suppressions=$top/tests/tsan.supp:halt_on_error=1
# The sanitizers' libraries must be first in a foreign host; not here.
export ASAN_OPTIONS=detect_stack_use_after_return=1

echo
echo "== units"
log=$(mktemp)
ctest --test-dir "$build" --output-on-failure --timeout 300 \
	>"$log" 2>&1 </dev/null
grep -vE '^ *[0-9]+/[0-9]+ Test +#.* Passed ' "$log" |
	grep -E 'FAIL|ERROR|Failed|failing|\*\*\*|not ok' | head -n 200
while read -r state name; do
	record "$state" "$name" "$([ "$state" != SKIP ] || echo "../shared is missing")"
done < <(sed -nE \
	-e 's/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: ([^ ]+) \.*  *Passed .*/ok \1/p' \
	-e 's/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: ([^ ]+) \.*\*\*\*Skipped.*/SKIP \1/p' \
	-e 's/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: ([^ ]+) \.*\*\*\*([^S ]|S[^k]).*/FAIL \1/p' \
	"$log")
grep -qE '^[0-9]+% tests passed' "$log" || record FAIL "ctest" "ran no test"
rm -f "$log"

# The stock hosts cannot load what needs a sanitizer's library before all others:
# there, our own programs alone.
case $preset in
asan | tsan)
	scripts=$(echo tests/hosted_command.py tests/hosted_accounts.py \
		tests/hosted_ldap_command.py tests/hosted_ldap_write_faults.py \
		tests/hosted_mailcfg.py tests/hosted_milter.py \
		tests/hosted_arc.py tests/hosted_dmarc.py tests/hosted_dns.py \
		tests/hosted_map.py tests/hosted_opendkim.py \
		tests/hosted_policy.py tests/hosted_redis.py \
		tests/hosted_test_command.py \
		tests/hosted_wi*.py)
	;;
*) scripts=$(echo tests/hosted_*) ;;
esac

# Hosted tests print lines "ok NAME", "FAIL NAME: …", "SKIP NAME: …".
if [ "$hosted" = yes ]; then
	export POSTSEAL_BUILD=$build
	for script in $scripts; do
		[ -x "$script" ] || continue
		echo
		echo "== $script"
		log=$(mktemp)
		timeout 600 "$script" >"$log" 2>&1 </dev/null
		status=$?
		grep -vE '^(ok|FAIL|SKIP) ' "$log"
		before=$failed
		count=0
		while read -r state name; do
			record "$state" "$name"
			count=$((count + 1))
		done < <(grep -E '^(ok|FAIL|SKIP) ' "$log")
		[ "$count" != 0 ] || record FAIL "$script" "ran no test"
		[ "$status" = 0 ] || [ "$failed" != "$before" ] ||
			record FAIL "$script" "ended with status $status"
		rm -f "$log"
	done
fi
finish
