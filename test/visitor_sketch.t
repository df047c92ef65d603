#!/usr/bin/env bash
# visitor_sketch beside a model of it written for nothing but being plain: ExaLogLog's insertion
# as the paper has it, the bytes as visitor_sketch.h draws them, and the likelihoods summed up
# event by event. Speaks TAP.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v node >/dev/null || { echo "1..0 # SKIP node is not here"; exit 0; }

database=clicktrack_sketch_$$
work=$(mktemp -d)
trap 'dropdb --if-exists "$database"; rm -rf "$work"' EXIT
createdb "$database"
psql -Xqd "$database" -c 'CREATE EXTENSION clicktrack'

# A set is a first visitor, a distance and a number of visitors.
node test/visitor_sketch.js sets >"$work/sets"
psql -XAtqd "$database" -v ON_ERROR_STOP=1 >"$work/answers" <<SQL
SET search_path = clicktrack, public;
CREATE TEMPORARY TABLE pair (i serial, precision_a integer, first_a bigint, step_a bigint, n_a integer, precision_b integer, first_b bigint, step_b bigint, n_b integer);
\\copy pair (precision_a, first_a, step_a, n_a, precision_b, first_b, step_b, n_b) FROM '$work/sets'
SELECT json_build_object(
	'a', json_build_object('precision', precision_a, 'first', first_a::text, 'step', step_a::text, 'n', n_a, 'bytes', encode(a::bytea, 'hex'), 'estimate', estimate(a), 'error', estimate_error(a)),
	'b', json_build_object('precision', precision_b, 'first', first_b::text, 'step', step_b::text, 'n', n_b, 'bytes', encode(b::bytea, 'hex'), 'estimate', estimate(b), 'error', estimate_error(b)),
	'union', encode(visitor_sketch_union(a, b)::bytea, 'hex'),
	'both', intersection_estimate(a, b), 'first', difference_estimate(a, b), 'second', difference_estimate(b, a))
FROM (
	SELECT pair.*, (SELECT visitor_sketch(first_a + step_a * v, precision_a) FROM generate_series(0, n_a - 1) AS v) AS a,
		(SELECT visitor_sketch(first_b + step_b * v, precision_b) FROM generate_series(0, n_b - 1) AS v) AS b FROM pair OFFSET 0) AS s
ORDER BY i;
SQL
node test/visitor_sketch.js compare "$work/answers"
