#!/bin/sh
# SPDX-License-Identifier: MIT
# ipxe.sh OUT: builds our own undionly.kpxe, snponly.efi and ipxe.efi from Debian's source package of
# iPXE, without installing anything: ipxe/boot.ipxe's question embedded (ipxe/embed.ipxe), a serial
# console, and what ipxe/config adds. They go to OUT/HASH, which it prints; HASH is of everything that they
# are made of, so a second call builds nothing. OUT/current is a link to the last one, OUT/CONSOLE (such as
# OUT/ttyS1,115200n8) to the last for that console; the source package is kept in OUT/src.
# Needs no root. Progress goes to stderr.
#
#   ipxe.sh --script    prints the script that would be embedded
#
# Environment:
#   URL=http://10.77.0.1:8080   the server; default: the machine that DHCP names as TFTP server,
#                               ${next-server}, and there
#   PORT=8080                   this port
#   CONSOLE=ttyS1,115200n8      its serial console, ttyS0 to ttyS3 (default ttyS0,115200n8), or none
#   TRUST=FILE                  a CA's certificate (PEM) for HTTPS, instead of iPXE's own
#   IPXE_SOURCE=DIRECTORY       an unpacked source of iPXE (with src/Makefile) instead of Debian's
#   IPXE_SUITE=SUITE            of which Debian (default: the machine's own)
#   JOBS                        default 2
set -eu
umask 022
unset MAKEFLAGS MFLAGS MAKELEVEL CFLAGS CPPFLAGS LDFLAGS CC V B || true
export LC_ALL=C SOURCE_DATE_EPOCH=1
here=$(cd "$(dirname "$0")" && pwd)
ipxe=$here/../ipxe
fail() {
	echo "ipxe.sh: $*" >&2
	exit 1
}
say() { echo "ipxe.sh: $*" >&2; }

# --- the script -----------------------------------------------------------------------------------

# shellcheck disable=SC2016 # iPXE expands it
server=${URL:-'http://${next-server}':${PORT:-8080}}
server=${server%/}
[ -z "${URL:-}" ] || printf '%s\n' "$server" | grep -Eqx 'https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?(/[A-Za-z0-9._/-]*)?' ||
	fail "URL=$URL: invalid; give http://HOST:PORT"
case ${PORT:-8080} in
*[!0-9]* | ??????*) fail "PORT=$PORT: invalid port" ;;
esac
script() {
	ask=$(sed -n 's/^chain .*--timeout [0-9]* \(boot?[^ ]*\) .*/\1/p' "$ipxe/boot.ipxe")
	[ -n "$ask" ] || fail "$ipxe/boot.ipxe has no line with boot?…"
	while IFS= read -r line; do
		case $line in
		*@ASK@*) line=${line%%@ASK@*}$ask${line#*@ASK@} ;;
		*@SERVER@*) line=${line%%@SERVER@*}$server${line#*@SERVER@} ;;
		esac
		case $line in
		'#!ipxe') printf '%s\n' "$line" ;;
		'#'* | '') ;;
		*) printf '%s\n' "$line" ;;
		esac
	done <"$ipxe/embed.ipxe"
}
case ${1-} in
--script)
	script
	exit 0 ;;
'' | -*) fail "usage: ipxe.sh OUT, or ipxe.sh --script" ;;
esac

# --- options --------------------------------------------------------------------------------------

console=${CONSOLE:-ttyS0,115200n8}
serial=
if [ "$console" != none ]; then
	echo "$console" | grep -Eqx 'ttyS[0-3](,[0-9]+([neo]([78])?)?)?' ||
		fail "CONSOLE=$console: invalid; give none, or a port like ttyS1,115200n8"
	port=${console#ttyS}
	mode=${console#*,}
	[ "$mode" != "$console" ] || mode=115200n8
	speed=${mode%%[neo]*}
	case $speed in
	9600 | 19200 | 38400 | 57600 | 115200) ;;
	*) fail "CONSOLE=$console: unknown speed $speed; use 9600, 19200, 38400, 57600 or 115200" ;;
	esac
	case $mode in *o*) parity=1 ;; *e*) parity=2 ;; *) parity=0 ;; esac
	case $mode in *[neo]7) bits=7 ;; *) bits=8 ;; esac
	serial="#define COMCONSOLE COM$((${port%%,*} + 1))
#undef COMSPEED
#define COMSPEED $speed
#undef COMDATA
#define COMDATA $bits
#undef COMPARITY
#define COMPARITY $parity"
fi
if [ -n "${TRUST:-}" ]; then
	[ -r "$TRUST" ] || fail "TRUST=$TRUST cannot be read"
	TRUST=$(realpath "$TRUST")
	case $TRUST in *[!A-Za-z0-9._/+-]*) fail "TRUST=$TRUST: iPXE's make does not accept this path; copy the file elsewhere" ;; esac
fi
mkdir -p "$1"
out=$(cd "$1" && pwd)
for program in gcc make perl nm flock sha256sum; do
	command -v $program >/dev/null || fail "$program is missing; run: sh images/need.sh ipxe"
done
exec 8>"$out/lock"
flock 8
log=$out/build.log
: >"$log"

