#!/bin/bash
# policy.sh - requests a second of the policy service, beside postfwd's.
# usage: bench/policy.sh [--secs N] [--reps N] [--conns "1 8 64"] [PART...]
#        PART: rates redis journal memory
#
# The rule files of bench/rules.py (2, 20 and 302 rules) through postseald with
# its journal on, postfwd1 and postfwd2 (Debian's default arguments), in the same
# run; policyd-rate-limit, which has no rules; and echo, which understands
# nothing: what a request costs at least.  redis: the same with the counts in a
# Redis on this machine.  journal: what the journal costs, on and off in turn in
# one process, with a count of its own for each of 100,000 logins.  memory:
# 1,000,000 live counters.  Uses policyload of ../shared/bench; everything is
# stopped at the end.  As root.  Ends with a non-zero status when a request
# failed.
set -eu
. "$(dirname "$0")/common.sh"
options "rates redis journal memory" "$@"
prepare policyload.c

here=$top/bench
state=$(mktemp -d /var/tmp/postseal-bench-XXXXXX) # a disk, for the journal
trap 'stop_all; rm -rf "$state"' EXIT
gcc -O2 -pthread -o "$dir/policyload" "$shared/policyload.c"
gcc -O2 -pthread -o "$dir/echo_policy" "$here/echo_policy.c"
mkdir "$dir/results"
for count in 2 20 302; do
	"$here/rules.py" "$count" >"$dir/rules-$count.cf"
done
peers="--summary=600 --cache=600 --cache-rdomain-only --cache-no-size --nodns"
peers="$peers -u root -g root -i 127.0.0.1"

# answers SOCKET: wait until somebody does
answers()
{
	local n
	for n in $(seq 100); do
		"$dir/policyload" -s "$1" -c 1 -n 1 >/dev/null 2>&1 && return 0
		sleep 0.1
	done
	echo "policy.sh: no answer from $1" >&2
	return 1
}

# begin COMMAND...: in the background; sets pid
begin()
{
	"$@" >>"$dir/log" 2>&1 &
	pid=$!
	pids="$pids $pid"
}

end()
{
	local one
	for one in "$@"; do
		kill "$one" 2>/dev/null || true
		wait "$one" 2>/dev/null || true
	done
}

# start_ours RULES [MORE [NAME]]: sets ours; answers at $dir/NAME-policy.sock
start_ours()
{
	local name=${3:-ours}
	mkdir -p "$dir/keys-$name"
	settings "$name" >"$dir/$name.conf"
	cat >>"$dir/$name.conf" <<END
limits {
  rules = "$dir/rules-$1.cf"
  sockets = "unix:$dir/$name-policy.sock"
  journal = "$state/counters-$name"
  keys_max = 1500000
}
${2:-}
END
	rm -f "$state/counters-$name"*
	begin "$bin/milter/postseald" -f -c "$dir/$name.conf"
	ours=$pid
	answers "unix:$dir/$name-policy.sock"
}

# start_peers RULES: sets one and two
start_peers()
{
	rm -f "$dir"/postfwd?.pid
	# shellcheck disable=SC2086
	postfwd1 -f "$dir/rules-$1.cf" -p 10745 $peers --daemon \
		--pidfile "$dir/postfwd1.pid" >>"$dir/log" 2>&1
	# shellcheck disable=SC2086
	postfwd2 -f "$dir/rules-$1.cf" -p 10746 $peers --daemon \
		--pidfile "$dir/postfwd2.pid" \
		--cache_socket="unix::$dir/postfwd2.cache" >>"$dir/log" 2>&1
	answers 127.0.0.1:10745
	answers 127.0.0.1:10746
	one=$(cat "$dir/postfwd1.pid") two=$(cat "$dir/postfwd2.pid")
	pids="$pids $one $two"
}

start_limiter()
{
	cat >"$dir/limiter.yaml" <<END
SOCKET: ["127.0.0.1", 10747]
sqlite_config: { database: "$dir/limiter.sqlite3" }
backend: 0
limits: [[1000000, 3600]]
pidfile: "$dir/limiter.pid"
limit_by_sender: false
limit_by_sasl: true
limit_by_ip: true
limited_networks: ["0.0.0.0/0"]
debug: false
user: root
group: root
count_mode: 0
END
	begin /usr/bin/python3 /usr/bin/policyd-rate-limit \
		--file "$dir/limiter.yaml"
	limiter=$pid
	answers 127.0.0.1:10747
}

# measure NAME PID SOCKET: one run
measure()
{
	echo "rate rep=$rep $("$dir/policyload" -s "$3" -c "$conn" -w 0.5 \
		-t "$secs" -p "$2" -l "$1" -T 20)" |
		tee -a "$dir/results/rate.txt"
}

# storage: octets that the daemon has had written to the disk
storage()
{
	awk '/^write_bytes/ { print $2 }' "/proc/$ours/io"
}

