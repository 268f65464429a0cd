#!/bin/sh
# SPDX-License-Identifier: MIT
# Asking to boot, over FastCGI and CGI: the script, the session archive, the older form of the
# request, unknown machines, unarmed boots, overrides; and a script whatever is wrong on the server.
# Evidence: the answers, the archive unpacked by cpio, the journal.
# shellcheck disable=SC2119,SC2317,SC2016,SC2094
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lighttpd.sh"
. "$root/tests/lib/cgi.sh"


# The answer to a boot request, which must be a 200 and a sound script.
ask() {
	code=$(curl -s -o "$work/script" -w '%{http_code} %header{content-type}' "$url$1")
	script=$(cat "$work/script")
	if [ "$code" = "200 text/plain" ] && "$lint" <"$work/script" >"$work/lint.out"; then
		ok 0 "$2"
	else
		ok 1 "$2"
		diag "$code: $(cat "$work/lint.out")"
		diag "$script"
	fi
}

machine='mac=52-54-00-00-00-01&product=KVM'

all() {
	ask "/boot?$machine&ip=10.9.0.5&netmask=255.255.255.0&gateway=10.9.0.1" "$1: a known machine"
	like "$script" 'kernel .*/images/img/vmlinuz initrd=os initrd=session initrd=overlay rdinit=/lastwords/arm lastwords.session=525400000001-[0-9T]+-debian-[0-9a-f]+ ro root=/dev/nfs console=ttyS0,115200n8 crashkernel=192M oops=panic panic=10 \|\| goto retry$' \
		"$1: the kernel's command line in DESIGN's order"
	like "$(curl -si "$url/boot?$machine" | tr -d '\r')" '^Content-Length: [0-9]+$' "$1: a Content-Length"
	ask "/cgi-bin/boot_ipxe.cgi?type=KVM%20old&mac=52:54:00:00:00:01" "$1: the older form"
	like "$script" '/images/img/vmlinuz' "$1: boots as well"
	like "$script" "http://127.0.0.1:$port/session/" "$1: and its URLs do not lead into cgi-bin"

	session
	curl -s "$archive" >"$work/session.cpio.gz"
	is "$(gzip -dc "$work/session.cpio.gz" | cpio -it 2>/dev/null | tr '\n' ' ')" \
		"lastwords lastwords/session.conf lastwords/arm " "$1: what the archive holds"
	rm -rf "$work/x"
	(mkdir -p "$work/x" && cd "$work/x" && gzip -dc ../session.cpio.gz | cpio -idm --quiet)
	is "$(readlink "$work/x/lastwords/arm")" /init "$1: arm points at the OS's own init"
	is "$(stat -c '%a' "$work/x/lastwords") $(stat -c '%a' "$work/x/lastwords/session.conf")" "755 600" \
		"$1: the secret is for root only"
	is "$(sort "$work/x/lastwords/session.conf")" "$(sort <<-CONF
		session=$id
		token=$token
		url=http://127.0.0.1:$port
		mac=52:54:00:00:00:01
		address=10.9.0.5/24
		netconsole=127.0.0.1:6666
		format=extended
		console=ttyS0,115200n8
		capture=stock
		crashkernel=192M
		need-stock=100663296
		panic=10
		autopsy=on
		pstore=on
		stay-armed=on
		after=reboot
		deadline=300
		watchdog=on
	CONF
	)" "$1: session.conf"
	is "$(get "/session/$id.cpio?token=00000000000000000000000000000000")" \
		"403 not the token of this session" "$1: not for another token"
	is "$(get "/session/$id.cpio")" "403 not the token of this session" "$1: nor without one"
	is "$(get "/session/525400000001-20260101T000000000-debian-00000000.cpio?token=$token")" \
		"404 not a session of this server" "$1: no forged session"
	like "$(cat "$state"/journal/*)" " requested $id profile=debian .*image=img address=10.9.0.5 .*product=KVM " \
		"$1: the journal has the request"

	ask "/boot?mac=52-54-00-00-00-02&product=Other&serial=S1" "$1: an unknown machine"
	like "$script" 'no rule of the server matches.*serial=S1' "$1: is told so"
	like "$script" 'chain .*serialhex=5331 ' "$1: and asks again"
	like "$(cat "$state"/journal/*)" ' refused - why=unknown%20machine .*serial=S1' "$1: and is on record"
	ask "/boot?mac=hello&product=KVM" "$1: an invalid MAC"
	ask "/boot?product=KVM" "$1: no MAC"
	ask "/boot" "$1: no query"
	unlike "$script" '^kernel ' "$1: boots nothing"

	ask "/boot?mac=52-54-00-00-00-0b&product=KVM&ip=127.0.0.9&netmask=255.0.0.0" "$1: another's address"
	like "$script" '^kernel ' "$1: boots all the same"
	like "$(cat "$state"/journal/*)" \
		' event 52540000000b-[^ ]* what=address mac=52:54:00:00:00:0b text=.*127.0.0.9.*127.0.0.1' \
		"$1: and an event of the session says so"
	ask "/boot?mac=52-54-99-00-00-01" "$1: a profile without crashkernel"
	like "$script" 'rdinit=/lastwords/arm' "$1: still has the keeper"
	unlike "$script" 'crashkernel=' "$1: and no crashkernel="
	like "$(cat "$state"/journal/*)" ' not-armed 525499000001-.* why=profile%20without%20crashkernel n=[0-9]*$' \
		"$1: and the record says why it is not armed"

	cp "$work/images/img/image.conf" "$work/image.conf"
	echo arch=x86_64 >>"$work/images/img/image.conf"
	sleep 1.1 # for how long an image.conf is remembered
	ask "/boot?$machine&arch=arm64" "$1: an image for another architecture"
	unlike "$script" '^kernel ' "$1: is not booted"
	like "$script" 'image img is for x86_64, and this machine.s iPXE is arm64' "$1: and the console says why"
	ask "/boot?$machine&arch=i386" "$1: the iPXE of a BIOS"
	like "$script" '^kernel ' "$1: boots an x86-64 kernel"
	mv "$work/image.conf" "$work/images/img/image.conf"

	mv "$work/images/img/overlay.cpio.gz" "$work/overlay"
	ask "/boot?$machine" "$1: the overlay is missing"
	like "$script" 'booting unarmed: image without overlay' "$1: and the console says so"
	unlike "$script" 'rdinit=|crashkernel=' "$1: nothing of ours on the command line"
	like "$script" 'lastwords.session=525400000001' "$1: but the session"
	echo ovErlay >"$work/images/img/overlay.cpio.gz"
	ask "/boot?$machine" "$1: the overlay is corrupt"
	like "$script" 'booting unarmed: overlay corrupt' "$1: and the console says so"
	like "$(cat "$state"/journal/*)" ' not-armed 525400000001-.* why=overlay%20corrupt' "$1: and the record"
	mv "$work/overlay" "$work/images/img/overlay.cpio.gz"
	mv "$work/images/img/initrd.img" "$work/initrd"
	ask "/boot?$machine" "$1: no initrd"
	unlike "$script" '^initrd|rdinit=' "$1: boots plain"
	mv "$work/initrd" "$work/images/img/initrd.img"
	mv "$work/images/img/image.conf" "$work/image.conf"
	ask "/boot?$machine" "$1: no image.conf"
	like "$script" '^boot ' "$1: boots plain"
	mv "$work/image.conf" "$work/images/img/image.conf"
	mv "$work/images/img/vmlinuz" "$work/vmlinuz"
	ask "/boot?$machine" "$1: no kernel"
	like "$script" 'image without vmlinuz' "$1: says so and waits"
	mv "$work/vmlinuz" "$work/images/img/vmlinuz"

	mkdir -p "$state/machines"
	# Another machine: a one-shot is given up after some boots.
	printf 'profile=plain\nargs=quiet%%20--%%20single\ndrill=7\nonce=1\nset=2026-01-01T00:00:00.000Z\n' \
		>"$state/machines/525400000007"
	ask "/boot?mac=52-54-00-00-00-07&product=KVM" "$1: an override"
	like "$script" 'profile plain.*-plain-' "$1: its profile wins"
	like "$script" 'vmlinuz .*lastwords.session=[^ ]* quiet .*-- single ' "$1: its arguments come behind"
	session 52-54-00-00-00-07
	like "$(curl -s "$archive" | gzip -dc)" '^drill=7$' "$1: its drill is in session.conf"
	lab_image "$work/images" img2
	printf 'profile=debian\nimage=img2\nonce=1\nset=2026-01-01T00:00:00.000Z\n' >"$state/machines/525400000008"
	ask "/boot?mac=52-54-00-00-00-08&product=KVM" "$1: an override with an image"
	like "$script" '^kernel .*/images/img2/vmlinuz .*-debian-' "$1: it replaces that of the profile"
	like "$script" '/images/img2/overlay.cpio.gz' "$1: with its overlay"
	unlike "$script" '/images/img/' "$1: and altogether"
	printf 'args=a%%20||%%20exit\nset=2026-01-01T00:00:00.000Z\n' >"$state/machines/525400000001"
	ask "/boot?$machine" "$1: an override with arguments that would act"
	unlike "$script" 'exit' "$1: is ignored"
	echo rubbish >"$state/machines/525400000001"
	ask "/boot?$machine" "$1: an invalid override"
	rm "$state/machines/525400000001"
	is "$(curl -s -X POST -d x -o /dev/null -w '%{http_code}' "$url/boot")" 405 "$1: POST is refused"
	is "$(curl -sI -o /dev/null -w '%{http_code}' "$url/boot?$machine")" 200 "$1: HEAD is not"
	unlike "$(cat "$run"/*.log)" 'AddressSanitizer|runtime error' "$1: nothing broke"
}

