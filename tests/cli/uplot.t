#!/bin/sh
# SPDX-License-Identifier: MIT
# The library of the rates' chart comes from npm's registry, or not at all. Path: uplot.sh with an npm that has nothing,
# has another file, or is not there, and with a registry of the test's own. Evidence: it succeeds without files and
# says why; another file is refused.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
uplot() { PATH=$path HOME=$work/home sh "$root/images/uplot.sh" "$work/out" 2>&1; }

# a PATH in which npm is ours, or is not at all
mkdir -p "$work/bin" "$work/home" "$work/tree/package/dist"
for tool in sh mktemp rm timeout grep sed head cut sha512sum tar mkdir install curl gzip echo cp; do
	ln -s "$(command -v "$tool")" "$work/bin/$tool" 2>/dev/null || :
done
path=$work/bin
unset npm_config_registry NPM_CONFIG_REGISTRY || :

like "$(uplot)" 'SKIP +uPlot: neither npm nor a registry' "without npm and a registry there is no chart"
succeeds "which is no failure" uplot
cat >"$work/bin/npm" <<'NPM'
#!/bin/sh
echo 'npm ERR! network request failed' >&2
exit 1
NPM
chmod +x "$work/bin/npm"
like "$(uplot)" 'SKIP +uPlot: npm has not got it .npm ERR! network' "nor with an npm that gets nothing"
fails "and there are no files" test -e "$work/out"

echo 'alert(1)' >"$work/tree/package/dist/uPlot.iife.min.js"
touch "$work/tree/package/dist/uPlot.min.css" "$work/tree/package/LICENSE"
tar -czf "$work/other.tgz" -C "$work/tree" package
cat >"$work/bin/npm" <<NPM
#!/bin/sh
cp "$work/other.tgz" uplot-1.6.31.tgz
NPM
exits 1 "another file than the pinned one is refused" uplot
like "$(uplot || :)" 'another SHA-512' "because of its SHA-512"
fails "and not installed" test -e "$work/out/uPlot.iife.min.js"

rm "$work/bin/npm"
mkdir -p "$work/registry/uplot/-"
cp "$work/other.tgz" "$work/registry/uplot/-/uplot-1.6.31.tgz"
echo "registry=file://$work/registry/" >"$work/home/.npmrc"
like "$(uplot || :)" 'another SHA-512' "the same by the registry that ~/.npmrc names"
echo "registry=file://$work/none" >"$work/home/.npmrc"
like "$(uplot)" 'SKIP +uPlot: the registry has not given it' "one that has it not is no failure"
done_testing
