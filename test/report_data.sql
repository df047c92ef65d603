-- A small store with something for every section of the report, and names that would break out of
-- a page that let them. Included by report.pg and report.t; the store is empty before. What looks
-- random is a hash, so that it is the same at every run.
CREATE FUNCTION pg_temp.chance(what bigint, seed bigint) RETURNS float8
	LANGUAGE sql IMMUTABLE
	RETURN (hashint8extended(what, seed) & 9007199254740991) / 9007199254740992::float8;

-- The campaigns: their waves of messages, variants with their click rates, and holdouts.
CREATE TEMPORARY TABLE plan (n int, name text, channel text, audience text, waves timestamptz[], rates float8[], held float8, buys float8);
INSERT INTO plan VALUES
	(1, 'Spring sale', 'sms', 'regulars', '{2026-03-03 09:00,2026-03-20 18:00}', '{0.16,0.27}', 0.15, 0.10),
	(2, 'Newsletter', 'email', 'subscribers', '{2026-03-05 08:00,2026-03-12 08:00,2026-03-19 08:00,2026-03-26 16:00}', '{0.12}', 0.1, 0.03),
	(3, '<script>window.pwned = 1</script>', 'email', '"><img src=x onerror=alert(1)>', '{2026-03-10 12:00}', '{0.14,0.15,0.13}', 0, 0.05),
	(4, '</td></table></main>" onmouseover="alert(1)" x=''', 'push', E'\u202Elatot', '{2026-03-17 17:00}', '{0.08,0.19}', 0.3, 0.02),
	(5, E'\u0645\u0628\u064A\u0639\u0627\u062A \u0627\u0644\u0631\u0628\u064A\u0639 & ]]> <!-- &lt;', 'email', 'subscribers', '{2026-03-24 07:00}', '{0.2}', 0, 0.04),
	(6, repeat('endless', 60), 'sms', 'regulars', '{2026-03-25 20:00}', '{0.08}', 0, 0.01),
	(7, 'Shop window', 'qr', NULL, '{}', '{}', 0, 0.02);

SELECT create_campaign(name, channel, audience, '2026-03-01', '2026-05-01', utm_source => CASE WHEN n = 2 THEN 'news' END) FROM (SELECT * FROM plan ORDER BY n) AS p \g /dev/null
SELECT count(*) FROM (SELECT * FROM plan ORDER BY n) AS p, generate_series(1, 2) AS i,
	create_link('https://shop.example/' || n || '/' || i || '?a=<b>&c="d"''', p.name, slug => 'link-' || n || '-' || i,
		expires_at => CASE WHEN n = 1 AND i = 2 THEN timestamptz '2026-04-01' END, tags => ARRAY['<i>tag</i>']) \g /dev/null
SELECT count(*) FROM create_link('https://shop.example/2/1?a=<b>&c="d"''', 'Newsletter', slug => 'again') \g /dev/null
SELECT count(*) FROM record_recipients(ARRAY(SELECT 'r' || i FROM generate_series(1, 1500) AS i), audience => ARRAY(SELECT CASE WHEN i % 5 = 0 THEN 'new here' END FROM generate_series(1, 1500) AS i)) \g /dev/null

CREATE TEMPORARY TABLE message AS
SELECT 1000 * (10 * n + w.i) * 10 + r AS id, p.*, r AS recipient, w.at, (pg_temp.chance(r, n) * greatest(1, cardinality(rates)))::numeric AS part, pg_temp.chance(r, 100 + n) < held AS holdout
FROM plan AS p, unnest(waves) WITH ORDINALITY AS w(at, i), generate_series(1, 1500) AS r
WHERE pg_temp.chance(r, 10 + n) < 0.75;
ALTER TABLE message ADD variant int;
UPDATE message SET variant = CASE WHEN cardinality(rates) > 1 THEN floor(part)::int END;

SELECT record_sends(array_agg(id::text ORDER BY id), name, array_agg(recipient::bigint ORDER BY id), array_agg(at + recipient * interval '0.1 s' ORDER BY id),
	variant => array_agg(variant ORDER BY id), holdout => array_agg(holdout ORDER BY id)) FROM message GROUP BY name \g /dev/null
