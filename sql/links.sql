--
-- Links: slugs and codes, variants, UTM parameters, domains, keys, many at once, changes, and
-- what link_check says
--
SET search_path = clicktrack, public;
SET timezone = 'UTC';
SET datestyle = 'ISO';
\set SHOW_CONTEXT never
TRUNCATE campaign, link, link_quota, domain, reserved_word, send, click, short_code_key RESTART IDENTITY;
-- a key of our own, so that codes are the same in every run
INSERT INTO short_code_key (key_version, key) VALUES (1, 42);
SELECT create_campaign('spring', 'sms', ends_at => '2026-04-01', utm_source => 'news', utm_medium => 'sms') AS spring,
	create_campaign('plain', 'email') AS plain \gset

-- ---- all that a link can have ----

SELECT * FROM create_link('https://shop.example/a?b=c#d', 'spring', 'go.example', 'push', 'tulips', 7, '2026-03-31',
	'https://shop.example/over', 100, '{https://shop.example/red,https://shop.example/blue?utm_source=own}', '{3,1}',
	'shop://tulips', 'intent://tulips#Intent;scheme=shop;end', true, '{flowers,spring}', 'order 1');
SELECT key, value FROM link, jsonb_each_text(to_jsonb(link) - 'created_at') ORDER BY key COLLATE "C";
SELECT * FROM link_quota;
SELECT domain, fallback_url FROM domain;
-- a code of the key in use, and equal weights
SELECT * FROM create_link('https://shop.example/', 'spring', variant_urls => '{https://shop.example/1,https://shop.example/2,https://shop.example/3}');
SELECT code = short_code_encode(link_id, 42) AS by_key, key_version, url, variant_weights, channel, honeypot, tags FROM link WHERE link_id = 2;
-- UTM parameters that the url has are its own
SELECT count(create_link(url, campaign)) FROM (VALUES ('https://shop.example/?utm_medium=x&a=b', 'spring'), ('https://shop.example/?a=b', 'plain')) AS v(url, campaign);
SELECT url FROM link WHERE link_id > 2 ORDER BY link_id;

-- ---- slugs ----

SELECT code FROM create_link('https://shop.example/', 'plain', slug => '.-_~aA0');
SELECT code FROM create_link('https://shop.example/', 'plain', slug => repeat('x', 64));
-- on another domain it is another
SELECT code FROM create_link('https://shop.example/', 'plain', slug => 'tulips');
SELECT create_link('https://shop.example/', 'plain', 'go.example', slug => 'tulips');
SELECT create_link('https://shop.example/', 'plain', slug => '');
SELECT create_link('https://shop.example/', 'plain', slug => 'a/b');
SELECT create_link('https://shop.example/', 'plain', slug => 'ü');
SELECT create_link('https://shop.example/', 'plain', slug => E'a\n');
SELECT create_link('https://shop.example/', 'plain', slug => repeat('x', 65));
-- reserved: as a whole, anywhere, in any case, digits read as letters
SELECT create_link('https://shop.example/', 'plain', slug => 'admin');
SELECT create_link('https://shop.example/', 'plain', slug => 'L0gin');
SELECT create_link('https://shop.example/', 'plain', slug => 'robots.txt');
SELECT create_link('https://shop.example/', 'plain', slug => '..');
SELECT create_link('https://shop.example/', 'plain', slug => 'so-5H1t-');
SELECT create_link('https://shop.example/', 'plain', slug => 'arschloch');
SELECT count(create_link('https://shop.example/', 'plain', slug => slug)) FROM unnest('{administer,cocktail,Mississippi,destinazione,traffic}'::text[]) AS slug;
-- our own words
INSERT INTO reserved_word VALUES ('Press', false), ('rival', true);
SELECT create_link('https://shop.example/', 'plain', slug => 'pre55');
SELECT create_link('https://shop.example/', 'plain', slug => 'arrivals');
SELECT code FROM create_link('https://shop.example/', 'plain', slug => 'pressed');

-- ---- urls ----

