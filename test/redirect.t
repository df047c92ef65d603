#!/usr/bin/env bash
# The README's redirect service, as it stands there, on a port of this machine: as a role that
# may do what services may, followed by HTTP clients. Speaks TAP.
set -euo pipefail
cd "$(dirname "$0")/.."
source test/npm.sh

npm_package pg || { echo "1..0 # SKIP $npm_problem"; exit 0; }

name=clicktrack_redirect_$$ service=''
work=$(mktemp -d)
clean_up() {
	if [ -n "$service" ]; then
		kill "$service" 2>/dev/null || true
		wait "$service" || true
	fi
	dropdb --if-exists --force "$name"
	psql -Xqc "DROP ROLE IF EXISTS $name" -d postgres
	rm -rf "$work"
}
trap clean_up EXIT

createdb "$name"
psql -Xq -v ON_ERROR_STOP=1 -d "$name" -c 'CREATE EXTENSION clicktrack' \
	-c "CREATE ROLE $name LOGIN PASSWORD '$name'" -c "SELECT clicktrack.grant_access('$name', 'service')" >/dev/null

awk '/^```js$/ { inside = 1; next } /^```/ { inside = 0 } inside' README.md >"$work/service.js"
port=$(node -e "const s = require('net').createServer().listen(0, 'localhost', () => { console.log(s.address().port); s.close(); })")
PGUSER=$name PGPASSWORD=$name PGDATABASE=$name PGAPPNAME=redirect HOST=localhost PORT=$port node "$work/service.js" >"$work/log" 2>&1 &
service=$!
PGDATABASE=$name node test/redirect.js "$port" "$work/log" "$name"
