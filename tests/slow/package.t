#!/bin/sh
# SPDX-License-Identifier: MIT
# The Debian packages on a clean Debian 12 with systemd, which boots in QEMU and has no network but the one to
# its machine: install, README's five steps, a crash captured by the installed server, upgrade with the
# configuration, the logs and the machine kept, a second crash, lighttpd replaced, remove, purge. Debian's own
# lighttpd serves port 80 all the time, and has to be left alone. A second QEMU is the diskless machine: it boots
# by PXE over a cable between the two. As root; takes some 15 minutes.
# Evidence: systemd's own states and exposure, the server's own listings, each request to port 80 answered,
# Debian's files by their checksums, and the machine's files before and after.
# LASTWORDS_PREVIOUS: a directory with the packages to upgrade from, instead of this tree's with a lower version.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need
[ "$(id -u)" = 0 ] || missing "making the machine needs root; run it with sudo"
needs "make check-full installs it" mmdebstrap dpkg-scanpackages mke2fs
. "$root/tests/lib/deb.sh"

# (each version has another example of the configuration)
if ! deb_tree || ! deb_make "$work/old" 0.1.1-1 || ! echo '# new' >>"$work/tree/etc/lastwords/lastwords.conf" ||
	! deb_make "$work/new" 0.2-1; then
	sed 's/^/# /' "$work/deb.log"
	ok 1 "the packages are made"
	done_testing
fi
old=${LASTWORDS_PREVIOUS:-$work/old}
capture=$(deb_file "$work/new" lastwords-capture-kernel)

# --- the server's machine -------------------------------------------------------------------------