SELECT create_link('https://go.example/x', 'plain');
SELECT create_link('https://GO.example./x', 'plain');
SELECT create_link('https://new.example/x', 'plain', 'new.example');
SELECT create_link('https://shop.example/', 'plain', variant_urls => '{https://shop.example/,javascript:x}');
SELECT create_link('https://shop.example/', 'plain', fallback_url => 'shop.example');
SELECT create_link('https://shop.example/', 'plain', ios_url => 'javascript:x');
SELECT create_link('https://shop.example/', 'plain', android_url => 'nothing');
-- variants that are none
SELECT create_link('https://shop.example/', 'plain', variant_weights => '{1}');
SELECT create_link('https://shop.example/', 'plain', variant_urls => '{https://shop.example/}', variant_weights => '{1,2}');
SELECT create_link('https://shop.example/', 'plain', variant_urls => '{https://shop.example/}', variant_weights => '{0}');
SELECT create_link('https://shop.example/', 'plain', variant_urls => '{https://shop.example/}', variant_weights => '{-1}');
SELECT create_link('https://shop.example/', 'plain', variant_urls => '{https://shop.example/,https://shop.example/}', variant_weights => '{1,NULL}');
SELECT create_link('https://shop.example/', 'plain', variant_urls => '{}');
SELECT create_link('https://shop.example/', 'plain', variant_urls => array_fill('https://shop.example/'::text, '{257}'));
SELECT link_id IS NOT NULL AS fine FROM create_link('https://shop.example/', 'plain', variant_urls => array_fill('https://shop.example/'::text, '{256}'));
SELECT create_link('https://shop.example/', 'plain', tags => '{a,NULL}');
\set VERBOSITY sqlstate
SELECT create_link('https://shop.example/', 'plain', max_clicks => 0);
SELECT create_link('https://shop.example/', 'plain', idempotency_key => '');
\set VERBOSITY default

-- ---- domains ----

SELECT domain, fallback_url FROM set_domain('GO.Example', 'https://shop.example/');
SELECT domain, fallback_url FROM set_domain('xn--bcher-kva.example');
SELECT code AS book FROM create_link('https://shop.example/', 'plain', 'BÜCHER.example') \gset
SELECT domain FROM link WHERE code = :'book';
SELECT domain, fallback_url FROM domain ORDER BY domain COLLATE "C";
SELECT set_domain('go.example', 'https://go.example/');
SELECT set_domain('go.example:443');
SELECT set_domain('https://go.example');
SELECT set_domain('go.example/');
SELECT set_domain('me@go.example');
SELECT set_domain('go example');
SELECT create_link('https://shop.example/', 'plain', 'go..example');

-- ---- keys ----

SELECT * FROM create_link('https://shop.example/k', 'spring', idempotency_key => 'k');
SELECT * FROM create_link('https://shop.example/k', 'spring', idempotency_key => 'k');
SELECT create_link('https://shop.example/other', 'spring', idempotency_key => 'k');
\set VERBOSITY terse
SELECT create_link('https://shop.example/k', 'plain', idempotency_key => 'k');
SELECT create_link('https://shop.example/k', 'spring', 'go.example', idempotency_key => 'k');
SELECT create_link('https://shop.example/k', 'spring', slug => 'other', idempotency_key => 'k');
SELECT create_link('https://shop.example/', 'plain', slug => 'pressed', idempotency_key => 'new');
\set VERBOSITY default
SELECT * FROM create_link('https://shop.example/s', 'plain', slug => 'keyed', idempotency_key => 's');
SELECT * FROM create_link('https://shop.example/s', 'plain', slug => 'keyed', idempotency_key => 's');

-- ---- many at once ----

