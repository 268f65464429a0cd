# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154 # tap.sh's and collector.sh's
# console.sh: lastwords-console with serial lines of the test's own, behind tap.sh and collector.sh.
#
#	line_start NAME    a serial line that listens on $work/NAME.line; what is typed goes to $work/NAME.typed
#	line_stop NAME     its other end goes away
#	say NAME TEXT      the machine prints (printf's form)
#	console_start      starts the program with $work/lastwords.conf and waits until it listens
#	console_stop SIGNAL    ends it; $console_rc is its exit status
#	console_dir ID     prints the directory of a session
#	status NAME PATTERN    the line of this console in console.status has it

needs "$by_make" "$bin/lastwords-console" socat

line_start() {
	[ -p "$work/$1.feed" ] || mkfifo "$work/$1.feed"
	cat >"$work/$1.sh" <<-END
		cat 0<>"$work/$1.feed" &
		trap "kill \$!" TERM EXIT
		cat >>"$work/$1.typed"
	END
	: >>"$work/$1.typed"
	socat "UNIX-LISTEN:$work/$1.line,unlink-early" "EXEC:sh $work/$1.sh" 2>"$work/$1.socat" &
	eval "line_pid_$1=$!"
	at_exit "kill $! 2>/dev/null || true"
}

line_stop() {
	eval "kill \$line_pid_$1" 2>/dev/null || true # it may have ended with its connection
	eval "wait \$line_pid_$1" 2>/dev/null || true
}

say() {
	# shellcheck disable=SC2059 # the text is a form
	printf "$2" >"$work/$1.feed"
}

console_listens() {
	[ -S "$state/run/console.sock" ] && lastwords console >/dev/null 2>&1
}

console_start() {
	"$bin/lastwords-console" -c "$work/lastwords.conf" 2>"$work/console.err" &
	console_pid=$!
	at_exit "kill $! 2>/dev/null || true"
	wait_for 10 console_listens || diag "$(cat "$work/console.err")"
}

console_stop() {
	kill "-$1" "$console_pid"
	console_rc=0
	wait "$console_pid" || console_rc=$?
}

console_dir() {
	echo "$state/sessions/$(echo "$1" | cut -c1-12)/$1"
}

status() {
	grep -qE "^$1 .*$2" "$state/run/console.status"
}
