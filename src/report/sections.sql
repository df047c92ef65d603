-- ---------------------------------------------------------------------------
-- The report: its sections
--
-- Each reads the views' functions for a period of days, both ends in (NULL: open), and is NULL
-- where there is nothing to tell. They are PL/pgSQL, so that the days are known when the
-- queries are planned.
-- ---------------------------------------------------------------------------

-- ---- headline ----

CREATE FUNCTION report_figure(name text, figure text, about text, is_wide boolean DEFAULT false) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN format('<div%s><dt>%s</dt><dd><span class="value">%s</span><span class="about">%s</span></dd></div>',
		CASE WHEN is_wide THEN ' class="wide"' ELSE '' END, name, figure, about);
COMMENT ON FUNCTION report_figure(text, text, text, boolean) IS 'a figure of the headline from HTML';

CREATE FUNCTION report_amount(amount numeric, currency text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN coalesce('<span class="unit">' || html_escape(nullif(currency, 'XXX')) || '</span>&#160;', '') || report_number(amount, 2);
COMMENT ON FUNCTION report_amount(numeric, text) IS 'a large amount, with its currency small; NULL: a dash';

CREATE FUNCTION report_headline(first_day date, last_day date) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	clicked record;
	earned record;
BEGIN
	SELECT coalesce(sum(k.clicks), 0) AS clicks, coalesce(sum(k.human_clicks), 0) AS human_clicks,
		coalesce(round(clicktrack.visitor_sketch_merge(k.visitors)), 0)::bigint AS visitors
	INTO clicked FROM clicktrack.click_cells(first_day, last_day) AS k;

	-- all conversions have a last touch or are unattributed, so these sums are all there is
	SELECT sum(m.conversions) AS conversions, sum(m.credited) AS credited,
		string_agg(clicktrack.report_figure('Revenue', clicktrack.report_amount(m.revenue, m.currency),
				format('%s of it after a click', clicktrack.report_percent(clicktrack.rate(m.attributed, m.revenue))), true)
			|| clicktrack.report_figure('Revenue per click', clicktrack.report_amount(clicktrack.rate(m.attributed, clicked.human_clicks), m.currency),
				'by the last touch, per click of a person', true), '' ORDER BY m.revenue DESC, m.currency) AS figures
	INTO earned
	FROM (
		SELECT r.currency, sum(r.last_touch_conversions) AS conversions, sum(r.last_touch_conversions) FILTER (WHERE r.campaign_id IS NOT NULL OR r.campaign = '(none)') AS credited,
			sum(r.last_touch) AS revenue, coalesce(sum(r.last_touch) FILTER (WHERE r.campaign_id IS NOT NULL OR r.campaign = '(none)'), 0) AS attributed
		FROM clicktrack.revenue_by_model(first_day, last_day) AS r
		GROUP BY r.currency
	) AS m;

	RETURN clicktrack.report_section('summary', 'Summary', NULL, '<dl class="figures">'
		|| clicktrack.report_figure('Clicks', clicktrack.report_number(clicked.clicks), 'by people and bots')
		|| clicktrack.report_figure('People''s clicks', clicktrack.report_number(clicked.human_clicks), 'what every rate here counts')
		|| clicktrack.report_figure('Unique visitors', clicktrack.report_number(clicked.visitors), 'distinct people who clicked')
		|| clicktrack.report_figure('Bot share', clicktrack.report_percent(clicktrack.rate(clicked.clicks - clicked.human_clicks, clicked.clicks)), 'of all clicks')
		|| clicktrack.report_figure('Conversions', clicktrack.report_number(coalesce(earned.conversions, 0)),
			clicktrack.report_number(coalesce(earned.credited, 0)) || ' of them after a click')
		|| coalesce(earned.figures, clicktrack.report_figure('Revenue', '&#8211;', 'no conversion is recorded')
			|| clicktrack.report_figure('Revenue per click', '&#8211;', 'by the last touch, per click of a person'))
		|| '</dl>');
END
$$;
COMMENT ON FUNCTION report_headline(date, date) IS 'the report''s headline figures of a period';

-- ---- over time ----

-- The times that visit() and batches may give a click: one of the year 290000 must not make a chart of as many years.
CREATE FUNCTION report_unit(first_day date, last_day date) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN CASE WHEN last_day - first_day < 200 THEN 'day' WHEN last_day - first_day < 1400 THEN 'week' WHEN last_day - first_day < 6000 THEN 'month' ELSE 'year' END;
COMMENT ON FUNCTION report_unit(date, date) IS 'what a point of the report''s chart over these days is: a day, week, month or year, so that there are 200 or so at most';

CREATE FUNCTION report_timeline_points(first_day date, last_day date) RETURNS TABLE (
	starts date,
	ends date,
	clicks bigint,
	human_clicks bigint,
	unique_clicks bigint
)
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000 ROWS 200
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY
	WITH clicked AS (
		SELECT k.day, sum(k.clicks) AS clicks, sum(k.human_clicks) AS human_clicks, clicktrack.visitor_sketch_union(k.visitors) AS visitors
		FROM clicktrack.click_cells(first_day, last_day) AS k
		WHERE k.day BETWEEN '1990-01-01' AND '2199-12-31'
		GROUP BY k.day
	), span AS (
		-- the whole period that was asked for, but for its future
		SELECT CASE WHEN first_day IS NULL THEN min(c.day) ELSE greatest(first_day, '1990-01-01') END AS first_day,
			CASE WHEN last_day IS NULL THEN max(c.day) ELSE least(last_day, greatest(max(c.day), clicktrack.utc_day(now()))) END AS last_day
		FROM clicked AS c
		HAVING count(*) > 0
	), point AS (
		SELECT s.first_day, s.last_day, t.at::date AS starts, (t.at + ('1 ' || u.unit)::interval)::date - 1 AS ends
		FROM span AS s CROSS JOIN LATERAL clicktrack.report_unit(s.first_day, s.last_day) AS u(unit)
			CROSS JOIN LATERAL generate_series(date_trunc(u.unit, s.first_day::timestamp), s.last_day, ('1 ' || u.unit)::interval) AS t(at)
	)
	SELECT greatest(p.starts, p.first_day), least(p.ends, p.last_day), coalesce(sum(c.clicks), 0)::bigint, coalesce(sum(c.human_clicks), 0)::bigint,
		coalesce(round(clicktrack.visitor_sketch_merge(c.visitors)), 0)::bigint
	FROM point AS p LEFT JOIN clicked AS c ON c.day BETWEEN p.starts AND p.ends
	GROUP BY 1, 2
	ORDER BY 1;
END
$$;
COMMENT ON FUNCTION report_timeline_points(date, date) IS
'the points of the report''s chart over time: a row a day, week, month or year (report_unit()), those without clicks, too, from the first to the last day of the period, or with clicks where it is open; no row without clicks';

CREATE FUNCTION report_days(starts date, ends date) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN CASE WHEN starts = ends THEN report_day(starts) ELSE report_day(starts) || ' to ' || report_day(ends) END;
COMMENT ON FUNCTION report_days(date, date) IS 'a day or days for the report, in English';

-- A mark stands at the beginning of a month, say, if a point has the first day of one.
CREATE FUNCTION report_time_axis(starts date[], ends date[], y float8) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
	RETURN (
		SELECT string_agg(svg_tick(to_char(d.day, CASE WHEN u.unit IN ('day', 'week') THEN 'FMDD Mon' WHEN u.unit = 'year' THEN 'YYYY'
				WHEN d.is_first OR extract(month FROM d.day) = 1 THEN 'Mon YYYY' ELSE 'Mon' END),
			(d.i - 1) * 100.0 / cardinality(starts), y, d.n % 2 = 0), '' ORDER BY d.i)
		FROM (SELECT ends[cardinality(ends)] - starts[1] AS days) AS s
			CROSS JOIN LATERAL (SELECT CASE WHEN s.days < 9 THEN 'day' WHEN s.days < 60 THEN 'week' WHEN s.days < 400 THEN 'month'
				WHEN s.days < 1000 THEN 'quarter' WHEN s.days < 4000 THEN 'year' ELSE 'decade' END AS unit) AS u
			CROSS JOIN LATERAL (
				SELECT i, date_trunc(u.unit, ends[i]::timestamp)::date AS day, row_number() OVER (ORDER BY i) AS n, row_number() OVER (ORDER BY i) = 1 AS is_first
				FROM generate_subscripts(starts, 1) AS i
				WHERE date_trunc(u.unit, ends[i]::timestamp) >= starts[i]
			) AS d
	);
COMMENT ON FUNCTION report_time_axis(date[], date[], float8) IS 'the marks of the axis below a chart over time';

-- The strongest ones, numbered by day: all of a day have one number.
CREATE FUNCTION report_anomalies(first_day date, last_day date, most integer) RETURNS TABLE (
	number bigint,
	day date,
	campaign text,
	what text,
	value text,
	expected text,
	is_up boolean,
	strength bigint,
	anomalies bigint
)
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000 ROWS 10
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY
	SELECT dense_rank() OVER (ORDER BY a.day), a.day, clicktrack.report_name(a.campaign),
		CASE a.kind WHEN 'clicks' THEN 'Clicks' WHEN 'click_rate' THEN 'Click rate of messages' ELSE 'Share of clicks by ' || clicktrack.html_escape(coalesce(nullif(a.subject, '(none)'), 'unknown device')) END,
		CASE WHEN a.kind = 'clicks' THEN clicktrack.report_number(a.value::numeric) ELSE clicktrack.report_percent(a.value::numeric) END,
		CASE WHEN a.kind = 'clicks' THEN clicktrack.report_number(a.expected::numeric) ELSE clicktrack.report_percent(a.expected::numeric) END,
		a.direction = 'up', a.strength, a.anomalies
	FROM (
		SELECT c.*, row_number() OVER (ORDER BY c.p_value, abs(c.score) DESC, c.day, c.campaign_id, c.kind, c.subject) AS strength, count(*) OVER () AS anomalies
		FROM clicktrack.click_anomalies(first_day, last_day) AS c
	) AS a
	WHERE a.strength <= most
	ORDER BY a.day, a.strength;
END
$$;
COMMENT ON FUNCTION report_anomalies(date, date, integer) IS 'so many of the strongest anomalies of a period as HTML, by day, and how many there are in all (anomalies)';

CREATE FUNCTION report_anomaly_marks(starts date[], ends date[], counts bigint[], days date[], is_up boolean[], titles text[], top float8, upper float8, height float8) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN (
		SELECT string_agg(svg_mark(n::text, titles[n], is_up[n], (i - 0.5) * 100 / cardinality(starts), upper + height * (1 - counts[i] / top)), '' ORDER BY n)
		FROM generate_subscripts(days, 1) AS n JOIN generate_subscripts(starts, 1) AS i ON days[n] BETWEEN starts[i] AND ends[i]
	);
COMMENT ON FUNCTION report_anomaly_marks(date[], date[], bigint[], date[], boolean[], text[], float8, float8, float8) IS 'the numbered marks of days above a chart over time';

CREATE FUNCTION report_timeline(first_day date, last_day date) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	upper constant float8 := 48;
	height constant float8 := 220;
	p record;
	a record;
	top float8;
BEGIN
	SELECT array_agg(t.starts ORDER BY t.starts) AS starts, array_agg(t.ends ORDER BY t.starts) AS ends,
		array_agg(t.human_clicks ORDER BY t.starts) AS human_clicks, array_agg(t.unique_clicks ORDER BY t.starts) AS unique_clicks,
		greatest(max(t.human_clicks), 1) AS most, count(*) AS points,
		string_agg(clicktrack.svg_band(t.n, t.points, format('%s: %s by people, %s', clicktrack.report_days(t.starts, t.ends),
			clicktrack.report_plural(t.human_clicks, 'click', 'clicks'), clicktrack.report_plural(t.unique_clicks, 'visitor', 'visitors')), upper, height), '' ORDER BY t.starts) AS bands,
		string_agg(clicktrack.report_row(clicktrack.report_days(t.starts, t.ends), clicktrack.report_number(t.clicks),
			clicktrack.report_number(t.human_clicks), clicktrack.report_number(t.unique_clicks)), E'\n' ORDER BY t.starts) AS rows,
		clicktrack.report_unit(min(t.starts), max(t.ends)) AS unit,
		(array_agg(t.starts ORDER BY t.human_clicks DESC, t.starts))[1] AS best_starts, (array_agg(t.ends ORDER BY t.human_clicks DESC, t.starts))[1] AS best_ends
	INTO p
	FROM (SELECT *, row_number() OVER (ORDER BY x.starts) AS n, count(*) OVER () AS points FROM clicktrack.report_timeline_points(first_day, last_day) AS x) AS t;
	IF p.points = 0 THEN
		RETURN NULL;
	END IF;
	top := clicktrack.svg_top(p.most);

	SELECT array_agg(d.day ORDER BY d.day) AS days, array_agg(d.is_up ORDER BY d.day) AS is_up, array_agg(d.title ORDER BY d.day) AS titles,
		string_agg(d.rows, E'\n' ORDER BY d.day) AS rows, max(d.anomalies) AS anomalies, sum(d.shown)::bigint AS shown
	INTO a
	FROM (
		SELECT x.day, (array_agg(x.is_up ORDER BY x.strength))[1] AS is_up,
			clicktrack.report_day(x.day) || ': ' || string_agg(format('%s, %s where %s was usual', regexp_replace(x.campaign, '</?bdi>', '', 'g'), x.value, x.expected), '; ' ORDER BY x.strength) AS title,
			string_agg(clicktrack.report_row(format('<span class="number">%s</span> %s', x.number, clicktrack.report_day(x.day)), clicktrack.report_text_cell(x.campaign),
				clicktrack.report_text_cell(CASE WHEN x.is_up THEN '&#9650; ' ELSE '&#9660; ' END || x.what), x.value, x.expected), E'\n' ORDER BY x.strength) AS rows,
			max(x.anomalies) AS anomalies, count(*) AS shown
		FROM clicktrack.report_anomalies(first_day, last_day, 10) AS x
		GROUP BY x.day
	) AS d;

	RETURN clicktrack.report_section('time', 'Over time',
		format('Most clicks came on <strong>%s</strong>: %s by people.', clicktrack.report_days(p.best_starts, p.best_ends), clicktrack.report_number(p.most)),
		format(E'<figure>\n<figcaption>People&#39;s clicks and unique visitors by %s</figcaption>\n', p.unit)
		|| '<ul class="key"><li><svg width="28" height="12" aria-hidden="true"><rect class="area" width="28" height="10" y="2"/><line class="line a" x2="28" y1="2" y2="2"/></svg>people&#39;s clicks</li>'
		|| '<li><svg width="28" height="12" aria-hidden="true"><line class="line b" x2="28" y1="6" y2="6"/></svg>unique visitors</li>'
		|| CASE WHEN a.days IS NULL THEN '' ELSE '<li><svg class="mark" width="12" height="12" aria-hidden="true"><path d="M1 10L6 2L11 10Z"/></svg>out of the ordinary, see below</li>' END
		|| format(E'</ul>\n<svg class="chart" height="%s" role="img" aria-labelledby="time-title time-desc"><title id="time-title">People&#39;s clicks and unique visitors by %s</title>', upper + height + 22, p.unit)
		|| format('<desc id="time-desc">%s. At most %s by people, on %s. The figures are in the table below.</desc>', clicktrack.report_days(p.starts[1], p.ends[p.points]),
			clicktrack.report_plural(p.most, 'click', 'clicks'), clicktrack.report_days(p.best_starts, p.best_ends))
		|| clicktrack.svg_grid(top, upper, height)
		|| coalesce(clicktrack.report_time_axis(p.starts, p.ends, upper + height), '')
		|| clicktrack.svg_lines(p.human_clicks, p.unique_clicks, top, upper, height)
		|| p.bands
		|| coalesce(clicktrack.report_anomaly_marks(p.starts, p.ends, p.human_clicks, a.days, a.is_up, a.titles, top, upper, height), '')
		|| E'</svg>\n<details><summary>The figures</summary>'
		|| clicktrack.report_table('Clicks and unique visitors by ' || p.unit, ARRAY[initcap(p.unit), 'Clicks', 'People&#39;s clicks', 'Unique visitors'], p.rows)
		|| E'</details>\n</figure>'
		|| coalesce(clicktrack.report_table('Out of the ordinary <span>Days unlike the 28 before them, by more than chance explains. The numbers are those in the chart.</span>',
			'{Day,Campaign,What,On the day,Usual}', a.rows, 3) || clicktrack.report_more(a.shown, a.anomalies, 'more', 'more'), ''));
END
$$;
COMMENT ON FUNCTION report_timeline(date, date) IS 'the report''s chart of clicks and visitors over time, with anomalies';

-- ---- campaigns ----

CREATE FUNCTION report_campaign_table(first_day date, last_day date, most integer) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN (
		SELECT coalesce('<p class="lead"><strong>' || max(clicktrack.report_name(c.campaign)) FILTER (WHERE c.n = 1 AND c.revenue_per_click > 0)
				|| '</strong> earned most per click: ' || max(clicktrack.report_money(c.revenue_per_click, c.currency)) FILTER (WHERE c.n = 1) || E'.</p>\n', '')
			|| clicktrack.report_table('What a click earns <span>Conversions and revenue by the last touch within 30 days. Bars compare campaigns in the same currency.</span>',
				'{Campaign,Channel,Revenue per click,People&#39;s clicks,Unique visitors,Conversions,Conversion rate,Revenue}',
				string_agg(clicktrack.report_row(clicktrack.report_name(c.campaign), clicktrack.report_text_cell(clicktrack.report_name(c.channel)),
					clicktrack.report_bar_cell(clicktrack.report_money(c.revenue_per_click, c.currency), (c.revenue_per_click / nullif(c.best, 0))::float8),
					clicktrack.report_number(c.human_clicks), clicktrack.report_number(c.unique_clicks), clicktrack.report_number(c.conversions),
					clicktrack.report_percent(c.click_to_conversion_rate), clicktrack.report_money(c.revenue, c.currency)), E'\n' ORDER BY c.n)
					FILTER (WHERE c.n <= most), 2)
			|| clicktrack.report_more(most, count(*), 'more campaign', 'more campaigns')
			|| CASE WHEN bool_or(c.revenue IS NULL) THEN '<p class="note">A campaign with revenue in several currencies has none here; the tables below have each of them.</p>' ELSE '' END
		FROM (
			SELECT p.*, max(p.revenue_per_click) OVER (PARTITION BY p.currency) AS best,
				row_number() OVER (ORDER BY p.revenue_per_click DESC NULLS LAST, p.human_clicks DESC, p.campaign_id) AS n
			FROM clicktrack.campaign_performance(first_day, last_day) AS p
			WHERE p.clicks > 0 OR p.conversions > 0 OR p.revenue <> 0
		) AS c
	);
END
$$;
COMMENT ON FUNCTION report_campaign_table(date, date, integer) IS 'the report''s table of so many campaigns by revenue per click; NULL without any';

CREATE FUNCTION report_model_tables(first_day date, last_day date, most integer) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN (
		WITH credited AS (
			SELECT r.*, greatest(r.first_touch, r.last_touch, r.linear, r.position_based, r.time_decay) AS best,
				row_number() OVER (PARTITION BY r.currency ORDER BY r.campaign_id IS NULL, r.linear DESC, r.campaign_id) AS n
			FROM clicktrack.revenue_by_model(first_day, last_day) AS r
		), line AS (
			SELECT c.currency, c.n, c.campaign_id IS NULL AS is_rest, clicktrack.report_name(c.campaign) AS name,
				ARRAY[c.first_touch, c.last_touch, c.linear, c.position_based, c.time_decay] AS amounts,
				max(c.best) FILTER (WHERE c.campaign_id IS NOT NULL) OVER (PARTITION BY c.currency) AS best
			FROM credited AS c
			WHERE c.n <= most OR c.campaign_id IS NULL
			UNION ALL
			SELECT c.currency, most + 1, true, clicktrack.report_plural(count(*), 'more campaign', 'more campaigns'),
				ARRAY[sum(c.first_touch), sum(c.last_touch), sum(c.linear), sum(c.position_based), sum(c.time_decay)], NULL
			FROM credited AS c
			WHERE c.n > most AND c.campaign_id IS NOT NULL
			GROUP BY c.currency
			UNION ALL
			SELECT c.currency, NULL, true, '<strong>All conversions</strong>',
				ARRAY[sum(c.first_touch), sum(c.last_touch), sum(c.linear), sum(c.position_based), sum(c.time_decay)], NULL
			FROM credited AS c
			GROUP BY c.currency
		)
		SELECT string_agg(t.html, E'\n' ORDER BY t.total DESC, t.currency)
		FROM (
			SELECT l.currency, max(l.amounts[1]) FILTER (WHERE l.n IS NULL) AS total,
				clicktrack.report_table('Who gets the credit' || coalesce(', in ' || clicktrack.html_escape(nullif(l.currency, 'XXX')), '')
						|| ' <span>The same revenue under five rules of sharing it among the clicks of the 30 days before. Each column adds up to all conversions, less refunds.</span>',
					'{Campaign,First touch,Last touch,Linear,By position,Time decay}',
					string_agg(clicktrack.report_row(l.name, VARIADIC ARRAY(
						SELECT CASE WHEN l.is_rest THEN '<td>' || clicktrack.report_number(v, 2) || '</td>'
							ELSE clicktrack.report_bar_cell(clicktrack.report_number(v, 2), (v / nullif(l.best, 0))::float8) END
						FROM unnest(l.amounts) WITH ORDINALITY AS u(v, i) ORDER BY i)), E'\n' ORDER BY l.n)) AS html
			FROM line AS l
			GROUP BY l.currency
		) AS t
	);
END
$$;
COMMENT ON FUNCTION report_model_tables(date, date, integer) IS 'the report''s tables of attributed revenue by campaign and model, one a currency; NULL without conversions';

CREATE FUNCTION report_campaigns(first_day date, last_day date) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	most constant integer := 20;
BEGIN
	RETURN clicktrack.report_section('campaigns', 'Campaigns', NULL, nullif(concat_ws(E'\n',
		clicktrack.report_campaign_table(first_day, last_day, most), clicktrack.report_model_tables(first_day, last_day, most)), ''));
END
$$;
COMMENT ON FUNCTION report_campaigns(date, date) IS 'the report''s section on what campaigns earned';

-- ---- hours ----

CREATE FUNCTION report_weekday(weekday integer) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN ('{Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday}'::text[])[weekday];
COMMENT ON FUNCTION report_weekday(integer) IS 'the name of a day of the week, 1 being Monday';

CREATE FUNCTION report_hour(weekday integer, hour integer) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN format('%s, %s:00 to %s:00', report_weekday(weekday), hour, hour + 1);
COMMENT ON FUNCTION report_hour(integer, integer) IS 'an hour of the week for the report, 1 being Monday';

-- What is known of some hours of the week: hours[i] is 24 * (weekday - 1) + hour.
CREATE FUNCTION report_hour_map(id text, title text, about text, best text, hours integer[], heats float8[], figures text[], details text[]) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN (
		SELECT format(E'<figure>\n<figcaption>%s <span>%s</span></figcaption>\n', title, about)
			|| format('<svg class="chart heat" height="212" role="img" aria-labelledby="%1$s-title %1$s-desc"><title id="%1$s-title">%2$s</title><desc id="%1$s-desc">%3$s</desc>', id, title, best)
			|| string_agg(CASE WHEN c.hour = 0 THEN format('<text x="-8" y="%s" text-anchor="end">%s</text>', c.y + 16, left(report_weekday(c.weekday), 3)) ELSE '' END
				|| svg_heat(c.hour, c.y, heats[c.n], figures[c.n], report_hour(c.weekday, c.hour) || ': ' || coalesce(details[c.n], 'none')), '' ORDER BY c.weekday, c.hour)
			|| string_agg(format('<text class="%s" x="%s%%" y="206" text-anchor="middle">%s</text>', CASE WHEN c.hour % 6 = 0 THEN 'major' ELSE 'minor' END,
				svg_number(c.hour * 100 / 24.0 + 1.95), c.hour), '' ORDER BY c.hour) FILTER (WHERE c.weekday = 1)
			|| E'</svg>\n<details><summary>The figures</summary>'
			|| report_table(title, '{Hour,Mon,Tue,Wed,Thu,Fri,Sat,Sun}', (
				SELECT string_agg(report_row(h || ':00', VARIADIC ARRAY(SELECT figures[array_position(hours, 24 * d + h)] FROM generate_series(0, 6) AS d ORDER BY d)), E'\n' ORDER BY h)
				FROM generate_series(0, 23) AS h))
			|| E'</details>\n</figure>'
		FROM (
			SELECT i / 24 + 1 AS weekday, i % 24 AS hour, i / 24 * 27 AS y, array_position(hours, i) AS n
			FROM generate_series(0, 167) AS i
		) AS c
		HAVING cardinality(hours) > 0
	);
COMMENT ON FUNCTION report_hour_map(text, text, text, text, integer[], float8[], text[], text[]) IS
'a chart of the hours of the week from HTML: for each of hours (24 * (weekday - 1) + hour) its colour by heat from 0 to 1, its figure and what it shows when pointed at; NULL without hours';

CREATE FUNCTION report_send_hours(first_day date, last_day date) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN (
		WITH sent AS (
			SELECT (24 * (extract(isodow FROM r.hour) - 1) + extract(hour FROM r.hour))::integer AS hour, sum(r.delivered) AS delivered, sum(r.clicked) AS clicked
			FROM clicktrack.response_cells(first_day, last_day) AS r
			WHERE NOT r.holdout
			GROUP BY 1
			HAVING sum(r.delivered) > 0
		), smoothed AS (
			-- as if 50 messages more had been clicked as all are, so that a few say little
			SELECT s.*, clicktrack.report_percent(s.clicked / s.delivered) AS figure, (s.clicked + 50 * a.rate) / (s.delivered + 50) AS rate
			FROM sent AS s CROSS JOIN (SELECT sum(x.clicked) / sum(x.delivered) AS rate FROM sent AS x) AS a
		), ranked AS (
			SELECT s.*, (s.rate / nullif(max(s.rate) OVER (), 0))::float8 AS heat, row_number() OVER (ORDER BY s.rate DESC, s.hour) = 1 AS is_best
			FROM smoothed AS s
		)
		SELECT clicktrack.report_hour_map('send', 'Click rate by the hour of sending',
			format('Of messages delivered, hours in %s time. The stronger the colour, the more were clicked; hours with few messages are drawn towards the average.', clicktrack.html_escape(current_setting('TimeZone'))),
			format('Best: %s.', max(clicktrack.report_hour(r.hour / 24 + 1, r.hour % 24)) FILTER (WHERE r.is_best)),
			array_agg(r.hour), array_agg(r.heat), array_agg(r.figure),
			array_agg(format('%s of %s', r.figure, clicktrack.report_plural(r.delivered, 'message', 'messages'))))
		FROM ranked AS r
	);
END
$$;
COMMENT ON FUNCTION report_send_hours(date, date) IS 'the report''s chart of the click rate by weekday and hour of sending, in the session''s time zone; NULL without delivered messages';

CREATE FUNCTION report_click_hours(first_day date, last_day date) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN (
		WITH clicked AS (
			SELECT (24 * (extract(isodow FROM k.hour) - 1) + extract(hour FROM k.hour))::integer AS hour, sum(k.human_clicks) AS clicks
			FROM clicktrack.click_hour_cells(first_day, last_day) AS k
			WHERE isfinite(k.hour)
			GROUP BY 1
			HAVING sum(k.human_clicks) > 0
		), ranked AS (
			SELECT c.*, (c.clicks / max(c.clicks) OVER ())::float8 AS heat, row_number() OVER (ORDER BY c.clicks DESC, c.hour) = 1 AS is_best
			FROM clicked AS c
		)
		SELECT clicktrack.report_hour_map('click', 'When people click',
			format('Clicks by people, hours in %s time. The stronger the colour, the more.', clicktrack.html_escape(current_setting('TimeZone'))),
			format('Most: %s.', max(clicktrack.report_hour(r.hour / 24 + 1, r.hour % 24)) FILTER (WHERE r.is_best)),
			array_agg(r.hour), array_agg(r.heat), array_agg(clicktrack.report_short(r.clicks)), array_agg(clicktrack.report_plural(r.clicks, 'click', 'clicks')))
		FROM ranked AS r
	);
END
$$;
COMMENT ON FUNCTION report_click_hours(date, date) IS 'the report''s chart of people''s clicks by weekday and hour, in the session''s time zone; NULL without clicks';

CREATE FUNCTION report_best_hours(first_day date, last_day date, most integer) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN (
		SELECT clicktrack.report_table('The best hour to send <span>By audience and channel. The estimate is drawn towards that of the neighbouring hours and of the audience.</span>',
				'{Audience,Channel,Hour,Delivered,Clicked,Click rate,Estimate}',
				string_agg(clicktrack.report_row(clicktrack.report_name(b.audience), clicktrack.report_text_cell(clicktrack.report_name(b.channel)), b.hour || ':00',
					clicktrack.report_number(b.delivered), clicktrack.report_number(b.clicked), clicktrack.report_percent(b.click_rate), clicktrack.report_percent(b.smoothed_rate)),
					E'\n' ORDER BY b.n) FILTER (WHERE b.n <= most), 2)
			|| clicktrack.report_more(most, count(*), 'more audience', 'more audiences')
		FROM (
			SELECT s.*, row_number() OVER (ORDER BY s.sent DESC, s.audience, s.channel, s.hour) AS n
			FROM (
				SELECT h.*, sum(h.delivered) OVER (PARTITION BY h.audience, h.channel) AS sent
				FROM clicktrack.best_send_hour(first_day, last_day) AS h
			) AS s
			WHERE s.is_best
		) AS b
	);
END
$$;
COMMENT ON FUNCTION report_best_hours(date, date, integer) IS 'the report''s table of the best hour of sending for so many audiences and channels, in the session''s time zone; NULL without messages';

CREATE FUNCTION report_timing(first_day date, last_day date) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN clicktrack.report_section('timing', 'Timing', NULL, nullif(concat_ws(E'\n', clicktrack.report_send_hours(first_day, last_day),
		clicktrack.report_best_hours(first_day, last_day, 8), clicktrack.report_click_hours(first_day, last_day)), ''));
END
$$;
COMMENT ON FUNCTION report_timing(date, date) IS 'the report''s section on hours of sending and clicking';

-- ---- messages ----

CREATE FUNCTION report_funnel_steps(first_day date, last_day date) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN (
		SELECT clicktrack.report_table('From message to conversion', '{Step,Messages,Of those sent,Of the step before}',
			string_agg(clicktrack.report_row(s.name, clicktrack.report_number(s.n),
				clicktrack.report_bar_cell(clicktrack.report_percent(clicktrack.rate(s.n, t.sent)), clicktrack.rate(s.n, t.sent)::float8),
				CASE WHEN s.before IS NULL THEN '&#8211;' ELSE clicktrack.report_percent(clicktrack.rate(s.n, s.before)) END), E'\n' ORDER BY s.step))
		FROM (
			SELECT sum(f.sent) AS sent, sum(f.delivered) AS delivered, sum(f.clicked) AS clicked, sum(f.converted) AS converted
			FROM clicktrack.funnel(first_day, last_day) AS f
		) AS t CROSS JOIN LATERAL (VALUES
			(1, 'Sent', t.sent, NULL), (2, 'Delivered', t.delivered, t.sent), (3, 'Clicked by a person', t.clicked, t.delivered), (4, 'Then converted', t.converted, t.clicked)
		) AS s(step, name, n, before)
		WHERE t.sent > 0
	);
END
$$;
COMMENT ON FUNCTION report_funnel_steps(date, date) IS 'the report''s funnel of all messages; NULL without any';

CREATE FUNCTION report_funnel_campaigns(first_day date, last_day date, most integer) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN (
		SELECT clicktrack.report_table('By campaign <span>Clicked and opted out: of messages delivered. Converted: of those clicked.</span>',
				'{Campaign,Channel,Sent,Delivered,Clicked,Converted,Opted out}',
				string_agg(clicktrack.report_row(clicktrack.report_name(f.campaign), clicktrack.report_text_cell(clicktrack.report_name(f.channel)), clicktrack.report_number(f.sent),
					clicktrack.report_percent(f.delivery_rate), clicktrack.report_bar_cell(clicktrack.report_percent(f.click_rate), (f.click_rate / nullif(f.best, 0))::float8),
					clicktrack.report_percent(f.conversion_rate), clicktrack.report_percent(f.opt_out_rate)), E'\n' ORDER BY f.n) FILTER (WHERE f.n <= most), 2)
			|| clicktrack.report_more(most, count(*), 'more', 'more')
		FROM (
			SELECT x.*, max(x.click_rate) OVER () AS best, row_number() OVER (ORDER BY x.sent DESC, x.campaign_id, x.channel) AS n
			FROM clicktrack.funnel(first_day, last_day) AS x
			WHERE x.sent > 0
		) AS f
	);
END
$$;
COMMENT ON FUNCTION report_funnel_campaigns(date, date, integer) IS 'the report''s table of what became of so many campaigns'' messages; NULL without any';

CREATE FUNCTION report_messages(first_day date, last_day date) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN clicktrack.report_section('messages', 'Messages', 'What became of messages sent in the period, within 30 days.',
		clicktrack.report_funnel_steps(first_day, last_day) || E'\n' || clicktrack.report_funnel_campaigns(first_day, last_day, 20));
END
$$;
COMMENT ON FUNCTION report_messages(date, date) IS 'the report''s section on what became of messages';

-- ---- tests ----

CREATE FUNCTION report_verdict(winner integer, control integer, rate numeric, control_rate numeric, lift float8, sample_ratio_p float8) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE
		WHEN sample_ratio_p < 0.001 THEN '<span class="tag bad">Do not trust this test</span> The groups are not as large as they should be (p '
			|| CASE WHEN sample_ratio_p < 0.0005 THEN '' ELSE '=&#160;' END || report_probability(sample_ratio_p) || '), so they may differ in more than the variant.'
		WHEN winner IS NULL THEN '<span class="tag">No winner yet</span> No variant is better than every other by more than chance explains.'
		WHEN winner = control THEN format('<span class="tag good">Variant %s wins</span> No other variant is as good as the control, with %s.', winner, report_percent(rate))
		ELSE format('<span class="tag good">Variant %s wins</span> %s against %s of the control', winner, report_percent(rate), report_percent(control_rate))
			|| coalesce(', a lift of ' || report_percent(lift::numeric, true), '') || '.'
	END;
COMMENT ON FUNCTION report_verdict(integer, integer, numeric, numeric, float8, float8) IS 'what an A/B test tells, in words: its winner (NULL: none), or that its groups have sizes that chance does not give';

CREATE FUNCTION report_interval(lower float8, upper float8, signed boolean DEFAULT false) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE
		WHEN lower IS NULL AND upper IS NULL THEN NULL
		WHEN upper IS NULL THEN 'at least ' || report_percent(lower::numeric, signed)
		WHEN lower IS NULL THEN 'at most ' || report_percent(upper::numeric, signed)
		ELSE report_percent(lower::numeric, signed) || ' to ' || report_percent(upper::numeric, signed)
	END;
COMMENT ON FUNCTION report_interval(float8, float8, boolean) IS 'an interval of shares in words; an end that is NULL is open, both: NULL';

CREATE FUNCTION report_tests(first_day date, last_day date) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	most constant integer := 10;
BEGIN
	RETURN (
		WITH variant AS (
			SELECT v.*, count(*) FILTER (WHERE v.trials > 0) OVER c AS groups, sum(v.trials) OVER c AS size,
				min(v.rate_lower) OVER c AS low, max(v.rate_upper) OVER c AS high, max(v.rate) FILTER (WHERE v.variant = v.control) OVER c AS control_rate
			FROM clicktrack.variant_performance(first_day, last_day) AS v
			WINDOW c AS (PARTITION BY v.campaign_id)
		), test AS (
			SELECT v.campaign_id, max(v.size) AS size,
				'<h3>' || clicktrack.report_name(max(v.campaign)) || '</h3><p>'
				|| clicktrack.report_verdict(max(v.variant) FILTER (WHERE v.is_winner), max(v.control), max(v.rate) FILTER (WHERE v.is_winner),
					max(v.control_rate), max(v.lift) FILTER (WHERE v.is_winner), min(v.sample_ratio_p)) || E'</p>\n'
				|| clicktrack.report_table(CASE max(v.basis) WHEN 'delivered' THEN 'Clicked, of messages delivered' ELSE 'Converted, of visitors' END,
					ARRAY['Variant', 'Rate and its interval', 'Rate', 'Lift', 'p', CASE max(v.basis) WHEN 'delivered' THEN 'Delivered' ELSE 'Visitors' END,
						CASE max(v.basis) WHEN 'delivered' THEN 'Clicked' ELSE 'Converted' END],
					string_agg(clicktrack.report_row(v.variant || CASE WHEN v.variant = v.control THEN ', control' ELSE '' END
							|| CASE WHEN v.is_winner THEN ' <span class="tag good">winner</span>' ELSE '' END,
						'<td class="draw">' || clicktrack.svg_whisker(v.rate::float8, v.rate_lower, v.rate_upper, v.low - (v.high - v.low) / 20, v.high + (v.high - v.low) / 20,
							v.control_rate::float8) || '</td>',
						clicktrack.report_estimate(clicktrack.report_percent(v.rate), clicktrack.report_interval(v.rate_lower, v.rate_upper)),
						clicktrack.report_estimate(clicktrack.report_percent(v.lift::numeric, true), clicktrack.report_interval(v.lift_lower, v.lift_upper, true)),
						clicktrack.report_probability(v.p_value), clicktrack.report_number(v.trials), clicktrack.report_number(v.hits)), E'\n' ORDER BY v.variant), 2) AS html,
				row_number() OVER (ORDER BY max(v.size) DESC, v.campaign_id) AS n
			FROM variant AS v
			WHERE v.groups > 1
			GROUP BY v.campaign_id
		)
		SELECT clicktrack.report_section('tests', 'A/B tests', 'A variant wins if it is better than every other, by more than chance explains. A dot is its rate, the line through it the 95% interval; the dashed line is the rate of the control.',
			string_agg(t.html, E'\n' ORDER BY t.n) FILTER (WHERE t.n <= most) || clicktrack.report_more(most, count(*), 'more test', 'more tests'))
		FROM test AS t
	);
END
$$;
COMMENT ON FUNCTION report_tests(date, date) IS 'the report''s section on A/B tests; NULL without any that has two variants';

CREATE FUNCTION report_holdouts(first_day date, last_day date) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	most constant integer := 20;
BEGIN
	RETURN (
		-- one axis for all, with room for the larger intervals but not for those of a handful of people
		WITH test AS (
			SELECT h.*, row_number() OVER (ORDER BY h.treated + h.holdout DESC, h.campaign_id) AS n, a.low, a.high
			FROM clicktrack.holdout_lift(first_day, last_day) AS h
				CROSS JOIN (
					SELECT least(-0.1, greatest(-1, min(x.lift_lower))) * 1.05 AS low, greatest(0.1, least(3, max(x.lift_upper))) * 1.05 AS high
					FROM clicktrack.holdout_lift(first_day, last_day) AS x
				) AS a
		)
		SELECT clicktrack.report_section('holdouts', 'Holdout tests',
			'Some recipients got no message, for comparison. What the others did more often is what the messages really brought in.',
			clicktrack.report_table('Conversions with a message, against those without'
					|| ' <span>A dot is the lift, the line through it the 95% interval; right of the dashed line messages brought conversions in. Conversions within 30 days, whatever led to them.</span>',
				'{Campaign,Lift and its interval,Lift,Brought in,Messages,Held out,p}',
				string_agg(clicktrack.report_row(clicktrack.report_name(t.campaign)
						|| CASE WHEN t.sample_ratio_p < 0.001 THEN ' <span class="tag bad">groups of a wrong size</span>' ELSE '' END,
					'<td class="draw">' || clicktrack.svg_whisker(t.lift::float8, t.lift_lower, t.lift_upper, t.low, t.high, 0) || '</td>',
					clicktrack.report_estimate(clicktrack.report_percent(t.lift::numeric, true), clicktrack.report_interval(t.lift_lower, t.lift_upper, true)),
					clicktrack.report_number(t.incremental::numeric, 1),
					clicktrack.report_estimate(clicktrack.report_number(t.treated), clicktrack.report_percent(t.treated_rate) || ' converted'),
					clicktrack.report_estimate(clicktrack.report_number(t.holdout), clicktrack.report_percent(t.holdout_rate) || ' converted'),
					clicktrack.report_probability(t.p_value)), E'\n' ORDER BY t.n) FILTER (WHERE t.n <= most), 2)
				|| clicktrack.report_more(most, count(*), 'more campaign', 'more campaigns'))
		FROM test AS t
	);
END
$$;
COMMENT ON FUNCTION report_holdouts(date, date) IS 'the report''s section on holdout tests; NULL without any';

-- ---- bots ----

CREATE FUNCTION report_bot_reason(reason text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN CASE reason
		WHEN 'user_agent' THEN 'Says that it is a program'
		WHEN 'prefetch' THEN 'Opened ahead, by a mail or chat app'
		WHEN 'too_fast' THEN 'Sooner after delivery than a person can be'
		WHEN 'burst' THEN 'Many links of a message at once'
		WHEN 'honeypot' THEN 'Followed a link that people do not see'
		WHEN 'network' THEN 'From a network of programs'
		WHEN 'negative_delay' THEN 'Before the message was delivered'
		WHEN 'manual' THEN 'Marked by hand'
		ELSE html_escape(reason)
	END;
COMMENT ON FUNCTION report_bot_reason(text) IS 'a bot reason in words';

CREATE FUNCTION report_bots(first_day date, last_day date) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN (
		WITH reason AS (
			SELECT b.reason, sum(b.bot_clicks) AS bot_clicks, sum(b.clicks) FILTER (WHERE b.reason = 'any') AS clicks
			FROM clicktrack.bot_share(first_day, last_day) AS b
			GROUP BY b.reason
		), share AS (
			SELECT r.reason, r.bot_clicks, clicktrack.rate(r.bot_clicks, max(r.clicks) OVER ()) AS share, max(r.bot_clicks) OVER () AS most
			FROM reason AS r
		)
		SELECT clicktrack.report_section('bots', 'Bots', format('<strong>%s</strong> of all clicks were made by programs, such as filters and previews. No other figure counts them.',
				max(clicktrack.report_percent(s.share)) FILTER (WHERE s.reason = 'any')),
			clicktrack.report_table('Bot share by reason <span>A click can have several reasons.</span>', '{Reason,Clicks,Share of all clicks}',
				string_agg(clicktrack.report_row(CASE WHEN s.reason = 'any' THEN 'All bots' ELSE clicktrack.report_bot_reason(s.reason) END,
					clicktrack.report_number(s.bot_clicks), clicktrack.report_bar_cell(clicktrack.report_percent(s.share), (s.bot_clicks / nullif(s.most, 0))::float8)),
					E'\n' ORDER BY s.reason <> 'any', s.bot_clicks DESC, s.reason)))
		FROM share AS s
		HAVING sum(s.bot_clicks) > 0
	);
END
$$;
COMMENT ON FUNCTION report_bots(date, date) IS 'the report''s section on clicks of bots; NULL without any';

-- ---- links ----

CREATE FUNCTION report_link_problem(problem text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN CASE problem
		WHEN 'expires_early' THEN 'Expires before its campaign ends'
		WHEN 'utm_missing' THEN 'Lacks a UTM parameter that its campaign has'
		WHEN 'same_destination' THEN 'Leads where another link of the campaign does'
		WHEN 'no_human_click' THEN 'Has not been clicked by a person'
		WHEN 'url_problem' THEN 'Has a bad url'
		ELSE html_escape(problem)
	END;
COMMENT ON FUNCTION report_link_problem(text) IS 'a problem of link_check in words';

CREATE FUNCTION report_links() RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	most constant integer := 3;
BEGIN
	RETURN (
		WITH found AS (
			SELECT c.*, row_number() OVER (PARTITION BY c.problem ORDER BY c.link_id) AS n
			FROM clicktrack.link_check AS c
		), problem AS (
			SELECT f.problem, count(*) AS links, count(DISTINCT f.campaign_id) AS campaigns,
				string_agg(format('<code>%s</code> in %s: %s', clicktrack.report_name(concat_ws('/', nullif(f.domain, ''), f.code)), clicktrack.report_name(f.campaign),
					clicktrack.report_name(f.detail)), '<br/>' ORDER BY f.n) FILTER (WHERE f.n <= most)
				|| CASE WHEN count(*) > most THEN '<br/>and ' || clicktrack.report_number(count(*) - most) || ' more' ELSE '' END AS examples
			FROM found AS f
			GROUP BY f.problem
		)
		SELECT clicktrack.report_section('links', 'Links to look at', 'As they are now, whatever the period. The view <code>link_check</code> has all of them.',
			clicktrack.report_table('What is wrong with links', '{Problem,Such as,Links,Campaigns}',
				string_agg(clicktrack.report_row(clicktrack.report_link_problem(p.problem), clicktrack.report_text_cell(p.examples),
					clicktrack.report_number(p.links), clicktrack.report_number(p.campaigns)), E'\n' ORDER BY p.links DESC, p.problem), 2))
		FROM problem AS p
	);
END
$$;
COMMENT ON FUNCTION report_links() IS 'the report''s section on what is wrong with links; NULL when nothing is';
