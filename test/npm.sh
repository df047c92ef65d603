# Sourced by what needs npm's packages: the benchmarks' engines, a driver, test data.
# They are kept in CLICKTRACK_CACHE (~/.cache/clicktrack) from run to run.

# npm_package NAME[@VERSION]: installs it unless it is there, and leads node to it through
# NODE_PATH and the caller through $npm_modules. False where node or npm is not here, or
# npm cannot install it; then $npm_problem says why.
npm_package() {
	local home=${CLICKTRACK_CACHE:-${HOME:-${TMPDIR:-/tmp}}/.cache/clicktrack}/npm
	npm_modules=$home/node_modules npm_problem=''
	command -v node >/dev/null && command -v npm >/dev/null ||
		{ npm_problem='node and npm are not here'; return 1; }
	export NODE_PATH=$npm_modules
	[ ! -d "$npm_modules/${1%@[0-9]*}" ] || return 0
	mkdir -p "$home" 2>/dev/null || { npm_problem="$home cannot be written"; return 1; }
	echo "clicktrack: installing npm's $1 into $home" >&2
	flock "$home" npm install --prefix "$home" --no-audit --no-fund --loglevel=error "$1" >&2 ||
		{ npm_problem="npm could not install $1"; return 1; }
}
