#!/bin/sh
# install-dependencies.sh - install what Postseal is built and tested with.
# usage: packaging/install-dependencies.sh build|test|packages|trees|bench|all
#
# "all" is build and test; what makes packages and trees of other releases, and
# the benchmark's peers, are asked for by name.
# Reads packaging/dependencies.debian.  No service is started: a policy-rc.d
# that says no is in place while apt works, and what was there before is put
# back afterwards.  Asks apt for nothing when every package is there already.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
case ${1:-} in
build | test | packages | trees | bench | all) section=$1 ;;
*)
	sed -n 's/^# usage: /usage: /p' "$0" >&2
	exit 2
	;;
esac

wanted=$(awk -v want="$section" '
	/^\[/ { name = substr($1, 2, length($1) - 2); next }
	/^[^#]/ && NF && (want == name ||
		(want == "all" && (name == "build" || name == "test"))) {
		print $1
	}
' "$here/dependencies.debian")

missing=
for package in $wanted; do
	# A virtual or renamed package counts when something provides it.
	state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) ||
		state=none
	[ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ]; then
	echo "install-dependencies.sh: must be run as root to install:$missing" >&2
	exit 1
fi

policy=/usr/sbin/policy-rc.d
saved=
restore()
{
	rm -f "$policy"
	[ -z "$saved" ] || mv "$saved" "$policy"
}
if [ -e "$policy" ] || [ -L "$policy" ]; then
	saved=$policy.postseal-saved
	mv "$policy" "$saved"
fi
trap restore EXIT
trap 'exit 1' HUP INT TERM
printf '#!/bin/sh\nexit 101\n' >"$policy"
chmod 755 "$policy"

echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
apt="apt-get -qq -o Dpkg::Use-Pty=0 -o APT::Sandbox::User=root"
log=$(mktemp)
if ! { $apt update && $apt install -y --no-install-recommends $missing; } \
	>"$log" 2>&1 </dev/null; then
	cat "$log" >&2
	echo "install-dependencies.sh: apt-get failed; see above" >&2
	rm -f "$log"
	exit 1
fi
rm -f "$log"
