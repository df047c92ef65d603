--
-- People: who is who, who is forgotten, and what is kept for how long
--
SET search_path = clicktrack, public;
SET timezone = 'UTC';
SET datestyle = 'ISO';
\set SHOW_CONTEXT never
TRUNCATE campaign, link, click, send, opt_out, conversion, engagement, recipient, visitor_alias, policy RESTART IDENTITY CASCADE;

SELECT create_campaign('spring', 'sms') AS spring \gset
INSERT INTO link (link_id, campaign_id, code, url, channel) OVERRIDING SYSTEM VALUE VALUES (1, :spring, 'spring', 'https://shop.example/', 'sms');
INSERT INTO recipient (recipient_key, address) VALUES ('customer 1', 'one@shop.example'), ('customer 2', 'two@shop.example');
INSERT INTO click VALUES (click_event('2026-03-01 10:00', 1, -7), 281474976710657), (click_event('2026-03-01 11:00', 1, -8), NULL), (click_event('2026-03-01 12:00', 1, 1), NULL);
INSERT INTO conversion (order_id, visitor_id, converted_at, revenue, currency, kind) VALUES ('order 1', -7, '2026-03-02', 20, 'EUR', 'purchase'), ('order 2', 1, '2026-03-02', 30, 'EUR', 'purchase');

-- ---- who is who ----

SELECT identify(-7, 1);
-- the same again is true, another one is not
SELECT identify(-7, 1), identify(-7, 2);
-- oneself, a circle, a recipient, nobody
SELECT identify(1, 1), identify(1, -7), identify(2, 1), identify(NULL, 1);
-- by way of another id; a visitor brings along who it is
SELECT identify('{-8,-9,-10}'::bigint[], '{-7,-10,1}');
SELECT visitor_id, known_id, pending FROM visitor_alias ORDER BY visitor_id DESC;
SELECT identify('{-7}'::bigint[], '{1,2}');
-- orders have moved, clicks have not, and reports know
SELECT order_id, visitor_id FROM conversion ORDER BY order_id;
SELECT visitor_id, known FROM clicks ORDER BY event;
SELECT unique_clicks FROM link_performance;
SELECT visitor_id, revenue, click, model FROM attribute('{first_touch,last_touch}') ORDER BY revenue, model;
SELECT apply_aliases();
SELECT visitor_id, known FROM clicks ORDER BY event;
SELECT visitor_id, revenue, click, model FROM attribute('{first_touch,last_touch}') ORDER BY revenue, model;
SELECT count(*) FROM visitor_alias WHERE pending;

-- ---- forgetting ----

SELECT clicks, conversions, revenue FROM link_performance;
-- three clicks, two orders, four aliases and the recipient
SELECT erase_visitor(-8);
SELECT clicks, conversions, revenue FROM link_performance;
SELECT visitor_id, known, origin FROM clicks JOIN click USING (event) ORDER BY event;
SELECT order_id, visitor_id, revenue FROM conversion ORDER BY order_id;
SELECT (SELECT count(*) FROM visitor_alias) AS aliases, array_agg(recipient_key) AS recipients FROM recipient;
SELECT erase_visitors('{1,-7,NULL}');

-- ---- how long ----

SELECT clicks_kept, months_ahead, reclassify_days FROM set_policy(months_ahead => 2, reclassify_days => 1);
SELECT clicks_kept, months_ahead FROM set_retention('13 months');
SELECT clicks_kept, months_ahead FROM set_retention(NULL);
SELECT set_retention('1 hour');
SELECT set_retention('-1 day');
-- months to come are made ready, and nothing is left to do the second time
SELECT task, done FROM maintain() WHERE task NOT IN ('analyze clicks', 'refresh rollups');
SELECT task, done FROM maintain() WHERE done <> 0 AND task NOT IN ('analyze clicks', 'refresh rollups');

DO $$BEGIN
	EXECUTE (SELECT format('DROP TABLE %s', string_agg(inhrelid::regclass::text, ', ')) FROM pg_inherits
		WHERE inhparent = 'click'::regclass AND inhrelid <> 'click_default'::regclass);
END$$;
TRUNCATE campaign, link, click, send, opt_out, conversion, engagement, recipient, visitor_alias, policy RESTART IDENTITY CASCADE;
