#!/bin/sh
# SPDX-License-Identifier: MIT
# The manuals' EXAMPLES do what they say. Path: every page's section EXAMPLES, its commands run one after the other in
# one shell, against a server of the test's with a session; what a line shows, "..." standing for anything.
# Evidence: each command exits with 0, and prints what the page has under it. What cannot run here is named, with why.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lighttpd.sh"
. "$root/tests/lib/cgi.sh"
tools=${LASTWORDS_TOOLS:-$root/build/tests}
dmesg=${LASTWORDS_DMESG:-$bin/lastwords-dmesg}
autopsy=${LASTWORDS_AUTOPSY:-$bin/lastwords-autopsy}
needs "make check installs and builds it" perl jq cpio curl sha256sum "$tools/vmcore/mkvmcore" "$dmesg" "$autopsy"

# impossible PAGE COMMAND: why a command cannot run here; nothing if it can.
impossible() {
	case $2 in
	'dmesg | '*) echo "the log of this machine, which may have a crash or none" ;;
	*'lastwords image --estimate'*) echo "it takes minutes: tests/cli/estimate.t" ;;
	*'lastwords tail -f'*) echo "it does not end: tests/cli/commands.t" ;;
	*'lastwords power '*) echo "it needs a machine: tests/cli/power.t" ;;
	*'lastwords-dmesg --session'*) echo "only in a capture kernel: tests/e2e" ;;
	*lastwords-collector*) echo "it does not end: tests/collector" ;;
	*:8081/*) echo "the pages: tests/cgi/web.t" ;;
	*'lastwords show -n 2'*) echo "tests/cli/manual.t compares it" ;;
	*lastwords-decode*) echo "it needs a kernel with debug information: tests/collector/decode.t" ;;
	*'lastwords-autopsy --json'*) echo "it needs a dump with a kernel: tests/vmcore/autopsy.t" ;;
	esac
}

# The server, a session with a crash, and what commands find in their directory.
cgi_config
lighttpd_start fastcgi "$conf"
here=$work/here
mkdir -p "$here" "$work/path"
ln -s "$bin"/lastwords* "$work/path/"
ln -sf "$dmesg" "$work/path/lastwords-dmesg"
ln -sf "$autopsy" "$work/path/lastwords-autopsy"
"$tools/vmcore/mkvmcore" "$root/tests/vmcore/prb-plain.desc" x86_64 load "$here/vmcore" >/dev/null
session
lw reindex >/dev/null
export SESSION="$id" TOKEN="$token" LASTWORDS_CONF="$conf"

# example PAGE: the commands of its EXAMPLES, "$ COMMAND", each with the lines under it.
example() {
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "$1" | awk '
		/^\.Bd -literal/ { literal = 1; next }
		/^\.Ed/ { literal = 0; next }
		/^\.Dl / { line = substr($0, 5); print line; next }
		literal { print }' | sed "s/\\\\&//g; s/\\\\(dq/\"/g; s/\\\\e/\\\\/g"
}
# The same with this server's places.
placed() {
	sed "s|http://10.77.0.1:8080|$url|g; s|/var/lib/lastwords|$state|g; s|/etc/lastwords/lastwords.conf|$conf|g"
}

for page in "$root"/*/*/*.[1578]; do
	name=$(basename "$page")
	case $name in
	lastwords.conf.5) continue ;; # its example is a configuration: commands.t
	esac
	grep -q '^\.Sh EXAMPLES' "$page" || continue
	example "$page" | placed >"$work/example"
	grep -q '^\$ ' "$work/example" || {
		ok 1 "$name: its commands begin with \$ and a blank"
		continue
	}
	# One shell, which marks where each command's output ends.
	{
		echo "cd '$here'"
		n=0
		while IFS= read -r line; do
			case $line in
			'$ '*)
				n=$((n + 1))
				command=${line#??}
				why=$(impossible "$name" "$command")
				if [ -n "$why" ]; then
					echo "$why" >"$work/why-$n"
				else
					printf '%s\n' "$command"
				fi
				echo "printf '\\n@%s %s\\n' $n \$?"
				;;
			esac
		done <"$work/example"
	} >"$work/commands"
	PATH=$work/path:$PATH timeout 60 sh "$work/commands" >"$work/out" 2>"$work/err" </dev/null || :
	perl -e '
		my ($example, $output, $name, $work) = @ARGV;
		open my $in, "<", $output; local $/; my $all = <$in>; $/ = "\n";
		my (%got, %rc);
		while ($all =~ s/\A(.*?)\n\@(\d+) (\d+)\n//s) { ($got{$2}, $rc{$2}) = ($1, $3); }
		open $in, "<", $example;
		my (@command, @want);
		while (<$in>) { chomp; if (s/^\$ //) { push @command, $_; push @want, []; } else { push @{$want[-1]}, $_; } }
		for my $n (1 .. @command) {
			my $title = "$name: $command[$n - 1]";
			if (-e "$work/why-$n") {
				open my $w, "<", "$work/why-$n"; chomp(my $why = <$w>); unlink "$work/why-$n";
				print "skip\t$title\t$why\n"; next;
			}
			my $pattern = join "", map { $_ eq "..." ? "(?:.*\n)*" : join(".*", map { quotemeta } split(/\Q...\E/, $_, -1)) . "\n" } @{$want[$n - 1]};
			my $text = defined $got{$n} ? "$got{$n}\n" : "it did not come so far\n";
			$text =~ s/\n+\z/\n/; $text =~ s/\A\n//; $text =~ s/\r//g;
			my $good = defined $got{$n} && $rc{$n} == 0 && (!@{$want[$n - 1]} || $text =~ /\A$pattern\z/);
			print(($good ? "ok" : "bad"), "\t$title\t");
			$text =~ s/\n/ | /g; print "exit ", $rc{$n} // "none", ": $text\n";
		}' "$work/example" "$work/out" "$name" "$work" >"$work/results"
	while IFS="$(printf '\t')" read -r result title text; do
		case $result in
		ok) ok 0 "$title" ;;
		skip) skip "$text" "$title" ;;
		*)
			ok 1 "$title"
			diag "$text"
			diag "$(tail -n 3 "$work/err")"
			;;
		esac
	done <"$work/results"
done
done_testing
