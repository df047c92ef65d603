#!/usr/bin/env bash
# Two databases joined by postgres_fdw: what is asked of foreign tables is computed where they
# are, states travel, and the answers are those of one table. Speaks TAP, by pgTAP; runs on the
# server that PGHOST, PGPORT and PGUSER lead to, in databases of its own.
set -euo pipefail
cd "$(dirname "$0")/.."

local=clicktrack_fdw_$$
remote=clicktrack_fdw_remote_$$
export PGOPTIONS='-c client_min_messages=warning -c jit=off'

available=$(psql -XAtqd postgres -c "SELECT count(*) FROM pg_available_extensions WHERE name IN ('postgres_fdw', 'pgtap')")
[ "$available" = 2 ] || { echo '1..0 # SKIP postgres_fdw or pgTAP is not installed'; exit 0; }

trap 'dropdb --if-exists "$local"; dropdb --if-exists --force "$remote"' EXIT
createdb "$local"
createdb "$remote"

psql -Xqd "$remote" -v ON_ERROR_STOP=1 <<'SQL'
CREATE EXTENSION clicktrack;
CREATE TABLE sample (id integer, seed integer, grp integer, shard integer, visitor bigint, event clicktrack.click_event, revenue numeric,
	at timestamptz, steps boolean[], path text[]) PARTITION BY LIST (shard);
CREATE TABLE shard_0 PARTITION OF sample FOR VALUES IN (0, 3, 6);
CREATE TABLE shard_1 PARTITION OF sample FOR VALUES IN (1, 4, 7);
CREATE TABLE shard_2 PARTITION OF sample DEFAULT;
SQL

psql -XAtqd "$local" -v ON_ERROR_STOP=1 -v remote="$remote" -v host="$PGHOST" -v port="${PGPORT:-5432}" <<'SQL'
CREATE EXTENSION pgtap;
CREATE EXTENSION clicktrack;
CREATE EXTENSION postgres_fdw;
SET search_path = public, clicktrack;
SELECT no_plan();

-- sample is here, far is there, sharded a server for each shard
\set seeds 40
\set rows 800
\ir test/sample.sql
\ir test/every_aggregate.sql
DELETE FROM aggregate WHERE missing IS NOT NULL;
CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host :'host', port :'port', dbname :'remote', extensions 'clicktrack', batch_size '1000');
CREATE SERVER shard_0 FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host :'host', port :'port', dbname :'remote', extensions 'clicktrack', async_capable 'true');
CREATE SERVER shard_1 FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host :'host', port :'port', dbname :'remote', extensions 'clicktrack', async_capable 'true');
CREATE SERVER shard_2 FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host :'host', port :'port', dbname :'remote', extensions 'clicktrack', async_capable 'true');
CREATE USER MAPPING FOR current_user SERVER far;
CREATE USER MAPPING FOR current_user SERVER shard_0;
CREATE USER MAPPING FOR current_user SERVER shard_1;
CREATE USER MAPPING FOR current_user SERVER shard_2;
CREATE FOREIGN TABLE far (id integer, seed integer, grp integer, shard integer, visitor bigint, event click_event, revenue numeric,
	at timestamptz, steps boolean[], path text[]) SERVER far OPTIONS (table_name 'sample');
CREATE TABLE sharded (LIKE far) PARTITION BY LIST (shard);
CREATE FOREIGN TABLE shard_0 PARTITION OF sharded FOR VALUES IN (0, 3, 6) SERVER shard_0;
CREATE FOREIGN TABLE shard_1 PARTITION OF sharded FOR VALUES IN (1, 4, 7) SERVER shard_1;
CREATE FOREIGN TABLE shard_2 PARTITION OF sharded DEFAULT SERVER shard_2;
SET timezone = 'Asia/Kolkata';
INSERT INTO far TABLE sample;
ANALYZE far, shard_0, shard_1, shard_2;
SELECT results_eq('SELECT * FROM far ORDER BY id', 'SELECT * FROM sample ORDER BY id', 'rows travel there and back');
SELECT bag_eq('SELECT event FROM sharded', 'SELECT event FROM sample', 'and are in one shard each');

-- ---- helpers ----

CREATE FUNCTION plan_of(query text) RETURNS text
	LANGUAGE plpgsql AS $$
DECLARE
	line text;
	plan text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
		plan := plan || line || E'\n';
	END LOOP;
	RETURN plan;
END
$$;

-- What a query sends, a line each.
CREATE FUNCTION sent(query text) RETURNS SETOF text
	LANGUAGE sql AS $$
	SELECT remote[1] FROM regexp_matches(plan_of(query), 'Remote SQL: ([^\n]*)', 'g') AS remote
$$;

-- Tests that a query sends so many statements and each matches a pattern, and that it answers as
-- another one, of tables that are here.
CREATE FUNCTION ships(query text, pattern text, statements integer, here text, name text) RETURNS SETOF text
	LANGUAGE plpgsql AS $$
