#!/bin/sh
# SPDX-License-Identifier: MIT
# estimate.sh LASTWORDS IMAGE [option…]: finds the smallest crashkernel= with which this image captures a
# crash, by bisection with crashes in QEMU's software emulation; see usage. Needs no root: loopback and
# QEMU's user-mode network. It changes only image.conf, in one step, and nothing with --dry-run. The image's
# kernel is armed as always, but boots a small system of ours, so that the OS's initrd needs no server.
set -eu
umask 022
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
fail() {
	echo "lastwords: image --estimate: $*" >&2
	exit 1
}
usage() {
	cat <<-'END'
		usage: lastwords image --estimate NAME [option…] [-- QEMU-ARGUMENT…]

		Measures in QEMU the smallest crashkernel= with which the image NAME (or a directory's path)
		captures a crash and its autopsy, and writes it with a margin to image.conf; `lastwords
		check` refuses less.
		A minute or a few for the small capture kernel, more for the stock one.

		  --capture KIND  small or stock (default: small if the image has it)
		  --uefi          the machine has UEFI firmware (OVMF), not a BIOS
		  --iommu         the machine has an Intel IOMMU, switched on
		  --runs N        crashes that must all be captured with the result (default: 3)
		  --margin MB     memory on top of the largest measured need (default: 3 for small, 16 for
		                  stock; 41 for small with the drivers of tier 2, as QEMU does not have
		                  its cards)
		  --at SIZE       no search: N crashes with this size, like 24M; implies --dry-run
		  --nic CARD      QEMU's name of the network card (default: e1000; with --iommu e1000e)
		  --memory MB     of the machine (default: 1024)
		  --dry-run       leaves image.conf as it is
		  --keep DIR      copies the machines' console logs there

		Each of BIOS, UEFI, IOMMU and UEFI with IOMMU has its own figure in image.conf, and so has each
		card of --nic; the largest counts.
	END
}
wrong() {
	echo "lastwords: image --estimate: $*; see --help" >&2
	exit 2
}

lastwords=${1:-} image='' kind='' runs=3 margin='' nic='' dry='' uefi='' iommu='' at='' memory=1024 keep=''
[ $# -gt 0 ] && shift
while [ $# -gt 0 ]; do
	case $1 in
	-h | --help) usage; exit 0 ;;
	--) shift; break ;;
	--dry-run) dry=1; shift ;;
	--uefi) uefi=1; shift ;;
	--iommu) iommu=1; shift ;;
	--capture | --runs | --margin | --nic | --at | --memory | --keep)
		[ $# -ge 2 ] || wrong "$1 needs a value"
		case $1 in
		--capture) kind=$2 ;;
		--runs) runs=$2 ;;
		--margin) margin=$2 ;;
		--nic) nic=$2 ;;
		--at) at=$2 dry=1 ;;
		--memory) memory=$2 ;;
		--keep) keep=$2 ;;
		esac
		shift 2 ;;
	-*) wrong "unknown option $1" ;;
	*)
		[ -z "$image" ] || wrong "$1: only one image at a time"
		image=${1%/}
		shift ;;
	esac
done
[ -n "$image" ] || wrong "name an image"
case $runs in '' | *[!0-9]* | 0* | ????*) wrong "--runs $runs: invalid; give a number from 1 to 999" ;; esac
case $margin in *[!0-9]* | ????*) wrong "--margin $margin: invalid; give a number of MB up to 999" ;; esac
case ${at%M} in *[!0-9]* | 0* | ?????*) wrong "--at $at: invalid; give a size like 24M" ;; esac
at=${at%M}
case $memory in '' | *[!0-9]* | 0* | ?????* | ? | ??) wrong "--memory $memory: invalid; give a number of MB from 100 to 9999" ;; esac
case $kind in '' | small | stock) ;; *) wrong "--capture $kind: unknown; use small or stock" ;; esac
[ -n "$nic" ] || nic=e1000${iommu:+e}
case $nic in *[!A-Za-z0-9-]*) wrong "--nic $nic: invalid; give QEMU's name of a card, like e1000" ;; esac
where=bios
[ -z "$uefi" ] || where=uefi
[ -z "$iommu" ] || where=$([ -z "$uefi" ] || echo uefi-)iommu
[ "$nic" = "e1000${iommu:+e}" ] || where=$where-$nic

