--
-- revenue_per_click and its state, the type revenue_tally
--
SET search_path = clicktrack, public;

-- ---- helpers ----

-- revenue_per_click of some amounts beside plain SQL, as text, so that every decimal shown counts
CREATE FUNCTION pg_temp.compared(amounts numeric[], OUT per_click text, OUT plain text, OUT same boolean)
	LANGUAGE sql AS $$
	SELECT c, p, c IS NOT DISTINCT FROM p
	FROM (SELECT clicktrack.revenue_per_click(x)::text, (coalesce(sum(x), 0) / count(*))::text
		FROM unnest(amounts) AS x) AS t(c, p)
$$;

-- the aggregate without its final function, and the merge as an aggregate
CREATE AGGREGATE pg_temp.tally(numeric) (SFUNC = revenue_tally_add, STYPE = revenue_tally);
CREATE AGGREGATE pg_temp.merged(revenue_tally) (SFUNC = revenue_tally_union, STYPE = revenue_tally,
	FINALFUNC = revenue_tally_per_click);

-- the SQLSTATE that a statement raises
CREATE FUNCTION pg_temp.error_of(statement text) RETURNS text
	LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE statement INTO result;
	RETURN 'no error: ' || result;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END
$$;

-- ---- nothing ----

SELECT revenue_per_click(x) IS NULL AS no_rows FROM (VALUES (1.5)) AS t(x) WHERE false;
SELECT g, revenue_per_click(x) FILTER (WHERE x > 1) FROM (VALUES (1, 1.00), (2, 2.50), (2, 0.10)) AS t(g, x) GROUP BY g ORDER BY g;
-- clicks that earned nothing are clicks
SELECT * FROM pg_temp.compared('{NULL}');
SELECT * FROM pg_temp.compared('{NULL,NULL,NULL}');
SELECT revenue_per_click(x) FROM (VALUES (10.00), (NULL), (NULL), (NULL)) AS t(x);

-- ---- as plain SQL, to the last decimal shown ----

SELECT name, c.* FROM (VALUES
	('one', '{12.34}'::numeric[]),
	('money', '{12.34,0.99,7.00}'),
	('money and nothing', '{12.34,NULL,0.99,NULL}'),
	('whole', '{1,2,4}'),
	('zero', '{0}'),
	('zeros', '{0,0.0,0.00}'),
	('trailing zeros', '{1.5000,2.50}'),
	('many trailing zeros', '{1.500000000000000000000000,2}'),
	('zero with decimals', '{0.00000000,1}'),
	('refund', '{20.00,-5.00}'),
	('all refunded', '{20.00,-20.00}'),
	('negative', '{-0.01,-0.02}'),
	('thirds', '{10,0,0}'),
	('four decimals', '{0.0001,0.0002,-0.9999}'),
	('five decimals', '{0.00001,1.23456}'),
	('five decimals, zeros', '{0.00010,1.23450}'),
	('eight decimals', '{0.00000001}'),
	('tiny', '{1e-20,2e-20}'),
	('tiny and large', '{1e-20,123456789012}'),
	('tens', '{10,20000,3000000,400000000}'),
	('gaps between digits', '{100000001.0001,20000.0000,1000000000000.01}'),
	('huge', '{123456789012345678901234567890,0.1}'),
	('huge, cancelled', '{1e30,-1e30,0.25}'),
	('1e100', '{1e100,1e99,5}')
) AS t(name, amounts), pg_temp.compared(amounts) AS c;

-- the edges of the fast path: below 10^12, four decimals, and just beyond
SELECT x, c.* FROM unnest(ARRAY[
	999999999999, 999999999999.9999, 999999999999.99990, 1000000000000 - 0.0001, 1000000000000 - 0.00001,
	1000000000000, 1000000000000.0001, 9999999999999.9999, 10000000000000000, 9999, 10000, 9999.9999, 10000.0001,
	99999999, 100000000, 99999999.99999, 0.1, 0.0001, 0.00005, 0.00001, 1.00000, 10000.00000]) AS x,
	pg_temp.compared(ARRAY[x, -x, x, x]) AS c;

-- not a number, and infinities
SELECT amounts, c.* FROM (VALUES
	('{NaN}'::numeric[]), ('{NaN,1.00}'), ('{1.00,NaN,NULL}'), ('{Infinity}'), ('{-Infinity,5.25}'),
	('{5.25,Infinity,Infinity}'), ('{Infinity,-Infinity}'), ('{Infinity,NaN}'), ('{Infinity,-1e12,0.00001}')
) AS t(amounts), pg_temp.compared(amounts) AS c;

