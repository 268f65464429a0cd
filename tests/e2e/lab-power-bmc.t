#!/bin/sh
# SPDX-License-Identifier: MIT
# A machine behind a BMC, from off to a stored NMI panic, all by IPMI. Path: power pxe, on -> ipmitool -> the
# test BMC -> QEMU as the machine -> iPXE -> lab OS, armed -> power nmi -> the BMC's diagnostic interrupt ->
# capture kernel -> upload. Evidence: what is printed, the BMC's boot flags before and after, the crash, its
# EFI or BIOS for the next pxe.
# shellcheck disable=SC2154 # lab_…: lab.sh's; bmc_…: bmc.sh's
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"
lab_need
. "$(dirname "$0")/../lib/bmc.sh"

# What the BMC's power lines lead to: a QEMU target of another configuration.
cat >"$work/power" <<END
#!/bin/sh
exec >>"$work/machine.log" 2>&1
echo "\$1 \$BMC_BOOT" >>"$work/lines"
case \$1 in
on | off | reset) exec "$root/build/bin/lastwords" -c "$work/machine.conf" power vm "\$1" ;;
nmi) "$root/build/bin/lastwords" -c "$work/machine.conf" power vm nmi --timeout 1 || exit 0 ;;
esac
END
chmod +x "$work/power"
bmc_start --off --power "$work/power"
(
	umask 077
	echo secret >"$work/password"
)
lab_server "$(lab_profile lab "lab=idle unknown_nmi_panic" 'after = "halt"')
rule { product = \"*\" profile = \"lab\" }
target node { mac = \"$lab_mac\" host = \"127.0.0.1:$bmc_port\" user = \"admin\" password_file = \"password\" pause = \"0\" }"
cat >"$work/machine.conf" <<END
listen = "127.0.0.1:$lab_http"
state = "$work/machine"
target vm { mac = "$lab_mac" driver = "qemu" args = "-accel tcg -no-reboot" }
END
at_exit '"$root/build/bin/lastwords" -c "$work/machine.conf" power vm off >/dev/null'
flags() { bmc_order status | sed -n 's/.* boot=\([a-z]*\) .*/\1/p'; }

is "$(lw power node status)" "node: off" "the machine is off"
is "$(lw power node pxe), $(flags)" "node: the next boot is from the network, pxe" "the BMC's boot flags are set"
is "$(lw power node on)" "node: on" "it is switched on"
is "$(flags)" none "which uses the flags up"
lab_event ' running ' 120
out=$(lw power node nmi 2>"$work/err") && rc=0 || rc=$?
ok "$rc" "power nmi reports success"
like "$out" "^node: answered the NMI, [0-9]+ KB stored in [0-9]+ s: $(lab_session ' running ')$" "with bytes, time and session"
lab_shows "$(lab_session ' running ')" '^title +.*NMI' "the crash is an NMI's"
is "$(lw power node pxe), $(flags)" "node: the next boot is from the network, by BIOS, pxe" "the next pxe is as the session's firmware was"
is "$(lw power node off)" "node: off" "it is switched off"
is "$(grep -c ' power - target=node .* result=done' "$lab_state"/journal/*.log)" 5 "each change is in the journal"
is "$(cut -d ' ' -f 1 "$work/lines" | tr '\n' ' ')" "pxe on nmi pxe off " "the BMC did each once"
done_testing
