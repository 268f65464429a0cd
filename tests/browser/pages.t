#!/bin/sh
# SPDX-License-Identifier: MIT
# The pages in Debian's Chromium, over a store that real captures have filled: a machine boots and dies while its page is
# watched, a second dies otherwise, and a made-up one uploads what is meant to harm a page. Then every link is followed at
# 1280 and 390 pixels, and people's tasks are done.
# Evidence: each line is a thing that the browser saw; its screenshots are in build/browser/shots.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need
needs "make check installs it" node chromium
driver=$root/build/browser
[ -e "$driver/node_modules/axe-core/axe.min.js" ] ||
	skip_all "the browser's driver could not be fetched from npm; see build/browser/npm.log"

shots=$driver/shots
rm -rf "$shots"
mkdir -p "$shots"
cp "$root"/tests/browser/*.mjs "$driver/"

# browser SCRIPT ARG…: its results become this test's.
browser() {
	browser_script=$1
	shift
	# "-": it ended before its last result
	(cd "$driver" && timeout 900 node "$browser_script" "$@" 2>&1; echo "end	$?") >"$work/$browser_script.out" &
	browser_pid=$!
	at_exit "lab_end $browser_pid"
}
browser_results() {
	wait_for 900 has_line "$work/$1.out" '^end	' || true
	while IFS='	' read -r browser_rc browser_name browser_why; do
		case $browser_rc in
		0 | 1)
			ok "$browser_rc" "$browser_name"
			[ "$browser_rc" = 0 ] || diag "$browser_why"
			;;
		end) is "$browser_name" 0 "$1 ran to its end" ;;
		*) diag "$browser_rc $browser_name" ;;
		esac
	done <"$work/$1.out"
}

web=$(lab_ports | head -n 1)
lab_server "web = \"127.0.0.1:$web\"
$(lab_profile null 'lab.die=null lab.after=3' 'panic = 5' 'after = "halt"')
$(lab_profile bug 'lab.die=bug lab.after=1' 'panic = 5' 'after = "halt"')
rule { serial = \"bug\" profile = \"bug\" }
rule { product = \"*\" profile = \"null\" }"
base=http://127.0.0.1:$web
succeeds "the pages answer on an address of their own" wait_for 20 curl -fsS -m 5 -o /dev/null "$base/healthz"
echo 'a long password' >"$work/password"
succeeds "a user is added" lw user add ann --password-file "$work/password"

# --- a machine dies while its page is watched ---
lab_mac=52:54:00:aa:05:02
lab_machine bug -smbios type=1,product=PC,serial=bug
lab_mac=52:54:00:aa:05:01
# (its page exists once it has asked for its script)
curl -fsS -o /dev/null "http://127.0.0.1:$lab_http/boot?mac=$lab_mac&product=PC"
succeeds "the machine has a page" wait_for 20 curl -fsS -m 5 -o /dev/null "$base/machine/$lab_mac"
browser live.mjs "$base" "$lab_mac" "$shots"
soon "the browser watches the machine's page" has_line "$work/live.mjs.out" '^# watching'
lab_machine null -smbios type=1,product=PC,serial=null
browser_results live.mjs
lab_event ' uploaded 525400aa0502-' 240 "the other machine's log is stored" || true
for m in null bug; do lab_stop $m; done

# --- README's pictures, while all that is there is real ---
null=$(lab_session ' uploaded 525400aa0501-')
browser pictures.mjs "$base" "$null" "$shots"
browser_results pictures.mjs

# --- a session that is meant to harm ---
# shellcheck disable=SC2016 # the machine's strings, not expansions
archive=$(curl -fsS "http://127.0.0.1:$lab_http/boot?mac=52-54-00-aa-05-03&product=%3Cscript%3Eattacked%3D1%3C/script%3E%3Cb%20class%3Dattack%3E&serial=%22%3E%3Cimg%20src%3Dx%20onerror%3Dattacked%3D1%3E%E2%80%AE%1b%5B31m" |
	sed -n 's|.*http:[^ ]*/session/\([^ ]*\).*|\1|p' | head -n 1)
hostile=${archive%%.cpio*}
token=${archive##*token=}
token=${token%%&*}
{
	printf '[    0.000000] Linux version 6.1.0-<script>attacked=1</script> (x@y) #1\n'
	printf '[    1.000000] <script>attacked=1</script><b class="attack">x</b> \033[31mred\033[0m \342\200\256thgir\342\200\254 \303\050\n'
	printf '[    1.500000] '
	head -c 1000000 /dev/zero | tr '\0' x
	printf '\n[    2.000000] BUG: kernel NULL pointer dereference, address: 0000000000000000\n'
	printf '[    2.000001] CPU: 0 PID: 1 Comm: <img/src=x> Not tainted 6.1.0-<b>x</b> #1\n'
	printf '[    2.000002] Hardware name: "><script>attacked=1</script>\n'
	printf '[    2.000003] RIP: 0010:evil_<b>_function+0x1/0x2 [<i>mod</i>]\n[    2.000004] Call Trace:\n[    2.000005]  other+0x1/0x2\n'
} >"$work/hostile.txt"
succeeds "the hostile log is taken as any other" curl -fsS -o /dev/null -H "Authorization: Bearer $token" -T "$work/hostile.txt" \
	"http://127.0.0.1:$lab_http/crash/$hostile"
in_index() { curl -fsS "$base/crash/$hostile.json" | grep -q '"title"'; }
succeeds "it is in the index" wait_for 30 in_index
browser hostile.mjs "$base" "$hostile" "$shots"
browser_results hostile.mjs

# --- every page, every link ---
browser crawl.mjs "$base" "$shots"
browser_results crawl.mjs

# --- what people do ---
browser use.mjs "$base" ann 'a long password'
browser_results use.mjs
done_testing
