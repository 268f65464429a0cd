#!/bin/sh
# SPDX-License-Identifier: MIT
# bisect.sh: lastwords' bisection of crashes that strike sometimes, next to plain bisection and one that runs each
# candidate three times, in the same made-up cases. Prints a table for each pair of rates: right, wrong (in
# per cent of the cases; the rest named no candidate), runs on average and at most. The program is a unit
# test, which also judges the figures.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
"${LASTWORDS_TOOLS:-$root/build/tests}/unit/repro_simulation.t" | sed -n 's/^# //p'
