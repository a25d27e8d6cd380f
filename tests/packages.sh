#!/bin/bash
# packages.sh - the Debian packages, in a fresh tree of each release.
# usage: tests/packages.sh [--release bookworm|trixie] [--cache DIR] [--keep-build]
#                          [--only setup|packages]
#
# As root.  For each release (both, unless one is named): makes a tree with
# debootstrap, builds the packages in it, runs lintian, and goes through two
# scenarios in a second tree that has the stock Postfix and Dovecot:
# packages_setup.py (install, "postseal setup", mail, undo; with a transcript in
# build/transcripts) and packages_scenario.py (install, mail, upgrade with mail
# in the queue, remove, purge).  Ends with "N passed, M failed".
#
# Asks Debian's mirror; takes some ten minutes.  --cache DIR keeps the trees,
# for the next time; --keep-build takes the packages of the last time as they
# are.  Otherwise all is made under /var/tmp, and gone at the end.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
releases="bookworm trixie" cache="" keep=no only="setup packages"
transcripts=$top/build/transcripts
while [ $# -gt 0 ]; do
	case $1 in
	--release) releases=${2:-}; shift 2 ;;
	--cache) cache=${2:-}; shift 2 ;;
	--keep-build) keep=yes; shift ;;
	--only) only=${2:-}; shift 2 ;;
	*) sed -n 's/^# usage: /usage: /p' "$0" >&2; exit 2 ;;
	esac
done
[ "$(id -u)" = 0 ] || {
	echo "tests/packages.sh: must be run as root" >&2
	exit 1
}
. "$top/tests/trees.sh"
tree_mounts="src $top"
tree_environment="DEB_BUILD_OPTIONS=nocheck parallel=$(nproc)
CMAKE_C_COMPILER_LAUNCHER=ccache
CCACHE_DIR=/ccache"
"$top/packaging/install-dependencies.sh" trees || exit 1
if [ -n "$cache" ]; then
	mkdir -p "$cache" && cd "$cache" || exit 1
else
	cache=$(mktemp -d /var/tmp/postseal-packages.XXXXXX)
	cd "$cache" || exit 1
	trap 'cd / && rm -rf --one-file-system "$cache"' EXIT
fi
passed=0 failed=0

record()
{
	echo "$1 $2${3:+: $3}"
	if [ "$1" = ok ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
}

# step NAME COMMAND...: its output is shown when it fails.
step()
{
	local name=$1
	shift
	if "$@" >"$cache/$release.log" 2>&1 </dev/null; then
		record ok "$name"
		return 0
	fi
	tail -n 100 "$cache/$release.log"
	record FAIL "$name"
	return 1
}

apt_install()
{
	local tree=$1
	shift
	in_tree "$tree" apt-get -q update &&
		in_tree "$tree" apt-get -qy -o Dpkg::Use-Pty=0 \
			--no-install-recommends install "$@"
}

# make_tree RELEASE KIND PACKAGE...
make_tree()
{
	local tree=$1.$2
	[ -e "$tree" ] || cp -a "$1.base" "$tree" || return 1
	apt_install "$tree" "${@:3}"
}

build()
{
	in_tree "$1.build" /src/packaging/build-deb.sh /out
}

check_lintian()
{
	in_tree "$1.build" sh -c 'lintian --allow-root --tag-display-limit 0 \
		--fail-on error,warning /out/*.changes'
}

# Built with the folders of Debian, which has none of the packages it names:
# each file has its place, and the scripts can be read.
check_spec()
{
	# shellcheck disable=SC2016
	in_tree "$1.build" sh -ec '
		rm -rf /out/rpm
		/src/packaging/build-rpm.sh /out/postfix-headers/postfix-* \
			/out/rpm --nodeps --define "_lib lib" \
			--define "_libdir /usr/lib" \
			--define "debug_package %{nil}" >/out/rpm.log 2>&1 ||
			{ tail -n 50 /out/rpm.log; exit 1; }
		set -- /out/rpm/RPMS/*/*.rpm
		[ $# = 5 ]
		for package; do
			rpm -qp --scripts "$package" | sed "/scriptlet/d" |
				sh -n
		done
		rm -rf /out/rpm'
}

# The packages, and what they need, where the scenario has no network.
take_packages()
{
	local packages
	rm -rf "$1.stock/packages" && mkdir "$1.stock/packages" &&
		cp "$1.build"/out/*.deb "$1.stock/packages" &&
		rm -f "$1.stock"/packages/*-dbgsym_* || return 1
	packages=$(cd "$1.stock" && printf '/%s ' packages/*.deb) || return 1
	# shellcheck disable=SC2086
	in_tree "$1.stock" apt-get -qy --no-install-recommends --download-only \
		install $packages
}

# scenario RELEASE NAME: on top of the tree, in memory: it stays as it is.
scenario()
{
	local log=$cache/$1.$2 script=packages_scenario state name
	[ "$2" = packages ] || script=packages_$2
	mkdir -p "$transcripts/$1"
	TREE=$PWD/$1.stock SOURCE=$top TRANSCRIPT=$transcripts/$1 \
		SCRIPT=$script unshare -m -n -p -f --kill-child \
		--propagation private timeout 900 bash -c '
		mount -t tmpfs tmpfs "$TREE/mnt" &&
		mkdir "$TREE/mnt/upper" "$TREE/mnt/work" &&
		root=/mnt && mount --bind "$TREE/mnt" /mnt &&
		mkdir /mnt/root &&
		mount -t overlay overlay -o lowerdir="$TREE",upperdir=/mnt/upper,workdir=/mnt/work /mnt/root &&
		cd /mnt/root && mkdir -p src && mount --bind "$SOURCE" src &&
		mount -o remount,bind,ro src && mount -t proc proc proc &&
		mkdir -p transcript &&
		mount --bind "$TRANSCRIPT" transcript &&
		mount --rbind /dev dev && mount -t tmpfs tmpfs run || exit 1
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
			LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
			PYTHONDONTWRITEBYTECODE=1 chroot . \
			python3 "/src/tests/$SCRIPT.py"' >"$log" 2>&1 \
		</dev/null
	state=$?
	grep -vE '^(ok|FAIL) ' "$log"
	while read -r word name; do
		record "$word" "$1 $2: $name"
	done < <(grep -E '^(ok|FAIL) ' "$log")
	[ "$state" = 0 ] || grep -q '^FAIL ' "$log" ||
		record FAIL "$1 $2: scenario" "status $state"
}

for release in $releases; do
	echo "== $release"
	step "$release: tree" make_base "$release" "$release.base" || continue
	# shellcheck disable=SC2046
	[ "$keep" = yes ] || {
		step "$release: what builds" make_tree "$release" build \
			ccache $(section build) $(section packages) || continue
		step "$release: packages" build "$release" || continue
	}
	step "$release: lintian" check_lintian "$release"
	step "$release: RPM packages" check_spec "$release"
	step "$release: stock hosts" make_tree "$release" stock \
		dovecot-imapd dovecot-lmtpd iproute2 nsd openssl postfix procps \
		python3 || continue
	step "$release: what the packages need" take_packages "$release" ||
		continue
	for name in $only; do
		scenario "$release" "$name"
	done
done
echo
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
