--
-- visitor_sketch: approximate distinct visitors
--
SET search_path = clicktrack, public;

-- ---- helpers ----

-- the form of a sketch, from its first byte
CREATE FUNCTION pg_temp.form_of(s visitor_sketch) RETURNS text
	LANGUAGE sql IMMUTABLE RETURN (ARRAY['exact', 'sparse', 'dense'])[get_byte(s::bytea, 0) - 15];

-- the SQLSTATE that a text raises as a visitor_sketch
CREATE FUNCTION pg_temp.error_of(value text) RETURNS text
	LANGUAGE plpgsql AS $$
BEGIN
	RETURN 'no error: ' || left(value::clicktrack.visitor_sketch::text, 60);
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END
$$;

-- ---- nothing and nobody ----

SELECT visitor_sketch(v) FROM (VALUES (1::bigint)) AS t(v) WHERE false;
SELECT visitor_sketch(v), visitor_sketch(v, 12), visitor_sketch(e), visitor_sketch(e, 12)
FROM (VALUES (NULL::bigint, NULL::click_event), (NULL, click_event('2026-03-01', 1))) AS t(v, e);
SELECT visitor_sketch_union(s), visitor_sketch_merge(s) FROM (VALUES (NULL::visitor_sketch), (NULL)) AS t(s);
SELECT visitor_sketch_merge(s) FROM (VALUES (NULL::visitor_sketch)) AS t(s) WHERE false;
SELECT estimate(NULL), estimate_error(NULL), estimate('precision=10 visitors={}'), estimate_error('precision=10 visitors={}');
SELECT * FROM intersection_estimate(NULL, NULL), difference_estimate(NULL, NULL);

-- ---- somebody ----

SELECT visitor_sketch(v) FROM (VALUES (7::bigint), (7), (NULL), (8)) AS t(v);
-- the visitor counts, not the click; 0 is a visitor, an unknown one is not
SELECT visitor_sketch(e) FROM (VALUES
	(click_event('2026-03-01', 1, 0)),
	(click_event('2026-03-02', 2, 0, channel => 'sms')),
	(click_event('2026-03-02', 2, 9, bot_reasons => '{burst}')),
	(click_event('2026-03-02', 2)),
	(NULL)) AS t(e);
SELECT visitor_sketch(v::bigint, 4) FROM (VALUES (0::numeric), (-1), (9223372036854775807), (-9223372036854775808)) AS t(v);

-- exact up to 128, then within a few standard errors
SELECT n, pg_temp.form_of(s) AS form, round(estimate(s)::numeric, 1) AS estimate, round(100 * estimate_error(s)::numeric, 2) AS error,
	abs(estimate(s) - n) <= 3 * estimate_error(s) * n AS near, pg_column_size(s) AS bytes
FROM unnest('{1,10,127,128,129,200,1000,2000,2100,5000,20000,100000}'::integer[]) AS n,
	LATERAL (SELECT visitor_sketch(v) AS s FROM generate_series(1, n) AS v) AS t ORDER BY n;
-- and with every precision
SELECT p, pg_temp.form_of(s) AS form, round(100 * estimate_error(s)::numeric, 2) AS error,
	abs(estimate(s) - 20000) <= 3 * estimate_error(s) * 20000 AS near, pg_column_size(s) AS bytes
FROM generate_series(4, 16) AS p,
	LATERAL (SELECT visitor_sketch(v, p) AS s FROM generate_series(1, 20000) AS v) AS t ORDER BY p;
-- the limits between the forms
SELECT p, n, pg_temp.form_of(s) AS form
FROM (VALUES (4, 8), (4, 9), (4, 32), (4, 33), (7, 64), (7, 65), (7, 256), (7, 257), (8, 128), (8, 129), (16, 128), (16, 129)) AS t(p, n),
	LATERAL (SELECT visitor_sketch(v, p) AS s FROM generate_series(1, n) AS v) AS s;

-- ---- precisions ----

SELECT visitor_sketch(1, 3);
SELECT visitor_sketch(1, 17);
SELECT visitor_sketch(1, -2147483648);
SELECT visitor_sketch(1, NULL);
SELECT visitor_sketch(NULL::bigint, 3);
SELECT visitor_sketch(click_event('2026-03-01', 1, 1), 20);
SELECT visitor_sketch(v, v) FROM generate_series(10, 11) AS v;
SELECT visitor_sketch(v, 10 + v / 1000) FROM generate_series(1, 1000) AS v;
SELECT visitor_sketch_add('precision=12 visitors={1}', 2::bigint, 10);
SELECT visitor_sketch_add(NULL, 2::bigint, 99);
SELECT visitor_sketch_combine('precision=12 visitors={1}', 'precision=10 visitors={1}');
-- without one, a sketch keeps its own
SELECT visitor_sketch_add('precision=12 visitors={1}', 2::bigint), visitor_sketch_add('precision=12 visitors={1}', 2::bigint, 12);