for f in image.conf vmlinuz overlay.cpio.gz; do
	[ -r "$image/$f" ] || fail "$image/$f cannot be read; make the image with lastwords image"
done
said() { sed -n "s/^$1=//p" "$image/image.conf" | tail -n 1; }
if [ -z "$kind" ]; then
	kind=stock
	[ -z "$(said crashkernel-small)" ] || kind=small
fi
[ -n "$margin" ] || [ "$kind:$(said capture-tier)" != small:2 ] || margin=41
case $kind in
small) key=crashkernel-small step=1 floor=8 ceiling=512 margin=${margin:-3} dir=lastwords/capture/small ;;
stock) key=crashkernel step=4 floor=32 ceiling=896 margin=${margin:-16} dir=lastwords/capture ;;
esac
told=$(said "$key")
[ -n "$told" ] || fail "$image has no $kind capture kernel; make it again with lastwords image --capture small"
case $told in
*K) told=$((${told%K} << 10)) ;;
*M) told=$((${told%M} << 20)) ;;
*G) told=$((${told%G} << 30)) ;;
esac
[ -n "$dry" ] || [ -w "$image" ] || fail "$image cannot be written; --dry-run only measures"
qemu=$(command -v qemu-system-x86_64) ||
	fail "qemu-system-x86_64 is missing; apt-get install qemu-system-x86"
ovmf=/usr/share/ovmf/OVMF.fd
[ -z "$uefi" ] || [ -r $ovmf ] || fail "$ovmf is missing; apt-get install ovmf"
for program in curl cpio gzip; do
	command -v $program >/dev/null || fail "$program is missing; apt-get install $program"
done
"$qemu" -device help 2>/dev/null | grep -q "^name \"$nic\"" || fail "QEMU has no card $nic; see qemu-system-x86_64 -device help"
[ -z "$keep" ] || mkdir -p "$keep"

image=$(cd "$image" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/lastwords-estimate.XXXXXX")
server='' machine='' new=''
end() {
	for pid in $machine $server; do
		kill "$pid" 2>/dev/null || continue
		wait "$pid" 2>/dev/null || true
	done
	rm -rf "$work"
	[ -z "$new" ] || rm -f "$new"
}
trap end EXIT
trap 'exit 1' HUP INT TERM

# --- the system that crashes ----------------------------------------------------------------------

# The capture initramfs (busybox and modules) with another init, which raises the network cards, so that they
# are as busy as in a real crash, and crashes. (An image with only the small kernel has no modules there:
# its cards stay idle.)
mkdir -p "$work/images/estimate" "$work/os"
for f in vmlinuz overlay.cpio.gz; do
	ln -s "$image/$f" "$work/images/estimate/"
done
cp "$image/image.conf" "$work/images/estimate/"
(cd "$work/os" && gzip -dc "$image/overlay.cpio.gz" | cpio -idm --quiet 'lastwords/capture/*') 2>/dev/null ||
	fail "$image/overlay.cpio.gz cannot be unpacked; make the image again"
[ -s "$work/os/$dir/vmlinuz" ] || fail "$image has no $kind capture kernel in its overlay; make it again"
sizes="kernel $(stat -c %s "$work/os/$dir/vmlinuz"), initramfs $(stat -c %s "$work/os/$dir/initrd") bytes"
base=$work/os/lastwords/capture/initrd
[ -s "$base" ] || base=$work/os/lastwords/capture/small/initrd
mkdir "$work/die"
cat >"$work/die/init" <<-'END'
	#!/bin/busybox sh
	export PATH=/bin:/sbin
	/bin/busybox mkdir -p /proc /sys /dev
	/bin/busybox mount -t proc proc /proc
	mount -t sysfs sysfs /sys
	mount -t devtmpfs devtmpfs /dev
	exec >/dev/console 2>&1
	for d in /sys/bus/pci/devices/* /sys/bus/virtio/devices/*; do
		[ -r $d/modalias ] || continue
		read -r alias <$d/modalias
		case $alias in
		pci:*bc02* | pci:v00001AF4* | virtio:*) modprobe -q $alias ;;
		esac
	done
	for n in /sys/class/net/*; do
		[ ! -e $n/device ] || ip link set ${n##*/} up
	done
	for n in /sys/class/net/*; do
		[ -e $n/device ] || continue
		tries=0
		until [ "$(cat $n/carrier)" = 1 ] || [ $tries -ge 50 ]; do
			usleep 100000
			tries=$((tries + 1))
		done
		arping -q -f -c 2 -w 1 -I ${n##*/} 10.0.2.2
	done
	echo 1 >/proc/sys/kernel/sysrq
	echo c >/proc/sysrq-trigger
	while :; do sleep 10; done