-- sums beyond 2^63 ten-thousandths, up, down and back
SELECT n, c.same, c.per_click FROM unnest('{9223,9224,20000}'::integer[]) AS n,
	pg_temp.compared(array_fill(999999999999.9999, ARRAY[n])) AS c ORDER BY n;
SELECT n, c.same, c.per_click FROM unnest('{9223,9224,20000}'::integer[]) AS n,
	pg_temp.compared(array_fill(-999999999999.9999, ARRAY[n])) AS c ORDER BY n;
SELECT c.* FROM pg_temp.compared(array_fill(999999999999.9999, ARRAY[20000]) || array_fill(-999999999999.9999, ARRAY[20001])) AS c;
-- up to 2^63 - 1 and -2^63 ten-thousandths exactly, and one more
SELECT c.* FROM unnest(ARRAY[0, 0.0001, 0.0002, -0.0001]) AS more,
	pg_temp.compared(array_fill(922337203685.4775, ARRAY[1000]) || ARRAY[0.0807 + more]) AS c;
SELECT c.* FROM unnest(ARRAY[0, 0.0001, 0.0002, -0.0001]) AS more,
	pg_temp.compared(array_fill(-922337203685.4775, ARRAY[1000]) || ARRAY[-0.0807 - more]) AS c;

-- random amounts of every kind, each group beside plain SQL
SELECT setseed(0.25);
SELECT kind, count(*) AS groups, count(*) FILTER (WHERE per_click IS DISTINCT FROM plain) AS wrong
FROM (
	SELECT kind, g, revenue_per_click(x)::text AS per_click, (coalesce(sum(x), 0) / count(*))::text AS plain
	FROM (
		SELECT kind, i % 1000 AS g, CASE
			WHEN random() < 0.2 THEN NULL
			WHEN kind = 'money' THEN round((random() * 1000 - 200)::numeric, 2)
			WHEN kind = 'decimals' THEN round((random() * 1000 - 500)::numeric, (random() * 8)::integer)
			WHEN kind = 'huge' THEN round((random() * 1000 - 500)::numeric, (random() * 8)::integer) * 10::numeric ^ (random() * 40)::integer
			WHEN kind = 'mixed' THEN (ARRAY[1.50, -3, 0, 0.000, 1e15, 0.00001, 999999999999.9999, -1e12])[1 + floor(random() * 8)::integer]
			END AS x
		FROM (VALUES ('money'), ('decimals'), ('huge'), ('mixed')) AS k(kind), generate_series(1, 10000) AS i
	) AS amounts
	GROUP BY kind, g
) AS t
GROUP BY kind ORDER BY kind;

-- ---- the places of an aggregate ----

-- ORDER BY, DISTINCT, integers
SELECT revenue_per_click(x ORDER BY x DESC), revenue_per_click(DISTINCT x), revenue_per_click(x::bigint)
FROM (VALUES (1.00), (1.00), (2.50), (0.00001), (1e13)) AS t(x);

-- GROUPING SETS
SELECT a, b, revenue_per_click(x), coalesce(sum(x), 0) / count(*) AS plain
FROM (SELECT i % 2 AS a, i % 3 AS b, round(1e13 / i, i % 7) AS x FROM generate_series(1, 30) AS i) AS t
GROUP BY ROLLUP (a, b) ORDER BY a, b;

-- window frames, in which amounts of every kind come and go
CREATE TEMPORARY TABLE walk AS
SELECT i, CASE i % 7 WHEN 0 THEN NULL WHEN 1 THEN 1e13 + i WHEN 2 THEN i / 8.0 WHEN 3 THEN -i ELSE round(i / 3.0, 2) END AS x
FROM generate_series(1, 200) AS i;
SELECT count(*) AS rows, count(*) FILTER (WHERE running IS DISTINCT FROM plain_running) AS running,
	count(*) FILTER (WHERE sliding IS DISTINCT FROM plain_sliding) AS sliding
FROM (
	SELECT revenue_per_click(x) OVER (ORDER BY i) AS running,
		revenue_per_click(x) OVER (ORDER BY i ROWS BETWEEN 5 PRECEDING AND 1 PRECEDING) AS sliding,
		coalesce(sum(x) OVER (ORDER BY i), 0) / count(*) OVER (ORDER BY i) AS plain_running,
		coalesce(sum(x) OVER w, 0) / nullif(count(*) OVER w, 0) AS plain_sliding
	FROM walk
	WINDOW w AS (ORDER BY i ROWS BETWEEN 5 PRECEDING AND 1 PRECEDING)
) AS t;

