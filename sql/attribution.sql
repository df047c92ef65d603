--
-- attribute(), attribute_tables(), attribution_report() and conversion_paths()
--
SET search_path = clicktrack, public;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
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

-- a window for a channel
SELECT conversion_id, position, channel, touches FROM attribute('{linear}', '1 day', lookback_by_channel => '{"email": "7 days"}') WHERE conversion_id IN (1, 4) ORDER BY conversion_id, position;
-- a conversion clears the path of the next (reset), or the next touch does (carry)
SELECT touch_reuse, conversion_id, link_id, position, touches FROM unnest('{all,reset,carry}'::text[]) WITH ORDINALITY AS u(touch_reuse, i), attribute('{linear}', touch_reuse => touch_reuse)
WHERE visitor_id = 10 ORDER BY i, conversion_id, position;
-- repeats of a campaign: clicks on links 2 and 3 are of the same
SELECT path_transform, position, touches, link_id, credited_revenue FROM unnest('{none,exposure,first,unique}'::text[]) WITH ORDINALITY AS u(path_transform, i), attribute('{linear}', path_transform => path_transform)
WHERE conversion_id = 1 ORDER BY i, position;
-- direct touches: here the click on the link that is gone has no channel
SELECT conversion_id, link_id, touches FROM attribute(include_direct => false) WHERE conversion_id = 6;

-- ---- worked numbers ----

-- time decay, half-life 7 days: 50 over touches 9, 6, 0 and 0 days before is 6.92, 9.32, 16.88, 16.88
BEGIN;
DELETE FROM click;
DELETE FROM conversion;
INSERT INTO click SELECT click_event('2026-03-31 12:00'::timestamptz - days * interval '1 day', link, 1, channel => channel) FROM (VALUES (9, 1, 'sms'), (6, 2, 'email'), (0, 3, 'web'), (0, 4, NULL)) AS t(days, link, channel);
INSERT INTO conversion (order_id, visitor_id, converted_at, revenue, currency, kind) VALUES ('x', 1, '2026-03-31 12:00', 50, 'EUR', 'purchase');
SELECT position, round(weight::numeric, 4) AS weight, credited_revenue FROM attribute('{time_decay}') ORDER BY position;
SELECT array_agg(round((50 * w)::numeric, 2)) FROM unnest(attribution_weights('time_decay', '{2026-03-22 12:00,2026-03-25 12:00,2026-03-31 12:00,2026-03-31 12:00}', '2026-03-31 12:00')) AS w;
-- every model side by side; participation gives all to each
SELECT model, string_agg(format('%s %s', coalesce(channel, 'direct'), credited_revenue), ', ' ORDER BY position) AS credits, sum(credited_revenue)
FROM attribute('{first_touch,last_touch,last_non_direct,linear,position_based,j_shaped,inverse_j,time_decay,participation,custom}', position_weights => '{0.1,0.2,0.4,0.2,0.1}')
GROUP BY model ORDER BY model;
ROLLBACK;
-- position based 40/20/40: one touch 1; two .5/.5; 140 over Direct, Organic, Direct: 56, 28, 56
SELECT attribution_weights('position_based', '{2026-03-01}', '2026-03-31') AS one, attribution_weights('position_based', '{2026-03-01,2026-03-02}', '2026-03-31') AS two,
	(SELECT array_agg(round((140 * w)::numeric, 2)) FROM unnest(attribution_weights('position_based', '{2026-03-01,2026-03-02,2026-03-03}', '2026-03-31')) AS w) AS three;
-- J: .2, .2/(n-2), .6; two touches .25/.75; inverse J mirrored
SELECT model, attribution_weights(model, '{2026-03-01,2026-03-02,2026-03-03,2026-03-04}', '2026-03-31') AS four, attribution_weights(model, '{2026-03-01,2026-03-02}', '2026-03-31') AS two
FROM unnest('{j_shaped,inverse_j}'::text[]) AS model;

-- ---- any tables ----

