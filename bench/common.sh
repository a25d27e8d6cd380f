# common.sh - what the benchmarks begin and end with; sourced, under set -eu.
#
# options PARTS "$@": sets secs, reps, conns and parts (all, when none is named);
# the usage is the head of the program.  prepare FILE...: what of ../shared/bench
# is needed; builds, makes $dir, a fresh folder under /run, and stops $pids, and
# what more_pids prints, at the end.
top=$(cd "$(dirname "$0")/.." && pwd)
shared=$top/../shared/bench
me=$(basename "$0")
secs=3 reps=3 conns="1 8 64" parts= pids= dir= failed=0

options()
{
	local known=$1
	shift
	while [ $# -gt 0 ]; do
		case " $known " in
		*" $1 "*) parts="$parts $1"; shift; continue ;;
		esac
		case $1 in
		--secs) secs=$2; shift 2 ;;
		--reps) reps=$2; shift 2 ;;
		--conns) conns=$2; shift 2 ;;
		*)
			sed -n '/^# usage: /,/^#$/{/^#$/d;s/^# //p}' "$0" >&2
			exit 2
			;;
		esac
	done
	parts=" ${parts:-$known} "
}

wanted()
{
	case $parts in *" $1 "*) return 0 ;; esac
	return 1
}

# More processes to end.
more_pids()
{
	:
}

stop_all()
{
	local pid
	for pid in $pids $(more_pids); do
		kill "$pid" 2>/dev/null || true
	done
	wait
	rm -rf "$dir"
}

prepare()
{
	local file
	for file in "$@"; do
		[ -f "$shared/$file" ] || {
			echo "$me: ../shared/bench is not here; nothing to" \
				"measure with" >&2
			exit 77
		}
	done
	[ "$(id -u)" = 0 ] || { echo "$me: must be run as root" >&2; exit 1; }
	"$top/packaging/install-dependencies.sh" all
	"$top/packaging/install-dependencies.sh" bench
	echo "building (release)"
	(cd "$top" && cmake --preset release >/dev/null &&
		cmake --build --preset release -j2 >/dev/null)
	bin=$top/build/release
	dir=$(mktemp -d /run/postseal-bench-XXXXXX)
	chmod 755 "$dir"
	trap stop_all EXIT
	trap 'exit 1' HUP INT TERM
}

# settings NAME: the configuration of one postseald; what more it has is put
# behind.  Its milter listens at $dir/NAME.sock, its keys are in $dir/keys-NAME.
settings()
{
	cat <<END
authserv_id = "mx.bench.example"
user = "root"
pid_file = "$dir/$1.pid"
control_socket = "$dir/$1.control"
state_database = "$dir/state/state.db"
milter {
  socket = "unix:$dir/$1.sock"
  socket_group = "root"
}
directory {
  database = "$dir/directory/directory.db"
  credentials = "$dir/auth/credentials.db"
  read_group = "root"
  auth_group = "root"
}
keys {
  folder = "$dir/keys-$1"
}
END
}

fail()
{
	echo "$me: $*" >&2
	failed=1
}

finish()
{
	[ "$failed" = 0 ] || echo "$me: something above was not as it must be" >&2
	exit "$failed"
}
