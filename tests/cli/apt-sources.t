#!/bin/sh
# SPDX-License-Identifier: MIT
# The package sources that the recipes derive from a machine's: only Debian's own, for the suite asked
# for, from one-line and deb822 files. Evidence: the derived lists, line by line.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=initramfs/recipes/apt.sh
. "$root/initramfs/recipes/apt.sh"

etc=$work/etc
mkdir -p "$etc/sources.list.d"
# derive SUITE: the list derived from $etc
derive() {
	rm -rf "$work/parts"
	mkdir "$work/parts"
	apt_write_sources bookworm "$1" "$work/parts" "$etc"
	find "$work/parts" -type f -exec cat {} + | sed '/^$/d'
}

cat >"$etc/sources.list" <<'END'
# a comment
deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://mirror.test/debian bookworm main contrib # note
deb http://mirror.test/security bookworm-security main
deb-src http://mirror.test/debian bookworm main
deb http://mirror.test/debian bookworm-backports main
deb cdrom:[Debian GNU/Linux 12]/ bookworm main
deb [signed-by=/etc/apt/keyrings/other.asc] http://other.test/ bookworm main
deb http://other.test/ bookworm stable
deb http://other.test/ cloud-sdk-bookworm main
END
keyed='[arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
is "$(derive bookworm)" "deb $keyed http://mirror.test/debian bookworm main
deb-src $keyed http://mirror.test/debian bookworm main
deb http://mirror.test/security bookworm-security main
deb-src http://mirror.test/security bookworm-security main" "one-line: Debian's own entries and no others"
is "$(derive trixie | grep -c trixie)" 4 "one-line: another suite replaces the machine's"
is "$(derive sid)" "deb $keyed http://mirror.test/debian sid main
deb-src $keyed http://mirror.test/debian sid main" "one-line: sid has no security and no updates"

rm "$etc/sources.list"
cat >"$etc/sources.list.d/debian.sources" <<'END'
Types: deb
# a comment within
URIs: http://mirror.test/debian
Suites: bookworm bookworm-updates bookworm-backports
Components: main
 contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://other.test/
Suites: bookworm
Components: main
Signed-By: /etc/apt/keyrings/other.gpg

Types: deb
URIs: http://off.test/debian
Suites: bookworm
Components: main
Enabled: no
END
is "$(derive bookworm | sort)" "Components: main
Suites: bookworm bookworm-updates
Types: deb deb-src
signed-by: /usr/share/keyrings/debian-archive-keyring.gpg
uris: http://mirror.test/debian" "deb822: Debian's own stanza and no others"
is "$(derive sid | grep Suites)" "Suites: sid" "deb822: sid has no security and no updates"
rm "$etc/sources.list.d/debian.sources"
is "$(derive bookworm)" "" "without sources nothing is derived"
done_testing
