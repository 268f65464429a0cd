# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# lighttpd.sh: a real lighttpd with the real programs, for shell tests. Sourced after tap.sh.
#
#	lighttpd_start MODE CONF   MODE fastcgi (server/etc/lighttpd.conf.in) or cgi; sets $url, $port,
#	                           $run (logs) and returns when it answers; stopped at exit
#	lighttpd_stop
#	lab_image DIR NAME         a directory that is an image as far as the server looks
#
# The programs are those of $LASTWORDS_BIN, else of build/bin.

bin=${LASTWORDS_BIN:-$root/build/bin}
needs "make check builds it" "$bin/lastwords-boot" "$bin/lastwords-ingest"
lighttpd_pid=

lighttpd_fill() {
	sed -e "s|@BIND@|127.0.0.1|g; s|@PORT@|$port|g; s|@BIN@|$bin|g; s|@CONF@|$1|g" \
		-e "s|@IPXE@|$root/ipxe|g; s|@ETC@|$root/server/etc|g; s|@IMAGES@|$work/images|g; s|@RUN@|$run|g; s|@LOGS@|$run|g; s|@UPLOADS@|$run|g; s|@METRICS@|$run|g; s|@FIRMWARE@|/usr/lib/ipxe|g" \
		-e "s|@WORKERS@|2|g; s|@UPLOAD_KB@|${upload_kb:-65600}|g; s|@FILES@|1024|g; s|@CONNECTIONS@|480|g; s|@TLS@|$run/tls.conf|g" \
		"$root/server/etc/lighttpd.conf.in"
}

# The same server, with a process for each request.
lighttpd_cgi() {
	# shellcheck disable=SC2016 # a $ of lighttpd's
	lighttpd_fill "$1" | sed '/^\$HTTP/,/^}/d; s/"mod_fastcgi"/"mod_cgi", "mod_setenv"/'
	cat <<-CONF
		setenv.add-environment = ( "LASTWORDS_CONF" => "$1" )
		\$HTTP["url"] =~ "^/(boot|cgi-bin/boot_ipxe\.cgi|session/[^/]*|pxelinux/pxelinux\.cfg/.*)\$" {
			alias.url = ( "/boot" => "$bin/lastwords-boot", "/session" => "$bin/lastwords-boot",
				"/pxelinux/pxelinux.cfg" => "$bin/lastwords-boot",
				"/cgi-bin/boot_ipxe.cgi" => "$bin/lastwords-boot" )
			cgi.assign = ( "" => "" )
		}
		\$HTTP["url"] =~ "^/(crash|callback)/[^/]*\$" {
			alias.url = ( "/crash" => "$bin/lastwords-ingest",
				"/callback" => "$bin/lastwords-ingest" )
			cgi.assign = ( "" => "" )
		}
	CONF
}

lighttpd_answers() {
	curl -s -o /dev/null "http://127.0.0.1:$port/" || ! kill -0 "$lighttpd_pid" 2>/dev/null
}

lighttpd_start() {
	needs "make check installs it" lighttpd curl
	run=$work/run-$1
	mkdir -p "$run" "$work/images"
	: >"$run/tls.conf"
	lighttpd_try=0
	while :; do
		port=$((20000 + ($$ * 7 + lighttpd_try * 101) % 20000))
		if [ "$1" = cgi ]; then
			lighttpd_cgi "$2" >"$run/lighttpd.conf"
		else
			lighttpd_fill "$2" >"$run/lighttpd.conf"
		fi
		lighttpd -D -f "$run/lighttpd.conf" >"$run/lighttpd.out" 2>&1 &
		lighttpd_pid=$!
		wait_for 20 lighttpd_answers || :
		kill -0 "$lighttpd_pid" 2>/dev/null && break
		# The port was taken, or the configuration is wrong.
		lighttpd_try=$((lighttpd_try + 1))
		if [ $lighttpd_try -ge 10 ]; then
			cat "$run/lighttpd.out" "$run/lighttpd.log" >&2 || :
			exit 1
		fi
	done
	# shellcheck disable=SC2034 # for the tests
	url=http://127.0.0.1:$port
	at_exit lighttpd_stop
}

lighttpd_stop() {
	[ -n "$lighttpd_pid" ] || return 0
	kill "$lighttpd_pid" 2>/dev/null || :
	wait "$lighttpd_pid" 2>/dev/null || :
	lighttpd_pid=
}

lab_image() {
	mkdir -p "$1/$2"
	echo kernel >"$1/$2/vmlinuz"
	echo initrd >"$1/$2/initrd.img"
	echo overlay >"$1/$2/overlay.cpio.gz"
	{
		echo release=6.1.0-test
		echo crashkernel=96M
		echo overlay-size=8
		echo "overlay-sha256=$(sha256sum <"$1/$2/overlay.cpio.gz" | cut -c1-64)"
	} >"$1/$2/image.conf"
}
