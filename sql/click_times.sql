--
-- unique_clicks(click_event, interval) and its state, the type click_times
--
SET search_path = clicktrack, public;
SET timezone = 'UTC';

-- ---- helpers ----

-- a click of visitor 7 on link 1, some minutes after midnight
CREATE FUNCTION pg_temp.click(minute float8, visitor bigint DEFAULT 7, link bigint DEFAULT 1) RETURNS click_event
	LANGUAGE sql IMMUTABLE AS $$
	SELECT clicktrack.click_event(timestamptz '2026-03-01 00:00Z' + minute * interval '1 minute', link, visitor)
$$;

-- the aggregate without its final function, and the union as an aggregate
CREATE AGGREGATE pg_temp.times(click_event, interval) (SFUNC = click_times_add, STYPE = click_times);
CREATE AGGREGATE pg_temp.merged(click_times) (SFUNC = click_times_union, STYPE = click_times);

-- the SQLSTATE that a text raises as a click_times
CREATE FUNCTION pg_temp.error_of(value text) RETURNS text
	LANGUAGE plpgsql AS $$
BEGIN
	RETURN 'no error: ' || value::clicktrack.click_times::text;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END
$$;

-- ---- nothing and nobody ----

SELECT unique_clicks(e, '1 hour') FROM (VALUES (pg_temp.click(0))) AS t(e) WHERE false;
SELECT unique_clicks_sketch(e, '1 hour') IS NULL AS no_rows, unique_clicks_merge(s) AS none
FROM (VALUES (pg_temp.click(0), NULL::click_times)) AS t(e, s) WHERE false;
SELECT unique_clicks(NULL::click_event, '1 hour'), unique_clicks_sketch(NULL, '1 hour'::interval) IS NULL AS no_click, unique_clicks_merge(NULL::click_times);
-- every click of an unknown visitor counts, NULL is no click
SELECT unique_clicks(e, '1 hour') FROM (VALUES
	(click_event('2026-03-01', 1)), (click_event('2026-03-01', 1)), (NULL), (click_event('2026-03-01', 1, 7))) AS t(e);

-- ---- what counts ----

-- each minute for an hour: 0 counts, 31 does, 62 would
SELECT last, unique_clicks(pg_temp.click(m), '30 minutes') FROM unnest('{0,30,31,60,61,62}'::integer[]) AS last, LATERAL generate_series(0, last) AS m
GROUP BY last ORDER BY last;
-- the end of the interval is within, a microsecond later is not
SELECT unique_clicks(e, '30 minutes') FROM (VALUES (pg_temp.click(0)), (pg_temp.click(30))) AS t(e);
SELECT unique_clicks(e, '30 minutes') FROM (VALUES (pg_temp.click(0)),
	(click_event('2026-03-01 00:30:00.000001', 1, 7))) AS t(e);
SELECT unique_clicks(e, '29 minutes 59.999999 seconds') FROM (VALUES (pg_temp.click(0)), (pg_temp.click(30))) AS t(e);
-- it is the counted click that matters, not the one before
SELECT unique_clicks(e, '30 minutes') FROM (VALUES (pg_temp.click(0)), (pg_temp.click(20)), (pg_temp.click(40)), (pg_temp.click(60))) AS t(e);
-- another visitor, another link
SELECT unique_clicks(pg_temp.click(0, v, l), '30 minutes') FROM generate_series(1, 3) AS v, generate_series(1, 4) AS l;
-- the visitor counts, not what else the click says
SELECT unique_clicks(e, '30 minutes') FROM (VALUES (click_event('2026-03-01', 1, 0)), (click_event('2026-03-01', 1, 0, channel => 'sms')),
	(click_event('2026-03-01', 1, 0, bot_reasons => '{burst}', known => true)), (click_event('2026-03-01', 1))) AS t(e);
