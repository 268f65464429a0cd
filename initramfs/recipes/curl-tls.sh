#!/bin/sh
# SPDX-License-Identifier: MIT
# curl-tls: libcurl-tls.a for musl: as curl.sh, with HTTPS.
# shellcheck disable=SC2034 # curl.sh reads it
tls=bearssl
# shellcheck source=initramfs/recipes/curl.sh
. "$(dirname "$0")/curl.sh"
