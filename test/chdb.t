#!/usr/bin/env bash
# unique_clicks beside ClickHouse's uniqExact, embedded as npm's chdb: thousands of random groups,
# by group and overall, from rows and from states. Speaks TAP.
set -euo pipefail
cd "$(dirname "$0")/.."
source test/npm.sh

npm_package chdb || { echo "1..0 # SKIP $npm_problem"; exit 0; }

database=clicktrack_chdb_$$
work=$(mktemp -d)
trap 'dropdb --if-exists "$database"; rm -rf "$work"' EXIT
createdb "$database"

# Groups of up to 100,000 clicks, most of them small, some empty; their visitors are few or many,
# near each other or far apart, the extremes, or unknown.
psql -XAtqd "$database" -v ON_ERROR_STOP=1 <<SQL
CREATE EXTENSION clicktrack;
SET search_path = clicktrack, public;
SET max_parallel_workers_per_gather = 2;
SELECT setseed(0.25) \\gset
CREATE UNLOGGED TABLE click_of AS
WITH grp AS MATERIALIZED (
	SELECT grp, floor(100000 * greatest(random(), 0.1) ^ 199 + 3 * random())::integer AS size, 10 ^ (random() * 5.5) AS visitors, (2 ^ (random() * 46))::bigint AS step, random() / 5 AS unknown
	FROM generate_series(1, 4000) AS grp)
SELECT grp, CASE WHEN random() < unknown THEN NULL
	WHEN random() < 0.02 THEN (ARRAY[0, -1, 1, 9223372036854775807, -9223372036854775808, -9223372036854775807])[1 + floor(random() * 6)::integer]
	ELSE floor(random() ^ 2 * visitors)::bigint * step END AS visitor
FROM grp, generate_series(1, size);
INSERT INTO click_of SELECT grp, visitor FROM generate_series(5001, 5010) AS grp, unnest(ARRAY[NULL, NULL]::bigint[]) AS visitor;
ANALYZE click_of;
\\copy click_of TO '$work/clicks'
\\copy (SELECT grp, unique_clicks(visitor), unique_clicks(click_event('2026-03-01', grp, visitor)) FROM click_of GROUP BY grp) TO '$work/groups'
CREATE TABLE state AS SELECT grp, visitor % 3 AS part, unique_clicks_sketch(visitor) AS state FROM click_of GROUP BY grp, visitor % 3;
\\copy (SELECT grp, unique_clicks_merge(state) FROM state GROUP BY grp) TO '$work/merged'
\\copy (SELECT unique_clicks(visitor), (SELECT unique_clicks_merge(state) FROM state) FROM click_of) TO '$work/all'
SQL

node test/chdb.js "$work"