-- in whatever order
SELECT unique_clicks(pg_temp.click(m), '30 minutes' ORDER BY m) AS up, unique_clicks(pg_temp.click(m), '30 minutes' ORDER BY m DESC) AS down,
	unique_clicks(pg_temp.click(m), '30 minutes' ORDER BY m % 7, m) AS mixed, unique_clicks(DISTINCT pg_temp.click(m % 100), '30 minutes') AS once
FROM generate_series(0, 300) AS m;
-- intervals of every length: each time, each hour, each day, the first
SELECT within, unique_clicks(pg_temp.click(m / 2), within)
FROM unnest('{0,1 microsecond,59 minutes 59 seconds,1 hour,1 day,1 day -1 hour,-1 day 48:00,3 days,106751991 days 04:00:54.775807}'::interval[]) AS within,
	generate_series(0, 2 * 3 * 1440) AS m
GROUP BY within ORDER BY within;

-- infinity is later than everything, -infinity earlier, and each is at the time of itself
SELECT within, unique_clicks(click_event(at, 1, 7), within)
FROM unnest('{0,100000 days,106751991 days}'::interval[]) AS within,
	unnest('{infinity,-infinity,infinity,2026-03-01,294276-12-31 23:59:59.999999Z,4714-11-24 00:00Z BC,-infinity}'::timestamptz[]) AS at
GROUP BY within ORDER BY within;
SELECT click_times_count(s), s FROM (SELECT unique_clicks_sketch(click_event(at, 1, 7), '100000 days')
	FROM unnest('{infinity,-infinity,2026-03-01}'::timestamptz[]) AS at) AS t(s);

-- ---- intervals that are none ----

SELECT unique_clicks(pg_temp.click(0), NULL);
SELECT unique_clicks(pg_temp.click(0), '-1 second');
SELECT unique_clicks(pg_temp.click(0), '1 hour -1 day');
SELECT unique_clicks(pg_temp.click(0), '1 month');
SELECT unique_clicks(pg_temp.click(0), '1 year -360 days');
SELECT unique_clicks(pg_temp.click(0), '106751992 days');
SELECT unique_clicks(pg_temp.click(0), '106751991 days 04:00:54.775808');
-- a row without a click asks for none
SELECT unique_clicks(e, within) FROM (VALUES (NULL, NULL), (pg_temp.click(0), '1 day'::interval), (NULL, '2 days')) AS t(e, within);
-- the same length is the same interval
SELECT unique_clicks(pg_temp.click(m), within) FROM (VALUES (0, '1 day'::interval), (1, '24:00'), (2, '2 days -24:00')) AS t(m, within);
SELECT unique_clicks(pg_temp.click(m), m * interval '36 hours') FROM generate_series(1, 2) AS m;
SELECT unique_clicks(pg_temp.click(m), CASE m WHEN 1000 THEN '0' ELSE '30.5 seconds' END::interval) FROM generate_series(1, 1000) AS m;
SELECT unique_clicks_merge(s) FROM (VALUES ('within=01:00:00 unknown=1 {}'::click_times), ('within=00:59:00 unknown=1 {}')) AS t(s);
SELECT click_times_union('within=01:00:00 unknown=1 {}', 'within=1 day unknown=1 {}');
SELECT click_times_add('within=01:00:00 unknown=1 {}', click_event('2026-03-01', 1), '1 day');

-- ---- growth through every internal form ----

SELECT n,
	(SELECT unique_clicks(pg_temp.click(m, m % 5), '7 minutes') FROM generate_series(0, n - 1) AS m) AS up,
	(SELECT unique_clicks(pg_temp.click(m, m % 5), '7 minutes') FROM generate_series(n - 1, 0, -1) AS m) AS down,
	(SELECT unique_clicks(pg_temp.click(m * 7919 % n, m * 7919 % n % 5), '7 minutes') FROM generate_series(0, 3 * n) AS m) AS thrice,
	(SELECT sum(greatest(1 + (n - 1 - v) / 10, 0)) FROM generate_series(0, least(n, 5) - 1) AS v) AS expected
