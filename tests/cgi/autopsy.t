#!/bin/sh
# SPDX-License-Identifier: MIT
# An autopsy that a capture kernel sends after the log: it has two places of its own and takes none of the
# dumps', is no log (alone it makes no crash), gives people its summary, names the function where the log
# does not, and is in the export; the profile's key says whether a machine makes one.
# Evidence: answers, files, what the commands print, the session archive.
# shellcheck disable=SC2119
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lighttpd.sh"
. "$root/tests/lib/cgi.sh"

cgi_config 'upload_max = "1M"' 'profile off { image = "img" autopsy = "off" }' \
	'profile full { image = "img" autopsy = "full" }' \
	'rule { product = "Off" profile = "off" }' 'rule { product = "Full" profile = "full" }'
lighttpd_start fastcgi "$conf"
autopsy() { put "$1" -H 'Lastwords-Channel: autopsy'; }
escape=$(printf '\033')

# text PID NAME: an autopsy
text() {
	printf '%s\n' 'lastwords autopsy of 6.1.0 x86_64' '' summary "  1 task in D: $2 ${escape}[31m" '  memory: 1 of 2 MB free' \
		'' death '  no CPU has panicked' '' tasks '  total=2' '  waiting' \
		"    pid=$1 comm=$2 state=D blocked_s=20.1" '      __schedule+0x10/0x20' '      lab_wait_for_it+0x1/0x2 [lab]' \
		'      kthread+0x1/0x2'
}
hung() {
	printf '%s\n' "[   20.000000] INFO: task $2:$1 blocked for more than 10 seconds." \
		'[   20.000001]       Not tainted 6.1.0 #1' "[   20.000002] task:$2     state:D stack:0     pid:$1    ppid:2" \
		'[   20.000003] Call Trace:' '[   20.000004]  ? __schedule+0x1/0x2' \
		'[   20.100000] Kernel panic - not syncing: hung_task: blocked tasks'
}
text 93 wk-mutex >"$work/autopsy"
text 94 other >"$work/second"
text 95 third >"$work/third"
hung 93 wk-mutex >"$work/log"

session
is "$(autopsy "$work/autopsy")" "201 $(sha "$work/autopsy")" "an autopsy is answered by its SHA-256"
succeeds "it is stored as it came" cmp "$work/autopsy" "$(stored autopsy.txt)"
like "$(cat "$(stored autopsy.meta)")" '^channel=autopsy$' "the metadata has its channel"
like "$(cat "$state"/journal/*)" " uploaded $id file=autopsy.txt .* channel=autopsy " "the journal has it"
lw reindex >/dev/null
unlike "$(lw sessions)" 'died|captured' "an autopsy alone is no crash"
is "$(lw crashes | grep -c "$id" || true)" 0 "nor is its session in the list of crashes"
unlike "$(lw show "$id")" '^title ' "nor has it a title"

is "$(autopsy "$work/autopsy")" "200 $(sha "$work/autopsy")" "the same again is known"
is "$(autopsy "$work/second")" "201 $(sha "$work/second")" "a second one is kept beside it"
succeeds "the first is untouched" cmp "$work/autopsy" "$(stored autopsy.txt)"
succeeds "the second has the second place" cmp "$work/second" "$(stored autopsy-2.txt)"
answer=$(autopsy "$work/third")
unlike "$answer" '^20' "there is no third place: $answer"
[ -e "$(stored autopsy-3.txt)" ] && rc=1 || rc=0
ok $rc "and no third file"
is "$(put "$work/log" -H 'Lastwords-More: autopsy')" "201 $(sha "$work/log")" "the log is taken after them"
succeeds "in the first place of a dump" cmp "$work/log" "$(stored dmesg.txt)"
like "$(cat "$state"/journal/*)" " uploaded $id file=dmesg.txt .*more=autopsy" "the journal says that an autopsy follows"
is "$(put "$work/second" -H 'Lastwords-More: junk value')" "201 $(sha "$work/second")" "another word in that header is ignored"
unlike "$(cat "$state"/journal/*)" 'junk' "and not journaled"