-- ---- adding and uniting ----

SELECT visitor_sketch_add(NULL, NULL::bigint) IS NULL AS nobody, visitor_sketch_add(NULL, 5::bigint) AS one, visitor_sketch_add(NULL, 5::bigint, 4) AS coarse,
	visitor_sketch_add('precision=10 visitors={5}', NULL::bigint) AS same, visitor_sketch_add('precision=10 visitors={5}', 5::bigint) AS again,
	visitor_sketch_add(NULL, NULL::click_event) IS NULL AS no_click,
	visitor_sketch_add('precision=10 visitors={5}', click_event('2026-03-01', 1)) AS unknown,
	visitor_sketch_add('precision=10 visitors={5}', click_event('2026-03-01', 1, 6)) AS two;
SELECT visitor_sketch_union(NULL, NULL) IS NULL AS neither, visitor_sketch_union('precision=10 visitors={5}', NULL) AS first,
	visitor_sketch_union(NULL, 'precision=10 visitors={5}') AS second,
	visitor_sketch_union('precision=10 visitors={5,6}', 'precision=12 visitors={6,7}') AS lower,
	visitor_sketch_combine(NULL, 'precision=10 visitors={5}') AS combined;
SELECT visitor_sketch_union(s), visitor_sketch_merge(s)
FROM (VALUES ('precision=12 visitors={1,2}'::visitor_sketch), (NULL), ('precision=11 visitors={2,3}'), ('precision=12 visitors={}')) AS t(s);

-- a day's sketches in a table, added to by upserts
CREATE TEMPORARY TABLE daily (day date PRIMARY KEY, visitors visitor_sketch);
INSERT INTO daily
SELECT '2026-03-01'::date + d, visitor_sketch(v) FROM generate_series(0, 9) AS d, generate_series(d * 500, d * 500 + 999) AS v GROUP BY d;
INSERT INTO daily
SELECT '2026-03-01'::date + d, visitor_sketch(v) FROM generate_series(0, 9) AS d, generate_series(d * 500 + 900, d * 500 + 1499) AS v GROUP BY d
ON CONFLICT (day) DO UPDATE SET visitors = visitor_sketch_union(daily.visitors, EXCLUDED.visitors);
INSERT INTO daily VALUES ('2026-03-02', visitor_sketch_add(NULL, -1::bigint))
ON CONFLICT (day) DO UPDATE SET visitors = visitor_sketch_add(daily.visitors, -1::bigint);
SELECT day, round(estimate(visitors)) AS visitors FROM daily ORDER BY day LIMIT 3;
SELECT round(visitor_sketch_merge(visitors)) AS all_days, round(estimate(visitor_sketch_union(visitors))) AS the_same FROM daily;
-- of all: bytes as if every visitor had been added one by one
SELECT (SELECT visitor_sketch_union(visitors)::bytea FROM daily) = (SELECT visitor_sketch(v)::bytea FROM generate_series(-1, 5999) AS v) AS same_bytes;
SELECT day, round(estimate(visitor_sketch_union(visitors) OVER (ORDER BY day ROWS 6 PRECEDING))) AS last_seven_days FROM daily ORDER BY day DESC LIMIT 2;

-- ---- intersections and differences ----

SELECT * FROM intersection_estimate('precision=10 visitors={1,2,3}', 'precision=4 visitors={2,3,4,5}');
SELECT * FROM difference_estimate('precision=10 visitors={1,2,3}', 'precision=4 visitors={2,3,4,5}');
SELECT * FROM difference_estimate('precision=10 visitors={2,3,4,5}', NULL);
SELECT * FROM intersection_estimate('precision=10 visitors={2,3,4,5}', NULL);
SELECT na, nb, nx, round(i.estimate) AS both, round(i.error) AS error, abs(i.estimate - nx) <= 3 * i.error + 1e-6 AS near,
	round(d.estimate) AS first, round(d.error) AS error, abs(d.estimate - (na - nx)) <= 3 * d.error + 1e-6 AS near
FROM (VALUES (1000, 1000, 500), (1000, 1000, 0), (1000, 1000, 1000), (10000, 10000, 5000), (10000, 10000, 0), (10000, 10000, 10000), (100000, 100, 100), (100, 100000, 50)) AS n(na, nb, nx),
	LATERAL (SELECT (SELECT visitor_sketch(v) FROM generate_series(1, na) AS v) AS a, (SELECT visitor_sketch(v) FROM generate_series(na - nx + 1, na - nx + nb) AS v) AS b) AS s,
	intersection_estimate(a, b) AS i, difference_estimate(a, b) AS d;
