#!/bin/sh
# SPDX-License-Identifier: MIT
# The server is down for 20 s just when a machine crashes: one scene of tests/slow/bad-days.t, for every change.
# Evidence: stored by HTTP once the server is back; the record has the number of tries and the reason.
set -eu
LAB_SCENES=down exec sh "$(dirname "$0")/../slow/bad-days.t"
