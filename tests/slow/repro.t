#!/bin/sh
# SPDX-License-Identifier: MIT
# lastwords repro and bisect on real machines in QEMU, which the server itself switches. Path: target of driver qemu,
# one-shot boot, lab OS, armed, a script that the keeper fetches (or the drill, or an NMI), a crash by chance,
# capture kernel, upload, record, verdict. Evidence: a crash by sysrq and one by NMI strike each time; one that
# strikes by chance (0.3) strikes as often as the script says it threw the dice, with one signature; a bisection
# over 8 images, in which the fifth and later ones have a module that crashes in 0.8 of the boots, names the fifth.
#
# REPRO_RUNS (6), REPRO_CAMPAIGNS (1): more of them is the coverage check: with 20 campaigns of 20 runs at least 18
# intervals hold 0.3. REPRO_PARTS ("sysrq nmi chance images"): which of the four are run; chance alone adds
# campaigns to those of an earlier run.
# shellcheck disable=SC2154 # lab_…: lab.sh's
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need
needs "make check-full installs it" cpio
runs=${REPRO_RUNS:-6} campaigns=${REPRO_CAMPAIGNS:-1}
part() {
	case " ${REPRO_PARTS:-sysrq nmi chance images} " in *" $1 "*) ;; *) return 1 ;; esac
}

# The lab's image, and eight with one more file each: what kind of crash the module makes.
mkdir "$work/images"
ln -s "$root/build/images/lab" "$work/images/lab"
for n in 1 2 3 4 5 6 7 8; do
	mkdir -p "$work/images/v$n" "$work/variant/etc"
	[ "$n" -ge 5 ] && echo null >"$work/variant/etc/variant" || echo none >"$work/variant/etc/variant"
	for f in vmlinuz overlay.cpio.gz image.conf; do ln "$root/build/images/lab/$f" "$work/images/v$n/$f" 2>/dev/null ||
		cp "$root/build/images/lab/$f" "$work/images/v$n/$f"; done
	cp "$root/build/images/lab/initrd.img" "$work/images/v$n/initrd.img"
	truncate -s %4 "$work/images/v$n/initrd.img"
	(cd "$work/variant" && find etc | cpio -o -H newc --quiet) >>"$work/images/v$n/initrd.img"
done
lab_images=$work/images
targets=
for name in vm1 vm2; do
	targets="$targets
target $name { mac = \"52:54:00:aa:00:0${name#vm}\" driver = \"qemu\" args = \"-accel tcg\" }"
	at_exit "lw power $name off >/dev/null"
done
lab_server "$(lab_profile lab "lab=idle unknown_nmi_panic" 'after = "halt"')
rule { product = \"*\" profile = \"lab\" }$targets"

# repro CODE NAME ARG…: the result in $work/out
repro() {
	repro_code=$1 repro_name=$2
	shift 2
	code=0
	lw repro --target vm1,vm2 --profile lab "$@" >"$work/out" 2>"$work/progress" || code=$?
	is "$code" "$repro_code" "$repro_name"
	diag "$(cat "$work/out")"
	[ "$code" = "$repro_code" ] || diag "$(cat "$work/progress" "$lab_state"/run/targets/*.log | tail -n 60 | tr -d '\r')"
}

if part sysrq; then
	repro 1 "a campaign with sysrq" --runs 2 --trigger sysrq --after 2 --timeout 120
	like "$(cat "$work/out")" 'struck in 2 of 2 runs' "strikes each time"
	like "$(cat "$work/out")" 'captured    of 2 crashes: http 2,' "and is captured each time"
fi

if part nmi; then
	repro 1 "a campaign with NMIs" --runs 3 --trigger nmi --after 2 --timeout 120
	like "$(cat "$work/out")" 'struck in 3 of 3 runs' "an NMI strikes each time"
	like "$(cat "$work/out")" 'captured    of 3 crashes: http 3,' "an NMI's crash is captured each time"
fi

cat >"$work/dice" <<'END'
#!/bin/sh
n=$(od -An -N2 -tu2 /dev/urandom)
echo "dice: $n"
sleep 2
[ "$n" -ge 19661 ] || insmod /lib/lab/lab_die.ko kind=null
exit 0
END
held=0
part chance || campaigns=0
for c in $(seq "$campaigns"); do
	lw repro --target vm1,vm2 --profile lab --script "$work/dice" --timeout 120 --runs "$runs" \
		--width 0 --json >"$work/json" 2>"$work/progress" || :
	diag "campaign $c: $(sed 's/,"struck_median.*//' "$work/json")"
	perl -MJSON::PP -0777 -ne 'my $r = decode_json $_;
		exit !($r->{rate_low} <= 0.3 && $r->{rate_high} >= 0.3)' "$work/json" && held=$((held + 1))
done
if part chance; then
	is "$(perl -MJSON::PP -0777 -ne 'print decode_json($_)->{runs}' "$work/json")" "$runs" "a crash by chance: all runs have a verdict"
	is "$(perl -MJSON::PP -0777 -ne 'my %s; $s{$_->{signature}}++ for grep { $_->{verdict} eq "same" } @{decode_json($_)->{results}};
		print keys %s > 1 ? "several" : "one"' "$work/json")" one "the crashes have one signature"
	ok "$([ $((10 * held)) -ge $((9 * campaigns)) ] && echo 0 || echo 1)" "of $campaigns campaigns $held have an interval that holds 0.3"
fi

cat >"$work/chance" <<'END'
#!/bin/sh
sleep 1
[ "$(od -An -N2 -tu2 /dev/urandom)" -ge 52429 ] || insmod /lib/lab/lab_die.ko kind="$(cat /etc/variant)"
exit 0
END
if part images; then
	code=0
	lw bisect --target vm1,vm2 --profile lab --script "$work/chance" --timeout 120 --rate 8/10 \
		--images v1,v2,v3,v4,v5,v6,v7,v8 >"$work/out" 2>"$work/progress" || code=$?
	is "$code" 0 "a bisection over eight images ends"
	diag "$(cat "$work/out")"
	like "$(cat "$work/out")" '^culprit     v5 ' "and names the first bad one"
fi
done_testing
