#!/bin/sh
# SPDX-License-Identifier: MIT
# lastwords power with driver redfish against a Redfish service of our own (tests/lib/redfish.c), which does
# on demand what BMCs do: reset types in an ActionInfo or nowhere, missing ones, If-Match, redirects, busy,
# late or lost changes, several systems, replies that are no reply. Path: redfish.c -> libcurl -> loopback.
# Evidence: what is printed, and which requests led to what.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/power.sh"

tools=${LASTWORDS_TOOLS:-$root/build/tests}
needs "make check installs and builds it" "$tools/lib/free-ports" "$tools/lib/redfish" socat openssl curl
# The service's log has the requests of the last command only.
lw() {
	: >"$work/requests"
	"$bin/lastwords" -c "$work/lastwords.conf" "$@"
}
# with QUIRK… : what the service does from now on
with() { echo "$*" >"$work/quirks"; }
# Ends the boot override, as a boot does.
end_override() {
	curl -fsS -u 'lastwords:pass-Word_7%' -X PATCH \
		-d '{"Boot":{"BootSourceOverrideTarget":"Hdd","BootSourceOverrideEnabled":"Disabled"}}' \
		"http://127.0.0.1:$port/redfish/v1/Systems/Self"
}
# What the last command changed.
changes() { sed -n 's/^  \(reset\|boot\) /\1 /p' "$work/requests" | tr '\n' ',' | sed 's/,$//'; }

# shellcheck disable=SC2046 # words
set -- $("$tools/lib/free-ports" 4)
port=$1 nobody=$2 tls=$3 other=$4
with
: >"$work/requests"
"$tools/lib/redfish" "$port" "$work/quirks" 2>>"$work/requests" &
service=$!
at_exit "kill $service"
# The same by TLS, with a certificate of an authority of our own, and with one of another name.
certificate() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" -addext "subjectAltName=$2" \
		-keyout "$work/$3.key" -out "$work/$3.pem" 2>/dev/null
	cat "$work/$3.key" "$work/$3.pem" >"$work/$3.both"
}
certificate bmc IP:127.0.0.1 ours
certificate elsewhere DNS:elsewhere.example elsewhere
socat "OPENSSL-LISTEN:$tls,bind=127.0.0.1,reuseaddr,fork,verify=0,cert=$work/ours.both" "TCP:127.0.0.1:$port" 2>/dev/null &
at_exit "kill $!"
socat "OPENSSL-LISTEN:$other,bind=127.0.0.1,reuseaddr,fork,verify=0,cert=$work/elsewhere.both" "TCP:127.0.0.1:$port" 2>/dev/null &
at_exit "kill $!"
(
	umask 077
	echo 'pass-Word_7%' >"$work/good"
	echo wrong >"$work/bad"
)
target() {
	printf 'target %s { mac = "52:54:00:aa:00:%s" driver = "redfish" user = "lastwords" wait = "8" pause = "0" url = "%s" %s }\n' "$@"
}
good='password_file = "good"'
{
	printf 'listen = "127.0.0.1:1"\nstate = "%s/state"\n' "$work"
	target bmc 11 "http://127.0.0.1:$port" "$good"
	target path 12 "http://127.0.0.1:$port/redfish/v1/Systems/Self" "$good"
	target password 13 "http://127.0.0.1:$port" 'password_file = "bad"'
	target away 14 "http://127.0.0.1:$nobody" "$good"
	target tls 15 "https://127.0.0.1:$tls" "$good ca = \"ours.pem\""
	target unknown 16 "https://127.0.0.1:$tls" "$good"
	target unverified 17 "https://127.0.0.1:$tls" "$good verify = \"false\""
	target othername 18 "https://127.0.0.1:$other" "$good ca = \"elsewhere.pem\""
} >"$work/lastwords.conf"

# --- power ---------------------------------------------------------------------------------------------

wait_for 20 lw power bmc status
run "status" 0 lw power bmc status
is "$out" "bmc: off" "the power"
run "on" 0 lw power bmc on
is "$out, $(changes)" "bmc: on, reset On" "on"
run "on again" 0 lw power bmc on
is "$(changes)" "" "nothing is sent"
with progress
run "how far its boot came" 0 lw power bmc status
is "$out" "bmc: on, boot progress OSBootStarted" "its boot's progress is shown where the BMC says it"
like "$(lw power bmc status --json)" '"boot_progress":"OSBootStarted"' "in JSON too"
with
run "reset" 0 lw power bmc reset
is "$(changes)" "reset ForceRestart" "a reset"
run "cycle" 0 lw power bmc cycle
is "$(changes)" "reset ForceOff,reset On" "is off and on, each confirmed"
run "nmi" 1 lw power bmc nmi --timeout 1
is "$(changes)" "reset Nmi" "an NMI"
run "off, by the system's own path" 0 lw power path off
is "$out, $(changes)" "path: off, reset ForceOff" "off"
unlike "$(cat "$work/requests")" '^GET /redfish/v1/Systems/? ' "without looking for it"

run "pxe" 0 lw power bmc pxe --efi
is "$out, $(changes)" "bmc: the next boot is from the network, by EFI, boot Pxe Once UEFI" "once, read back"
run "pxe by BIOS" 0 lw power bmc pxe --bios
is "$(changes)" "boot Pxe Once Legacy" "the other mode"
run "as JSON" 0 lw power bmc pxe --json
unlike "$(cat "$work/requests")" '^PATCH.*OverrideMode' "no mode is sent for a machine that was never seen"
like "$out" '"action":"pxe","result":"done","power":"unknown","confirmed":true' "it is confirmed"

# --- what BMCs do --------------------------------------------------------------------------------------

