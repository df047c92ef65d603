--
-- The store: recipients, messages, opt-outs, what came after the click, and who may do what
--
SET search_path = clicktrack, public;
SET timezone = 'UTC';
SET datestyle = 'ISO';
\set SHOW_CONTEXT never
TRUNCATE campaign, link, recipient, visitor_alias, send, opt_out, conversion, engagement RESTART IDENTITY;
SELECT create_campaign('spring', 'sms') AS spring \gset
INSERT INTO link (campaign_id, code, url, channel) VALUES (:spring, 'abc', 'https://shop.example/', 'sms');

-- ---- recipients ----

SELECT * FROM record_recipients('{anna,ben,anna}', '{anna@example.com,+4915112345,NULL}', '{regulars,new,NULL}', '{full,NULL,NULL}');
-- NULL leaves a value as it is, and of a key given twice the last value counts
SELECT * FROM record_recipients('{ben,cleo,ben}', audience => '{regulars,new,lapsed}');
SELECT * FROM record_recipients('{anna}', '{anna@example.org}');
SELECT * FROM record_recipients('{}');
SELECT recipient_key, address, audience, consent FROM recipient ORDER BY recipient_id;
SELECT * FROM record_recipients(NULL);
SELECT * FROM record_recipients('{dora,emil}', '{dora@example.com}');
\set VERBOSITY sqlstate
SELECT * FROM record_recipients('{dora,NULL}');
SELECT * FROM record_recipients('{dora,""}');
SELECT * FROM record_recipients('{dora,emil}', consent => '{full,some}');
\set VERBOSITY default
SELECT count(*) FROM recipient;

-- ---- sends ----

SELECT recipient_id AS cleo FROM record_recipients('{cleo}') \gset
SELECT record_sends('{m-1,m-2}', 'spring', ARRAY(SELECT recipient_id FROM record_recipients('{anna,ben}')), '{2026-03-01 09:00,2026-03-01 09:01}', variant => '{0,1}');
-- a message that is there already changes nothing, nor does the same one twice at once
SELECT record_sends('{m-2,m-3,m-3}', :spring, ARRAY[1, 2, 1], '{2026-03-02,2026-03-02,2026-03-03}', '{email,push,email}');
-- held out of the campaign
SELECT record_sends('{m-4}', 'spring', ARRAY[:cleo], '{2026-03-01 09:00}', holdout => '{t}');
SELECT record_sends('{}', 'spring', '{}', '{}');
SELECT message_key, campaign_id, recipient_key, channel, variant, holdout, sent_at FROM send JOIN recipient USING (recipient_id) ORDER BY message_key;
SELECT record_sends('{m-5,m-6}', 'spring', '{1}', '{2026-03-01,2026-03-01}');
SELECT record_sends('{m-5,m-6,m-7}', 'spring', '{1,99,NULL}', '{2026-03-01,2026-03-01,2026-03-01}');
SELECT record_sends('{m-5}', 'autumn', '{1}', '{2026-03-01}');
SELECT record_sends('{m-5}', 99, '{1}', '{2026-03-01}');
SELECT record_sends('{m-5}', NULL::text, '{1}', '{2026-03-01}');
SELECT record_sends('{m-5,m-6}', 'spring', '{1,2}', '{2026-03-01,infinity}');
SELECT record_sends('{m-5,m-6}', 'spring', '{1,2}', '{NULL,2026-03-01}');
SELECT record_sends('{m-5}', 'spring', '{1}', '{2026-03-01}', '{pigeon}');
\set VERBOSITY sqlstate
SELECT record_sends('{m-5}', 'spring', '{1}', '{2026-03-01}', variant => '{256}');
\set VERBOSITY default

-- ---- deliveries ----

-- m-1 was reported twice, m-2 came back
SELECT record_deliveries('{m-1,m-2,m-1}', '{2026-03-01 09:00:05,2026-03-01 09:02,2026-03-01 09:00:03}', '{NULL,unknown number,NULL}');
SELECT record_deliveries('{m-1,m-2}', '{2026-03-01 09:00:09,2026-03-01 09:03}', '{NULL,unknown number}');
-- the provider's clock is some minutes behind ours
SELECT record_deliveries('{m-3}', '{2026-03-01 23:55}');
SELECT message_key, sent_at, delivered_at, failed_at, failure FROM send ORDER BY message_key;
SELECT record_deliveries('{m-3,nothing,m-1,neither}', '{2026-03-02,2026-03-02,2026-03-02,2026-03-02}');
-- in a time zone an hour away
SELECT record_deliveries('{m-1}', '{2026-03-01 08:00:03}');
SELECT record_deliveries('{m-4}', '{2026-03-01 09:00:03}');
SELECT record_deliveries('{m-3}', '{-infinity}');
SELECT record_deliveries('{m-3}', '{2026-03-02}', '{x,y}');
SELECT record_deliveries(NULL, NULL);

