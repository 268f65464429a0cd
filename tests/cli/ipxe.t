#!/bin/sh
# SPDX-License-Identifier: MIT
# images/ipxe.sh: the script that our own iPXE embeds, and the recipe around a source of iPXE, with a
# stand-in for that source: a tree with the same targets, configuration headers and object symbols.
# Evidence: the script is sound and asks what boot.ipxe asks; what is built has it and the serial port
# asked for; a second call builds nothing; an option that is lost fails the build; a mirror without the
# source, and wrong input, are one line and exit 1. That real iPXE builds is not seen here.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
lint=${LASTWORDS_TOOLS:-$root/build/tests}/lib/ipxe-lint
needs "make check installs and builds it" gcc make perl nm "$lint"
recipe() { "$root/images/ipxe.sh" "$@" 2>"$work/err"; }

recipe --script >"$work/script"
lint() { "$lint" --own <"$1"; }
succeeds "the embedded script passes the checker" lint "$work/script"
sed 's/goto later$/goto nowhere/' "$work/script" >"$work/broken"
fails "the checker refuses a goto to nowhere" lint "$work/broken"
succeeds "boot.ipxe passes the checker" lint "$root/ipxe/boot.ipxe"
question() { sed -n 's/^chain .*boot?\([^ ]*\) .*/\1/p' "$1"; }
is "$(question "$work/script")" "$(question "$root/ipxe/boot.ipxe")" "the embedded script sends the same request as boot.ipxe"
# shellcheck disable=SC2016 # iPXE's
like "$(cat "$work/script")" '^set lw-server http://\$\{next-server\}:8080$' "the server is the TFTP server by default"
like "$(URL=http://10.77.0.1:8081/ recipe --script)" '^set lw-server http://10\.77\.0\.1:8081$' "URL sets the server"
unlike "$(cat "$work/script")" '@|^#[^!]' "the template is filled in completely"
like "$(PORT=80 recipe --script)" '^set lw-server http://\$\{next-server\}:80$' "PORT sets the port of the default server"
with() { # with NAME=VALUE… -- COMMAND…
	(
		while [ "$1" != -- ]; do
			export "${1?}"
			shift
		done
		shift
		"$@"
	)
}
fails "an invalid port is refused" with PORT='80;x' -- recipe --script
for url in 'ftp://x' 'http://a b' 'http://x/"' 'http://x;exit' "http://x/\${ip}"; do
	fails "refused: URL=$url" with URL="$url" -- recipe --script
done
is "$(wc -l <"$work/err")" 1 "a refused URL: one line"

# A stand-in for iPXE's source: what the recipe uses of it.
tree=$work/tree/src
mkdir -p "$tree/config"
for option in $(sed -n 's/^#define \([A-Z_]*\).*/\1/p' "$root/ipxe/config/general.h"); do
	[ "$option" = SHIM_CMD ] || echo "//#define $option"
done >"$tree/config/general.h"
echo '#include <config/local/general.h>' >>"$tree/config/general.h"
printf '%s\n' '//#define CONSOLE_SERIAL' '#include <config/local/console.h>' >"$tree/config/console.h"
printf '%s\n' '#define COM1 0x3f8' '#define COM2 0x2f8' '#define COMCONSOLE COM1' '#define COMSPEED 115200' \
	'#define COMDATA 8' '#define COMPARITY 0' '#include <config/local/serial.h>' >"$tree/config/serial.h"
{
	printf '%s\n' '#include <config/general.h>' '#include <config/console.h>' '#include <config/serial.h>'
	echo 'int lw_port = COMCONSOLE, lw_mode = COMSPEED * 10 + COMPARITY;'
	cat "$root/ipxe/config/general.h" "$root/ipxe/config/console.h" |
		sed -n 's/^#define \([A-Z_]*\)[ \t]*\/\* \([a-z_]*\):.*/#ifdef \1\nint obj_\2;\n#endif/p'
} >"$tree/config.c"
cat >"$tree/Makefile" <<'END'
bin/% bin-x86_64-efi/%:
	mkdir -p $(@D)
	gcc -I. -c -o config.o config.c
	printf '.section .rodata\n.incbin "$(EMBED)"\n' | gcc -x assembler -c -o embedded.o -
	objcopy -O binary -j .data config.o port; od -An -tu4 port >$(SHOW)
	ld -r -o $@.tmp config.o embedded.o
	{ gcc -I. -E -P -include config/serial.h -x c - </dev/null; echo 'of $(EXTRAVERSION)'; cat $(EMBED); echo '$(TRUST)'; } >$@
	echo once >>$(COUNT)
