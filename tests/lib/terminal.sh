# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154 # work: tap.sh's
# terminal.sh: a person at a terminal, after tap.sh: a real terminal emulator (tmux, a server of its
# own) whose screen the test reads and whose keys it presses. The command in it ends with it.
#
#	term_need                     skips the test without tmux
#	term_open COLUMNS ROWS COMMAND   one terminal; the one before is closed
#	term_keys KEY…                presses keys: a name of tmux's (Enter, Down, C-a, BSpace), or -l TEXT
#	term_shows PATTERN SECONDS NAME  waits until the screen has a line that matches; it stays in $work/screen
#	term_fits NAME                $work/screen is at most 80 wide and 24 high, without what scrolled up
#	term_close

term_need() {
	needs "make check-full installs it" tmux
}

term_tmux() { TMUX='' tmux -S "$work/tmux" -f /dev/null "$@"; }

term_open() {
	term_close
	[ -n "${term_opened:-}" ] || at_exit term_close
	term_opened=1
	LC_ALL=C.UTF-8 TERM=screen term_tmux new-session -d -x "$1" -y "$2" "$3"
	term_tmux set-option -g status off >/dev/null
	term_tmux resize-window -x "$1" -y "$2" 2>/dev/null || true
}

term_close() { term_tmux kill-server 2>/dev/null || true; }

term_keys() { term_tmux send-keys "$@"; }

term_screen() { term_tmux capture-pane -p >"$work/screen" 2>/dev/null; }

term_has() { term_screen && grep -Eqe "$1" "$work/screen"; }

term_shows() {
	if wait_for "$2" term_has "$1"; then
		ok 0 "$3"
	else
		ok 1 "$3"
		diag "on the screen, for $1:"
		sed 's/^/#   /' "$work/screen"
		return 1
	fi
}

term_fits() {
	term_size=$(awk '{ sub(/ +$/, "") } length > w { w = length } length { h = NR }
		NF && !first { first = NR }
		END { print w + 0 "x" (h > 24 ? h - first + 1 : h + 0) }' "$work/screen")
	succeeds "$1 ($term_size)" test "${term_size%x*}" -gt 0 -a "${term_size%x*}" -le 80 -a "${term_size#*x}" -le 24
	sed 's/^/#   /' "$work/screen"
}
