--
-- visit: where it leads and what is recorded of whom; clicks in batches
--
SET search_path = clicktrack, public;
SET timezone = 'UTC';
SET datestyle = 'ISO';
\set SHOW_CONTEXT never
TRUNCATE campaign, link, link_quota, domain, click, click_batch, click_inbox, agent, referrer, recipient,
	visitor_alias, visitor_salt, policy, bot_rule RESTART IDENTITY CASCADE;
INSERT INTO visitor_salt VALUES ('2026-03-05', '\x000102030405060708090a0b0c0d0e0f'), ('2026-03-06', '\x0102030405060708090a0b0c0d0e0f10');
\set iphone 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1'
\set pixel 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36'
\set laptop 'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0'
SELECT create_campaign('spring', 'sms');
INSERT INTO link (campaign_id, domain, code, url, channel, recipient_id, variant_urls, variant_weights, ios_url, android_url, expires_at, fallback_url, max_clicks, honeypot, disabled_at) VALUES
	(1, '', 'plain', 'https://shop.example/plain', 'sms', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, NULL),
	(1, 'go.example', 'plain', 'https://shop.example/there', 'email', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, NULL),
	(1, '', 'mine', 'https://shop.example/mine', 'sms', 77, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, NULL),
	(1, '', 'test', 'https://shop.example/test', 'sms', NULL, '{https://shop.example/a,https://shop.example/b}', '{1,3}', NULL, NULL, NULL, NULL, NULL, false, NULL),
	(1, '', 'app', 'https://shop.example/web', 'push', NULL, NULL, NULL, 'shop://product/1', 'intent://product/1', NULL, NULL, NULL, false, NULL),
	(1, '', 'march', 'https://shop.example/march', 'sms', NULL, NULL, NULL, NULL, NULL, '2026-04-01', 'https://shop.example/over', NULL, false, NULL),
	(1, '', 'two', 'https://shop.example/two', 'sms', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 2, false, NULL),
	(1, '', 'off', 'https://shop.example/off', 'sms', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, now()),
	(1, '', 'trap', 'https://shop.example/trap', 'email', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, true, NULL);
INSERT INTO link_quota (link_id) SELECT link_id FROM link WHERE max_clicks IS NOT NULL;

-- ---- where it leads ----

SELECT url, status FROM visit('plain', clicked_at => '2026-03-05 10:00');
-- each domain has its own codes; a Host header may have a port
SELECT url, status FROM visit('plain', 'GO.example:8443', clicked_at => '2026-03-05 10:00');
SELECT url, status FROM visit('plain', 'go.example.', clicked_at => '2026-03-05 10:00');
-- a host that is none of ours has the links that were created without one
SELECT url, status FROM visit('plain', 'localhost:8080', clicked_at => '2026-03-05 10:00');
SELECT url, status FROM visit('test', 'go.example', variant => 0, clicked_at => '2026-03-05 10:00');
INSERT INTO domain VALUES ('go.example', NULL);
SELECT url, status FROM visit('test', 'go.example', variant => 0, clicked_at => '2026-03-05 10:00');
-- the variant is the visitor's, and stays
SELECT url, variant(click), count(*) FROM generate_series(1, 400) AS v, visit('test', visitor_id => v, clicked_at => '2026-03-05 10:00') GROUP BY 1, 2 ORDER BY 1;
SELECT count(DISTINCT url) FROM generate_series(1, 20), visit('test', visitor_id => 5, clicked_at => '2026-03-05 10:00');
-- unless the service says which; one that the link does not have leads to its url
SELECT url, variant(click) FROM visit('test', variant => 0, clicked_at => '2026-03-05 10:00');
SELECT url, variant(click) FROM visit('test', variant => 2, clicked_at => '2026-03-05 10:00');
SELECT url, variant(click) FROM visit('plain', variant => 2, clicked_at => '2026-03-05 10:00');
-- apps, by the system; programs see the web page
SELECT agent, url, destination(click) FROM unnest(ARRAY[:'iphone', :'pixel', :'laptop', :'iphone' || ' facebookexternalhit/1.1', NULL]) WITH ORDINALITY AS a(agent, n),
	LATERAL visit('app', user_agent => agent, clicked_at => '2026-03-05 10:00') ORDER BY n;