END
export IPXE_SOURCE="$work/tree" COUNT="$work/count" SHOW="$work/port"
built() { made=$(recipe "$work/out"); }

built && rc=0 || rc=1
ok $rc "the stand-in for iPXE's source is built"
[ $rc = 0 ] || diag "$(cat "$work/err")"
for file in undionly.kpxe snponly.efi ipxe.efi; do
	like "$(cat "$made/$file" 2>/dev/null)" 'chain --timeout 20000 .*/boot\?mac=' "$file has the embedded script"
done
is "$(readlink "$work/out/current") $(wc -l <"$COUNT")" "${made##*/} 3" "current is a link to the build; three files were made"
like "$(cat "$work/err")" 'does not have SHIM_CMD: building without' "an option that this source does not have is reported"
nm "$made/../work"* >/dev/null 2>&1 && rc=1 || rc=0
ok $rc "no build directory is left behind"
built
is "$(wc -l <"$COUNT")" 3 "a second call builds nothing"
first=$made
CONSOLE=ttyS1,57600e7 built
is "$(wc -l <"$COUNT")" 6 "another console is another build"
like "$(cat "$made/made")" '^console=ttyS1,57600e7$' "the build records its console"
is "$(tr -s ' ' <"$work/port")" " 760 576002" "port 0x2f8, its speed and parity reach the program"
is "$(readlink "$work/out/ttyS1,57600e7") $(readlink "$work/out/ttyS0,115200n8")" "${made##*/} ${first##*/}" \
	"each build is found by its console"
echo certificate >"$work/ca.pem"
(cd "$work" && CONSOLE=none URL=http://10.77.0.1:81 TRUST=ca.pem recipe out >made) && made=$(cat "$work/made") && rc=0 || rc=1
ok $rc "a build without a console succeeds"
like "$(cat "$made/ipxe.efi")" '^set lw-server http://10.77.0.1:81$' "the build has the server of URL"
like "$(cat "$made/ipxe.efi")" "^$work/ca.pem\$" "the CA is passed by its absolute path"
fails "refused: a CA that does not exist" with TRUST=/nowhere.pem -- built
for console in ttyS9 ttyS0,110 'ttyS0;x' tty0 ttyS1,9600x; do
	fails "refused: CONSOLE=$console" with CONSOLE="$console" -- built
	is "$(wc -l <"$work/err")" 1 "CONSOLE=$console: the error is one line"
done
# CERT_CMD has no object any more.
sed -i '/obj_cert_cmd/d' "$tree/config.c"
fails "an option without effect fails the build" built
like "$(cat "$work/err")" 'undionly.kpxe has no CERT_CMD, which ipxe/config sets' "the option without effect is named"
fails "a source directory without iPXE is refused" with IPXE_SOURCE=/nowhere -- built
like "$(cat "$work/err")" 'IPXE_SOURCE=/nowhere has no src/Makefile' "the missing source is named"

# A mirror without the source.
unset IPXE_SOURCE
mkdir "$work/bin"
cat >"$work/bin/apt-get" <<'END'
#!/bin/sh
case "$*" in
*source*) echo 'E: Failed to fetch http://mirror/ipxe.orig.tar.xz  404  Not Found [IP: 192.0.2.1 80]' >&2; exit 100 ;;
esac
END
chmod +x "$work/bin/apt-get"
fails "a mirror without the source package fails the build" with PATH="$work/bin:$PATH" -- built
is "$(grep -vc 'fetching' "$work/err")" 1 "a missing source package: one line"
like "$(cat "$work/err")" "is not on the mirror \(.*404  Not Found\); Debian's ready-made iPXE stays in use; .*IPXE_SOURCE" \
	"a missing source package: the reason and the fix"
done_testing
