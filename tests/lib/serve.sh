# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154,SC2034 # work, root, bin: tap.sh, lighttpd.sh; for the tests
# serve.sh: `lastwords serve` itself, for shell tests. Sourced after tap.sh, lighttpd.sh and cgi.sh.
#
#	serve_config            $conf and $state; for root the state is nobody's, which serve becomes
#	serve_start             starts it, waits until it answers; $url, $port, $serve_pid; its messages in
#	                        $work/serve.log; stopped at exit
#	serve_stop
#	serve_child NAME        the process number of lighttpd or lastwords-collector

needs "make check installs and builds it" lighttpd curl "$bin/lastwords" "${LASTWORDS_BUILD:-$root/build}/tests/lib/free-ports"
images=$work/images
serve_pid=

serve_config() {
	# shellcheck disable=SC2046 # two words
	set -- $("${LASTWORDS_BUILD:-$root/build}/tests/lib/free-ports" 2) "$@"
	port=$1
	url=http://127.0.0.1:$port
	cgi_config "listen = \"127.0.0.1:$1\"" "netconsole = \"127.0.0.1:$2\""
	mkdir -p "$state"
	[ "$(id -u)" = 0 ] || return 0
	if setpriv --reuid 65534 --clear-groups test -x "$bin/lastwords"; then
		chown 65534:65534 "$state"
	else
		export LASTWORDS_SERVE_AS_ROOT=1 # the checkout is where only root can read it
	fi
}

serve_answers() {
	curl -fsS -m 5 -o /dev/null "$url/boot.ipxe" || ! kill -0 "$serve_pid" 2>/dev/null
}

serve_start() {
	"$bin/lastwords" -c "$conf" serve >>"$work/serve.log" 2>&1 &
	serve_pid=$!
	at_exit serve_stop
	wait_for 20 serve_answers && kill -0 "$serve_pid" 2>/dev/null || {
		diag "$(cat "$work/serve.log")"
		return 1
	}
}

serve_stop() {
	[ -n "$serve_pid" ] || return 0
	kill "$serve_pid" 2>/dev/null || :
	wait "$serve_pid" 2>/dev/null || :
	serve_pid=
}

serve_child() {
	pgrep -P "$serve_pid" -f "$1" | head -n 1
}