# --- the source -----------------------------------------------------------------------------------

if [ -n "${IPXE_SOURCE:-}" ]; then
	[ -e "$IPXE_SOURCE/src/Makefile" ] || fail "IPXE_SOURCE=$IPXE_SOURCE has no src/Makefile of iPXE"
	from=$(cd "$IPXE_SOURCE" && find . -type f ! -path './.git/*' ! -path './src/bin*' -exec sha256sum {} + | sort | sha256sum | cut -c 1-16)
	from="tree $from"
else
	# shellcheck source=initramfs/recipes/apt.sh
	. "$here/../initramfs/recipes/apt.sh"
	src=$out/src/${IPXE_SUITE:-own}
	if ! [ -e "$src/complete" ]; then
		rm -rf "$src"
		say "fetching the source package"
		(
			apt_open "$out/apt" ${IPXE_SUITE:+"$IPXE_SUITE"}
			apt_source ipxe "$src"
		) >>"$log" 2>&1 || {
			why=$(grep -E '^E: .*404' "$log" || grep '^E: ' "$log" || tail -n 1 "$log")
			why=$(echo "$why" | head -n 1 | sed 's/^E: //; s/[ \t]*\[IP:.*//')
			fail "iPXE's source is not on the mirror (${why:-see $log}); Debian's ready-made iPXE stays in use; if you have the source: make ipxe IPXE_SOURCE=DIRECTORY"
		}
		touch "$src/complete"
	fi
	dsc=$(find "$src" -name '*.dsc' | head -n 1)
	[ -n "$dsc" ] || fail "no .dsc in $src; remove that directory and run again"
	from=${dsc##*/}
fi
hash=$(
	{
		echo "$from $console"
		gcc -dumpfullversion
		ld --version | head -n 1
		script
		cat "$ipxe/config/"*.h ${TRUST:+"$TRUST"}
		sed -n '/^# --- the build/,$p' "$here/ipxe.sh"
	} | sha256sum | cut -c 1-16
)
made=$out/$hash
links() {
	ln -sfn "$hash" "$out/$console"
	ln -sfn "$hash" "$out/current"
	echo "$made"
}
if [ -s "$made/ipxe.efi" ]; then
	links
	exit 0
fi

# --- the build ------------------------------------------------------------------------------------

work=$(mktemp -d "$out/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
if [ -n "${IPXE_SOURCE:-}" ]; then
	mkdir "$work/tree"
	(cd "$IPXE_SOURCE" && tar -c --exclude=./.git --exclude='./src/bin*' .) | tar -x -C "$work/tree"
else
	dpkg-source --no-copy -x "$dsc" "$work/tree" >>"$log" 2>&1 ||
		fail "$dsc cannot be unpacked (see $log); remove $src and run again"
fi
cd "$work/tree/src"
mkdir -p config/local
script >lastwords.ipxe
cp "$ipxe/config/general.h" config/local/general.h
: >config/local/serial.h
if [ "$console" = none ]; then
	: >config/local/console.h
else
	cp "$ipxe/config/console.h" config/local/console.h
	printf '#undef COMCONSOLE\n%s\n' "$serial" >config/local/serial.h
fi
begin=$(date +%s)
# (NO_WERROR: the source is older than the compiler)
for target in bin/undionly.kpxe bin-x86_64-efi/snponly.efi bin-x86_64-efi/ipxe.efi; do
	say "building ${target#*/}, a minute or two (log: $log)"
	nice make -j"${JOBS:-2}" NO_WERROR=1 EXTRAVERSION=+lastwords EMBED=lastwords.ipxe \
		${TRUST:+"TRUST=$TRUST"} $target >>"$log" 2>&1 || {
		tail -n 20 "$log" >&2
		fail "$target does not build; the whole log: $log"
	}
	# An option without its object in the program had no effect.
	nm "$target.tmp" | sed -n 's/.* _*obj_//p' | sort >"$work/objects"
	lost=
	for header in general console; do
		sed -n 's/^#define \([A-Z_]*\)[ \t]*\/\* \([a-z0-9_]*\):.*/\1 \2/p' "config/local/$header.h" >"$work/options"
		while read -r option object; do
			if ! grep -Eq "[^A-Z_]$option([^A-Z_]|\$)" "config/$header.h"; then
				say "this iPXE does not have $option: building without it"
			elif ! grep -qx "$object" "$work/objects"; then
				lost="$lost $option"
			fi
		done <"$work/options"
	done
	[ -z "$lost" ] || fail "$target has no$lost, which ipxe/config sets; add the options that they depend on"
	# shellcheck disable=SC2016 # iPXE's
	grep -aq 'asking ${lw-server} how to boot' "$target.tmp" || fail "$target has no embedded script"
done
mkdir "$work/made"
cp bin/undionly.kpxe bin-x86_64-efi/snponly.efi bin-x86_64-efi/ipxe.efi lastwords.ipxe "$work/made/"
{
	echo "source=$from"
	echo "console=$console"
	echo "server=$server"
	echo "seconds=$(($(date +%s) - begin))"
} >"$work/made/made"
rm -rf "$made"
mv "$work/made" "$made"
say "made $made in $(($(date +%s) - begin)) s"
links
