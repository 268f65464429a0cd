# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: MIT
# modules.sh: copies kernel modules with their dependencies out of a kernel's tree. Sourced with `fail`
# defined and $scratch an empty directory. It must not read the running system.
#
#   modules_open DIR      DIR is the kernel's lib/modules/RELEASE
#   modules_order NAME…   prints the files of the modules and their dependencies, in load order
#   modules_copy TO       copies the files named on stdin into TO, uncompressed

modules_open() {
	[ -d "$1/kernel" ] || fail "$1 holds no modules"
	find "$1/kernel" "$1/updates" -name '*.ko*' -type f 2>/dev/null |
		awk -F/ '{ name = $NF; sub(/\.ko.*/, "", name); gsub(/-/, "_", name); print name, $0 }' \
			>"$scratch/modules.index"
}

modules_file() {
	awk -v name="$(echo "$1" | tr - _)" '$1 == name { sub(/^[^ ]* /, ""); print; exit }' \
		"$scratch/modules.index"
}

modules_order() {
	: >"$scratch/modules.seen"
	for m in "$@"; do
		modules_walk "$m"
	done
}

# (recursive: keeps nothing in variables across a call)
modules_walk() {
	if grep -qxF -- "$1" "$scratch/modules.seen"; then
		return 0
	fi
	echo "$1" >>"$scratch/modules.seen"
	[ -n "$(modules_file "$1")" ] || return 0
	for m in $(modinfo -F depends "$(modules_file "$1")" | tr ',' ' ') \
		$(modinfo -F softdep "$(modules_file "$1")" | sed -n 's/.*pre: *//p' | sed 's/post:.*//'); do
		modules_walk "$(echo "$m" | tr - _)"
	done
	modules_file "$1"
}

modules_copy() {
	mkdir -p "$1"
	while read -r file; do
		base=${file##*/}
		case $base in
		*.ko) cp "$file" "$1/$base" ;;
		*.ko.xz) xz -dc "$file" >"$1/${base%.xz}" ;;
		*.ko.zst) zstd -qdc "$file" >"$1/${base%.zst}" ;;
		*.ko.gz) gzip -dc "$file" >"$1/${base%.gz}" ;;
		*) fail "$file: an unknown kind of module" ;;
		esac
	done
}
