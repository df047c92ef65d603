-- A quarter of a shop's marketing, January to March 2026, recorded through the functions a
-- backend service would call. Included by demo.sql.
--
-- What looks random is a hash of what it is about: the same people get the same messages and
-- click at the same microsecond at every run, whatever the plan and the version of the server.
\set ON_ERROR_STOP on
SET TimeZone = 'UTC';
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS clicktrack;
SET search_path = clicktrack, public;

DO $$
BEGIN
	IF EXISTS (SELECT FROM campaign) OR EXISTS (SELECT FROM conversion) THEN
		RAISE EXCEPTION 'there are campaigns or conversions here already'
			USING HINT = 'The demo wants a database of its own: createdb demo';
	END IF;
END
$$;

-- A number from 0 to below 1 that depends on its arguments alone.
CREATE FUNCTION pg_temp.chance(what bigint, seed bigint) RETURNS float8
	LANGUAGE sql IMMUTABLE
	RETURN (hashint8extended(what, seed) & 9007199254740991) / 9007199254740992::float8;

-- Seconds until somebody reacts: many at once, a few late.
CREATE FUNCTION pg_temp.reaction(pace interval, what bigint, seed bigint) RETURNS interval
	LANGUAGE sql IMMUTABLE
	RETURN make_interval(secs => 5 + extract(epoch FROM pace)::float8
		* power(-ln(1 - pg_temp.chance(what, seed)), 1.6));

-- ---------------------------------------------------------------------------
-- What the shop plans
-- ---------------------------------------------------------------------------

-- The campaigns: who clicks (at average activity), how fast, who buys, and for how much.
CREATE TEMP TABLE plan_campaign (
	campaign_no int, name text, channel text, audience text, starts_at timestamptz, ends_at timestamptz,
	click_rate float8, pace interval, order_rate float8, basket float8
);
INSERT INTO plan_campaign VALUES
	(1,  'Welcome series',       'email', 'new subscribers',     '2026-01-01', NULL,         0.34, '4 h',    0.030, 46),
	(2,  'New Year sale',        'email', 'all subscribers',     '2026-01-02', '2026-01-11', 0.26, '3 h',    0.034, 61),
	(3,  'New Year last day',    'sms',   'all subscribers',     '2026-01-10', '2026-01-11', 0.29, '25 min', 0.045, 54),
	(4,  'Newsletter January',   'email', 'all subscribers',     '2026-01-08', '2026-02-01', 0.10, '5 h',    0.008, 58),
	(5,  'Newsletter February',  'email', 'all subscribers',     '2026-02-05', '2026-03-01', 0.09, '5 h',    0.009, 57),
	(6,  'Newsletter March',     'email', 'all subscribers',     '2026-03-05', '2026-04-01', 0.09, '5 h',    0.008, 59),
	(7,  'Win-back',             'email', 'no order for a year', '2026-01-20', '2026-02-15', 0.11, '9 h',    0.012, 43),
	(8,  'Win-back voucher',     'sms',   'no order for a year', '2026-01-27', '2026-02-15', 0.17, '45 min', 0.030, 39),
	(9,  'Valentine gift guide', 'email', 'all subscribers',     '2026-02-03', '2026-02-14', 0.19, '5 h',    0.016, 52),
	(10, 'Valentine express',    'sms',   'all subscribers',     '2026-02-12', '2026-02-14', 0.25, '20 min', 0.052, 48),
	(11, 'Flash sale 24 h',      'sms',   'all subscribers',     '2026-03-06', '2026-03-07', 0.36, '15 min', 0.050, 55),
	(12, 'Spring collection',    'email', 'all subscribers',     '2026-03-17', '2026-04-15', 0.23, '4 h',    0.014, 68),
	(13, 'Cart reminder',        'email', 'left a cart',         '2026-01-01', NULL,         0.55, '2 h',    0.065, 72),
	(14, 'Back in stock',        'sms',   'asked for an alert',  '2026-01-01', NULL,         0.60, '20 min', 0.055, 83);