-- not any more
SELECT * FROM visit('march', clicked_at => '2026-04-01');
SELECT url, status FROM visit('march', clicked_at => '2026-03-31 23:59:59.999999');
SELECT * FROM visit('off', clicked_at => '2026-03-05 10:00');
-- a domain's own fallback, for all that leads nowhere
INSERT INTO domain VALUES ('', 'https://shop.example/');
SELECT code, url, status FROM unnest('{off,march,nobody}'::text[]) WITH ORDINALITY AS c(code, n), LATERAL visit(code, clicked_at => '2026-04-05 10:00') ORDER BY n;
SELECT url, status FROM visit('nobody', 'go.example', clicked_at => '2026-03-05 10:00');
-- two clicks of people; a program's takes none away, and gets none either when they are gone
SELECT agent, status FROM unnest(ARRAY['curl/8.5.0', :'iphone', :'iphone', 'curl/8.5.0', :'iphone']) WITH ORDINALITY AS a(agent, n),
	LATERAL visit('two', user_agent => agent, clicked_at => '2026-03-05 10:00') ORDER BY n;
SELECT * FROM link_quota;
SELECT count(*) FROM click WHERE link_id(event) = 7;

-- ---- who it was ----

-- the service's own id, the recipient's of the link, the same address and user agent
SELECT visitor_id(click), known(click) FROM visit('mine', visitor_id => 5, ip => '192.0.2.1', clicked_at => '2026-03-05 10:00');
SELECT visitor_id(click), known(click) FROM visit('mine', visitor_id => 5, known => true, clicked_at => '2026-03-05 10:00');
SELECT visitor_id(click), known(click) FROM visit('mine', ip => '192.0.2.1', clicked_at => '2026-03-05 10:00');
SELECT visitor_id(click) = anonymous_visitor('192.0.2.1', :'iphone', '\x000102030405060708090a0b0c0d0e0f') AS hashed, known(click)
FROM visit('plain', ip => '192.0.2.1', user_agent => :'iphone', clicked_at => '2026-03-05 23:59:59');
-- by the salt of the day
SELECT visitor_id(click) = anonymous_visitor('192.0.2.1', :'iphone', '\x0102030405060708090a0b0c0d0e0f10') AS hashed
FROM visit('plain', ip => '192.0.2.1', user_agent => :'iphone', clicked_at => '2026-03-06 00:00:00');
-- which is made when there is none
SELECT visitor_id(click) < 0 AS hashed FROM visit('plain', ip => '192.0.2.1', clicked_at => '2026-03-07 12:00:00');
SELECT valid_from, length(salt) FROM visitor_salt ORDER BY 1;
SELECT visitor_id(click) FROM visit('plain', user_agent => :'iphone', clicked_at => '2026-03-05 10:00');
-- a visitor who turned out to be someone
INSERT INTO visitor_alias (visitor_id, known_id) SELECT anonymous_visitor('192.0.2.1', :'iphone', '\x000102030405060708090a0b0c0d0e0f'), 42;
SELECT visitor_id(click), known(click) FROM visit('plain', ip => '192.0.2.1', user_agent => :'iphone', clicked_at => '2026-03-05 10:00');

-- ---- consent ----

-- of whoever the visitor turned out to be
INSERT INTO recipient (recipient_id, recipient_key, consent) OVERRIDING SYSTEM VALUE VALUES (42, 'r42', 'none');
SELECT click FROM visit('plain', ip => '192.0.2.1', user_agent => :'iphone', clicked_at => '2026-03-05 10:00');
DELETE FROM recipient;