with noallow
run "types in an ActionInfo only" 0 lw power bmc on
is "$(changes)" "reset On" "are found"
with noallow nonmi
run "an NMI that the ActionInfo has not" 1 lw power bmc nmi
is "$err" "lastwords: bmc: the BMC offers no nmi; its reset types: On, GracefulShutdown, PushPowerButton, ForceOff, ForceRestart" "is refused, with what there is"
is "$(changes)" "" "and not sent"
with noinfo
run "types nowhere" 0 lw power bmc reset
is "$(changes)" "reset ForceRestart" "the common ones are tried"
with noinfo nonmi
run "and refused by the BMC" 1 lw power bmc nmi
like "$err" 'bmc: the BMC replied with HTTP 400: The action does not support this ResetType$' "with its words"
with norestart
run "reset on a BMC without it" 0 lw power bmc reset
is "$(changes)" "reset ForceOff,reset On" "is a cycle"
with nooff
run "off where there is no ForceOff" 1 lw power bmc off
like "$err" 'bmc: the BMC offers no off; its reset types: ' "nothing graceful is sent instead"
with lag
run "a status that lags" 0 lw power bmc off
is "$out" "bmc: off" "is waited for"
with lag changing
run "one that says PoweringOn" 0 lw power bmc on
is "$out, $(changes)" "bmc: on, reset On" "too, and on is sent once"
with dead
run "a BMC that acknowledges and does nothing" 1 lw power bmc off
like "$err" 'bmc: off was acknowledged, but not seen off in 8 s: its status is on' "is no success"
with taken
run "409" 1 lw power bmc off
like "$err" 'bmc: the BMC replied with HTTP 409: The resource is in use' "is an error when the status does not follow"
with denied
run "403" 1 lw power bmc off
like "$err" 'bmc: the BMC refused it to this user: HTTP 403, There are insufficient privileges; give' "names the right"
with busy
run "503 for a while" 0 lw power bmc status
with full
run "503 always" 1 lw power bmc status
like "$err" 'bmc: the BMC is busy: HTTP 503, The maximum number of user sessions is reached; try again later' "is an error"
with slash
run "308 on the same server" 0 lw power bmc off
is "$(changes)" "reset ForceOff" "is followed, with method and body"
with away
run "308 to another" 1 lw power bmc status
like "$err" 'bmc: the BMC redirects to another server, which is not followed' "is not"
with two
run "two systems" 1 lw power bmc status
like "$err" 'bmc: the BMC has 2 systems, /redfish/v1/Systems/Self, /redfish/v1/Systems/DPU; put the path of one' "are listed"
run "one of them by its path" 0 lw power path status

with etag
run "pxe with If-Match" 0 lw power bmc pxe --efi
like "$(cat "$work/requests")" '^  428$' "after 428"
is "$(changes)" "boot Pxe Once UEFI" "is set"
with weak
run "pxe with a weak ETag" 0 lw power bmc pxe --bios
is "$(changes)" "boot Pxe Once Legacy" "is set"
with nomode
run "pxe where the mode is read-only" 0 lw power bmc pxe --efi
like "$(changes)" '^boot Pxe Once' "is set without the mode"
with modeless
run "pxe where there is no mode" 0 lw power bmc pxe --efi
unlike "$(cat "$work/requests")" 'OverrideMode":"UEFI".*' "none is sent"
with nopxe
run "pxe where it is no boot device" 1 lw power bmc pxe
like "$err" 'bmc: the BMC offers no Pxe among its boot devices' "is refused"
with
run "the override has ended" 0 end_override
with did
run "pxe that is set and answered with 400" 0 lw power bmc pxe
with
end_override
with lost
run "pxe that is acknowledged and forgotten" 1 lw power bmc pxe
like "$err" 'bmc: the BMC acknowledged the boot override, but has not kept it; it is Hdd, Disabled' "is no success"

# --- replies that are none -----------------------------------------------------------------------------

with huge
run "a reply of 4 MB" 1 lw power bmc status
like "$err" 'bmc: its reply is longer than 1048576 bytes' "is cut off"
with deep
run "a reply nested 100,000 deep" 1 lw power bmc status
like "$err" 'is not JSON' "is refused"
with text
run "a page" 1 lw power bmc status
like "$err" 'is not JSON; is url that of a Redfish service' "is refused"
with odd
run "members of other types" 1 lw power bmc status
like "$err" 'the service root has no Systems' "are refused"
with hang
run "no reply" 1 lw power bmc status
like "$err" 'bmc: no reply: ' "is an error"
with
run "nobody there" 1 lw power away status
like "$err" 'away: no connection: .*; correct url, or look whether the BMC runs' "is another"
run "a wrong password" 1 lw power password status
is "$err" "lastwords: password: the BMC refused user or password; correct user, or $work/bad" "is named"

# --- TLS -----------------------------------------------------------------------------------------------

run "a certificate that ca verifies" 0 lw power tls status
run "one that nothing verifies" 1 lw power unknown status
like "$err" 'unknown: its certificate cannot be verified: .*; set ca, or verify = "false"' "is refused"
run "the same with verify = false" 0 lw power unverified status
run "one of another name" 1 lw power othername status
like "$err" 'othername: its certificate cannot be verified' "is refused"
unlike "$(cat "$work/requests" "$work/err")" 'PATCH|POST' "before anything is sent"

is "$(grep -rlF 'pass-Word' "$work/state" "$work/out" "$work/err" || :)" '' "the password is in no file and no message"
run "check" 0 lw check
like "$err" 'warning: target bmc: url is not https: the password can be read on the network' "check warns of http"
done_testing
