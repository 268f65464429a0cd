#!/bin/sh
# SPDX-License-Identifier: MIT
# autopsy.sh [DUMP [RELEASE VMLINUX]]: lastwords-autopsy, and crash(8) with Debian's debug symbols, on the same
# dump: of Debian 12's kernel in a known scene (tests/autopsy), unless one is given. crash is asked for the
# same: ps -m, bt -a, foreach UN bt, kmem -i, net. Prints a table: wall and CPU time (the best of
# BENCH_RUNS), peak memory, megabytes that must be there beside the dump; then what each knows: tasks,
# stacks of tasks in D, owners of locks, free memory. Without the debug package (860 MB to download) the
# line of crash says why. The exit code is 0 if lastwords-autopsy could be measured.
set -eu
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck disable=SC2034 # no test
tap_finished=1
runs=${BENCH_RUNS:-3}
ours=$root/build/bin/lastwords-autopsy
peak=${LASTWORDS_TOOLS:-$root/build/tests}/lib/peak
dump=${1:-} release=${2:-} vmlinux=${3:-}

if [ -z "$dump" ]; then
	echo "bench: making the dump of a known scene" >&2
	sh "$root/tests/autopsy/dump.sh" "$work/scene" bookworm amd64 vmcore \
		rig.nfs rig.module=deadlock,rwsem,busy_work >&2
	dump=$work/scene/vmcore.elf
fi
[ -n "$release" ] || release=$("$root/build/bin/lastwords-dmesg" --info "$dump" | sed -n 's/^release: //p')

# The debug symbols' vmlinux of that release, kept in build/kernel. Sets vmlinux, or why.
why=
debug_symbols() {
	dir=$root/build/kernel/debug-$release
	vmlinux=$dir/vmlinux-$release
	[ ! -s "$vmlinux" ] || return 0
	mkdir -p "$dir"
	echo "bench: downloading the debug symbols of $release (some 860 MB)" >&2
	(cd "$dir" && apt-get download "linux-image-$release-dbg" >"$work/apt" 2>&1) || {
		why="no debug symbols: $(tail -n 1 "$work/apt")"
		return 1
	}
	dpkg-deb --fsys-tarfile "$dir"/*.deb | tar -xO "./usr/lib/debug/boot/vmlinux-$release" >"$vmlinux.part"
	mv "$vmlinux.part" "$vmlinux"
	rm -f "$dir"/*.deb
}


# measure NAME: "wall cpu" in s, the best of the runs; its answer in $work/NAME.out
measure() {
	n=0
	while [ "$n" -lt "$runs" ]; do
		n=$((n + 1))
		perl -MTime::HiRes=time -e '
			my ($name, $out) = @ARGV;
			my $begun = time;
			system("$name >$out") == 0 or exit 1;
			my @t = times;
			printf "%.2f %.2f\n", time - $begun, $t[2] + $t[3];' "$2" "$work/$1.out" || return 1
	done | sort -n | head -n 1
}

row() { printf '%-18s %9s %9s %12s %18s\n' "$@"; }
mb() { awk -v b="$1" 'BEGIN { printf "%.1f\n", b / 1048576 }'; }
kb_mb() { awk -v k="$1" 'BEGIN { printf "%.1f\n", k / 1024 }'; }

echo "the autopsy of $release, $(mb "$(stat -c %s "$dump")") MB, load $(cut -d ' ' -f 1 /proc/loadavg)"
row program 'wall, s' 'CPU, s' 'peak, MB' 'beside it, MB'
times=$(measure autopsy "'$ours' '$dump'") || {
	echo "bench: autopsy.sh: lastwords-autopsy failed" >&2
	exit 1
}
"$peak" "$work/kb" "$ours" "$dump" >/dev/null
row lastwords-autopsy "${times% *}" "${times#* }" "$(kb_mb "$(cat "$work/kb")")" "$(mb "$(stat -L -c %s "$ours")")"
if ! command -v crash >/dev/null; then
	why='crash is not installed'
elif [ -z "$vmlinux" ]; then
	debug_symbols || true
fi
if [ -z "$why" ]; then
	printf '%s\n' '#!/bin/sh' "printf '%s\\n' 'ps -m' 'bt -a' 'foreach UN bt' 'kmem -i' net quit | exec crash -s '$vmlinux' '$dump' 2>&1" \
		>"$work/crash.sh"
	if times=$(measure crash "sh $work/crash.sh"); then
		printf '%s\n' 'ps -m' 'bt -a' 'foreach UN bt' 'kmem -i' net quit |
			"$peak" "$work/kb" crash -s "$vmlinux" "$dump" >/dev/null 2>&1 || true
		row crash "${times% *}" "${times#* }" "$(kb_mb "$(cat "$work/kb")")" "$(mb "$(stat -L -c %s "$vmlinux")")"
	else
		why="crash failed: $(tail -n 1 "$work/crash.out")"
	fi
fi
[ -z "$why" ] || echo "crash               not measured: $why"

echo
printf '%-18s %9s %12s %10s %14s\n' program tasks 'D stacks' owners 'free, MB'
a=$work/autopsy.out
printf '%-18s %9s %12s %10s %14s\n' lastwords-autopsy "$(sed -n 's/^  total=\([0-9]*\) on_cpu.*/\1/p' "$a")" \
	"$(grep -c '^    pid=.* state=D' "$a")" "$(grep -c 'owner_pid=' "$a")" \
	"$(sed -n 's/^  memory: \([0-9]*\) of .*/\1/p' "$a" | head -n 1)"
if [ -z "$why" ]; then
	c=$work/crash.out
	# (its list has the idle tasks too; bt -a prints a stack a CPU before those in D)
	printf '%-18s %9s %12s %10s %14s\n' crash "$(grep -c '^\[.*PID: [1-9]' "$c" || true)" \
		"$(($(grep -c '^PID: ' "$c") - $(sed -n 's/^  \([0-9]*\) CPUs, .*/\1/p' "$a")))" - \
		"$(sed -n 's/^ *FREE .* \([0-9.]*\) MB .*/\1/p' "$c" | head -n 1)"
	grep -a '^WARNING' "$c" | sort -u | head -n 2 | sed 's/^/crash says: /' || true
fi
