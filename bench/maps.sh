#!/bin/bash
# maps.sh - lookups a second at postseald's socket maps, beside postsrsd's.
# usage: bench/maps.sh [--secs N] [--reps N] [--conns "1 8 64"]
#
# 100,000 accounts and 200,000 aliases in SQLite.  postsrsd (1.x, Debian 12)
# answers with a hash of the key and asks nobody: what a lookup over a socket
# costs at least.  Uses mapload and report.py of ../shared/bench; everything
# lives in a fresh folder under /run and is stopped at the end.  As root.  Ends
# with a non-zero status when a lookup failed.
set -eu
. "$(dirname "$0")/common.sh"
options "" "$@"
prepare mapload.c

gcc -O2 -pthread -o "$dir/mapload" "$shared/mapload.c"
mkdir "$dir/results" "$dir/keys-maps"
settings maps >"$dir/postseal.conf"
cat >>"$dir/postseal.conf" <<END
map {
  sockets = "unix:$dir/map.sock"
}
END

echo "adding 100,000 accounts and 200,000 aliases"
seq -f 'user%06.0f@example.com:{CRYPT}*' 0 99999 >"$dir/passwd"
awk 'BEGIN {
	for (i = 0; i < 200000; i++)
		printf "alias%06d@example.com user%06d@example.com\n", i,
			i % 100000
}' >"$dir/virtual"
for format in passwd virtual; do
	"$bin/cli/postseal" -c "$dir/postseal.conf" import "$format" \
		"$dir/$format" >/dev/null
done

wait_for()
{
	local n
	for n in $(seq 100); do
		"$dir/mapload" "$@" -n 1 >/dev/null 2>&1 && return 0
		sleep 0.1
	done
	echo "maps.sh: no answer from $2" >&2
	return 1
}

"$bin/milter/postseald" -f -c "$dir/postseal.conf" >"$dir/log" 2>&1 &
ours=$!
pids="$pids $ours"
wait_for -s "unix:$dir/map.sock" -m mailboxes

srs=
case $(dpkg-query -W -f '${Version}' postsrsd) in
1.*)
	head -c 18 /dev/urandom | base64 >"$dir/secret"
	postsrsd -4 -f 10711 -r 10712 -d bench.example -s "$dir/secret" \
		-l 127.0.0.1 -n 4 -u nobody >/dev/null 2>&1 &
	srs=$!
	pids="$pids $srs"
	wait_for -z -s 127.0.0.1:10711
	;;
*) echo "SKIP postsrsd: another version than the one that is known, 1.x" ;;
esac

# measure NAME PID OPTION...: one run
measure()
{
	local name=$1 pid=$2
	shift 2
	echo "srs rep=$rep $("$dir/mapload" "$@" -c "$conn" -w 0.5 -t "$secs" \
		-p "$pid" -l "$name")" | tee -a "$dir/results/srs.txt"
}

for rep in $(seq "$reps"); do
	for conn in $conns; do
		measure mailboxes "$ours" -s "unix:$dir/map.sock" \
			-m mailboxes -f 'user%06ld@example.com' -N 100000
		measure aliases "$ours" -s "unix:$dir/map.sock" \
			-m aliases -f 'alias%06ld@example.com' -N 200000
		measure unknown "$ours" -s "unix:$dir/map.sock" \
			-m mailboxes -f 'nobody%06ld@example.com' -N 100000
		[ -z "$srs" ] || measure postsrsd "$srs" -z \
			-s 127.0.0.1:10711 -f 'user%05ld@example.net' -N 10000
	done
done
echo
echo "## lookups over a socket (CPU ms a lookup = CPU s/1000)"
python3 "$shared/report.py" "$dir/results"
if grep -qE '(temp|error)=[1-9]' "$dir/results/srs.txt"; then
	fail "lookups failed"
fi
finish
