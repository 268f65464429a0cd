#!/bin/sh
# SPDX-License-Identifier: MIT
# uplot.sh DIR: uPlot, which draws the chart of the page of rates, into DIR: uPlot.iife.min.js, uPlot.min.css and its
# licence. One version, whose tarball must have the SHA-512 below, by npm from the registry that npm is set to;
# without npm by curl from the one that npm_config_registry or ~/.npmrc names. Where neither is there, or the
# registry does not answer, it says so and succeeds: the page has its table and no chart.
set -eu

version=1.6.31
sha512=b1066a4b05426c91a7141e08423418a29ce3e42a13649e01af57c6ff174e3629aa8079ac69cbc28cd7ac7460f2a4d2856eb84b1887ac858872f3d1713c5f87fb
dir=${1:?usage: uplot.sh DIR}

skip() {
	echo "  SKIP    uPlot: $1; the page of rates has no chart"
	exit 0
}

[ ! -s "$dir/uPlot.iife.min.js" ] || exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if command -v npm >/dev/null 2>&1; then
	(cd "$work" && timeout 60 npm pack --silent --fetch-retries=0 --fetch-timeout=15000 "uplot@$version") \
		>/dev/null 2>"$work/why" </dev/null || skip "npm has not got it ($(grep -m 1 . "$work/why" || echo no reason given))"
else
	registry=${npm_config_registry:-${NPM_CONFIG_REGISTRY:-$(sed -n 's/^registry *= *//p' "$HOME/.npmrc" 2>/dev/null || :)}}
	[ -n "$registry" ] || skip "neither npm nor a registry in npm_config_registry or ~/.npmrc"
	command -v curl >/dev/null 2>&1 || skip "neither npm nor curl"
	curl -fsSL --max-time 60 -o "$work/uplot-$version.tgz" "${registry%/}/uplot/-/uplot-$version.tgz" 2>"$work/why" ||
		skip "the registry has not given it ($(head -n 1 "$work/why"))"
fi
[ "$(sha512sum <"$work/uplot-$version.tgz" | cut -d ' ' -f 1)" = $sha512 ] || {
	echo "lastwords: uplot-$version.tgz is not what it was: another SHA-512; see images/uplot.sh" >&2
	exit 1
}
tar -xzf "$work/uplot-$version.tgz" -C "$work"
mkdir -p "$dir"
install -m 644 "$work/package/LICENSE" "$dir/uPlot.LICENSE"
install -m 644 "$work/package/dist/uPlot.min.css" "$dir/"
install -m 644 "$work/package/dist/uPlot.iife.min.js" "$dir/"
