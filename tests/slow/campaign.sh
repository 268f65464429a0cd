#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034 # tap_finished: tap.sh's
# campaign.sh N [SEED]: N machines crash one after the other, each by a random kind (tests/lib/deaths.sh)
# with a random number of CPUs and size of memory, captured by the small kernel in 24 MB, against one
# server. It prints a line for each crash, and a table at the end, or when it is interrupted; the same SEED
# gives the same crashes again. Console and files of incomplete records stay in build/campaign. Some 20 s
# for each crash.
# Exit code 0: at least 99 of 100 records are complete, and every other one has the reason in it.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
. "$root/tests/lib/deaths.sh"
usage() {
	tap_finished=1
	echo "campaign.sh: $1; usage: campaign.sh N [SEED], numbers from 1" >&2
	exit 2
}
[ $# -ge 1 ] && [ $# -le 2 ] || usage "one or two arguments"
for number in "$@"; do
	case $number in
	'' | 0* | *[!0-9]* | ???????*) usage "$number: not a number from 1 to 999999" ;;
	esac
done
total=$1 seed=${2:-$(($(date +%s) % 900000 + 1))}
[ "$total" -le 50000 ] || usage "at most 50000 deaths"
for want in build/images/lab-small/image.conf build/bin/lastwords; do
	[ -e "$root/$want" ] && continue
	tap_finished=1
	echo "campaign.sh: $want is missing; run: make campaign" >&2
	exit 1
done
kept=$root/build/campaign
rm -rf "$kept"
mkdir -p "$kept"
: >"$work/done"

# KIND CPUS MEGABYTES of each death (a generator of its own: rand() differs between awks)
deaths_names | awk -v n="$total" -v x="$seed" '
	function pick(most) {
		for (i = 0; i < 3; i++) x = (x * 16807) % 2147483647
		return x % most
	}
	{ kind[NR - 1] = $1 }
	END {
		split("1 1 2 4", cpus); split("512 512 1024 2048", mb)
		while (n-- > 0) print kind[pick(NR)], cpus[1 + pick(4)], mb[1 + pick(4)]
	}' >"$work/deaths"

# The reason that the record itself has for being incomplete, into $work/explained; 1 if it has none.
explained() {
	[ -n "$death_session" ] || return 1
	{
		lw show -n 0 "$death_session" | sed -n 's/.*text="\(capture: [^"]*\)".*/\1/p; s/^not armed */not armed: /p;
			s/^\(by http .*with holes\).*/\1/p'
		sed -n 's/^\[lastwords: \(not stored .*\)\]$/\1/p' "$(lab_dir "$death_session")/netconsole.log"
	} 2>/dev/null | grep -v '^capture: stored on [^,]*, try [0-9]*$' | tr '\n' ';' | sed 's/;$//; s/;/; /g' >"$work/explained"
	[ -s "$work/explained" ]
}

# The table of the crashes so far.
report() {
	echo
	sort "$work/done" | awk '
		function row(k) { printf "%-10s %6d %6d %6d %9.0f\n", k, n[k], w[k], n[k] - w[k], t[k] / n[k] }
		BEGIN { printf "%-10s %6s %6s %6s %9s\n", "kind", "deaths", "whole", "others", "mean s" }
		{ if (!n[$1]++) kind[++kinds] = $1; n["all"]++; t[$1] += $3; t["all"] += $3 }
		$2 == "whole" { w[$1]++; w["all"]++ }
		END { for (i = 1; i <= kinds; i++) row(kind[i]); if (kinds) row("all") }'
	if [ -s "$work/others" ]; then
		echo
		echo "The others (their consoles and files: build/campaign):"
		cat "$work/others"
	fi
	done=$(wc -l <"$work/done")
	echo
	echo "campaign: $whole of $done whole ($((done ? whole * 1000 / done : 0)) of 1000)," \
		"$unexplained unexplained, seed $seed$1"
	tap_finished=1
}
trap 'report ", interrupted"; exit 130' INT TERM

lab_server "$(deaths_config)"
echo "campaign: $total deaths, seed $seed"
number=0 whole=0 unexplained=0
while read -r kind cpus mb <&3; do
	number=$((number + 1))
	lab_mac=$(printf '52:54:00:c%x:%02x:%02x' $((number / 65536)) $((number / 256 % 256)) $((number % 256)))
	began=$(date +%s)
	name=death$number
	deaths_die "$kind" "$name" "$cpus" "$mb" 3<&-
	lab_stop "$name"
	took=$(($(date +%s) - began))
	says="$number/$total $kind, CPUs: $death_cpus, $mb MB, $took s"
	if [ -z "$death_fault" ]; then
		whole=$((whole + 1))
		echo "$says: whole: $(deaths_title)"
		echo "$kind whole $took" >>"$work/done"
	else
		why='its record has no reason'
		if explained; then why=$(cat "$work/explained"); else unexplained=$((unexplained + 1)); fi
		echo "$says: NOT WHOLE: $death_fault; the record: $why"
		echo "$says: $death_fault; the record: $why" >>"$work/others"
		echo "$kind other $took" >>"$work/done"
		mkdir "$kept/$number"
		cp "$work/$name.console" "$kept/$number/console"
		[ -z "$death_session" ] || cp -r "$(lab_dir "$death_session")" "$kept/$number/" 2>/dev/null || true
	fi
	rm -f "$work/$name".*
done 3<"$work/deaths"
[ $number -eq "$total" ] || { echo "campaign.sh: only $number of $total were tried" >&2; exit 1; }
report ""
[ $((whole * 100)) -ge $((total * 99)) ] && [ $unexplained -eq 0 ] && exit 0
echo "campaign.sh: fewer than 99 of 100 are whole, or an incomplete one has no reason" >&2
exit 1