END
chmod 755 "$work/die/init"
# an archive that follows another must begin at a multiple of four bytes
padded() { cat "$1" && head -c $(((4 - $(stat -c %s "$1") % 4) % 4)) /dev/zero; }
(cd "$work/die" && echo init | cpio --quiet -o -H newc) >"$work/die.cpio"
{ padded "$base" && padded "$work/die.cpio"; } >"$work/images/estimate/initrd.img"
rm -rf "$work/os" "$work/die" "$work/die.cpio"

# --- the server -----------------------------------------------------------------------------------

# a port that is not in use
free_port() {
	port=$((20000 + ($$ + $1) % 20000))
	while grep -qis ":$(printf %04X "$port") " /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6; do
		port=$((port + 1))
	done
	echo "$port"
}
http=$(free_port 0)
udp=$(free_port 7001)
# configure MB
configure() {
	cat >"$work/conf.new" <<-END
		listen = "127.0.0.1:$http"
		netconsole = "127.0.0.1:$udp"
		url = "http://10.0.2.2:$http"
		state = "$work/state"
		images = "$work/images"
		profile estimate {
			image = "estimate"
			console = "ttyS0,115200n8"
			args = "no_timer_check" # (its timers fail the kernel's check on a busy host)
			capture = "$kind"
			crashkernel = "$1M"
			panic = 3
			deadline = 90
		}
		rule { product = "*" profile = "estimate" }
	END
	mv "$work/conf.new" "$work/lastwords.conf"
}
configure "$floor"
# As the user who measures: only loopback reaches this server, and only while it measures.
LASTWORDS_SERVE_AS_ROOT=1 "$lastwords" -c "$work/lastwords.conf" serve >"$work/serve.log" 2>&1 &
server=$!
tries=0
until curl -fsS -o /dev/null "http://127.0.0.1:$http/boot.ipxe" 2>/dev/null; do
	tries=$((tries + 1))
	if [ "$tries" -ge 100 ] || ! kill -0 "$server" 2>/dev/null; then
		fail "the server does not start: $(tail -n 1 "$work/serve.log")"
	fi
	sleep 0.2
done

# --- one crash ------------------------------------------------------------------------------------

happened() { cat "$work/state/journal/"*.log 2>/dev/null | grep -aEq -e "$1"; }
console() { tr -d '\r' <"$work/console"; }

# ask MB: fetches what the machine's iPXE would fetch, with this size reserved: $session, $append and
# $work/initrd. The server may need a moment to see a new configuration.
mac=52:54:00:e5:71:01
ask() {
	configure "$1"
	server_url=http://127.0.0.1:$http
	tries=0
	while :; do
		curl -fsS -o "$work/script" \
			"$server_url/boot?mac=$mac&product=PC&ip=10.0.2.15&netmask=255.255.255.0&gateway=10.0.2.2" || return 1
		append=$(sed -n 's,^kernel .*/vmlinuz \(.*\) || goto retry$,\1,p' "$work/script" | head -n 1)
		case " $append " in
		*" crashkernel=${1}M "*) break ;;
		esac
		tries=$((tries + 1))
		[ "$tries" -lt 50 ] || return 1
		sleep 0.2
	done
	session=$(echo "$append" | sed -n 's/.* lastwords\.session=\([^ ]*\).*/\1/p')
	append=$(echo "$append" | sed 's/initrd=[^ ]* *//g')
	path=$(sed -n 's,^initrd .* http://[^/]*\(/session/[^ ]*\).*,\1,p' "$work/script" | head -n 1)
	curl -fsS -o "$work/session" "$server_url$path" || return 1
	{
		cat "$work/images/estimate/initrd.img"
		padded "$work/session"
		cat "$image/overlay.cpio.gz"
	} >"$work/initrd"
}

