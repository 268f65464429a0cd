#!/bin/sh
# SPDX-License-Identifier: MIT
# The people who may change something on the pages. Path: add, again, remove, list; passwords from a file, standard
# input and a terminal. Evidence: STATE/users, which openssl or perl's crypt agrees with; what is refused, and that no
# password is in it, on the screen or in the arguments.
# shellcheck disable=SC2034
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
bin=${LASTWORDS_BIN:-$root/build/bin}
needs "make check builds it" "$bin/lastwords"
needs "make check installs it" perl script
lw() { "$bin/lastwords" -c "$work/lastwords.conf" "$@"; }
state=$work/state
printf 'state = "%s"\nprofile lab { image = "lab" }\n' "$state" >"$work/lastwords.conf"

matches() { # NAME PASSWORD: the stored hash is of this password
	perl -e 'my ($hash, $password) = @ARGV; exit(crypt($password, $hash) eq $hash ? 0 : 1)' \
		"$(sed -n "s/^$1://p" "$state/users")" "$2"
}

is "$(lw user list)" '' "nobody at first"
echo 'correct horse' >"$work/password"
is "$(lw user add ann --password-file "$work/password")" 'ann: added' "one is added"
succeeds "with that password" matches ann 'correct horse'
fails "and no other" matches ann 'correct horsf'
like "$(cat "$state/users")" '^ann:[$]y[$]' "kept as a yescrypt hash"
is "$(grep -c horse "$state/users")" 0 "not as it is"
is "$(stat -c %a "$state/users")" 640 "in a file that others cannot read"
is "$(printf 'battery staple:\n' | lw user add bob@example.org --password-file -)" 'bob@example.org: added' \
	"a second, from standard input"
succeeds "whose password may have a colon" matches bob@example.org 'battery staple:'
is "$(lw user list | tr '\n' ' ')" 'ann bob@example.org ' "both are listed"
is "$(echo 'another password' | lw user add ann --password-file=-)" 'ann: the password was changed' "a new password"
succeeds "is the one that counts" matches ann 'another password'
is "$(grep -c '' "$state/users")" 2 "in the place of the old one"

refused() { # PATTERN PASSWORD ARGUMENT…
	pattern=$1 password=$2
	shift 2
	printf '%s\n' "$password" >"$work/typed"
	is "$(lw user "$@" <"$work/typed" 2>"$work/err" || echo "exit $?")" 'exit 1' "refused: $*"
	like "$(cat "$work/err")" "$pattern" "because of $pattern"
	is "$(grep -cF "$password" "$work/err")" 0 "and the password is not shown"
}
refused 'less than 10' 'short1234' add carl --password-file -
refused 'control character' "$(printf 'tab\tin the middle')" add carl --password-file -
refused 'invalid name' 'correct horse' add Carl --password-file -
refused 'invalid name' 'correct horse' add a:b --password-file -
refused 'invalid name' 'correct horse' add .carl --password-file -
refused 'invalid name' 'correct horse' add "$(printf 'x%.0s' $(seq 33))" --password-file -
refused 'No such file' 'correct horse' add carl --password-file "$work/none"
refused 'unknown user' 'correct horse' remove carl
is "$(lw user list | tr '\n' ' ')" 'ann bob@example.org ' "nothing has changed"
exits 2 "no name is a wrong usage" lw user add
exits 2 "an unknown word too" lw user change ann

# On a terminal: asked twice, not shown.
asked() { # FIRST SECOND
	{
		sleep 1
		printf '%s\n' "$1"
		sleep 1
		printf '%s\n' "$2"
		sleep 1
	} | script -qec "'$bin/lastwords' -c '$work/lastwords.conf' user add carl" /dev/null >"$work/screen" 2>&1
}
asked 'typed by hand' 'typed by hand' || :
succeeds "a password that is typed" matches carl 'typed by hand'
like "$(cat "$work/screen")" 'carl: added' "is taken"
is "$(grep -c 'typed' "$work/screen")" 0 "and not shown"
asked 'typed by hand' 'typed by hind' || :
like "$(cat "$work/screen")" 'differ' "two that differ are not"
like "$(lw user remove ann)" '^ann: removed' "one is removed"
is "$(lw user list | tr '\n' ' ')" 'bob@example.org carl ' "and the others stay"
done_testing
