#!/bin/sh
# SPDX-License-Identifier: MIT
# The manual as HTML. Path: html.sh, as `make html` runs it, on every page. Evidence: a page for each and an index
# that names all; links between them, and within one, lead to what is there, every other link to Debian's pages; nothing
# is loaded from elsewhere; each program has a page, and each page a section, a name and what it is about; every page is
# in the SEE ALSO of another; a value that one copies from lastwords.conf(5) is in quotes of the configuration.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
needs "make check installs it" mandoc

# shellcheck disable=SC2046 # the tree's own names
set -- $(ls "$root"/*/*/*.[1578])
succeeds "html.sh makes the pages" sh "$root/server/etc/html/html.sh" "$work/html" "$@"
is "$(find "$work/html" -name '*.[1578].html' | wc -l)" $# "a page for each manual"
is "$(grep -c '<li><a href=' "$work/html/index.html")" $# "the index has them all"
is "$(grep -L '<main\|class="manual-text"' "$work"/html/*.html)" '' "each has its text"
grep -ho 'href="[^"#]*' "$work"/html/*.html | sed 's/href="//' | sort -u >"$work/links"
is "$(grep -v '^https://manpages.debian.org/' "$work/links" | while read -r link; do [ -e "$work/html/$link" ] || echo "$link"; done)" '' \
	"each link between pages leads to one"
is "$(grep -E '^https?:' "$work/links" | grep -v '^https://manpages.debian.org/bookworm/' || :)" '' "other links lead to Debian's pages"
is "$(grep '^https://manpages.debian.org/.*/lastwords' "$work/links" || :)" '' "each page of ours that is named is there"
anchors=$(cd "$work/html" && grep -o ' id="[^"]*"' ./*.html | sed 's,^\./,,; s/: id="/#/; s/"$//')
is "$(printf '%s\n' "$anchors" | sort | uniq -d)" '' "no page has an anchor twice"
(cd "$work/html" && grep -o ' href="[^":]*#[^"]*"' ./*.html) |
	sed 's,^\./,,; s/"$//; s/^\([^:]*\): href="#/\1#/; s/^[^:]*: href="//' | sort -u >"$work/fragments"
like "$(cat "$work/fragments")" '^lastwords.1.html#CHANNELS$' "links to anchors are read"
is "$(printf '%s\n' "$anchors" | sort -u | comm -13 - "$work/fragments")" '' "each link to an anchor leads to one"
is "$(grep -L 'href="index.html"' "$work"/html/*.[1578].html)" '' "each page leads to the index"
is "$(grep -Lxi '<html lang="en">.*' "$work"/html/*.html)" '' "each has its language"
is "$(grep -lE '<(script|img|iframe)|@import|url\(' "$work"/html/* || :)" '' "nothing else is loaded"
programs=$(grep -o '[a-z/]*:lastwords[a-z-]*' "$root/Makefile" | cut -d : -f 2 | sort -u)
like "$programs" '^lastwords-collector$' "the Makefile's programs are read"
for program in $programs; do
	succeeds "$program has a page" ls "$root"/*/*/"$program".[18]
done
for page; do
	name=$(basename "$page")
	for other; do
		[ "$other" = "$page" ] || sed -n '/^\.Sh SEE ALSO/,$p' "$other"
	done | grep -q "^\.Xr ${name%.*} ${name##*.}" || echo "$name"
done >"$work/alone"
is "$(cat "$work/alone")" '' "each page is in the SEE ALSO of another"
is "$(grep '^\.It Cm.* = .*[Dd]q' "$root/server/etc/lastwords.conf.5" || :)" '' "lastwords.conf(5) has values in straight quotes"
is "$(grep -L '^\.Nd ' "$@")" '' "each page says what it is about"
is "$(grep -L '^\.Sh SEE ALSO' "$@")" '' "and what to read next"
done_testing
