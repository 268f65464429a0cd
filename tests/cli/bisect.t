#!/bin/sh
# SPDX-License-Identifier: MIT
# lastwords bisect: a crash that strikes sometimes, over images and over the commits of a repository, against machines
# that only speak HTTP (tests/lib/fake-machine.sh), with the real server. Path: override with image, boots, verdicts,
# posterior, builds in a work tree, comparison, revert. Evidence: the first image or commit in which the crash
# strikes is named, by several targets; a killed bisection goes on; what cannot be built or run is passed over.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/fake-targets.sh"
needs "make check installs it" git

serve_config
fake_targets a b c
chmod 777 "$work/images" 2>/dev/null || { mkdir -p "$work/images" && chmod 777 "$work/images"; }
for n in 0 1 2 3 4 5 6 7; do lab_image "$work/images" "k$n"; done
serve_start

# The image decides: FIRST and those after it die in 0.8 of their boots, by a fixed list of chances that each
# target goes through; "none" of $work/dead never boots.
rule() {
	for name in a b c; do
		cat >"$work/$name/rule" <<-'END'
			dir=${0%/*}
			n=$(($(cat "$dir/chance" 2>/dev/null || echo 0) + 1))
			echo "$n" >"$dir/chance"
			if grep -qx "$1" "$dir/../dead"; then
				echo stuck
			elif ! grep -qx "$1" "$dir/../bad"; then
				echo live
			else
				awk -v n="$n" -v seed="${dir##*/}" 'BEGIN { srand(index("abc", seed)); for (; n > 0; n--) x = rand()
					print x < 0.8 ? "die bug" : "live" }'
			fi
		END
		rm -f "$work/$name/chance"
	done
	: >"$work/dead"
	printf '%s\n' "$@" >"$work/bad"
	chmod 666 "$work/dead" "$work/bad"
}
# (a machine that boots, or crashes, never needs that long; one that does not costs it)
boot_timeout=10
bisect() { exits "bisect --profile debian --timeout 2 --boot-timeout $boot_timeout" "$@"; }
images=k0,k1,k2,k3,k4,k5,k6,k7

rule k5 k6 k7
bisect 0 "a bisection over 8 images on three targets ends" --target a,b,c --images "$images"
like "$(out)" '^bisection .*: found$' "it has found one"
like "$(out)" '^culprit     k5 ' "the first bad one"
like "$(out)" '^compared    it struck in [0-9]+ of [0-9]+ runs, its parent in 0 of [0-9]+$' "compared with its parent"
like "$(out)" '^posterior  .* 9[5-9]\.[0-9] %|^posterior  .*100.0 %|^ .* 9[5-9]\.[0-9] %|^ .*100.0 %' "the posterior is above 95 %"
like "$(journal)" ' run - campaign=.* candidate=k5 verdict=same' "runs are in the journal, with their image"
is "$(sort -u "$work"/[abc]/images | tr -d '\n' | tr -d k | tr -d 0-7)" '' "the machines booted those images"
is "$(overrides)" 0 "no override is left"
is "$(cat "$work/a/power" "$work/b/power" "$work/c/power" | sort -u)" off "the machines are left off"

# --- killed, resumed
rule k3 k4 k5 k6 k7
"$bin/lastwords" -c "$conf" bisect --profile debian --timeout 2 --boot-timeout 10 --target a,b,c --images "$images" \
	>"$work/out" 2>"$work/progress" &
pid=$!
some_runs() { [ "$(grep -c '^lastwords: run' "$work/progress")" -ge 4 ]; }
wait_for 30 some_runs || :
kill -9 "$pid"
wait "$pid" 2>/dev/null || :
id=$(sed -n 's/.*bisection \([^:]*\):.*/\1/p' "$work/progress")
bisect 0 "a killed bisection goes on" --resume "$id" --json
is "$(perl -MJSON::PP -0777 -ne 'my $r = decode_json $_; print $r->{culprit}' "$work/out")" k3 "and finds the first bad image"
is "$(perl -MJSON::PP -0777 -ne 'my $r = decode_json $_; print $r->{runs}' "$work/out")" \
	"$(journal | grep -c " run - campaign=$id ")" "by the runs from before and after"