\set request 'ip => ''192.0.2.1'', user_agent => ' :'iphone' ', country => ''de'', referrer => ''https://News.example/today'', clicked_at => ''2026-03-06 10:00'''
SELECT click FROM visit('mine', :request, consent => 'full');
SELECT visitor_id(click) = anonymous_visitor('192.0.2.1', :'iphone', '\x0102030405060708090a0b0c0d0e0f10') AS hashed, known(click), country(click), device(click), referrer_id(click)
FROM visit('mine', :request, consent => 'anonymous');
SELECT click FROM visit('mine', :request, consent => 'none');
-- of the recipient, where nobody tells; of the policy, where they did not say
INSERT INTO recipient (recipient_key, consent) OVERRIDING SYSTEM VALUE SELECT 'r' || i, NULL FROM generate_series(1, 80) AS i;
SELECT set_policy(consent => 'none');
SELECT click FROM visit('mine', :request);
UPDATE recipient SET consent = 'full' WHERE recipient_id = 77;
SELECT click FROM visit('mine', :request);
SELECT set_policy(consent => 'full');
UPDATE recipient SET consent = 'none' WHERE recipient_id = 77;
SELECT click FROM visit('mine', :request);
SELECT click FROM visit('mine', :request, consent => 'full');
SELECT * FROM visit('mine', consent => 'yes');

-- ---- programs ----

SELECT bot_reasons(click) FROM visit('plain', user_agent => 'curl/8.5.0', clicked_at => '2026-03-05 10:00');
SELECT bot_reasons(click) FROM visit('plain', method => 'HEAD', clicked_at => '2026-03-05 10:00');
SELECT bot_reasons(click) FROM visit('plain', purpose => 'prefetch;prerender', clicked_at => '2026-03-05 10:00');
SELECT bot_reasons(click) FROM visit('trap', clicked_at => '2026-03-05 10:00');
SELECT bot_reasons(click) FROM visit('plain', method => NULL, purpose => '', ip => '198.51.100.7', clicked_at => '2026-03-05 10:00');
INSERT INTO bot_rule (kind, word) VALUES ('bot', 'Firefox/127'), ('human', 'curl/');
INSERT INTO bot_rule (kind, network) VALUES ('network', '198.51.100.0/24');
SELECT agent, bot_reasons(click) FROM unnest(ARRAY['curl/8.5.0', :'laptop', :'iphone']) WITH ORDINALITY AS a(agent, n),
	LATERAL visit('plain', user_agent => agent, clicked_at => '2026-03-05 10:00') ORDER BY n;
SELECT bot_reasons(click) FROM visit('plain', ip => '198.51.100.7', clicked_at => '2026-03-05 10:00');
DELETE FROM bot_rule;
SELECT bot_reasons(click) FROM visit('plain', user_agent => :'laptop', ip => '198.51.100.7', clicked_at => '2026-03-05 10:00');

-- ---- where it came from ----

SELECT referrer_id(click) FROM visit('plain', referrer => 'https://user@NEWS.example:443/a?b', clicked_at => '2026-03-05 10:00');
SELECT referrer_id(click) FROM visit('plain', referrer => 'android-app://org.mail.example/', clicked_at => '2026-03-05 10:00');
SELECT referrer, referrer_id(click) FROM unnest('{"",about:blank,/here,https://}'::text[]) AS referrer, LATERAL visit('plain', referrer => referrer, clicked_at => '2026-03-05 10:00');
SELECT referrer_id, host FROM referrer ORDER BY 1;
TRUNCATE click;
SELECT status FROM visit('plain', ip => '192.0.2.99', user_agent => :'iphone', clicked_at => '2026-03-05 10:00');
SELECT status FROM visit('plain', ip => '2001:db8:1:2:3:4:5:6', clicked_at => '2026-03-05 10:01');
SELECT status FROM visit('plain', clicked_at => '2026-03-05 10:02');
SELECT set_policy(keep_origin => false);
SELECT status FROM visit('plain', ip => '192.0.2.99', user_agent => :'iphone', clicked_at => '2026-03-05 10:03');
SELECT clicked_at(event), origin_network(origin), masked FROM click LEFT JOIN agent ON agent_id = origin_agent(origin) ORDER BY 1;

-- ---- no visits ----

