# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154 # work: tap.sh's
# ipmi-sim.sh: OpenIPMI's ipmi_sim, a BMC that others have written, for shell tests. Sourced after tap.sh. The
# test BMC of our own is bmc.sh's.
#
#	sim_configure PORT            writes its files: IPMI on 127.0.0.1:PORT. Further lines of lan.conf, its
#	                              machine and its users, come from standard input
#	sim_user NUMBER NAME PASSWORD PRIVILEGE   prints the line of a user
#	sim_start                     starts it; its pid is in $work/bmc.pid, its output in $work/bmc.log; ended at
#	                              exit

needs "make check installs it" ipmi_sim ipmitool
sim_auths='none md2 md5 straight'

sim_user() { echo "user $1 true \"$2\" \"$3\" $4 10 $sim_auths"; }

sim_configure() {
	mkdir "$work/bmc"
	cat >"$work/lan.conf" <<END
name "lastwords"
set_working_mc 0x20
startlan 1
  addr 127.0.0.1 $1
  priv_limit admin
  allowed_auths_callback $sim_auths
  allowed_auths_user $sim_auths
  allowed_auths_operator $sim_auths
  allowed_auths_admin $sim_auths
  guid a123456789abcdefa123456789abcdef
endlan
$(sim_user 1 '' test user)
$(cat)
END
	cat >"$work/bmc.emu" <<END
mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02
sel_enable 0x20 1000 0x0a
mc_enable 0x20
END
}

sim_end() {
	kill "$(cat "$work/bmc.pid")" 2>/dev/null || :
	wait "$(cat "$work/bmc.pid")" 2>/dev/null || :
}

sim_start() {
	[ -e "$work/bmc.pid" ] || at_exit sim_end
	ipmi_sim -c "$work/lan.conf" -f "$work/bmc.emu" -s "$work/bmc" -n >"$work/bmc.log" 2>&1 </dev/null &
	echo $! >"$work/bmc.pid"
}
