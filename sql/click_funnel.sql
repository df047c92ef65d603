--
-- click_funnel and click_retention, and their states, funnel_events and retention_steps
--
SET search_path = clicktrack, public;
SET timezone = 'UTC';

-- ---- helpers ----

-- a visitor's rows as text: minutes, then the steps that a row takes, "0 a, 5 bc, 9"
CREATE FUNCTION pg_temp.visit(story text) RETURNS TABLE (at timestamptz, a boolean, b boolean, c boolean, d boolean)
	LANGUAGE sql AS $$
	SELECT timestamptz '2026-03-01 09:00' + split_part(r, ' ', 1)::float8 * interval '1 minute',
		r LIKE '% %a%', r LIKE '% %b%', r LIKE '% %c%', r LIKE '% %d%'
	FROM unnest(string_to_array(story, ', ')) AS r
$$;

-- how far the visitor came within ten minutes, in this order, the other way round, and at random
CREATE FUNCTION pg_temp.reached(story text, within interval DEFAULT '10 minutes') RETURNS text
	LANGUAGE sql AS $$
	SELECT concat_ws(' ', click_funnel(within, at, a, b, c, d), click_funnel(within, at, a, b, c, d ORDER BY at DESC),
		click_funnel(within, at, a, b, c, d ORDER BY md5(at::text)))
	FROM pg_temp.visit(story)
$$;

-- the SQLSTATE and the message that an expression raises
CREATE FUNCTION pg_temp.error_of(expression text) RETURNS text
	LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE 'SELECT (' || expression || ')::text' INTO answer;
	RETURN 'no error: ' || coalesce(answer, 'NULL');
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;

-- ---- how far a visitor came ----

SELECT story, pg_temp.reached(story) AS reached FROM unnest(ARRAY[
	'0', '0 b', '0 bcd', '5 b, 6 a', '0 a', '0 a, 1 a',
	'0 a, 1 b', '0 a, 1 b, 2 c', '0 a, 1 b, 2 c, 3 d', '0 a, 1 c, 2 d', '0 a, 1 c, 2 b, 3 d', '0 a, 1 b, 2 d, 3 c',
	-- the interval counts from the first step, both ends in
	'0 a, 10 b', '0 a, 10.000001 b', '0 a, 5 b, 10 c', '0 a, 5 b, 11 c', '0 a, 5 b, 11 c, 12 b',
	-- a later beginning is a new chance, and the old one lasts
	'0 a, 5 b, 8 a, 11 c', '0 a, 5 b, 8 a, 9 b, 11 c', '0 a, 5 b, 8 a, 10 c', '0 a, 5 b, 20 a', '0 a, 5 b, 6 c, 20 a, 21 b',
	-- at the same time every step can follow the one before, in one row or several
	'0 ab', '0 abcd', '0 bcd, 1 a', '0 a, 0 b', '0 c, 0 b, 0 a', '0 b, 0 a, 0 d, 0 c', '0 ac, 1 bd, 2 cd', '0 ab, 1 ab, 2 ab'
]) WITH ORDINALITY AS s(story, i) ORDER BY i;

-- no interval: only what happens at once; and ever so long ones
SELECT pg_temp.reached('0 a, 0 b, 1 c', '0') AS none, pg_temp.reached('0 a, 0.00000001667 b', '1 microsecond') AS short,
	pg_temp.reached('0 a, 1440 b, 2880 c', '2 days') AS days, pg_temp.reached('0 a, 1440 b, 2880 c', '1 day 23:59:59.999999') AS less,
	pg_temp.reached('0 a, 1440 b, 2880 c', '3 days -24 hours') AS mixed, pg_temp.reached('0 a, 1440 b, 2880 c', '106751991 days') AS long;

-- infinite times are at the same time as themselves and far from all others
SELECT (SELECT click_funnel('106751991 days', at, s = 1, s = 2, s = 3) FROM (VALUES
		('-infinity'::timestamptz, 1), ('4714-11-24 00:00:00+00 BC', 2), ('294276-12-31 23:59:59.999999+00', 3)) AS t(at, s)) AS far,
	(SELECT click_funnel('0', at, s = 1, s = 2, s = 3) FROM (VALUES
		('-infinity'::timestamptz, 1), ('-infinity', 2), ('infinity', 3)) AS t(at, s)) AS first,
	(SELECT click_funnel('0', at, s = 1, s = 2, s = 3) FROM (VALUES
		('infinity'::timestamptz, 1), ('infinity', 2), ('infinity', 3)) AS t(at, s)) AS last,
	(SELECT click_funnel('106751991 days', at, s = 1, s = 2) FROM (VALUES
		('4714-11-24 00:00:00+00 BC'::timestamptz, 1), ('infinity', 2)) AS t(at, s)) AS never,
	(SELECT click_funnel('106751991 days', at, s = 1, s = 2) FROM (VALUES
		('4714-11-24 00:00:00+00 BC'::timestamptz, 1), ('287500-01-01', 2)) AS t(at, s)) AS longest,
	(SELECT click_funnel('106751991 days', at, s = 1, s = 2) FROM (VALUES
		('4714-11-24 00:00:00+00 BC'::timestamptz, 1), ('294276-12-31', 2)) AS t(at, s)) AS longer;

