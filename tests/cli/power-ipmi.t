#!/bin/sh
# SPDX-License-Identifier: MIT
# lastwords power with driver ipmi, by ipmitool against OpenIPMI's ipmi_sim, a BMC that others have written:
# power, and what a person reads of a wrong password, an unknown user, too little privilege, a refused cipher
# suite, a BMC that is not there, ends in mid-call, acknowledges and does nothing, or loses the boot flags.
# Path: ipmi.c -> ipmitool -> RMCP+ on loopback -> ipmi_sim -> a program that is the chassis. Evidence: what
# is printed, the chassis's own log, how long it took, and no password in any process's arguments.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/ipmi-sim.sh"
. "$(dirname "$0")/../lib/power.sh"

tools=${LASTWORDS_TOOLS:-$root/build/tests}
needs "make check builds it" "$tools/lib/free-ports"

# --- the BMC -------------------------------------------------------------------------------------------

# shellcheck disable=SC2046 # words
set -- $("$tools/lib/free-ports" 2)
port=$1 nobody=$2
# The chassis: what it is asked is in its log; "dead" makes it do nothing, "fatal" ends the BMC in mid-call,
# "slow" makes it think.
cat >"$work/chassis" <<END
#!/bin/sh
echo "\$*" >>"$work/chassis.log"
[ ! -e "$work/slow" ] || sleep 1
case "\$1 \$2" in
"get power") echo "power:\$(cat "$work/power")" ;;
"get boot") echo "boot:\$(cat "$work/boot")" ;;
"set boot") echo "\$3" >"$work/boot" ;;
"set power")
	[ ! -e "$work/fatal" ] || kill -9 \$(cat "$work/bmc.pid")
	[ -e "$work/dead" ] || echo "\$3" >"$work/power" ;;
esac
END
chmod +x "$work/chassis"
sim_configure "$port" <<END
chassis_control "$work/chassis"
$(sim_user 2 lastwords 'pass-Word_7%' admin)
$(sim_user 3 watch look user)
END
echo 0 >"$work/power"
echo none >"$work/boot"
sim_start

(
	umask 077
	printf 'pass-Word_7%%\nanother line\n' >"$work/good"
	echo wrong >"$work/bad"
	echo look >"$work/look"
)
cp "$work/good" "$work/open"
chmod 644 "$work/open"
target() {
	target_name=$1
	shift
	printf 'target %s { mac = "52:54:00:aa:00:%s" %s }\n' "$target_name" "$1" "$2"
}
here="host = \"127.0.0.1:$port\" wait = \"3\" pause = \"0\""
{
	printf 'listen = "127.0.0.1:1"\nstate = "%s/state"\n' "$work"
	target bmc 11 "$here user = \"lastwords\" password_file = \"good\""
	target three 12 "$here user = \"lastwords\" password_file = \"good\" cipher = \"3\""
	target suite 13 "$here user = \"lastwords\" password_file = \"good\" cipher = \"17\""
	target password 14 "$here user = \"lastwords\" password_file = \"bad\""
	target stranger 15 "$here user = \"nobody\" password_file = \"good\""
	target watcher 16 "$here user = \"watch\" password_file = \"look\" privilege = \"user\""
	target away 17 "host = \"127.0.0.1:$nobody\" user = \"lastwords\" password_file = \"good\""
	target noname 18 "host = \"no-such-host.invalid\" user = \"lastwords\" password_file = \"good\""
	target open 19 "$here user = \"lastwords\" password_file = \"open\""
	target nofile 1a "$here user = \"lastwords\" password_file = \"none\""
} >"$work/lastwords.conf"

# --- power ---------------------------------------------------------------------------------------------

wait_for 20 lw power three status
run "status" 0 lw power bmc status
is "$out" "bmc: off" "the power, with the suite that the BMC knows"
is "$(cat "$work/state/run/targets/bmc.cipher")" 3 "which is kept"
run "on" 0 lw power bmc on
is "$out $(cat "$work/power")" "bmc: on 1" "on, as the chassis has it"
run "off" 0 lw power three off
is "$out $(cat "$work/power")" "three: off 0" "off, with a suite that is given"
: >"$work/chassis.log"
run "cycle from off" 0 lw power bmc cycle
run "cycle" 0 lw power bmc cycle
is "$(grep 'set power' "$work/chassis.log" | tr '\n' ' ')" "set power 1 set power 0 set power 1 " "off and on, each once"
run "reset" 0 lw power bmc reset
like "$(cat "$work/chassis.log")" '^set reset 1$' "the chassis was reset"