-- What goes out to many at once.
CREATE TEMP TABLE plan_wave (wave_no int, campaign_no int, sent_at timestamptz);
INSERT INTO plan_wave VALUES
	(1, 2, '2026-01-02 08:00'), (2, 4, '2026-01-08 09:00'), (3, 3, '2026-01-10 11:00'), (4, 4, '2026-01-15 09:00'),
	(5, 7, '2026-01-20 08:30'), (6, 4, '2026-01-22 09:00'), (7, 8, '2026-01-27 16:00'), (8, 4, '2026-01-29 09:00'),
	(9, 9, '2026-02-03 07:30'), (10, 5, '2026-02-05 09:00'), (11, 9, '2026-02-09 17:00'), (12, 10, '2026-02-12 10:30'),
	(13, 5, '2026-02-12 09:00'), (14, 5, '2026-02-19 09:00'), (15, 5, '2026-02-26 09:00'), (16, 6, '2026-03-05 09:00'),
	(17, 11, '2026-03-06 09:00'), (18, 6, '2026-03-12 09:00'), (19, 12, '2026-03-17 08:00'), (20, 6, '2026-03-19 09:00'),
	(21, 12, '2026-03-24 08:00'), (22, 6, '2026-03-26 09:00');

-- What is tried out: how much more or less each variant of a message is clicked, and the share of
-- the people who are held out, that is, get none.
CREATE TEMP TABLE plan_test (campaign_no int, effects float8[], holdout_share float8);
INSERT INTO plan_test VALUES (8, NULL, 0.1), (10, '{1,1}', NULL), (11, '{0.97,1.03}', NULL);

-- The people: uneven in how often they click and in how easily they buy.
CREATE TEMP TABLE plan_person AS
SELECT n AS person_no,
	(ARRAY['DE', 'DE', 'DE', 'DE', 'DE', 'DE', 'DE', 'DE', 'DE', 'AT', 'AT', 'AT', 'FR', 'FR', 'NL', 'NL', 'BE',
		'IT', 'ES', 'IE'])[1 + floor(20 * pg_temp.chance(n, 1))::int] AS country,
	pg_temp.chance(n, 2) < 0.82 AS email,
	pg_temp.chance(n, 2) >= 0.82 OR pg_temp.chance(n, 3) < 0.40 AS sms,
	0.25 + 0.8 * power(-ln(1 - pg_temp.chance(n, 4)), 1.5) AS activity,
	0.3 + 1.4 * pg_temp.chance(n, 5) AS loyalty,
	CASE WHEN pg_temp.chance(n, 6) < 0.18
		THEN timestamptz '2026-01-01' + 85 * pg_temp.chance(n, 7) * interval '1 day' END AS joined_at,
	pg_temp.chance(n, 6) > 0.72 AS dormant,
	-- what they read their email on
	CASE WHEN pg_temp.chance(n, 8) < 0.55 THEN 'phone' WHEN pg_temp.chance(n, 8) < 0.94 THEN 'desktop' ELSE 'tablet' END AS screen,
	-- an employer's gateway opens every link before they do
	pg_temp.chance(n, 9) < 0.0022 AS scanned
FROM generate_series(1, 80000) AS n;

-- Each is a recipient, and as a visitor goes by the same number.
ALTER TABLE plan_person ADD visitor_id bigint;
UPDATE plan_person AS p
SET visitor_id = r.recipient_id
FROM record_recipients(ARRAY(SELECT 'person-' || person_no FROM plan_person ORDER BY person_no),
	audience => ARRAY(SELECT CASE WHEN dormant THEN 'no order for a year' WHEN joined_at IS NOT NULL THEN 'new subscribers' ELSE 'regulars' END
		FROM plan_person ORDER BY person_no)) AS r
WHERE r.recipient_key = 'person-' || p.person_no;

