# Sourced by the scripts beside it: what is missing gets installed, clicktrack is
# built from a copy of the tree, and a throw-away cluster runs it.
#
# Everything happens in one temporary directory that goes when the script ends.
# The server's own files are linked into it, so that nothing is written to the
# system's directories and no right beyond an ordinary user's is needed. (The
# server finds its files relative to its binary; that holds for every PostgreSQL,
# where pg_virtualenv and extension_destdir are Debian's alone.)

set -euo pipefail

tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say()  { printf '%s\n' "$*" >&2; }
die()  { say "clicktrack: $*"; exit 1; }

# The pg_config of the newest PostgreSQL that has its server headers here.
find_pg_config() {
	local candidate
	for candidate in ${PG_CONFIG:-} \
		$(ls -d /usr/lib/postgresql/*/bin/pg_config /usr/pgsql-*/bin/pg_config 2>/dev/null | sort -rV) \
		"$(command -v pg_config || true)"; do
		[ -x "$(command -v "$candidate" || true)" ] || continue
		[ -f "$("$candidate" --includedir-server)/postgres.h" ] || continue
		[ -x "$("$candidate" --bindir)/initdb" ] || continue
		command -v "$candidate"
		return
	done
}

have_pgtap() { [ -f "$("$1" --sharedir)/extension/pgtap.control" ] && command -v pg_prove >/dev/null; }

# The major version of the PostgreSQL that apt would install.
apt_major() { apt-cache depends postgresql 2>/dev/null | sed -n 's/.*Depends: postgresql-\([0-9]\+\)$/\1/p' | head -n 1; }

