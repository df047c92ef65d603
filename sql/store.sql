--
-- The store: campaigns, links, visits, conversions, partitions and what the views say
--
SET search_path = clicktrack, public;
SET timezone = 'UTC';
SET datestyle = 'ISO';
\set SHOW_CONTEXT never
TRUNCATE campaign, link, click, conversion, short_code_key RESTART IDENTITY CASCADE;
-- a key of our own, so that codes are the same in every run
INSERT INTO short_code_key (key_version, key) VALUES (1, 42);

-- ---- campaigns ----

SELECT create_campaign('spring', 'sms', 'regulars', '2026-03-01', '2026-04-01');
SELECT create_campaign('newsletter', channel => 'email');
SELECT create_campaign('poster');
-- the same again is the same
SELECT create_campaign('spring', 'sms', 'regulars', '2026-03-01', '2026-04-01'), create_campaign('poster', 'other');
SELECT name, channel, audience, starts_at, ends_at FROM campaign ORDER BY campaign_id;
-- anything else under the same name is not (the row, with its time, is in the detail)
\set VERBOSITY terse
SELECT create_campaign('spring', 'email', 'regulars', '2026-03-01', '2026-04-01');
SELECT create_campaign('spring', 'sms', NULL, '2026-03-01', '2026-04-01');
SELECT create_campaign('spring', 'sms', 'regulars', '2026-03-02', '2026-04-01');
SELECT create_campaign('spring', 'sms', 'regulars', '2026-03-01');
SELECT create_campaign('poster', audience => 'all');
-- and these are no campaigns
\set VERBOSITY sqlstate
SELECT create_campaign('');
SELECT create_campaign(NULL);
SELECT create_campaign('x', NULL);
SELECT create_campaign('x', 'pigeon');
SELECT create_campaign('x', 'sms', starts_at => '2026-04-01', ends_at => '2026-03-01');
\set VERBOSITY default
SELECT count(*) FROM campaign;

-- ---- links ----

SELECT * FROM create_link('https://shop.example/a?b=c#d', 1);
SELECT * FROM create_link('https://shop.example/', 'spring');
SELECT * FROM create_link('HTTP://shop.example', campaign => 'newsletter', domain => 'Go.Example', channel => 'push');
-- the same url once more is another link
SELECT * FROM create_link('https://shop.example/', 'spring');
SELECT link_id, campaign_id, domain, code, url, channel FROM link ORDER BY link_id;
SELECT link_id = short_code_decode(code, 42) AS decodes FROM link;
-- no url, no campaign, no channel
SELECT create_link(NULL, 1);
SELECT create_link('', 1);
SELECT create_link('shop.example', 1);
SELECT create_link('/relative', 1);
SELECT create_link('javascript:alert(1)', 1);
SELECT create_link('ftp://shop.example/', 1);
SELECT create_link(' https://shop.example/', 1);
SELECT create_link('https://', 1);
SELECT create_link('https:///path', 1);
SELECT create_link('https://?query', 1);
SELECT create_link('https://shop.example/', 99);
SELECT create_link('https://shop.example/', NULL::bigint);
SELECT create_link('https://shop.example/', 'autumn');
SELECT create_link('https://shop.example/', NULL::text);
\set VERBOSITY sqlstate
SELECT create_link('https://shop.example/', 1, channel => 'pigeon');
SELECT create_link('https://shop.example/', 1, domain => NULL);
\set VERBOSITY default
SELECT count(*) FROM link;

-- ---- visits ----

SELECT code AS a FROM link WHERE link_id = 1 \gset
SELECT code AS c FROM link WHERE link_id = 3 \gset
SELECT * FROM visit(:'a', clicked_at => '2026-03-05 10:00');
SELECT * FROM visit(:'a', '', 7, 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1',
	'de', 3, true, '2026-03-05 11:00');
-- a domain in any case; the link's own channel
SELECT url, status, channel(click) FROM visit(:'c', 'gO.eXAMPLE', 7, clicked_at => '2026-03-06');
-- a program is recorded as one and gets the url
SELECT * FROM visit(:'a', user_agent => 'Googlebot/2.1 (+http://www.google.com/bot.html)', clicked_at => '2026-03-07');
-- not found: another code, another domain, a code in another case, nothing
SELECT * FROM visit('nothing', clicked_at => '2026-03-05');
SELECT * FROM visit(:'a', 'go.example', clicked_at => '2026-03-05');
SELECT * FROM visit(:'c', clicked_at => '2026-03-05');
SELECT * FROM visit(CASE WHEN upper(:'a') <> :'a' THEN upper(:'a') ELSE lower(:'a') END, clicked_at => '2026-03-05');
SELECT * FROM visit('', clicked_at => '2026-03-05');
SELECT * FROM visit(NULL, clicked_at => '2026-03-05');
SELECT * FROM visit(:'a', NULL, clicked_at => '2026-03-05');
-- no time for a click
SELECT visit(:'a', clicked_at => NULL);
SELECT visit(:'a', clicked_at => 'infinity');
SELECT visit(:'a', clicked_at => '-infinity');
-- now, unless told
SELECT status, clicked_at(click) = now() AS now FROM visit(:'a', visitor_id => 99);
DELETE FROM click WHERE visitor_id(event) = 99;

-- the view has a column a field
SELECT * FROM clicks ORDER BY event;

-- ---- partitions ----