CREATE TABLE public."order" (id integer, "Customer" text, "placed at" timestamptz, total numeric, money text);
CREATE TABLE public.web_visit (id integer, who text, at timestamptz, source text);
INSERT INTO public."order" VALUES (1, 'ann', '2026-03-07', 100, 'EUR'), (2, 'bob', '2026-03-07', 10, 'USD'), (3, NULL, '2026-03-07', 5, 'EUR');
INSERT INTO public.web_visit VALUES (10, 'ann', '2026-03-01', 'newsletter'), (9, 'ann', '2026-03-01', 'ad'), (11, 'ann', '2026-03-05', NULL), (12, 'bob', '2026-03-07', 'ad'), (13, 'bob', NULL, 'ad'), (14, NULL, '2026-03-06', 'ad');
SELECT conversion_id, visitor, currency, click_id, clicked_at, label, position, touches, model, credited_revenue
FROM attribute_tables('public."order"', 'public.web_visit', 'id', 'Customer', 'placed at', 'total', 'who', 'at', 'id', 'source', '{linear,last_non_direct}', currency => 'money')
ORDER BY conversion_id, model, position;
SELECT model, value, currency, influenced_conversions, credited_conversions, credited_revenue, median_time_to_conversion, average_path_length
FROM attribution_report_tables('public."order"', 'public.web_visit', 'id', 'Customer', 'placed at', 'total', 'who', 'at', 'id', 'source', '{linear,last_non_direct}', currency => 'money')
ORDER BY model, value, currency;
-- what is not there, or of another type
SELECT * FROM attribute_tables('public."order"', 'public.web_visit', 'id', 'customer', 'placed at', 'total', 'who', 'at', 'id', 'source');
SELECT * FROM attribute_tables('public."order"', 'public.web_visit', 'id', 'Customer', 'placed at', 'total', 'who', 'at', 'id', 'source" FROM x; --');
SELECT * FROM attribute_tables('public."order"', 'public.web_visit', 'id', 'Customer', 'money', 'total', 'who', 'at', 'id', 'source');
SELECT * FROM attribute_tables('public."order"', 'public.web_visit', 'id', 'id', 'placed at', 'total', 'who', 'at', 'id', 'source');
SELECT * FROM attribute_tables('public."order"', 'public.web_visit', NULL, 'Customer', 'placed at', 'total', 'who', 'at', 'id', 'source');
INSERT INTO public."order" VALUES (NULL, 'ann', '2026-03-07', 100, 'EUR');
SELECT * FROM attribute_tables('public."order"', 'public.web_visit', 'id', 'Customer', 'placed at', 'total', 'who', 'at', 'id', 'source');
DROP TABLE public."order", public.web_visit;

-- ---- reports and paths ----

SELECT model, value, currency, influenced_conversions, credited_conversions, credited_revenue, median_time_to_conversion, p90_time_to_conversion, average_path_length
FROM attribution_report('campaign', '{linear,last_touch}') ORDER BY model, value, currency;
SELECT * FROM attribution_report('visitor');
SELECT * FROM attribution_report(NULL);
SELECT * FROM conversion_paths(path_transform => 'none') ORDER BY path, currency;
SELECT * FROM conversion_paths('month');

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
SELECT * FROM attribute(half_life => '0');
SELECT * FROM attribute(half_life => '1 month');
SELECT * FROM attribute(position_weights => '{0.5,0.5}');
SELECT * FROM attribute(position_weights => '{0.5,1.5,0.5}');
SELECT * FROM attribute(position_weights => '{0}');
SELECT * FROM attribute(touch_reuse => 'sometimes');
SELECT * FROM attribute(path_transform => 'last');
SELECT * FROM attribute(lookback_by_channel => '[]');
SELECT * FROM attribute(lookback_by_channel => '{"telegraph": "1 day"}');
SELECT * FROM attribute(lookback_by_channel => '{"sms": "often"}');
SELECT * FROM attribute(lookback_by_channel => '{"sms": "-1 day"}');
SELECT * FROM attribute(include_direct => NULL);
-- revenue that has too many digits at the scale
BEGIN;
UPDATE conversion SET revenue = 9e13 WHERE conversion_id = 1;
SELECT count(*) FROM attribute(scale => 12);
ROLLBACK;

TRUNCATE campaign, link, click, conversion RESTART IDENTITY CASCADE;
