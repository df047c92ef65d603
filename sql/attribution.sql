--
-- attribute() and the engine under it, attribute_stream()
--
SET search_path = clicktrack, public;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
-- the queries themselves are not what is tested
\set SHOW_CONTEXT never
TRUNCATE campaign, link, click, conversion RESTART IDENTITY CASCADE;

-- ---- a small shop ----

SELECT create_campaign('newsletter', 'email') AS newsletter, create_campaign('sale', 'sms') AS sale;
INSERT INTO link (campaign_id, code, url, channel) VALUES
	(1, 'mail', 'https://shop.example/', 'email'), (2, 'text', 'https://shop.example/', 'sms'), (2, 'sign', 'https://shop.example/', 'qr');
INSERT INTO click VALUES
	-- visitor 10 clicks three times in a week
	(click_event('2026-03-01 09:00', 1, 10, channel => 'email')),
	(click_event('2026-03-04 09:00', 2, 10, channel => 'sms')),
	(click_event('2026-03-07 09:00', 3, 10, channel => 'qr')),
	-- visitor 20 clicks twice at once, and a program clicks in the name of visitor 20
	(click_event('2026-03-05 12:00', 2, 20, channel => 'sms')),
	(click_event('2026-03-05 12:00', 1, 20, channel => 'email')),
	(click_event('2026-03-05 13:00', 3, 20, channel => 'qr', bot_reasons => '{user_agent}')),
	-- visitor 30 clicks and never buys; a visitor whom nobody knows clicks; a link that is gone
	(click_event('2026-03-05 12:00', 1, 30, channel => 'email')),
	(click_event('2026-03-05 12:00', 1)),
	(click_event('2026-03-06 12:00', 99, 40));
SELECT record_conversions(
	'{a-1,a-2,a-3,b-1,c-1,d-1,e-1}', '{10,10,10,20,NULL,40,50}',
	'{2026-03-07 09:00,2026-03-07 10:00,2026-03-20 09:00,2026-03-06 08:00,2026-03-06 08:00,2026-03-08 08:00,2026-03-08 08:00}',
	'{100.00,-100.00,10,29.99,15,0.005,7.777}', '{EUR,EUR,EUR,USD,EUR,EUR,EUR}', '{purchase,refund,purchase,purchase,purchase,purchase,sign-up}');

-- by default the last touch of 30 days gets all
SELECT * FROM attribute() ORDER BY conversion_id, position;

-- models side by side, in their order; linear gives what does not divide to the earliest touches
SELECT conversion_id, revenue, currency, model, position, touches, link_id, channel, round(weight::numeric, 6) AS weight, credited_revenue
FROM attribute('{linear,first_touch,last_touch}') ORDER BY conversion_id, array_position('{linear,first_touch,last_touch}', model), position;

-- a refund mirrors its order
SELECT model, sum(credited_revenue) FILTER (WHERE revenue > 0) AS orders, sum(credited_revenue) FILTER (WHERE revenue < 0) AS refunds, link_id
FROM attribute('{first_touch,last_touch,linear}') WHERE conversion_id IN (1, 2)
GROUP BY model, link_id ORDER BY model, link_id;

-- what a campaign earned, by each model; every model adds up to the same
SELECT model, grouping(campaign_id) = 1 AS total, campaign_id, sum(credited_revenue) AS revenue
FROM attribute('{first_touch,last_touch,linear}')
WHERE currency = 'EUR' GROUP BY ROLLUP (model, campaign_id) HAVING model IS NOT NULL ORDER BY model, total, campaign_id;

-- ---- options ----

-- lookback: both ends are in; none at all still has the click at the time of the conversion
SELECT conversion_id, link_id, touches FROM attribute(lookback => '6 days', keep_unattributed => false) ORDER BY conversion_id;
SELECT conversion_id, position, link_id, touches FROM attribute('{linear}', '6 days') WHERE conversion_id < 3 ORDER BY conversion_id, position;
SELECT conversion_id, position, link_id, touches FROM attribute('{linear}', '5 days 23:59:59.999999') WHERE conversion_id < 3 ORDER BY conversion_id, position;
SELECT conversion_id, link_id, touches FROM attribute(lookback => '0', keep_unattributed => false) ORDER BY conversion_id;
-- from converted_from to before converted_to
SELECT conversion_id FROM attribute(converted_from => '2026-03-07 09:00', converted_to => '2026-03-08 08:00') ORDER BY conversion_id;
SELECT conversion_id FROM attribute(converted_from => '2026-03-08 08:00') ORDER BY conversion_id;
SELECT conversion_id FROM attribute(converted_to => '2026-03-07 09:00') ORDER BY conversion_id;
SELECT count(*) FROM attribute(converted_from => '2026-03-08', converted_to => '2026-03-07');
-- bots
SELECT conversion_id, link_id, touches, is_bot(click) FROM attribute(include_bots => true) WHERE visitor_id = 20;
-- only what has touches
SELECT conversion_id, click IS NULL AS no_click FROM attribute(keep_unattributed => false) ORDER BY conversion_id;
-- scale
SELECT scale, conversion_id, position, credited_revenue FROM unnest('{0,1,3,12}'::integer[]) AS scale, attribute('{linear}', scale => scale)
WHERE conversion_id IN (1, 4, 7) ORDER BY scale, conversion_id, position;
-- max_touches: the last ones
SELECT max_touches, model, position, touches, link_id, credited_revenue, truncated
FROM unnest('{1,2,3}'::integer[]) AS max_touches, attribute('{first_touch,linear}', max_touches => max_touches)
WHERE conversion_id = 1 ORDER BY max_touches, model, position;

