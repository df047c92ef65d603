--
-- visitor_credits: one visitor's touches and conversions in, credits out
--
\set VERBOSITY terse
SET search_path = clicktrack, public;
SET timezone = 'UTC';
SET extra_float_digits = 0;

-- ---- rules ----

SELECT attribution_rules();
SELECT attribution_rules('{linear}');
SELECT attribution_rules('{last_touch,time_decay}', '36 hours', half_life => '12:00');
SELECT attribution_rules(models => '{custom}', lookback_by_channel => '{"web": "0", "sms": "2 days", "email": "14 days 00:00:01.5"}',
	position_weights => '{0.1,0,0.123456789,1,1e-9}');
SELECT attribution_rules('{participation}', touch_reuse => 'carry', path_transform => 'exposure', include_bots => true, keep_unattributed => false,
	scale => 0, max_touches => 50, include_direct => false);
-- what is the default need not be said, and what is said may stand in any order
SELECT '{linear}'::attribution_rules;
SELECT '{ first_touch,  linear} scale=2 max_touches=7 half_life=7 days lookback=1 week'::attribution_rules;
SELECT '{linear} lookback_by_channel=email:14 days,sms:02:00 include_bots=yes'::attribution_rules;
-- days have 24 hours, whatever the session is about
SET IntervalStyle = 'iso_8601';
SELECT attribution_rules('{linear}', '1 day 6 hours');
SET IntervalStyle = 'postgres';
-- there and back
SELECT count(*), bool_and(attribution_rules_send(r) = attribution_rules_send(r::text::attribution_rules)) AS as_text
FROM unnest('{all,reset,carry}'::text[]) AS touch_reuse, unnest('{none,exposure,first,unique}'::text[]) AS path_transform, unnest('{0,7,12}'::integer[]) AS scale,
	unnest(ARRAY['0', '00:00:00.000001', '106751991 days 04:00:54.775807']::interval[]) AS lookback, unnest('{true,false}'::boolean[]) AS flag,
	attribution_rules('{linear,custom}', lookback, jsonb_build_object('qr', lookback), '1 hour', '{0.3}', touch_reuse, path_transform, flag, NOT flag, scale, 1, flag) AS r;
SELECT attribution_rules_send('{last_touch,linear} lookback=1 day lookback_by_channel=sms:1 hour');

-- errors
SELECT attribution_rules(models => '{time_machine}');
SELECT attribution_rules(models => '{}');
SELECT attribution_rules(models => '{linear,linear}');
SELECT attribution_rules(models => '{linear,NULL}');
SELECT attribution_rules(models => NULL);
SELECT attribution_rules(lookback => '1 month');
SELECT attribution_rules(lookback => '-1 day');
SELECT attribution_rules(lookback => NULL);
SELECT attribution_rules(lookback_by_channel => '["sms"]');
SELECT attribution_rules(lookback_by_channel => '{"sms": 5}');
SELECT attribution_rules(lookback_by_channel => '{"sms": "soon"}');
SELECT attribution_rules(lookback_by_channel => '{"sms": "-1 day"}');
SELECT attribution_rules(lookback_by_channel => '{"sms": "1 month"}');
SELECT attribution_rules(lookback_by_channel => '{"fax": "1 day"}');
SELECT attribution_rules(half_life => '0');
SELECT attribution_rules(position_weights => '{0.5,0.5}');
SELECT attribution_rules(touch_reuse => 'never');
SELECT attribution_rules(path_transform => 'last');
SELECT attribution_rules(include_bots => NULL);
SELECT attribution_rules(scale => 13);
SELECT attribution_rules(max_touches => 0);
SELECT ''::attribution_rules;
SELECT 'linear'::attribution_rules;
SELECT '{}'::attribution_rules;
SELECT '{linear,linear}'::attribution_rules;
SELECT '{linear} lookback'::attribution_rules;
SELECT '{linear} lookback=1 month'::attribution_rules;
SELECT '{linear} lookback=soon'::attribution_rules;
SELECT '{linear} lookback=1 day lookback=2 days'::attribution_rules;
SELECT '{linear} lookback_by_channel=sms'::attribution_rules;
SELECT '{linear} lookback_by_channel=fax:1 day'::attribution_rules;
SELECT '{linear} lookback_by_channel=sms:1 day,sms:2 days'::attribution_rules;
SELECT '{linear} half_life=0'::attribution_rules;
SELECT '{linear} position_weights=0.5,2,0.5'::attribution_rules;
SELECT '{linear} position_weights=0.5,0.5'::attribution_rules;
SELECT '{linear} position_weights=0,NaN,0'::attribution_rules;
SELECT '{linear} touch_reuse=never'::attribution_rules;
SELECT '{linear} path_transform=last'::attribution_rules;
SELECT '{linear} include_bots=maybe'::attribution_rules;
SELECT '{linear} scale=13'::attribution_rules;
SELECT '{linear} max_touches=1e3'::attribution_rules;
SELECT '{linear} colour=red'::attribution_rules;

