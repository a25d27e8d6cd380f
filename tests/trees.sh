# trees.sh - trees of Debian's releases; sourced as root, with $top set.
# shellcheck shell=bash
#
# A tree is made by debootstrap, under a name that ends in .new until it is
# whole.  No service is started in it by installing.

# remove_tree TREE: not while something is mounted in it.
remove_tree()
{
	[ -e "$1" ] || return 0
	if grep -qF " $(realpath "$1")/" /proc/self/mountinfo; then
		echo "$1: something is mounted in it" >&2
		return 1
	fi
	rm -rf --one-file-system "$1"
}

# make_base RELEASE TREE: nothing but what apt needs.
make_base()
{
	[ ! -e "$2" ] || return 0
	remove_tree "$2.new" || return 1
	debootstrap --variant=minbase "$1" "$2.new" \
		http://deb.debian.org/debian || return 1
	cat >"$2.new/etc/apt/sources.list" <<END
deb http://deb.debian.org/debian $1 main
deb http://deb.debian.org/debian $1-updates main
deb http://deb.debian.org/debian-security $1-security main
END
	printf '#!/bin/sh\nexit 101\n' >"$2.new/usr/sbin/policy-rc.d"
	chmod 755 "$2.new/usr/sbin/policy-rc.d"
	mv "$2.new" "$2"
}

# in_tree TREE COMMAND...: what it starts ends with it, and it with the shell.
# Lines of $tree_mounts, "PLACE FOLDER", are folders to be seen in the tree,
# read-only; those of $tree_environment, "NAME=VALUE", are set there.
in_tree()
{
	local environment tree
	tree=$(realpath "$1") || return 1
	mapfile -t environment < <(grep . <<<"${tree_environment:-}")
	TREE=$tree MOUNTS=${tree_mounts:-} setpriv --pdeathsig KILL \
		unshare -m -p -f --kill-child --propagation private bash -c '
		mount --bind "$TREE" "$TREE" || exit 1
		while read -r place folder; do
			[ -n "$place" ] || continue
			mkdir -p "$TREE/$place" &&
				mount --bind "$folder" "$TREE/$place" &&
				mount -o remount,bind,ro "$TREE/$place" || exit 1
		done <<<"$MOUNTS"
		mount -t proc proc "$TREE/proc" &&
		mount --rbind /sys "$TREE/sys" &&
		mount --rbind /dev "$TREE/dev" || exit 1
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
			LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
			chroot "$TREE" env "$@"' in_tree "${environment[@]}" \
		"${@:2}"
}

# section NAME: the packages listed so.
section()
{
	awk -v want="[$1]" '/^\[/ { name = $1; next }
		/^[^#]/ && NF && name == want { print $1 }' \
		"$top/packaging/dependencies.debian"
}
