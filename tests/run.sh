#!/bin/bash
# run.sh - every test: tables, layers, conformance, and the hosted ones.
# usage: tests/run.sh [--release NAME] [--preset dev|asan|tsan] [--no-hosted]
#
# As root: installs what it needs from Debian's packages, builds, runs.  Ends
# with "N passed, M failed" (", K skipped").  A test may be skipped for a
# missing ../shared only; any other skip counts as a failure.
#
# --release: bookworm or trixie.  Where this machine is of another, in a tree
# made with debootstrap, which is kept for the next time: in $POSTSEAL_TREES, or
# /var/tmp/postseal-trees.  all: in both, one after the other.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top" || exit 1
options=("$@")
preset=dev hosted=yes release=""
while [ $# -gt 0 ]; do
	case $1 in
	--release) release=${2:-none}; shift; shift ;;
	--preset) preset=${2:-}; shift; shift ;;
	--no-hosted) hosted=no; shift ;;
	*) preset=""; break ;;
	esac
done
case $release:$preset in
:?* | bookworm:?* | trixie:?* | all:?*) ;;
*) sed -n 's/^# usage: /usage: /p' "$0" >&2; exit 2 ;;
esac
[ "$(id -u)" = 0 ] || {
	echo "tests/run.sh: must be run as root (it starts Postfix and Dovecot)" >&2
	exit 1
}
. tests/trees.sh
passed=0 failed=0 skipped=0
failures=() # repeated at the end, where somebody looks first
prefix="" # of the names of tests
[ -z "$release" ] || [ "$release" = all ] || prefix="$release: "
inner="" # a run below this one
logs=$(mktemp -d)

# What still runs, when this is told to end.
stop()
{
	local pid
	for pid in $(jobs -pr) $inner; do
		pkill -TERM -P "$pid"
		kill "$pid" 2>/dev/null
	done
}
trap 'stop; rm -rf "$logs"' EXIT
trap 'exit 1' HUP INT TERM

finish()
{
	echo
	[ ${#failures[@]} = 0 ] || printf 'failed: %s\n' "${failures[@]}"
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
	printf '\n== %s (at %d:%02d)\n' "$prefix$1" $((SECONDS / 60)) \
		$((SECONDS % 60))
}

# record ok|FAIL|SKIP NAME [REASON]
record()
{
	echo "$1 $prefix$2${3:+: $3}"
	case $1 in
	ok) passed=$((passed + 1)) ;;
	SKIP)
		skipped=$((skipped + 1))
		[ ! -e ../shared ] || {
			record FAIL "$2" "skipped although ../shared is there"
		}
		;;
	*)
		failed=$((failed + 1))
		failures+=("$prefix$2${3:+: $3}")
		;;
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

# below NAME COMMAND...: a run of this script; its tests are ours as well, by
# its last line.
below()
{
	local name=$1 line sum=""
	local form='^([0-9]+) passed, ([0-9]+) failed(, ([0-9]+) skipped)?$'
	shift
	while IFS= read -r line; do
		inner=$!
		if [[ $line =~ $form ]]; then
			sum=$line
			continue
		elif [[ $line =~ ^(ok|FAIL|SKIP|==)\ (.*)$ ]]; then
			line="${BASH_REMATCH[1]} $prefix${BASH_REMATCH[2]}"
			[ "${BASH_REMATCH[1]}" != FAIL ] ||
				failures+=("${line#FAIL }")
		elif [[ $line == "failed: "* ]]; then
			continue # of those we know
		fi
		[ -z "$line" ] || sum=""
		printf '%s\n' "$line"
	done < <("$@" 2>&1 </dev/null)
	inner=""
	if [[ $sum =~ $form ]]; then
		passed=$((passed + BASH_REMATCH[1]))
		failed=$((failed + BASH_REMATCH[2]))
		skipped=$((skipped + ${BASH_REMATCH[4]:-0}))
	else
		record FAIL "$name" "ended before its time"
	fi
}

# ---- in a tree

# The source as it is here, in the place of what was there before.
copy_source()
{
	local src=$1/src/postseal new=$1/src/new
	remove_tree "$new" && mkdir -p "$new/build" || return 1
	(set -o pipefail
	tar -c --exclude=./build --exclude=./.git --exclude=__pycache__ . |
		tar -C "$new" -x) || return 1
	# As fetched for the Postfix of the tree.
	[ ! -e "$src/build/postfix-headers" ] ||
		mv "$src/build/postfix-headers" "$new/build" || return 1
	remove_tree "$src" && mv "$new" "$src"
}

# With what we are built and tested with; nothing is left of half a tree.
make_test_tree()
{
	local tree=$1
	[ ! -e "$tree" ] || return 0
	remove_tree "$tree.half" &&
		make_base "$release" "$tree.half" &&
		copy_source "$tree.half" &&
		in_tree "$tree.half" \
			/src/postseal/packaging/install-dependencies.sh all &&
		mv "$tree.half" "$tree" && return 0
	remove_tree "$tree.half"
	remove_tree "$tree.half.new"
	return 1
}

# Trees that nobody has used for a week, and what was not finished.
sweep()
{
	local lock
	find "$1" -maxdepth 1 -name '*.lock' -mtime +6 |
	while IFS= read -r lock; do
		flock -n "$lock" true || continue
		remove_tree "${lock%.lock}" && remove_tree "${lock%.lock}.half" &&
			remove_tree "${lock%.lock}.half.new" && rm -f "$lock"
	done
}

run_in_tree()
{
	local trees=${POSTSEAL_TREES:-/var/tmp/postseal-trees} needs tree
	phase "the tree"
	must "debootstrap" packaging/install-dependencies.sh trees
	needs=$({ section build; section test; } | sha256sum | cut -c 1-12)
	mkdir -p "$trees" || exit 1
	sweep "$trees"
	tree=$trees/$release-$needs
	exec 8>"$tree.lock" && touch "$tree.lock"
	flock -n 8 || {
		echo "waiting for another run in $tree"
		flock 8
	}
	must "tree" make_test_tree "$tree"
	must "source" copy_source "$tree"
	# A name that is asked of the network can hold programs up.
	echo "127.0.0.1 localhost $(hostname)" >"$tree/etc/hosts"
	[ ! -e ../shared ] ||
		tree_mounts="src/shared $(realpath ../shared)"
	phase "in the tree"
	options=(--preset "$preset")
	[ "$hosted" = yes ] || options+=(--no-hosted)
	below "tests" in_tree "$tree" /src/postseal/tests/run.sh \
		"${options[@]}" 8>&-
}

if [ "$release" = all ]; then
	for each in bookworm trixie; do
		below "$each" tests/run.sh "${options[@]}" --release "$each"
	done
	phase "end"
	finish
elif [ -n "$release" ] &&
	[ "$release" != "$(. /etc/os-release && echo "$VERSION_CODENAME")" ]; then
	run_in_tree
	finish
fi

# ---- here

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
	printf '\n== %s (%d s)\n' "$prefix$1" "$seconds"
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
