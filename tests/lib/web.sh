# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154,SC2034 # work, root, conf, state: tap.sh, cgi.sh; for the tests
# web.sh: a filled store and pages without a server. Sourced after tap.sh, lighttpd.sh and cgi.sh (cgi_config).
#
#	web_boot MAC [PRODUCT]   the machine asks for its script, arms and runs; sets $id, $token
#	web_crash FILE           its kernel log arrives
#	web_index                journal and files into the index
#	web PATH [QUERY] [NAME=VALUE…]   asks lastwords-web; $status, $head, $work/body; VALUEs: CGI variables
#	web_post PATH FORM [NAME=VALUE…] the same by POST

web_boot() {
	cgi_ask /boot "mac=$1&product=${2:-KVM}&serial=S-${1##*-}&ip=10.9.0.5&netmask=255.255.255.0"
	archive=$(printf '%s' "$text" | sed -n 's|.*\(/session/[^ ]*\).*|\1|p' | head -n 1)
	id=${archive##*/session/}
	id=${id%%.cpio*}
	token=${archive##*token=}
	token=${token%%&*}
	web_call event=armed crashkernel=201326592 capture=stock ms=310 release=6.1.0-57-amd64
	web_call event=running interface=eth0 address=10.9.0.5 netconsole=on uptime=9
}

# web_call NAME=VALUE…: the callback
web_call() {
	(
		IFS='&'
		printf '%s' "$*"
	) >"$work/call"
	REQUEST_METHOD=POST REQUEST_URI=/callback/$id CONTENT_LENGTH=$(stat -c %s "$work/call") \
		HTTP_AUTHORIZATION="Bearer $token" REMOTE_ADDR=10.9.0.5 \
		"$bin/lastwords-ingest" -c "$conf" <"$work/call" >"$work/answer" 2>"$work/err"
}

web_crash() {
	REQUEST_METHOD=PUT REQUEST_URI=/crash/$id CONTENT_LENGTH=$(stat -c %s "$1") \
		HTTP_AUTHORIZATION="Bearer $token" REMOTE_ADDR=10.9.0.5 \
		"$bin/lastwords-ingest" -c "$conf" <"$1" >"$work/answer" 2>"$work/err"
}

web_index() {
	"$bin/lastwords" -c "$conf" reindex >"$work/reindex" 2>&1
}

web_run() {
	"$bin/lastwords-web" -c "$conf" 2>"$work/err" | tr -d '\r' >"$work/whole"
	status=$(sed -n '1s/^Status: *\([0-9]*\).*/\1/p' "$work/whole")
	head=$(sed '/^$/q' "$work/whole")
	sed '1,/^$/d' "$work/whole" >"$work/body"
}

web() {
	web_path=$1
	web_query=${2:-}
	shift
	[ $# -eq 0 ] || shift
	# shellcheck disable=SC2068 # NAME=VALUE
	eval "$(for v; do printf 'export %s=%s; ' "${v%%=*}" "$(printf '%s' "${v#*=}" | sed "s/'/'\\\\''/g; s/^/'/; s/\$/'/")"; done)
		REQUEST_METHOD=\${web_method:-GET} REQUEST_URI=\$web_path\${web_query:+?\$web_query} QUERY_STRING=\$web_query
		export REQUEST_METHOD REQUEST_URI QUERY_STRING
		web_run
		unset REQUEST_METHOD REQUEST_URI QUERY_STRING $(for v; do printf '%s ' "${v%%=*}"; done)"
}

web_post() {
	web_path=$1
	printf '%s' "$2" >"$work/form"
	shift 2
	web_method=POST
	exec 3<"$work/form"
	web "$web_path" '' CONTENT_TYPE=application/x-www-form-urlencoded \
		"CONTENT_LENGTH=$(stat -c %s "$work/form")" "$@" <&3
	exec 3<&-
	web_method=
}