rates()
{
	local count before
	begin "$dir/echo_policy" "$dir/echo.sock"
	echo=$pid
	start_limiter
	for count in 2 20 302; do
		start_ours "$count"
		start_peers "$count"
		for rep in $(seq "$reps"); do
			for conn in $conns; do
				before=$(storage)
				measure "postseal/$count" "$ours" \
					"unix:$dir/ours-policy.sock"
				echo "journal/$count conn=$conn" \
					"$(($(storage) - before)) octets"
				measure "postfwd1/$count" "$one" 127.0.0.1:10745
				measure "postfwd2/$count" "$two" 127.0.0.1:10746
				[ "$count" = 2 ] || continue
				measure limiter "$limiter" 127.0.0.1:10747
				measure echo "$echo" "unix:$dir/echo.sock"
			done
		done
		end "$ours" "$one" "$two"
	done
	end "$limiter" "$echo"
}

shared_counts()
{
	begin redis-server --port 0 --unixsocket "$dir/redis.sock" --save "" \
		--appendonly no --dir "$dir"
	redis=$pid
	# In turn: what a machine does changes within minutes.
	start_ours 20 "" alone
	alone=$ours
	start_ours 20 "redis {
  servers = {\"unix:$dir/redis.sock\"}
}"
	for rep in $(seq "$reps"); do
		for conn in $conns; do
			measure postseal/20-alone "$alone" \
				"unix:$dir/alone-policy.sock"
			measure postseal/20-redis "$ours" \
				"unix:$dir/ours-policy.sock"
		done
	done
	redis-cli -s "$dir/redis.sock" info commandstats |
		grep -E 'cmdstat_eval' || fail "Redis was not asked"
	end "$alone" "$ours" "$redis"
}

# written: octets that the daemon has handed to write(2)
written()
{
	awk '/^wchar/ { print $2 }' "/proc/$ours/io"
}

# switch_journal on|off: off: no file may grow, so counts are kept in memory
# only, and the journal is tried every ten seconds.
switch_journal()
{
	local n before
	before=$(written)
	if [ "$1" = off ]; then
		prlimit --pid "$ours" --fsize=1:
		"$dir/policyload" -s "unix:$dir/ours-policy.sock" -c 1 -n 9 \
			>/dev/null
		sleep 2.5
		return 0
	fi
	prlimit --pid "$ours" --fsize=unlimited:
	for n in $(seq 300); do
		[ "$(written)" -eq "$before" ] || return 0
		sleep 0.1
	done
	fail "the journal is not written"
}

journal()
{
	local what before
	trap '' XFSZ # the daemon's, too
	start_ours 20
	for rep in $(seq "$reps"); do
		for what in off on; do
			switch_journal "$what"
			before=$(written)
			echo "rate rep=$rep $("$dir/policyload" -c 8 -w 0.5 \
				-s "unix:$dir/ours-policy.sock" -u 100000 -A 100 \
				-t "$secs" -p "$ours" -l "journal-$what" \
				-T 20) journal_MB/s=$(awk "BEGIN { print \
				($(written) - $before) / ($secs + 0.5) / 1e6 }")" |
				tee -a "$dir/results/rate.txt"
		done
	done
	end "$ours"
	trap - XFSZ
}

# fill COUNT: so many logins, each one request
fill()
{
	python3 - "$dir/policy.sock" "$1" <<'END'
import socket, sys
with socket.socket(socket.AF_UNIX) as to:
    to.connect(sys.argv[1])
    answers = to.makefile("rb")
    for first in range(0, int(sys.argv[2]), 500):
        to.sendall(b"".join(
            b"request=smtpd_access_policy\nsasl_username=user%07d@example.com"
            b"\n\n" % number for number in range(first, first + 500)))
        for _ in range(1000):
            answers.readline()
END
}

memory()
{
	local empty full
	start_ours 2
	fill 1000
	empty=$(awk '/^VmRSS/ { print $2 }' "/proc/$ours/status")
	fill 1000000
	sleep 3 # the journal writes what is left
	full=$(awk '/^VmRSS/ { print $2 }' "/proc/$ours/status")
	echo
	echo "## 1,000,000 live counters: $((full / 1024)) MB resident" \
		"($((empty / 1024)) MB with 1,000); journal" \
		"$(($(stat -c %s "$state/counters-ours") / 1048576)) MB"
	[ "$full" -lt 204800 ] || fail "more than 200 MB"
	end "$ours"
}

! wanted rates || rates
! wanted redis || shared_counts
! wanted journal || journal
if [ -f "$dir/results/rate.txt" ]; then
	python3 "$here/policy_table.py" "$dir/results/rate.txt"
	! grep -qE 'error=[1-9]| 4[0-9][0-9]=' "$dir/results/rate.txt" ||
		fail "requests failed"
fi
! wanted memory || memory
finish
