#!/bin/sh
# SPDX-License-Identifier: MIT
# Two servers of a fleet: what one has booted may upload to the other, which has its public key and no secret of it.
# Evidence: the log is stored under the session of the first; a token of the second's key is refused; nobody's token
# is in a log.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lighttpd.sh"
. "$(dirname "$0")/../lib/cgi.sh"

# own SERVER: what `serve` does when central is set; introduce FROM TO: what the relay does
own() {
	mkdir -p "$work/$1/keys"
	head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n' >"$work/$1/keys/own"
	echo >>"$work/$1/keys/own"
	chmod 600 "$work/$1/keys/own"
}
public_key() { # of an Ed25519 seed: the last 32 bytes of its certificate-free form
	{
		printf '302e020100300506032b657004220420%s' "$(cat "$work/$1/keys/own")"
	} | xxd_back | openssl pkey -inform DER -pubout -outform DER 2>/dev/null | tail -c 32 | od -An -v -tx1 | tr -d ' \n'
}
xxd_back() {
	perl -e 'local $/; print pack("H*", <STDIN>)'
}
introduce() {
	public_key "$1" >"$work/$2/keys/$3.pub"
	echo >>"$work/$2/keys/$3.pub"
}
# server NAME: starts it
server() {
	state=$work/$1
	cgi_config
	lighttpd_start fastcgi "$conf"
}
needs "make check installs it" openssl perl
id_a=00112233445566778899aabbccddeeff

server a
session
old_id=$id old_token=$token
is "${#token}" 32 "a server without keys/own makes short tokens"
own a
sleep_over() { [ "$(curl -s "$url/boot?mac=52-54-00-00-00-09&product=KVM" | grep -c 'token=[0-9a-f]\{128\}')" -gt 0 ]; }
succeeds "with keys/own it makes long ones, without a restart" wait_for 20 sleep_over
session
is "${#token}" 128 "of 128 digits"
succeeds "its script is one that iPXE runs" sh -c "curl -s '$url/boot?mac=52-54-00-00-00-01&product=KVM' | '$lint' >/dev/null"
a_session=$id a_token=$token
curl -s "$archive" | gzip -dc | cpio -i --to-stdout --quiet lastwords/session.conf >"$work/session.conf" 2>/dev/null
like "$(cat "$work/session.conf")" "^token=$a_token\$" "the session archive has the token"
is "$(curl -s -o "$work/answer" -w '%{http_code}' "$url/callback/$id?token=$token&event=not-armed&why=x")" 200 "a callback with it is taken"
open=$(curl -s "$url/session/open?mac=52-54-00-00-00-01&product=KVM&boot=0123456789abcdef")
like "$open" '^token=[0-9a-f]{128}$' "a session that a machine opens (PXELINUX) has one as well"
is "$(curl -s "$url/session/open?mac=52-54-00-00-00-01&product=KVM&boot=0123456789abcdef" | grep -E '^(session|token)=')" \
	"$(printf '%s\n' "$open" | grep -E '^(session|token)=')" "and its capture kernel gets the same"
echo "log of the old key" >"$work/log"
id=$old_id token=$old_token
like "$(put "$work/log")" '^201 ' "a session that the old key made uploads with its token"
run_a=$run
lighttpd_stop

server b
id=$a_session token=$a_token
echo "log of a machine of another server" >"$work/log"
like "$(put "$work/log")" '^404 ' "a server without the public key does not know the session"
own b
introduce a b $id_a
known() { put "$work/log" | grep -q '^201 '; }
succeeds "with the public key of the other it takes the upload, without a restart" wait_for 20 known
is "$(cat "$(stored dmesg.txt)")" "log of a machine of another server" "and stores it under the session"
like "$(cat "$state"/journal/*)" " uploaded $a_session file=dmesg.txt" "as its journal says"
session 52-54-00-00-00-02
id=$a_session
like "$(put "$work/log")" '^403 ' "a token that it made itself is refused for the other's session"
id=$a_session token=$(printf '%s' "$a_token" | tr '0-9a-f' '1-9a-f0')
like "$(put "$work/log")" '^403 ' "as is a changed one"
id=$old_id token=$old_token
like "$(put "$work/log")" '^404 ' "what the other's old key made stays the other's"
rm "$state/keys/$id_a.pub"
id=$a_session token=$a_token
unknown() { put "$work/log" | grep -q '^404 '; }
succeeds "when the public key is removed its sessions are unknown again" wait_for 20 unknown
lighttpd_stop
is "$(grep -rle "$a_token" -e "$old_token" "$run_a" "$run" "$work/a/journal" "$work/b/journal" || :)" "" "no log has a token"
done_testing
