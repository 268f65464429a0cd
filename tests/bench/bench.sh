# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154 # root, work: tap.sh's; lab_*: lab.sh's
# bench.sh: what the measuring scripts share, on top of the tests' own tap.sh and lab.sh. Sourced.
#
# A measuring script measures one thing once and prints a row "NAME VALUE" for each figure on stdout;
# progress goes to stderr. A failure ends it with exit code 1 and without a row that looks like a figure.
# run.sh repeats it and makes the table.
#
#	bench_fail TEXT             ends the script
#	bench_row NAME VALUE        one figure
#	bench_site                  a second HTTP server on $bench_http: $work/www, with CGI
#	bench_machine ARG…          boots the machine "m", its console with times in $work/m.stamped,
#	                            its traffic in $work/m.pcap
#	bench_at PATTERN            the time (s, this machine's clock) of a line on the console
#	bench_cpu_at PATTERN        the CPU time (s) that the emulator had used by then
#	bench_minus A B             A - B, in s
#	bench_event PATTERN         the time (s) of a journal line
#	bench_plain_image           makes the image "plain": "lab" without its overlay
#	bench_wait PATTERN SECONDS  waits for a line on the console
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/lab.sh
. "$root/tests/lib/lab.sh"
tap_finished=1 # these are not tests

bench_fail() {
	echo "bench: ${0##*/}: $*" >&2
	for bench_f in "$work"/*.console "$work/serve.log"; do
		[ ! -e "$bench_f" ] || tail -n 5 "$bench_f" | tr -d '\r' | sed "s,^,bench: ${bench_f##*/}: ," >&2
	done
	exit 1
}

bench_row() {
	printf '%s %s\n' "$1" "$2"
}

bench_site() {
	# shellcheck disable=SC2046 # words
	set -- $(lab_ports)
	bench_http=$1
	mkdir -p "$work/www"
	cat >"$work/site.conf" <<-END2
		server.modules = ( "mod_cgi" )
		server.document-root = "$work/www"
		server.bind = "127.0.0.1"
		server.port = $bench_http
		cgi.assign = ( ".cgi" => "" )
	END2
	/usr/sbin/lighttpd -D -f "$work/site.conf" >"$work/site.log" 2>&1 &
	at_exit "lab_end $!"
	: >"$work/www/ready"
	wait_for 10 curl -fsS -o /dev/null "http://127.0.0.1:$bench_http/ready" ||
		bench_fail "the second server does not answer: $(cat "$work/site.log")"
}

bench_machine() {
	lab_machine m -smbios type=1,product=PC -object "filter-dump,id=f,netdev=net,file=$work/m.pcap" "$@"
	perl "$root/tests/bench/stamp.pl" "$work/m.console" "$lab_pid_m" >"$work/m.stamped" &
	at_exit "lab_end $!"
}

bench_wait() {
	wait_for "$2" has_line "$work/m.console" "$1" || bench_fail "did not appear on the console: $1"
}

bench_at() {
	sleep 0.1 # for stamp.pl
	grep -ae "$1" "$work/m.stamped" | head -n 1 | cut -d ' ' -f 1
}

bench_cpu_at() {
	grep -ae "$1" "$work/m.stamped" | head -n 1 | cut -d ' ' -f 2
}

bench_minus() {
	awk -v a="$1" -v b="$2" 'BEGIN { if (a == "" || b == "") exit 1; printf "%.3f\n", a - b }' ||
		bench_fail "a time is missing"
}

bench_event() {
	bench_when=$(grep -aEhe "$1" "$lab_state"/journal/*.log | head -n 1 | cut -d ' ' -f 1)
	[ -n "$bench_when" ] || bench_fail "no event in the journal: $1"
	date -d "$bench_when" +%s.%3N
}

bench_plain_image() {
	lab_images=$work/images
	mkdir -p "$lab_images"
	cp -r "$root/build/images/lab" "$lab_images/lab"
	cp -r "$root/build/images/lab" "$lab_images/plain"
	rm "$lab_images/plain/overlay.cpio.gz"
}