FROM unnest('{1,2,3,4,5,8,9,10,11,19,20,21,40,41,42,43,63,64,65,127,128,129,1000,30000}'::integer[]) AS n ORDER BY n;
-- many clicks at two times are few
SELECT unique_clicks(pg_temp.click(m % 2, m % 3), '0'), pg_column_size(unique_clicks_sketch(pg_temp.click(m % 2, m % 3), '0')) AS bytes
FROM generate_series(1, 100000) AS m;

-- ---- the places of an aggregate ----

-- FILTER, twice the same and different states in one query
SELECT unique_clicks(e, '1 hour'), unique_clicks(e, '1 hour') AS again, unique_clicks(e, '2 hours') AS longer, unique_clicks(e) AS visitors,
	unique_clicks(e, '1 hour') FILTER (WHERE visitor_id(e) = 2) AS one, unique_clicks(e, '1 hour') FILTER (WHERE visitor_id(e) = 3) AS none
FROM (SELECT pg_temp.click(m, m % 3) AS e FROM generate_series(0, 1000) AS m) AS t;

-- many groups, each in a form of its own
SELECT count(*) AS groups, sum(clicks) AS clicks, count(*) FILTER (WHERE clicks <> rows) AS wrong
FROM (SELECT i % 3001 AS g, unique_clicks(pg_temp.click(i, i / (1 + i % 3001 % 40)), '0') AS clicks, count(*) AS rows
	FROM generate_series(1, 60000) AS i GROUP BY g) AS t;

-- GROUPING SETS
SELECT a, b, unique_clicks(e, '1 hour') FROM (SELECT i % 2 AS a, i % 3 AS b, pg_temp.click(i, i % 7) AS e FROM generate_series(1, 2000) AS i) AS t
GROUP BY CUBE (a, b) ORDER BY a, b;

-- two aggregates share one state; what is made of it does not change it
SELECT n, unique_clicks(e, '1 hour') AS before,
	click_times_count(click_times_add(pg_temp.times(e, '1 hour'), pg_temp.click(0, -1), '1 hour')) AS with_one,
	click_times_count(click_times_union(pg_temp.times(e, '1 hour'), 'within=01:00:00 unknown=2 {}')) AS with_two,
	click_times_count(click_times_union('within=01:00:00 unknown=2 {}', pg_temp.times(e, '1 hour'))) AS two_with,
	click_times_count(click_times_pack(pg_temp.times(e, '1 hour'))) AS packed,
	click_times_count(pg_temp.times(e, '1 hour')) AS kept, unique_clicks(e, '1 hour') AS after
FROM unnest('{1,41,42,1000}'::integer[]) AS n, LATERAL (SELECT pg_temp.click(m, m) AS e FROM generate_series(1, n) AS m) AS m
GROUP BY n ORDER BY n;

-- the states of a running frame, kept as values: none grows with the next
SELECT count(*) AS states, sum(click_times_count(kept)) AS kept, sum(click_times_count(before)) AS before
FROM (SELECT unnest(array_agg(s)) AS kept, unnest(array_agg(before)) AS before
	FROM (SELECT s, lag(s) OVER (ORDER BY i) AS before
		FROM (SELECT i, pg_temp.times(pg_temp.click(i * 7 % 300), '9 minutes') OVER (ORDER BY i) AS s FROM generate_series(1, 300) AS i) AS running) AS lagging) AS t;

-- ---- click_times as a type ----