# --- what cannot be run
rule k4 k5 k6 k7
echo k4 >"$work/dead"
boot_timeout=4
bisect 1 "where the image that decides it never boots" --target a --images "$images" --rate 8/10
like "$(out)" 'not found: the candidates that would decide it cannot be run' "it ends"
like "$(out)" 'with 90 % it is k4 to k5 \(2 candidates\)' "with what is known"
unlike "$(journal)" 'target-aside' "no target is to blame"
bisect 1 "too few runs" --target a --images "$images" --runs 2
like "$(out)" 'not found: all runs made' "name nothing"

boot_timeout=10
# --- commits
repo=$work/repo
git_at() { git -C "$repo" -c user.name=t -c user.email=t@example.org "$@" >/dev/null 2>&1; }
mkdir "$repo"
git_at init
for n in 0 1 2 3 4 5 6 7 8 9; do
	echo "$n" >"$repo/file$n"
	[ "$n" != 7 ] || echo bug >"$repo/bug"
	[ "$n" != 2 ] || echo broken >"$repo/broken"
	[ "$n" != 6 ] || rm "$repo/broken"
	git_at add -A
	git_at commit -m "change $n"
done
git -C "$repo" rev-list --reverse HEAD >"$work/commits"
commit() { sed -n "$(($1 + 1))p" "$work/commits"; }
# (root becomes the owner of the state, and so do git and the build)
chmod -R a+rwX "$repo"
[ "$(stat -c %u "$state")" = "$(id -u)" ] || chown -R "$(stat -c %u "$state")" "$repo"
cat >"$work/build.sh" <<-END
	set -eu
	[ ! -e broken ]
	mkdir "\$LASTWORDS_IMAGE_DIR"
	cp "$work/images/k0"/* "\$LASTWORDS_IMAGE_DIR/"
	[ ! -e bug ] || echo "\$LASTWORDS_IMAGE" >>"$work/bad"
	echo "\$LASTWORDS_COMMIT" >>"$work/built"
END
rule none
: >"$work/built"
chmod 666 "$work/built"
export TMPDIR="$work"
chmod 777 "$work"
bisect 0 "a bisection of commits" --target a,b,c --git "$repo" --good "$(commit 0)" --bad "$(commit 9)" \
	--build "sh $work/build.sh" --build-time 1
like "$(out)" "^culprit     $(commit 7)  change 7" "names the commit"
like "$(out)" "^reverted    $(commit 9) without it struck in 0 of [1-9] runs" "the bad end with it reverted does not crash"
like "$(cat "$work/progress")" 'building [0-9a-f]{12}: exit code 1; see .*\.log' "a commit that cannot be built is passed over"
is "$(sort "$work/built" | uniq -d)" '' "no commit was built twice"
ok "$([ "$(wc -l <"$work/built")" -lt 9 ] && echo 0 || echo 1)" "nor all of them: $(wc -l <"$work/built")"
is "$(find "$work" -maxdepth 1 -name 'lastwords-bisect-*' -type d)" '' "the work tree is removed"
chown -R "$(id -u)" "$repo"
is "$(git -C "$repo" status --porcelain; git -C "$repo" worktree list | wc -l)" 1 "the repository is as it was"

# --- refused
bisect 1 "an image that is not there" --target a --images k0,x
like "$(cat "$work/progress")" 'there is no image "x"' "is named"
bisect 1 "good after bad" --target a --images "$images" --good k5 --bad k2
bisect 1 "--git without --build" --target a --git "$repo" --good x --bad y
bisect 1 "a commit that is not there" --target a --git "$repo" --good x --bad y --build true
like "$(cat "$work/progress")" 'git log: exit code 128: fatal' "is git's word"
bisect 2 "wrong usage" k0 k1
done_testing
