#!/bin/sh
# SPDX-License-Identifier: MIT
# The chart of the rates without a browser: its script, with stand-ins for the page and for uPlot. Path: rows of which one
# has run for less than a day and has no rate yet, and one has no release. Evidence: the others are drawn, in the order of
# their releases, and the axis ends at a number.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
needs "make check installs it" node

node "$root/tests/browser/chart.mjs" "$root/cgi/web/static/chart.js" >"$work/out" 2>&1 || :
is "$(cat "$work/out")" '{"names":["6.1.0-9","6.1.0-57"],"rates":[2,10],"top":25.6,"hidden":false}' \
	"releases with a rate are drawn, as people count them"
done_testing