-- text: sorted, each time once, in UTC whatever the session has
SELECT 'within=1 day 02:03:04.5 unknown=0 {}'::click_times;
SELECT 'within=90 minutes unknown=3 {2:{9:{2026-03-01 09:30+00}},-1:{8:{2026-03-01 09:30+01,2026-03-01 08:00+00,2026-03-01 08:30+00},-8:{}},5:{}}'::click_times;
SET timezone = 'America/New_York';
SET datestyle = 'German';
SET intervalstyle = 'iso_8601';
SELECT 'within=P1DT30M unknown=0 {1:{7:{2026-03-01 00:00,2026-03-01 05:00+00,1.7.2026 00:00}}}'::click_times;
RESET datestyle;
RESET intervalstyle;
SET timezone = 'UTC';
SELECT 'within=00:00:00 unknown=0 {1:{7:{infinity,-infinity,294276-12-31 23:59:59.999999+00,4714-11-24 00:00+00 BC,0044-03-15 00:00+00 BC,2026-03-01 00:00:00.5+00}}}'::click_times;
SELECT 'within=106751991 days 04:00:54.775807 unknown=9223372036854775807 {9223372036854775807:{-9223372036854775808:{epoch}},-9223372036854775808:{9223372036854775807:{epoch}}}'::click_times;
SELECT n, s::text::click_times::text = s::text AS text_again, click_times_count(s::text::click_times)
FROM (SELECT n, (SELECT pg_temp.times(pg_temp.click(m, m % 7, m % 3), '5 minutes') FROM generate_series(1, n) AS m) AS s
	FROM unnest('{1,41,42,20000}'::integer[]) AS n) AS t ORDER BY n;

-- text that is no click_times
SELECT value, pg_temp.error_of(value)
FROM unnest(ARRAY['', '{}', 'within', 'within=', 'within=1 day', 'within=1 day unknown=0', 'within=1 day unknown=0 ', 'within=1 day unknown=0 {',
	'within=1 day unknown=0 {}}', 'within=1 day unknown=0 {} ', ' within=1 day unknown=0 {}', 'within=1 day unknown= {}', 'within=1 day unknown=+1 {}',
	'within=1 day unknown=-1 {}', 'within=1 day unknown=9223372036854775808 {}', 'within= unknown=0 {}', 'within=x unknown=0 {}', 'within=1 month unknown=0 {}',
	'within=-1 day unknown=0 {}', 'within=106751992 days unknown=0 {}', 'within=1 day unknown=0 {1}', 'within=1 day unknown=0 {1:}', 'within=1 day unknown=0 {1:{}',
	'within=1 day unknown=0 {1:{},}', 'within=1 day unknown=0 {,1:{}}', 'within=1 day unknown=0 {1:{2}}', 'within=1 day unknown=0 {1:{2:{}}}}',
	'within=1 day unknown=0 {1:{2:{x}}}', 'within=1 day unknown=0 {1:{2:{2026-03-01,}}}', 'within=1 day unknown=0 {1:{2:{2026-03-01}', 'within=1 day unknown=0 {1:{2:{2026-03-01',
	'within=1 day unknown=0 {1:{2:{2026-03-32}}}', 'within=1 day unknown=0 { 1:{2:{2026-03-01}}}', 'within=1 day unknown=0 {x:{2:{2026-03-01}}}',
	'within=1 day unknown=0 {1:{9223372036854775808:{2026-03-01}}}', 'within=1 day unknown=0 {1:{-:{2026-03-01}}}', 'within=1 day unknown=0 {1.5:{2:{2026-03-01}}}']) AS value;
SELECT 'within=1 day unknown=0 {1:{2:{2026-03-01}'::click_times;

-- binary: an on-disk form, the same for ever
SELECT click_times_send('within=00:30:00 unknown=2 {}');
SELECT click_times_send('within=00:30:00 unknown=0 {1:{7:{2026-03-01 09:30+00}}}');
SELECT click_times_send('within=00:30:00 unknown=0 {1:{7:{2026-03-01 09:30+00,2026-03-01 09:30:10+00},-300:{2026-03-01 09:31+00}},4:{7:{2026-03-01 09:29+00}}}');
-- a byte for the next time of a visitor in whole units, more for microseconds and for who comes next
SELECT name, clicks, pg_column_size(s) AS bytes, click_times_count(s)
FROM (SELECT name, count(*) AS clicks, unique_clicks_sketch(click_event(timestamptz '2026-03-01' + i * step + (i * i % 997) * fraction, 1, visitor + i * next), '0') AS s
	FROM generate_series(1, 1000) AS i, (VALUES ('seconds', interval '1 second', interval '0', 7, 0), ('hours', '1 hour', '0', 7, 0),
		('hours and microseconds', '1 hour', '1 microsecond', 7, 0), ('seconds, a visitor each', '1 second', '0', 7, 1),
		('seconds, far visitors', '1 second', '0', 7, 1000003)) AS t(name, step, fraction, visitor, next)
	GROUP BY name) AS t ORDER BY bytes;

