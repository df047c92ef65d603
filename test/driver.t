#!/usr/bin/env bash
# The whole store as a backend service uses it: through npm's pg, as a role that may do what
# services may, beside a model of the store in JavaScript. Speaks TAP.
set -euo pipefail
cd "$(dirname "$0")/.."
source test/npm.sh

npm_package pg || { echo "1..0 # SKIP $npm_problem"; exit 0; }
npm_package pg-copy-streams || true # without it, rows come by INSERT

name=clicktrack_driver_$$
clean_up() {
	dropdb --if-exists --force "$name"
	psql -Xqd postgres -c "DROP ROLE IF EXISTS $name"
}
trap clean_up EXIT

createdb "$name"
psql -Xq -v ON_ERROR_STOP=1 -d "$name" -c 'CREATE EXTENSION clicktrack' \
	-c "CREATE ROLE $name LOGIN PASSWORD '$name'" -c "SELECT clicktrack.grant_access('$name', 'service')" >/dev/null
PGDATABASE=$name node test/driver.js "$name"