-- ---- rows that are none, steps that are not there ----

SELECT click_funnel('1 hour', at, a), click_funnel_sketch('1 hour', at, a), click_retention(a, b), click_retention_sketch(a, b)
FROM pg_temp.visit('0 ab') WHERE false;
SELECT click_funnel('1 hour', at, a, b) AS no_time, click_funnel_sketch('1 hour', at, a, b) AS no_sketch
FROM (VALUES (NULL::timestamptz, true, true)) AS t(at, a, b);
SELECT click_funnel('1 hour', at, VARIADIC steps), click_funnel_sketch('1 hour', at, VARIADIC steps),
	click_retention(VARIADIC steps), click_retention_sketch(VARIADIC steps)
FROM (VALUES (timestamptz '2026-03-01', NULL::boolean[]), ('2026-03-01', NULL)) AS t(at, steps);
SELECT click_funnel('1 hour', at, VARIADIC steps), click_funnel_sketch('1 hour', at, VARIADIC steps),
	click_retention(VARIADIC steps), click_retention_sketch(VARIADIC steps)
FROM (VALUES (timestamptz '2026-03-01', '{t,NULL,NULL}'::boolean[]), ('2026-03-01', NULL), (NULL, '{t,t,t}'), ('2026-03-02', '{NULL,NULL,NULL}'),
	('2026-03-01 01:00', '[0:2]={NULL,t,f}'), ('2026-03-01 00:10', '[-1:1]={NULL,NULL,t}')) AS t(at, steps);
-- a row without a step says nothing of the others
SELECT click_funnel_sketch(within, at, VARIADIC steps)
FROM (VALUES ('1 hour'::interval, timestamptz '2026-03-01', '{t,f}'::boolean[]), ('2 hours', '2026-03-01', '{f,f,f}')) AS t(within, at, steps);
-- stored arrays, short and toasted as they may be
CREATE TEMPORARY TABLE stored_steps (at timestamptz, steps boolean[]);
INSERT INTO stored_steps SELECT timestamptz '2026-03-01' + i * interval '1 minute', array_agg(s = i ORDER BY s)
FROM generate_series(1, 64) AS i, generate_series(1, 64) AS s GROUP BY i;
SELECT click_funnel('1 hour', at, VARIADIC steps) AS hour, click_funnel('63 minutes', at, VARIADIC steps) AS all,
	click_funnel('1 day', at, VARIADIC steps[2:]) AS late, click_funnel('1 day', at, VARIADIC steps[:9]) AS nine,
	click_retention(VARIADIC steps) = array_fill(true, '{64}') AS retained
FROM stored_steps;

-- ---- what is an error ----

