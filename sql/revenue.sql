--
-- revenue_per_click and revenue_per_unique_click, and their states
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

-- the edges of the fast path: below 9 * 10^10, eight decimals, and just beyond
SELECT x, c.* FROM unnest(ARRAY[
	89999999999, 89999999999.99999999, 90000000000 - 0.00000001, 90000000000, 90000000000.00000001, -89999999999.999999990,
	0.00000001, 0.000000001, 0.12345678, 0.123456780, 0.123456789, 10000.00000001, 1.00000000000000000000,
	999999999999, 999999999999.9999, 999999999999.99990, 1000000000000 - 0.0001, 1000000000000 - 0.00001,
	1000000000000, 1000000000000.0001, 9999999999999.9999, 10000000000000000, 9999, 10000, 9999.9999, 10000.0001,
	99999999, 100000000, 99999999.99999, 0.1, 0.0001, 0.00005, 0.00001, 1.00000, 10000.00000]) AS x,
	pg_temp.compared(ARRAY[x, -x, x, x]) AS c;

-- not a number, and infinities
SELECT amounts, c.* FROM (VALUES
	('{NaN}'::numeric[]), ('{NaN,1.00}'), ('{1.00,NaN,NULL}'), ('{Infinity}'), ('{-Infinity,5.25}'),
	('{5.25,Infinity,Infinity}'), ('{Infinity,-Infinity}'), ('{Infinity,NaN}'), ('{Infinity,-1e12,0.00001}')
) AS t(amounts), pg_temp.compared(amounts) AS c;

-- large sums, up, down and back
SELECT n, c.same, c.per_click FROM unnest('{9223,9224,20000}'::integer[]) AS n,
	pg_temp.compared(array_fill(999999999999.9999, ARRAY[n])) AS c ORDER BY n;
SELECT n, c.same, c.per_click FROM unnest('{9223,9224,20000}'::integer[]) AS n,
	pg_temp.compared(array_fill(-999999999999.9999, ARRAY[n])) AS c ORDER BY n;
SELECT c.* FROM pg_temp.compared(array_fill(999999999999.9999, ARRAY[20000]) || array_fill(-999999999999.9999, ARRAY[20001])) AS c;
-- amounts beyond the fast path, up to 2^63 - 1 and -2^63 ten-thousandths and one more
SELECT c.* FROM unnest(ARRAY[0, 0.0001, 0.0002, -0.0001]) AS more,
	pg_temp.compared(array_fill(922337203685.4775, ARRAY[1000]) || ARRAY[0.0807 + more]) AS c;
SELECT c.* FROM unnest(ARRAY[0, 0.0001, 0.0002, -0.0001]) AS more,
	pg_temp.compared(array_fill(-922337203685.4775, ARRAY[1000]) || ARRAY[-0.0807 - more]) AS c;

-- amounts within it, up to 2^63 - 1 and -2^63 units of 10^-8 and one more
SELECT c.* FROM unnest(ARRAY[0, 0.00000001, 0.00000002, -0.00000001]) AS more,
	pg_temp.compared(array_fill(92233720.36854775, ARRAY[1000]) || ARRAY[0.00000807 + more]) AS c;
SELECT c.* FROM unnest(ARRAY[0, 0.00000001, 0.00000002, -0.00000001]) AS more,
	pg_temp.compared(array_fill(-92233720.36854775, ARRAY[1000]) || ARRAY[-0.00000807 - more]) AS c;
-- full units move to the rest again and again, up, down and back
SELECT n, c.same, c.per_click FROM unnest('{102,103,104,205,20000}'::integer[]) AS n,
	pg_temp.compared(array_fill(89999999999.99999999, ARRAY[n]) || array_fill(-89999999999.99999999, ARRAY[n / 2])) AS c ORDER BY n;

-- more decimals than numeric has in its short form, and than round() leaves
SELECT n, c.same, length(c.per_click) FROM unnest('{63,64,1000,2001,5000}'::integer[]) AS n,
	LATERAL (SELECT ('0.' || repeat('0', n - 1) || '1')::numeric AS fine, ('1.' || repeat('0', n))::numeric AS zeros) AS s,
	pg_temp.compared(ARRAY[fine, 1.5, zeros, NULL, -1e12, 7]) AS c ORDER BY n;
