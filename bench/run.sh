#!/bin/bash
# run.sh - CPU per 1,000 messages of postseald beside its peers, in one run.
# usage: bench/run.sh [--secs N] [--reps N] [--conns "1 8 64"] [PART...]
#        PART: sign verify chain sizes memory
#
# Uses the load generators, the corpus and the peer set-up of ../shared/bench;
# everything lives in a fresh folder under /run and is stopped at the end.
# As root.  Prints each run, then tables of median [min-max]; ends with a
# non-zero status when a run had an error or memory was not flat.
set -eu
. "$(dirname "$0")/common.sh"
options "sign verify chain sizes memory" "$@"
prepare peers.sh
export BENCH=$dir
fixture=$dir/fx
domains="example.com example.net example.org alpha.example beta.example"

more_pids()
{
	cat "$fixture/run/nsd.pid" "$fixture/run/unbound.pid" 2>/dev/null || true
}

# make_keys FOLDER NAME...: a key folder of the fixture's keys "rsa", "ed"
make_keys()
{
	local folder=$1 domain name algorithm list
	shift
	for domain in $domains; do
		mkdir -p "$folder/$domain"
		list=
		for name in "$@"; do
			algorithm=rsa
			[ "$name" = rsa ] || algorithm=ed25519
			install -m 640 "$fixture/keys/$domain.$name.pem" \
				"$folder/$domain/$name.key"
			list="$list${list:+, }{\"selector\": \"$name\","
			list="$list \"algorithm\": \"$algorithm\","
			list="$list \"state\": \"active\", \"since\": 0}"
		done
		echo "{\"keys\": [$list]}" >"$folder/$domain/domain.json"
	done
	chmod -R o-rwx "$folder"
}

# configure NAME: writes NAME.conf, sets socket
configure()
{
	socket=$dir/$1.sock
	settings "$1" >"$dir/$1.conf"
	cat >>"$dir/$1.conf" <<EOF
dns {
  servers = {"127.0.0.53"}
}
EOF
}

# start NAME: one postseald; sets pid and socket
start()
{
	configure "$1"
	mkdir -p "$dir/keys-$1"
	"$bin/milter/postseald" --check -c "$dir/$1.conf" >/dev/null
	"$bin/milter/postseald" -f -c "$dir/$1.conf" >"$dir/$1.log" 2>&1 &
	pid=$!
	pids="$pids $pid"
	for _ in $(seq 100); do
		[ -S "$socket" ] && return 0
		sleep 0.1
	done
	cat "$dir/$1.log" >&2
	echo "run.sh: postseald did not start" >&2
	return 1
}

stop()
{
	kill "$pid"
	wait "$pid" || true
}

# What is measured beside us: the floor (a filter that does nothing, or the bare
# cryptography), and the programs of others.
only='^(opendkim-(rsa|v)|opendmarc-(true|false)|rspamd-(signrsa|chain)|null-(sign|all))$'

peers()
{
	bash "$shared/peers.sh" --secs "$secs" --reps "$reps" \
		--conns "$conns" --only "$only" "$@"
}

# warm KIND: rspamd's first start in a new folder compiles its patterns, which
# takes longer than peers.sh waits for it
warm()
{
	local folder=$dir/c/rspamd-$1 socket=$dir/run/rspamd-$1.sock
	local warming
	"$dir/rspamd-bench" -i -f -c "$folder/rspamd.conf" \
		>"$dir/rspamd-$1.warm" 2>&1 &
	warming=$!
	pids="$pids $warming"
	for _ in $(seq 600); do
		[ ! -S "$socket" ] || break
		sleep 0.1
	done
	sleep 5
	kill "$warming"
	wait "$warming" || true
	rm -f "$socket"
}

# measure TARGET TITLE: the new filter and its peers, interleaved; the table
measure()
{
	rm -rf "$dir/results" && mkdir "$dir/results"
	peers --milter "unix:$socket" --pid "$pid" "$1"
	if grep -qE '(error|shutdown|tempfail|4xx)=[1-9]|refused' \
		"$dir/results/$1.txt"; then
		fail "$2: errors in the run"
	fi
	echo
	echo "## $2 (new is postseald)"
	python3 "$shared/report.py" "$dir/results"
	echo
}

# verdicts NAME: a filter that is quick because it judges nothing is no filter;
# four of five messages of the corpus are rightly signed
verdicts()
{
	local all good
	all=$(grep -c ' in action=' "$dir/$1.log") || true
	good=$(grep -c ' in action=.* dkim=pass' "$dir/$1.log") || true
	echo "verdicts, $1: dkim=pass in $good of $all messages"
	sed -nE 's/.* (spf=[a-z]+).* (dkim=[a-z]+).* (dmarc=[a-z]+).*/\1 \2 \3/p' \
		"$dir/$1.log" | sort | uniq -c
	if [ "$good" = 0 ] || [ $((good * 10)) -lt $((all * 7)) ]; then
		fail "$1: too few signatures verify"
	fi
}

