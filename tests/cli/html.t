#!/bin/sh
# SPDX-License-Identifier: MIT
# The manual as HTML. Path: html.sh, as `make html` runs it, on every page. Evidence: a page for each and an index
# that names all; links between them lead to files that are there, every other link to Debian's pages; nothing is
# loaded from elsewhere; each program has a page, and each page a section, a name and what it is about.
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
is "$(grep -lE '<(script|img|iframe)|@import|url\(' "$work"/html/* || :)" '' "nothing else is loaded"
programs=$(grep -o '[a-z/]*:lastwords[a-z-]*' "$root/Makefile" | cut -d : -f 2 | sort -u)
like "$programs" '^lastwords-collector$' "the Makefile's programs are read"
for program in $programs; do
	succeeds "$program has a page" ls "$root"/*/*/"$program".[18]
done
is "$(grep -L '^\.Nd ' "$@")" '' "each page says what it is about"
is "$(grep -L '^\.Sh SEE ALSO' "$@")" '' "and what to read next"
done_testing
