#!/bin/sh
# SPDX-License-Identifier: MIT
# The server is down for 20 s just when a machine dies: one scene of tests/slow/bad-days.t, for every change.
# Evidence: stored by HTTP once the server is back, and the record says how many tries it took and why.
set -eu
LAB_SCENES=down exec sh "$(dirname "$0")/../full/bad-days.t"
