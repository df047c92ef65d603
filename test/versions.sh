#!/usr/bin/env bash
# `make versions`: the tests of `make test` on PostgreSQL 15, 17 and 18. Ends with a plain
# 'N passed, N failed' line; a version that could not run counts as one failure.
#
# A version this system has itself is used directly. Any other comes from the Debian
# release that ships it, in a root that debootstrap builds (about 2 GB). It is kept for
# the next run; remove it to get a fresh one.
#
#   VERSIONS='17 18'   the versions to run
#   VERBOSE=1          shows every log, not only that of a failure
#   CLICKTRACK_ROOTS   where the roots are kept (/var/tmp/clicktrack-roots)
#   DEBIAN_MIRROR      where Debian comes from (http://deb.debian.org/debian)
source "$(dirname "$0")/lib.sh"

# debootstrap and chroot are where an ordinary user's PATH may not lead.
PATH=$PATH:/usr/sbin:/sbin
roots=$(realpath -m "${CLICKTRACK_ROOTS:-/var/tmp/clicktrack-roots}")
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The Debian release that ships PostgreSQL VERSION; nothing if none does.
release_of() {
	case $1 in
		15) echo bookworm ;;
		17) echo trixie ;;
		18) echo sid ;;
	esac
}

# The pg_config of this system's own PostgreSQL VERSION, if it has that.
own_pg_config() {
	local candidate
	for candidate in ${PG_CONFIG:-} "/usr/lib/postgresql/$1/bin/pg_config" "/usr/pgsql-$1/bin/pg_config"; do
		candidate=$(PG_CONFIG=$candidate find_pg_config)
		[ -n "$candidate" ] || continue
		case $("$candidate" --version) in "PostgreSQL $1"[!0-9]*) echo "$candidate"; return ;; esac
	done
}

# What a root needs: the right to build and enter it, debootstrap, and Debian's keys.
ensure_root_tools() {
	local packages=()
	run_as_root true 2>/dev/null ||
		{ say "clicktrack: neither root nor a password-free sudo is here, and a Debian root is built and entered with one"; return 1; }
	run_as_root unshare --mount true 2>/dev/null ||
		{ say "clicktrack: mounting is not permitted here (CAP_SYS_ADMIN), and a Debian root is built and entered with it"; return 1; }
	command -v debootstrap >/dev/null || packages+=(debootstrap)
	[ -f "$keyring" ] || packages+=(debian-archive-keyring)
	[ ${#packages[@]} -gt 0 ] || return 0
	say "clicktrack: installing ${packages[*]}"
	command -v apt-get >/dev/null && run_as_root apt-get -qq update &&
		run_as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${packages[@]}" ||
		{ say "clicktrack: missing, and could not be installed here: ${packages[*]}"; return 1; }
}

# build_root VERSION RELEASE: debootstrap works under another name, so that what has the
# root's name is whole. A second run waits for the first; no mount outlives its namespace.
build_root() {
	local include=build-essential,make,postgresql-$1,postgresql-server-dev-$1,postgresql-$1-pgtap,libtap-parser-sourcehandler-pgtap-perl
	run_as_root mkdir -p "$roots" || return 1
	run_as_root flock "$roots/$2.lock" unshare --mount bash -euc '
		root=$1 release=$2 mirror=$3 keyring=$4 include=$5
		[ ! -d "$root" ] || exit 0
		umask 022
		rm -rf "$root.partial"
		if ! debootstrap --force-check-gpg --keyring="$keyring" --variant=minbase --include="$include" \
			"$release" "$root.partial" "$mirror"; then
			tail -n 40 "$root.partial/debootstrap/debootstrap.log" || true
			rm -rf "$root.partial"
			exit 1
		fi
		mv -T "$root.partial" "$root"' build_root "$roots/$2" "$2" "$mirror" "$keyring" "$include"
}

# test_in_root VERSION RELEASE: test.sh on a copy of the tree that is unpacked inside the
# root. Its mounts and processes are in namespaces that end with it.
test_in_root() {
	pack_tree |
		run_as_root unshare --mount --ipc --pid --fork --mount-proc="$roots/$2/proc" bash -euc '
			root=$1; shift
			mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
			exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"' \
			test_in_root "$roots/$2" \
			PG_CONFIG="/usr/lib/postgresql/$1/bin/pg_config" BUILD_ARGS="${BUILD_ARGS:-}" bash -euc '
			umask 022
			copy=$(mktemp -d)
			trap "rm -rf $copy" EXIT
			trap : INT TERM HUP # test.sh ends by itself then; this shell ending first would kill it
			tar -xf - -C "$copy" --no-same-owner
			bash "$copy/test/test.sh" </dev/null'
}

# run_version VERSION RELEASE [PG_CONFIG]: with a pg_config on this system, else in a root.
run_version() {
	if [ -n "${3:-}" ]; then
		PG_CONFIG=$3 bash "$tree/test/test.sh" </dev/null
	elif [ -n "$2" ]; then
		ensure_root_tools && build_root "$1" "$2" && test_in_root "$1" "$2"
	else
		say "clicktrack: no Debian release is known here to ship PostgreSQL $1"
		return 1
	fi
}

# show LOG: keeps the output, and shows it as it comes where that is asked for. It outlives
# a signal, or the tests would die of a closed pipe before they have cleaned up.
show() {
	trap '' INT TERM HUP
	if [ -n "${VERBOSE:-}" ]; then tee "$1"; else cat >"$1"; fi
}

# report VERSION PLACE STATUS LOG: the version's line, and its share of the sum.
report() {
	local server ok bad
	server=$(sed -n 's/^clicktrack: PostgreSQL \([0-9]\)/\1/p' "$4" | tail -n 1)
	read -r ok bad <<<"$(sed -n 's/^\([0-9]\+\) passed, \([0-9]\+\) failed$/\1 \2/p' "$4" | tail -n 1)" || true
	ok=${ok:-0} bad=${bad:-0}
	case $server in "$1"[!0-9]*) ;; *) server="$1 did not run" ok=0 bad=1 ;; esac
	[ "$3" = 0 ] || [ "$bad" -gt 0 ] || bad=1
	[ "$bad" = 0 ] || [ -n "${VERBOSE:-}" ] || cat "$4"
	echo "PostgreSQL $server on $2: $ok passed, $bad failed"
	passed=$((passed + ok)) failed=$((failed + bad))
}

make_workdir
passed=0 failed=0
for version in ${VERSIONS:-15 17 18}; do
	release=$(release_of "$version")
	own=$(own_pg_config "$version")
	place=${own:+this system}
	place=${place:-${release:+Debian $release}}
	[ -n "$own" ] || [ -z "$release" ] || [ -d "$roots/$release" ] ||
		say "clicktrack: building $roots/$release for PostgreSQL $version; this takes some minutes, once"
	status=0
	run_version "$version" "$release" "$own" 2>&1 | show "$work/$version.log" || status=$?
	report "$version" "${place:-any release known here}" "$status" "$work/$version.log"
done

echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