# All that the packages depend on is in its repository.
server=$root/build/package
wanted=$({
	for package in "$work"/new/*.deb "$old"/*.deb; do deb_field "$package" Depends; done | tr ',' '\n' |
		sed 's/|.*//; s/(.*//; s/ //g; /^lastwords/d; /^$/d'
	printf '%s\n' lighttpd-mod-openssl ipmitool ipxe dnsmasq
} | sort -u | paste -sd ' ')
if [ "$(cat "$server/packages" 2>/dev/null)" != "$wanted" ] ||
	[ -n "$(find "$root/tests/debian/" -name 'server*' -newer "$server/packages")" ]; then
	# shellcheck disable=SC2086 # words
	sh "$root/tests/debian/server.sh" "$server" $wanted >"$work/server.log" 2>&1 || {
		sed 's/^/# /' "$work/server.log"
		ok 1 "the server's machine is made"
		done_testing
	}
	echo "$wanted" >"$server/packages"
fi

share=$work/share
mkdir "$share"
mkdir "$share/new" "$share/old"
cp "$work"/new/*.deb "$share/new/"
cp "$old"/*.deb "$share/old/"
cp "$root/build/images/lab/initrd.img" "$share/"
release=$(sed -n 's/^release=//p' "$root/build/images/lab/image.conf")
cable=$("$root/build/tests/lib/free-ports" 1)
: >"$work/server.console"
qemu-system-x86_64 -accel tcg -M pc,graphics=off -m 1536 -smp 2 -display none -vga none -no-reboot \
	-serial "file:$work/server.console" -kernel "$server/vmlinuz" -initrd "$server/initrd" \
	-append 'root=/dev/vda rw console=ttyS0,115200n8 no_timer_check' \
	-drive "file=$server/root.img,format=raw,if=virtio,snapshot=on" \
	-virtfs "local,path=$share,mount_tag=lab,security_model=none" \
	-virtfs "local,path=$root/build/kernel/$release,mount_tag=kernel,security_model=none,readonly=on" \
	-netdev "socket,id=cable,listen=127.0.0.1:$cable" -device virtio-net-pci,netdev=cable,mac=52:54:00:00:00:01 \
	>"$work/server.qemu" 2>&1 &
server_pid=$!
at_exit "lab_end $server_pid"

# guest SECONDS COMMAND: runs it there; its output is in $out. 1 to 255: its exit code; 99: no answer
number=0
guest() {
	guest_wait=$1
	shift
	number=$((number + 1))
	printf '%s\n' "$*" >"$share/next"
	mv "$share/next" "$share/$number.sh"
	if ! wait_for "$guest_wait" test -e "$share/$number.rc"; then
		out="no answer within $guest_wait s: $(cat "$share/$number.out" 2>/dev/null)"
		return 99
	fi
	out=$(cat "$share/$number.out")
	return "$(cat "$share/$number.rc")"
}
# does NAME SECONDS COMMAND: it succeeds there
does() {
	does_name=$1
	shift
	if guest "$@"; then
		ok 0 "$does_name"
	else
		ok 1 "$does_name"
		diag "$out"
	fi
}
# says NAME WANT COMMAND: its output is WANT
says() {
	guest 120 "$3" || true
	is "$out" "$2" "$1"
}
# becomes NAME SECONDS PATTERN COMMAND: in that time its output has a line that matches
becomes() {
	becomes_end=$(($(date +%s) + $2))
	while ! { guest 120 "$4" || true; } || ! printf '%s\n' "$out" | grep -Eq -e "$3"; do
		if [ "$(date +%s)" -ge "$becomes_end" ] || ! lab_runs "$server_pid"; then
			ok 1 "$1"
			diag "expected within $2 s: $3" "got: $out"
			return 1
		fi
		sleep 1
	done
	ok 0 "$1"
}

if ! lab_console server 'lab: server up' 600; then
	sed 's/^/# /' "$work/server.qemu"
	done_testing
fi

# --- before ---------------------------------------------------------------------------------------

cat >"$share/files" <<'END'
# what there is on the disk, but for logs, caches and what systemd and dpkg write by themselves
find / -xdev \( -path /proc -o -path /tmp -o -path /root -o -path /var/log -o -path /var/cache -o -path /var/tmp \
	-o -path /var/lib/apt -o -path /var/lib/dpkg -o -path /var/lib/systemd/timers -o -path /lab \
	-o -path /usr/share/man -o -path /var/lib/misc \) -prune -o -printf '%p %y %m %U\n' | sort
END
cat >"$share/theirs" <<'END'
# Debian's lighttpd and dnsmasq: their files
find /etc/lighttpd /etc/dnsmasq.conf /etc/dnsmasq.d /etc/default /var/www -type f -exec sha256sum {} + | sort -k 2
END
cat >"$share/poll" <<'END'
while [ ! -e /lab/stop ]; do
	curl -fsS -m 30 http://127.0.0.1/ 2>>/lab/port80.errors | sha256sum | cut -c 1-64 >>/lab/port80
	sleep 0.5
done
END
does "Debian's own packages are installed, lighttpd serves port 80" 600 \
	'apt-get -q update && apt-get -q -y install '"$(echo "$wanted" | sed 's/systemd//')"' && systemctl is-active lighttpd &&
	curl -fsS http://127.0.0.1/ | grep -q -i lighttpd'
guest 60 'systemctl show -p MainPID --value lighttpd; curl -fsS http://127.0.0.1/ | sha256sum | cut -c 1-64' || true
before=$out
does "the machine's files are listed" 120 'sh /lab/files >/lab/before; sh /lab/theirs >/lab/theirs-before'
guest 30 'setsid sh /lab/poll >/dev/null 2>&1 &' || true

# --- install --------------------------------------------------------------------------------------

started=$(date +%s)
does "apt-get installs the packages" 600 'apt-get -q -y install /lab/old/*.deb'
diag "installed in $(($(date +%s) - started)) s of the emulated machine"
says "lastwords runs and is enabled" 'active
enabled' 'systemctl enable -q lastwords; systemctl start lastwords; systemctl is-active lastwords; systemctl is-enabled lastwords'
becomes "its server answers on port 8080" 60 '^#!ipxe' 'curl -sS http://127.0.0.1:8080/boot.ipxe' || true
says "its processes belong to its user" lastwords "ps -o user= --ppid \"\$(systemctl show -p MainPID --value lastwords)\" | sort -u"
says "the receive buffer of UDP is raised" 33554432 'cat /proc/sys/net/core/rmem_max'
does "the unit's exposure in the machine is at most 2.5" 120 'systemd-analyze security --no-pager --threshold=25 lastwords.service'
diag "$(printf '%s\n' "$out" | grep -a Overall)"
# (the machine has no man, with which systemd-analyze looks for Documentation=)
says "systemd finds nothing in the unit" '' 'systemd-analyze verify lastwords.service 2>&1 | grep lastwords | grep -v "Command .man" || true'

# README's steps
cat >"$share/lastwords.conf" <<'END'
listen = "0.0.0.0:8080"
netconsole = "0.0.0.0:6666"
state = "/var/lib/lastwords"
profile lab {
	image = "lab"
	args = "lab=idle no_timer_check"
	console = "ttyS0,115200n8"
	crashkernel = "192M"
	after = "halt"
}
rule { product = "*" profile = "lab" }
END
does "an image is made" 900 'mkdir -p /kernel && mount -t 9p -o trans=virtio,ro kernel /kernel &&
	mkdir -p /tmp/tree && ln -sfn /kernel/boot /tmp/tree/boot && ln -sfn /kernel/lib /tmp/tree/lib &&
	lastwords image --kernel /tmp/tree --initrd /lab/initrd.img --out /var/lib/lastwords/images/lab'
diag "$out"
# (an older version's images have none of themselves)
[ -z "${LASTWORDS_PREVIOUS:-}" ] || capture=
if [ -n "$capture" ]; then
	like "$out" 'capture = "small" needs crashkernel = "2[0-9]M"' "the installed small capture kernel is in the image"
else
	skip "build has no capture kernel (make deb builds them), or the first version is an older one" \
		"the installed small capture kernel is in the image"
fi
does "the configuration is right, and served" 120 'cp /lab/lastwords.conf /etc/lastwords/lastwords.conf &&
	lastwords check && systemctl restart lastwords && systemctl is-active lastwords'
does "dnsmasq boots machines from the server" 120 'lastwords dhcp-config dnsmasq >/etc/dnsmasq.d/lastwords.conf &&
	systemctl restart dnsmasq && systemctl is-active dnsmasq'

# crash NAME: the machine boots, runs, crashes by a drill, and its log is stored; $session
lab_netdev=socket,id=net,connect=127.0.0.1:$cable
crash() {
	does "$1: a drill is asked for" 60 "lastwords drill $lab_mac"
	lab_machine "$1" -no-reboot
	lab_console "$1" 'lab: up' 400 || return 0
	session=$(guest 60 "cat /var/lib/lastwords/journal/*.log" && printf '%s\n' "$out" |
		sed -n 's/^[^ ]* requested \([^ ]*\) .*/\1/p' | tail -n 1)
	number=$((number + 1)) # (guest ran in a subshell)
	becomes "$1: it is armed, and runs with netconsole" 200 " running $session .*netconsole=on" "grep -h ' $session ' /var/lib/lastwords/journal/*.log" || true
	becomes "$1: its log is uploaded" 400 " uploaded $session .*channel=http" "grep -h ' $session ' /var/lib/lastwords/journal/*.log" || {
		tail -n 25 "$work/$1.console" | tr -d '\r' | sed 's/^/# /'
		return 0
	}
	becomes "$1: lastwords crashes lists it" 60 'sysrq|panic' 'lastwords crashes' || true
	lab_stop "$1"
}
crash first
first=$session

