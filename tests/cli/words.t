#!/bin/sh
# SPDX-License-Identifier: MIT
# Words that were replaced, because a newcomer had to learn them, do not come back: in --help, in the manuals,
# in README and what is installed from server/etc, in the strings of C sources, and in the shell scripts that
# users run. Evidence: none is found there, and each is found in a sample. It must not judge any other text.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
bin=${LASTWORDS_BIN:-$root/build/bin}
needs "make check builds it" "$bin/lastwords"

words='rope ropes mend mends mended mending settle settles settled settling guilt holdings unsaid overdue anew
whoever beside lacks|is none|of nobody|nobody'\''s|of nowhere'

# Exceptions: FILE, a tab, WORD. dmesg.meta files written before 0.2 have "rope" for "channel", and are read.
exceptions() {
	printf '%s\t%s\n' server/record/load.c rope
}

# find_words KIND FILE…: FILE:LINE: WORD: TEXT of each word that went; KIND: text, manual (without its macros),
# source (strings of C only). A phrase is also found across the end of a line.
find_words() {
	exceptions >"$work/exceptions"
	kind=$1
	shift
	awk -v kind="$kind" -v words="$words" -v root="$root/" -v exceptions="$work/exceptions" '
		BEGIN {
			gsub(/[ \n]+/, " ", words)
			n = split(words, parts, "|")
			single = parts[1]
			count = split(single, word, " ")
			for (i = 2; i <= n; i++)
				word[++count] = parts[i]
			while ((getline line < exceptions) > 0) {
				split(line, pair, "\t")
				allowed[pair[1], pair[2]] = 1
			}
		}
		function strings(line,    out, i, part, m) {
			gsub(/\\"/, "", line)
			gsub(/\047"\047/, "", line)
			if (line ~ /^[ \t]*#[ \t]*include/)
				return ""
			m = split(line, part, "\"")
			for (i = 2; i <= m; i += 2)
				out = out " " part[i]
			return out
		}
		FNR == 1 { last = ""; name = FILENAME; if (index(name, root) == 1) name = substr(name, length(root) + 1) }
		{
			text = $0
			if (kind == "manual") {
				if (text ~ /^\.\\"/)
					next
				sub(/^\.[A-Z][A-Za-z]+/, "", text)
			} else if (kind == "source") {
				text = strings(text)
				gsub(/\\n/, " ", text)
			}
			plain = tolower(text)
			gsub(/[^a-z0-9_\047-]+/, " ", plain)
			plain = " " plain " "
			gsub(/ +/, " ", plain)
			for (i = 1; i <= count; i++) {
				where = index(word[i], " ") ? last plain : plain
				gsub(/ +/, " ", where)
				if (word[i] == "is none")
					gsub(/ there is none /, " ", where)
				if (index(where, " " word[i] " ") && !((name, word[i]) in allowed)) {
					sub(/^[ \t]+/, "", text)
					print name ":" FNR ": " word[i] ": " text
				}
			}
			m = split(plain, piece, " ")
			last = m ? " " piece[m] : (kind == "source" && text == "" ? last : "")
		}' "$@"
}
# none_in NAME KIND FILE…
none_in() {
	name=$1
	shift
	find_words "$@" >"$work/found"
	is "$(wc -l <"$work/found")" 0 "words that were replaced are not in $name"
	[ ! -s "$work/found" ] || diag "$(cat "$work/found")"
}

# The search itself.
echo "$words" | tr '|' '\n' | sed '1,/^whoever/!b; s/ /\n/g' >"$work/sample"
wanted=$(wc -l <"$work/sample")
echo "there is none" >>"$work/sample"
is "$(find_words text "$work/sample" | wc -l)" "$wanted" "each word is found in a text"
sed 's/.*/.It the & here/' "$work/sample" >"$work/sample.8"
is "$(find_words manual "$work/sample.8" | wc -l)" "$wanted" "each word is found in a manual"
sed 's/.*/	err_set(err, "%s: & %d", name);/' "$work/sample" >"$work/sample.c"
is "$(find_words source "$work/sample.c" | wc -l)" "$wanted" "each word is found in a string"
printf '%s\n' 'its mask is' 'none' 'recommend Europe besides' >"$work/split"
is "$(find_words text "$work/split")" "$work/split:2: is none: none" "a phrase is found across lines, a part of a word is not"

# What programs print when asked for help.
mkdir "$work/help"
for program in lastwords lastwords-boot lastwords-ingest lastwords-collector lastwords-console lastwords-relay lastwords-dmesg; do
	path=$bin/$program
	[ "$program" != lastwords-dmesg ] || path=${LASTWORDS_DMESG:-$path}
	succeeds "$program --help exits with 0" timeout 10 "$path" --help
	printf '%s\n' "$tap_out" >"$work/help/$program"
done
sed -n 's/^  \([a-z][a-z-]*\).*/\1/p' "$work/help/lastwords" >"$work/commands"
while read -r command; do
	timeout 10 "$bin/lastwords" "$command" --help >"$work/help/$command" 2>&1 </dev/null || true
done <"$work/commands"
none_in "--help" text "$work"/help/*
none_in "the manuals" manual "$root"/*/*/*.[1578]
# shellcheck disable=SC2046 # the tree's own names
none_in "README and what is installed" text "$root/README.md" \
	$(find "$root/server/etc" "$root/ipxe" -type f ! -name '*.[1578]')
# shellcheck disable=SC2046 # the tree's own names
none_in "the scripts that users run" text $(find "$root/images" "$root/initramfs/capture" "$root/initramfs/recipes" -type f)
# shellcheck disable=SC2046 # the tree's own names
none_in "strings of C sources" source $(find "$root/cgi" "$root/server" "$root/initramfs" -name '*.[ch]')
done_testing
