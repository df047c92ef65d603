--
-- Campaigns and the taxonomy that they are named by
--
SET search_path = clicktrack, public;
SET timezone = 'UTC';
SET datestyle = 'ISO';
\set SHOW_CONTEXT never
TRUNCATE campaign, taxonomy RESTART IDENTITY;

-- ---- everything that a campaign has ----

SELECT create_campaign('spring', 'email', 'regulars', '2026-03-01', '2026-04-01', 'win-back', 'tulips', '10 %',
	'newsletter', 'email', 'spring-2026', 'flowers', 'header');
SELECT stage, audience, creative, offer, utm_source, utm_medium, utm_campaign, utm_term, utm_content FROM campaign;
-- the same again is the same, anything else under the same name is not
SELECT create_campaign('spring', 'email', 'regulars', '2026-03-01', '2026-04-01', 'win-back', 'tulips', '10 %',
	'newsletter', 'email', 'spring-2026', 'flowers', 'header');
\set VERBOSITY terse
SELECT create_campaign('spring', 'email', 'regulars', '2026-03-01', '2026-04-01', 'win-back', 'tulips', '10 %',
	'newsletter', 'email', 'spring-2026', 'flowers', 'footer');
SELECT create_campaign('spring', 'email', 'regulars', '2026-03-01', '2026-04-01', 'win-back', 'tulips', '10 %',
	'newsletter', 'email', 'spring-2026', 'flowers');
\set VERBOSITY default

-- ---- rules ----

SELECT create_campaign('Old One', 'sms', utm_source => 'FaceBook');
SELECT * FROM set_taxonomy('utm_source', '{newsletter,facebook,google}', hint => 'The list is in the wiki, page UTM.');
SELECT * FROM set_taxonomy('utm_medium', '{email,sms,push}');
SELECT * FROM set_taxonomy('name', pattern => '[a-z0-9-]+');
SELECT * FROM set_taxonomy('audience', required => true);
-- they hold from now on
SELECT create_campaign('may', audience => 'all', utm_source => 'bing');
SELECT create_campaign('may', audience => 'all', utm_medium => 'e-mail');
SELECT create_campaign('May Day', audience => 'all');
SELECT create_campaign('may-day');
SELECT create_campaign('may-day', audience => '');
SELECT create_campaign('may-day', audience => 'all', utm_source => 'google', utm_medium => 'push');
-- a value that no rule demands may be absent
SELECT create_campaign('june', audience => 'all');
-- what was there before stays, is the same when asked for again, and is shown
SELECT create_campaign('Old One', 'sms', utm_source => 'FaceBook');
SELECT * FROM naming_violations ORDER BY campaign_id, dimension;
-- another rule takes the place of the first
SELECT * FROM set_taxonomy('utm_source', pattern => '(?i)newsletter|face(book)?|google');
SELECT * FROM naming_violations ORDER BY campaign_id, dimension;
-- the pattern matches the whole value, whatever it is made of
SELECT create_campaign('july', audience => 'all', utm_source => 'FACE');
SELECT create_campaign('august', audience => 'all', utm_source => 'facebooks');
SELECT create_campaign('august', audience => 'all', utm_source => E'face\nbook');
-- words and a pattern in one
SELECT * FROM set_taxonomy('utm_term', '{a1,b2,c}', '[a-z][0-9]');
SELECT create_campaign('august', audience => 'all', utm_term => 'c');
SELECT create_campaign('august', audience => 'all', utm_term => 'd4');
SELECT create_campaign('august', audience => 'all', utm_term => 'b2');
SELECT drop_taxonomy('utm_term'), drop_taxonomy('utm_term'), drop_taxonomy('nothing'), drop_taxonomy(NULL);
SELECT create_campaign('september', audience => 'all', utm_term => 'anything');

-- ---- what is no rule ----

SELECT set_taxonomy('colour', '{red}');
SELECT set_taxonomy(NULL, '{red}');
SELECT set_taxonomy('campaign_id', '{1}');
SELECT set_taxonomy('stage');
SELECT set_taxonomy('stage', required => NULL);
SELECT set_taxonomy('stage', '{}');
SELECT set_taxonomy('stage', '{a,NULL}');
SELECT set_taxonomy('stage', '{a,""}');
SELECT set_taxonomy('stage', pattern => 'a(b');
SELECT set_taxonomy('stage', pattern => 'a)|(b');
SELECT set_taxonomy('stage', pattern => '*a');
SELECT set_taxonomy('stage', pattern => '***=a');
SELECT dimension FROM taxonomy ORDER BY dimension;

-- ---- who is held out ----

SELECT drop_taxonomy('audience');
SELECT create_campaign('held', holdout_share => 0.1);
SELECT create_campaign('held', holdout_share => 0.1);
SELECT holdout_share FROM campaign WHERE name = 'held';
\set VERBOSITY terse
SELECT create_campaign('held');
SELECT create_campaign('held', holdout_share => 0.2);
\set VERBOSITY default
-- a share of none or all is none
SELECT create_campaign('august', holdout_share => 0);
SELECT create_campaign('august', holdout_share => 1);
SELECT create_campaign('august', holdout_share => 'NaN');

TRUNCATE campaign, taxonomy RESTART IDENTITY;