SELECT expression, pg_temp.error_of(expression) FROM unnest(ARRAY[
	$$click_funnel(NULL, now(), true)$$,
	$$click_funnel('-1 microsecond', now(), true)$$,
	$$click_funnel('1 day -25 hours', now(), false)$$,
	$$click_funnel('1 month', now(), true)$$,
	$$click_funnel('1 month -30 days', now(), true)$$,
	$$click_funnel('106751992 days', now(), true)$$,
	$$click_funnel('-106751992 days', now(), true)$$,
	$$click_funnel('106751991 days 5 hours', now(), true)$$,
	$$click_funnel('1 hour', now(), VARIADIC '{}'::boolean[])$$,
	$$click_funnel('1 hour', now(), VARIADIC '{{t,f},{f,t}}'::boolean[])$$,
	$$click_funnel('1 hour', now(), VARIADIC array_fill(true, '{65}'))$$,
	$$click_retention(VARIADIC '{}'::boolean[])$$,
	$$click_retention(VARIADIC '{{t,f},{f,t}}'::boolean[])$$,
	$$click_retention(VARIADIC array_fill(true, '{65}'))$$,
	$$SELECT click_funnel(i * interval '1.5 s', now(), true) FROM generate_series(1, 2) AS i$$,
	$$SELECT click_funnel('1 hour', now(), VARIADIC array_fill(true, ARRAY[i])) FROM generate_series(3, 4) AS i$$,
	$$SELECT click_funnel('1 hour' + i / 600 * interval '1 s', now() + i * interval '1 s', true) FROM generate_series(1, 600) AS i$$,
	$$SELECT click_funnel('1 hour', now() + i * interval '1 s', VARIADIC array_fill(true, ARRAY[1 + i / 600])) FROM generate_series(1, 600) AS i$$,
	$$SELECT click_retention(VARIADIC array_fill(true, ARRAY[i])) FROM generate_series(3, 4) AS i$$,
	$$funnel_events_union('within=1s steps=2 {}', 'within=2s steps=2 {}')$$,
	$$SELECT click_funnel_merge(s) FROM (SELECT click_funnel_sketch('1 hour', now() + i * interval '1 s', true) AS s FROM generate_series(1, 1200) AS i GROUP BY i % 2
		UNION ALL SELECT 'within=3600s steps=2 {}') AS t$$,
	$$funnel_events_union('within=1s steps=2 {}', 'within=1s steps=3 {}')$$,
	$$retention_steps_union('01', '011')$$,
	-- a row without a time or steps is none, whatever the interval
	$$click_funnel(NULL, NULL, true)$$,
	$$click_funnel('1 month', now(), VARIADIC NULL)$$
]) WITH ORDINALITY AS t(expression, i) ORDER BY i;
SELECT click_funnel('1 month', now(), true);

-- ---- growth through every internal form ----

-- A visitor of n events walks through 40 steps again and again, one a second: 39 seconds are
-- enough for them, 38 too few. As text the sketch is the same however it grew.
CREATE TEMPORARY TABLE walk AS
SELECT n, i, timestamptz '2026-03-01' + i * interval '1 second' AS at,
	(SELECT array_agg(i % 40 + 1 = s ORDER BY s) FROM generate_series(1, 40) AS s) AS steps
FROM unnest('{1,2,3,4,7,8,15,16,30,31,32,33,63,64,65,510,511,512,513,1023,1024,1025,5000}'::integer[]) AS n, generate_series(0, n - 1) AS i;
SELECT n, ascending, descending, mixed, less, same
FROM (
	SELECT n, click_funnel('39 s', at, VARIADIC steps ORDER BY i) AS ascending,
		click_funnel('39 s', at, VARIADIC steps ORDER BY i DESC) AS descending,
		click_funnel('39 s', at, VARIADIC steps ORDER BY i % 7, i) AS mixed,
		click_funnel('38 s', at, VARIADIC steps ORDER BY md5(i::text)) AS less,
		click_funnel_sketch('39 s', at, VARIADIC steps ORDER BY i)::text = ALL (ARRAY[
			click_funnel_sketch('39 s', at, VARIADIC steps ORDER BY i DESC)::text,
			click_funnel_sketch('39 s', at, VARIADIC steps ORDER BY md5(i::text))::text,
			click_funnel_sketch('39 s', at, VARIADIC steps ORDER BY i % 3, i)::text,
			funnel_events_union(click_funnel_sketch('39 s', at, VARIADIC steps) FILTER (WHERE i % 3 > 0),
				click_funnel_sketch('39 s', at, VARIADIC steps ORDER BY i DESC) FILTER (WHERE i % 3 < 2))::text]) AS same
	FROM walk GROUP BY n
) AS t ORDER BY n;

-- the same events over and over take no more room
SELECT click_funnel_sketch('1 hour', at, a, b, c) FROM pg_temp.visit('0 a, 1 b, 2 c'), generate_series(1, 10000);
SELECT n, pg_column_size(click_funnel_sketch('1 hour', '2026-03-01'::timestamptz + i * interval '1 s', true)) AS bytes
FROM unnest('{1,2,3,4,7,8,15,16,31,32,63,64,511,512,600}'::integer[]) AS n, generate_series(1, n) AS i GROUP BY n ORDER BY n;

-- ---- the places of an aggregate ----

CREATE TEMPORARY TABLE trip AS
SELECT i, hashint4(i) & 3 AS visitor, i % 2 AS side, timestamptz '2026-03-01' + (i * 7919 % 2003) * interval '1 second' AS at, hashint4(i + 1000) & 7 AS kind
FROM generate_series(1, 1600) AS i;