run "nmi, which this BMC does not pass on" 1 lw power bmc nmi
is "$err" "lastwords: bmc: the BMC refused it: Invalid data field in request" "is refused, with the completion code"
run "pxe, whose flags this BMC loses" 1 lw power bmc pxe --efi
is "$(cat "$work/boot")" pxe "was acknowledged and passed on"
like "$err" 'bmc: the BMC acknowledged the boot device, but has not kept it$' "but reading it back shows what is lost"

: >"$work/dead"
run "off, acknowledged by a BMC that does nothing" 1 lw power bmc off
like "$err" 'bmc: off was acknowledged, but not seen off in 3 s: its status is on' "is no success"
rm "$work/dead"

# --- what goes wrong -----------------------------------------------------------------------------------

run "a wrong password" 1 lw power password status
is "$err" "lastwords: password: the BMC refused the password; correct $work/bad" "is named"
ok "$([ "$took" -lt 5 ] && echo 0 || echo 1)" "at once"
run "an unknown user" 1 lw power stranger status
like "$err" 'stranger: the BMC has no such user for this privilege; correct user or privilege' "is named"
run "a suite that it does not know" 1 lw power suite status
like "$err" 'suite: the BMC refused the cipher suite; set cipher' "is named"
run "a user who may look" 0 lw power watcher status
run "but not switch" 1 lw power watcher off
like "$err" 'watcher: the BMC refused it: Insufficient privilege level' "is refused"
run "no BMC there" 1 lw power away status
like "$err" "away: no reply from 127.0.0.1:$nobody; correct host, or enable IPMI over LAN" "is not called a wrong password"
ok "$([ "$took" -le 20 ] && echo 0 || echo 1)" "in $took s"
run "a name without an address" 1 lw power noname status
like "$err" 'noname: host name no-such-host.invalid has no address; correct host' "is named"
run "a password file that all can read" 1 lw power open status
like "$err" "open: password_file $work/open: open to all users; chmod o= " "is refused"
run "a missing one" 1 lw power nofile status
like "$err" "nofile: password_file $work/none: No such file or directory; make it" "is named"
run "check" 1 lw check
like "$(cat "$work/out" "$work/err")" 'target open: password_file' "check reports the open password file"
like "$(cat "$work/out" "$work/err")" 'target nofile: password_file' "and the missing one"

# --- secrets -------------------------------------------------------------------------------------------

# What ipmitool is given, by one in front of it; and all processes' arguments and environments during a call.
mkdir "$work/bin"
cat >"$work/bin/ipmitool" <<END
#!/bin/sh
{ printf '%s\n' "\$@"; env; } >>"$work/given"
exec $(command -v ipmitool) "\$@"
END
chmod +x "$work/bin/ipmitool"
: >"$work/slow"
PATH=$work/bin:$PATH lw power bmc status >"$work/out" 2>&1 &
call=$!
: >"$work/leaked"
seen=0
while kill -0 "$call" 2>/dev/null; do
	[ -z "$(grep -sal 'lan[p]lus' /proc/[0-9]*/cmdline)" ] || seen=$((seen + 1))
	grep -sal 'pass-[W]ord' /proc/[0-9]*/cmdline /proc/[0-9]*/environ >>"$work/leaked" || :
done
rc=0
wait "$call" || rc=$?
ok "$rc" "a call that is watched"
rm "$work/slow"
ok "$([ "$seen" -gt 0 ] && echo 0 || echo 1)" "ipmitool was seen $seen times"
is "$(cat "$work/leaked")" '' "with the password in no process's arguments or environment"
like "$(cat "$work/given")" '^/dev/stdin$' "it reads the password from a pipe"
unlike "$(cat "$work/given")" 'pass-Word' "and was never given it"
is "$(grep -rlF 'pass-Word' "$work/state" "$work/bmc.log" "$work/out" "$work/err" || :)" '' "nor is it in a file, a log or a message"

# --- the BMC ends in mid-call --------------------------------------------------------------------------

echo 1 >"$work/power"
: >"$work/fatal"
run "a BMC that ends in mid-call" 1 lw power bmc off
like "$err" '^lastwords: bmc: the BMC stopped replying in mid-call' "is an error"
ok "$([ "$took" -le 60 ] && echo 0 || echo 1)" "in $took s"
rm "$work/fatal"
sim_start
wait_for 20 lw power three status
run "and once it is back" 0 lw power bmc off
is "$out" "bmc: off" "it is switched"
done_testing
