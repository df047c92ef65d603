#!/usr/bin/env bash
# click_funnel and click_retention beside windowFunnel and retention of ClickHouse, which npm's
# chdb brings along: thousands of random visitors, many of whose events are at the same time or
# several steps at once. Speaks TAP.
set -euo pipefail
cd "$(dirname "$0")/.."
source test/npm.sh

npm_package chdb || { echo "1..0 # SKIP $npm_problem"; exit 0; }
node -e "require('chdb')" 2>/dev/null || { echo '1..0 # SKIP chdb does not run here'; exit 0; }

database=clicktrack_funnel_$$
work=$(mktemp -d)
trap 'dropdb --if-exists "$database"; rm -rf "$work"' EXIT
createdb "$database"
psql -Xqd "$database" -c 'CREATE EXTENSION clicktrack'

node test/click_funnel.js visitors >"$work/rows"
node test/click_funnel.js sets >"$work/sets"
psql -XAtqd "$database" -v ON_ERROR_STOP=1 >"$work/answers" <<SQL
SET search_path = clicktrack, public;
CREATE TEMPORARY TABLE set (set integer, within interval);
CREATE TEMPORARY TABLE event (set integer, visitor integer, at bigint, steps text);
\\copy set FROM '$work/sets'
\\copy event FROM '$work/rows'
SELECT set, visitor, click_funnel(within, at, VARIADIC steps),
	array_to_string(click_retention(VARIADIC steps)::integer[], '')
FROM (SELECT set, visitor, timestamptz '2026-01-01' + at % 1770000000000000 * interval '1 microsecond' AS at, string_to_array(steps, NULL)::boolean[] AS steps FROM event) AS e
	JOIN set USING (set)
GROUP BY set, visitor ORDER BY set, visitor;
SQL

node test/click_funnel.js compare "$work/rows" "$work/answers"