-- the states of a running frame, kept as values: none grows with the next
SELECT count(*) AS states, sum(per_click) = sum(plain) AS same
FROM (
	SELECT unnest(array_agg(revenue_tally_per_click(s))) AS per_click, unnest(array_agg(plain)) AS plain
	FROM (SELECT s, plain FROM (
		SELECT i, pg_temp.tally(x) OVER w AS s, coalesce(sum(x) OVER w, 0) / count(*) OVER w AS plain
		FROM walk WINDOW w AS (ORDER BY i)) AS running ORDER BY i DESC) AS kept
) AS t;

-- two aggregates share one state; what is made of it does not change it
SELECT k, revenue_per_click(x) AS before, revenue_tally_add(pg_temp.tally(x), 100) AS with_one,
	revenue_tally_union(pg_temp.tally(x), 'clicks=1 revenue=0.00001') AS with_two, pg_temp.tally(x) AS kept, revenue_per_click(x) AS after
FROM (VALUES ('fast', 1.50), ('fast', 2.50), ('slow', 1e13), ('slow', 0.000001)) AS t(k, x) GROUP BY k ORDER BY k;

-- ---- revenue_tally as a type ----

-- text shows the clicks and the sum, with its decimals
SELECT name, pg_temp.tally(x) FROM (VALUES
	('nothing', NULL), ('nothing', NULL), ('money', 1.50), ('money', 103.00), ('money', NULL), ('whole', 7),
	('fine', 0.000001), ('fine', 1), ('huge', 1e20), ('huge', 0.5), ('refund', -3.20), ('nan', 'NaN'), ('infinite', 'Infinity'),
	('infinite', 1.00), ('zeros', 0.000)) AS t(name, x) GROUP BY name ORDER BY name;

-- there and back, by text; the decimals shown stay
SELECT value, value::revenue_tally::text = value AS same, revenue_tally_per_click(value::revenue_tally)
FROM unnest(ARRAY['clicks=1 revenue=0', 'clicks=3 revenue=104.50', 'clicks=3 revenue=104.500000', 'clicks=2 revenue=-0.0001',
	'clicks=2 revenue=-0.00001', 'clicks=7 revenue=1000000000000', 'clicks=7 revenue=999999999999.9999',
	'clicks=9223372036854775807 revenue=1.00', 'clicks=1 revenue=922337203685477.5807', 'clicks=1 revenue=922337203685477.5808',
	'clicks=1 revenue=NaN', 'clicks=1 revenue=Infinity', 'clicks=1 revenue=-Infinity']) AS value;

-- text that is no revenue_tally
SELECT value, pg_temp.error_of(format('SELECT %L::clicktrack.revenue_tally', value))
FROM unnest(ARRAY['', 'clicks=1', 'clicks=1 revenue=', 'clicks=1 revenue=x', 'clicks=1 revenue=1 2', 'clicks= revenue=1',
	'clicks=x revenue=1', 'clicks=1.5 revenue=1', 'revenue=1 clicks=1', 'clicks=1 revenue=1 more=2', 'clicks=0 revenue=0',
	'clicks=-1 revenue=0', 'clicks=1revenue=1', 'clicks=1,revenue=1', '(1,2)', '1',
	'clicks=9223372036854775808 revenue=1', 'clicks=99999999999999999999 revenue=1', 'clicks=18446744073709551617 revenue=1']) AS value;
SELECT 'clicks=0 revenue=1'::revenue_tally;
SELECT 'three clicks'::revenue_tally;

-- binary: an on-disk form, the same for ever
SELECT revenue_tally_send('clicks=3 revenue=104.50'), revenue_tally_send('clicks=1 revenue=0');
SELECT x, revenue_tally_send(revenue_tally_add(NULL, x)) = '\x01'::bytea || int8send(1) || numeric_send(x) AS exact
FROM unnest(ARRAY[0, 1.50, -7.000, 1e20, 0.0000001, 'NaN', 'Infinity', '-Infinity']::numeric[]) AS x;

-- functions on NULL: a NULL tally is empty, a NULL revenue a click that earned nothing
SELECT revenue_tally_add(NULL, NULL) AS nothing, revenue_tally_add(NULL, 2.50) AS one, revenue_tally_add('clicks=1 revenue=2.50', NULL) AS two;
SELECT revenue_tally_union(NULL, NULL) IS NULL AS neither, revenue_tally_union('clicks=1 revenue=2.50', NULL) AS first,
	revenue_tally_union(NULL, 'clicks=1 revenue=2.50') AS second, revenue_tally_per_click(NULL) IS NULL AS none;

