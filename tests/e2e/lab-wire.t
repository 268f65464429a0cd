#!/bin/sh
# SPDX-License-Identifier: MIT
# A kernel that sends its netconsole over a wire which loses 30 %, and crashes: one row of
# tests/slow/bad-wire.t, for every change.
# Evidence: the count of lost packets is what the wire dropped, and the merged record has no hole.
set -eu
LAB_WIRES=extended exec sh "$(dirname "$0")/../slow/bad-wire.t"
