--
-- unique_clicks and its state, the type visitor_set
--
SET search_path = clicktrack, public;

-- ---- helpers ----

-- the binary form, built by hand: version, count, and a varint of what each visitor is more
-- than the one before, as unsigned numbers
CREATE FUNCTION pg_temp.varint(value numeric) RETURNS bytea
	LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	bytes bytea := '';
BEGIN
	WHILE value >= 128 LOOP
		bytes := bytes || set_byte('\x00', 0, 128 + (value % 128)::integer);
		value := div(value, 128);
	END LOOP;
	RETURN bytes || set_byte('\x00', 0, value::integer);
END
$$;
CREATE FUNCTION pg_temp.binary_set(visitors bigint[]) RETURNS bytea
	LANGUAGE sql IMMUTABLE AS $$
	SELECT '\x01'::bytea || int4send(count(*)::integer) || coalesce(string_agg(pg_temp.varint(id - before), '' ORDER BY id), '')
	FROM (SELECT id, lag(id, 1, 0.0) OVER (ORDER BY id) AS before
		FROM (SELECT DISTINCT v + CASE WHEN v < 0 THEN 18446744073709551616 ELSE 0 END AS id FROM unnest(visitors) AS v) AS d) AS k
$$;

-- the aggregate without its final function, and the union as an aggregate
CREATE AGGREGATE pg_temp.visitors(bigint) (SFUNC = visitor_set_add, STYPE = visitor_set);
CREATE AGGREGATE pg_temp.merged(visitor_set) (SFUNC = visitor_set_union, STYPE = visitor_set);

-- the SQLSTATE that a text raises as a value of a type
CREATE FUNCTION pg_temp.error_of(value text, type text DEFAULT 'visitor_set') RETURNS text
	LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE format('SELECT %L::clicktrack.%I::text', value, type) INTO result;
	RETURN 'no error: ' || result;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END
$$;

-- ---- nothing and nobody ----

SELECT unique_clicks(v) FROM (VALUES (1::bigint)) AS t(v) WHERE false;
SELECT unique_clicks(NULL::bigint);
SELECT unique_clicks(v) FROM (VALUES (NULL::bigint), (NULL), (NULL)) AS t(v);
SELECT unique_clicks(e) FROM (VALUES (click_event('2026-03-01', 1, 1))) AS t(e) WHERE false;
SELECT unique_clicks(NULL::click_event);
-- unknown visitors are neither counted nor one visitor
SELECT unique_clicks(e) FROM (VALUES
	(click_event('2026-03-01', 1)), (click_event('2026-03-01', 2)), (NULL)) AS t(e);
-- no row in a group that has only unknown visitors, but the group
SELECT g, unique_clicks(v) FROM (VALUES (1, NULL::bigint), (2, 5), (2, NULL)) AS t(g, v)
GROUP BY g ORDER BY g;

-- ---- somebody ----

SELECT unique_clicks(v) FROM (VALUES (7::bigint), (7), (NULL), (7)) AS t(v);
SELECT unique_clicks(7), unique_clicks(7::smallint);
-- the visitor counts, not the click; a bot's click counts, and 0 is a visitor
SELECT unique_clicks(e) FROM (VALUES
	(click_event('2026-03-01', 1, 0)),
	(click_event('2026-03-02', 2, 0, channel => 'sms')),
	(click_event('2026-03-02', 2, 9, bot_reasons => '{burst}')),
	(click_event('2026-03-02', 2)),
	(NULL)) AS t(e);

-- ---- growth through every internal form ----

SELECT n,
	(SELECT unique_clicks(v) FROM generate_series(1, n) AS v) AS ascending,
	(SELECT unique_clicks(v) FROM generate_series(n, 1, -1) AS v) AS descending,
	(SELECT unique_clicks(v % n) FROM generate_series(1, 3 * n) AS v) AS thrice,
	(SELECT unique_clicks(click_event('2026-03-01', v, v)) FROM generate_series(1, n) AS v) AS clicks
FROM unnest('{1,2,3,4,7,8,15,16,31,32,33,63,64,65,85,86,87,100,170,171,172,1000,100000}'::integer[]) AS n
ORDER BY n;