-- FILTER, twice the same and other steps in one query, and nobody changes what is shared
SELECT click_funnel('1 minute', at, kind = 1, kind = 2, kind = 3) AS all,
	click_funnel('1 minute', at, kind = 1, kind = 2, kind = 3) AS again,
	click_funnel('1 minute', at, kind = 1, kind = 2, kind = 3) FILTER (WHERE kind < 3) AS two,
	click_funnel('1 minute', at, kind = 3, kind = 2) FILTER (WHERE kind <> 3) AS none,
	click_funnel('1 second', at, kind = 1, kind = 2, kind = 3, kind = 4) AS second,
	funnel_events_reached(funnel_events_union(click_funnel_sketch('1 minute', at, kind = 1, kind = 2, kind = 3), 'within=60s steps=3 {}')) AS united,
	click_retention(kind = 1, kind = 2, kind = 12) AS retained,
	click_retention(kind = 12, kind = 2, kind = 3) AS nobody,
	click_retention_sketch(kind = 12, kind = 2, kind = 3) AS sketch
FROM trip;
SELECT visitor, side, click_funnel('12 seconds', at, kind = 1, kind = 2, kind = 3, kind = 4), click_retention(kind = 1 AND i > 1500, kind = 2, kind = 3 AND i < 10)
FROM trip GROUP BY CUBE (visitor, side) ORDER BY visitor, side;
SELECT click_funnel(DISTINCT '1 minute', at, kind = 1, kind = 2) AS once, click_funnel('1 minute', at, kind = 1, kind = 2 ORDER BY kind DESC) AS sorted FROM trip;

-- window frames: running, sliding, whole
SELECT count(*) AS rows, count(*) FILTER (WHERE running <> expected_running) AS running, count(*) FILTER (WHERE sliding <> expected_sliding) AS sliding,
	count(*) FILTER (WHERE whole <> expected_whole) AS whole, count(*) FILTER (WHERE retained <> expected_retained) AS retained, sum(sliding) AS steps
FROM (
	SELECT i, click_funnel('1 minute', at, kind = 1, kind = 2, kind = 3) OVER (ORDER BY i) AS running,
		click_funnel('1 minute', at, kind = 1, kind = 2, kind = 3) OVER (ORDER BY i ROWS BETWEEN 20 PRECEDING AND 2 FOLLOWING) AS sliding,
		click_funnel('5 seconds', at, kind = 1, kind = 2, kind = 3) OVER (PARTITION BY visitor) AS whole,
		click_retention(kind = 1, kind = 2, kind = 3) OVER (ORDER BY i ROWS BETWEEN 5 PRECEDING AND CURRENT ROW) AS retained
	FROM trip
) AS t JOIN (
	SELECT i, (SELECT click_funnel('1 minute', at, kind = 1, kind = 2, kind = 3) FROM trip WHERE i <= o.i) AS expected_running,
		(SELECT click_funnel('1 minute', at, kind = 1, kind = 2, kind = 3) FROM trip WHERE i BETWEEN o.i - 20 AND o.i + 2) AS expected_sliding,
		(SELECT click_funnel('5 seconds', at, kind = 1, kind = 2, kind = 3) FROM trip WHERE visitor = o.visitor) AS expected_whole,
		(SELECT click_retention(kind = 1, kind = 2, kind = 3) FROM trip WHERE i BETWEEN o.i - 5 AND o.i) AS expected_retained
	FROM trip AS o WHERE i % 8 = 0
) AS e USING (i);

-- the states of a running frame, kept as values: none grows with the next
SELECT count(*) AS states, count(DISTINCT funnel_events_send(s)) AS different, sum(length(funnel_events_send(s))) AS bytes,
	count(DISTINCT retention_steps_send(r)) AS retentions
FROM (
	SELECT unnest(array_agg(s)) AS s, unnest(array_agg(r)) AS r
	FROM (SELECT click_funnel_sketch('1 minute', at, kind = 1, kind = 2) OVER w AS s, click_retention_sketch(kind = 1, kind = 2, kind = 3) OVER w AS r
		FROM trip WHERE kind IN (1, 2, 3) WINDOW w AS (ORDER BY i)) AS running
) AS t;

-- ---- a report: how many visitors came how far ----

SELECT step, count(*) FILTER (WHERE reached >= step) AS visitors
FROM (SELECT visitor, click_funnel('8 seconds', at, kind = 1, kind = 2, kind = 3, kind = 4) AS reached FROM trip GROUP BY visitor) AS f,
	generate_series(1, 4) AS step
