#!/bin/sh
# SPDX-License-Identifier: MIT
# boot.sh armed|plain: one healthy boot of the lab OS, with the overlay or without, with the same memory
# reserved: the uptime when the OS has found its card and when the network is up (which takes 1 to 3 s at
# random), the time from the script to the network (with the downloads), the emulator's CPU time from the
# kernel's first line to the card, and the free memory some seconds later, without caches: MemFree and the
# pages on the CPUs' lists (MemFree alone differs by tens of MB between boots).
set -eu
. "$(dirname "$0")/bench.sh"
way=$1
image=lab extra='crashkernel = "192M"' args=
[ "$way" = armed ] || image=plain extra='netconsole = "off"' args='crashkernel=192M oops=panic'
bench_site
bench_plain_image
lab_server "profile lab {
	image = \"$image\"
	args = \"$args lab=idle lab.run=http://10.0.2.2:$bench_http/memory.sh\"
	console = \"ttyS0,115200n8\"
	$extra
}
rule { product = \"*\" profile = \"lab\" }"
cat >"$work/www/memory.sh" <<'END2'
sleep 4
sync
echo 3 >/proc/sys/vm/drop_caches
sleep 1
echo 3 >/proc/sys/vm/drop_caches
awk '/^MemFree:/ { free = $2 }
	/pagesets/ { lists = 1 }
	/^ *count:/ { if (lists) cpu += $2 }
	END { printf "bench: memory %d\n", free + 4 * cpu }' /proc/meminfo /proc/zoneinfo
END2
bench_machine
bench_wait 'bench: memory' 120
bench_row "boot.$way.uptime" "$(tr -d '\r' <"$work/m.console" | sed -n 's/^lab: up //p')"
bench_row "boot.$way.wall" "$(bench_minus "$(bench_at 'lab: up')" "$(bench_event ' requested ')")"
bench_row "boot.$way.card" "$(tr -d '\r' <"$work/m.console" | sed -n '/ eth0: (PCI/{s/^\[ *\([0-9.]*\)\].*/\1/p;q}')"
bench_row "boot.$way.cpu" "$(bench_minus "$(bench_cpu_at ' eth0: (PCI')" "$(bench_cpu_at 'Linux version')")"
bench_row "boot.$way.memory" "$(tr -d '\r' <"$work/m.console" | sed -n 's/^bench: memory //p')"
if [ "$way" = armed ]; then
	lab_has_event ' armed ' || bench_fail "the machine was not armed"
	lab_has_event ' running .*netconsole=on' || bench_fail "netconsole does not run"
	bench_row arm.ms "$(grep -ah ' armed ' "$lab_state"/journal/*.log | sed -n '1s/.* ms=\([0-9]*\).*/\1/p')"
fi
lab_stop m
