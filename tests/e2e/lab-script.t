#!/bin/sh
# SPDX-License-Identifier: MIT
# A script inside the machine, set for its next boot: one that ends, and one that ends the kernel.
# Evidence: the first boot runs it as root in the OS, output and exit status are in its session, and it is up
# afterwards; the boot after that runs none; of the second script's boot a crash is recorded, and no output.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need

lab_serve_all lab=idle
cat >"$work/ends" <<'SCRIPT'
echo "user $(id -u) in $(pwd), of $LASTWORDS_SESSION"
read -r line && echo "stdin has $line"
echo 'lab-script: a line of the kernel log' >/dev/kmsg
ls /init
echo 'to standard error' >&2
(sleep 60; echo late) &
exit 3
SCRIPT
cat >"$work/kills" <<'SCRIPT'
#!/bin/sh
echo 'before the end'
echo c >/proc/sysrq-trigger
sleep 60
SCRIPT
lw machine "$lab_mac" --script "$work/ends" >/dev/null
lab_machine m
lab_event ' script .* status=3 ' 150 "the script ends, and its exit status is in the journal"
session=$(lab_session ' script ')
unlike "$(cat "$lab_state"/journal/*.log)" ' (died|uploaded) ' "nothing crashes"
output=$(cat "$(lab_dir "$session")/script.txt")
like "$output" "^user 0 in /, of $session\$" "it is run as root in the OS"
like "$output" '^/init$' "in the OS's file system"
like "$output" '^to standard error$' "standard error is in the output"
unlike "$output" 'stdin has|late' "standard input is empty; what goes on in the background is not waited for"
like "$output" '^\[lastwords: exit status 3, [0-9]+\.[0-9]+ s\]$' "its end is in the output"
log=$lab_state/sessions/${session%%-*}/$session/netconsole.log
soon "its line of the kernel log arrives" has_line "$log" 'lab-script: a line of the kernel log'
is "$(lw machine "$lab_mac" | sed 's/.*: //')" 'nothing set, the rules decide' "the script is used up"
lab_stop m

lw machine "$lab_mac" --script "$work/kills" >/dev/null
lab_machine n
lab_event ' uploaded .*channel=http' 200 "the second script crashes the machine, and the crash is stored"
died=$(lab_session ' uploaded ')
like "$(cat "$(lab_dir "$died")/dmesg.txt")" 'sysrq: Trigger a crash' "the dmesg has the script's crash"
unlike "$(cat "$lab_state"/journal/*.log)" " script $died " "nothing of that script arrives"
again() { lab_has_event "running ${died%%-*}-.*" && [ "$(lab_count ' running ')" -ge 3 ]; }
succeeds "the boot after the crash runs" wait_for 120 again
sleep 3
is "$(lab_count ' script ')" 1 "and runs no script"
unlike "$(cat "$lab_state"/journal/*.log | grep -av " died $died ")" ' died ' "so it does not crash"
lab_stop n
done_testing