SELECT visit('plain', clicked_at => NULL);
SELECT visit('plain', clicked_at => 'infinity');
SELECT visit('plain', clicked_at => '1970-01-01');
SELECT visit('plain', clicked_at => '2200-01-01');
SELECT t, is_click_time(t) FROM unnest('{-infinity,1989-12-31 23:59:59.999999,1990-01-01,2199-12-31 23:59:59.999999,2200-01-01,infinity,NULL}'::timestamptz[]) AS t;
SELECT visit('plain', ip => '300.1.1.1');
SELECT visit('plain', variant => 256);
SELECT count(*) FROM click;

-- ---- batches of clicks ----

TRUNCATE click;
SELECT record_clicks('{"2026-03-05 10:00 link_id=1 visitor_id=7","2026-03-05 10:01 link_id=2"}');
SELECT record_clicks(array_agg(click_event('2026-03-05'::timestamptz + i * interval '1 s', 1 + i % 9, i)), 'first') FROM generate_series(1, 1000) AS i;
-- the same batch again
SELECT record_clicks(array_agg(click_event('2026-03-05'::timestamptz + i * interval '1 s', 1 + i % 9, i)), 'first') FROM generate_series(1, 1000) AS i;
SELECT record_clicks('{}'), record_clicks(NULL);
SELECT count(*), count(DISTINCT event) FROM click;
SELECT record_clicks('{"2026-03-05 10:00 link_id=1","2026-03-05 10:00 link_id=99","2026-03-05 10:00 link_id=98"}', 'second');
SELECT record_clicks('{"2026-03-05 10:00 link_id=1","1970-01-01 00:00 link_id=1"}', 'second');
SELECT record_clicks('{"2026-03-05 10:00 link_id=1","infinity link_id=1"}', 'second');
\set VERBOSITY sqlstate
SELECT record_clicks('{"2026-03-05 10:00 link_id=1",NULL}', 'second');
SELECT record_clicks('{"2026-03-05 10:00 link_id=1"}', '');
\set VERBOSITY default
SELECT count(*) FROM click;
SELECT batch_key, clicks FROM click_batch;

-- ---- batches of visits ----

TRUNCATE click;
UPDATE link_quota SET used = 0;
SELECT * FROM record_visits('{plain,two,two,nobody,off,two}', array_fill('2026-03-05 10:00'::timestamptz, '{6}'),
	user_agent => ARRAY[:'iphone', NULL, 'curl/8.5.0', NULL, NULL, NULL], visitor_id => '{1,2,3,4,5,6}', batch_key => 'visits');
SELECT * FROM record_visits('{plain}', '{2026-03-05 10:00}', batch_key => 'visits');
SELECT * FROM record_visits('{plain,plain}', '{2026-03-05 10:00}');
SELECT * FROM record_visits('{plain}', '{2026-03-05 10:00}', ip => '{192.0.2.1,192.0.2.2}');
SELECT * FROM record_visits('{plain,plain}', '{2026-03-05 10:00,1970-01-01}');
SELECT * FROM record_visits('{plain,NULL}', '{2026-03-05 10:00,NULL}');
SELECT event FROM click ORDER BY event;
-- the inbox, by COPY; it is empty afterwards
COPY click_inbox (code, clicked_at, ip, user_agent) FROM stdin;
plain	2026-03-05 11:00:00+00	192.0.2.7	curl/8.5.0
nobody	2026-03-05 11:00:00+00	192.0.2.7	\N
mine	2026-03-05 11:00:01+00	\N	\N
plain	2026-03-05 11:00:02+00	2001:db8::1	\N
\.
SELECT * FROM record_inbox(1);
SELECT * FROM record_inbox();
SELECT * FROM record_inbox();
SELECT count(*) FROM click_inbox;
SELECT clicked_at(event), link_id(event), bot_reasons(event) FROM click WHERE clicked_at(event) >= '2026-03-05 11:00' ORDER BY event;
COPY click_inbox (code, clicked_at) FROM stdin;
plain	1970-01-01 00:00:00+00
\.
SELECT * FROM record_inbox(0);

TRUNCATE campaign, link, link_quota, domain, click, click_batch, click_inbox, agent, referrer, recipient,
	visitor_alias, visitor_salt, policy, bot_rule RESTART IDENTITY CASCADE;
