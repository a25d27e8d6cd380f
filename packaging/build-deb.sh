#!/bin/sh
# build-deb.sh - the Debian packages, for the release it runs on.
# usage: packaging/build-deb.sh [DIR]
#
# They land in DIR (default build/deb; not elsewhere inside of the tree), in the
# place of those that were there.
# Builds in a copy of the tree, which has packaging/debian as its debian/.  For
# Debian 12 the version ends in +deb12, so that an upgrade of the system brings
# the packages of the next release.  Needs no root, and what is listed under
# [build] and [packages] in packaging/dependencies.debian.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
case ${1:-} in
-*)
	sed -n 's/^# usage: /usage: /p' "$0" >&2
	exit 2
	;;
esac
mkdir -p "${1:-$top/build/deb}"
out=$(cd "${1:-$top/build/deb}" && pwd)
. /etc/os-release

work=$out/work
copy=$work/postseal
rm -rf "$work" "$out"/*.deb "$out"/*.buildinfo "$out"/*.changes
mkdir -p "$copy"
(cd "$top" && tar -c --exclude=./build --exclude=./.git .) | tar -x -C "$copy"
cp -R "$copy/packaging/debian" "$copy/debian"
sed -i "1s/^postseal (\([^)]*\)) [a-z]*;/postseal (\1+deb$VERSION_ID) $VERSION_CODENAME;/" \
	"$copy/debian/changelog"

# A package build asks nobody over the network: the headers come before it.
POSTSEAL_POSTFIX_HEADERS=$("$top/packaging/postfix-headers.sh" \
	"$out/postfix-headers")
export POSTSEAL_POSTFIX_HEADERS
cd "$copy"
dpkg-buildpackage -b -us -uc
mv "$work"/*.deb "$work"/*.buildinfo "$work"/*.changes "$out"
rm -rf "$work"
ls "$out"/*.deb