-- ---- visitors who are known by now ----

INSERT INTO visitor_alias (visitor_id, known_id) VALUES (-71, 1);
SELECT record_opt_outs('{out-1,out-2,out-1}', '{-71,2,2}', '{2026-03-03,2026-03-04,2026-03-05}', '{sms,email,sms}', '{1,NULL,NULL}', '{too often,NULL,NULL}');
SELECT record_opt_outs('{out-2,out-3}', '{1,NULL}', '{2026-03-06,2026-03-06}', '{sms,push}');
SELECT opt_out_key, visitor_id, campaign_id, channel, opted_out_at, reason FROM opt_out ORDER BY opt_out_key;
SELECT record_opt_outs('{out-4}', '{1}', '{2026-03-03}', '{sms}', '{99}');
SELECT record_opt_outs('{out-4}', '{1}', '{2026-03-03}', NULL);

SELECT record_conversions('{o-1,o-2}', '{-71,-72}', '{2026-03-03,2026-03-04}', '{10,20}', '{EUR,EUR}');
SELECT order_id, visitor_id, revenue FROM conversion ORDER BY order_id;

-- ---- orders that are revised ----

SELECT revise_conversions('{o-1,o-2}', '{12.50,20}');
-- the same again changes nothing; of an order given twice the last value counts
SELECT revise_conversions('{o-1}', '{12.50}');
SELECT revise_conversions('{o-2,o-2}', '{18,NULL}', '{NULL,USD}');
SELECT order_id, revenue, currency, revised_at = now() AS revised FROM conversion ORDER BY order_id;
SELECT revise_conversions('{o-1,o-8,o-9}', '{1,2,3}');
SELECT revise_conversions('{o-1}', '{NaN}');
SELECT revise_conversions('{o-1}', '{NULL}', '{euro}');
SELECT revise_conversions('{o-1,o-2}', '{1}');

-- ---- after the click ----

SELECT record_engagement('{s-1,s-2,s-1}', '{-71,NULL,5}', '{1,1,NULL}', '{2026-03-01 10:00,2026-03-01 10:01,2026-03-01 10:02}', '{1,1,3}', '{0,4.5,0}');
-- raised, not lowered
SELECT record_engagement('{s-1,s-2}', '{NULL,NULL}', '{NULL,NULL}', '{2026-03-02,2026-03-02}', '{2,2}', '{60,4}');
SELECT record_engagement('{s-1,s-2}', '{NULL,NULL}', '{NULL,NULL}', '{2026-03-02,2026-03-02}', '{3,1}', '{0,4.5}');
SELECT session_key, visitor_id, link_id, started_at, pages, seconds, bounced FROM engagement ORDER BY session_key;
SELECT record_engagement('{s-3}', '{1}', '{99}', '{2026-03-01}', '{1}', '{0}');
SELECT record_engagement('{s-3}', '{1}', '{1}', '{2026-03-01}', '{1}', NULL);
\set VERBOSITY sqlstate
SELECT record_engagement('{s-3}', '{1}', '{1}', '{2026-03-01}', '{-1}', '{0}');
SELECT record_engagement('{s-3}', '{1}', '{1}', '{2026-03-01}', '{NULL}', '{0}');
\set VERBOSITY default

-- ---- who may do what ----

CREATE ROLE messages_analyst;
CREATE ROLE messages_service;
SELECT grant_access('messages_analyst', 'analyst');
SELECT grant_access('messages_service', 'service');
SET ROLE messages_service;
SELECT record_sends('{m-9}', 'spring', '{1}', '{2026-03-01}');
SELECT count(*) FROM send;
SET ROLE messages_analyst;
SELECT recipient_id, audience, count(send_id) AS sends FROM recipient JOIN send USING (recipient_id) GROUP BY 1, 2 ORDER BY 1;
SELECT recipient_id, address FROM recipient;
SELECT record_sends('{m-9}', 'spring', '{1}', '{2026-03-01}');
SELECT privilege FROM access_rules WHERE access = 'analyst' AND object = 'TABLE clicktrack.recipient';
RESET ROLE;
SELECT grant_access('messages_analyst', 'reader');
SELECT grant_access('messages_nobody', 'analyst');
SELECT grant_access(NULL, 'analyst');
SELECT revoke_access('messages_nobody');
SELECT revoke_access('messages_analyst');
SELECT revoke_access('messages_service');
SET ROLE messages_analyst;
SELECT count(*) FROM send;
RESET ROLE;
DROP ROLE messages_analyst, messages_service;

TRUNCATE campaign, link, recipient, visitor_alias, send, opt_out, conversion, engagement RESTART IDENTITY;
