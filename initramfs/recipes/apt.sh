# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# apt.sh: Debian's source and binary packages for recipes, through the machine's own configured
# mirrors and keys, with lists and caches of its own. Works without root, and must not change the
# system's sources, lists or installed packages. Sourced with `fail` defined.
#
#   apt_open DIR [SUITE [ARCH]] all of apt's files go under DIR; defaults: the machine's own
#   apt_source NAME INTO        downloads source package NAME into the directory INTO
#   apt_binary NAME INTO        downloads binary package NAME into the directory INTO
#   apt_depends NAME            prints the packages that NAME depends on
#
# Apt verifies what it downloads from the signed Release file on, as always.

# The machine's entries for its own suite of Debian (third parties' are left out), from sources.list
# as well as from deb822 files: as `deb` and `deb-src` both, for suite $2 instead of $1, into $3.
apt_write_sources() {
	own=$1 want=$2 parts=$3 etc=${4:-/etc/apt}
	n=0
	for f in "$etc/sources.list" "$etc"/sources.list.d/*.list; do
		[ -r "$f" ] || continue
		n=$((n + 1))
		awk -v own="$own" -v want="$want" '
			$1 != "deb" { next }
			{
				sub(/[ \t]#.*/, "")
				options = ""
				rest = $0
				sub(/^[ \t]*deb[ \t]+/, "", rest)
				if (substr(rest, 1, 1) == "[") {
					options = substr(rest, 1, index(rest, "]")) " "
					rest = substr(rest, index(rest, "]") + 1)
				}
				if (tolower(options) ~ /signed-by=/ && options !~ /debian-archive/)
					next
				count = split(rest, word, /[ \t]+/)
				first = word[1] == "" ? 2 : 1
				if (word[first] ~ /^cdrom:/)
					next
				suite = word[first + 1]
				if (suite != own && suite != own "-updates" && suite != own "-security")
					next
				components = ""
				for (i = first + 2; i <= count; i++)
					if (word[i] == "main")
						components = " main"
				if (components == "" || (want == "sid" && suite != own))
					next
				sub(own, want, suite)
				print "deb " options word[first] " " suite components
				print "deb-src " options word[first] " " suite components
			}' "$f" >"$parts/$n.list"
	done
	for f in "$etc"/sources.list.d/*.sources; do
		[ -r "$f" ] || continue
		n=$((n + 1))
		awk -v own="$own" -v want="$want" '
			function flush(    i, word, count, suites, main) {
				count = split(field["suites"], word, /[ \t\n]+/)
				suites = ""
				for (i = 1; i <= count; i++)
					if (word[i] == own || (want != "sid" &&
					    (word[i] == own "-updates" || word[i] == own "-security"))) {
						sub(own, want, word[i])
						suites = suites " " word[i]
					}
				main = (" " field["components"] " ") ~ /[ \t\n]main[ \t\n]/
				key = field["signed-by"]
				if (suites != "" && main && tolower(field["enabled"]) !~ /no/ &&
				    (" " field["types"] " ") ~ /[ \t\n]deb[ \t\n]/ &&
				    (key == "" || key ~ /debian-archive/ || key ~ /BEGIN PGP/)) {
					print "Types: deb deb-src"
					print "Suites:" suites
					print "Components: main"
					for (name in field)
						if (name !~ /^(types|suites|components|enabled)$/)
							print name ":" field[name]
					print ""
				}
				split("", field)
				name = ""
			}
			/^#/ { next }
			/^[ \t]*$/ { flush(); next }
			/^[ \t]/ { if (name != "") field[name] = field[name] "\n" $0; next }
			{
				name = tolower(substr($0, 1, index($0, ":") - 1))
				field[name] = substr($0, index($0, ":") + 1)
			}
			END { flush() }' "$f" >"$parts/$n.sources"
	done
}

apt_open() {
	apt_dir=$1
	own=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release | tr -d '"')
	[ -n "$own" ] || fail "/etc/os-release has no VERSION_CODENAME; this needs Debian 12 or later"
	apt_suite=${2:-$own}
	apt_own_arch=$(dpkg --print-architecture)
	apt_arch=${3:-$apt_own_arch}
	apt_status=/var/lib/dpkg/status
	apt_dir=$apt_dir/$apt_suite
	if [ "$apt_arch" != "$apt_own_arch" ]; then
		apt_dir=$apt_dir-$apt_arch
		apt_status=/dev/null
	fi
	mkdir -p "$apt_dir/state/lists/partial" "$apt_dir/cache/archives/partial" \
		"$apt_dir/conf" "$apt_dir/sources"
	exec 9>"$apt_dir/lock"
	flock 9
	rm -f "$apt_dir/sources/"* "$apt_dir/conf/"*
	apt_write_sources "$own" "$apt_suite" "$apt_dir/sources"
	find "$apt_dir/sources" -type f -size 0 -exec rm -f {} +
	[ -n "$(ls "$apt_dir/sources")" ] ||
		fail "no entry of Debian's own $own main in /etc/apt/sources.list or sources.list.d; add one, then run make again"
	# The machine's own settings (proxies and so on) are kept, its hooks after an update are not.
	for f in /etc/apt/apt.conf.d/*; do
		if [ -f "$f" ] && [ -r "$f" ]; then
			cp "$f" "$apt_dir/conf/"
		fi
	done
	cat >"$apt_dir/conf/zz-lastwords" <<-END
		#clear APT::Update;
		#clear DPkg::Post-Invoke;
		Dir::State "$apt_dir/state";
		Dir::State::status "$apt_status";
		APT::Architecture "$apt_arch";
		APT::Architectures { "$apt_arch"; };
		Dir::Cache "$apt_dir/cache";
		Dir::Etc::sourcelist "/dev/null";
		Dir::Etc::sourceparts "$apt_dir/sources";
		APT::Sandbox::User "root";
		APT::Get::AllowUnauthenticated "false";
		Acquire::Retries "3";
	END
	printf 'Dir::Etc::parts "%s";\n' "$apt_dir/conf" >"$apt_dir/apt.conf"
	flock -u 9
}

apt_get() { APT_CONFIG=$apt_dir/apt.conf apt-get -q -y "$@"; }

# Fetches the lists unless they are of the last hour and of the same sources.
apt_update() {
	sum=$(cat "$apt_dir/sources/"* | cksum)
	if [ "$(cat "$apt_dir/updated" 2>/dev/null)" = "$sum" ] &&
		[ -n "$(find "$apt_dir/updated" -mmin -60)" ]; then
		return 0
	fi
	rm -f "$apt_dir/updated"
	if ! apt_get --error-on=any update; then
		# A mirror that is being updated may miss some lists; the signed ones it has may be enough.
		apt_get update || true
		[ -n "$(find "$apt_dir/state/lists" -name '*_Packages*' -type f)" ] ||
			fail "apt-get update failed for $apt_suite (see above); fix the machine's apt sources or its network, then run make again"
		echo "lastwords: some lists of $apt_suite are missing (see above); continuing without them" >&2
		return 0
	fi
	echo "$sum" >"$apt_dir/updated"
}

# apt_retry PACKAGE COMMAND…: once more with fresh lists, for a mirror that moved on since the last ones
apt_retry() {
	package=$1
	shift
	flock 9
	apt_update
	if ! "$@"; then
		rm -f "$apt_dir/updated"
		apt_update
		"$@" || fail "the mirror does not have the package $package of $apt_suite (see above)"
	fi
	flock -u 9
}

# (fail in the subshell has printed the problem)
apt_source() {
	mkdir -p "$2"
	(cd "$2" && apt_retry "$1" apt_get source --download-only "$1") || exit 1
}

apt_binary() {
	mkdir -p "$2"
	(cd "$2" && apt_retry "$1" apt_get download "$1") || exit 1
}

apt_show() { APT_CONFIG=$apt_dir/apt.conf apt-cache show --no-all-versions "$1"; }

apt_depends() {
	text=$(apt_retry "$1" apt_show "$1") || exit 1
	echo "$text" | sed -n 's/^Depends: *//p' | tr ',|' '\n' | sed 's/^ *//; s/ .*//'
}