GROUP BY step ORDER BY step;

-- ---- the types ----

-- text: in the order of time, each time once, in UTC whatever the session's time zone
SELECT s, s::text::funnel_events::text = s::text AS text_again, funnel_events_reached(s) FROM unnest(ARRAY[
	'within=0s steps=1 {}', 'within=3600s steps=3 {2026-03-01 09:30:00+00=100}',
	'within=0.000001s steps=2 {2026-03-01 09:31:00.5+00=01,2026-03-01 09:30:00+00=01,2026-03-01 09:31:00.500000+00=10,2026-03-01 09:30+02=11}',
	'within=1.5s steps=2 {infinity=01,-infinity=01,-infinity=10}', 'within=007.50s steps=2 {4714-11-24 00:00:00+00 BC=10,294276-12-31 23:59:59.999999+00=01}',
	'within=9223372036854.775807s steps=64 {2026-03-01 09:30:00+00=1111111111111111111111111111111111111111111111111111111111111111}']::funnel_events[]) AS s;
SET timezone = 'America/New_York';
SET datestyle = 'SQL, DMY';
SELECT 'within=3600s steps=1 {2026-07-01 09:30=1}'::funnel_events;
RESET datestyle;
SET timezone = 'UTC';
SELECT unnest('{0,1,01,101,1111111111111111111111111111111111111111111111111111111111111111}'::retention_steps[]);

-- text that is none
SELECT value, pg_temp.error_of(quote_literal(value) || '::funnel_events') FROM unnest(ARRAY[
	'', 'within=1s', 'within=1s steps=1', 'within=1s steps=1 {', 'within=1s steps=1 }', 'within=1s steps=1 {}x', 'within=1s steps=1 {}}', 'within=1 steps=1 {}',
	'within=-1s steps=1 {}', 'within=s steps=1 {}', 'within= 1s steps=1 {}', 'within=1.s steps=1 {', 'within=1.0000001s steps=1 {}', 'within=9223372036854.775808s steps=1 {}',
	'within=9223372036855s steps=1 {}', 'within=99999999999999999999s steps=1 {}', 'within=1s steps=0 {}', 'within=1s steps=65 {}', 'within=1s steps=-1 {}',
	'within=1s steps=4294967297 {}', 'within=1s steps=1 {2026-03-01}', 'within=1s steps=1 {2026-03-01=}', 'within=1s steps=1 {2026-03-01=0}', 'within=1s steps=1 {2026-03-01=11}',
	'within=1s steps=2 {2026-03-01=1}', 'within=1s steps=2 {2026-03-01=12}', 'within=1s steps=1 {=1}', 'within=1s steps=1 {x=1}', 'within=1s steps=1 {2026-02-30=1}',
	'within=1s steps=1 {2026-03-01=1,}', 'within=1s steps=1 {,2026-03-01=1}', 'within=1s steps=1 {2026-03-01=1=1}', 'steps=1 within=1s {}']) WITH ORDINALITY AS t(value, i) ORDER BY i;
SELECT value, pg_temp.error_of(quote_literal(value) || '::retention_steps') FROM unnest(ARRAY['', '2', '1 ', ' 1', '-1', 't', '11111111111111111111111111111111111111111111111111111111111111111']) AS value;
SELECT 'within=1s steps=2 {2026-03-01=1}'::funnel_events;
SELECT ''::retention_steps;

-- binary: an on-disk form, the same for ever
SELECT funnel_events_send('within=3600s steps=3 {2026-03-01 09:30:00+00=100,2026-03-01 09:31:00+00=011}'), funnel_events_send('within=0s steps=1 {}');
SELECT retention_steps_send('101'), retention_steps_send('0');

-- functions on NULL: no row
SELECT funnel_events_reached(NULL), retention_steps_retained(NULL), funnel_events_union(NULL, NULL) IS NULL AS neither, retention_steps_union(NULL, NULL) IS NULL AS nor;
SELECT funnel_events_union(NULL, 'within=1s steps=1 {}'), funnel_events_union('within=1s steps=1 {}', NULL), retention_steps_union(NULL, '01'), retention_steps_union('10', NULL), retention_steps_union('10', '01');
SELECT funnel_events_add(NULL, NULL, NULL, NULL) IS NULL AS none, funnel_events_add(NULL, '1 s', '2026-03-01', '{t,f}') AS one,
	funnel_events_add('within=1s steps=2 {2026-03-01=10}', '1 s', '2026-03-01', '{f,t}') AS joined, funnel_events_add('within=1s steps=2 {}', '1 s', NULL, '{f,t}') AS same,
	retention_steps_add(NULL, NULL) IS NULL AS nothing, retention_steps_add('01', '{t,f}') AS both, retention_steps_retained('0111'), retention_steps_retained('1011');

