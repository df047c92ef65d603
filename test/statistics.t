#!/usr/bin/env bash
# The statistics beside ClickHouse's: proportionsZTest, erfc and exact medians of npm's chdb,
# on random groups and histories. Speaks TAP.
set -euo pipefail
cd "$(dirname "$0")/.."
source test/npm.sh

npm_package chdb || { echo "1..0 # SKIP $npm_problem"; exit 0; }

database=clicktrack_statistics_$$
work=$(mktemp -d)
trap 'dropdb --if-exists "$database"; rm -rf "$work"' EXIT
createdb "$database"
psql -Xqd "$database" -v ON_ERROR_STOP=1 >/dev/null <<SQL
CREATE EXTENSION clicktrack;
SET search_path = clicktrack, public;
CREATE TEMPORARY TABLE groups AS
SELECT a_n, floor(random() * (a_n + 1))::bigint AS a_hits, b_n, floor(random() * (b_n + 1))::bigint AS b_hits
FROM (SELECT 1 + floor(2 ^ (random() * 30))::bigint AS a_n, 1 + floor(2 ^ (random() * 30))::bigint AS b_n FROM generate_series(1, 50000)) AS n;
\\copy (SELECT g.*, z, p FROM groups AS g, two_proportions(a_n, a_hits, b_n, b_hits)) TO '$work/groups'
CREATE TEMPORARY TABLE histories AS
SELECT 1000 * random() AS value, ARRAY(SELECT CASE i % 2 WHEN 0 THEN floor(random() * 3) ELSE 1000 * random() END FROM generate_series(1, 1 + i % 60)) AS history
FROM generate_series(1, 20000) AS i;
\\copy (SELECT value, translate(history::text, '{}', '[]'), anomaly_score(value, history) FROM histories) TO '$work/histories'
SQL
node test/statistics.js "$work"
