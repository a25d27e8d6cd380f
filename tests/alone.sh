#!/bin/sh
# alone.sh - a command in network, mount and process namespaces of its own.
# usage: tests/alone.sh COMMAND [ARGUMENT...]
#
# As root.  The command has loopback and no other network, and an empty /run;
# what it leaves running ends with it.
[ $# != 0 ] || {
	sed -n 's/^# usage: /usage: /p' "$0" >&2
	exit 2
}
# The first process stays: it takes in who loses its parent.
# shellcheck disable=SC2016
exec unshare -n -m -p -f --kill-child --mount-proc --propagation private \
	sh -c '
	mount -t tmpfs -o mode=755 tmpfs /run &&
		mkdir -m 1777 /run/lock &&
		ip link set lo up || exit 125
	"$@"
	exit $?' alone "$@"