lw reindex >/dev/null
shown=$(lw show "$id")
like "$shown" '^autopsy +1 task in D: wk-mutex ' "show has the summary's first sentence"
like "$shown" '^ +memory: 1 of 2 MB free$' "and its others"
is "$(printf '%s\n' "$shown" | grep -c "$escape" || true)" 0 "show passes no control character on"
like "$shown" '^title +hung task in lab_wait_for_it' "the title has the function of the autopsy's stack"
like "$shown" '^title by +the autopsy' "and is marked so"
printed=$(lw autopsy "$id")
like "$printed" '^    pid=93 comm=wk-mutex state=D' "lastwords autopsy prints it"
is "$(printf '%s\n' "$printed" | wc -l)" "$(wc -l <"$work/autopsy")" "line by line"
is "$(printf '%s\n' "$printed" | grep -c "$escape" || true)" 0 "without control characters"
like "$(lw autopsy)" '^lastwords autopsy of 6.1.0' "without a session it is the newest"
like "$(lw autopsy 52:54:00:00:00:01)" '^lastwords autopsy of 6.1.0' "or that of a machine"
exits 2 "an unknown option is wrong usage" lw autopsy --junk
exits 2 "two sessions are wrong usage" lw autopsy "$id" "$id"

# fsck: errors and warnings are its exit code
succeeds "fsck has no objection" lw fsck
lw export "$id" --output "$work/one.tar"
like "$(tar tf "$work/one.tar")" "^$id/autopsy.txt$" "the export has it"
like "$(lw show --json "$id")" "\"autopsy\":\"$(stored autopsy.txt)\"" "JSON has its path"

# Uploads that are no autopsy.
: >"$work/empty"
head -c 300000 /dev/urandom >"$work/noise"
printf 'summary\n' >"$work/cut"
# a session is of its millisecond: each of these is of a machine of its own
n=10
for file in noise cut; do
	n=$((n + 1))
	session "52-54-00-00-00-$n"
	is "$(autopsy "$work/$file")" "201 $(sha "$work/$file")" "$file is taken"
	is "$(put "$work/log")" "201 $(sha "$work/log")" "$file: and the log"
	lw reindex >/dev/null
	like "$(lw show "$id")" '^title +hung task' "$file: the log's title stays"
	unlike "$(lw show "$id")" '^title by' "$file: which is its own"
	is "$(lw autopsy "$id" | LC_ALL=C tr -d '\040-\176\n' | wc -c)" 0 "$file: printable characters alone are printed"
done

session 52-54-00-00-00-20
lw reindex >/dev/null
exits 1 "a session without an autopsy" lw autopsy "$id"
like "$(lw autopsy "$id" 2>&1)" "^lastwords: .*session $id has no autopsy" "the reason is one line"
exits 1 "a session that does not exist" lw autopsy 525400000099
ln -s /etc/passwd "$(stored autopsy.txt)" 2>/dev/null || {
	mkdir -p "$(dirname "$(stored x)")"
	ln -s /etc/passwd "$(stored autopsy.txt)"
}
exits 1 "a link in its place is not followed" lw autopsy "$id"
rm "$(stored autopsy.txt)"
is "$(token=00 autopsy "$work/autopsy")" "403 not the token of this session" "another token is refused"

# The key of the profile.
conf_of() { # PRODUCT
	archive=$(curl -s "$url/boot?mac=52-54-00-00-00-30&product=$1" | sed -n 's|.*\(http:[^ ]*/session/[^ ]*\).*|\1|p')
	curl -s "$archive" | gzip -dc | cpio -i --quiet --to-stdout '*session.conf' 2>/dev/null
}
like "$(conf_of KVM)" '^autopsy=on$' "by default a machine makes one"
like "$(conf_of Full)" '^autopsy=full$' "full is passed on"
off=$(conf_of Off)
like "$off" '^session=' "a profile without has a session.conf"
unlike "$off" '^autopsy' "which does not name the key"
sed 's/autopsy = "full"/autopsy = "some"/' "$conf" >"$work/bad.conf"
fails "another word for the key is an error" "$bin/lastwords" -c "$work/bad.conf" check
like "$("$bin/lastwords" -c "$work/bad.conf" check 2>&1)" 'autopsy' "the error names the key"
done_testing