# dies MB [QEMU-ARGUMENT…]: one crash with this size reserved. $why is empty if its log and autopsy arrived;
# $free is the memory free then, in kB; $armed the capture kernel that was armed, by the console's log.
number=0 free='' why='' armed=''
dies() {
	size=$1
	shift
	number=$((number + 1))
	ask "$size" || fail "no script from the server: $(tail -n 1 "$work/serve.log")"
	: >"$work/console"
	set -- -device "$nic,netdev=net,mac=$mac,romfile=" "$@"
	[ -z "$uefi" ] || set -- -bios "$ovmf" "$@"
	board=pc,graphics=off
	[ -z "$uefi" ] || board=q35,graphics=off
	if [ -n "$iommu" ]; then
		board=q35,graphics=off,kernel-irqchip=split
		set -- -device intel-iommu,intremap=on,caching-mode=on "$@"
	fi
	"$qemu" -accel tcg -M "$board" -m "$memory" -display none -vga none -monitor none -no-reboot \
		-serial "file:$work/console" -netdev user,id=net -kernel "$image/vmlinuz" -initrd "$work/initrd" \
		-append "$append" "$@" >"$work/qemu" 2>&1 &
	machine=$!
	why='nothing arrived within 240 s' free=
	deadline=$(($(date +%s) + 240))
	while [ "$(date +%s)" -lt "$deadline" ]; do
		ended=
		kill -0 "$machine" 2>/dev/null || ended=1
		free=$(console | sed -n 's/.*lastwords: \([0-9]*\) kB of [0-9]* kB memory free.*/\1/p' | tail -n 1)
		if [ -n "$free" ] && happened " uploaded $session .*channel=http"; then
			why=
			happened " uploaded $session .*channel=autopsy" && break
			# without one: memory was short for it, but where the kernel has nothing to read it by
			if [ -n "$ended" ] || console | grep -aq 'lastwords: done, '; then
				why=$(console | sed -n 's/.*lastwords-autopsy: //p' | tail -n 1)
				case $why in
				*' BTF'* | *kallsyms* | *KALLSYMS* | *'symbol table'*) why= ;;
				*) why="its autopsy did not arrive: ${why:-it was killed}" ;;
				esac
				break
			fi
			why='its autopsy did not arrive'
		fi
		why_not=$(console | sed -n 's/.*lastwords: not armed: //p' | head -n 1)
		if [ -n "$why_not" ]; then
			why="not armed: $why_not"
			break
		fi
		if [ -n "$ended" ]; then
			why=$(console | sed -n '/lastwords: armed /,$p' |
				grep -aE 'Kernel panic|[Oo]ut of memory|OOM|deadlocked|lastwords.*(killed|no last words|not delivered)' |
				grep -av 'sysrq triggered' | tail -n 1)
			why="the machine reset: ${why:-$(tail -n 1 "$work/qemu")}"
			[ "$why" != 'the machine reset: ' ] || why="$why no output of the capture kernel"
			break
		fi
		sleep 0.3
	done
	kill "$machine" 2>/dev/null || true
	wait "$machine" 2>/dev/null || true
	machine=
	[ -z "$keep" ] || cp "$work/console" "$keep/$kind-$where-$(printf %03d $number)-${size}M.console"
	# the log is whole if it has its last line: the crash
	if [ -z "$why" ] && ! grep -aqs 'sysrq: Trigger a crash' "$work/state/sessions/"*/"$session/dmesg.txt"; then
		why='its log arrived without the crash'
	fi
	armed=$(console | sed -n 's/.*lastwords: armed .* ms, //p' | head -n 1)
	if [ -z "$armed" ] && console | grep -aq 'lastwords: armed .* ms'; then
		fail "$image was made by an older lastwords, which does not report what it arms; make it again with lastwords image"
	fi
}

