-- The store as a backend service uses it: visits, batches of clicks, links by the hundred
-- thousand. What is compared with is the bare statement that writes the same rows. Visits are
-- drawn from :LINKS of the store's links: clicks gather on what was sent last, and a session of
-- some seconds would spend them on meeting the pages of all links for the first time.

-- setup: postgres
SET search_path = clicktrack, bench, public;
SELECT create_campaign('bench', 'sms');
INSERT INTO link (campaign_id, code, url, channel)
SELECT 1, 'l' || i, 'https://shop.example/' || i, 'sms' FROM generate_series(1, :STORE_LINKS) AS i;
INSERT INTO link (campaign_id, code, url, channel, max_clicks) VALUES (1, 'limited', 'https://shop.example/limited', 'sms', 1000000000);
INSERT INTO link_quota SELECT link_id FROM link WHERE code = 'limited';
INSERT INTO recipient (recipient_key) SELECT i FROM generate_series(1, 100000) AS i;
SELECT create_click_partitions((now() - interval '1 month')::date, (now() + interval '1 month')::date);
VACUUM ANALYZE link;
VACUUM ANALYZE recipient;
CREATE TABLE bench.batch (b integer PRIMARY KEY, clicks text, events click_event[]);
-- not compressed: a service does not unpack what it sends
ALTER TABLE bench.batch ALTER clicks SET STORAGE external, ALTER events SET STORAGE external;
INSERT INTO bench.batch
SELECT b, array_agg(event)::text, array_agg(event)
FROM (SELECT b, click_event(date_trunc('day', now()) + b * interval '1 s' + i * interval '1 ms', 1 + (random() * 999)::bigint, (random() * 200000)::bigint,
		'sms', 'DE', 'phone', 'ios', 'safari', destination => 'web') AS event
	FROM generate_series(1, 100) AS b, generate_series(1, 1000) AS i) AS c
GROUP BY b;
VACUUM ANALYZE bench.batch;
DO $$ BEGIN
	FOR b IN 1 .. 100 LOOP
		EXECUTE format('COPY (SELECT unnest(events) FROM bench.batch WHERE b = %s) TO %L', b, format(':FILES/batch_%s.txt', b));
		EXECUTE format('COPY (SELECT unnest(events) FROM bench.batch WHERE b = %s) TO %L WITH (FORMAT binary)', b, format(':FILES/batch_%s.bin', b));
	END LOOP;
END $$;

