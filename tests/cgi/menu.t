#!/bin/sh
# SPDX-License-Identifier: MIT
# Boot menu, edited arguments, boot loops and one-shots that never run: from the CGI, by what it answers
# and what it leaves in STATE.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lighttpd.sh"
. "$root/tests/lib/cgi.sh"

# ask QUERY: $script, which must be sound
ask() {
	cgi_ask /boot "$1"
	script=$text
	echo "$script" >"$work/script"
	"$lint" <"$work/script" >"$work/lint.out" || ok 1 "a sound script: $(cat "$work/lint.out")"
}
# boot QUERY: asks, and fetches the session archive as the script says: an attempt
boot() {
	ask "$1"
	archive=$(sed -n 's|.* http://[^/]*\(/session/[^ ]*\).*|\1|p' "$work/script" | head -n 1)
	HTTP_HOST=127.0.0.1 QUERY_STRING=${archive#*\?} REQUEST_METHOD=GET REQUEST_URI=${archive%%\?*} "$bin/lastwords-boot" -c "$conf" \
		>"$work/archive"
	grep -aq "application/gzip" "$work/archive" || ok 1 "the session archive is fetched"
}
journal() { cat "$work/state/journal/"*; }
# running MAC: what the keeper tells of the newest session
running() {
	id=$(sed -n 's/.*lastwords.session=\([^ ]*\).*/\1/p' "$work/script" | head -n 1)
	token=$(sed -n 's/.*token=\([0-9a-f]*\).*/\1/p' "$work/script" | head -n 1)
	printf 'event=running' | CONTENT_LENGTH=13 REQUEST_METHOD=POST REQUEST_URI="/callback/$id" \
		HTTP_LASTWORDS_TOKEN=$token "$bin/lastwords-ingest" -c "$conf" >"$work/answer"
	like "$(cat "$work/answer")" '^ok' "the keeper's word is taken"
}

mkdir -p "$work/images"
lab_image "$work/images" img
cat >"$conf" <<END
state = "state"
images = "images"
fallback = "rescue"
loop_boots = 3
profile debian { image = "img" args = "ro quiet" crashkernel = "192M" menu = true menu_timeout = 7 }
profile rescue { from = "debian" args = "rescue" menu = false }
rule { product = "Menu*" profile = "debian" }
rule { product = "*" profile = "rescue" }
END
m='mac=52-54-00-00-00-01&product=Menu'
hex() { printf %s "$1" | od -An -tx1 | tr -d ' \n'; }

ask "$m"
like "$script" '^item debian debian, image img$' "an entry for a profile"
like "$script" '^item rescue ' "and for another"
like "$script" '^choose --timeout 7000 --default debian lw-choice ' "timeout and default"
unlike "$script" '^kernel' "nothing boots yet"
[ ! -e "$work/state/journal" ] && rc=0 || rc=1
ok $rc "a menu is no session"
ask "$m&choice=rescue"
like "$script" '^kernel .* rescue crashkernel' "the chosen profile"
like "$(journal)" ' requested .* profile=rescue rule=menu' "on record"
like "$script" '/boot\?.*&choice=rescue \|\| goto retry' "a retry keeps the choice"
ask "$m&choice=debian&edit=1"
like "$script" '^set lw-args ro quiet$' "its arguments to edit"
unlike "$script" '^kernel' "nothing boots yet"
ask "$m&choice=debian&argshex=$(hex 'rw single  debug')"
like "$script" '^kernel .* rw single debug crashkernel=192M' "the edited arguments, and ours behind them"
unlike "$script" 'quiet' "instead of the profile's"
like "$(journal)" ' requested .* args=rw%20single%20%20debug' "the session records them"
ask "$m&choice=debian&argshex="
like "$script" '-[0-9a-f]{8} crashkernel' "all arguments taken away"
m='mac=52-54-00-00-00-0a&product=Menu'
# shellcheck disable=SC2016 # for iPXE
for bad in 'a || exit' 'a ; exit' '${serial}' '"x' '# x' "$(printf 'a\\')" "$(printf 'a\033[2J')"; do
	ask "$m&choice=debian&argshex=$(hex "$bad")"
	like "$script" '^choose' "refused, the menu again: $bad"
	unlike "$script" '^kernel' "and nothing boots"
done
ask "$m&choice=debian&argshex=$(printf '61%.0s' $(seq 1024))"
like "$script" '^choose' "1024 bytes are too many"
ask "$m&choice=../x&argshex=$(hex a)"
like "$script" '^choose' "a choice that is no profile"
ask "mac=52-54-00-00-00-09&product=KVM&choice=debian&argshex=$(hex 'init=/bin/sh')"
like "$script" '^kernel .* rescue crashkernel' "without a menu nobody chooses"
unlike "$script" 'bin/sh' "nor sets arguments"

# Requests that carry only a MAC: they are no attempts.
m='mac=52-54-00-00-00-07&product=KVM'
lw machine 52:54:00:00:00:07 --profile debian --once >/dev/null
lw drill 52:54:00:00:00:08 >/dev/null
for i in 1 2 3 4 5; do
	ask "$m"
	ask 'mac=52-54-00-00-00-08&product=KVM'
	cgi_ask /pxelinux/pxelinux.cfg/01-52-54-00-00-00-07
done
ask "$m"
like "$script" ': profile debian,' "five requests do not divert a machine's next boot"
like "$(lw machine 52:54:00:00:00:07)" 'debian' "five requests do not delete what a person has set"
like "$(lw machine 52:54:00:00:00:08)" 'drill' "five requests do not end a drill"
ask 'mac=52-54-00-00-00-0b&product=Menu&choice=debian'
n=0
while [ $n -lt 5 ]; do
	cgi_ask /pxelinux/pxelinux.cfg/01-52-54-00-00-00-0b
	n=$((n + 1))
done
ask 'mac=52-54-00-00-00-0b&product=Menu&choice=debian'
like "$script" ': profile debian,' "five requests of pxelinux do not divert a machine that boots by iPXE"

# Boot loop: three sessions that never ran, then the fallback; until it runs.
rm -rf "$work/state"
m='mac=52-54-00-00-00-02&product=Menu&choice=debian'
for i in 1 2 3; do
	boot "$m"
	like "$script" '^kernel .* quiet' "boot $i is as configured"
done
ask "$m"
like "$script" '^kernel .* rescue crashkernel' "then the fallback"
ask "$m"
is "$(journal | grep -c ' event - what=boot-loop mac=52:54:00:00:00:02 ')" 1 "one event for it"
ask 'mac=52-54-00-00-00-03&product=Menu&choice=debian'
like "$script" '^kernel .* quiet' "another machine's choice does not change"
ask "$m"
running
ask "$m"
like "$script" '^kernel .* quiet' "after it has run it is as configured again"

# What boots without anything of ours never says that it runs: no loop, though it boots often.
rm -rf "$work/state"
m='mac=52-54-00-00-00-05&product=Menu&choice=debian'
for i in 1 2 3 4 5; do
	ask "$m"
	like "$script" '^kernel .* quiet' "the overlay does not load, boot $i"
	id=$(sed -n 's/.*lastwords.session=\([^ ]*\).*/\1/p' "$work/script" | head -n 1)
	token=$(sed -n 's/.*token=\([0-9a-f]*\).*/\1/p' "$work/script" | head -n 1)
	QUERY_STRING="token=$token&event=not-armed&why=overlay%20did%20not%20load" REQUEST_URI="/callback/$id" \
		"$bin/lastwords-ingest" -c "$conf" >"$work/answer"
	like "$(cat "$work/answer")" '^ok' "as iPXE tells"
done
mv "$work/images/img/overlay.cpio.gz" "$work/overlay"
m='mac=52-54-00-00-00-06&product=Menu&choice=debian'
lw machine 52:54:00:00:00:06 --args once=1 --once >/dev/null
for i in 1 2 3; do
	boot "$m"
	like "$script" '^kernel .* once=1 ' "no overlay, one-shot, try $i"
done
for i in 4 5 6; do
	boot "$m"
	like "$script" '^kernel .* quiet' "no overlay, boot $i: no loop, and the one-shot is given up"
	unlike "$script" 'once=1' "no overlay, boot $i: once"
done
mv "$work/overlay" "$work/images/img/overlay.cpio.gz"
is "$(journal | grep -c ' event - what=boot-loop ' || :)" 0 "no loop is seen"

# A one-shot that never runs is given again, up to the limit.
rm -rf "$work/state"
m='mac=52-54-00-00-00-04&product=KVM'
lw machine 52:54:00:00:00:04 --args once=1 --once >/dev/null
for i in 1 2 3; do
	boot "$m"
	like "$script" '^kernel .* once=1 ' "one-shot, try $i"
done
ask "$m"
unlike "$script" 'once=1' "then no more"
like "$(lw machine 52:54:00:00:00:04)" 'nothing set' "it is gone"
is "$(journal | grep -c ' event - what=one-shot ')" 1 "an event says so"
lw machine 52:54:00:00:00:04 --args once=2 --once >/dev/null
running
ask "$m"
like "$script" '^kernel .* once=2 ' "what is set after a boot is not used up by it"
running
ask "$m"
unlike "$script" 'once=2' "what the boot was given is"
rm -f "$work/state/attempts.table"
mkdir "$work/state/attempts.table"
ask "$m"
like "$script" '^kernel' "a count that cannot be kept stops no boot"
done_testing
