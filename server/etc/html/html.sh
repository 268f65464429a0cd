#!/bin/sh
# SPDX-License-Identifier: MIT
# html.sh OUT PAGE...: the manual pages as OUT/NAME.SECTION.html, each with its contents and with links to the others,
# and OUT/index.html. A page that is not ours is linked to manpages.debian.org. It must not need anything but mandoc
# and the usual tools.
set -eu
out=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
command -v mandoc >/dev/null || {
	echo "html.sh: mandoc is missing; run: sh images/need.sh html" >&2
	exit 1
}
mkdir -p "$out"
cp "$here/manual.css" "$out/manual.css"
# (mandoc links to a page as ours if the current directory has it)
pages=$(mktemp -d)
trap 'rm -rf "$pages"' EXIT
for page; do
	cp "$page" "$pages/"
done
out=$(cd "$out" && pwd)

# head TITLE: what each page begins with.
head() {
	echo '<!DOCTYPE html>'
	echo '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1.0">'
	echo "<title>$1</title><link rel=\"stylesheet\" href=\"manual.css\"></head><body>"
}
# Headings go down by one, because the first is the page's own name; so the manual's own title is left out.
body() {
	(cd "$pages" && mandoc -T html -I os=lastwords \
		-O 'fragment,toc,man=%N.%S.html;https://manpages.debian.org/bookworm/%N.%S.en.html' "$1" >body)
	sed '/<table class="head">/,/<\/table>/d; s,<\(/*\)h2,<\1h3,g; s,<\(/*\)h1,<\1h2,g' "$pages/body"
}
for page; do
	name=$(basename "$page")
	title="${name%.*}(${name##*.})"
	{
		head "$title"
		echo "<nav><a href=\"index.html\">lastwords: manual</a></nav><main><h1>$title</h1>"
		body "$name"
		echo '</main></body></html>'
	} >"$out/$name.html"
done

section() {
	case $1 in
	1) echo 'Commands' ;;
	5) echo 'Files and formats' ;;
	7) echo 'Protocols' ;;
	8) echo 'Programs of the server and of the machines' ;;
	esac
}
{
	head 'lastwords: manual'
	echo '<main><h1>lastwords: manual</h1>'
	for number in 1 5 7 8; do
		echo "<h2>$(section "$number")</h2><ul>"
		for page; do
			name=$(basename "$page")
			[ "${name##*.}" = "$number" ] || continue
			text=$(sed -n 's/^\.Nd //p' "$page" | sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g')
			echo "<li><a href=\"$name.html\">${name%.*}($number)</a>: $text</li>"
		done
		echo '</ul>'
	done
	echo '</main></body></html>'
} >"$out/index.html"
