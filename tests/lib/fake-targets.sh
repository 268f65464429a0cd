# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154,SC2034 # work, root, url, conf: tap.sh, serve.sh; for the tests
# fake-targets.sh: targets whose machines only speak HTTP (fake-machine.sh), after serve.sh and before
# serve_start.
#
#	fake_targets NAME…       adds them to $conf: "a" to "h", with MACs …:01 to …:08
#	plan NAME LINE…          what NAME's next boots do
#	journal                  prints it; overrides: how many are set
#	report_of NAME           prints the kernel log of tests/title/reports/NAME.txt
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

journal() { cat "$state"/journal/*.log; }
overrides() { find "$state/machines" -type f 2>/dev/null | wc -l; }
report_of() { sed '1,/^---$/d' "$root/tests/title/reports/$1.txt"; }
