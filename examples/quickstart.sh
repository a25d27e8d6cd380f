#!/bin/bash
# quickstart.sh - the main job of Postseal, shown on this machine, privately.
# usage: examples/quickstart.sh [--once] [--dir DIR] [--under FOLDER]
#        examples/quickstart.sh --stop [--dir DIR]
#
# As root (calls sudo itself): installs Debian's packages that are missing,
# starting no service; builds; brings up a name server, Postfix, Dovecot and
# postseald of its own in a fresh folder under FOLDER (default /run), to which
# DIR (default build/quickstart) is a link; and shows step by step what they
# do.  --once stops everything at the end and exits with 0 when each step was
# as it should be; without it the instance stays up.
# Beyond what apt writes, /etc stays as it was: that is the last step.
set -u
top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
link=$top/build/quickstart under=/run once= stop=
usage()
{
	sed -n -e 's/^# usage: /usage: /p' -e 's/^#        ex/       ex/p' "$0" >&2
	exit 2
}
given=("$@")
while [ $# -gt 0 ]; do
	case $1 in
	--once) once=--once ;;
	--stop) stop=yes ;;
	--dir | --under)
		[ $# -ge 2 ] || usage
		case $2 in /*) path=$2 ;; *) path=$PWD/$2 ;; esac
		[ "$1" = --dir ] && link=$path || under=$path
		shift
		;;
	*) usage ;;
	esac
	shift
done
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null || {
		echo "quickstart.sh: must be run as root (there is no sudo here)" >&2
		exit 1
	}
	exec sudo -- "$0" "${given[@]}"
fi
cd "$top" || exit 1

fail()
{
	echo "quickstart.sh: $*" >&2
	exit 1
}

# The build belongs to whoever called sudo.
give_back()
{
	[ -z "${SUDO_UID:-}" ] || [ ! -d "$top/build" ] ||
		chown -R "$SUDO_UID:${SUDO_GID:-$SUDO_UID}" "$top/build"
}
trap give_back EXIT
trap 'exit 1' HUP INT TERM

show()
{
	/usr/bin/python3 -B "$top/examples/quickstart.py" "$@"
}

if [ -n "$stop" ]; then
	show --stop "$link"
	exit
fi

# Names, modes, owners and contents.
etc_now()
{
	find /etc -xdev -printf '%p %y %m %U:%G %l\n' | sort
	find /etc -xdev -type f -print0 | sort -z | xargs -0 sha256sum
}

[ -d "$under" ] || fail "--under $under: no such folder"
echo "Installing what is missing of Debian's packages (no service is started)"
packaging/install-dependencies.sh all || fail "the packages could not be installed"
before=$(mktemp) after=$(mktemp) log=$(mktemp)
trap 'rm -f "$before" "$after" "$log"; give_back' EXIT
etc_now >"$before"

echo "Building (build/release)"
{ cmake --preset release && cmake --build --preset release -j "$(nproc)"; } \
	>"$log" 2>&1 || {
	tail -n 30 "$log" >&2
	fail "the build failed"
}

show "$top/build/release" "$link" --under "$under" $once
status=$?

etc_now >"$after"
if cmp -s "$before" "$after"; then
	echo "/etc is as it was ($(grep -c . "$after") lines of names and checksums)."
else
	diff "$before" "$after" | head -n 20 >&2
	echo "quickstart.sh: step /etc: it was changed; see above" >&2
	status=1
fi
exit $status