-- row: a visit, one client
-- pgbench: -M prepared -c 1 -T 3
-- ours: visit(code, visitor_id, user_agent, country)
\set l random(1, :LINKS)
\set v random(1, 100000)
SELECT url, status FROM clicktrack.visit('l' || :l, '', :v, 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1', 'DE');
-- ours: the same with ip, referrer and method, anonymous
\set l random(1, :LINKS)
\set v random(1, 250)
SELECT url, status FROM clicktrack.visit('l' || :l, '', NULL, 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1', 'DE',
	ip => ('198.51.100.' || :v)::inet, referrer => 'https://news.example/today', method => 'GET');
-- postgres: bare INSERT of the click
-- target: 1.43
\set l random(1, :LINKS)
\set v random(1, 100000)
INSERT INTO clicktrack.click VALUES (clicktrack.click_event(now(), :l, :v, 'sms', 'DE', 'phone', 'ios', 'safari', NULL::integer, 'web'), NULL);

-- row: a visit, 8 clients
-- pgbench: -M prepared -c 8 -T 10
-- ours: visit(code, visitor_id, user_agent, country)
\set l random(1, :LINKS)
\set v random(1, 100000)
SELECT url, status FROM clicktrack.visit('l' || :l, '', :v, 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1', 'DE');
-- postgres: bare INSERT of the click
-- target: 1.43
\set l random(1, :LINKS)
\set v random(1, 100000)
INSERT INTO clicktrack.click VALUES (clicktrack.click_event(now(), :l, :v, 'sms', 'DE', 'phone', 'ios', 'safari', NULL::integer, 'web'), NULL);

-- row: a visit, 32 clients
-- pgbench: -M prepared -c 32 -T 10
-- ours: visit(code, visitor_id, user_agent, country)
\set l random(1, :LINKS)
\set v random(1, 100000)
SELECT url, status FROM clicktrack.visit('l' || :l, '', :v, 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1', 'DE');
-- postgres: bare INSERT of the click
-- target: 1.43
\set l random(1, :LINKS)
\set v random(1, 100000)
INSERT INTO clicktrack.click VALUES (clicktrack.click_event(now(), :l, :v, 'sms', 'DE', 'phone', 'ios', 'safari', NULL::integer, 'web'), NULL);

-- row: 32 clients on one hot link
-- pgbench: -M prepared -c 32 -T 10
-- ours: visit(code, visitor_id, user_agent, country)
\set v random(1, 100000)
SELECT url, status FROM clicktrack.visit('l77', '', :v, 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1', 'DE');
-- ours: the same where the link has max_clicks, a row lock a click
\set v random(1, 100000)
SELECT url, status FROM clicktrack.visit('limited', '', :v, 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1', 'DE');
-- postgres: bare INSERT of the click
-- target: 1.43
\set v random(1, 100000)
INSERT INTO clicktrack.click VALUES (clicktrack.click_event(now(), 77, :v, 'sms', 'DE', 'phone', 'ios', 'safari', NULL::integer, 'web'), NULL);

-- setup: postgres
UPDATE recipient SET consent = 'none' WHERE recipient_id % 100 = 0;
INSERT INTO visitor_alias (visitor_id, known_id, pending) SELECT -i, i, false FROM generate_series(1, 100000) AS i;
VACUUM ANALYZE recipient;
VACUUM ANALYZE visitor_alias;

-- row: a visit where recipients have consents, and visitors aliases
-- pgbench: -M prepared -c 1 -T 3
-- ours: visit(code, visitor_id, user_agent, country)
\set l random(1, :LINKS)
\set v random(1, 100000)
SELECT url, status FROM clicktrack.visit('l' || :l, '', :v, 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1', 'DE');
-- postgres: bare INSERT of the click
-- target: 1.43
\set l random(1, :LINKS)
\set v random(1, 100000)
INSERT INTO clicktrack.click VALUES (clicktrack.click_event(now(), :l, :v, 'sms', 'DE', 'phone', 'ios', 'safari', NULL::integer, 'web'), NULL);

-- row: resolving a code among :STORE_LINKS links, without recording
-- pgbench: -M prepared -c 1 -T 5
-- ours: visit(unknown code), with the domain's fallback
\set l random(1, :STORE_LINKS)
SELECT url, status FROM clicktrack.visit('n' || :l);
-- postgres: SELECT url FROM link WHERE domain = '' AND code = ...
\set l random(1, :STORE_LINKS)
SELECT url FROM clicktrack.link WHERE domain = '' AND code = 'l' || :l;

-- row: 1000 clicks at once, from text
-- pgbench: -c 1 -T 3
-- ours: record_clicks(clicks)
\set b random(1, 100)
SELECT clicktrack.record_clicks(clicks::clicktrack.click_event[]) FROM bench.batch WHERE b = :b;
-- postgres: COPY of the same rows
-- target: 1.25
\set b random(1, 100)
COPY clicktrack.click (event) FROM ':FILES/batch_:b.txt';

-- row: 1000 clicks at once, binary
-- pgbench: -c 1 -T 3
-- ours: record_clicks(clicks)
\set b random(1, 100)
SELECT clicktrack.record_clicks(events) FROM bench.batch WHERE b = :b;
-- postgres: COPY of the same rows
-- target: 1.25
\set b random(1, 100)
COPY clicktrack.click (event) FROM ':FILES/batch_:b.bin' WITH (FORMAT binary);

-- row: 100,000 links in one statement
-- ours: create_links(urls, campaign, recipient_ids)
SELECT count(*) FROM clicktrack.create_links('{https://shop.example/offer?id=1}', 1, ARRAY(SELECT recipient_id FROM clicktrack.recipient));
-- postgres: INSERT INTO link SELECT of the same rows
-- target: 1.43
WITH inserted AS (
	INSERT INTO clicktrack.link (campaign_id, domain, code, key_version, url, channel, recipient_id)
	SELECT 1, '', 'copy' || clock_timestamp() || recipient_id, 1, 'https://shop.example/offer?id=1', 'sms', recipient_id FROM clicktrack.recipient
	RETURNING link_id
)
SELECT count(*) FROM inserted;
