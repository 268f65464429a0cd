# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154,SC2086,SC2034 # root, work: tap.sh's; lab_in is words
# lab.sh: a server and machines for the end-to-end tests, after tap.sh, and for the demo, which has its own
# root, work, at_exit and wait_for. Everything runs on loopback and QEMU's user-mode network, without root;
# what it starts, it ends by pid at exit.
#
#	lab_need                    skips the test where QEMU or the built lab are missing (never in CI)
#	lab_serve CONFIG            writes $work/lastwords.conf (ports, state, then CONFIG's text), serves it; 1 if
#	                            it does not answer, and $work/serve.log has the reason
#	lab_server CONFIG           the same; without an answer it ends the test
#	lab_profile NAME ARGS [LINE…]   prints a profile: the lab's image with these kernel arguments, a serial
#	                            console, 192M for the capture kernel. A LINE adds a key or replaces one of ours
#	lab_serve_all ARGS [LINE…]  lab_server with such a profile, "lab", for every machine
#	lab_machine NAME ARG…       boots a diskless machine; its console is $work/NAME.console
#	lab_console NAME PATTERN SECONDS    waits for a line on its console
#	lab_event PATTERN SECONDS   waits for a line of the journal
#	lab_has_event PATTERN       there is one; lab_session PATTERN: prints the session of the first
#	lab_count PATTERN           prints how many there are; lab_has_events N PATTERN: at least N
#	lab_shows SESSION PATTERN NAME   waits until `lastwords show` has a line that matches: title and record are made
#	                            after the upload is stored, by the collector's child
#	lab_dir SESSION             prints where its files are
#	lab_stop NAME               ends the machine; lab_has_stopped NAME: it has ended
#	lab_end PID                 ends what the test has started in the background, and waits for it
#	lab_runs PID                it is a child of the test that has not ended
#	lab_serve_again             serves the same configuration again, after lab_end "$lab_server_pid"
#	lab_ports                   prints two ports that are free now
#	lab_direct                  asks for the script of $lab_mac, and fetches what it names for QEMU or
#	                            another loader: $work/vmlinuz, $work/initrd, $lab_append
#	lw COMMAND…                 the command line with this server's configuration
#
# lab_serial replaces the arguments of the serial line, lab_nic the card, lab_memory the 1024 MB,
# lab_qemu the machine: QEMU and its -M.
# $lab_state is the server's state, $lab_http and $lab_udp its ports.

lab_mac=52:54:00:aa:00:01
# An emulated machine is slow, and more so on a loaded host.
tap_patience=600

lab_need() {
	needs "make check installs and builds it" "$root/build/bin/lastwords" \
		"$root/build/images/lab/image.conf" "$root/build/tests/lib/free-ports" \
		qemu-system-x86_64 /usr/lib/ipxe/qemu/pxe-e1000.rom lighttpd curl
}

lab_ports() {
	"$root/build/tests/lib/free-ports" 2
}

# The checkout may be where only root can read it.
export LASTWORDS_SERVE_AS_ROOT=1

lab_serve() {
	lab_config=$1
	if [ -n "${lab_in:-}" ]; then
		lab_http=8080 lab_udp=6666 # a namespace of its own has all ports free
	else
		# shellcheck disable=SC2046 # two words
		set -- $(lab_ports)
		lab_http=$1 lab_udp=$2
	fi
	lab_state=$work/state
	{
		echo "listen = \"${lab_host:-127.0.0.1}:$lab_http\""
		echo "netconsole = \"${lab_host:-127.0.0.1}:$lab_udp\""
		echo "state = \"$lab_state\""
		echo "images = \"${lab_images:-$root/build/images}\""
		printf '%s\n' "$lab_config"
	} >"$work/lastwords.conf"
	: >"$work/serve.log"
	lab_serve_again
	wait_for 20 lab_server_answers_or_ended && lab_server_answers
}

lab_serve_again() {
	${lab_in:-} "$root/build/bin/lastwords" -c "$work/lastwords.conf" serve >>"$work/serve.log" 2>&1 &
	lab_server_pid=$!
	at_exit "lab_end $lab_server_pid"
}

# lab_key KEY TEXT LINE…: KEY = TEXT, unless one of the lines sets it.
lab_key() {
	lab_key_text="	$1 = $2"
	for lab_key_line; do
		case $lab_key_line in "$1 = "*) return 0 ;; esac
	done
	echo "$lab_key_text"
}