-- The links: each campaign's share of clicks on each.
CREATE TEMP TABLE plan_link AS
WITH wanted (campaign_no, path, share) AS (
	VALUES (1, '/welcome/10-percent', 50), (1, '/bestsellers', 28), (1, '/account/preferences', 12), (1, '/stores', 10),
		(2, '/sale', 40), (2, '/sale/women', 30), (2, '/sale/men', 18), (2, '/sale/home', 12),
		(3, '/sale/last-day', 78), (3, '/sale/under-20', 22),
		(4, '/magazine/fresh-start', 44), (4, '/new', 34), (4, '/bestsellers/january', 22),
		(5, '/magazine/layers', 41), (5, '/new', 36), (5, '/bestsellers/february', 23),
		(6, '/magazine/rain-or-shine', 38), (6, '/new', 37), (6, '/bestsellers/march', 25),
		(7, '/welcome-back', 66), (7, '/what-is-new', 24), (7, '/account/preferences', 10),
		(8, '/voucher/15-off', 84), (8, '/what-is-new', 16),
		(9, '/valentine', 38), (9, '/valentine/for-her', 27), (9, '/valentine/for-him', 19), (9, '/valentine/under-50', 16),
		(10, '/valentine/express', 81), (10, '/gift-cards', 19),
		(11, '/flash', 72), (11, '/flash/shoes', 28),
		(12, '/spring', 39), (12, '/spring/lookbook', 26), (12, '/spring/dresses', 21), (12, '/spring/jackets', 14),
		(13, '/cart', 83), (13, '/cart/help', 17),
		(14, '/back-in-stock', 88), (14, '/back-in-stock/similar', 12)
), numbered AS (
	SELECT row_number() OVER (ORDER BY campaign_no, share DESC) AS link_no, *,
		sum(share) OVER (PARTITION BY campaign_no ORDER BY share DESC) / 100.0::float8 AS below
	FROM wanted
)
SELECT link_no, campaign_no, path, below - share / 100.0::float8 AS since, below
FROM numbered;