-- ---- credits ----

CREATE TABLE credits_click (visitor bigint, click click_event);
CREATE TABLE credits_order (visitor bigint, conversion_id bigint, converted_at timestamptz, revenue numeric);
INSERT INTO credits_click
SELECT visitor, click_event(clicked_at, link_id, visitor, channel, bot_reasons => bot_reasons)
FROM (VALUES
	(1::bigint, '2026-03-01 10:00'::timestamptz, 1::bigint, 'email', NULL::text[]),
	(1, '2026-03-02 10:00', 2, 'sms', NULL),
	(1, '2026-03-03 10:00', 2, 'sms', NULL),
	(1, '2026-03-03 11:00', 3, 'web', '{manual}'),
	(1, '2026-03-04 10:00', 4, NULL, NULL),
	(1, '2026-03-20 10:00', 1, 'email', NULL),
	(2, '2026-03-09 10:00', 5, 'email', NULL),
	(NULL, '2026-03-01 10:00', 5, 'email', NULL)) AS t(visitor, clicked_at, link_id, channel, bot_reasons);
INSERT INTO credits_order VALUES
	(1, 11, '2026-03-04 10:00', 100), (1, 12, '2026-03-05 10:00', -100), (2, 13, '2026-03-09 09:59', 5), (NULL, 14, '2026-03-05 10:00', NULL);

-- the credits of each visitor by some rules
CREATE FUNCTION credits(rules attribution_rules)
	RETURNS TABLE (visitor bigint, id bigint, link bigint, "position" integer, touches integer, model text, weight float8, revenue numeric, truncated boolean)
	LANGUAGE sql AS $$
	SELECT visitor, c.conversion_id, link_id(c.click), c."position", c.touches, c.model, c.weight, c.credited_revenue, c.truncated
	FROM (
		SELECT visitor, visitor_credits(click, conversion_id, converted_at, revenue, rules) AS credits
		FROM (
			SELECT visitor, click, NULL::bigint AS conversion_id, NULL::timestamptz AS converted_at, NULL::numeric AS revenue FROM credits_click
			UNION ALL
			SELECT visitor, NULL, conversion_id, converted_at, revenue FROM credits_order
		) AS happened
		GROUP BY visitor
	) AS v, unnest(v.credits) WITH ORDINALITY AS c(conversion_id, converted_at, click, "position", touches, model, weight, credited_revenue, truncated, n)
	ORDER BY visitor, n
$$;

SELECT * FROM credits('{linear,last_non_direct}');
-- a touch of the email is within 3 days, one of the sms within one
SELECT * FROM credits('{linear} lookback=3 days lookback_by_channel=sms:1 day keep_unattributed=false');
SELECT * FROM credits('{linear} lookback=0 include_bots=true');
SELECT * FROM credits('{first_touch} touch_reuse=reset keep_unattributed=false');
SELECT * FROM credits('{first_touch} touch_reuse=carry max_touches=3 keep_unattributed=false');
SELECT * FROM credits('{linear} path_transform=unique include_direct=false scale=0 keep_unattributed=false');