# --- upgrade --------------------------------------------------------------------------------------

kept='systemctl show -p MainPID --value lastwords
	cd /var/lib/lastwords && sha256sum key /etc/lastwords/lastwords.conf sessions/*/*/dmesg.txt sessions/*/*/dmesg.meta'
guest 60 "$kept" || true
was=$out
does "apt-get upgrades the packages, and asks no question" 600 'apt-get -q -y install /lab/new/*.deb'
unlike "$out" 'onfiguration file' "dpkg has no question about the configuration"
says "the new version runs" 'active
0.2-1' "systemctl is-active lastwords; dpkg-query -W -f '\${Version}\n' lastwords"
becomes "it answers again" 60 '^#!ipxe' 'curl -sS http://127.0.0.1:8080/boot.ipxe' || true
guest 60 "$kept" || true
is "$(printf '%s\n' "$out" | sed 1d)" "$(printf '%s\n' "$was" | sed 1d)" "key, log and the edited configuration are as before"
becomes "the new version lists the session" 30 "$first" 'lastwords sessions --json' || true
succeeds "the server was restarted" test "$(printf '%s\n' "$out" | head -n 1)" != "$(printf '%s\n' "$was" | head -n 1)"
small=
[ -z "$capture" ] || small='s/crashkernel = .*/crashkernel = "28M"\n\tcapture = "small"/'
does "the configuration gets pages and, where it is, the small capture kernel" 120 "sed -i -e '1i web = \"127.0.0.1:8081\"' -e '$small' \
	/etc/lastwords/lastwords.conf && lastwords check && systemctl restart lastwords"