-- with a sketch that is empty, and with itself
SELECT round(i.estimate) AS none, round(d.estimate) AS all, round(e.estimate) AS none, round(f.estimate) AS itself, round(g.estimate) AS nobody
FROM (SELECT visitor_sketch(v) AS s FROM generate_series(1, 5000) AS v) AS s, intersection_estimate(s, 'precision=16 visitors={}') AS i,
	difference_estimate(s, 'precision=16 visitors={}') AS d, difference_estimate('precision=16 visitors={}', s) AS e,
	intersection_estimate(s, s) AS f, difference_estimate(s, s) AS g;

-- ---- visitor_sketch as a type ----

-- text: visitors in any order, as many as one likes; precision and tokens or registers
SELECT 'precision=10 visitors={3,2,1,2}'::visitor_sketch;
SELECT 'precision=10 visitors={-9223372036854775808,9223372036854775807,0}'::visitor_sketch;
SELECT visitor_sketch(v, 4) FROM generate_series(1, 9) AS v;
SELECT visitor_sketch(v, 4) FROM generate_series(1, 40) AS v;
SELECT n, p, pg_temp.form_of(s), s::text::visitor_sketch::bytea = s::bytea AS text_again, s::bytea::visitor_sketch::text = s::text AS bytes_again
FROM unnest('{1,8,9,40,129,3000}'::integer[]) AS n, unnest('{4,10}'::integer[]) AS p,
	LATERAL (SELECT visitor_sketch(v, p) AS s FROM generate_series(1, n) AS v) AS t ORDER BY p, n;
SELECT format('precision=4 visitors={%s}', string_agg(v::text, ','))::visitor_sketch::bytea = visitor_sketch(v, 4)::bytea AS same FROM generate_series(1, 40) AS v;

-- text that is no visitor_sketch
SELECT value, pg_temp.error_of(value)
FROM unnest(ARRAY['', 'precision', 'precision=10', 'precision=10 visitors={', 'precision=10 visitors={1', 'precision=10 visitors={1,}', 'precision=10 visitors={,1}',
	'precision=10 visitors={1}x', 'precision=10 visitors=}', 'precision=10  visitors={1}', 'precision=10 visitors={1} ', 'precision=10 visitors={a}', 'precision=10 visitors={1.5}',
	'precision=10 visitors={9223372036854775808}', 'precision=3 visitors={1}', 'precision=17 visitors={1}', 'precision=-1 visitors={1}', 'precision=99999999999999999999 visitors={1}',
	'precision=10 keys={1}', '{1,2}', 'visitors={1}', 'precision=10 visitors=1', 'precision=10 tokens={}', 'precision=10 tokens={-1}', 'precision=10 tokens={67108864}',
	'precision=10 tokens={45}', 'precision=10 tokens={44}', 'precision=10 tokens={5,3,3}', 'precision=4 registers={}', 'precision=4 registers={1}',
	'precision=4 registers={0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0}', 'precision=4 registers={25165824,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0}',
	'precision=4 registers={25165825,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0}', 'precision=4 registers={25165824,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0}',
	'precision=4 registers={4294967296,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0}', 'precision=4 registers={-1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0}']) AS value;
SELECT 'precision=10 visitors={1,2'::visitor_sketch;

-- bytes: an on-disk form, the same for ever
SELECT 'precision=10 visitors={}'::visitor_sketch::bytea, 'precision=10 visitors={0,1}'::visitor_sketch::bytea;
SELECT visitor_sketch(v, 4)::bytea FROM generate_series(1, 9) AS v;
SELECT visitor_sketch(v, 4)::bytea FROM generate_series(1, 40) AS v;
SELECT visitor_sketch_send(s) = s::bytea AS same FROM (SELECT visitor_sketch(v, 5) AS s FROM generate_series(1, 50) AS v) AS t;
SELECT '\x'::bytea::visitor_sketch;
SELECT '\x200a'::bytea::visitor_sketch;
SELECT '\x100a0000000000000002000000000000000100'::bytea::visitor_sketch;
SELECT '\x110a0000000100'::bytea::visitor_sketch;
SELECT '\x1204'::bytea::visitor_sketch;

-- a variable keeps its sketch when a copy of it grows
DO $$
DECLARE
	s clicktrack.visitor_sketch;
	kept clicktrack.visitor_sketch;
BEGIN
	FOR i IN 1..700 LOOP
		s := visitor_sketch_add(s, i::bigint, 8);
		IF i IN (1, 10, 128, 129, 512, 513) THEN
			kept := s;
			PERFORM visitor_sketch_add(s, -1::bigint), visitor_sketch_union(s, 'precision=4 visitors={-1}');
			RAISE NOTICE '% visitors: %, kept %', i, round(estimate(s)), round(estimate(kept));
		END IF;
	END LOOP;
END
$$;