-- merging keeps clicks, sum and decimals, in either order
SELECT a, b, revenue_tally_union(a, b) AS merged, revenue_tally_union(a, b)::text = revenue_tally_union(b, a)::text AS commutes
FROM (VALUES ('clicks=1 revenue=1.50', 'clicks=2 revenue=0.005'), ('clicks=1 revenue=1', 'clicks=2 revenue=0.000000'),
	('clicks=1 revenue=1e13', 'clicks=1 revenue=0.01'), ('clicks=1 revenue=1e13', 'clicks=1 revenue=0.0000001'),
	('clicks=1 revenue=922337203685477.5807', 'clicks=1 revenue=0.0001'), ('clicks=1 revenue=NaN', 'clicks=1 revenue=1.00'),
	('clicks=5 revenue=Infinity', 'clicks=1 revenue=-1')) AS t(x, y), LATERAL (SELECT x::revenue_tally AS a, y::revenue_tally AS b) AS s;

-- merging sums that fit into 2^63 ten-thousandths to one that does not, up and down
SELECT sign, revenue_tally_union(t, t) AS doubled, revenue_tally_union(revenue_tally_union(t, t), t) AS trebled
FROM unnest('{1,-1}'::integer[]) AS sign,
	LATERAL (SELECT pg_temp.tally(sign * 999999999999.9999 + 0 * i) AS t FROM generate_series(1, 900) AS i) AS s;

-- more clicks than a bigint counts is an error, not a negative number
SELECT pg_temp.error_of($$SELECT clicktrack.revenue_tally_union('clicks=9223372036854775807 revenue=1', 'clicks=1 revenue=1')$$) AS merged,
	pg_temp.error_of($$SELECT clicktrack.revenue_tally_add('clicks=9223372036854775807 revenue=1', 1)$$) AS added;

-- a variable keeps its tally when a copy of it grows
DO $$
DECLARE
	t clicktrack.revenue_tally;
	kept clicktrack.revenue_tally;
BEGIN
	FOR i IN 1..10 LOOP
		t := revenue_tally_add(t, i + 0.25);
		IF i = 5 THEN kept := t; END IF;
	END LOOP;
	t := revenue_tally_union(t, t);
	RAISE NOTICE '%; %', t, kept;
END
$$;

-- ---- in a table ----

CREATE TEMPORARY TABLE stored (n integer, tally revenue_tally);
INSERT INTO stored SELECT n, (SELECT pg_temp.tally(i * ('1e' || n - 1)::numeric) FROM generate_series(1, 3) AS i) FROM generate_series(0, 20, 4) AS n;
-- one so long that it is compressed or out of line
INSERT INTO stored SELECT 99, revenue_tally_add(NULL, string_agg((i * i % 10)::text, '' ORDER BY i)::numeric) FROM generate_series(1, 20000) AS i;
INSERT INTO stored VALUES (-1, NULL);
SELECT n, tally, pg_column_size(tally) < 64 AS small FROM stored WHERE n < 99 ORDER BY n;
SELECT n, length(tally::text), revenue_tally_add(tally, 0.5)::text = regexp_replace(tally::text, 'clicks=1 (.*)', 'clicks=2 \1.5') AS added FROM stored WHERE n = 99;
-- adding to a stored tally leaves it as it is
SELECT n, revenue_tally_add(tally, 1) AS added, revenue_tally_union(tally, tally) AS doubled, tally FROM stored WHERE n < 10 ORDER BY n;
SELECT pg_temp.merged(tally ORDER BY n) AS up, pg_temp.merged(tally ORDER BY n DESC) AS down, pg_temp.merged(tally) FILTER (WHERE n = -1) IS NULL AS none
FROM stored WHERE n < 99;
SELECT n, pg_temp.merged(tally) OVER (ORDER BY n) FROM stored WHERE n < 99 ORDER BY n;
-- out to text and in again, as pg_dump does
SELECT count(*) AS rows, count(*) FILTER (WHERE revenue_tally_send(tally::text::revenue_tally) IS DISTINCT FROM revenue_tally_send(tally)) AS differ FROM stored;

-- ---- rate ----

SELECT rate(1, 4), rate(1, 0) IS NULL AS zero, rate(0, 0.00) IS NULL AS zeros, rate(NULL, 1) IS NULL AS no_numerator,
	rate(1, NULL) IS NULL AS no_denominator, rate(-3, 2), rate(0, 5), rate('NaN', 1), rate(1, 'Infinity');