crash second
[ -z "$capture" ] || becomes "second: the small capture kernel was armed" 10 " armed $session .*capture=small( |\$)" "grep -h ' $session ' /var/lib/lastwords/journal/*.log" || true
becomes "the installed pages list the crash" 60 "$session" 'curl -fsS http://127.0.0.1:8081/crashes.json; curl -fsS http://127.0.0.1:8081/crashes | sed "s/<[^>]*>//g"' || true
says "both crashes are there" 2 'lastwords crashes | grep -c "52:54:00:aa:00:01"'
guest 60 "lastwords show $first" || true
like "$out" 'sysrq' "the first crash can still be shown"
guest 60 'journalctl -q -b -u lastwords --no-pager | grep -i -e "not permitted" -e denied -e "read-only file system"
	cat /var/lib/lastwords/run/*.log | grep -i -e "not permitted" -e denied -e "read-only file system"' || true
is "$out" '' "nothing that the server did was refused by its sandbox"
if guest 60 'lastwords --help | grep -q "^  doctor "'; then
	guest 300 'lastwords doctor' || true
	diag "lastwords doctor: $out"
fi

# --- removal, and Debian's own lighttpd -----------------------------------------------------------

does "apt-get removes the packages" 300 'apt-get -q -y remove "lastwords*"'
says "the server has stopped" inactive 'systemctl is-active lastwords'
says "nothing answers on port 8080" 7 'curl -sS http://127.0.0.1:8080/ 2>/dev/null; echo $?'
does "the configuration is left" 30 'grep -q "lab=idle" /etc/lastwords/lastwords.conf'
does "apt-get installs them again" 600 'apt-get -q -y install /lab/new/*.deb'
says "it runs again at once, with its configuration" active 'grep -q lab=idle /etc/lastwords/lastwords.conf && systemctl is-active lastwords'
does "apt-get purges the packages" 300 'apt-get -q -y purge "lastwords*"'
does "the poll of port 80 ends" 60 'touch /lab/stop; sleep 2'
is "$(sort "$share/port80" | uniq -c | awk '{ print $2 }')" "$(printf '%s\n' "$before" | sed -n 2p)" \
	"port 80 answered every request with Debian's page, through install, upgrade, removal and purge"
diag "$(wc -l <"$share/port80") requests"
is "$(cat "$share/port80.errors")" '' "no request to port 80 failed"
guest 60 'systemctl show -p MainPID --value lighttpd' || true
is "$out" "$(printf '%s\n' "$before" | head -n 1)" "Debian's lighttpd is the same process as before"
guest 60 'sh /lab/theirs >/lab/theirs-after; diff /lab/theirs-before /lab/theirs-after | grep "^[<>]"' || true
is "$(printf '%s\n' "$out" | sed 's/ [0-9a-f]* */ /')" '> /etc/dnsmasq.d/lastwords.conf' \
	"no file of Debian's lighttpd or dnsmasq has changed; the administrator's drop-in is still there"
guest 120 'sh /lab/files >/lab/after; diff /lab/before /lab/after | sed -n "s/^[<>] \([^ ]*\) .*/\1/p" | sort -u |
	grep -v -e "^/var/lib/lastwords" -e "^/etc/dnsmasq.d" -e "^/etc/[a-z]*-\$" -e "^/etc/.pwd.lock" -e "^/kernel"' || true
is "$out" '' "after the purge nothing is left but the state"
does "the state is left, with both crashes" 30 '[ "$(find /var/lib/lastwords/sessions -name dmesg.txt | wc -l)" = 2 ]'
does "it is still the user's" 30 '[ "$(stat -c %U /var/lib/lastwords/journal)" = lastwords ]'

# --- a new lighttpd -------------------------------------------------------------------------------

does "apt-get installs the packages once more" 600 'apt-get -q -y install /lab/new/*.deb && systemctl is-active lastwords'
guest 60 'systemctl show -p MainPID --value lastwords' || true
was=$out
does "lighttpd is replaced, as by an update" 600 'apt-get -q -y install --reinstall lighttpd'
guest 60 'systemctl is-active lastwords lighttpd; systemctl show -p MainPID --value lastwords' || true
like "$(printf '%s\n' "$out" | paste -sd ' ')" '^active active [1-9]' "both servers run"
succeeds "the server runs the new lighttpd" test "$(printf '%s\n' "$out" | tail -n 1)" != "$was"
diag "$(ls -s --block-size=K "$share"/new/*.deb | sed 's,/.*/,,')"
done_testing
