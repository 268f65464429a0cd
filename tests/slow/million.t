#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2119,SC2317,SC2034,SC3045 # tap.sh's idioms
# million.t: a million boot requests of machines that do not exist, each with another MAC, product and serial number, and a
# known machine's log in the store. They may cost 64 MB of disk at most, and no log. REQUESTS: how many.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lighttpd.sh"
. "$root/tests/lib/cgi.sh"
. "$root/tests/lib/serve.sh"

needs "images/need.sh full installs it" wrk
ulimit -Sn "$(ulimit -Hn)" 2>/dev/null || :
serve_config
serve_start

cat >"$work/made-up.lua" <<'END'
local threads = 0
function setup(thread)
	threads = threads + 1
	thread:set("seed", threads)
end
function init()
	math.randomseed(os.time() * 100 + seed)
end
local function hex(n)
	local text = ""
	for i = 1, n do
		text = text .. string.format("-%02x", math.random(0, 255))
	end
	return text
end
function request()
	return wrk.format("GET", string.format("/boot?mac=52%s&product=Made%%20up%%20%d%%20%s&manufacturer=X&serial=S%d&ip=10.9.0.5",
		hex(5), math.random(0, 1000000), string.rep("p", math.random(0, 200)), math.random(0, 1000000)))
end
END
used() { du -sk --apparent-size "$state" | cut -f1; }
curl -s "$url/boot?mac=52-54-00-00-00-01&product=KVM" >"$work/script"
id=$(sed -n 's,.*/session/\([^./ ]*\)\.cpio.*,\1,p' "$work/script" | head -n 1)
token=$(sed -n 's,.*[?&]token=\([0-9a-f]*\).*,\1,p' "$work/script" | head -n 1)
printf '[    1.000000] kernel BUG at a.c:1!\n' >"$work/dmesg"
is "$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $token" -T "$work/dmesg" "$url/crash/$id")" 201 \
	"a machine's log is stored"
stored=$(find "$state/sessions" -name dmesg.txt)

before=$(used) sent=0 most=${REQUESTS:-1000000}
while [ "$sent" -lt "$most" ]; do
	n=$(wrk -t2 -c32 -d30s -s "$work/made-up.lua" "$url" | awk '/requests in/ { print $1 }')
	[ "${n:-0}" -gt 0 ] || break
	sent=$((sent + n))
	diag "$sent requests: $(($(used) - before)) KB, $(find "$state" | wc -l) files"
done
ok "$([ "$sent" -ge "$most" ] && echo 0 || echo 1)" "$sent made-up requests were answered"
cost=$(($(used) - before))
ok "$([ "$cost" -le 65536 ] && echo 0 || echo 1)" "they cost at most 64 MB: $cost KB"
ok "$([ "$(find "$state/sessions" -mindepth 1 -maxdepth 1 | wc -l)" -eq 1 ] && echo 0 || echo 1)" "no machine of theirs has a directory"
is "$(cat "$stored")" "$(cat "$work/dmesg")" "the log that was stored is there"
like "$(curl -s "$url/boot?mac=52-54-00-00-00-01&product=KVM" | head -n 1)" '^#!ipxe' "a machine boots"
done_testing