INSERT INTO click SELECT click_event(t, 2, 8) FROM unnest('{2026-02-28 23:59:59.999999,2026-03-01,2026-03-31 23:59:59.999999,2026-04-01,2027-01-01}'::timestamptz[]) AS t;
SELECT create_click_partitions('2026-03-15', '2026-04-01');
SELECT create_click_partitions('2026-03-01', '2026-04-30');
-- from December to January, with one that is there; by UTC, whatever the session's time zone
SET timezone = 'Asia/Tokyo';
SELECT create_click_partitions('2026-12-31', '2027-01-01');
SET timezone = 'UTC';
SELECT c.relname, pg_get_expr(c.relpartbound, c.oid), obj_description(c.oid, 'pg_class'), col_description(c.oid, 1) FROM pg_inherits JOIN pg_class AS c ON c.oid = inhrelid
WHERE inhparent = 'click'::regclass ORDER BY 1;
SELECT tableoid::regclass, event FROM click ORDER BY event;
-- each has the index
SELECT count(*) AS partitions, count(*) FILTER (WHERE EXISTS (SELECT FROM pg_index JOIN pg_class AS i ON i.oid = indexrelid JOIN pg_am AS a ON a.oid = i.relam
	WHERE indrelid = inhrelid AND amname = 'brin')) AS indexed
FROM pg_inherits WHERE inhparent = 'click'::regclass;
-- a visit finds its partition
SELECT status FROM visit(:'a', visitor_id => 99, clicked_at => '2026-04-15');
SELECT tableoid::regclass FROM click WHERE visitor_id(event) = 99;
DELETE FROM click WHERE visitor_id(event) = 99;
-- months that are none
SELECT create_click_partitions('2026-05-01', '2026-04-01');
SELECT create_click_partitions('2026-04-30', '2026-04-01');
SELECT create_click_partitions('infinity', 'infinity');
SELECT create_click_partitions('-infinity', '2026-01-01');
SELECT create_click_partitions('2026-01-01', '2099-01-01');
SELECT create_click_partitions(NULL, '2026-01-01');

-- ---- conversions ----

SELECT record_conversions('{o-1,o-2}', '{7,NULL}', '{2026-03-05 12:00,2026-03-05 13:00}', '{19.90,NULL}');
SELECT record_conversions('{o-3,o-4}', '{7,8}', '{2026-03-07,2026-03-08}', '{-19.90,5}', '{EUR,USD}', '{refund,NULL}');
-- an order that is there already changes nothing, nor does the same order twice at once
SELECT record_conversions('{o-1,o-5,o-5}', '{8,7,8}', '{2026-03-09,2026-03-09,2026-03-09}', '{1,2,3}', '{EUR,EUR,EUR}');
SELECT record_conversions('{}', '{}', '{}', '{}');
SELECT order_id, visitor_id, converted_at, revenue, currency, kind FROM conversion ORDER BY order_id;
-- arrays that do not fit together
SELECT record_conversions('{o-6,o-7}', '{7}', '{2026-03-05,2026-03-05}', '{1,2}');
SELECT record_conversions('{o-6}', '{7}', '{2026-03-05}', '{1}', '{EUR,USD}');
SELECT record_conversions('{o-6}', '{7}', '{2026-03-05}', '{1}', kind => '{}');
SELECT record_conversions(NULL, '{7}', '{2026-03-05}', '{1}');
SELECT record_conversions('{o-6}', NULL, '{2026-03-05}', '{1}');
SELECT record_conversions('{o-6}', '{7}', NULL, '{1}');
SELECT record_conversions('{o-6}', '{7}', '{2026-03-05}', NULL);
SELECT record_conversions(NULL, NULL, NULL, NULL);
-- one bad element, and nothing is recorded
\set VERBOSITY sqlstate
SELECT record_conversions('{o-6,o-7}', '{7,7}', '{2026-03-05,2026-03-05}', '{1,2}', '{EUR,euro}');
SELECT record_conversions('{o-6,o-7}', '{7,7}', '{2026-03-05,2026-03-05}', '{1,2}', '{EUR,eur}');
SELECT record_conversions('{o-6,NULL}', '{7,7}', '{2026-03-05,2026-03-05}', '{1,2}');
SELECT record_conversions('{o-6,""}', '{7,7}', '{2026-03-05,2026-03-05}', '{1,2}');
SELECT record_conversions('{o-6,o-7}', '{7,7}', '{2026-03-05,NULL}', '{1,2}');
SELECT record_conversions('{o-6,o-7}', '{7,7}', '{2026-03-05,infinity}', '{1,2}');
SELECT record_conversions('{o-6,o-7}', '{7,7}', '{2026-03-05,2026-03-05}', '{1,NaN}');
SELECT record_conversions('{o-6,o-7}', '{7,7}', '{2026-03-05,2026-03-05}', '{1,Infinity}');
\set VERBOSITY default
SELECT count(*) FROM conversion;

-- ---- what it all earned ----

-- clicks of persons and programs, unknown visitors, refunds, two currencies and none
SELECT link_id, domain, code, url, campaign_id, campaign, channel FROM link_performance ORDER BY link_id;
SELECT link_id, clicks, human_clicks, unique_clicks, conversions, round(revenue, 2) AS revenue, currency,
	round(revenue_per_click, 4) AS revenue_per_click, round(click_to_conversion_rate, 4) AS rate
FROM link_performance ORDER BY link_id;

DROP TABLE click_2026_03, click_2026_04, click_2026_12, click_2027_01;
TRUNCATE campaign, link, click, conversion, short_code_key RESTART IDENTITY CASCADE;