DECLARE
	as_wanted boolean := (SELECT count(*) = statements AND bool_and(s ~ pattern) FROM sent(query) AS s);
BEGIN
	RETURN NEXT ok(as_wanted, name || ': ships') || CASE WHEN as_wanted THEN '' ELSE E'\n' || diag(plan_of(query)) END;
	RETURN NEXT bag_eq(query, here, name || ': the same answer');
END
$$;

-- ---- rows are chosen there ----

-- Not by texts that functions make: to postgres_fdw, their collation is not the other server's.
SELECT ships('SELECT id FROM far WHERE ' || condition, sends, 1, 'SELECT id FROM sample WHERE ' || condition, condition)
FROM (VALUES
	($$link_id(event) = 5$$, 'WHERE \(\(clicktrack\.link_id\(event\) = 5\)\)'),
	($$is_bot(event) AND visitor_id(event) % 7 = 3$$, 'WHERE .*clicktrack\.is_bot\(event\)'),
	($$clicked_at(event) >= '2026-03-01 02:00'$$, 'WHERE \(\(clicktrack\.clicked_at\(event\) >= '),
	($$event < click_event('2026-03-01 06:00', 3)$$, 'WHERE \(\(event OPERATOR\(clicktrack\.<\) '),
	($$with_visitor(event, 5) BETWEEN click_event('2026-03-01', 1, 5, known => true) AND click_event('2026-03-01 02:00', 9)$$,
		'WHERE .*clicktrack\.with_visitor\(event, .*clicktrack\.<='),
	($$variant(event) IS NULL AND channel(event) IS NULL$$, 'WHERE .*clicktrack\.variant\(event\) IS NULL.*clicktrack\.channel\(event\) IS NULL'),
	($$'manual' = ANY (bot_reasons(event))$$, 'SELECT id, event FROM public\.sample$')
) AS c(condition, sends);

-- every accessor
SELECT is_empty($$
	SELECT p.oid::regprocedure, s FROM pg_proc AS p, sent(format('SELECT id FROM far WHERE %s(event) IS NULL', p.oid::regproc)) AS s
	WHERE pronamespace = 'clicktrack'::regnamespace AND prokind = 'f' AND proargtypes::text = 'click_event'::regtype::oid::text
		AND provolatile = 'i' AND prorettype <> 'cstring'::regtype AND position(format('clicktrack.%s(event) IS NULL', proname) IN s) = 0
$$, 'every immutable function of a click ships');
SELECT ships('SELECT event FROM far WHERE grp = 1 ORDER BY event DESC LIMIT 20', 'ORDER BY event DESC.* LIMIT', 1,
	'SELECT event FROM sample WHERE grp = 1 ORDER BY event DESC LIMIT 20', 'the latest clicks');

-- ---- aggregates are computed there ----

-- But for those that yield an array of a type of ours: to postgres_fdw, that is not of the
-- extension.
SELECT ships(query, format('SELECT .*clicktrack\.%s\(.* GROUP BY ', name), 1, replace(query, 'far', 'sample'), signature || ': whole')
FROM (
	SELECT n, name AS signature, regexp_replace(function, '^.*\.', '') AS name, format('SELECT seed, grp, %s FROM far GROUP BY seed, grp',
		format(shown, format('%s(%s)', function, call))) AS query
	FROM aggregate WHERE "from" = 'sample'
		AND NOT EXISTS (SELECT FROM pg_type WHERE typarray = result AND typnamespace = 'clicktrack'::regnamespace)
) AS a
ORDER BY n;

-- ---- states are computed there and merged here ----

SELECT ships(format('SELECT seed, grp, %s FROM (%s) AS s GROUP BY seed, grp', result, parts),
	format('SELECT .*clicktrack\.%s\(.* FROM public\.shard_\d GROUP BY ', sketch), 3, direct, name || ': a sketch of each table')
FROM family, LATERAL (SELECT string_agg(format('SELECT seed, grp, %s FROM shard_%s GROUP BY seed, grp', state, i), ' UNION ALL ') AS parts
	FROM generate_series(0, 2) AS i) AS p
ORDER BY n;

SET enable_partitionwise_aggregate = on;
CREATE VIEW of_partitions AS
SELECT *, format('SELECT seed, grp, %s FROM (SELECT seed, grp, shard, %s FROM sharded GROUP BY seed, grp, shard) AS s GROUP BY seed, grp', result, state) AS query
FROM family;
SELECT ships(query, format('SELECT .*clicktrack\.%s\(.* FROM public\.shard_\d GROUP BY ', sketch), 3, direct, name || ': a sketch of each partition')
FROM of_partitions ORDER BY n;
SELECT matches(plan_of(query), 'Async Foreign Scan.*Async Foreign Scan.*Async Foreign Scan', name || ': of all partitions at once')
FROM of_partitions ORDER BY n;

SELECT * FROM finish();
SQL
