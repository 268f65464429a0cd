#!/bin/sh
# SPDX-License-Identifier: MIT
# A disk on which less than disk_floor is free, with uploads whose records are to be made. Evidence: no
# record of a machine that is not known takes the room above the floor; a known machine's crash, whose record has no
# room, has its title once there is room, without another upload.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/collector.sh"
needs "$by_make" sqlite3
small_disk 12m || skip_all "mounting a tmpfs needs root"

# upload ID NAME: a crash of 1 MB, as ingest stores it
upload() {
	dir=$state/sessions/${1%%-*}/$1
	mkdir -p "$dir"
	{
		p '[    1.000000] Linux version 6.1.0'
		yes "[    2.000000] $2 $(printf %0800d 0)" | head -n 1200
		p '[    9.000000] BUG: kernel NULL pointer dereference, address: 0000000000000000'
		p "[    9.000001] RIP: 0010:$2+0x5/0x10 [lab]"
	} >"$dir/dmesg.txt"
	tell uploaded "$1" 'file=dmesg.txt channel=http'
}
record_of() { echo "$state/sessions/${1%%-*}/$1/record.txt"; }
# leave KB: so much stays free
leave() {
	free=$(($(stat -f -c '%a * %S' "$work/small") / 1024))
	head -c $(((free - $1) * 1024)) /dev/zero >"$work/small/fill"
}

collector_config 'disk_floor = "4M"'
collector_start
known=$(mint 525400a1b2c3 lab)
new=$(mint 525400a1b2c4 lab)
mkdir -p "$state/sessions/525400a1b2c3/$(mint 525400a1b2c3 lab $((($(date +%s) - 90000) * 1000)))"
leave 6800
upload "$new" lab_new
soon "a new machine's record that would leave less than disk_floor is given up, as an event" \
	journal_has "event $new what=merge .*too%20little%20of%20the%20disk"
fails "it has no record" test -e "$(record_of "$new")"
upload "$known" lab_known
soon "a known machine's record is made" titled "$known" 'NULL pointer dereference in lab_known'
rm "$work/small/fill"
leave 1700
later=$(mint 525400a1b2c3 lab)
upload "$later" lab_later
fails "with less than half of disk_floor free no record is made" within 4 test -e "$(record_of "$later")"
rm "$work/small/fill"
soon "with room again the crash has its title" titled "$later" 'NULL pointer dereference in lab_later'
collector_stop TERM
is "$collector_rc" 0 "the collector ends with exit status 0"
done_testing