-- What they click with: genuine user agents and how common each is among its kind.
CREATE TEMP TABLE plan_agent AS
WITH known (kind, share, user_agent) AS (
	VALUES ('phone', 21, 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1'),
		('phone', 13, 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'),
		('phone', 5, 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_6_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1'),
		('phone', 2, 'Mozilla/5.0 (iPhone; CPU iPhone OS 16_7_10 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1'),
		('phone', 4, 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/138.0.7204.156 Mobile/15E148 Safari/604.1'),
		('phone', 1, 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/140.0 Mobile/15E148 Safari/605.1.15'),
		('phone', 1, 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_6_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) GSA/334.0.674067880 Mobile/15E148 Safari/604.1'),
		('phone', 3, 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/22F76 Instagram 378.2.0.37.76 (iPhone14,5; iOS 18_5; en_GB; en-GB; scale=3.00; 1170x2532; 729008693; IABMV/1)'),
		('phone', 2, 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_4_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/22E252 [FBAN/FBIOS;FBAV/510.0.0.38.93;FBBV/724276253;FBDV/iPhone16,2;FBMD/iPhone;FBSN/iOS;FBSV/18.4.1;FBSS/3;FBID/phone;FBLC/de_DE;FBOP/5;FBRV/728339409;IABMV/1]'),
		('phone', 24, 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Mobile Safari/537.36'),
		('phone', 7, 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36'),
		('phone', 7, 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36'),
		('phone', 3, 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36'),
		('phone', 2, 'Mozilla/5.0 (Android 15; Mobile; rv:142.0) Gecko/142.0 Firefox/142.0'),
		('phone', 1, 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Mobile Safari/537.36 OPR/90.0.0.0'),
		('phone', 2, 'Mozilla/5.0 (Linux; Android 14; SM-A546B Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/139.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/520.0.0.51.109;]'),
		('phone', 2, 'Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/AP2A.240805.005; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/133.0.6943.137 Mobile Safari/537.36'),
		('tablet', 62, 'Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'),
		('tablet', 18, 'Mozilla/5.0 (iPad; CPU OS 16_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1'),
		('tablet', 20, 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36'),
		('desktop', 34, 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36'),
		('desktop', 5, 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36'),
		('desktop', 19, 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36 Edg/143.0.0.0'),
		('desktop', 11, 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:146.0) Gecko/20100101 Firefox/146.0'),
		('desktop', 1, 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 OPR/125.0.0.0'),
		('desktop', 14, 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15'),
		('desktop', 7, 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36'),
		('desktop', 2, 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:146.0) Gecko/20100101 Firefox/146.0'),
		('desktop', 3, 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36'),
		('desktop', 2, 'Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0'),
		('desktop', 2, 'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36'),
		('scanner', 46, 'Barracuda Sentinel (EE)'),
		('scanner', 26, 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/138.0.0.0 Safari/537.36'),
		('scanner', 16, 'python-requests/2.32.3'),
		('scanner', 12, 'Mozilla/4.0 (compatible; ms-office; MSOffice 16)'),
		('preview', 52, 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0'),
		('preview', 33, 'GoogleMessages/20.2 facebookexternalhit/1.1 Facebot Twitterbot/1.0'),
		('preview', 15, 'WhatsApp/2.23.20.0'),
		('crawler', 34, 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'),
		('crawler', 18, 'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36'),
		('crawler', 14, 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)'),
		('crawler', 10, 'TelegramBot (like TwitterBot)'),
		('crawler', 14, 'curl/8.7.1'),
		('crawler', 10, 'Go-http-client/1.1')
), numbered AS (
	SELECT kind, user_agent, share, sum(share) OVER (PARTITION BY kind ORDER BY share DESC, user_agent) AS below
	FROM known
)
SELECT kind, user_agent, (below - share) / 100.0::float8 AS since, below / 100.0::float8 AS below
FROM numbered;

-- ---------------------------------------------------------------------------
-- What happens
-- ---------------------------------------------------------------------------

-- Messages: the waves, and three to each new subscriber.
CREATE TEMP TABLE plan_send AS
SELECT w.wave_no * 100000::bigint + p.person_no AS send_no, 1 AS round, w.campaign_no, p.person_no, w.sent_at
FROM plan_wave w
	JOIN plan_campaign c USING (campaign_no)
	JOIN plan_person p ON CASE c.channel WHEN 'email' THEN p.email ELSE p.sms END
		AND (c.audience = 'all subscribers' OR p.dormant)
		AND (p.joined_at IS NULL OR p.joined_at < w.sent_at)
UNION ALL
SELECT (50 + after_days) * 100000::bigint + p.person_no, 1, 1, p.person_no, p.joined_at + after_days * interval '1 day' + interval '1 minute'
FROM plan_person p, unnest(ARRAY[0, 2, 7]) AS after_days
WHERE p.joined_at IS NOT NULL AND p.email;

-- What becomes of a message: an email arrives at once; an SMS takes seconds, if it arrives at all.
CREATE TEMP VIEW message AS
SELECT s.*, c.channel, f.variant, t.effects[1 + f.variant] AS effect, f.holdout, f.failure,
	CASE WHEN c.channel = 'email' THEN s.sent_at
		WHEN NOT f.holdout AND f.failure IS NULL THEN s.sent_at + pg_temp.reaction('3 s', s.send_no, 15) END AS delivered_at
FROM plan_send s
	JOIN plan_campaign c USING (campaign_no)
	LEFT JOIN plan_test t USING (campaign_no)
	CROSS JOIN LATERAL (
		SELECT floor(pg_temp.chance(s.send_no, 46) * cardinality(t.effects))::int AS variant,
			coalesce(pg_temp.chance(s.send_no, 12) < t.holdout_share, false) AS holdout,
			CASE WHEN c.channel = 'email' THEN NULL
				WHEN pg_temp.chance(s.person_no, 13) < 0.012 THEN 'number not in service'
				WHEN pg_temp.chance(s.send_no, 14) < 0.013 THEN 'handset switched off'
				WHEN pg_temp.chance(s.send_no, 14) < 0.018 THEN 'blocked by the carrier' END AS failure) AS f;

-- Few want no more SMS: more of those who got others lately, fewer of those who like to click.
CREATE TEMP TABLE plan_opt_out AS
SELECT DISTINCT ON (person_no) send_no, person_no, delivered_at + pg_temp.reaction('1 h', send_no, 16) AS opted_out_at
FROM (
	SELECT *, count(delivered_at) OVER (PARTITION BY person_no ORDER BY sent_at RANGE BETWEEN '30 days' PRECEDING AND CURRENT ROW) AS lately
	FROM message
	WHERE channel = 'sms'
) AS m
WHERE delivered_at IS NOT NULL AND pg_temp.chance(send_no, 17) < 0.003 * lately * lately * (0.4 + pg_temp.chance(send_no, 10))
ORDER BY person_no, opted_out_at;
DELETE FROM plan_send s USING plan_opt_out o, plan_campaign c
WHERE o.person_no = s.person_no AND s.sent_at > o.opted_out_at AND c.campaign_no = s.campaign_no AND c.channel = 'sms';

-- A million messages: the planner should know.
ANALYZE plan_campaign, plan_test, plan_person, plan_send;

CREATE TEMP TABLE plan_click (
	click_no bigint, send_no bigint, campaign_no int, person_no int, clicked_at timestamptz, left_a_cart boolean
);

-- Who clicks on what was sent, and when: soon, but seldom at night.
PREPARE click_sends(int) AS
INSERT INTO plan_click
SELECT s.send_no * 4, s.send_no, s.campaign_no, s.person_no, first_try.clicked_at,
	s.round = 1 AND p.email AND pg_temp.chance(s.send_no, 20) < 0.05
FROM message s
	JOIN plan_campaign c USING (campaign_no)
	JOIN plan_person p USING (person_no)
	CROSS JOIN LATERAL (
		SELECT at AS clicked_at
		FROM generate_series(1, 6) AS try, LATERAL (SELECT s.delivered_at + pg_temp.reaction(c.pace, s.send_no, 20 + try)) AS t(at)
		WHERE try = 6 OR pg_temp.chance(s.send_no, 30 + try) < (ARRAY[0.20, 0.10, 0.05, 0.04, 0.08, 0.25, 0.55, 0.70, 0.75,
			0.75, 0.80, 0.95, 0.90, 0.75, 0.75, 0.80, 0.90, 1.00, 1.00, 0.95, 0.85, 0.65, 0.45, 0.30])[1 + extract(hour FROM at)::int]
		ORDER BY try
		LIMIT 1) AS first_try
WHERE s.round = $1 AND s.delivered_at IS NOT NULL
	AND pg_temp.chance(s.send_no, 10) < least(c.click_rate * coalesce(s.effect, 1) * p.activity, 0.9);
EXECUTE click_sends(1);

-- Some leave a cart and are reminded; some ask to be told when their size is back.
INSERT INTO plan_send
SELECT k.send_no + 100000000, 2, 13, k.person_no, k.clicked_at + interval '4 h'
FROM plan_click k
WHERE k.left_a_cart
UNION ALL
SELECT k.send_no + 200000000, 2, 14, k.person_no, a.sent_at
FROM plan_click k
	JOIN plan_person p USING (person_no)
	CROSS JOIN LATERAL (SELECT date_trunc('day', k.clicked_at) + interval '10 h'
		+ (3 + floor(14 * pg_temp.chance(k.send_no, 40))) * interval '1 day') AS a(sent_at)
WHERE p.sms AND pg_temp.chance(k.send_no, 41) < 0.05
	AND NOT EXISTS (SELECT FROM plan_opt_out o WHERE o.person_no = k.person_no AND o.opted_out_at < a.sent_at);
DELETE FROM plan_send WHERE sent_at >= '2026-04-01';
EXECUTE click_sends(2);
DEALLOCATE click_sends;

-- Some come back to the same message once or twice.
INSERT INTO plan_click
SELECT k.click_no + again, k.send_no, k.campaign_no, k.person_no,
	k.clicked_at + interval '90 s' + pg_temp.reaction('3 h', k.click_no, 50 + again), false
FROM plan_click k, generate_series(1, 2) AS again
WHERE pg_temp.chance(k.click_no, 52) < 0.16 / (again * again);
DELETE FROM plan_click WHERE clicked_at >= '2026-04-01';

-- Orders follow clicks: the more clicks in the last 30 days, the likelier; one a day at most.
CREATE TEMP TABLE plan_order AS
WITH nudged AS (
	SELECT *, count(*) OVER (PARTITION BY person_no ORDER BY clicked_at
		RANGE BETWEEN '30 days' PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW) AS earlier
	FROM plan_click
), bought AS (
	SELECT k.click_no AS order_no, p.visitor_id, c.basket,
		k.clicked_at + interval '3 min' + CASE WHEN pg_temp.chance(k.click_no, 60) < 0.7
			THEN pg_temp.reaction('30 min', k.click_no, 61) ELSE pg_temp.reaction('3 days', k.click_no, 61) END AS converted_at
	FROM nudged k
		JOIN plan_campaign c USING (campaign_no)
		JOIN plan_person p USING (person_no)
	WHERE NOT k.left_a_cart
		AND pg_temp.chance(k.click_no, 62) < c.order_rate * p.loyalty * (1 + 0.5 * least(k.earlier, 5))
), all_orders AS (
	SELECT DISTINCT ON (visitor_id, converted_at::date) * FROM bought
	ORDER BY visitor_id, converted_at::date, converted_at, order_no
), with_others AS (
	SELECT * FROM all_orders
	UNION ALL
	-- by regulars who never clicked, and by guests whom nobody knows
	SELECT -n, CASE WHEN pg_temp.chance(n, 63) < 0.6 THEN 3000000 + n END, 57,
		timestamptz '2026-01-01' + 90 * pg_temp.chance(n, 64) * interval '1 day'
	FROM generate_series(1, 700) AS n
	UNION ALL
	-- by subscribers who came by themselves
	SELECT -1000 - n, p.visitor_id, 60, timestamptz '2026-01-01' + 90 * pg_temp.chance(n, 66) * interval '1 day'
	FROM generate_series(1, 800) AS n JOIN plan_person p ON p.person_no = 1 + floor(80000 * pg_temp.chance(n, 65))::int
)
SELECT 'A' || 100000 + row_number() OVER (ORDER BY converted_at, order_no) AS order_id, order_no, visitor_id, converted_at,
	-- a price tag near the campaign's basket
	floor(basket * exp(0.9 * (pg_temp.chance(order_no, 67) + pg_temp.chance(order_no, 68) + pg_temp.chance(order_no, 69)
		- 1.5)))::numeric + (ARRAY[0.00, 0.50, 0.90, 0.95, 0.99])[1 + floor(5 * pg_temp.chance(order_no, 70))::int] AS revenue
FROM with_others
WHERE converted_at < '2026-04-01';

-- One order in twenty-five comes back, one of three in part.
CREATE TEMP TABLE plan_conversion AS
SELECT order_id, visitor_id, converted_at, revenue, 'purchase' AS kind
FROM plan_order
UNION ALL
SELECT order_id || '-R', visitor_id, refunded_at, -CASE WHEN pg_temp.chance(order_no, 71) < 0.33 THEN round(revenue / 2, 2) ELSE revenue END, 'refund'
FROM plan_order, LATERAL (SELECT converted_at + (3 + 14 * pg_temp.chance(order_no, 72)) * interval '1 day') AS r(refunded_at)
WHERE pg_temp.chance(order_no, 73) < 0.04 AND refunded_at < '2026-04-01';

-- ---------------------------------------------------------------------------
-- Recorded through the functions a service calls
-- ---------------------------------------------------------------------------

SELECT create_click_partitions('2026-01-01', '2026-03-01') \g /dev/null

SELECT create_campaign(name, channel, audience, starts_at, ends_at, holdout_share => holdout_share)
FROM (SELECT * FROM plan_campaign LEFT JOIN plan_test USING (campaign_no) ORDER BY campaign_no) AS p \g /dev/null

-- The SMS, wave by wave, and what their provider tells. (The emails would be a million more.)
CREATE TEMP TABLE plan_message AS
SELECT m.send_no, m.send_no / 100000 AS wave_no, 'sms-' || m.send_no AS message_key, c.name AS campaign, p.visitor_id AS recipient_id, m.sent_at,
	m.variant, m.holdout, m.delivered_at, m.failure
FROM message m
	JOIN plan_campaign c USING (campaign_no)
	JOIN plan_person p USING (person_no)
WHERE m.channel = 'sms';

SELECT record_sends(message_key, campaign, recipient_id, sent_at, variant => variant, holdout => holdout)
FROM (
	SELECT campaign, array_agg(message_key) AS message_key, array_agg(recipient_id) AS recipient_id, array_agg(sent_at) AS sent_at,
		array_agg(variant) AS variant, array_agg(holdout) AS holdout
	FROM (SELECT * FROM plan_message ORDER BY send_no) AS m
	GROUP BY campaign, wave_no
	ORDER BY wave_no
) AS wave \g /dev/null
SELECT record_deliveries(message_key, told_at, failure)
FROM (
	SELECT array_agg(message_key) AS message_key, array_agg(coalesce(delivered_at, sent_at + interval '2 min')) AS told_at,
		array_agg(failure) AS failure
	FROM plan_message
	WHERE NOT holdout
	GROUP BY wave_no
	ORDER BY wave_no
) AS wave \g /dev/null
SELECT record_opt_outs(array_agg('stop-' || send_no), array_agg(visitor_id), array_agg(opted_out_at), array_agg('sms'::text),
	reason => array_agg('STOP'::text))
FROM (SELECT * FROM plan_opt_out JOIN plan_person USING (person_no) WHERE opted_out_at < '2026-04-01' ORDER BY opted_out_at) AS o \g /dev/null

CREATE TEMP TABLE plan_code AS
SELECT p.link_no, p.campaign_no, p.since, p.below, made.code
FROM (SELECT * FROM plan_link JOIN plan_campaign USING (campaign_no) ORDER BY link_no) AS p,
	LATERAL create_link('https://shop.example' || p.path, p.name) AS made;

ANALYZE plan_click, plan_message, plan_code, plan_agent;

-- Every visit that will be: people's, and those of three kinds of programs.
CREATE TEMP TABLE plan_visit AS
WITH visit AS (
	SELECT k.click_no AS visit_no, k.send_no, k.campaign_no, k.person_no, k.clicked_at,
		CASE WHEN c.channel = 'sms' OR pg_temp.chance(k.click_no, 80) < 0.12 THEN 'phone' ELSE p.screen END AS kind,
		-- mostly the device they always use
		CASE WHEN pg_temp.chance(k.click_no, 81) < 0.93 THEN pg_temp.chance(k.person_no, 82) ELSE pg_temp.chance(k.click_no, 82) END AS which_agent,
		-- who comes back mostly comes back for the same
		CASE WHEN pg_temp.chance(k.click_no, 83) < 0.6 THEN pg_temp.chance(k.send_no, 84) ELSE pg_temp.chance(k.click_no, 84) END AS which_link
	FROM plan_click k
		JOIN plan_campaign c USING (campaign_no)
		JOIN plan_person p USING (person_no)
	UNION ALL
	SELECT -s.send_no * 4 - l.link_no % 4, s.send_no, s.campaign_no, s.person_no, s.sent_at + (2 + 30 * pg_temp.chance(s.send_no * 4 + l.link_no % 4, 85)) * interval '1 s',
		'scanner', pg_temp.chance(s.person_no, 86), (l.since + l.below) / 2
	FROM plan_send s
		JOIN plan_campaign c USING (campaign_no)
		JOIN plan_person p USING (person_no)
		JOIN plan_code l USING (campaign_no)
	WHERE p.scanned AND c.channel = 'email'
	UNION ALL
	SELECT -s.send_no * 4, s.send_no, s.campaign_no, s.person_no, s.delivered_at + (1 + 8 * pg_temp.chance(s.send_no, 87)) * interval '1 s',
		'preview', pg_temp.chance(s.person_no, 88), pg_temp.chance(s.send_no, 84)
	FROM message s
	WHERE s.channel = 'sms' AND s.delivered_at IS NOT NULL AND pg_temp.chance(s.send_no, 89) < 0.025
	UNION ALL
	SELECT -n, NULL, 1 + n % 14, NULL, timestamptz '2026-01-02' + 88 * pg_temp.chance(n, 90) * interval '1 day',
		'crawler', pg_temp.chance(n, 91), pg_temp.chance(n, 92)
	FROM generate_series(1, 900) AS n
)
SELECT v.visit_no, v.clicked_at, a.user_agent, p.country, m.variant,
	-- some forward the message: the link then does not say who clicks
	CASE WHEN pg_temp.chance(v.visit_no, 93) >= 0.02 THEN p.visitor_id END AS visitor_id,
	-- some codes lose their end on the way
	CASE WHEN pg_temp.chance(v.visit_no, 94) < 0.005 THEN left(l.code, -1) ELSE l.code END AS code
FROM visit v
	JOIN plan_code l ON l.campaign_no = v.campaign_no AND v.which_link >= l.since AND v.which_link < l.below
	JOIN plan_agent a ON a.kind = v.kind AND v.which_agent >= a.since AND v.which_agent < a.below
	LEFT JOIN plan_person p USING (person_no)
	LEFT JOIN plan_message m USING (send_no)
WHERE v.clicked_at < '2026-04-01';

-- Each visit in its turn, as the redirect service would.
SELECT clock_timestamp() AS started_at \gset
CREATE TEMP TABLE answer AS
SELECT v.status
FROM (SELECT * FROM plan_visit ORDER BY clicked_at, visit_no) AS p,
	LATERAL visit(p.code, visitor_id => p.visitor_id, user_agent => p.user_agent, country => p.country, variant => p.variant,
		clicked_at => p.clicked_at) AS v;
SELECT count(*) AS visits, round(extract(epoch FROM seconds)::numeric, 1) AS seconds,
	round((extract(epoch FROM seconds) * 1e6 / count(*))::numeric) AS microseconds
FROM answer, (SELECT clock_timestamp() - :'started_at') AS took(seconds)
GROUP BY seconds \gset
\warn clicktrack: :visits calls of visit() in :seconds s, :microseconds microseconds each

-- The orders in arrays, a thousand at a time, as a nightly job would.
SELECT record_conversions(order_id, visitor_id, converted_at, revenue, currency, kind)
FROM (
	SELECT array_agg(order_id ORDER BY n) AS order_id, array_agg(visitor_id::bigint ORDER BY n) AS visitor_id,
		array_agg(converted_at ORDER BY n) AS converted_at, array_agg(revenue ORDER BY n) AS revenue,
		array_agg('EUR'::text ORDER BY n) AS currency, array_agg(kind ORDER BY n) AS kind
	FROM (SELECT *, row_number() OVER (ORDER BY converted_at, order_id) AS n FROM plan_conversion) AS c
	GROUP BY (n - 1) / 1000
	ORDER BY (n - 1) / 1000
) AS batch \g /dev/null

VACUUM ANALYZE click, conversion, link, campaign, recipient, send, opt_out;