-- what the parts of a state are does not show in it
SELECT count(DISTINCT click_times_send(s)), min(click_times_count(s))
FROM (VALUES ('within=00:10:00 unknown=1 {1:{7:{2026-03-01 00:00,2026-03-01 00:05,2026-03-01 00:11}}}'::click_times),
	(click_times_union('within=00:10:00 unknown=0 {1:{7:{2026-03-01 00:11}}}', 'within=00:10:00 unknown=1 {1:{7:{2026-03-01 00:05,2026-03-01 00:00}}}')),
	(click_times_union('within=00:10:00 unknown=1 {1:{7:{2026-03-01 00:11,2026-03-01 00:05}}}', 'within=00:10:00 unknown=0 {1:{7:{2026-03-01 00:05,2026-03-01 00:00}}}')),
	(click_times_add(click_times_add('within=00:10:00 unknown=1 {1:{7:{2026-03-01 00:11}}}', pg_temp.click(5), '10 minutes'), pg_temp.click(0), '10 minutes')),
	((SELECT pg_temp.times(CASE WHEN i < 100 THEN pg_temp.click(('{0,5,11}'::integer[])[1 + i % 3]) ELSE click_event('2026-03-01', 5) END, '10 minutes') FROM generate_series(1, 100) AS i))) AS t(s);

-- functions on NULL: a NULL state has no clicks, a NULL click is none
SELECT click_times_add(NULL, NULL, '1 day') IS NULL AS none, click_times_add(NULL, NULL, NULL) IS NULL AS nothing,
	click_times_add(NULL, pg_temp.click(0), '1 day') AS one, click_times_add('within=1 day unknown=0 {}', NULL, NULL) AS same,
	click_times_add(NULL, click_event('2026-03-01', 1), '1 day') AS unknown;
SELECT click_times_union(NULL, NULL) IS NULL AS neither, click_times_union('within=1 day unknown=1 {}', NULL) AS first,
	click_times_union(NULL, 'within=1 day unknown=1 {}') AS second, click_times_union('within=1 day unknown=1 {}', 'within=1 day unknown=1 {}') AS both;
SELECT click_times_count(NULL), click_times_count('within=1 day unknown=0 {}'), click_times_count('within=1 day unknown=5 {1:{7:{2026-03-01,2026-03-02}}}'), click_times_pack(NULL) IS NULL AS none;
-- more than a bigint counts
SELECT click_times_count('within=1 day unknown=9223372036854775807 {1:{7:{2026-03-01}}}');
SELECT click_times_union('within=1 day unknown=9223372036854775807 {}', 'within=1 day unknown=1 {}');
SELECT unique_clicks_merge(s) FROM (VALUES ('within=1 day unknown=9223372036854775807 {}'::click_times), ('within=1 day unknown=1 {}')) AS t(s);
SELECT click_times_add('within=1 day unknown=9223372036854775807 {}', click_event('2026-03-01', 1), '1 day');

-- a union has every click of both once, whatever their forms
SELECT n, m, click_times_count(click_times_union(a, b)) AS clicks,
	click_times_send(click_times_union(a, b)) = click_times_send(click_times_union(b, a)) AS commutes,
	click_times_send(click_times_union(click_times_union(a, b), a)) = click_times_send(click_times_union(a, b)) AS idempotent
