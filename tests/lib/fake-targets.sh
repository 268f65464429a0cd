# SPDX-License-Identifier: MIT
# shellcheck shell=sh source-path=SCRIPTDIR disable=SC2154,SC2034,SC2086 # work, root, url, conf: tap.sh, serve.sh; for
# the tests; COMMAND is words
# fake-targets.sh: a real server (serve.sh) and targets whose machines only speak HTTP (fake-machine.sh), after
# tap.sh.
#
#	fake_targets NAME…       adds them to $conf, after serve_config and before serve_start: "a" to "h", with MACs
#	                         …:01 to …:08
#	exits COMMAND CODE NAME ARG…   "lastwords COMMAND ARG…" exits with CODE; its result is in $work/out (out prints
#	                         it), what it reported in $work/progress
#	plan NAME LINE…          what NAME's next boots do
#	journal                  prints it; overrides: how many are set
#	report_of NAME           prints the kernel log of tests/title/reports/NAME.txt
. "$root/tests/lib/lighttpd.sh"
. "$root/tests/lib/cgi.sh"
. "$root/tests/lib/serve.sh"
fake=$work/fake-machine.sh # the checkout may be where only root can read it

fake_targets() {
	cp "$root/tests/lib/fake-machine.sh" "$fake"
	for name; do
		mkdir -p "$work/$name"
		echo "$url" >"$work/$name/url"
		sed -n 's/^netconsole = ".*:\([0-9]*\)"/\1/p' "$conf" >"$work/$name/udp"
		cp "$root/tests/collector/packets.pl" "$work/$name/"
		echo off >"$work/$name/power"
		echo live >"$work/$name/plan"
		report_of arm64-bug-6.6 >"$work/$name/bug.txt"
		report_of arm64-null-6.1 >"$work/$name/null.txt"
		mac=52-54-00-00-00-0$(echo "$name" | tr a-h 1-8)
		echo "$mac" >"$work/$name/mac"
		chmod 777 "$work/$name"
		chmod a+rw "$work/$name"/*
		cat >>"$conf" <<-END
			target $name {
				mac = "$mac"
				driver = "command"
				on = "$fake $work/$name on"
				off = "$fake $work/$name off"
				status = "$fake $work/$name status"
				nmi = "$fake $work/$name nmi"
				pause = 0
				wait = 5
			}
		END
		at_exit "$fake $work/$name off"
	done
}

plan() {
	plan_name=$1
	shift
	printf '%s\n' "$@" >"$work/$plan_name/plan"
	rm -f "$work/$plan_name/boots"
}

exits() {
	exits_command=$1 exits_code=$2 exits_name=$3
	shift 3
	code=0
	lw $exits_command "$@" >"$work/out" 2>"$work/progress" || code=$?
	is "$code" "$exits_code" "$exits_name"
	[ "$code" = "$exits_code" ] || diag "$(cat "$work/out" "$work/progress")"
}
out() { cat "$work/out"; }
journal() { cat "$state"/journal/*.log; }
overrides() { find "$state/machines" -type f 2>/dev/null | wc -l; }
report_of() { sed '1,/^---$/d' "$root/tests/title/reports/$1.txt"; }
