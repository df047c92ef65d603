-- parse_user_agent against what one would write without it: a CASE of ~* for each field and
-- one expression of what programs call themselves. The expressions know less (about fifteen
-- words a field, where ours knows a hundred), but enough for these headers, so that the
-- answers are the same. The functions of a FROM clause cost their scan on both sides.

-- setup: postgres
SET max_parallel_workers_per_gather = 0;
CREATE UNLOGGED TABLE headers AS
SELECT replace(word(i, 21, ARRAY[
	'Mozilla/5.0 (iPhone; CPU iPhone OS 17_# like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.# Mobile/15E148 Safari/604.1',
	'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/1#.0.0.0 Mobile Safari/537.36',
	'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/1#.0.0.0 Safari/537.36',
	'Mozilla/5.0 (iPhone; CPU iPhone OS 17_# like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/4#.0.0.43.107;FBBV/#;FBDV/iPhone14,5;FBMD/iPhone;FBSN/iOS;FBSV/17.5;FBSS/3;FBCR/;FBID/phone;FBLC/en_US;FBOP/5]',
	'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/1#.0.0.0 Safari/537.36 Edg/1#.0.0.0',
	'Mozilla/5.0 (Linux; Android 14; SM-S918B Build/UP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/1#.0.0.0 Mobile Safari/537.36 Instagram 3#.0.0.51.77 Android',
	'Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/#.0 Chrome/121.0.0.0 Mobile Safari/537.36',
	'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.# Safari/605.1.15',
	'Mozilla/5.0 (X11; Linux x86_64; rv:1#.0) Gecko/20100101 Firefox/1#.0',
	'Mozilla/5.0 (iPad; CPU OS 17_# like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/1#.0.6478.35 Mobile/15E148 Safari/604.1',
	'Mozilla/5.0 (compatible; Googlebot/2.#; +http://www.google.com/bot.html)',
	'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/1#.0.0.0 Safari/537.36',
	'python-requests/2.#.0']), '#', (i % 31)::text) AS header
FROM generate_series(1::bigint, 100000) i;
CREATE FUNCTION parse_by_expressions(header text, OUT device text, OUT os text, OUT browser text, OUT is_bot boolean)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE
		WHEN header ~* 'ipad|kindle|tablet|playbook' THEN 'tablet' WHEN header ~* 'smart-?tv|appletv|roku|hbbtv|bravia' THEN 'tv'
		WHEN header ~* 'playstation|xbox|nintendo' THEN 'console' WHEN header ~* 'iphone|ipod|mobile|windows phone' THEN 'phone'
		WHEN header ~* 'android' THEN 'tablet' WHEN header ~* 'windows|macintosh|linux|x11|cros ' THEN 'desktop' ELSE 'other' END,
	CASE
		WHEN header ~* 'iphone|ipad|ipod' THEN 'ios' WHEN header ~* 'android' THEN 'android' WHEN header ~* 'windows phone' THEN 'other'
		WHEN header ~* 'windows' THEN 'windows' WHEN header ~* 'mac os|macintosh' THEN 'macos' WHEN header ~* 'cros ' THEN 'chromeos'
		WHEN header ~* 'linux|x11' THEN 'linux' ELSE 'other' END,
	CASE
		WHEN header ~* 'fban|fbav' THEN 'facebook' WHEN header ~* 'instagram' THEN 'instagram' WHEN header ~* 'edg(e|a|ios)?/' THEN 'edge'
		WHEN header ~* 'opr/|opera' THEN 'opera' WHEN header ~* 'samsungbrowser' THEN 'samsung' WHEN header ~* 'firefox|fxios' THEN 'firefox'
		WHEN header ~* 'msie|trident' THEN 'ie' WHEN header ~* '; wv\)' THEN 'webview' WHEN header ~* 'chrome|crios' THEN 'chrome'
		WHEN header ~* 'version/.*safari' THEN 'safari' ELSE 'other' END,
	header ~* 'bot|crawl|spider|slurp|externalhit|preview|headless|python|curl|wget|java/|httpclient|http://|https://|monitor|scan|fetch'
$$;
CREATE UNLOGGED TABLE short_codes AS SELECT short_code_encode(i) AS code FROM generate_series(1::bigint, 100000) i;
CREATE TABLE bad_word AS SELECT array_agg(substr(md5(i::text), 1, 4 + i % 4)) AS words, string_agg(substr(md5(i::text), 1, 4 + i % 4), '|') AS expression FROM generate_series(1, 100) i;
SELECT words, expression FROM bad_word \gset
VACUUM ANALYZE headers, short_codes;

-- row: 100,000 headers parsed
-- ours: parse_user_agent(header)
SELECT count(*) FILTER (WHERE is_bot), count(*) FILTER (WHERE device = 'phone'), count(*) FILTER (WHERE os = 'ios'), count(*) FILTER (WHERE browser = 'chrome') FROM headers, parse_user_agent(header);
-- ours: with lists of one's own
SELECT count(*) FILTER (WHERE is_bot), count(*) FILTER (WHERE device = 'phone'), count(*) FILTER (WHERE os = 'ios'), count(*) FILTER (WHERE browser = 'chrome') FROM headers, parse_user_agent(header, '{loadrunner,healthcheck,myscanner}', '{^myshop/}');
-- postgres: CASE of ~*
-- target: 0.2
SELECT count(*) FILTER (WHERE is_bot), count(*) FILTER (WHERE device = 'phone'), count(*) FILTER (WHERE os = 'ios'), count(*) FILTER (WHERE browser = 'chrome') FROM headers, parse_by_expressions(header);
-- postgres: floor, length(header)
-- unchecked: nothing is parsed
SELECT count(*) FILTER (WHERE length(header) > 100) FROM headers;

-- row: 100,000 headers masked
-- ours: mask_user_agent(header)
SELECT sum(length(mask_user_agent(header))) FROM headers;
-- postgres: regexp_replace(header, '[0-9]+', '#', 'g')
-- target: 0.5
SELECT sum(length(regexp_replace(header, '[0-9]+', '#', 'g'))) FROM headers;

-- row: 100,000 short codes searched for 100 words
-- ours: contains_word(code, words)
SELECT count(*) FILTER (WHERE contains_word(code, :'words')) FROM short_codes;
-- postgres: code ~* 'word|...'
-- target: 0.2
SELECT count(*) FILTER (WHERE code ~* :'expression') FROM short_codes;
-- postgres: strpos of each
SELECT count(*) FILTER (WHERE EXISTS (SELECT FROM unnest(:'words'::text[]) AS word WHERE strpos(lower(code), word) > 0)) FROM short_codes;
-- postgres: floor, length(code)
-- unchecked: nothing is searched
SELECT count(*) FILTER (WHERE length(code) > 6) FROM short_codes;