# (no_timer_check: a starved emulator's timer may look dead to a kernel that starts.)
lab_profile() {
	lab_profile_name=$1 lab_profile_args=$2
	shift 2
	echo "profile $lab_profile_name {"
	lab_key args "\"no_timer_check${lab_profile_args:+ $lab_profile_args}\"" "$@"
	lab_key image '"lab"' "$@"
	lab_key console '"ttyS0,115200n8"' "$@"
	lab_key crashkernel '"192M"' "$@"
	[ $# -eq 0 ] || printf '	%s\n' "$@"
	echo "}"
}

lab_serve_all() {
	lab_server "$(lab_profile lab "$@")
rule { product = \"*\" profile = \"lab\" }"
}

# (Another server may have the port: then ours ends.)
lab_server_answers() {
	lab_runs "$lab_server_pid" &&
		${lab_in:-} curl -fsS -m 5 -o /dev/null "http://${lab_host:-127.0.0.1}:$lab_http/boot.ipxe"
}

lab_server_answers_or_ended() {
	lab_server_answers || ! lab_runs "$lab_server_pid"
}

lab_server() {
	lab_serve "$1" || {
		sed 's/^/# /' "$work/serve.log"
		echo "Bail out! the server does not answer"
		exit 1
	}
}

# Whether the process is a child of ours that has not ended: another's process may have its number by now.
lab_runs() {
	[ "$(awk '$1 == "State:" && $2 == "Z" { exit } $1 == "PPid:" { print $2 }' "/proc/$1/status" 2>/dev/null)" = $$ ]
}

lab_end() {
	lab_runs "$1" || return 0
	kill "$1" 2>/dev/null || return 0
	wait "$1" 2>/dev/null || true
}

lw() {
	"$root/build/bin/lastwords" -c "$work/lastwords.conf" "$@"
}

# lab_machine NAME [ARG…]: further or replacing QEMU arguments. The network device is lab_nic
# (default e1000 on the user-mode network, booting from its ROM).
lab_machine() {
	lab_name=$1
	shift
	: >"$work/$lab_name.console"
	if [ -z "${lab_netdev:-}" ]; then
		lab_netdev_now="user,id=net,bootfile=http://10.0.2.2:$lab_http/boot.ipxe"
	else
		lab_netdev_now=$lab_netdev
	fi
	${lab_in:-} ${lab_qemu:-qemu-system-x86_64 -accel tcg -M pc,graphics=off} -m "${lab_memory:-1024}" -display none -vga none \
		-monitor "unix:$work/$lab_name.monitor,server=on,wait=off" \
		${lab_serial:--serial "file:$work/$lab_name.console"} -netdev "$lab_netdev_now" \
		-device "${lab_nic:-e1000},netdev=net,mac=$lab_mac,bootindex=1" \
		"$@" >"$work/$lab_name.qemu" 2>&1 &
	eval "lab_pid_$lab_name=$!"
	at_exit "lab_end $!"
}

# Only the downloads differ from a network boot: for UEFI firmware, where QEMU's iPXE ROMs are no way.
lab_direct() {
	lab_at=http://127.0.0.1:$lab_http
	curl -fsS -H "Host: 10.0.2.2:$lab_http" "$lab_at/boot?mac=$lab_mac&ip=10.0.2.15&netmask=255.255.255.0&gateway=10.0.2.2" >"$work/script"
	sed '/^:unarmed/,$d' "$work/script" |
		sed -n 's,^\(initrd\|kernel\) .* http://[^/]*\(/[^ ]*\).*,\1 \2,p' >"$work/parts"
	: >"$work/initrd"
	while read -r lab_part lab_path; do
		if [ "$lab_part" = kernel ]; then
			curl -fsS -H "Host: 10.0.2.2:$lab_http" -o "$work/vmlinuz" "$lab_at$lab_path"
			continue
		fi
		curl -fsS -H "Host: 10.0.2.2:$lab_http" "$lab_at$lab_path" >>"$work/initrd"
		truncate -s %4 "$work/initrd"
	done <"$work/parts"
	lab_append=$(sed -n '/^kernel /{s/.* \(rdinit=.*\) || goto retry/\1/p;q}' "$work/script")
}

lab_has_stopped() {
	eval "! lab_runs \$lab_pid_$1"
}

lab_stop() {
	eval "lab_end \$lab_pid_$1"
}

# A test that waits in vain shows where the machine stood.
lab_console() {
	if wait_for "$3" has_line "$work/$1.console" "$2"; then
		ok 0 "$1: its console shows: ${4:-$2}"
	else
		ok 1 "$1: its console shows: ${4:-$2}"
		tail -n 25 "$work/$1.console" | tr -d '\r' | sed 's/^/# /'
		sed 's/^/# qemu: /' "$work/$1.qemu"
		return 1
	fi
}

lab_event() {
	if wait_for "$2" lab_has_event "$1"; then
		ok 0 "journal: ${3:-$1}"
	else
		ok 1 "journal: ${3:-$1}"
		sed 's/^/# /' "$lab_state"/journal/*.log
		tail -n 25 "$work"/*.console | tr -d '\r' | sed 's/^/# /'
		tail -n 5 "$work/serve.log" | sed 's/^/# serve: /'
		cat "$work"/*.qemu | sed 's/^/# qemu: /'
		return 1
	fi
}

lab_count() {
	cat "$lab_state"/journal/*.log 2>/dev/null | grep -acEe "$1" || true
}

lab_has_events() {
	[ "$(lab_count "$2")" -ge "$1" ]
}

lab_has_event() {
	lab_has_events 1 "$1"
}

lab_shows() {
	if wait_for "$tap_patience" lab_has_shown "$1" "$2"; then
		ok 0 "$3"
	else
		ok 1 "$3"
		sed 's/^/# /' "$work/show"
		diag "expected to match: $2"
	fi
}

lab_has_shown() {
	lw show -n 0 "$1" >"$work/show" 2>&1 && has_line "$work/show" "$2"
}

lab_session() {
	grep -aEhe "$1" "$lab_state"/journal/*.log | head -n 1 | cut -d ' ' -f 3
}

lab_dir() {
	echo "$lab_state/sessions/${1%%-*}/$1"
}