-- a variable keeps its events when a copy of it grows, or what is made of it
DO $$
DECLARE
	s clicktrack.funnel_events;
	kept clicktrack.funnel_events;
	before clicktrack.funnel_events;
	behind clicktrack.funnel_events;
	larger clicktrack.funnel_events;
	r clicktrack.retention_steps := '100';
	retained clicktrack.retention_steps;
BEGIN
	FOR i IN 1..1999 LOOP
		s := funnel_events_add(s, '1 day', timestamptz '2026-03-01' - i * interval '1 s', ARRAY[i % 2 = 0, i % 2 = 1]);
		IF i IN (1, 20, 510, 511, 512, 1500) THEN
			kept := s;
			before := funnel_events_union(s, 'within=86400s steps=2 {2025-01-01=01}');
			behind := funnel_events_union('within=86400s steps=2 {2025-01-01=01,2025-01-02=01}', s);
			larger := funnel_events_add(s, '1 day', '2026-03-02', '{t,t}');
			RAISE NOTICE '% events: % bytes, kept %, larger %, united % and %', i, length(funnel_events_send(s)), length(funnel_events_send(kept)),
				length(funnel_events_send(larger)), length(funnel_events_send(before)), length(funnel_events_send(behind));
		END IF;
	END LOOP;
	before := funnel_events_union(s, s);
	RAISE NOTICE '% and %, kept %', length(funnel_events_send(s)), before::text = s::text, length(funnel_events_send(kept));
	retained := retention_steps_union(r, '011');
	RAISE NOTICE '% and %', r, retained;
END
$$;

-- ---- in a table ----

CREATE TEMPORARY TABLE kept (visitor integer PRIMARY KEY, funnel funnel_events, retention retention_steps);
INSERT INTO kept SELECT n, click_funnel_sketch('39 s', at, VARIADIC steps), click_retention_sketch(VARIADIC steps) FROM walk GROUP BY n;
INSERT INTO kept VALUES (0, 'within=39s steps=40 {}', NULL);
SELECT visitor, funnel_events_reached(funnel), cardinality(array_remove(retention_steps_retained(retention), false)) AS retained FROM kept ORDER BY visitor;
SELECT pg_column_size(funnel) AS bytes, pg_column_size(retention) AS retention_bytes FROM kept WHERE visitor IN (0, 1, 3, 7) ORDER BY visitor;
-- rolled up, in both orders
SELECT click_funnel_merge(funnel ORDER BY visitor) AS up, click_funnel_merge(funnel ORDER BY visitor DESC) AS down, click_funnel_merge(funnel) FILTER (WHERE visitor < 4) AS four,
	click_funnel_merge(funnel) FILTER (WHERE visitor < 0) AS nobody, click_retention_merge(retention) FILTER (WHERE visitor < 3) = click_retention(true, true) || array_fill(false, '{38}') AS retained,
	click_retention_merge(retention) FILTER (WHERE visitor < 1) AS nothing
FROM kept;
-- upserts: what a rollup table does
INSERT INTO kept SELECT n, click_funnel_sketch('39 s', at - interval '1 day', VARIADIC steps), click_retention_sketch(VARIADIC steps) FROM walk WHERE n IN (3, 511, 5000) GROUP BY n
ON CONFLICT (visitor) DO UPDATE SET funnel = funnel_events_union(kept.funnel, excluded.funnel), retention = retention_steps_union(kept.retention, excluded.retention);
SELECT visitor, length(funnel_events_send(funnel)) AS bytes, funnel_events_reached(funnel), funnel::text::funnel_events::text = funnel::text AS text_again FROM kept WHERE visitor IN (3, 511, 5000) ORDER BY visitor;
UPDATE kept SET funnel = funnel_events_add(funnel, '39 s', '2027-01-01', everything) FROM (SELECT array_fill(true, '{40}') AS everything) AS s WHERE visitor IN (0, 3, 511, 5000);
SELECT visitor, length(funnel_events_send(funnel)) AS bytes, funnel_events_reached(funnel) FROM kept WHERE visitor IN (0, 3, 511, 5000) ORDER BY visitor;