# run_as_root COMMAND...: fails where neither root nor a password-free sudo is there.
run_as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# ensure_tools [pgtap]: a compiler, a server and its headers, and pgTAP if asked for.
# Installs by apt what is missing, else says exactly what to install.
ensure_tools() {
	local major packages=()
	command -v cc >/dev/null && command -v make >/dev/null || packages+=(build-essential)
	PG_CONFIG=$(find_pg_config)
	if [ -n "$PG_CONFIG" ]; then
		major=$("$PG_CONFIG" --version | sed 's/[^0-9]*\([0-9]\+\).*/\1/')
	else
		command -v apt-get >/dev/null && { [ -n "$(apt_major)" ] || run_as_root apt-get -qq update || true; }
		major=$(apt_major)
		packages+=("postgresql-${major:-15}" "postgresql-server-dev-${major:-15}")
	fi
	if [ "${1:-}" = pgtap ] && { [ -z "$PG_CONFIG" ] || ! have_pgtap "$PG_CONFIG"; }; then
		packages+=("postgresql-${major:-15}-pgtap" libtap-parser-sourcehandler-pgtap-perl)
	fi
	[ ${#packages[@]} -gt 0 ] || return 0
	say "clicktrack: installing ${packages[*]}"
	if ! command -v apt-get >/dev/null ||
		! { run_as_root apt-get -qq update &&
			run_as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${packages[@]}"; } >&2; then
		die "these are missing and could not be installed here: ${packages[*]}
Install them (or your system's equivalents: a C compiler, make, PostgreSQL 15 to 18 with its server
headers${1:+, pgTAP and pg_prove}), or point PG_CONFIG at a PostgreSQL that has them, and run this again."
	fi
	PG_CONFIG=$(find_pg_config)
	[ -n "$PG_CONFIG" ] || die "no PostgreSQL with server headers was found after the installation"
}

# try_extension NAME SUFFIX: has apt install an extension that a test would like to have,
# from Debian's postgresql-NN-SUFFIX. Where that fails the test skips.
try_extension() {
	local major
	[ ! -f "$("$PG_CONFIG" --sharedir)/extension/$1.control" ] && command -v apt-get >/dev/null || return 0
	major=$("$PG_CONFIG" --version | sed 's/[^0-9]*\([0-9]\+\).*/\1/')
	run_as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "postgresql-$major-$2" >/dev/null 2>&1 ||
		say "clicktrack: postgresql-$major-$2 is not to be had here; what needs it is skipped"
}

# The temporary directory, and its end. A server cannot run as root, so root lends it to
# the first unprivileged user it finds.
make_workdir() {
	umask 022
	work=$(mktemp -d "${TMPDIR:-/tmp}/clicktrack.XXXXXX")
	chmod 755 "$work"
	server_user=$(id -un)
	if [ "$(id -u)" = 0 ]; then
		server_user=postgres
		id -u postgres >/dev/null 2>&1 || server_user=nobody
	fi
	trap clean_up EXIT
	trap 'exit 130' INT TERM HUP PIPE
}

clean_up() {
	local running
	trap '' INT TERM HUP PIPE
	for running in "$work"/*/postmaster.pid; do
		[ ! -f "$running" ] || stop_cluster "$(dirname "$running")"
	done
	rm -rf "$work"
}

# as_server COMMAND...: runs it as the user that owns the cluster, who may not enter the tree.
as_server() (
	cd "$work"
	[ "$(id -un)" != "$server_user" ] || exec "$@"
	exec setpriv --reuid "$server_user" --regid "$(id -g "$server_user")" --clear-groups env HOME="$work" "$@"
)

# The tree's files as a tar stream, without what a build leaves there. (Another user's clone
# is no repository to git, so git cannot be asked.)
pack_tree() {
	tar -C "$tree" -cf - --exclude=./.git --exclude='*.o' --exclude='*.so' --exclude='*.bc' --exclude='./clicktrack--*.sql' .
}

# build [MAKE ARGUMENT...]: a copy of the tree, built and installed into $work/root.
build() {
	local dir bin
	bin=$("$PG_CONFIG" --bindir)
	pgbin=$work/root$bin
	mkdir -p "$work/src" "$pgbin"
	pack_tree | tar -xf - -C "$work/src" --no-same-owner
	cp -r "$bin/." "$pgbin"
	for dir in "$("$PG_CONFIG" --sharedir)" "$("$PG_CONFIG" --pkglibdir)"; do
		mkdir -p "$work/root$dir"
		cp -rs "$dir/." "$work/root$dir"
	done
	# An installed clicktrack is not ours to write through a link.
	find "$work/root" -name 'clicktrack*' -prune -exec rm -rf {} +
	make -s -j2 -C "$work/src" PG_CONFIG="$PG_CONFIG" "$@" all >&2
	make -s -C "$work/src" PG_CONFIG="$PG_CONFIG" DESTDIR="$work/root" "$@" install >&2
}

# start_cluster [SETTING=VALUE...]: a new cluster on a private socket, and the
# environment that leads psql, pg_regress and pg_prove to it.
start_cluster() {
	init_cluster
	launch_cluster "$@"
}

init_cluster() {
	mkdir -p "$work/data" "$work/socket"
	[ "$(id -u)" != 0 ] || chown "$server_user" "$work/data" "$work/socket"
	as_server "$pgbin/initdb" -D "$work/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$work/initdb.log" 2>&1 ||
		{ cat "$work/initdb.log" >&2; die "initdb failed"; }
}

launch_cluster() {
	local setting options="-c listen_addresses='' -c unix_socket_directories=$work/socket -c fsync=off -c max_wal_size=4GB"
	for setting in "$@"; do options+=" -c $setting"; done
	as_server "$pgbin/pg_ctl" -D "$work/data" -l "$work/data/server.log" -s -w -o "$options" start ||
		{ cat "$work/data/server.log" >&2; die "the cluster did not start"; }
	export PGHOST=$work/socket PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
	export PGOPTIONS='' PATH="$pgbin:$PATH"
	unset PGSERVICE PGPASSWORD PGHOSTADDR
}

# stop_cluster [DIRECTORY [MODE]]: the cluster, at once; or another, or more gently.
stop_cluster() { as_server "$pgbin/pg_ctl" -D "${1:-$work/data}" -s -m "${2:-immediate}" stop || true; }