-- the same as count(DISTINCT), whatever the numbers look like
SELECT name, unique_clicks(v) = count(DISTINCT v) AS same, unique_clicks(v)
FROM (
	SELECT 'dense' AS name, v FROM generate_series(-5000, 5000) AS v
	UNION ALL SELECT 'multiples of 2^48', (v::bigint << 48) FROM generate_series(-5000, 5000) AS v
	UNION ALL SELECT 'powers', CASE WHEN v % 2 = 0 THEN 1 ELSE -1 END * (1::bigint << (v % 63)) FROM generate_series(0, 5000) AS v
	UNION ALL SELECT 'squares', (v * v) % 10007 FROM generate_series(1, 20000) AS v
) AS numbers
GROUP BY name ORDER BY name;

-- ---- extreme visitors ----

-- each alone, and added to sets of every form: one more, then no more
CREATE TEMPORARY TABLE extreme AS
SELECT visitor FROM unnest('{0,-1,1,9223372036854775807,-9223372036854775808,4611686018427387904,127,128,16383,16384}'::bigint[]) AS visitor;
SELECT n, count(*) AS extremes, sum(once - n) AS once, sum(twice - n) AS twice, sum(first - n) AS first
FROM unnest('{0,1,30,31,32,33,85,86,1000}'::integer[]) AS n, extreme,
	LATERAL (SELECT
		(SELECT unique_clicks(v) FROM (SELECT generate_series(1000000, 999999 + n) UNION ALL SELECT visitor) AS t(v)) AS once,
		(SELECT unique_clicks(v) FROM (SELECT generate_series(1000000, 999999 + n) UNION ALL VALUES (visitor), (visitor)) AS t(v)) AS twice,
		(SELECT unique_clicks(v) FROM (VALUES (visitor) UNION ALL SELECT generate_series(1000000, 999999 + n) UNION ALL SELECT visitor) AS t(v)) AS first) AS added
GROUP BY n ORDER BY n;
SELECT unique_clicks(visitor), count(*) FROM extreme;

