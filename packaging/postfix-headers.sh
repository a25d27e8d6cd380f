#!/bin/sh
# postfix-headers.sh - the headers a Postfix lookup-table plugin is built with.
# usage: packaging/postfix-headers.sh DIR
#
# Debian has no postfix-dev: the headers come from the source package of the
# installed Postfix; where the mirror no longer has that version, from the
# newest of the same major.minor (Postfix keeps its plugin interface within
# one); where no Postfix is installed, from the newest there is.
#
# Prints DIR/postfix-VERSION, a folder with src/util and src/global; asks
# nobody when it is there already.  Needs no root.  apt works with lists, cache
# and sources of its own under DIR: the system's are read, never written.
set -eu
[ $# = 1 ] || {
	sed -n 's/^# usage: /usage: /p' "$0" >&2
	exit 2
}
fail()
{
	[ ! -s "${log:-}" ] || cat "$log" >&2
	echo "postfix-headers.sh: $*" >&2
	exit 1
}
mkdir -p "$1"
dir=$(cd "$1" && pwd)
log=$dir/log

wanted=$(dpkg-query -W -f '${db:Status-Abbrev} ${source:Version}' postfix \
	2>/dev/null | sed -n 's/^i. *//p') || wanted=
complete=src/global/mail_version.h

# Two builds may be configured at the same time.
exec 9>"$dir/lock"
flock 9
if [ -n "$wanted" ] && [ -e "$dir/postfix-$wanted/$complete" ]; then
	echo "$dir/postfix-$wanted"
	exit 0
fi

: >"$log"
apt=$dir/apt
rm -rf "$apt"
mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial" \
	"$apt/sources"
trap 'rm -rf "$apt"' EXIT
trap 'exit 1' HUP INT TERM

# The system's own sources, asked for source packages instead of binary ones;
# options, keys (Signed-By) and "Enabled: no" stay as they are.
eval "$(apt-config shell list Dir::Etc::sourcelist/f \
	parts Dir::Etc::sourceparts/d)"
n=0
for file in "$list" "$parts"*.list; do
	[ -f "$file" ] || continue
	n=$((n + 1))
	sed -n 's/^[[:space:]]*deb\([[:space:]].*\)$/deb-src\1/p' "$file" \
		>"$apt/sources/$n.list"
done
for file in "$parts"*.sources; do
	[ -f "$file" ] || continue
	n=$((n + 1))
	sed 's/^[Tt][Yy][Pp][Ee][Ss]:.*/Types: deb-src/' "$file" \
		>"$apt/sources/$n.sources"
done

# Hooks of the system's configuration (cleaners, notifiers) would act on the
# system's own folders.  The sandbox user cannot be expected to reach DIR.
cat >"$apt/apt.conf" <<EOF
Dir::State "$apt/state";
Dir::Cache "$apt/cache";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$apt/sources";
Dir::Log "$apt";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "2";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
EOF

# A foreign repository without source packages makes "update" fail: what
# counts is whether postfix is found afterwards.
apt-get -q -c "$apt/apt.conf" update >>"$log" 2>&1 </dev/null || true
versions=$(apt-cache -c "$apt/apt.conf" showsrc --only-source postfix \
	2>>"$log" | sed -n 's/^Version: //p' | sort -u) || versions=
[ -n "$versions" ] || fail "no source package of postfix can be had"

# series VERSION: major.minor of the upstream version
series()
{
	echo "$1" | sed 's/^[0-9]*://; s/^\([0-9]*\.[0-9]*\).*/\1/'
}
# newest VERSION...
newest()
{
	newest=$1
	shift
	for version; do
		! dpkg --compare-versions "$version" gt "$newest" ||
			newest=$version
	done
	echo "$newest"
}
# fetch VERSION: false when the mirror does not have what its index lists
fetch()
{
	[ ! -e "$dir/postfix-$1/$complete" ] || return 0
	rm -rf "$apt/source" "$apt/tree" "$apt/headers"
	mkdir "$apt/source"
	(cd "$apt/source" && apt-get -q -c "$apt/apt.conf" source \
		--only-source --download-only "postfix=$1") \
		>>"$log" 2>&1 </dev/null || return 1
	# apt has checked each file against the signed index.
	dpkg-source --no-check -x "$apt"/source/postfix_*.dsc \
		"$apt/tree" >>"$log" 2>&1 || return 1
	for part in util global; do
		mkdir -p "$apt/headers/src/$part"
		cp "$apt/tree/src/$part"/*.h "$apt/headers/src/$part" ||
			return 1
	done
	rm -rf "$dir/postfix-$1"
	mv "$apt/headers" "$dir/postfix-$1"
}

candidates=
for version in $versions; do
	if [ -z "$wanted" ] ||
		[ "$(series "$version")" = "$(series "$wanted")" ]; then
		candidates="$candidates $version"
	fi
done
[ -n "$candidates" ] ||
	fail "no source package of Postfix $(series "$wanted"), only:" $versions
best=
while [ -n "$candidates" ]; do
	case "$candidates " in
	*" $wanted "*) try=$wanted ;;
	*) try=$(newest $candidates) ;;
	esac
	if fetch "$try"; then
		best=$try
		break
	fi
	rest=
	for version in $candidates; do
		[ "$version" = "$try" ] || rest="$rest $version"
	done
	candidates=$rest
done
[ -n "$best" ] || fail "the source package of postfix cannot be fetched"

if [ -n "$wanted" ] && [ "$best" != "$wanted" ]; then
	ln -sfn "postfix-$best" "$dir/postfix-$wanted"
	best=$wanted
fi
rm -f "$log"
echo "$dir/postfix-$best"
