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
logs=$(mktemp -d)

# What still runs, when this is told to end.
stop()
{
	local pid
	for pid in $(jobs -pr); do
		pkill -TERM -P "$pid"
		kill "$pid" 2>/dev/null
	done
}
trap 'stop; rm -rf "$logs"' EXIT
trap 'exit 1' HUP INT TERM

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

# phase NAME: with the time since the start.
phase()
{
	printf '\n== %s (at %d:%02d)\n' "$1" $((SECONDS / 60)) \
		$((SECONDS % 60))
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
	local name=$1
	shift
	if "$@" >"$logs/must" 2>&1 </dev/null; then
		record ok "$name"
		return 0
	fi
	tail -n 300 "$logs/must"
	record FAIL "$name"
	finish
}

phase "build"
must "dependencies" packaging/install-dependencies.sh all
must "configure ($preset)" cmake --preset "$preset"
must "build ($preset)" cmake --build --preset "$preset" -j "$(nproc)"
build=$top/build/$preset
export LSAN_OPTIONS=suppressions=$top/tests/lsan.supp:print_suppressions=0
export TSAN_OPTIONS=suppressions=$top/tests/tsan.supp:halt_on_error=1
# The sanitizers' libraries must be first in a foreign host; not here.
export ASAN_OPTIONS=detect_stack_use_after_return=1

phase "units"
log=$logs/units
tests/alone.sh ctest --test-dir "$build" --output-on-failure --timeout 300 \
	-j "$(nproc)" >"$log" 2>&1 </dev/null
grep -vE '^ *([0-9]+/[0-9]+ Test|Start) +#?[0-9]+: |^ok |^\[  ' "$log" |
	head -n 300
while read -r state name; do
	record "$state" "$name" "$([ "$state" != SKIP ] || echo "../shared is missing")"
done < <(sed -nE \
	-e 's/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: ([^ ]+) \.*  *Passed .*/ok \1/p' \
	-e 's/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: ([^ ]+) \.*\*\*\*Skipped.*/SKIP \1/p' \
	-e 's/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: ([^ ]+) \.*\*\*\*([^S ]|S[^k]).*/FAIL \1/p' \
	"$log")
grep -qE '^[0-9]+% tests passed' "$log" || record FAIL "ctest" "ran no test"

# The stock hosts cannot load what needs a sanitizer's library before all others:
# there, our own programs alone.
case $preset in
asan | tsan)
	scripts=$(echo tests/hosted_command.py tests/hosted_accounts.py \
		tests/hosted_ldap_command.py tests/hosted_ldap_kind.py \
		tests/hosted_ldap_write_faults.py \
		tests/hosted_mailcfg.py tests/hosted_milter.py \
		tests/hosted_arc.py tests/hosted_dmarc.py tests/hosted_dns.py \
		tests/hosted_map.py tests/hosted_opendkim.py \
		tests/hosted_policy.py tests/hosted_redis.py \
		tests/hosted_test_command.py \
		tests/hosted_wi*.py)
	;;
*) scripts=$(echo tests/hosted_*) ;;
esac

# start SCRIPT: its output goes to a file, and its status at the end.
start()
{
	local log=$logs/${1##*/} status begun=$SECONDS
	timeout -k 5 600 tests/alone.sh "$1" >"$log" 2>&1 </dev/null
	status=$?
	echo "$status $((SECONDS - begun))" >"$log.new"
	mv "$log.new" "$log.status"
}

# Hosted tests print lines "ok NAME", "FAIL NAME: …", "SKIP NAME: …".
show()
{
	local log=$logs/${1##*/} status seconds before=$failed count=0 state name
	read -r status seconds <"$log.status" || status=none seconds=0
	printf '\n== %s (%d s)\n' "$1" "$seconds"
	grep -vE '^(ok|FAIL|SKIP) ' "$log"
	while read -r state name; do
		record "$state" "$name"
		count=$((count + 1))
	done < <(grep -E '^(ok|FAIL|SKIP) ' "$log")
	[ "$count" != 0 ] || record FAIL "$1" "ran no test"
	[ "$status" = 0 ] || [ "$failed" != "$before" ] ||
		record FAIL "$1" "ended with status $status"
}

# Several at a time, each in namespaces of its own; shown in their order.
if [ "$hosted" = yes ]; then
	phase "hosted tests"
	export POSTSEAL_BUILD=$build
	waiting=()
	for script in $scripts; do
		[ ! -x "$script" ] || waiting+=("$script")
	done
	shown=("${waiting[@]}")
	while [ ${#shown[@]} != 0 ]; do
		while [ ${#waiting[@]} != 0 ] &&
			[ "$(jobs -pr | wc -l)" -lt "$(nproc)" ]; do
			start "${waiting[0]}" &
			waiting=("${waiting[@]:1}")
		done
		wait -n
		while [ ${#shown[@]} != 0 ]; do
			[ -e "$logs/${shown[0]##*/}.status" ] ||
				[ -z "$(jobs -pr)${waiting[*]}" ] || break
			show "${shown[0]}"
			shown=("${shown[@]:1}")
		done
	done
fi
phase "end"
finish
