#!/bin/sh
# SPDX-License-Identifier: MIT
# explain, machine and machines: which rule and why, the script that the server would give and that
# it then gives, nothing recorded by asking. Evidence: the printed text, the CGI's answer, STATE.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lighttpd.sh"

conf=$work/lastwords.conf
lw() { "$bin/lastwords" -c "$conf" "$@"; }
boot() { QUERY_STRING=$1 REQUEST_URI=/boot "$bin/lastwords-boot" -c "$conf" | tr -d '\r' | sed '1,/^$/d'; }
fails() {
	fails_name=$1 fails_code=$2 fails_pattern=$3
	shift 3
	"$@" >"$work/out" 2>"$work/err" && fails_rc=0 || fails_rc=$?
	is "$fails_rc" "$fails_code" "$fails_name: exit $fails_code"
	like "$(cat "$work/err")" "$fails_pattern" "$fails_name: says why"
}
# What differs from one asking to the next.
same() { sed 's/-[0-9TZ]\{18\}-\([a-z]*\)-[0-9a-f]\{8\}/-TIME-\1-CHECK/g; s/token=[0-9a-f]*/token=/'; }

mkdir -p "$work/images"
lab_image "$work/images" img
cat >"$conf" <<END
state = "state"
images = "images"
profile base { console = "ttyS0,115200n8" crashkernel = "192M" }
profile debian { from = "base" image = "img" args = "ro" }
profile rescue { from = "debian" args = "rescue" }
rule {
	product = "PowerEdge*"
	profile = "debian"
}
rule {
	client = "10.77.4.0/22"
	profile = "rescue"
}
END
mac=52:54:00:00:00:01
out=$(lw explain $mac product=KVM client=10.77.5.1)
like "$out" "lastwords.conf:6: no: product is \"KVM\", not PowerEdge\*" "why the first rule does not match"
like "$out" "lastwords.conf:10: matches: profile rescue" "which one does"
like "$out" "^kernel .* rescue console=ttyS0,115200n8 crashkernel=192M" "its script, with what it inherits"
is "$(ls "$work")" "images
lastwords.conf" "asking leaves nothing behind"
out=$(lw explain $mac 'product=K"; exit')
like "$out" 'no rule matches: unknown = wait' "no rule"
like "$out" '^lastwords.conf|^echo lastwords: no rule of the server matches' "and what the machine is told"

lw machine $mac --profile debian --args 'single' --once >/dev/null
like "$(lw machine $mac)" "^$mac: profile debian args \"single\" \(for one boot\)$" "set, and shown"
like "$(lw explain $mac)" "for one boot: profile debian \(wins over the rules\)" "explained"
lw explain $mac client=10.77.5.1 | sed '1,/^$/d' | same >"$work/told"
boot "mac=$mac&ip=10.77.5.1" | same >"$work/given"
is "$(cat "$work/told")" "$(cat "$work/given")" "the script told is the script given"
like "$(cat "$work/given")" "^kernel .* ro single console=" "with profile and arguments as set"
like "$(lw machine $mac)" "for one boot" "a request does not use it up"
like "$(lw machines 2>/dev/null)" "^$mac.*profile debian, args single \(for one boot\)$" "machines lists it"
lw reindex >/dev/null 2>&1
lw machines --json >"$work/json"
is "$(perl -MJSON::PP -ne 'my $m = decode_json($_); print "$m->{mac} $m->{state} $m->{set_args}\n"' "$work/json")" \
	"$mac requested single" "as JSON, with its newest boot"
like "$(cat "$work/state/journal/"*)" ' override - mac=52:54:00:00:00:01 profile=debian args=single once=1' "on record"
lw machine $mac --clear >/dev/null
like "$(lw machine $mac)" "nothing set" "cleared"
like "$(lw machines | tr '\t' '|')" "^$mac\|[0-9].*Z\|requested\|debian\|-\|-$" "a machine with nothing set"

fails "an unknown profile" 1 'profile "nix" is not in' lw machine $mac --profile nix
fails "a profile without image" 1 'has no image' lw machine $mac --profile base
fails "arguments that iPXE would act on" 1 'would end iPXE' lw machine $mac --args 'a || exit'
fails "no MAC" 2 'MAC' lw machine 52:54 --profile debian
fails "once of nothing" 2 usage lw machine $mac --once
fails "an unknown field" 2 'unknown field' lw explain $mac prodcut=KVM
[ ! -e "$work/state/machines/525400000001" ] && rc=0 || rc=1
ok $rc "what is refused sets nothing"
done_testing