# captures MB [QEMU-ARGUMENT…]: 0 if it captures with this size. A machine that fails before arming proves
# nothing, and on a busy host it may: try again.
captures() {
	size=$1
	for try in 1 2 3; do
		dies "$@"
		case $armed:$why in
		"$kind kernel":* | :'not armed: '*) break ;;
		[!:]*) # the other capture kernel: proves nothing about this one
			why="another capture kernel was armed: $armed"
			break ;;
		esac
		if [ "$try" = 3 ]; then
			console | tail -n 5 >&2
			fail "the machine failed before arming (${why:-nothing armed}); check QEMU and the image, not the memory"
		fi
		echo "crashkernel=${size}M: failed before arming; trying again"
	done
	if [ -z "$why" ]; then
		echo "crashkernel=${size}M: captured, $free kB free at the end"
		return 0
	fi
	echo "crashkernel=${size}M: NOT captured: $why"
	return 1
}

# --- the search -----------------------------------------------------------------------------------

machine_text="$where, $nic, $memory MB, QEMU $("$qemu" --version | sed -n '1s/.*version \([^ ]*\).*/\1/p') (software emulation)"
echo "$kind capture kernel of $image on $machine_text"
echo "$sizes"
if [ -n "$at" ]; then
	good=0 tried=0 least=
	while [ "$tried" -lt "$runs" ]; do
		tried=$((tried + 1))
		captures "$at" "$@" || continue
		good=$((good + 1))
		if [ -z "$least" ] || [ "$free" -lt "$least" ]; then least=$free; fi
	done
	echo "crashkernel=${at}M: $good of $runs captured${least:+, at least $least kB free at the end}"
	[ "$good" = "$runs" ] || exit 1
	exit 0
fi
low=$floor
high=$(((told + (1 << 20) - 1) >> 20))
high=$((high + (step - high % step) % step))
until captures "$high" "$@"; do
	low=$high
	high=$((high * 2))
	[ "$high" -le "$ceiling" ] || fail "it does not capture with ${low}M either; see the lines above"
done
while [ $((high - low)) -gt "$step" ]; do
	middle=$(((low + high) / 2 / step * step))
	[ "$middle" -gt "$low" ] || middle=$((low + step))
	if captures "$middle" "$@"; then high=$middle; else low=$middle; fi
done
# One capture may be luck: require all of the runs, else add a step.
good=0 least=
while [ "$good" -lt "$runs" ]; do
	if captures "$high" "$@"; then
		good=$((good + 1))
		if [ -z "$least" ] || [ "$free" -lt "$least" ]; then least=$free; fi
	else
		good=0 least='' high=$((high + step))
		[ "$high" -le "$ceiling" ] || fail "it does not capture $runs times in a row with ${ceiling}M either"
	fi
done
echo "smallest: crashkernel=${high}M, $good of $runs captured, at least $least kB free at the end"
[ -z "$dry" ] || exit 0

# --- the result in image.conf -----------------------------------------------------------------------

# One figure for each kind of machine (image.h); they replace an estimate or a size given by hand.
measured=$(said "$key-measured" | tr ',' '\n' | grep -v "^$where:" || true)
measured=$(printf '%s\n' "$measured" "$where:${high}M:${least}K:$runs" | sed '/^$/d')
most=$(echo "$measured" | sed 's/^[^:]*:\([0-9]*\)M:.*/\1/' | sort -n | tail -n 1)
new=$image/image.conf.new.$$
{
	sed "/^$key=/d; /^$key-margin=/d; /^$key-from=/d; /^$key-measured=/d" "$image/image.conf"
	echo "$key=$(((most + margin) << 20))"
	echo "$key-from=measured"
	echo "$key-margin=$((margin << 20))"
	echo "$key-measured=$(echo "$measured" | tr '\n' ',' | sed 's/,$//')"
} >"$new"
sync "$new"
mv "$new" "$image/image.conf"
new=
echo "image.conf: crashkernel=$((most + margin))M for the $kind capture kernel: ${most}M measured, and a margin of $margin MB"
