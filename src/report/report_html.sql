-- ---------------------------------------------------------------------------
-- The report: one page that a marketer can read
-- ---------------------------------------------------------------------------

CREATE FUNCTION report_period(first_day date, last_day date) RETURNS text
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000
	RETURN CASE
		WHEN first_day IS NULL AND last_day IS NULL THEN 'All that is recorded'
		WHEN last_day IS NULL THEN 'Since ' || report_day(first_day)
		WHEN first_day IS NULL THEN 'Until ' || report_day(last_day)
		WHEN first_day > last_day THEN 'No day'
		ELSE report_days(first_day, last_day)
	END || coalesce((
		SELECT ', clicks from ' || report_days(min(k.day), max(k.day))
		FROM click_cells(first_day, last_day) AS k
		WHERE isfinite(k.day) AND (first_day IS NULL OR last_day IS NULL)
		HAVING count(*) > 0
	), '');
COMMENT ON FUNCTION report_period(date, date) IS 'a period of days in words, with the days that have clicks where it is open';

CREATE FUNCTION report_footer(missing text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN E'<footer>\n<dl>'
		|| '<div><dt>People and bots</dt><dd>A person&#39;s click is one without a bot reason. Every rate and every credit counts these alone.</dd></div>'
		|| '<div><dt>Unique visitors</dt><dd>Distinct people among those clicks, exact up to 128, beyond that within about 1%.</dd></div>'
		|| '<div><dt>Credit</dt><dd>A conversion is credited to the clicks of its visitor in the 30 days before. Refunds lower the revenue and are no conversions.</dd></div>'
		|| '<div><dt>Intervals</dt><dd>95 of 100 such intervals hold the true value. p is how often chance alone gives a difference as large.</dd></div>'
		|| E'</dl>\n' || coalesce('<p>Left out, since there is nothing to show: ' || missing || E'.</p>\n', '')
		|| format('<p>Days by UTC. Made by clicktrack on %s at %s.</p>', report_day(utc_day(now())),
			to_char(now() AT TIME ZONE 'UTC', 'HH24:MI "UTC"'))
		|| E'\n</footer>';
COMMENT ON FUNCTION report_footer(text) IS 'the end of the report: what its words mean, which sections are missing';

CREATE FUNCTION report_page(title text, period text, navigation text, body text, footer text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN E'<!DOCTYPE html>\n<html lang="en" xmlns="http://www.w3.org/1999/xhtml">\n<head>\n<meta charset="utf-8"/>\n'
		|| E'<meta http-equiv="Content-Security-Policy" content="default-src ''none''; style-src ''unsafe-inline''"/>\n'
		|| E'<meta name="viewport" content="width=device-width, initial-scale=1"/>\n<meta name="referrer" content="no-referrer"/>\n<meta name="robots" content="noindex"/>\n'
		|| '<title>' || html_escape(title) || E'</title>\n<style>' || report_style() || E'</style>\n</head>\n<body>\n<div class="sheet">\n<header>\n'
		|| format(E'<p class="kicker">clicktrack</p>\n<h1>%s</h1>\n<p class="period">%s</p>\n', report_name(title), period)
		|| coalesce('<nav aria-label="Sections"><ul>' || navigation || E'</ul></nav>\n', '')
		|| E'</header>\n<main>\n' || body || E'\n</main>\n' || footer || E'\n</div>\n</body>\n</html>\n';
COMMENT ON FUNCTION report_page(text, text, text, text, text) IS 'the report''s page around its sections';

CREATE FUNCTION report_nothing() RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN E'<section id="summary" class="empty" aria-labelledby="summary-heading">\n<h2 id="summary-heading">Nothing yet</h2>\n'
		'<p>No clicks, conversions or messages are recorded in this period. They show here once there are any.</p>\n</section>';
COMMENT ON FUNCTION report_nothing() IS 'what the report says of a period without clicks, conversions and messages';

-- "to" is the first moment after the period, so its last day is that of the moment before.
CREATE FUNCTION report_html("from" timestamptz DEFAULT NULL, "to" timestamptz DEFAULT NULL, title text DEFAULT 'Click report') RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1000000
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	first_day constant date := clicktrack.utc_day(nullif("from", '-infinity'));
	last_day constant date := clicktrack.utc_day(nullif("to", 'infinity') - interval '1 microsecond');
	page_title constant text := coalesce(nullif(title, ''), 'Click report');
	body text;
	links text;
	navigation text;
	missing text;
BEGIN
	IF "from" > "to" THEN
		RAISE EXCEPTION 'a report from % to % has no time', "from", "to"
			USING ERRCODE = 'invalid_parameter_value', HINT = '"from" is the first moment of the period, "to" the first one after it; NULL: open.';
	END IF;
	SELECT string_agg(s.html, E'\n' ORDER BY s.n),
		string_agg(format('<li><a href="#%s">%s</a></li>', s.id, s.name), '' ORDER BY s.n) FILTER (WHERE s.html IS NOT NULL),
		string_agg(s.name, ', ' ORDER BY s.n) FILTER (WHERE s.html IS NULL)
	INTO body, navigation, missing
	FROM (VALUES
		(1, 'time', 'Over time', clicktrack.report_timeline(first_day, last_day)),
		(2, 'campaigns', 'Campaigns', clicktrack.report_campaigns(first_day, last_day)),
		(3, 'timing', 'Timing', clicktrack.report_timing(first_day, last_day)),
		(4, 'messages', 'Messages', clicktrack.report_messages(first_day, last_day)),
		(5, 'tests', 'A/B tests', clicktrack.report_tests(first_day, last_day)),
		(6, 'holdouts', 'Holdout tests', clicktrack.report_holdouts(first_day, last_day)),
		(7, 'bots', 'Bots', clicktrack.report_bots(first_day, last_day))
	) AS s(n, id, name, html);
	links := clicktrack.report_links();
	IF body IS NULL THEN
		navigation := NULL;
		body := clicktrack.report_nothing();
	ELSE
		body := clicktrack.report_headline(first_day, last_day) || E'\n' || body;
		navigation := navigation || CASE WHEN links IS NULL THEN '' ELSE '<li><a href="#links">Links to look at</a></li>' END;
	END IF;
	RETURN clicktrack.report_page(page_title, clicktrack.report_period(first_day, last_day), navigation, concat_ws(E'\n', body, links),
		clicktrack.report_footer(CASE WHEN navigation IS NOT NULL THEN missing END));
END
$$;
COMMENT ON FUNCTION report_html(timestamptz, timestamptz, text) IS
'a page of HTML on the clicks, conversions and messages of the days (by UTC) from that of "from" to that of the last moment before "to" (NULL: open), for people: headline figures, clicks over time, campaigns by revenue per click and by five attribution models, hours, what became of messages, A/B and holdout tests, programs, and links to look at. It is whole in itself: no script, nothing from elsewhere; whatever names hold is text. It reads the views'' functions with the caller''s rights. To be written as UTF-8; "from" after "to" is an error';