SELECT n, revenue(revenue_per_click_sketch(x)) = sum(x) AS same, scale(revenue(revenue_per_click_sketch(x))) AS scale
FROM unnest('{63,64,1000,2001,5000}'::integer[]) AS n, LATERAL (VALUES (('1.' || repeat('0', n))::numeric), (2.25), (1e12)) AS t(x) GROUP BY n ORDER BY n;

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
		SELECT i, revenue_per_click_sketch(x) OVER w AS s, coalesce(sum(x) OVER w, 0) / count(*) OVER w AS plain
		FROM walk WINDOW w AS (ORDER BY i)) AS running ORDER BY i DESC) AS kept
) AS t;

-- two aggregates share one state; what is made of it does not change it
SELECT k, revenue_per_click(x) AS before, revenue_tally_add(revenue_per_click_sketch(x), 100) AS with_one,
	revenue_tally_union(revenue_per_click_sketch(x), 'clicks=1 revenue=0.00001') AS with_two, revenue_per_click_sketch(x) AS kept, revenue_per_click(x) AS after
FROM (VALUES ('fast', 1.50), ('fast', 2.50), ('slow', 1e13), ('slow', 0.000001)) AS t(k, x) GROUP BY k ORDER BY k;

-- ---- revenue_tally as a type ----