FROM unnest('{1,41,42,1000}'::integer[]) AS n, unnest('{1,41,42,1000}'::integer[]) AS m,
	LATERAL (SELECT (SELECT pg_temp.times(pg_temp.click(i, i % 3), '4 minutes') FROM generate_series(1, n) AS i) AS a,
		(SELECT pg_temp.times(pg_temp.click(i, i % 3), '4 minutes') FROM generate_series(-m / 2, m - m / 2 - 1) AS i) AS b) AS s
ORDER BY n, m;

-- a variable keeps its state when a copy of it grows, or what is made of it
DO $$
DECLARE
	s clicktrack.click_times;
	kept clicktrack.click_times;
	before clicktrack.click_times;
	behind clicktrack.click_times;
BEGIN
	FOR i IN 0..999 LOOP
		s := click_times_add(s, pg_temp.click(i * 7 % 1000), '10 minutes');
		IF i IN (0, 20, 41, 42, 500, 999) THEN
			kept := s;
			before := click_times_union(s, 'within=00:10:00 unknown=3 {}');
			behind := click_times_union('within=00:10:00 unknown=3 {}', s);
			PERFORM click_times_add(s, pg_temp.click(0, -1), '10 minutes');
			RAISE NOTICE '% rows: %, kept %, united % and %', i + 1, click_times_count(s), click_times_count(kept), click_times_count(before), click_times_count(behind);
		END IF;
	END LOOP;
	before := click_times_union(s, s);
	RAISE NOTICE '% and %, kept %', click_times_count(s), click_times_count(before), click_times_count(kept);
END
$$;

-- ---- in a table ----

CREATE TEMPORARY TABLE stored (n integer PRIMARY KEY, times click_times);
INSERT INTO stored SELECT n, unique_clicks_sketch(pg_temp.click(m, m / 3), '1 minute') FROM unnest('{1,2,3,41,42,1000,100000}'::integer[]) AS n, generate_series(1, n) AS m GROUP BY n;
SELECT n, click_times_count(times), pg_column_size(times) AS bytes FROM stored ORDER BY n;
SELECT pg_relation_size(reltoastrelid) > 100000 AS toasted FROM pg_class WHERE oid = 'pg_temp.stored'::regclass;
-- adding to a stored state leaves it as it is
SELECT n, click_times_count(click_times_add(times, pg_temp.click(0, -1), '1 minute')) AS added,
	click_times_count(click_times_union(times, 'within=00:01:00 unknown=2 {}')) AS merged, click_times_count(times) AS kept
FROM stored ORDER BY n;
-- rolled up, in both orders, with a NULL among them
SELECT unique_clicks_merge(times ORDER BY n) AS up, unique_clicks_merge(times ORDER BY n DESC) AS down,
	unique_clicks_merge(times) FILTER (WHERE n = 42) AS one, unique_clicks_merge(times) FILTER (WHERE n = 0) AS none
FROM (TABLE stored UNION ALL SELECT 7, NULL) AS s;
SELECT n, unique_clicks_merge(times) OVER (ORDER BY n) FROM stored ORDER BY n;
-- upserts: what a rollup table does
INSERT INTO stored VALUES (1, 'within=00:01:00 unknown=1 {2:{7:{2026-03-01}}}'), (7, 'within=00:01:00 unknown=0 {}')
ON CONFLICT (n) DO UPDATE SET times = click_times_union(stored.times, excluded.times);
SELECT n, times FROM stored WHERE n IN (1, 7) ORDER BY n;
UPDATE stored SET times = click_times_add(times, pg_temp.click(0, -1), '1 minute') WHERE n IN (42, 100000);
SELECT n, click_times_count(times) FROM stored WHERE n IN (42, 100000) ORDER BY n;
-- out to text and in again, as pg_dump does
SELECT count(*) AS rows, count(*) FILTER (WHERE click_times_send(times::text::click_times) IS DISTINCT FROM click_times_send(times)) AS differ FROM stored;