for mode in fastcgi cgi; do
	rm -rf "$state"
	cgi_config
	lighttpd_start $mode "$conf"
	all $mode
	is "$(grep -c token "$run/access.log" || :)" 0 "$mode: no token in the log"
	lighttpd_stop
done

# A changed configuration, as FastCGI workers see it.
cgi_config
lighttpd_start fastcgi "$conf"
ask "/boot?$machine" "the old configuration"
cgi_config 'staet = "x"'
sleep 1.1
ask "/boot?$machine" "a wrong configuration"
like "$script" '/images/img/vmlinuz' "leaves the old one in force"
like "$(cat "$state"/journal/*)" ' event - what=config text=.*staet' "and is on record"
cgi_config 'unknown = "exit"'
unknown() {
	curl -s "$url/boot?mac=52-54-00-00-00-02" | grep -q '^exit$'
}
wait_for 10 unknown && rc=0 || rc=1
ok "$rc" "a right one is taken without a restart"
lighttpd_stop
cgi_config 'unknown = "plain"'
lighttpd_start fastcgi "$conf"
ask "/boot?mac=52-54-00-00-00-02" "unknown = a profile"
like "$script" 'profile plain' "is that profile"
lighttpd_stop

# No machine boots unarmed because of the region for ramoops: long is too long with its 200 bytes.
lab_image "$work/images" newer
sed -i 's/^release=.*/release=6.12.0-test/' "$work/images/newer/image.conf"
long=$(printf 'long.word=%01800d' 0)
cgi_config "profile room { image = \"newer\" crashkernel = \"192M\" pstore_memory = \"on\" }" \
	"profile long { image = \"newer\" crashkernel = \"192M\" pstore_memory = \"on\" args = \"$long\" }" \
	'rule { product = "Room" profile = "room" }' 'rule { product = "Long" profile = "long" }'