rss_kb()
{
	awk '/^VmRSS/ { print $2 }' "/proc/$pid/status"
}

# flat TITLE MANIFEST OPTION...: resident memory from message 5,000 to 50,000
flat()
{
	local title=$1 manifest=$2 first=0 now=0 seen= turn
	shift 2
	for turn in 1 2 3 4 5 6 7 8 9 10; do
		"$dir/milterload" -s "unix:$socket" -L "$manifest" -c 64 \
			-n 5000 "$@" -l "$title-$((turn * 5000))" || failed=1
		sleep 2 # what a burst left is given back within a second
		now=$(rss_kb)
		[ "$turn" != 1 ] || first=$now
		seen="$seen $now"
	done
	echo "memory, $title, KB after each 5000 messages:$seen"
	if [ "$now" -gt $((first + 2048)) ] || [ "$now" -lt $((first - 2048)) ]; then
		fail "$title: resident memory is not flat"
	fi
}

# cost TITLE SIZE OPTION...: a row of CPU for a message of that size.  Messages
# enough for the clock of a process, which counts hundredths of a second.
cost()
{
	local title=$1 size=$2 count=$((60000000 / $2)) line
	shift 2
	[ "$count" -ge 40 ] || count=40
	[ "$count" -le 3000 ] || count=3000
	line=$("$dir/milterload" -s "unix:$socket" -c 4 -n "$count" -p "$pid" \
		"$@") || failed=1
	echo "$line" | tr ' ' '\n' | awk -F= -v title="$title" -v size="$size" '{
			value[$1] = $2 }
		END {
			cpu = value["cpu_s/1000"]
			printf "| %s | %d | %.2f | %.1f | %s | %s | %s |\n",
			       title, size, cpu, cpu * 1000000 / size,
			       value["msg/s"], value["p99"], value["hwm"] }'
}

# sizes: signing a message of each size, then judging what came out.  Behind the
# first, which is all set-up, nanoseconds an octet must not grow with the size.
sizes()
{
	local size signed
	echo
	echo "## sizes (4 connections)"
	echo "| | octets | CPU ms | CPU ns an octet | msg/s | p99 | peak memory |"
	echo "|---|---:|---:|---:|---:|---:|---:|"
	for size in 2000 20000 200000 2000000 10000000; do
		start rsa
		cost sign "$size" -g "$size" -i 127.0.0.1 -a bench@example.com
		"$dir/milterload" -s "unix:$socket" -c 1 -n 1 -g "$size" \
			-i 127.0.0.1 -a bench@example.com \
			-o "$dir/signed-$size" >/dev/null || failed=1
		stop
		signed=$(echo "$dir/signed-$size"/*.eml)
		printf '%s\t%s\t%s\t%s\t%s\t%s\t\n' "$signed" 192.0.2.1 \
			mail.example.com mail.example.com user@example.com \
			user@bench.example >"$dir/signed-$size.tsv"
		start verify
		cost judge "$size" -L "$dir/signed-$size.tsv"
		grep -q ' in action=.* dkim=pass' "$dir/verify.log" || {
			fail "$size octets: signature does not verify"
		}
		stop
	done
	echo
}

peers setup
make_keys "$dir/keys-rsa" rsa
make_keys "$dir/keys-both" rsa ed

# The logins of the corpus own their addresses: the shipped default of
# from_must_match, one directory lookup a message, is part of what is measured.
configure rsa
echo "adding the corpus's accounts"
{ cut -f7 "$fixture/plain.tsv"; echo bench@example.com; } | sort -u |
	while read -r login; do
	head -c 18 /dev/urandom | base64 |
		"$bin/cli/postseal" -c "$dir/rsa.conf" adduser "$login" >/dev/null
done

if wanted sign; then
	warm signrsa
	start rsa
	measure sign "signing, RSA-2048"
	stop
	start both
	measure sign "signing, RSA-2048 and Ed25519 (opendkim: RSA only)"
	stop
	rm -rf "$dir/results" && mkdir "$dir/results"
	only='^null-sign2?$' peers ceiling
	echo
	echo "## the floor: the cryptography of RSA-2048, and of both"
	python3 "$shared/report.py" "$dir/results"
fi
if wanted verify; then
	start verify
	measure verify "incoming: SPF, DKIM and DMARC (opendkim: DKIM only)"
	verdicts verify
	stop
fi
if wanted chain; then
	warm chain
	start verify
	measure chain "incoming, all of it (opendkim and opendmarc; rspamd)"
	verdicts verify
	stop
fi
if wanted sizes; then
	sizes
fi
if wanted memory; then
	start both
	flat signing "$fixture/plain.tsv" -i 127.0.0.1
	stop
	start verify
	flat verifying "$fixture/signed.tsv"
	stop
fi
finish