SELECT setval('link_link_id_seq', 100);
SELECT * FROM create_links('{https://shop.example/mine}', 'spring', '{11,12,13}', max_clicks => 5, tags => '{bulk}');
SELECT link_id, url, recipient_id, max_clicks, used, tags FROM link JOIN link_quota USING (link_id) WHERE link_id > 100 ORDER BY link_id;
SELECT * FROM create_links('{https://shop.example/1,https://shop.example/2}', :plain, '{11,NULL}');
SELECT * FROM create_links('{https://shop.example/1,https://shop.example/2,https://shop.example/1}', :plain);
SELECT url, recipient_id FROM link WHERE link_id > 103 ORDER BY link_id;
-- those that have their key already, new ones, and the same key twice
SELECT * FROM create_links('{https://shop.example/keyed}', 'plain', '{1,2}', idempotency_keys => '{one,two}');
CREATE TEMPORARY TABLE again AS
SELECT * FROM create_links('{https://shop.example/keyed}', 'plain', '{3,2,4,3,1,NULL}', idempotency_keys => '{three,two,NULL,three,one,six}');
SELECT ordinal, count(*) OVER (PARTITION BY link_id) AS alike, idempotency_key, recipient_id, link.code = again.code AS same_code
FROM again JOIN link USING (link_id) ORDER BY ordinal;
SELECT create_links('{https://shop.example/keyed}', 'plain', '{1,5}', idempotency_keys => '{two,five}');
SELECT create_links('{https://shop.example/}', 'plain', '{}');
SELECT create_links('{}', 'plain');
-- arrays that do not fit together, and one bad url: no link is made
SELECT count(*) AS links FROM link \gset
SELECT create_links('{https://shop.example/1,https://shop.example/2}', 'plain', '{1,2,3}');
SELECT create_links('{https://shop.example/1}', 'plain', '{1,2,3}', idempotency_keys => '{a,b}');
SELECT create_links('{}', 'plain', '{1}');
SELECT create_links(NULL, 'plain', '{1}');
SELECT create_links('{https://shop.example/1,https://go.example/2}', 'plain');
SELECT create_links('{https://shop.example/1,NULL}', 'plain');
SELECT count(*) - :links AS more FROM link;

-- ---- another key ----

SELECT rotate_short_code_key(), rotate_short_code_key(8, 'base32'), rotate_short_code_key();
SELECT key_version, min_length, alphabet, key = 42 AS known FROM short_code_key ORDER BY key_version;
SELECT code AS rotated FROM create_link('https://shop.example/', 'plain') \gset
SELECT length(code), key_version FROM link WHERE code = :'rotated';
SELECT rotate_short_code_key(alphabet => 'abc');
SELECT rotate_short_code_key(0);

-- ---- changes ----

SELECT link_id AS id FROM create_link('https://shop.example/c', 'spring', channel => 'push') \gset
SELECT url, channel, honeypot, tags, variant_urls, disabled_at FROM update_link(:id, '{}');
SELECT url, channel, expires_at, fallback_url, max_clicks, ios_url, android_url, honeypot, tags
FROM update_link(:id, '{"url": "https://shop.example/changed", "channel": "email", "expires_at": "2026-05-01", "fallback_url": "https://shop.example/f",
	"max_clicks": 9, "ios_url": "shop://i", "android_url": "shop://a", "honeypot": true, "tags": ["x", "y z"]}') \gx
SELECT * FROM link_quota WHERE link_id = :id;
SELECT variant_urls, variant_weights FROM update_link(:id, '{"variant_urls": ["https://shop.example/1", "https://shop.example/2"], "variant_weights": [1, 0]}');
SELECT variant_weights FROM update_link(:id, '{"variant_weights": [5, 6]}');
SELECT variant_weights FROM update_link(:id, '{"variant_urls": ["https://shop.example/1", "https://shop.example/2", "https://shop.example/3"]}');
-- null clears
SELECT url, channel, expires_at, fallback_url, max_clicks, ios_url, android_url, variant_urls, variant_weights, honeypot, tags
FROM update_link(:id, '{"channel": null, "expires_at": null, "fallback_url": null, "max_clicks": null, "ios_url": null, "android_url": null,
	"variant_urls": null, "honeypot": null, "tags": null}') \gx