SELECT record_deliveries(array_agg(id::text), array_agg(at + recipient * interval '0.1 s' + interval '4 s'),
	array_agg(CASE WHEN pg_temp.chance(id, 3) < 0.03 THEN 'unknown <address>' END)) FROM message WHERE NOT holdout \g /dev/null

-- Who clicks, how fast, and which program was there before.
CREATE TEMPORARY TABLE clicked AS
SELECT m.id, m.n, m.recipient, m.channel, m.variant, m.at + interval '1 min' + -ln(1 - pg_temp.chance(id, 5)) * interval '3 hours' AS at, pg_temp.chance(id, 6) < m.buys * 2 AS buys
FROM message AS m
WHERE NOT holdout AND pg_temp.chance(id, 4) < rates[1 + coalesce(variant, 0)];
-- people in front of the shop, a few a day, and once a coachload
INSERT INTO clicked
SELECT -d * 1000 - i, 7, 1000000 + pg_temp.chance(d * 1000 + i, 7) * 700, 'qr', NULL,
	'2026-03-01'::timestamptz + d * interval '1 day' + (9 + 10 * pg_temp.chance(d * 1000 + i, 8)) * interval '1 hour', pg_temp.chance(d * 1000 + i, 9) < 0.04
FROM generate_series(0, 30) AS d, generate_series(1, CASE WHEN d = 22 THEN 160 ELSE 28 + d % 5 END) AS i;

SELECT record_clicks(array_agg(click_event(at, (SELECT link_id FROM link WHERE code = 'link-' || n || '-' || 1 + abs(id) % 2), recipient, channel, 'DE', CASE WHEN pg_temp.chance(id, 10) < 0.7 THEN 'phone' ELSE 'desktop' END,
	variant => variant) ORDER BY at)) FROM clicked \g /dev/null
SELECT record_clicks(array_agg(click_event(at + recipient * interval '0.1 s' + interval '5 s', (SELECT link_id FROM link WHERE code = 'link-' || n || '-1'), recipient, channel, variant => variant,
	bot_reasons => CASE WHEN id % 3 = 0 THEN '{user_agent,too_fast}' WHEN id % 3 = 1 THEN '{prefetch}' ELSE '{network}' END::text[]))) FROM message WHERE NOT holdout AND pg_temp.chance(id, 11) < 0.05 \g /dev/null

-- Orders after clicks, some by themselves, in two currencies; some given back.
SELECT record_conversions(array_agg('o' || id), array_agg(recipient), array_agg(at + interval '20 min'), array_agg(amount), array_agg(currency), array_agg('purchase'::text))
FROM (SELECT id, recipient::bigint, at, round((20 + 80 * pg_temp.chance(id, 12))::numeric, 2) AS amount, CASE WHEN n = 7 AND id % 4 = 0 THEN 'USD' ELSE 'EUR' END AS currency
	FROM clicked WHERE buys
	UNION ALL SELECT r, r, '2026-03-02'::timestamptz + r * interval '25 min', 35.00, 'EUR' FROM generate_series(1, 1500, 11) AS r) AS o \g /dev/null
SELECT record_conversions(array_agg('back' || id), array_agg(recipient::bigint), array_agg(at + interval '2 days'), array_agg(-19.99), array_agg('EUR'::text), array_agg('refund'::text))
FROM clicked WHERE buys AND abs(id) % 9 = 0 \g /dev/null
SELECT record_opt_outs(array_agg('out' || id), array_agg(recipient::bigint), array_agg(at + interval '5 h'), array_agg(channel)) FROM message WHERE NOT holdout AND pg_temp.chance(id, 13) < 0.01 \g /dev/null
SELECT record_engagement(array_agg('s' || id), array_agg(recipient::bigint), array_agg((SELECT link_id FROM link WHERE code = 'link-' || n || '-1')), array_agg(at), array_agg(1 + abs(id % 3)::int), array_agg(30.0)) FROM clicked \g /dev/null
