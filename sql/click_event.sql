SET search_path = clicktrack, public;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';

-- the SQLSTATE and message of a statement's error
CREATE FUNCTION pg_temp.error_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END
$$;

-- whether a plan has a node of a kind
CREATE FUNCTION pg_temp.plan_has(node text, statement text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || statement LOOP
		IF line LIKE '%' || node || '%' THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END
$$;

-- constructor: everything, by position and by name, and the least there can be
SELECT click_event('2026-03-01 09:30+00', 42, 7, 'sms', 'de', 'phone', 'ios', 'safari', 3, 'web', 9, '{prefetch,burst}', true);
SELECT click_event('2026-03-01 09:30+00', 42, known => true, variant => 0, country => 'At');
SELECT click_event('2026-03-01 09:30+00', 42);
SELECT click_event('2026-03-01 09:30+00', 42, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
SELECT click_event(NULL, 42) IS NULL AS no_time, click_event('epoch', NULL) IS NULL AS no_link;
SELECT pg_column_size(click_event('epoch', 1)) AS bytes;
-- a reason that stands twice is one reason; none is none
SELECT click_event('epoch', 1, bot_reasons => '{manual,manual}'), click_event('epoch', 1, bot_reasons => '{}');
SELECT bot_reasons(click_event('epoch', 1, bot_reasons => '{manual,negative_delay,network,honeypot,burst,too_fast,prefetch,user_agent}'));

-- accessors: every field, and absent fields
SELECT clicked_at(e), link_id(e), visitor_id(e), channel(e), country(e), device(e), os(e), browser(e), variant(e),
	destination(e), referrer_id(e), bot_reasons(e), known(e), is_bot(e)
FROM (VALUES
	(click_event('2026-03-01 09:30+00', 42, 7, 'sms', 'de', 'phone', 'ios', 'safari', 3, 'web', 9, '{prefetch,burst}', true)),
	(click_event('2026-03-01 09:30+00', 42, 0, variant => 0)),
	(click_event('2026-03-01 09:30+00', 42)),
	(NULL)
) AS v(e);

-- every word of every field comes back, and so does every country
SELECT 'channel' AS field, string_agg(channel(click_event('epoch', 1, channel => w)), ' ') FROM unnest('{sms,email,push,in_app,web,qr,other}'::text[]) AS w
UNION ALL SELECT 'device', string_agg(device(click_event('epoch', 1, device => w)), ' ') FROM unnest('{phone,tablet,desktop,tv,wearable,console,other}'::text[]) AS w
UNION ALL SELECT 'os', string_agg(os(click_event('epoch', 1, os => w)), ' ') FROM unnest('{ios,android,windows,macos,linux,chromeos,harmonyos,kaios,tizen,webos,other}'::text[]) AS w
UNION ALL SELECT 'browser', string_agg(browser(click_event('epoch', 1, browser => w)), ' ') FROM unnest('{chrome,safari,firefox,edge,samsung,opera,ie,webview,facebook,instagram,tiktok,pinterest,snapchat,linkedin,line,wechat,duckduckgo,uc,yandex,vivaldi,silk,huawei,miui,google_app,apple_mail,outlook,thunderbird,other}'::text[]) AS w
UNION ALL SELECT 'destination', string_agg(destination(click_event('epoch', 1, destination => w)), ' ') FROM unnest('{web,app}'::text[]) AS w;
SELECT count(*) AS countries, bool_and(country(click_event('epoch', 1, country => c)) = c) AS same
FROM (SELECT chr(65 + i / 26) || chr(65 + i % 26) AS c FROM generate_series(0, 675) AS i) AS s;
-- copies with other bot reasons: cleared, then set; the rest stays
SELECT with_bot_reasons(e, '{manual,burst}'), with_bot_reasons(e, '{}', '{prefetch,network}'), with_bot_reasons(e, '{burst}', '{burst,prefetch}'), with_bot_reasons(e, '{}')
FROM (VALUES (click_event('2026-03-01 09:30+00', 42, 7, 'sms', 'de', 'phone', 'ios', 'safari', 3, 'web', 9, '{prefetch,burst}', true))) AS v(e);
SELECT with_bot_reasons_if(e, burst => false, manual => true, prefetch => NULL), with_bot_reasons_if(e)
FROM (VALUES (click_event('2026-03-01 09:30+00', 42, 7, 'sms', 'de', 'phone', 'ios', 'safari', 3, 'web', 9, '{prefetch,burst}', true))) AS v(e);
-- each boolean is its own reason's
SELECT bot_reasons(with_bot_reasons_if(e, user_agent => true)) || bot_reasons(with_bot_reasons_if(e, prefetch => true))
	|| bot_reasons(with_bot_reasons_if(e, too_fast => true)) || bot_reasons(with_bot_reasons_if(e, burst => true))
	|| bot_reasons(with_bot_reasons_if(e, honeypot => true)) || bot_reasons(with_bot_reasons_if(e, network => true))
	|| bot_reasons(with_bot_reasons_if(e, negative_delay => true)) || bot_reasons(with_bot_reasons_if(e, manual => true)) AS reasons
FROM (VALUES (click_event('epoch', 1))) AS v(e);
SELECT with_bot_reasons(NULL, '{}'), with_bot_reasons(e, NULL), with_bot_reasons(e, '{}', NULL), with_bot_reasons_if(NULL, true)
FROM (VALUES (click_event('epoch', 1))) AS v(e);
SELECT arguments, pg_temp.error_of(format('SELECT clicktrack.with_bot_reasons(clicktrack.click_event(''epoch'', 1), %s)', arguments)) AS error
FROM unnest(ARRAY['''{x}''', '''{NULL}''', '''{""}''', '''{}'', ''{x}''', '''{}'', ''{manual,NULL}''', '''{{manual},{burst}}''']) AS arguments;
-- copies as another visitor's
SELECT with_visitor(e, 8), with_visitor(e, -8, false), with_visitor(e, 0, NULL), with_visitor(e, NULL), with_visitor(e, NULL, true), with_visitor(NULL, 8)
FROM (VALUES (click_event('2026-03-01 09:30+00', 42, 7, 'sms', variant => 0, bot_reasons => '{manual}', known => true))) AS v(e);
SELECT with_visitor(click_event('epoch', 1, 7, known => true), NULL) = click_event('epoch', 1) AS unknown_again;
-- codes are on disk for ever: binary must not change
SELECT click_event_send(click_event('2026-03-01 09:30+00', 42, 7, 'sms', 'de', 'phone', 'ios', 'safari', 3, 'web', 9, '{prefetch,burst}', true));
SELECT click_event_send(click_event('2000-01-01 00:00:00.000001+00', -1, -1, 'qr', 'ZZ', 'console', 'webos', 'thunderbird', 255, 'app', 65535, '{manual}'));

-- text: one form out, whatever the DateStyle; the session's time zone
SET datestyle = 'German';
SELECT '2026-03-01 09:30:00.123456+00 link_id=1'::click_event;
SET datestyle = 'SQL, MDY';
SET timezone = 'America/St_Johns';
SELECT '2026-03-01 09:30:00.123456+00 link_id=1'::click_event;
SELECT '2026-03-01 09:30 link_id=1'::click_event = '2026-03-01 13:00+00 link_id=1'::click_event AS session_zone;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
-- text in: any order, any space, any time that timestamptz takes
SELECT E' \t2026-03-01T09:30Z\n known=on  variant=007 link_id=+5 country=fr\t'::click_event;
SELECT 'infinity link_id=1'::click_event, '-infinity link_id=1'::click_event, 'epoch link_id=1'::click_event;
SELECT '0044-03-15 12:00:00+00 BC link_id=1'::click_event, '4713-01-01 00:00:00+00 BC link_id=1'::click_event, '294276-12-31 23:59:59.999999+00 link_id=1'::click_event;
SELECT 'epoch link_id=-9223372036854775808 visitor_id=9223372036854775807'::click_event;
SELECT 'epoch link_id=1 visitor_id=0'::click_event = 'epoch link_id=1'::click_event AS visitor_0_is_known;

-- bad text says what is wrong
SELECT text, pg_temp.error_of(format('SELECT %L::clicktrack.click_event', text)) AS error
FROM unnest(ARRAY['', ' ', 'epoch', 'link_id=1', 'epoch visitor_id=1', 'no-time link_id=1', '2026-02-30 link_id=1', '294277-01-01 link_id=1',
	'epoch link_id=1 link_id=1', 'epoch link_id=1 channel=sms channel=sms', 'epoch link_id=1 colour=red', 'epoch link_id=1 sms',
	'epoch link_id=', 'epoch link_id=x', 'epoch link_id=1.5', 'epoch link_id=9223372036854775808', 'epoch link_id=1 visitor_id=-9223372036854775809',
	'epoch link_id=1 channel=fax', 'epoch link_id=1 channel=SMS', 'epoch link_id=1 channel=', 'epoch link_id=1 device=toaster', 'epoch link_id=1 os=beos',
	'epoch link_id=1 browser=lynx', 'epoch link_id=1 destination=moon', 'epoch link_id=1 country=D', 'epoch link_id=1 country=DEU', 'epoch link_id=1 country=D1',
	'epoch link_id=1 country=', 'epoch link_id=1 country=ÄÖ', 'epoch link_id=1 variant=256', 'epoch link_id=1 variant=-1', 'epoch link_id=1 variant=9223372036854775807',
	'epoch link_id=1 referrer_id=0', 'epoch link_id=1 referrer_id=65536', 'epoch link_id=1 bot_reasons=', 'epoch link_id=1 bot_reasons=manual,',
	'epoch link_id=1 bot_reasons=manual,alien', 'epoch link_id=1 known=maybe', 'epoch link_id=1 =', 'epoch link_id=1 known', 'epoch link_id=1 a=b=c']) AS text;
-- the same of the constructor
SELECT arguments, pg_temp.error_of(format('SELECT clicktrack.click_event(''epoch'', 1, %s)', arguments)) AS error
FROM unnest(ARRAY['channel => ''''', 'channel => ''fax''', 'country => ''D''', 'country => ''DEU''', 'country => ''''', 'device => ''x''', 'os => ''x''', 'browser => ''x''',
	'variant => -1', 'variant => 256', 'destination => ''x''', 'referrer_id => 0', 'referrer_id => 65536', 'bot_reasons => ''{x}''',
	'bot_reasons => ''{NULL}''']) AS arguments;
-- errors come with hints
SELECT click_event('epoch', 1, channel => 'fax');
SELECT 'epoch link_id=1 colour=red'::click_event;

-- soft errors, where the server has them
DO $$
BEGIN
	IF current_setting('server_version_num')::integer >= 160000 THEN
		EXECUTE $test$
			SELECT 1 / (bool_and(NOT pg_input_is_valid(text, 'clicktrack.click_event'))
				AND pg_input_is_valid('epoch link_id=1 channel=sms', 'clicktrack.click_event'))::integer
			FROM unnest('{x,epoch,x link_id=1,epoch link_id=x,epoch link_id=1 channel=fax,epoch link_id=1 country=1,epoch link_id=1 variant=256,epoch link_id=1 referrer_id=0,epoch link_id=1 bot_reasons=x,epoch link_id=1 known=x,epoch link_id=1 x=1,epoch link_id=99999999999999999999}'::text[]) AS text
		$test$;
	END IF;
END
$$;

-- JSON
SELECT jsonb_pretty(click_event('2026-03-01 09:30+00', 42, 7, 'sms', 'de', 'phone', 'ios', 'safari', 3, 'web', 9, '{prefetch,burst}', true)::jsonb);
SELECT click_event('-infinity', -1)::json;
SELECT to_jsonb(r) FROM (SELECT 1 AS n, click_event('epoch', 2) AS event) AS r;

-- order: time, link, visitor (unknown last), attributes
CREATE TEMP TABLE ordered (n integer, event click_event);
INSERT INTO ordered VALUES
	(1, '-infinity link_id=5'), (2, '2026-01-01 link_id=-1'), (3, '2026-01-01 link_id=1 visitor_id=-5'),
	(4, '2026-01-01 link_id=1 visitor_id=5'), (5, '2026-01-01 link_id=1 visitor_id=5 known=true'),
	(6, '2026-01-01 link_id=1 visitor_id=5 referrer_id=1'), (7, '2026-01-01 link_id=1'), (8, '2026-01-01 link_id=2'), (9, 'infinity link_id=-9');
SELECT array_agg(n ORDER BY event) AS ascending, array_agg(n ORDER BY event DESC) AS descending FROM ordered;
SELECT count(*) AS pairs, bool_and((a.event < b.event) = (a.n < b.n) AND (a.event <= b.event) = (a.n <= b.n) AND (a.event = b.event) = (a.n = b.n)
	AND (a.event <> b.event) = (a.n <> b.n) AND (a.event >= b.event) = (a.n >= b.n) AND (a.event > b.event) = (a.n > b.n)
	AND sign(click_event_cmp(a.event, b.event)) = sign(a.n - b.n)) AS agree
FROM ordered AS a, ordered AS b;
SELECT (SELECT n FROM ordered AS o WHERE o.event = min(ordered.event)) AS min, (SELECT n FROM ordered AS o WHERE o.event = max(ordered.event)) AS max FROM ordered;

-- a larger table: equal answers by sequential scan, btree, hash and BRIN; sorting, grouping and joins of each kind
CREATE TEMP TABLE many AS
SELECT click_event('2026-01-01'::timestamptz + (i / 3) * interval '1 minute', i % 7, nullif(i % 11, 0), channel => (ARRAY['sms', 'email'])[1 + i % 2]) AS event, i
FROM generate_series(1, 20000) AS i;
ANALYZE many;
SELECT count(*), count(DISTINCT event) FROM many;
SELECT bool_and(event >= previous) AS sorted FROM (SELECT event, lag(event) OVER (ORDER BY event) AS previous FROM many) AS s;
SET enable_hashjoin = off;
SET enable_nestloop = off;
SELECT pg_temp.plan_has('Merge Join', 'SELECT 1 FROM many AS a JOIN many AS b USING (event)') AS merges, (SELECT count(*) FROM many AS a JOIN many AS b USING (event));
SET enable_mergejoin = off;
SET enable_hashjoin = on;
SELECT pg_temp.plan_has('Hash Join', 'SELECT 1 FROM many AS a JOIN many AS b USING (event)') AS hashes, (SELECT count(*) FROM many AS a JOIN many AS b USING (event));
RESET ALL;
SET search_path = clicktrack, public;
SET timezone = 'UTC';
SELECT event AS probe FROM many WHERE i = 12345 \gset
SELECT event AS probe_to FROM many WHERE i = 12999 \gset
SELECT format('SELECT 1 FROM many WHERE event = %L', :'probe') AS equals, format('SELECT 1 FROM many WHERE event BETWEEN %L AND %L', :'probe', :'probe_to') AS between \gset
SELECT count(*) AS one, (SELECT count(*) FROM many WHERE event BETWEEN :'probe' AND :'probe_to') AS range FROM many WHERE event = :'probe';
SET enable_seqscan = off;
CREATE INDEX many_btree ON many (event);
SELECT pg_temp.plan_has('many_btree', :'between') AS used, (SELECT count(*) FROM many WHERE event BETWEEN :'probe' AND :'probe_to') AS range;
DROP INDEX many_btree;
CREATE INDEX many_hash ON many USING hash (event);
SELECT pg_temp.plan_has('many_hash', :'equals') AS used, (SELECT count(*) FROM many WHERE event = :'probe') AS one;
DROP INDEX many_hash;
CREATE INDEX many_brin ON many USING brin (event) WITH (pages_per_range = 2);
SELECT pg_temp.plan_has('many_brin', :'between') AS used, (SELECT count(*) FROM many WHERE event BETWEEN :'probe' AND :'probe_to') AS range;
DROP INDEX many_brin;
CREATE UNIQUE INDEX many_time ON many (clicked_at(event), i);
SELECT pg_temp.plan_has('many_time', 'SELECT 1 FROM many WHERE clicked_at(event) = ''2026-01-02''') AS used;
SELECT pg_temp.error_of($$CREATE UNIQUE INDEX ON pg_temp.many ((clicktrack.click_event_out(event)::text))$$) AS text_depends_on_the_session;
RESET enable_seqscan;

-- parallel aggregation of min and max
SELECT min(event) = (SELECT event FROM many ORDER BY event LIMIT 1) AS min, max(event) = (SELECT event FROM many ORDER BY event DESC LIMIT 1) AS max FROM many;
