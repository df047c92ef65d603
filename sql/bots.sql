--
-- Bots: rules, thresholds, and clicks judged again
--
SET search_path = clicktrack, public;
SET timezone = 'UTC';
SET datestyle = 'ISO';
\set SHOW_CONTEXT never
TRUNCATE campaign, link, click, send, agent, bot_rule, bot_threshold RESTART IDENTITY CASCADE;

-- ---- thresholds ----

SELECT * FROM bot_thresholds ORDER BY channel;
SELECT * FROM set_bot_threshold('sms', too_fast => '1.5 s', burst_links => 3);
SELECT * FROM set_bot_threshold('sms', honeypot_window => '1 day');
SELECT * FROM bot_threshold;
\set VERBOSITY sqlstate
SELECT set_bot_threshold('sms', too_fast => '25 h');
SELECT set_bot_threshold('sms', burst_links => 1);
SELECT set_bot_threshold('fax');
\set VERBOSITY default
DELETE FROM bot_threshold;

-- ---- rules ----

SELECT add_bot_rule('network', '192.0.2.0/24', 'documentation'), add_bot_rule('bot', 'fetcher'), add_bot_rule('human', '^Fetcher of hearts');
-- again is the same; a note stays unless there is another
SELECT add_bot_rule('network', '192.0.2/24'), add_bot_rule('bot', 'FETCHER', 'seen in May');
SELECT rule_id, kind, word, network, note FROM bot_rule ORDER BY rule_id;
SELECT drop_bot_rule(3), drop_bot_rule(3), drop_bot_rule(NULL);
-- and these are none
SELECT add_bot_rule('network', '192.0.2.1/24');
SELECT add_bot_rule('network', '0.0.0.0/0');
SELECT add_bot_rule('network', '::ffff:192.0.2.0/120');
SELECT add_bot_rule('network', NULL);
SELECT add_bot_rule('bot', '^x');
SELECT add_bot_rule('bot', NULL);
SELECT add_bot_rule('robot', 'fetcher');

-- ---- clicks ----

-- A campaign with five links, the last of which nobody can see, sent to four recipients.
SELECT create_campaign('spring', 'email') AS spring \gset
INSERT INTO link (link_id, campaign_id, code, url, channel, honeypot) OVERRIDING SYSTEM VALUE
SELECT i, :spring, 'spring' || i, 'https://shop.example/' || i, 'email', i = 5 FROM generate_series(1, 5) AS i;
INSERT INTO send (message_key, campaign_id, recipient_id, channel, sent_at, delivered_at)
SELECT 'spring ' || i, :spring, i, 'email', '2026-03-01 10:00', '2026-03-01 10:00:03' FROM generate_series(1, 4) AS i;
INSERT INTO agent (masked) VALUES ('Fetcher/#.#'), ('Mozilla/#.# (iPhone; CPU iPhone OS #_# like Mac OS X) Mobile/#E# Safari/#.#');
INSERT INTO click VALUES
	-- 1 opens the message and reads; 2 is a filter that follows a link at once
	(click_event('2026-03-01 10:05:00', 1, 1), click_origin(2, '198.51.100.7')),
	(click_event('2026-03-01 10:00:04', 1, 2), click_origin(2, '198.51.100.7')),
	-- 3 is there before the message, 4 follows all links and comes back as a person
	(click_event('2026-03-01 09:59:59', 1, 3), click_origin(2, '198.51.100.7')),
	(click_event('2026-03-01 11:00:00', 1, 4), NULL), (click_event('2026-03-01 11:00:01', 2, 4), NULL), (click_event('2026-03-01 11:00:02', 3, 4), NULL),
	(click_event('2026-03-01 11:00:03', 4, 4), NULL), (click_event('2026-03-01 11:00:04', 5, 4), NULL),
	(click_event('2026-03-01 11:10:04', 1, 4), NULL), (click_event('2026-03-01 11:10:05', 1, 4), NULL),
	-- nobody known, from a network of programs and by one
	(click_event('2026-03-01 12:00', 2), click_origin(2, '192.0.2.77')),
	(click_event('2026-03-01 12:01', 2), click_origin(1, '198.51.100.7')),
	-- what was found when the click came stays where nothing more is known
	(click_event('2026-03-01 12:02', 2, bot_reasons => '{prefetch,network,burst}'), NULL);
SELECT * FROM reclassify('2026-03-01', '2026-03-02');
SELECT clicked_at, link_id, visitor_id, bot_reasons FROM clicks ORDER BY event;
-- again changes nothing
SELECT * FROM reclassify('2026-03-01', '2026-03-02') WHERE flagged + cleared <> 0;
-- a rule that is gone, and people who are slower than thought; only these reasons
SELECT drop_bot_rule(1), too_fast FROM set_bot_threshold('email', too_fast => '1 s', burst_links => 5);
SELECT * FROM reclassify('2026-03-01', '2026-03-02', '{network,too_fast}');
-- only these clicks, though the others count
SELECT * FROM reclassify('2026-03-01 11:00:04', '2026-03-01 11:00:05');
-- by hand
SELECT flag_visitor(1, '2026-03-01', '2026-03-02'), flag_visitor(1, '2026-03-01', '2026-03-02');
SELECT bot_reasons FROM clicks WHERE visitor_id = 1;
SELECT flag_visitor(1, '2026-03-01', '2026-03-02', false);
-- no times, no such reasons
SELECT reclassify('2026-03-02', '2026-03-01');
SELECT reclassify(NULL, '2026-03-01');
SELECT reclassify('2026-03-01', '2026-03-02', '{prefetch}');
SELECT reclassify('2026-03-01', '2026-03-02', '{NULL}');

TRUNCATE campaign, link, click, send, agent, bot_rule, bot_threshold RESTART IDENTITY CASCADE;
