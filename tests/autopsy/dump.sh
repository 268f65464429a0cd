#!/bin/sh
# SPDX-License-Identifier: MIT
# dump.sh OUT SUITE FLAVOUR dump|vmcore [WORD…]: makes dumps of a machine in a known scene for work on
# lastwords-autopsy: see scene.sh for what is in OUT then, and init for the WORDs.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck disable=SC2034 # tap.sh reads it
tap_finished=1 # no test: it has no plan
# shellcheck source=tests/slow/guest.sh
. "$root/tests/slow/guest.sh"
# shellcheck source=tests/autopsy/scene.sh
. "$root/tests/autopsy/scene.sh"
[ $# -ge 4 ] || {
	echo "usage: dump.sh OUT SUITE FLAVOUR dump|vmcore [WORD…]" >&2
	exit 2
}
out=$1 suite=$2 flavour=$3 how=$4
shift 4
scene_make "$suite" "$flavour" && scene_run "$out" "$how" "$@" || {
	echo "dump.sh: $scene_why" >&2
	exit 1
}
