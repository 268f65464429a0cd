#!/bin/sh
# SPDX-License-Identifier: MIT
# crash.sh lastwords|recipe: one machine crashes by a NULL dereference and its dmesg is
# stored on a server; the time from the oops line on the serial console to the stored file, in s, in parts:
# user (user space of the capture kernel runs), driver, link (card up to carrier), rest, stored (the sum);
# and the bytes sent. The recipe runs the same kernel, from the same memory, in the same emulator.
set -eu
. "$(dirname "$0")/bench.sh"
way=$1
PATH=$PATH:/usr/sbin:/sbin

bench_site
bench_plain_image
case $way in
lastwords)
	lab_server 'profile lab {
		image = "lab"
		args = "lab.die=null lab.after=3"
		console = "ttyS0,115200n8"
		crashkernel = "192M"
	}
	rule { product = "*" profile = "lab" }'
	up='lastwords: capture kernel up' card='lastwords: eth0 is the NIC' carrier='lastwords: eth0 has carrier'
	sent='lastwords-dmesg: stored on'
	;;
recipe)
	url=http://10.0.2.2:$bench_http
	lab_server "profile lab {
		image = \"plain\"
		args = \"lab.run=$url/load.sh oops=panic crashkernel=192M lab.die=null lab.after=3\"
		console = \"ttyS0,115200n8\"
		netconsole = \"off\"
	}
	rule { product = \"*\" profile = \"lab\" }"
	cp "$root/build/images/lab/vmlinuz" "$root/build/third-party/bin/kexec" "$work/www/"
	sh "$root/tests/bench/recipe.sh" "$work/www/initrd" "$url" || bench_fail "the recipe's initramfs cannot be made"
	cat >"$work/www/load.sh" <<-END2
		cd /run
		cp /bin/busybox kexec # an executable file: the lab OS has no chmod
		for f in vmlinuz kexec initrd; do wget -q -O \$f $url/\$f || exit 1; done
		./kexec -p vmlinuz --initrd=initrd --command-line="console=ttyS0,115200n8 nr_cpus=1 irqpoll reset_devices rdinit=/init quiet panic=10" || exit 1
		rm vmlinuz kexec initrd
	END2
	cat >"$work/www/store.cgi" <<-END2
		#!/bin/sh
		cat >$work/stored.new && mv $work/stored.new $work/stored && date +%s.%3N >$work/stored.at
		printf 'Content-Type: text/plain\r\n\r\nthanks\n'
	END2
	chmod 755 "$work/www/store.cgi"
	up='recipe: up' card='recipe: up' carrier='recipe: carrier'
	sent='recipe: sent'
	;;
esac

bench_machine
bench_wait 'BUG: kernel NULL pointer' 120
[ "$way" != recipe ] || bench_wait 'lab: script ended with 0' 1
bench_wait "$up" 60
has_it() { [ -e "$work/stored.at" ] || { [ "$way" = lastwords ] && lab_has_event ' uploaded '; }; }
wait_for 120 has_it || bench_fail "nothing was stored"
sleep 1 # the end of the connection
panic=$(bench_at 'BUG: kernel NULL pointer')
if [ "$way" = lastwords ]; then
	stored=$(bench_event ' uploaded ')
	session=$(lab_session ' uploaded ')
	plain=$(wc -c <"$(lab_dir "$session")/dmesg.txt")
	grep -q 'NULL pointer' "$(lab_dir "$session")/dmesg.txt" || bench_fail "the stored dmesg has no oops"
	packed=$(tr -d '\r' <"$work/m.console" | sed -n 's/.*stored on .*(\([0-9]*\) bytes sent.*/\1/p')
	bench_row arm.ms "$(grep -ah ' armed ' "$lab_state"/journal/*.log | sed -n '1s/.* ms=\([0-9]*\).*/\1/p')"
else
	stored=$(cat "$work/stored.at")
	plain=$(wc -c <"$work/stored")
	grep -q 'NULL pointer' "$work/stored" || bench_fail "the stored dmesg has no oops"
	packed=$plain
fi
user_at=$(bench_at "$up") card_at=$(bench_at "$card") carrier_at=$(bench_at "$carrier")
bench_row "crash.$way.stored" "$(bench_minus "$stored" "$panic")"
bench_row "crash.$way.user" "$(bench_minus "$user_at" "$panic")"
[ "$way" = recipe ] || bench_row "crash.$way.driver" "$(bench_minus "$card_at" "$user_at")"
bench_row "crash.$way.link" "$(bench_minus "$carrier_at" "$card_at")"
bench_row "crash.$way.rest" "$(bench_minus "$stored" "$carrier_at")"
bench_row "crash.$way.cpu" "$(bench_minus "$(bench_cpu_at "$sent")" "$(bench_cpu_at 'BUG: kernel NULL pointer')")"
bench_row "bytes.$way.plain" "$plain"
bench_row "bytes.$way.packed" "$packed"
request='PUT /crash/'
[ "$way" = lastwords ] || request='POST /store.cgi'
perl "$root/tests/bench/wire.pl" "$work/m.pcap" "$request" "$lab_udp" >"$work/wire" ||
	bench_fail "the traffic cannot be counted"
sed "s/^/bytes.$way./" "$work/wire"
lab_stop m