SELECT count(*) FROM link_quota WHERE link_id = :id;
-- disabled since the first time
SELECT disabled_at = now() AS now, archived_at = now() AS archived FROM update_link(:id, '{"disabled": true, "archived": true}');
SELECT disabled_at < now() AS before, archived_at FROM update_link(:id, '{"disabled": true, "archived": false}');
SELECT disabled_at FROM update_link(:id, '{"disabled": null}');
-- a max_clicks that comes later counts the human clicks before
INSERT INTO click VALUES (click_event('2026-03-01', :id)), (click_event('2026-03-02', :id)), (click_event('2026-03-02', :id, bot_reasons => '{burst}'));
SELECT max_clicks FROM update_link(:id, '{"max_clicks": 3}');
SELECT used FROM link_quota WHERE link_id = :id;
-- what is no change
SELECT update_link(:id, '{"code": "x"}');
SELECT update_link(:id, '{"max_clicks": "3"}');
SELECT update_link(:id, '{"max_clicks": 1.5}');
SELECT update_link(:id, '{"max_clicks": 1e30}');
SELECT update_link(:id, '{"expires_at": "never"}');
SELECT update_link(:id, '{"expires_at": 3}');
SELECT update_link(:id, '{"honeypot": "true"}');
SELECT update_link(:id, '{"tags": "x"}');
SELECT update_link(:id, '{"tags": [["x"]]}');
SELECT update_link(:id, '{"tags": ["x", 1]}');
SELECT update_link(:id, '{"variant_urls": []}');
SELECT update_link(:id, '{"variant_weights": [1]}');
SELECT update_link(:id, '{"url": null}');
SELECT update_link(:id, '{"url": "https://go.example/"}');
SELECT update_link(:id, '{"channel": "pigeon"}');
SELECT update_link(:id, '["url"]');
SELECT update_link(:id, NULL);
SELECT update_link(4711, '{}');
SELECT update_link(NULL, '{}');
\set VERBOSITY sqlstate
SELECT update_link(:id, '{"max_clicks": 0}');
\set VERBOSITY default
SELECT url, max_clicks, tags FROM link WHERE link_id = :id;
-- a link whose url has become a bad one can still be disabled, but not made worse
SELECT count(*) FROM set_domain('shop.example');
SELECT disabled_at IS NOT NULL AS disabled FROM update_link(:id, '{"disabled": true}');
SELECT update_link(:id, '{"url": "https://shop.example/again"}');

-- ---- link_check ----

TRUNCATE link, link_quota, click, domain RESTART IDENTITY;
SELECT create_campaign('checked', 'sms', ends_at => '2026-04-01', utm_source => 'news') AS checked \gset
SELECT count(create_link(url, campaign, expires_at => expires_at::timestamptz, recipient_id => recipient, tags => ARRAY[made_as])) FROM (VALUES
	('https://shop.example/1?utm_campaign=x', 'checked', NULL, NULL, 'fine'),
	('https://shop.example/2?utm_campaign=x', 'checked', '2026-03-01', NULL, 'expires early'),
	('https://shop.example/3', 'checked', NULL, NULL, 'without utm_campaign'),
	('https://shop.example/4?utm_campaign=x', 'checked', NULL, NULL, 'one of two'),
	('https://shop.example/4?utm_campaign=x', 'checked', NULL, NULL, 'the other'),
	('https://shop.example/4?utm_campaign=x', 'checked', NULL, 1, 'for one recipient'),
	('https://shop.example/4?utm_campaign=x', 'plain', NULL, NULL, 'in another campaign'),
	('https://shop.example/4', 'checked', NULL, NULL, 'archived')) AS v(url, campaign, expires_at, recipient, made_as);
SELECT link_id FROM create_link('https://shop.example/4', 'checked', honeypot => true, tags => '{honeypot}');
SELECT link_id FROM create_link('https://new.example/?utm_campaign=x', 'checked', fallback_url => 'https://new.example/', variant_urls => '{https://new.example/}',
	android_url => 'https://new.example/', tags => '{"domain that becomes ours"}');
SELECT link_id FROM update_link(8, '{"archived": true}');
SELECT link_id, tags, c.campaign, problem, detail FROM link_check AS c JOIN link USING (link_id) ORDER BY link_id, problem;
-- a day after the first send, links without a human click
INSERT INTO send (message_key, campaign_id, channel, sent_at) VALUES ('m', :checked, 'sms', '2026-03-01');
INSERT INTO click VALUES (click_event('2026-03-01', 1)), (click_event('2026-03-01', 2, bot_reasons => '{burst}'));
SELECT link_id, detail FROM link_check WHERE problem = 'no_human_click' ORDER BY link_id;
UPDATE send SET sent_at = now() - interval '23 hours';
SELECT count(*) FROM link_check WHERE problem = 'no_human_click';
UPDATE send SET sent_at = '2026-03-01', holdout = true;
SELECT count(*) FROM link_check WHERE problem = 'no_human_click';
SELECT count(*) FROM set_domain('new.example');
SELECT link_id, detail FROM link_check WHERE problem = 'url_problem' ORDER BY link_id;

TRUNCATE campaign, link, link_quota, domain, reserved_word, send, click, short_code_key RESTART IDENTITY;