-- a row may be a click and a conversion, or neither; NULL revenue is 0; no conversion, no credit
SELECT unnest(visitor_credits(click, id, at, NULL, '{linear}'))
FROM (VALUES (click_event('2026-03-01', 1, 7), 1, '2026-03-01'::timestamptz), (NULL, NULL, '2026-03-01'), (NULL, NULL, NULL)) AS t(click, id, at);
SELECT visitor_credits(click, NULL, NULL, NULL, '{linear}') FROM credits_click;
SELECT visitor_credits(click, NULL, NULL, NULL, '{linear}') FROM credits_click WHERE false;

-- ---- histories ----

SELECT visitor_credits_sketch(click, NULL, NULL, NULL, '{linear}') FROM credits_click WHERE visitor IS NULL;
SELECT visitor_credits_sketch(click, CASE WHEN link_id(click) = 4 THEN 9 END, '2026-03-05', 12.345, '{linear} include_direct=false') FROM credits_click WHERE visitor = 1;
SELECT visitor_history_union('{linear} clicks={} conversions={2026-03-05 conversion_id=-2 revenue=-0.5}',
	'{linear} clicks={2026-03-01 link_id=7 visitor_id=1;2026-03-01 link_id=6} conversions={infinity conversion_id=3 revenue=92233720368547758.07;2026-03-05 conversion_id=-3 revenue=7}');
SELECT visitor_credits_merge(h) FROM (VALUES ('{linear} scale=0 clicks={} conversions={2026-03-05 conversion_id=1 revenue=7}'::visitor_history), (NULL),
	('{linear} scale=0 clicks={2026-03-01 link_id=7 visitor_id=1;2026-03-02 link_id=8 visitor_id=1} conversions={}')) AS t(h);
SELECT visitor_history_send('{linear} scale=0 clicks={2000-01-01 00:00:00+00 link_id=7 visitor_id=1} conversions={2000-01-01 00:00:00.000001+00 conversion_id=1 revenue=-2}');
SELECT visitor_history_credits(NULL), visitor_history_credits('{linear} clicks={} conversions={}');

-- errors
SELECT visitor_credits(click, NULL, NULL, NULL, NULL) FROM credits_click;
SELECT visitor_credits(click, NULL, NULL, NULL, CASE WHEN link_id(click) > 2 THEN '{linear}' ELSE '{last_touch}' END::attribution_rules) FROM credits_click;
SELECT visitor_history_union('{linear} clicks={} conversions={}', '{linear} scale=0 clicks={} conversions={}');
SELECT visitor_credits(NULL, 17, NULL, 5, '{linear}');
SELECT visitor_credits(NULL, 17, now(), 'NaN', '{linear}');
SELECT visitor_credits(NULL, 17, now(), 92233720368547758.08, '{linear}');
SELECT ''::visitor_history;
SELECT '{linear}'::visitor_history;
SELECT '{linear} clicks={} conversions={} '::visitor_history;
SELECT '{linear} conversions={} clicks={}'::visitor_history;
SELECT '{bilinear} clicks={} conversions={}'::visitor_history;
SELECT '{linear} clicks={2026-03-01} conversions={}'::visitor_history;
SELECT '{linear} clicks={;} conversions={}'::visitor_history;
SELECT '{linear} clicks={} conversions={2026-03-05 revenue=5}'::visitor_history;
SELECT '{linear} clicks={} conversions={2026-03-05 conversion_id=5}'::visitor_history;
SELECT '{linear} clicks={} conversions={2026-03-05 conversion_id=5 revenue=0.001}'::visitor_history;
SELECT '{linear} clicks={} conversions={2026-03-05 conversion_id=5 revenue=92233720368547758.08}'::visitor_history;
SELECT '{linear} clicks={} conversions={2026-03-05 conversion_id=9223372036854775808 revenue=5}'::visitor_history;
SELECT '{linear} clicks={} conversions={soon conversion_id=1 revenue=5}'::visitor_history;

DROP FUNCTION credits;
DROP TABLE credits_click, credits_order;