-- ---- errors ----

SELECT * FROM attribute('{time_machine}');
SELECT * FROM attribute('{linear,NULL}');
SELECT * FROM attribute('{}');
SELECT * FROM attribute('{linear,last_touch,linear}');
SELECT * FROM attribute(NULL);
SELECT * FROM attribute(lookback => '-1 day');
SELECT * FROM attribute(lookback => NULL);
SELECT * FROM attribute(scale => -1);
SELECT * FROM attribute(scale => 13);
SELECT * FROM attribute(max_touches => 0);
SELECT * FROM attribute(max_touches => 10000001);
-- revenue that has too many digits at the scale
BEGIN;
UPDATE conversion SET revenue = 9e13 WHERE conversion_id = 1;
SELECT count(*) FROM attribute(scale => 12);
ROLLBACK;

-- ---- the engine ----

-- the caller's own stream: visitors ascending, NULL last, each in the order of time
SELECT conversion_id, visitor_id, revenue, currency, click, position, touches, credited_revenue
FROM attribute_stream($$
	VALUES (1::bigint, click_event('2026-03-01 09:00', 5, 1), NULL::bigint, NULL::timestamptz, NULL::numeric, NULL::text),
		(1, click_event('2026-03-01 10:00', 6, 1), NULL, NULL, NULL, NULL),
		(1, NULL, 71, '2026-03-01 10:00', 9.99, 'EUR'),
		(2, NULL, 72, '2026-03-01 10:00', 5, NULL),
		(NULL, click_event('2026-03-01 09:00', 5), NULL, NULL, NULL, NULL),
		(NULL, NULL, 73, '2026-03-01 10:00', 3, 'EUR')
$$, '{linear}', '1 day', NULL, NULL, false, true, 2, 100);
-- its parameters
SELECT visitor_id, converted_at, revenue, currency
FROM attribute_stream($$
	SELECT 1::bigint, NULL::click_event, 1::bigint, $1, extract(epoch FROM $3) + $4::integer, $2::text
$$, '{linear}', '1 hour', '2026-03-01', '2026-03-02', true, true, 2, 100);

-- what is no such stream
SELECT * FROM attribute_stream('SELECT 1::bigint', '{linear}', '1 day', NULL, NULL, false, true, 2, 100);
SELECT * FROM attribute_stream($$
	VALUES (2::bigint, NULL::click_event, 72::bigint, '2026-03-01 10:00'::timestamptz, 5::numeric, NULL::text), (1, NULL, 71, '2026-03-01 10:00', 5, NULL)
$$, '{linear}', '1 day', NULL, NULL, false, true, 2, 100);
SELECT * FROM attribute_stream('SELECT 1::bigint, NULL::click_event, NULL::bigint, now(), 5::numeric, NULL::text', '{linear}', '1 day', NULL, NULL, false, true, 2, 100);
SELECT * FROM attribute_stream(NULL, '{linear}', '1 day', NULL, NULL, false, true, 2, 100);
\set VERBOSITY sqlstate
SELECT * FROM attribute_stream('', '{linear}', '1 day', NULL, NULL, false, true, 2, 100);
SELECT * FROM attribute_stream('DELETE FROM conversion RETURNING visitor_id, NULL::click_event, conversion_id, converted_at, revenue, currency',
	'{linear}', '1 day', NULL, NULL, false, true, 2, 100);
SELECT * FROM attribute_stream('SELECT 1::bigint, NULL::click_event, 1::bigint, now(), 1 / 0::numeric, NULL::text', '{linear}', '1 day', NULL, NULL, false, true, 2, 100);
\set VERBOSITY default
SELECT count(*) FROM conversion;

TRUNCATE campaign, link, click, conversion RESTART IDENTITY CASCADE;