cgi_ask /boot 'mac=52-54-00-00-00-0c&product=Room'
like "$text" '^kernel .*rdinit=.* reserve_mem=.*ramoops' "pstore_memory: the command line has a region for ramoops"
cgi_ask /boot 'mac=52-54-00-00-00-0d&product=Long'
like "$text" '^kernel .*rdinit=.*crashkernel=192M' "a command line that is too long with it is armed"
unlike "$text" 'reserve_mem=|ramoops' "without it"
like "$(cat "$work/err")" 'command line' "which the server's log says"

# Nothing to go by at all.
for bad in 'staet = "x"' missing; do
	cgi_config "$bad"
	[ "$bad" != missing ] || rm "$conf"
	lighttpd_start fastcgi "$conf"
	ask "/boot?$machine" "configuration: $bad"
	like "$script" 'configuration is wrong' "is said on the console"
	like "$script" 'chain ' "and asked again"
	like "$(cat "$run/lighttpd.log")" "lastwords.conf:[0-9]+: " "and in the server's log"
	lighttpd_stop
done

# The state cannot be written: no journal, no key.
cgi_config
rm -rf "$state"
echo "not a directory" >"$state"
lighttpd_start fastcgi "$conf"
ask "/boot?$machine" "no state directory, no key"
like "$script" '^boot ' "boots unarmed"
lighttpd_stop
rm "$state"
lighttpd_start fastcgi "$conf"
session
rm -rf "$state/journal"
echo "not a directory" >"$state/journal"
ask "/boot?$machine" "no journal"
like "$script" 'rdinit=/lastwords/arm' "boots armed all the same"
lighttpd_stop

# From a shell.
out=$(QUERY_STRING="$machine" LASTWORDS_CONF=$conf "$bin/lastwords-boot" 2>"$work/boot.err" | tr -d '\r')
like "$out" '^#!ipxe$' "from a shell"
QUERY_STRING="$machine" LASTWORDS_CONF=$conf "$bin/lastwords-boot" 2>"$work/boot.err" >/dev/full && rc=0 || rc=$?
is "$rc" 1 "an answer that cannot be written: exit 1"
is "$(tail -n 1 "$work/boot.err")" 'lastwords-boot: cannot write the answer: No space left on device' "and says why"
out=$("$bin/lastwords-boot" --help)
like "$out" '^usage: lastwords-boot' "--help"
"$bin/lastwords-boot" --wrong >/dev/null 2>&1 && rc=0 || rc=$?
is "$rc" 2 "a wrong option"
done_testing
