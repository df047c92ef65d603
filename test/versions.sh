#!/usr/bin/env bash
# `make versions`: the tests of `make test` on PostgreSQL 15, 17 and 18. Ends with a plain
# 'N passed, N failed' line; a version that could not run counts as one failure.
#
# A version this system has itself is used directly. Any other comes from the Debian
# release that ships it, in a root built by debootstrap, which is kept for the next run;
# remove it to get a fresh one. A root takes about 2 GB.
#
#   VERSIONS='17 18'     the versions to run
#   VERBOSE=1            shows the whole log, not just that of a failure
#   CLICKTRACK_ROOTS     where the roots are kept (/var/tmp/clicktrack-roots)
#   DEBIAN_MIRROR        where Debian comes from (http://deb.debian.org/debian)
source "$(dirname "$0")/lib.sh"

roots=${CLICKTRACK_ROOTS:-/var/tmp/clicktrack-roots}
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
# debootstrap and chroot live where an ordinary user's PATH may not lead.
PATH=$PATH:/usr/sbin:/sbin

# The Debian release that ships PostgreSQL VERSION; nothing if none does.
release_of() {
	case $1 in
		15) echo bookworm ;;
		17) echo trixie ;;
		18) echo sid ;;
	esac
}

# The pg_config of this system's own PostgreSQL VERSION, if it has it.
own_pg_config() {
	local candidate
	for candidate in ${PG_CONFIG:-} "/usr/lib/postgresql/$1/bin/pg_config" "/usr/pgsql-$1/bin/pg_config"; do
		candidate=$(PG_CONFIG=$candidate find_pg_config)
		[ -n "$candidate" ] || continue
		case $("$candidate" --version) in "PostgreSQL $1"[!0-9]*) echo "$candidate"; return ;; esac
	done
}

# What a root needs: the right to build and enter it, and debootstrap with Debian's keys.
ensure_root_tools() {
	local packages=()
	run_as_root true 2>/dev/null ||
		{ say "clicktrack: neither root nor a password-free sudo is here, and a Debian root needs one of them"; return 1; }
	run_as_root unshare --mount true 2>/dev/null ||
		{ say "clicktrack: mounting is not permitted here (CAP_SYS_ADMIN), and a Debian root needs it"; return 1; }
	command -v debootstrap >/dev/null || packages+=(debootstrap)
	[ -f "$keyring" ] || packages+=(debian-archive-keyring)
	[ ${#packages[@]} -gt 0 ] || return 0
	say "clicktrack: installing ${packages[*]}"
	{ command -v apt-get >/dev/null && run_as_root apt-get -qq update &&
		run_as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${packages[@]}"; } >&2 ||
		{ say "clicktrack: missing, and could not be installed here: ${packages[*]}"; return 1; }
}

# build_root VERSION RELEASE: the root appears under its name only when it is whole. The
# lock makes a second run wait for the first; all mounts end with their own namespace.
build_root() {
	local packages=build-essential,postgresql-$1,postgresql-server-dev-$1,postgresql-$1-pgtap,libtap-parser-sourcehandler-pgtap-perl
	run_as_root mkdir -p "$roots" || return 1
	run_as_root flock "$roots/$2.lock" unshare --mount bash -euc '
		root=$1; shift
		[ ! -d "$root" ] || exit 0
		umask 022
		rm -rf "$root.partial"
		if ! debootstrap "$@" "$root.partial" "$mirror"; then
			tail -n 40 "$root.partial/debootstrap/debootstrap.log" || true
			rm -rf "$root.partial"
			exit 1
		fi
		mv -T "$root.partial" "$root"' build_root "$roots/$2"
}