-- visitors that differ in their lowest bits only, in their highest, or in one bit each
CREATE TEMPORARY TABLE crowd AS
SELECT side, i, visitor
FROM generate_series(1, 3000) AS i, LATERAL (VALUES
	('low', 7000000000000000000 + i), ('high', i::bigint << 52), ('below 0', -i::bigint),
	('bit by bit', ((i % 3)::bigint << (i % 64)) # (i % 11 << 3))) AS s(side, visitor);
SELECT side,
	unique_clicks(visitor ORDER BY i) AS ascending,
	unique_clicks(visitor ORDER BY i DESC) AS descending,
	unique_clicks(visitor ORDER BY i % 7, i) AS mixed,
	visitor_set_count(visitor_set_union(
		pg_temp.visitors(visitor ORDER BY i) FILTER (WHERE i % 3 > 0),
		pg_temp.visitors(visitor ORDER BY i DESC) FILTER (WHERE i % 3 < 2))) AS merged
FROM crowd GROUP BY side ORDER BY side;
SELECT unique_clicks(visitor), count(DISTINCT visitor) FROM crowd;
SELECT side, count(DISTINCT visitor), visitor_set_send(pg_temp.visitors(visitor)) = pg_temp.binary_set(array_agg(visitor)) AS exact
FROM crowd GROUP BY side ORDER BY side;

-- ---- the places of an aggregate ----

-- FILTER, twice the same and two different states in one query
SELECT unique_clicks(v), unique_clicks(v) AS again,
	unique_clicks(v) FILTER (WHERE v % 2 = 0) AS even,
	unique_clicks(v) FILTER (WHERE v < 0) AS none,
	unique_clicks(v % 50) AS fifty
FROM generate_series(1, 1000) AS v;

-- two aggregates share one state; what is made of it does not change it
SELECT n,
	unique_clicks(v) AS before,
	visitor_set_count(visitor_set_add(pg_temp.visitors(v), -3)) AS with_one,
	visitor_set_count(visitor_set_union(pg_temp.visitors(v), '{-1,-2}')) AS with_two,
	visitor_set_count(visitor_set_union('{-1,-2}', pg_temp.visitors(v))) AS two_with,
	visitor_set_count(pg_temp.visitors(v)) AS kept,
	unique_clicks(v) AS after
FROM unnest('{1,31,32,33,1000}'::integer[]) AS n, LATERAL generate_series(0, n - 1) AS v
GROUP BY n ORDER BY n;

-- many groups, each in a form of its own
SELECT count(*) AS groups, sum(visitors) AS visitors, count(*) FILTER (WHERE visitors <> expected) AS wrong
FROM (
	SELECT v % 3001 AS g, unique_clicks(v / (1 + v % 3001 % 40)) AS visitors,
		count(DISTINCT v / (1 + v % 3001 % 40)) AS expected
	FROM generate_series(1, 120000) AS v
	GROUP BY g
) AS t;

-- GROUPING SETS
SELECT a, b, unique_clicks(v), count(DISTINCT v)
FROM (SELECT i % 2 AS a, i % 3 AS b, (i * i) % 211 AS v FROM generate_series(1, 2000) AS i) AS t
GROUP BY CUBE (a, b) ORDER BY a, b;

-- ORDER BY and DISTINCT inside
SELECT unique_clicks(DISTINCT v), unique_clicks(v ORDER BY v DESC), unique_clicks(DISTINCT v ORDER BY v)
FROM (SELECT i % 77 AS v FROM generate_series(1, 1000) AS i) AS t;
SELECT unique_clicks(DISTINCT e), unique_clicks(e ORDER BY e DESC)
FROM (SELECT click_event('2026-03-01', i % 10, i % 77) AS e FROM generate_series(1, 1000) AS i) AS t;

-- window frames: running, sliding, excluding, whole partition
CREATE TEMPORARY TABLE walk AS
SELECT i, i % 4 AS p, nullif((i * 7919) % 53, 0) AS v FROM generate_series(1, 300) AS i;
SELECT count(*) AS rows, sum(running) AS running, sum(sliding) AS sliding, sum(around) AS around,
	sum(whole) AS whole, sum(part) AS part
FROM (
	SELECT unique_clicks(v) OVER (ORDER BY i) AS running,
		unique_clicks(v) OVER (ORDER BY i ROWS BETWEEN 40 PRECEDING AND 2 FOLLOWING) AS sliding,
		unique_clicks(v) OVER (ORDER BY i ROWS BETWEEN 3 PRECEDING AND 3 FOLLOWING EXCLUDE CURRENT ROW) AS around,
		unique_clicks(v) OVER () AS whole,
		unique_clicks(v) OVER (PARTITION BY p ORDER BY i) AS part
	FROM walk
) AS t;
SELECT count(*) AS rows, sum(running) AS running, sum(sliding) AS sliding, sum(around) AS around,
	sum(whole) AS whole, sum(part) AS part
FROM (
	SELECT
		(SELECT count(DISTINCT v) FROM walk WHERE i <= w.i) AS running,
		(SELECT count(DISTINCT v) FROM walk WHERE i BETWEEN w.i - 40 AND w.i + 2) AS sliding,
		(SELECT count(DISTINCT v) FROM walk WHERE i BETWEEN w.i - 3 AND w.i + 3 AND i <> w.i) AS around,
		(SELECT count(DISTINCT v) FROM walk) AS whole,
		(SELECT count(DISTINCT v) FROM walk WHERE p = w.p AND i <= w.i) AS part
	FROM walk AS w
) AS t;

-- frames that move, in both directions of change, by range and by groups
SELECT count(*) AS rows, sum(ranged) AS ranged, sum(grouped) AS grouped, sum(ahead) AS ahead, sum(empty) AS empty, sum(clicks) AS clicks
FROM (
	SELECT unique_clicks(v) OVER (ORDER BY i / 3 RANGE BETWEEN 5 PRECEDING AND 1 FOLLOWING) AS ranged,
		unique_clicks(v) OVER (ORDER BY i / 7 GROUPS BETWEEN 2 PRECEDING AND 1 PRECEDING) AS grouped,
		unique_clicks(v) OVER (ORDER BY i ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS ahead,
		unique_clicks(v) OVER (ORDER BY i ROWS BETWEEN 5 FOLLOWING AND 2 FOLLOWING) AS empty,
		unique_clicks(click_event('2026-03-01', i, v)) OVER (PARTITION BY p ORDER BY i ROWS BETWEEN 30 PRECEDING AND 20 PRECEDING) AS clicks
	FROM walk
) AS t;
SELECT count(*) AS rows, sum(ranged) AS ranged, sum(grouped) AS grouped, sum(ahead) AS ahead, 0 AS empty, sum(clicks) AS clicks
FROM (
	SELECT
		(SELECT count(DISTINCT v) FROM walk WHERE i / 3 BETWEEN w.i / 3 - 5 AND w.i / 3 + 1) AS ranged,
		(SELECT count(DISTINCT v) FROM walk WHERE i / 7 BETWEEN w.i / 7 - 2 AND w.i / 7 - 1) AS grouped,
		(SELECT count(DISTINCT v) FROM walk WHERE i >= w.i) AS ahead,
		(SELECT count(DISTINCT v) FROM walk WHERE p = w.p AND i BETWEEN w.i - 120 AND w.i - 80) AS clicks
	FROM walk AS w
) AS t;

-- the states of a running frame, kept as values: none grows with the next
SELECT count(*) AS states, sum(visitor_set_count(kept)) AS kept, sum(visitor_set_count(before)) AS before
FROM (
	SELECT unnest(array_agg(s)) AS kept, unnest(array_agg(before)) AS before
	FROM (
		SELECT s, lag(s) OVER (ORDER BY i) AS before
		FROM (SELECT i, pg_temp.visitors(v) OVER (ORDER BY i) AS s FROM walk) AS running
	) AS lagging
) AS t;

-- a correlated subquery and a lateral one start anew for each row
SELECT n, (SELECT unique_clicks(v) FROM generate_series(1, n) AS v), visitors
FROM generate_series(0, 99, 33) AS n,
	LATERAL (SELECT unique_clicks(v) AS visitors FROM generate_series(1, 2 * n) AS v) AS t ORDER BY n;

-- ---- visitor_set as a type ----

-- text: always in the same order, each visitor once
SELECT '{}'::visitor_set, '{5}'::visitor_set, '{3,2,1}'::visitor_set, '{1,2,3,2,1}'::visitor_set;
SELECT '{-9223372036854775808,9223372036854775807,0,-1}'::visitor_set;
SELECT '{9223372036854775807,-1,-9223372036854775808,0,0}'::visitor_set::text
	= '{-9223372036854775808,9223372036854775807,0,-1}'::visitor_set::text AS same_text;
SELECT n, s::text::visitor_set::text = s::text AS text_again, visitor_set_count(s::text::visitor_set)
FROM (SELECT n, (SELECT pg_temp.visitors(v) FROM generate_series(1 - n, n) AS v) AS s
	FROM unnest('{0,1,16,17,50,50000}'::integer[]) AS n) AS t ORDER BY n;

-- text that is no visitor_set
SELECT value, pg_temp.error_of(value)
FROM unnest(ARRAY['', '{', '}', '1', '{1', '1}', '{1,}', '{,1}', '{,}', '{1,,2}', '{1}}', '{1}x', '{1},{2}',
	'{NULL}', '{a}', '{1.5}', '{1e3}', '{0x10}', '{9223372036854775808}', '{-9223372036854775809}',
	'{99999999999999999999999999}', '[1,2]', '{-}', '{--1}', '{1;2}']) AS value;
SELECT '{1,2'::visitor_set;
SELECT '{1,9223372036854775808}'::visitor_set;

-- binary: an on-disk form, the same for ever
SELECT visitor_set_send('{}'), visitor_set_send('{0}'), visitor_set_send('{1,0}');
SELECT n, visitor_set_send(pg_temp.visitors(v)) = pg_temp.binary_set(array_agg(v)) AS exact
FROM unnest('{1,2,32,33,500}'::integer[]) AS n, LATERAL generate_series(1 - n / 2, n - n / 2) AS v
GROUP BY n ORDER BY n;

-- what the parts of a set are does not show in it
SELECT count(DISTINCT visitor_set_send(s))
FROM (VALUES ('{1,2,3,0,4}'::visitor_set),
	(visitor_set_union('{1,2,3}', '{3,4,0}')),
	(visitor_set_union('{0,3,4}', '{2,1}')),
	(visitor_set_add(visitor_set_add('{1,3,0}', 2), 4)),
	((SELECT pg_temp.visitors(v % 5) FROM generate_series(1, 500) AS v))) AS t(s);

-- functions on NULL: a NULL set is empty, a NULL visitor nobody
SELECT visitor_set_add(NULL, NULL::bigint) IS NULL AS nobody, visitor_set_add(NULL, 5::bigint) AS one,
	visitor_set_add('{5}', NULL::bigint) AS same, visitor_set_add('{5}', 5::bigint) AS again,
	visitor_set_add(NULL, NULL::click_event) IS NULL AS no_click,
	visitor_set_add('{5}', click_event('2026-03-01', 1)) AS unknown,
	visitor_set_add('{5}', click_event('2026-03-01', 1, 6)) AS two;
SELECT visitor_set_union(NULL, NULL) IS NULL AS neither, visitor_set_union('{5}', NULL) AS first,
	visitor_set_union(NULL, '{5}') AS second, visitor_set_union('{}', '{}') AS empty,
	visitor_set_union('{}', '{5}') AS one, visitor_set_union('{5}', '{5}') AS same;
SELECT visitor_set_count(NULL), visitor_set_count('{}'), visitor_set_count('{1,2,1}');

-- a union has every visitor of both, whatever their forms, and 0 from either side
SELECT n, m,
	visitor_set_count(visitor_set_union(a, b)) AS visitors,
	visitor_set_send(visitor_set_union(a, b)) = visitor_set_send(visitor_set_union(b, a)) AS commutes,
	visitor_set_send(visitor_set_union(visitor_set_union(a, b), a)) = visitor_set_send(visitor_set_union(a, b)) AS idempotent
FROM unnest('{1,32,33,1000}'::integer[]) AS n, unnest('{1,32,33,1000}'::integer[]) AS m,
	LATERAL (SELECT (SELECT pg_temp.visitors(v) FROM generate_series(0, n - 1) AS v) AS a,
		(SELECT pg_temp.visitors(v) FROM generate_series(-m / 2, m - m / 2 - 1) AS v) AS b) AS s
ORDER BY n, m;

-- the family: sets of a day each, merged to what the days together have
CREATE TEMPORARY TABLE day_visitors AS
SELECT day, unique_clicks_sketch(v) AS visitors, unique_clicks_sketch(click_event('2026-03-01', 1, v)) AS event_visitors
FROM generate_series(0, 9) AS day, generate_series(day * 30, day * 31 + day * day * 10) AS v GROUP BY day;
INSERT INTO day_visitors VALUES (10, NULL, '{}');
SELECT unique_clicks_merge(visitors), unique_clicks_merge(event_visitors), visitor_set_count(visitor_set_union(visitors)) AS united,
	unique_clicks_merge(visitors) FILTER (WHERE day < 1) AS first_day, unique_clicks_merge(visitors) FILTER (WHERE day > 9) AS no_day,
	visitor_set_union(visitors) FILTER (WHERE day > 9) IS NULL AS nothing
FROM day_visitors;
SELECT count(DISTINCT v) FROM generate_series(0, 9) AS day, generate_series(day * 30, day * 31 + day * day * 10) AS v;
SELECT unique_clicks_sketch(v) IS NULL AS nobody FROM (VALUES (NULL::bigint)) AS t(v);

-- a variable keeps its set when a copy of it grows, or what is made of it
DO $$
DECLARE
	s clicktrack.visitor_set;
	kept clicktrack.visitor_set;
	before clicktrack.visitor_set;
	behind clicktrack.visitor_set;
BEGIN
	FOR i IN 0..999 LOOP
		s := visitor_set_add(s, i::bigint);
		IF i IN (0, 20, 31, 32, 500) THEN
			kept := s;
			before := visitor_set_union(s, '{-1,-2,-3}');
			behind := visitor_set_union('{-1,-2,-3}', s);
			PERFORM visitor_set_add(s, -1::bigint);
			RAISE NOTICE '% visitors: %, kept %, united % and %', i + 1, visitor_set_count(s), visitor_set_count(kept),
				visitor_set_count(before), visitor_set_count(behind);
		END IF;
	END LOOP;
	before := visitor_set_union(s, s);
	RAISE NOTICE '% and %, kept %', visitor_set_count(s), visitor_set_count(before), visitor_set_count(kept);
END
$$;

-- ---- visitor_clicks as a type ----

SELECT '{}'::visitor_clicks, '{5=1}'::visitor_clicks, '{-1=3,7=2,9=1,7=1}'::visitor_clicks,
	'{-9223372036854775808=1,9223372036854775807=9223372036854775807}'::visitor_clicks;
SELECT visitor_clicks_send('{}'), visitor_clicks_send('{0=1}'), visitor_clicks_send('{300=1,1=128}');
SELECT value, pg_temp.error_of(value, 'visitor_clicks')
FROM unnest(ARRAY['', '{', '}', '{1}', '{1=}', '{=1}', '{1=0}', '{1=-1}', '{1=1,}', '{1=1}x', '{1=9223372036854775808}',
	'{9223372036854775808=1}', '{1=9223372036854775807,1=9223372036854775807,1=2}', '{1=1;2=1}']) AS value;
SELECT visitor_clicks_add(NULL, 5::bigint), visitor_clicks_add('{5=1}', 5::bigint), visitor_clicks_add('{5=1}', NULL::bigint),
	visitor_clicks_add('{5=1}', click_event('2026-03-01', 1)), visitor_clicks_add('{5=1}', click_event('2026-03-01', 1, 6)),
	visitor_clicks_remove('{5=2}', 5::bigint), visitor_clicks_remove('{5=1}', 5::bigint), visitor_clicks_remove('{5=1}', NULL::bigint),
	visitor_clicks_remove('{5=1,6=1}', click_event('2026-03-01', 1, 6)), visitor_clicks_remove('{5=1}', click_event('2026-03-01', 1));
SELECT visitor_clicks_count(NULL), visitor_clicks_count('{}'), visitor_clicks_count('{1=1,2=5}');
SELECT visitor_clicks_remove('{5=1}', 6::bigint);
SELECT visitor_clicks_remove(NULL, 6::bigint);
-- a variable keeps its clicks when a copy of it grows
DO $$
DECLARE
	a clicktrack.visitor_clicks;
	b clicktrack.visitor_clicks;
BEGIN
	FOR i IN 1..200 LOOP
		a := visitor_clicks_add(a, (i % 100)::bigint);
		IF i = 100 THEN
			b := a;
		END IF;
	END LOOP;
	PERFORM visitor_clicks_remove(a, 5::bigint);
	RAISE NOTICE '% and % visitors, % and % bytes', visitor_clicks_count(a), visitor_clicks_count(b), length(a::text), length(b::text);
END
$$;

-- ---- in a table ----

CREATE TEMPORARY TABLE stored (n integer PRIMARY KEY, visitors visitor_set);
INSERT INTO stored SELECT n, (SELECT pg_temp.visitors(v) FROM generate_series(1, n) AS v)
FROM unnest('{0,1,2,14,15,31,32,33,200,1000,100000}'::integer[]) AS n;
-- a byte a visitor; 100000 of them are out of line
SELECT n, visitor_set_count(visitors), pg_column_size(visitors) <= CASE WHEN n < 50 THEN 2 * n + 32 ELSE n + 12 END AS small
FROM stored ORDER BY n;
SELECT pg_relation_size(reltoastrelid) > 90000 AS toasted FROM pg_class WHERE oid = 'pg_temp.stored'::regclass;
-- adding to a stored set leaves it as it is
SELECT n, visitor_set_count(visitor_set_add(visitors, 0::bigint)) AS added,
	visitor_set_count(visitor_set_union(visitors, '{0,-1}')) AS merged, visitor_set_count(visitors) AS kept
FROM stored ORDER BY n;
SELECT n, visitor_set_count(visitors) FROM stored ORDER BY n;
-- sets rolled up, in both orders, with a NULL among them
SELECT visitor_set_count(pg_temp.merged(visitors ORDER BY n)) AS up, visitor_set_count(pg_temp.merged(visitors ORDER BY n DESC)) AS down,
	visitor_set_count(pg_temp.merged(visitors) FILTER (WHERE n = 15)) AS one,
	pg_temp.merged(visitors) FILTER (WHERE n = 0) IS NULL AS none
FROM stored;
SELECT n, visitor_set_count(pg_temp.merged(visitors) OVER (ORDER BY n)) FROM stored WHERE n < 10000 ORDER BY n;
-- upserts: what a rollup table does
INSERT INTO stored VALUES (1, '{1,0,-7}'), (200, '{0,200,201}'), (7, '{7}')
ON CONFLICT (n) DO UPDATE SET visitors = visitor_set_union(stored.visitors, excluded.visitors);
SELECT n, visitor_set_count(visitors) FROM stored WHERE n IN (1, 7, 200) ORDER BY n;
UPDATE stored SET visitors = visitor_set_add(visitors, 0::bigint) WHERE n IN (0, 31, 32, 100000);
SELECT n, visitor_set_count(visitors) FROM stored WHERE n IN (0, 31, 32, 100000) ORDER BY n;
-- out to text and in again, as pg_dump does
CREATE TEMPORARY TABLE restored (n integer, visitors visitor_set);
INSERT INTO restored SELECT n, visitors::text::visitor_set FROM stored;
SELECT count(*) AS rows, count(*) FILTER (WHERE visitor_set_send(r.visitors) IS DISTINCT FROM visitor_set_send(s.visitors)) AS differ
FROM stored AS s JOIN restored AS r USING (n);

-- in arrays, rows and a value list
SELECT visitor_set_count((ARRAY['{1,2}', '{3}']::visitor_set[])[1]), ROW(1, '{4}'::visitor_set);
