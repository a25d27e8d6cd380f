#!/bin/sh
# build-rpm.sh - the RPM packages, for the system it runs on.
# usage: packaging/build-rpm.sh POSTFIX-SOURCE DIR [RPMBUILD-OPTION...]
#
# POSTFIX-SOURCE is the unpacked source of the very Postfix they are for (its
# src/util and src/global are enough): no such system packages its headers.
# They land in DIR/RPMS.  Needs no root, and what packaging/postseal.spec names.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
case ${1:-}:${2:-} in
: | *: | -*)
	sed -n 's/^# usage: /usage: /p' "$0" >&2
	exit 2
	;;
esac
postfix=$(cd "$1" && pwd)
mkdir -p "$2/SOURCES"
out=$(cd "$2" && pwd)
shift 2

name=postseal-$(sed -n 's/^Version: *//p' "$top/packaging/postseal.spec")
(cd "$top" && tar -c -z --exclude=./build --exclude=./.git \
	--transform "s|^\.|$name|" .) >"$out/SOURCES/$name.tar.gz"
rpmbuild -bb --define "_topdir $out" --define "postfix_source $postfix" "$@" \
	"$top/packaging/postseal.spec"