-- text shows the clicks and the sum, with its decimals
SELECT name, revenue_per_click_sketch(x) FROM (VALUES
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

-- merging sums that fit into 2^63 units of 10^-8 to one that does not, up and down
SELECT sign, revenue_tally_union(t, t) AS doubled, revenue_tally_union(revenue_tally_union(t, t), t) AS trebled
FROM unnest('{1,-1}'::integer[]) AS sign,
	LATERAL (SELECT revenue_per_click_sketch(sign * 89999999999.9999 + 0 * i) AS t FROM generate_series(1, 100) AS i) AS s;

-- more clicks than a bigint counts is an error, not a negative number
SELECT pg_temp.error_of($$SELECT clicktrack.revenue_tally_union('clicks=9223372036854775807 revenue=1', 'clicks=1 revenue=1')$$) AS merged,
	pg_temp.error_of($$SELECT clicktrack.revenue_tally_add('clicks=9223372036854775807 revenue=1', 1)$$) AS added;

-- a stored tally answers for its clicks and its revenue
SELECT t, clicks(t), revenue(t), revenue_tally_per_click(t)
FROM unnest('{clicks=3 revenue=104.50,clicks=1 revenue=0,clicks=2 revenue=-1e12,clicks=2 revenue=0.000000001,clicks=9 revenue=NaN}'::revenue_tally[]) AS t;
SELECT clicks(NULL::revenue_tally) IS NULL AS no_clicks, revenue(NULL::revenue_tally) IS NULL AS no_revenue,
	(SELECT revenue_per_click_sketch(x) IS NULL FROM (VALUES (1)) AS v(x) WHERE false) AS no_rows,
	(SELECT revenue_per_click_merge(t) IS NULL FROM (VALUES (NULL::revenue_tally)) AS v(t)) AS no_tally;

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
INSERT INTO stored SELECT n, (SELECT revenue_per_click_sketch(i * ('1e' || n - 1)::numeric) FROM generate_series(1, 3) AS i) FROM generate_series(0, 20, 4) AS n;
-- one so long that it is compressed or out of line
INSERT INTO stored SELECT 99, revenue_tally_add(NULL, string_agg((i * i % 10)::text, '' ORDER BY i)::numeric) FROM generate_series(1, 20000) AS i;
INSERT INTO stored VALUES (-1, NULL);
SELECT n, tally, pg_column_size(tally) < 64 AS small FROM stored WHERE n < 99 ORDER BY n;
SELECT n, length(tally::text), revenue_tally_add(tally, 0.5)::text = regexp_replace(tally::text, 'clicks=1 (.*)', 'clicks=2 \1.5') AS added FROM stored WHERE n = 99;
-- adding to a stored tally leaves it as it is
SELECT n, revenue_tally_add(tally, 1) AS added, revenue_tally_union(tally, tally) AS doubled, tally FROM stored WHERE n < 10 ORDER BY n;
SELECT revenue_per_click_merge(tally ORDER BY n) AS up, revenue_per_click_merge(tally ORDER BY n DESC) AS down, revenue_per_click_merge(tally) FILTER (WHERE n = -1) IS NULL AS none
FROM stored WHERE n < 99;
SELECT n, revenue_per_click_merge(tally) OVER (ORDER BY n) FROM stored WHERE n < 99 ORDER BY n;
-- out to text and in again, as pg_dump does
SELECT count(*) AS rows, count(*) FILTER (WHERE revenue_tally_send(tally::text::revenue_tally) IS DISTINCT FROM revenue_tally_send(tally)) AS differ FROM stored;

-- ---- frames that slide ----

-- the decimals shown are those of the amounts that are in the frame, and what is not finite leaves it again
SELECT i, x, revenue_per_click(x) OVER w, coalesce(sum(x) OVER w, 0) / count(*) OVER w AS plain, revenue_per_click_sketch(x) OVER w
FROM unnest('{1.50,2,NULL,1e12,0.000000001,0.5,NaN,3,Infinity,-Infinity,4.0000000000,NULL,NULL,NULL,7}'::numeric[]) WITH ORDINALITY AS t(x, i)
WINDOW w AS (ORDER BY i ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) ORDER BY i;

-- amounts that leave in another order than they came leave nothing
SELECT revenue_frame_remove(revenue_frame_remove(revenue_frame_add(revenue_frame_add(revenue_frame_add(NULL, x), 5), y), x), y)
FROM (VALUES (1.5, 2.25), (1e30, -1e30), (89999999999.99999999, 89999999999.99999999), (NULL, 'NaN'), ('Infinity', 'NaN'), (0.1234567890, 1e12)) AS t(x, y);
-- which decimals remain when the only one as fine goes cannot be told; nor can what was not there be taken away
SELECT revenue_frame_remove(revenue_frame_add(revenue_frame_add(NULL, 1e-10), 1e-9), 1e-10) IS NULL AS finest,
	revenue_frame_remove(revenue_frame_add(revenue_frame_add(NULL, 1e-10), 1e-9), 1e-9) AS other,
	revenue_frame_remove(NULL, 1) IS NULL AS empty, revenue_frame_remove(revenue_frame_add(NULL, 1), 1.0) IS NULL AS scale,
	revenue_frame_remove(revenue_frame_add(NULL, 1), NULL) IS NULL AS nothing, revenue_frame_remove(revenue_frame_add(NULL, 1), 'NaN') IS NULL AS nan,
	revenue_frame_remove(revenue_frame_add(NULL, 1), 1e-9) IS NULL AS finer;
SELECT f, revenue_frame_per_click(f), revenue_frame_tally(f), f::text::revenue_frame::text = f::text AS same, revenue_frame_send(f)
FROM (VALUES (revenue_frame_add(revenue_frame_add(NULL, 1.5), NULL)), (revenue_frame_add(revenue_frame_add(NULL, 1.5), 'Infinity')),
	(revenue_frame_remove(revenue_frame_add(NULL, 1.5), 1.5))) AS t(f);
-- text that is no revenue_frame: too few counts or too many, negative ones, a sum that they do not make
SELECT value, pg_temp.error_of(format('SELECT %L::clicktrack.revenue_frame', value))
FROM unnest(ARRAY['', 'counts={} revenue=0', 'counts={0,0,0,0,0,0,0,0,0,0,0,0,0,0} revenue=0', 'counts={0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0} revenue=0',
	'counts={-1,0,0,0,0,0,0,0,0,0,0,0,0,0,0} revenue=0', 'counts={1,0,0,0,0,0,0,0,0,0,0,0,0,0,0}', 'counts={1,0,0,0,0,0,0,0,0,0,0,0,0,0,0} revenue=1',
	'counts={1,0,0,0,0,0,0,0,0,0,0,0,0,0,0} revenue=0.0', 'counts={0,1,0,0,0,0,0,0,0,0,0,0,0,0,0} revenue=NaN', 'counts={0,0,0,0,0,0,0,0,1,0,0,0,0,0,0} revenue=1',
	'counts={0,0,0,0,1,0,0,0,0,0,0,0,0,0,0} revenue=1', 'counts={0,0,0,0,1,1,0,0,0,0,0,0,0,0,0} revenue=1.00000000', 'counts={0,0,0,0,1,2,0,0,0,0,0,0,0,0,0} revenue=1.000000000',
	'counts={0,0,0,0,0,1,1,0,0,0,0,0,0,0,0} revenue=1', 'counts={9223372036854775807,1,0,0,0,0,0,0,0,0,0,0,0,0,0} revenue=0', 'counts={9223372036854775808,0,0,0,0,0,0,0,0,0,0,0,0,0,0} revenue=0',
	'counts={1,0,0,0,0,0,0,0,0,0,0,0,0,0,0} revenue=x']) AS value;
SELECT 'a frame'::revenue_frame;

-- ---- revenue_per_unique_click ----

-- what unknown visitors earned counts, they do not
SELECT name, revenue_per_unique_click(x, v), coalesce(sum(x), 0) / nullif(count(DISTINCT v), 0) AS plain,
	revenue_per_unique_click(x, click_event('2026-03-01 09:30+00', 42, v)) AS of_clicks, revenue_per_unique_click_sketch(x, v) AS sketch
FROM (VALUES ('one', 12.50, 7), ('twice', 12.50, 7), ('twice', 1.000, 7), ('two', 10, 7), ('two', NULL, 8), ('two', 5, NULL),
	('unknown', 5.00, NULL), ('unknown', 2, NULL), ('nothing', NULL, 7), ('nothing', NULL, NULL), ('neither', NULL, NULL),
	('huge', 1e20, 0), ('huge', 0.25, -1), ('nan', 'NaN', 1), ('nan', 1, 1), ('infinite', 'Infinity', 3)) AS t(name, x, v)
GROUP BY name ORDER BY name;
SELECT revenue_per_unique_click(x, v) IS NULL AS no_rows FROM (VALUES (1, 1)) AS t(x, v) WHERE false;
-- a click that is NULL is one of an unknown visitor
SELECT revenue_per_unique_click(x, e) FROM (VALUES (3, NULL), (4, click_event('2026-03-01 09:30+00', 42, 7)), (5, click_event('2026-03-01 09:30+00', 42))) AS t(x, e);
-- around the sizes at which a state grows
SELECT count(*) AS sizes, count(*) FILTER (WHERE visitors(t) IS DISTINCT FROM n OR clicks(t) <> 2 * n OR revenue(t)::text IS DISTINCT FROM s::text
	OR visitor_tally_per_unique_click(t)::text IS DISTINCT FROM (s / n)::text) AS wrong
FROM (SELECT n, revenue_per_unique_click_sketch(i * 0.10, i % n) AS t, sum(i * 0.10) AS s FROM generate_series(1, 300) AS n, generate_series(1, 2 * n) AS i GROUP BY n) AS g;

-- a visitor is in a frame until the last of their clicks leaves it
SELECT i, x, v, revenue_per_unique_click(x, v) OVER w AS sliding, revenue_per_unique_click(x, v) OVER (ORDER BY i) AS running
FROM (VALUES (1, 1.50, 7), (2, NULL, 7), (3, 2, 8), (4, 0.25, 7), (5, 'NaN', NULL), (6, 5, NULL), (7, NULL, NULL), (8, 3, NULL), (9, 1e12, 9)) AS t(i, x, v)
WINDOW w AS (ORDER BY i ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) ORDER BY i;
SELECT f, visitor_frame_per_unique_click(f), visitor_frame_remove(f, 1.50, 7) AS without_first, visitor_frame_remove(f, NULL, 9) IS NULL AS nobody
FROM (SELECT visitor_frame_add(visitor_frame_add(visitor_frame_add(NULL, 1.50, 7), NULL, 7), 2, NULL::bigint) AS f) AS s;
SELECT value, pg_temp.error_of(format('SELECT %L::clicktrack.visitor_frame', value))
FROM unnest(ARRAY['', 'counts={1,0,0,0,0,0,0,0,0,0,0,0,0,0,0} revenue=0', 'counts={1,0,0,0,0,0,0,0,0,0,0,0,0,0,0} revenue=0 visitors={7=2}',
	'counts={1,0,0,0,0,0,0,0,0,0,0,0,0,0,0} revenue=0 visitors={7}', 'counts={1} revenue=0 visitors={7=1}']) AS value;

-- text and binary
SELECT t, t::text::visitor_tally::text = t::text AS same, visitor_tally_per_unique_click(t), clicks(t), visitors(t), revenue(t)
FROM unnest(ARRAY['clicks=3 revenue=104.50 visitors={8,7}', 'clicks=3 revenue=0 visitors={}', 'clicks=3 revenue=1e12 visitors={7}',
	'clicks=3 revenue=0.000000001 visitors={7,7}', 'clicks=1 revenue=NaN visitors={-9223372036854775808}']::visitor_tally[]) AS t;
SELECT visitor_tally_send('clicks=3 revenue=104.50 visitors={0}');
SELECT value, pg_temp.error_of(format('SELECT %L::clicktrack.visitor_tally', value))
FROM unnest(ARRAY['', 'clicks=1', 'clicks=1 revenue=1', 'clicks=1 revenue=1 visitors=', 'clicks=1 revenue=1 visitors={', 'clicks=1 revenue=1 visitors={1',
	'clicks=1 revenue=1 visitors={1,}', 'clicks=1 revenue=1 visitors={,1}', 'clicks=1 revenue=1 visitors={1} ', 'clicks=1 revenue=1 visitors={x}',
	'clicks=1 revenue= visitors={1}', 'clicks=1 revenue=x visitors={1}', 'clicks=1 visitors={1} revenue=1', 'clicks=1 revenue=1 visitors={1,2}',
	'clicks=0 revenue=0 visitors={}', 'clicks=-1 revenue=0 visitors={}', 'clicks=1 revenue=1 visitors={9223372036854775808}']) AS value;
SELECT 'clicks=1 revenue=1 visitors={1,2}'::visitor_tally;

-- functions on NULL, and unions in either order
SELECT visitor_tally_add(NULL, NULL, NULL::bigint) AS nothing, visitor_tally_add(NULL, 2.50, 7) AS one,
	visitor_tally_add('clicks=1 revenue=2.50 visitors={7}', NULL, 8) AS two, visitor_tally_union(NULL, NULL) IS NULL AS neither,
	visitor_tally_per_unique_click(NULL) IS NULL AS none;
SELECT a, b, visitor_tally_union(a, b), visitor_tally_union(a, b)::text = visitor_tally_union(b, a)::text AS commutes
FROM (VALUES ('clicks=1 revenue=1.50 visitors={7}', 'clicks=2 revenue=0.005 visitors={7,8}'), ('clicks=1 revenue=1e13 visitors={7}', 'clicks=1 revenue=0.01 visitors={}'),
	('clicks=1 revenue=89999999999.99999999 visitors={7}', 'clicks=1 revenue=89999999999.99999999 visitors={8}'),
	('clicks=1 revenue=Infinity visitors={}', 'clicks=1 revenue=-Infinity visitors={}'), (NULL, 'clicks=1 revenue=1 visitors={7}')) AS t(x, y),
	LATERAL (SELECT x::visitor_tally AS a, y::visitor_tally AS b) AS s;
SELECT pg_temp.error_of($$SELECT clicktrack.visitor_tally_union('clicks=9223372036854775807 revenue=1 visitors={}', 'clicks=1 revenue=1 visitors={}')$$) AS clicks;

-- adding to a stored or kept tally leaves it as it is, small, large and with a rest
CREATE TEMPORARY TABLE stored_tally AS
SELECT n, rest, revenue_per_unique_click_sketch(CASE WHEN rest THEN 1e12 ELSE 0.01 END, i) AS t
FROM unnest('{1,4,5,28,29,1000}'::integer[]) AS n, unnest('{false,true}'::boolean[]) AS rest, generate_series(1, n) AS i GROUP BY n, rest;
SELECT n, rest, clicks(added), revenue(added), visitors(added), clicks(doubled), revenue(doubled), visitors(doubled), clicks(t), revenue(t), visitors(t)
FROM (SELECT n, rest, t, visitor_tally_add(t, 0.5, -1) AS added, visitor_tally_union(t, t) AS doubled FROM stored_tally OFFSET 0) AS s ORDER BY n, rest;
DO $$
DECLARE
	t clicktrack.visitor_tally;
	kept clicktrack.visitor_tally;
BEGIN
	FOR i IN 1..40 LOOP
		t := visitor_tally_add(t, i, i);
		IF i IN (3, 35) THEN kept := t; END IF;
		IF i IN (5, 40) THEN RAISE NOTICE '% %, kept % %', clicks(t), visitors(t), clicks(kept), visitors(kept); END IF;
	END LOOP;
END
$$;
