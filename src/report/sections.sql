-- ---------------------------------------------------------------------------
-- The report: its sections
--
-- Each reads the views' functions for a period of days, both ends in (NULL: open), and is NULL
-- where there is nothing to tell.
-- ---------------------------------------------------------------------------

-- ---- headline ----

CREATE FUNCTION report_figure(name text, figure text, about text, is_wide boolean DEFAULT false) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN format('<div%s><dt>%s</dt><dd><span class="value">%s</span><span class="about">%s</span></dd></div>',
		CASE WHEN is_wide THEN ' class="wide"' ELSE '' END, name, figure, about);
COMMENT ON FUNCTION report_figure(text, text, text, boolean) IS 'a figure of the headline from HTML, and what is to be said of it';

CREATE FUNCTION report_amount(amount numeric, currency text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN coalesce('<span class="unit">' || html_escape(nullif(currency, 'XXX')) || '</span>&#160;', '') || report_number(amount, 2);
COMMENT ON FUNCTION report_amount(numeric, text) IS 'an amount in large letters, with its currency in small ones; NULL: a dash';

CREATE FUNCTION report_click_figures(first_day date, last_day date) RETURNS text
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000
	RETURN (
		SELECT report_figure('Clicks', report_number(c.clicks), 'by people and bots')
			|| report_figure('People''s clicks', report_number(c.human_clicks), 'what every rate here counts')
			|| report_figure('Unique visitors', report_number(c.visitors), 'distinct people who clicked')
			|| report_figure('Bot share', report_percent(rate(c.clicks - c.human_clicks, c.clicks)), 'of all clicks')
		FROM (
			SELECT coalesce(sum(k.clicks), 0) AS clicks, coalesce(sum(k.human_clicks), 0) AS human_clicks,
				coalesce(round(visitor_sketch_merge(k.visitors)), 0)::bigint AS visitors
			FROM click_cells(first_day, last_day) AS k
		) AS c
	);
COMMENT ON FUNCTION report_click_figures(date, date) IS 'the headline figures on clicks';

-- By the last touch each conversion is credited once or to nothing, so that its sums are those of all conversions.
CREATE FUNCTION report_revenue_figures(first_day date, last_day date) RETURNS text
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000
	RETURN (
		WITH earned AS (
			SELECT r.currency, sum(r.last_touch_conversions) AS conversions, sum(r.last_touch) AS revenue,
				coalesce(sum(r.last_touch_conversions) FILTER (WHERE u.touched), 0) AS touched_conversions,
				coalesce(sum(r.last_touch) FILTER (WHERE u.touched), 0) AS touched_revenue
			FROM revenue_by_model(first_day, last_day) AS r
				CROSS JOIN LATERAL (SELECT r.campaign_id IS NOT NULL OR r.campaign = '(none)' AS touched) AS u
			GROUP BY r.currency
		), clicked AS (
			SELECT sum(k.human_clicks) AS human_clicks FROM click_cells(first_day, last_day) AS k
		)
		SELECT report_figure('Conversions', report_number(coalesce(sum(e.conversions), 0)),
				report_number(coalesce(sum(e.touched_conversions), 0)) || ' of them after a click')
			|| coalesce(string_agg(
				report_figure('Revenue', report_amount(e.revenue, e.currency),
					report_percent(rate(e.touched_revenue, e.revenue)) || ' of it after a click', true)
				|| report_figure('Revenue per click', report_amount(rate(e.touched_revenue, c.human_clicks), e.currency),
					'by the last touch, per click of a person', true), '' ORDER BY e.revenue DESC, e.currency),
				report_figure('Revenue', '&#8211;', 'no conversion is recorded', true)
				|| report_figure('Revenue per click', '&#8211;', 'by the last touch, per click of a person', true))
		FROM earned AS e CROSS JOIN clicked AS c
	);
COMMENT ON FUNCTION report_revenue_figures(date, date) IS 'the headline figures on conversions, and on revenue in each currency';

CREATE FUNCTION report_headline(first_day date, last_day date) RETURNS text
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000
	RETURN report_section('summary', 'Summary', NULL,
		'<dl class="figures">' || report_click_figures(first_day, last_day) || report_revenue_figures(first_day, last_day) || '</dl>');
COMMENT ON FUNCTION report_headline(date, date) IS 'the report''s section of headline figures';

-- ---- over time ----

CREATE FUNCTION report_unit(first_day date, last_day date) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN CASE WHEN last_day - first_day < 200 THEN 'day' WHEN last_day - first_day < 1400 THEN 'week'
		WHEN last_day - first_day < 6000 THEN 'month' ELSE 'year' END;
COMMENT ON FUNCTION report_unit(date, date) IS
'what a point of the chart over time is, that of these days: a day, week, month or year, so that there are about 200 at most';

-- One click of the year 290000 must not make a chart of as many years.
CREATE FUNCTION report_points(first_day date, last_day date) RETURNS TABLE (
	starts date,
	ends date,
	clicks bigint,
	human_clicks bigint,
	unique_clicks bigint
)
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000 ROWS 200
BEGIN ATOMIC
	WITH clicked AS (
		SELECT k.day, sum(k.clicks) AS clicks, sum(k.human_clicks) AS human_clicks, visitor_sketch_union(k.visitors) AS visitors
		FROM click_cells(first_day, last_day) AS k
		WHERE k.day BETWEEN '1990-01-01' AND '2199-12-31'
		GROUP BY k.day
	), span AS (
		-- the whole period that was asked for, but for its future
		SELECT CASE WHEN first_day IS NULL THEN min(c.day) ELSE greatest(first_day, '1990-01-01') END AS first_day,
			CASE WHEN last_day IS NULL THEN max(c.day) ELSE least(last_day, greatest(max(c.day), utc_day(now()))) END AS last_day
		FROM clicked AS c
		HAVING count(*) > 0
	), point AS (
		SELECT greatest(t.at::date, s.first_day) AS starts, least((t.at + u.step)::date - 1, s.last_day) AS ends
		FROM span AS s
			CROSS JOIN LATERAL (SELECT r.unit, ('1 ' || r.unit)::interval AS step FROM report_unit(s.first_day, s.last_day) AS r(unit)) AS u
			CROSS JOIN LATERAL generate_series(date_trunc(u.unit, s.first_day::timestamp), s.last_day, u.step) AS t(at)
	)
	SELECT p.starts, p.ends, coalesce(sum(c.clicks), 0)::bigint, coalesce(sum(c.human_clicks), 0)::bigint,
		coalesce(round(visitor_sketch_merge(c.visitors)), 0)::bigint
	FROM point AS p LEFT JOIN clicked AS c ON c.day BETWEEN p.starts AND p.ends
	GROUP BY p.starts, p.ends
	ORDER BY p.starts;
END;
COMMENT ON FUNCTION report_points(date, date) IS
'the points of the chart over time: a row a report_unit(), also where nobody clicked, from the first to the last day of the period, or with clicks where it is open; no rows without clicks from 1990 to 2199';

CREATE FUNCTION report_days(starts date, ends date) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN CASE WHEN starts = ends THEN report_day(starts) ELSE report_day(starts) || ' to ' || report_day(ends) END;
COMMENT ON FUNCTION report_days(date, date) IS 'a day or days for the report, in English';

-- A point has a mark if a week, month, or whatever the marks are of, begins in it.
CREATE FUNCTION report_time_axis(starts date[], ends date[], y float8) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
	RETURN (
		WITH unit (name, picture) AS (
			SELECT CASE WHEN s.days < 9 THEN 'day' WHEN s.days < 60 THEN 'week' WHEN s.days < 400 THEN 'month' WHEN s.days < 1000 THEN 'quarter'
					WHEN s.days < 4000 THEN 'year' ELSE 'decade' END,
				CASE WHEN s.days < 60 THEN 'FMDD Mon' WHEN s.days < 1000 THEN 'Mon YYYY' ELSE 'YYYY' END
			FROM (SELECT ends[cardinality(ends)] - starts[1] AS days) AS s
		), mark AS (
			SELECT i, date_trunc(u.name, ends[i]::timestamp)::date AS day, u.picture, row_number() OVER (ORDER BY i) AS n
			FROM unit AS u CROSS JOIN generate_subscripts(starts, 1) AS i
			WHERE date_trunc(u.name, ends[i]::timestamp) >= starts[i]
		)
		SELECT string_agg(svg_tick(
			to_char(m.day, CASE WHEN m.picture = 'Mon YYYY' AND m.n > 1 AND extract(month FROM m.day) > 1 THEN 'Mon' ELSE m.picture END),
			(m.i - 1) * 100.0 / cardinality(starts), y, m.n % 2 = 0), '' ORDER BY m.i)
		FROM mark AS m
	);
COMMENT ON FUNCTION report_time_axis(date[], date[], float8) IS 'the axis below the chart over time, of points from starts to ends';

-- The strongest, numbered by day: all of a day have one number.
CREATE FUNCTION report_anomalies(first_day date, last_day date, most bigint) RETURNS TABLE (
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
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000 ROWS 10
BEGIN ATOMIC
	SELECT dense_rank() OVER (ORDER BY a.day), a.day, a.campaign,
		CASE a.kind WHEN 'clicks' THEN 'Clicks' WHEN 'click_rate' THEN 'Click rate of messages'
			ELSE 'Share of clicks by ' || html_escape(coalesce(nullif(a.subject, '(none)'), 'unknown device')) END,
		CASE WHEN a.kind = 'clicks' THEN report_number(a.value::numeric) ELSE report_percent(a.value::numeric) END,
		CASE WHEN a.kind = 'clicks' THEN report_number(a.expected::numeric) ELSE report_percent(a.expected::numeric) END,
		a.direction = 'up', a.strength, a.anomalies
	FROM (
		SELECT c.*, row_number() OVER (ORDER BY c.p_value, abs(c.score) DESC, c.day, c.campaign_id, c.kind, c.subject) AS strength,
			count(*) OVER () AS anomalies
		FROM click_anomalies(first_day, last_day) AS c
	) AS a
	WHERE a.strength <= most;
END;
COMMENT ON FUNCTION report_anomalies(date, date, bigint) IS
'so many of the strongest anomalies (by strength) in words and figures for HTML, but for campaign, a name; anomalies: how many there are in all';

CREATE FUNCTION report_marks(days date[], titles text[], are_up boolean[], starts date[], ends date[], counts bigint[], top float8) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN (
		SELECT string_agg(svg_mark(n::text, titles[n], are_up[n], (i - 0.5) * 100 / cardinality(starts), svg_y(counts[i], top)), '' ORDER BY n)
		FROM generate_subscripts(days, 1) AS n JOIN generate_subscripts(starts, 1) AS i ON days[n] BETWEEN starts[i] AND ends[i]
	);
COMMENT ON FUNCTION report_marks(date[], text[], boolean[], date[], date[], bigint[], float8) IS
'numbered marks of days above a line through counts, those of points from starts to ends, on an axis up to top';

CREATE FUNCTION report_time_chart(
	starts date[], ends date[], human_clicks bigint[], unique_clicks bigint[], top float8, marks text, about text
) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN '<svg class="chart" height="292" role="img" aria-labelledby="time-title time-desc">'
		'<title id="time-title">People&#39;s clicks and unique visitors</title>'
		|| format('<desc id="time-desc">%s</desc>', about)
		|| svg_grid(top) || coalesce(report_time_axis(starts, ends, svg_y(0, top)), '') || svg_lines(human_clicks, unique_clicks, top)
		|| (SELECT string_agg(svg_band(i, cardinality(starts), format('%s: %s by people, %s', report_days(starts[i], ends[i]),
				report_plural(human_clicks[i], 'click', 'clicks'), report_plural(unique_clicks[i], 'visitor', 'visitors'))), '' ORDER BY i)
			FROM generate_subscripts(starts, 1) AS i)
		|| coalesce(marks, '') || '</svg>';
COMMENT ON FUNCTION report_time_chart(date[], date[], bigint[], bigint[], float8, text, text) IS 'the chart over time of points from starts to ends, with marks and a description';

CREATE FUNCTION report_time_key(has_marks boolean) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN '<ul class="key"><li><svg width="28" height="12" aria-hidden="true">'
		'<rect class="area" width="28" height="10" y="2"/><line class="line a" x2="28" y1="2" y2="2"/></svg>people&#39;s clicks</li>'
		'<li><svg width="28" height="12" aria-hidden="true"><line class="line b" x2="28" y1="6" y2="6"/></svg>unique visitors</li>'
		|| CASE WHEN has_marks THEN '<li>'
			'<svg class="mark" width="12" height="12" aria-hidden="true"><path d="M1 10L6 2L11 10Z"/></svg>out of the ordinary, see below</li>'
			ELSE '' END || E'</ul>\n';
COMMENT ON FUNCTION report_time_key(boolean) IS 'what the lines and marks of the chart over time are';

CREATE FUNCTION report_timeline(first_day date, last_day date) RETURNS text
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000
	RETURN (
		WITH point AS (
			SELECT array_agg(p.starts ORDER BY p.starts) AS starts, array_agg(p.ends ORDER BY p.starts) AS ends,
				array_agg(p.human_clicks ORDER BY p.starts) AS human_clicks, array_agg(p.unique_clicks ORDER BY p.starts) AS unique_clicks,
				svg_top(greatest(max(p.human_clicks), 1)) AS top, report_unit(min(p.starts), max(p.ends)) AS unit,
				(array_agg(report_days(p.starts, p.ends) ORDER BY p.human_clicks DESC, p.starts))[1] AS best, max(p.human_clicks) AS most,
				string_agg(report_row(report_days(p.starts, p.ends), ARRAY[report_number(p.clicks), report_number(p.human_clicks),
					report_number(p.unique_clicks)]), E'\n' ORDER BY p.starts) AS rows
			FROM report_points(first_day, last_day) AS p
			HAVING count(*) > 0
		), anomaly AS MATERIALIZED (
			SELECT a.* FROM report_anomalies(first_day, last_day, 10) AS a
		), marked AS (
			SELECT array_agg(d.day ORDER BY d.day) AS days, array_agg(d.title ORDER BY d.day) AS titles, array_agg(d.is_up ORDER BY d.day) AS are_up
			FROM (
				SELECT a.day, (array_agg(a.is_up ORDER BY a.strength))[1] AS is_up, report_day(a.day) || ': '
					|| string_agg(format('%s, %s where %s is usual', html_escape(left(a.campaign, 120)), a.value, a.expected),
						'; ' ORDER BY a.strength) AS title
				FROM anomaly AS a
				GROUP BY a.day
			) AS d
		), listed AS (
			SELECT report_table('Out of the ordinary '
					'<span>Days unlike the 28 before them, by more than chance explains. The numbers are those in the chart.</span>',
					'{Day,Campaign,What,On the day,Usual}',
					string_agg(report_row(format('<span class="number">%s</span> %s', a.number, to_char(a.day, 'FMDD Mon YYYY')),
						ARRAY[report_text_cell(report_name(a.campaign)), report_text_cell(CASE WHEN a.is_up THEN '&#9650; ' ELSE '&#9660; ' END || a.what),
							a.value, a.expected]), E'\n' ORDER BY a.day, a.strength), 3)
				|| report_more(count(*), max(a.anomalies), 'more', 'more') AS html
			FROM anomaly AS a
		)
		SELECT report_section('time', 'Over time',
			format('Most came on <strong>%s</strong>: %s by people.', p.best, report_plural(p.most, 'click', 'clicks')),
			format(E'<figure>\n<figcaption>People&#39;s clicks and unique visitors by %s</figcaption>\n', p.unit)
			|| report_time_key(m.days IS NOT NULL)
			|| report_time_chart(p.starts, p.ends, p.human_clicks, p.unique_clicks, p.top,
				report_marks(m.days, m.titles, m.are_up, p.starts, p.ends, p.human_clicks, p.top),
				format('By %s, %s. Most: %s by people, %s.', p.unit, report_days(p.starts[1], p.ends[cardinality(p.ends)]),
					report_plural(p.most, 'click', 'clicks'), p.best))
			|| report_details(report_table('Clicks and unique visitors by ' || p.unit,
				ARRAY[initcap(p.unit), 'Clicks', 'People&#39;s clicks', 'Unique visitors'], p.rows))
			|| E'</figure>\n' || coalesce(l.html, ''))
		FROM point AS p CROSS JOIN marked AS m CROSS JOIN listed AS l
	);
COMMENT ON FUNCTION report_timeline(date, date) IS 'the report''s section on clicks and visitors over time, with anomalies';

-- ---- campaigns ----

CREATE FUNCTION report_campaign_table(first_day date, last_day date, most bigint) RETURNS text
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000
	RETURN (
		WITH ranked AS (
			SELECT p.*, max(p.revenue_per_click) OVER (PARTITION BY p.currency) AS best,
				row_number() OVER (ORDER BY p.revenue_per_click DESC NULLS LAST, p.human_clicks DESC, p.campaign_id) AS n
			FROM campaign_performance(first_day, last_day) AS p
			WHERE p.clicks > 0 OR p.conversions > 0 OR p.revenue <> 0
		)
		SELECT coalesce('<p class="lead"><strong>' || max(report_name(c.campaign)) FILTER (WHERE c.n = 1 AND c.revenue_per_click > 0)
				|| '</strong> earned most per click: ' || max(report_money(c.revenue_per_click, c.currency)) FILTER (WHERE c.n = 1) || E'.</p>\n', '')
			|| report_table('What a click earns '
				'<span>Conversions and revenue by the last touch within 30 days. Bars compare campaigns in the same currency.</span>',
				'{Campaign,Channel,Revenue per click,People&#39;s clicks,Unique visitors,Conversions,Conversion rate,Revenue}',
				string_agg(report_row(report_name(c.campaign), ARRAY[report_text_cell(report_name(c.channel)),
					report_bar_cell(report_money(c.revenue_per_click, c.currency), (c.revenue_per_click / nullif(c.best, 0))::float8),
					report_number(c.human_clicks), report_number(c.unique_clicks), report_number(c.conversions),
					report_percent(c.click_to_conversion_rate), report_money(c.revenue, c.currency)]), E'\n' ORDER BY c.n) FILTER (WHERE c.n <= most), 2)
			|| report_more(most, count(*), 'more campaign', 'more campaigns')
			|| CASE WHEN bool_or(c.revenue IS NULL)
				THEN '<p class="note">A campaign with revenue in several currencies has none here; the tables below have each of them.</p>' ELSE '' END
		FROM ranked AS c
	);
COMMENT ON FUNCTION report_campaign_table(date, date, bigint) IS 'the table of so many campaigns by revenue per click; NULL without any';

CREATE FUNCTION report_amounts(amounts numeric[], best numeric) RETURNS text[]
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN ARRAY(
		SELECT CASE WHEN best IS NULL THEN report_number(u.amount, 2)
			ELSE report_bar_cell(report_number(u.amount, 2), (u.amount / nullif(best, 0))::float8) END
		FROM unnest(amounts) WITH ORDINALITY AS u(amount, place)
		ORDER BY u.place
	);
COMMENT ON FUNCTION report_amounts(numeric[], numeric) IS 'cells of amounts, with bars that compare them with the best one; NULL: without bars';

CREATE FUNCTION report_model_tables(first_day date, last_day date, most bigint) RETURNS text
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000
	RETURN (
		WITH credited AS (
			SELECT r.currency, r.campaign, ARRAY[r.first_touch, r.last_touch, r.linear, r.position_based, r.time_decay] AS amounts,
				r.campaign_id IS NULL AS is_rest,
				greatest(r.first_touch, r.last_touch, r.linear, r.position_based, r.time_decay) AS best,
				row_number() OVER (PARTITION BY r.currency ORDER BY r.campaign_id IS NULL, r.linear DESC, r.campaign_id) AS n
			FROM revenue_by_model(first_day, last_day) AS r
		), total AS (
			-- of all, and of the campaigns that have no row
			SELECT c.currency, g.is_all, count(*) AS campaigns,
				ARRAY[sum(c.amounts[1]), sum(c.amounts[2]), sum(c.amounts[3]), sum(c.amounts[4]), sum(c.amounts[5])] AS amounts
			FROM credited AS c JOIN (VALUES (true), (false)) AS g(is_all) ON g.is_all OR (c.n > most AND NOT c.is_rest)
			GROUP BY c.currency, g.is_all
		), line AS (
			SELECT c.currency, CASE WHEN c.is_rest THEN 2 ELSE 0 END AS part, c.n, report_name(c.campaign) AS name,
				report_amounts(c.amounts, CASE WHEN NOT c.is_rest THEN max(c.best) FILTER (WHERE NOT c.is_rest) OVER (PARTITION BY c.currency) END) AS cells
			FROM credited AS c
			WHERE c.n <= most OR c.is_rest
			UNION ALL
			SELECT t.currency, CASE WHEN t.is_all THEN 3 ELSE 1 END, 0,
				CASE WHEN t.is_all THEN '<strong>All conversions</strong>' ELSE report_plural(t.campaigns, 'more campaign', 'more campaigns') END,
					report_amounts(t.amounts, NULL)
			FROM total AS t
		), listed AS (
			SELECT l.currency, string_agg(report_row(l.name, l.cells), E'\n' ORDER BY l.part, l.n) AS rows
			FROM line AS l
			GROUP BY l.currency
		)
		SELECT string_agg(report_table('Who gets the credit' || coalesce(', in ' || html_escape(nullif(l.currency, 'XXX')), '')
				|| ' <span>The same revenue under five rules of sharing it among the clicks of the 30 days before. '
				'Each column adds up to all conversions, less refunds.</span>',
			'{Campaign,First touch,Last touch,Linear,By position,Time decay}', l.rows), E'\n' ORDER BY t.amounts[1] DESC, l.currency)
		FROM listed AS l JOIN total AS t ON t.currency = l.currency AND t.is_all
	);
COMMENT ON FUNCTION report_model_tables(date, date, bigint) IS 'the tables of revenue by model of so many campaigns, one a currency; NULL without conversions';

CREATE FUNCTION report_campaigns(first_day date, last_day date) RETURNS text
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000
	RETURN report_section('campaigns', 'Campaigns', NULL,
		nullif(concat_ws(E'\n', report_campaign_table(first_day, last_day, 20), report_model_tables(first_day, last_day, 20)), ''));
COMMENT ON FUNCTION report_campaigns(date, date) IS 'the report''s section on what campaigns earned';

-- ---- hours ----

CREATE FUNCTION report_weekday(weekday integer) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN ('{Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday}'::text[])[weekday];
COMMENT ON FUNCTION report_weekday(integer) IS 'the name of a day of the week, 1 being Monday';

CREATE FUNCTION report_hour_of_week(at timestamptz) RETURNS integer
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
	RETURN 24 * (extract(isodow FROM at)::integer - 1) + extract(hour FROM at)::integer;
COMMENT ON FUNCTION report_hour_of_week(timestamptz) IS 'hours since Monday, 0 to 167, in the session''s time zone; NULL for an infinite time';

CREATE FUNCTION report_hour(hour_of_week integer) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN format('%s, %s:00 to %s:00', report_weekday(hour_of_week / 24 + 1), hour_of_week % 24, hour_of_week % 24 + 1);
COMMENT ON FUNCTION report_hour(integer) IS 'an hour of the week in words';

CREATE FUNCTION report_hour_chart(id text, title text, about text, hours integer[], heats float8[], figures text[], details text[]) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN (
		SELECT svg_heat_map(id, title, about, string_agg(svg_heat(c.hour % 24, c.hour / 24, heats[c.n], figures[c.n],
			report_hour(c.hour) || ': ' || coalesce(details[c.n], 'none')), '' ORDER BY c.hour))
		FROM (SELECT h AS hour, array_position(hours, h) AS n FROM generate_series(0, 167) AS h) AS c
	);
COMMENT ON FUNCTION report_hour_chart(text, text, text, integer[], float8[], text[], text[]) IS
'a chart of the hours of the week: of each of hours its colour by heat from 0 to 1, its figure and what it shows when pointed at';

CREATE FUNCTION report_hour_table(title text, hours integer[], figures text[]) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN report_table(title, '{Hour,Mon,Tue,Wed,Thu,Fri,Sat,Sun}', (
		SELECT string_agg(report_row(h || ':00',
			ARRAY(SELECT figures[array_position(hours, 24 * d + h)] FROM generate_series(0, 6) AS d ORDER BY d)), E'\n' ORDER BY h)
		FROM generate_series(0, 23) AS h));
COMMENT ON FUNCTION report_hour_table(text, integer[], text[]) IS 'the figures of report_hour_chart() as a table';

CREATE FUNCTION report_hour_figure(
	id text, title text, about text, best text, hours integer[], heats float8[], figures text[], details text[]
) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN CASE WHEN cardinality(hours) > 0 THEN
		format(E'<figure>\n<figcaption>%s <span>%s Hours in the time zone %s. The stronger the colour, the more.</span></figcaption>\n',
			title, about, html_escape(current_setting('TimeZone')))
		|| report_hour_chart(id, title, best, hours, heats, figures, details)
		|| report_details(report_hour_table(title, hours, figures)) || '</figure>' END;
COMMENT ON FUNCTION report_hour_figure(text, text, text, text, integer[], float8[], text[], text[]) IS
'report_hour_chart() with its caption and its figures as a table; NULL without hours';

CREATE FUNCTION report_send_hours(first_day date, last_day date) RETURNS text
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000
	RETURN (
		WITH sent AS (
			SELECT report_hour_of_week(r.hour) AS hour, sum(r.delivered) AS delivered, sum(r.clicked) AS clicked
			FROM response_cells(first_day, last_day) AS r
			WHERE NOT r.holdout
			GROUP BY 1
			HAVING sum(r.delivered) > 0
		), smoothed AS (
			-- as if 50 messages more had been clicked as all are, so that a few say little
			SELECT s.*, report_percent(s.clicked / s.delivered) AS figure, (s.clicked + 50 * a.rate) / (s.delivered + 50) AS rate
			FROM sent AS s CROSS JOIN (SELECT sum(x.clicked) / sum(x.delivered) AS rate FROM sent AS x) AS a
		)
		SELECT report_hour_figure('send', 'Click rate by the hour of sending',
			'Of messages delivered; hours with few of them are drawn towards the average.',
			'Best: ' || (array_agg(report_hour(s.hour) ORDER BY s.rate DESC, s.hour))[1], array_agg(s.hour ORDER BY s.hour),
			array_agg((s.rate / nullif(b.rate, 0))::float8 ORDER BY s.hour), array_agg(s.figure ORDER BY s.hour),
			array_agg(format('%s of %s', s.figure, report_plural(s.delivered, 'message', 'messages')) ORDER BY s.hour))
		FROM smoothed AS s CROSS JOIN (SELECT max(x.rate) AS rate FROM smoothed AS x) AS b
	);
COMMENT ON FUNCTION report_send_hours(date, date) IS 'the chart of the click rate by the hour of the week when messages were sent; NULL without delivered messages';

CREATE FUNCTION report_click_hours(first_day date, last_day date) RETURNS text
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000
	RETURN (
		WITH clicked AS (
			SELECT report_hour_of_week(k.hour) AS hour, sum(k.human_clicks) AS clicks
			FROM click_hour_cells(first_day, last_day) AS k
			WHERE isfinite(k.hour)
			GROUP BY 1
			HAVING sum(k.human_clicks) > 0
		)
		SELECT report_hour_figure('click', 'When people click', 'Clicks by people.',
			'Most: ' || (array_agg(report_hour(c.hour) ORDER BY c.clicks DESC, c.hour))[1],
			-- few clicks are to be seen beside many
			array_agg(c.hour ORDER BY c.hour), array_agg(sqrt((c.clicks / b.clicks)::float8) ORDER BY c.hour),
			array_agg(report_short(c.clicks) ORDER BY c.hour),
			array_agg(report_plural(c.clicks, 'click', 'clicks') ORDER BY c.hour))
		FROM clicked AS c CROSS JOIN (SELECT max(x.clicks) AS clicks FROM clicked AS x) AS b
	);
COMMENT ON FUNCTION report_click_hours(date, date) IS 'the chart of people''s clicks by the hour of the week; NULL without clicks';

CREATE FUNCTION report_best_hours(first_day date, last_day date, most bigint) RETURNS text
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000
	RETURN (
		WITH hour AS (
			SELECT h.*, sum(h.delivered) OVER (PARTITION BY h.audience, h.channel) AS sent
			FROM best_send_hour(first_day, last_day) AS h
		), best AS (
			SELECT h.*, row_number() OVER (ORDER BY h.sent DESC, h.audience, h.channel, h.hour) AS n
			FROM hour AS h
			WHERE h.is_best
		)
		SELECT report_table('The best hour to send '
				'<span>By audience and channel. The estimate is drawn towards the neighbouring hours and the average of the audience.</span>',
				'{Audience,Channel,Hour,Delivered,Clicked,Click rate,Estimate}',
				string_agg(report_row(report_name(b.audience), ARRAY[report_text_cell(report_name(b.channel)), b.hour || ':00', report_number(b.delivered),
					report_number(b.clicked), report_percent(b.click_rate), report_percent(b.smoothed_rate::numeric)]),
					E'\n' ORDER BY b.n) FILTER (WHERE b.n <= most), 2)
			|| report_more(most, count(*), 'more', 'more')
		FROM best AS b
	);
COMMENT ON FUNCTION report_best_hours(date, date, bigint) IS 'the table of the best hour to send for so many audiences and channels; NULL without messages';

CREATE FUNCTION report_timing(first_day date, last_day date) RETURNS text
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000
	RETURN report_section('timing', 'Timing', NULL, nullif(concat_ws(E'\n', report_send_hours(first_day, last_day),
		report_best_hours(first_day, last_day, 8), report_click_hours(first_day, last_day)), ''));
COMMENT ON FUNCTION report_timing(date, date) IS 'the report''s section on hours of sending and clicking, in the session''s time zone';

-- ---- messages ----

CREATE FUNCTION report_funnel_steps(first_day date, last_day date) RETURNS text
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000
	RETURN (
		SELECT report_table('From message to conversion', '{Step,Messages,Of those sent,Of the step before}',
			string_agg(report_row(s.name, ARRAY[report_number(s.n), report_bar_cell(report_percent(rate(s.n, t.sent)), rate(s.n, t.sent)::float8),
				report_percent(rate(s.n, s.before))]), E'\n' ORDER BY s.step))
		FROM (
			SELECT sum(f.sent) AS sent, sum(f.delivered) AS delivered, sum(f.clicked) AS clicked, sum(f.converted) AS converted
			FROM funnel(first_day, last_day) AS f
		) AS t CROSS JOIN LATERAL (VALUES (1, 'Sent', t.sent, NULL), (2, 'Delivered', t.delivered, t.sent),
			(3, 'Clicked by a person', t.clicked, t.delivered), (4, 'Then converted', t.converted, t.clicked)) AS s(step, name, n, before)
		WHERE t.sent > 0
	);
COMMENT ON FUNCTION report_funnel_steps(date, date) IS 'the funnel of all messages; NULL without any';

CREATE FUNCTION report_funnel_campaigns(first_day date, last_day date, most bigint) RETURNS text
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000
	RETURN (
		WITH ranked AS (
			SELECT f.*, max(f.click_rate) OVER () AS best, row_number() OVER (ORDER BY f.sent DESC, f.campaign_id, f.channel) AS n
			FROM funnel(first_day, last_day) AS f
			WHERE f.sent > 0
		)
		SELECT report_table('By campaign <span>Clicked and opted out: of messages delivered. Converted: of those clicked.</span>',
				'{Campaign,Channel,Sent,Delivered,Clicked,Converted,Opted out}',
				string_agg(report_row(report_name(f.campaign), ARRAY[report_text_cell(report_name(f.channel)), report_number(f.sent),
					report_percent(f.delivery_rate),
					report_bar_cell(report_percent(f.click_rate), (f.click_rate / nullif(f.best, 0))::float8), report_percent(f.conversion_rate),
					report_percent(f.opt_out_rate)]), E'\n' ORDER BY f.n) FILTER (WHERE f.n <= most), 2)
			|| report_more(most, count(*), 'more', 'more')
		FROM ranked AS f
	);
COMMENT ON FUNCTION report_funnel_campaigns(date, date, bigint) IS 'the table of what became of so many campaigns'' messages; NULL without any';

CREATE FUNCTION report_messages(first_day date, last_day date) RETURNS text
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000
	RETURN report_section('messages', 'Messages', 'What became of the messages sent in the period, within 30 days.',
		report_funnel_steps(first_day, last_day) || E'\n' || report_funnel_campaigns(first_day, last_day, 20));
COMMENT ON FUNCTION report_messages(date, date) IS 'the report''s section on what became of messages';

-- ---- tests ----

CREATE FUNCTION report_verdict(
	winner integer, control integer, rate numeric, control_rate numeric, lift float8, sample_ratio_p float8
) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE
		WHEN sample_ratio_p < 0.001 THEN '<span class="tag bad">Do not trust this test</span> '
			'The groups are not as large as they should be, so they may differ in more than the variant.'
		WHEN winner IS NULL THEN '<span class="tag">No winner yet</span> No variant is better than every other by more than chance explains.'
		WHEN winner = control THEN format('<span class="tag good">Variant %s wins</span> No other is as good as the control, with %s.', winner,
			report_percent(rate))
		ELSE format('<span class="tag good">Variant %s wins</span> %s against %s of the control', winner, report_percent(rate),
			report_percent(control_rate))
			|| coalesce(', a lift of ' || report_percent(lift::numeric, true), '') || '.'
	END;
COMMENT ON FUNCTION report_verdict(integer, integer, numeric, numeric, float8, float8) IS
'what an A/B test tells, in words: its winner (NULL: none) with its rate and lift, or that its groups have sizes that chance does not give';

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
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000
	RETURN (
		WITH variant AS (
			SELECT v.*, count(*) FILTER (WHERE v.trials > 0) OVER c AS groups, sum(v.trials) OVER c AS size,
				min(v.rate_lower) OVER c AS low, max(v.rate_upper) OVER c AS high, max(v.rate) FILTER (WHERE v.variant = v.control) OVER c AS control_rate
			FROM variant_performance(first_day, last_day) AS v
			WINDOW c AS (PARTITION BY v.campaign_id)
		), listed AS (
			SELECT v.campaign_id, v.campaign, v.basis, v.size, v.sample_ratio_p, v.control, v.control_rate,
				max(v.variant) FILTER (WHERE v.is_winner) AS winner, max(v.rate) FILTER (WHERE v.is_winner) AS best,
				max(v.lift) FILTER (WHERE v.is_winner) AS lift,
				string_agg(report_row(v.variant || CASE WHEN v.variant = v.control THEN ', control' ELSE '' END
						|| CASE WHEN v.is_winner THEN ' <span class="tag good">winner</span>' ELSE '' END,
					ARRAY['<td class="draw">' || svg_whisker(v.rate::float8, v.rate_lower, v.rate_upper,
							v.low - (v.high - v.low) / 20, v.high + (v.high - v.low) / 20, v.control_rate::float8) || '</td>',
						report_estimate(report_percent(v.rate), report_interval(v.rate_lower, v.rate_upper)),
						report_estimate(report_percent(v.lift::numeric, true), report_interval(v.lift_lower, v.lift_upper, true)),
						report_probability(v.p_value), report_number(v.trials), report_number(v.hits)]), E'\n' ORDER BY v.variant) AS rows
			FROM variant AS v
			WHERE v.groups > 1
			GROUP BY v.campaign_id, v.campaign, v.basis, v.size, v.sample_ratio_p, v.control, v.control_rate
		), test AS (
			SELECT row_number() OVER (ORDER BY l.size DESC, l.campaign_id) AS n,
				format(E'<h3>%s</h3>\n<p>%s</p>\n', report_name(l.campaign),
					report_verdict(l.winner, l.control, l.best, l.control_rate, l.lift, l.sample_ratio_p))
				|| CASE l.basis WHEN 'delivered'
					THEN report_table('Clicked, of messages delivered', '{Variant,Rate and its interval,Rate,Lift,p,Delivered,Clicked}', l.rows, 2)
					ELSE report_table('Converted, of visitors', '{Variant,Rate and its interval,Rate,Lift,p,Visitors,Converted}', l.rows, 2) END AS html
			FROM listed AS l
		)
		SELECT report_section('tests', 'A/B tests', 'A variant wins if it is better than every other, by more than chance explains. A dot is its rate,'
				' the line through it the 95% interval; the dashed line is the rate of the control.',
			string_agg(t.html, E'\n' ORDER BY t.n) FILTER (WHERE t.n <= 10) || report_more(10, count(*), 'more test', 'more tests'))
		FROM test AS t
	);
COMMENT ON FUNCTION report_tests(date, date) IS 'the report''s section on A/B tests, those with most trials; NULL without any that has two variants';

CREATE FUNCTION report_holdouts(first_day date, last_day date) RETURNS text
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000
	RETURN (
		WITH test AS (
			-- one axis for all, which the interval of a handful of people does not stretch
			SELECT h.*, row_number() OVER (ORDER BY h.treated + h.holdout DESC, h.campaign_id) AS n,
				1.05 * least(-0.1, greatest(-1, min(h.lift_lower) OVER ())) AS low, 1.05 * greatest(0.1, least(3, max(h.lift_upper) OVER ())) AS high
			FROM holdout_lift(first_day, last_day) AS h
		)
		SELECT report_section('holdouts', 'Holdout tests', 'Some recipients got no message, for comparison.'
				' What the others did more often is what the messages really brought in.',
			report_table('Conversions with a message, against those without <span>A dot is the lift, the line through it the 95% interval;'
					' right of the dashed line messages brought conversions in. Conversions within 30 days, whatever led to them.</span>',
				'{Campaign,Lift and its interval,Lift,Brought in,Messages,Held out,p}',
				string_agg(report_row(report_name(t.campaign)
						|| CASE WHEN t.sample_ratio_p < 0.001 THEN ' <span class="tag bad">groups of a wrong size</span>' ELSE '' END,
					ARRAY['<td class="draw">' || svg_whisker(t.lift, t.lift_lower, t.lift_upper, t.low, t.high, 0) || '</td>',
						report_estimate(report_percent(t.lift::numeric, true), report_interval(t.lift_lower, t.lift_upper, true)),
						report_number(t.incremental::numeric, 1),
						report_estimate(report_number(t.treated), report_percent(t.treated_rate) || ' converted'),
						report_estimate(report_number(t.holdout), report_percent(t.holdout_rate) || ' converted'),
						report_probability(t.p_value)]), E'\n' ORDER BY t.n) FILTER (WHERE t.n <= 20), 2)
				|| report_more(20, count(*), 'more campaign', 'more campaigns'))
		FROM test AS t
	);
COMMENT ON FUNCTION report_holdouts(date, date) IS 'the report''s section on holdout tests, those of most recipients; NULL without any';

-- ---- bots ----

CREATE FUNCTION report_bot_reason(reason text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN CASE reason
		WHEN 'any' THEN 'All bots'
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
COMMENT ON FUNCTION report_bot_reason(text) IS 'a bot reason of bot_share in words';

CREATE FUNCTION report_bots(first_day date, last_day date) RETURNS text
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000
	RETURN (
		WITH reason AS (
			SELECT b.reason, sum(b.bot_clicks) AS bot_clicks, sum(b.clicks) FILTER (WHERE b.reason = 'any') AS clicks
			FROM bot_share(first_day, last_day) AS b
			GROUP BY b.reason
		), share AS (
			SELECT r.reason, r.bot_clicks, rate(r.bot_clicks, max(r.clicks) OVER ()) AS share, max(r.bot_clicks) OVER () AS most
			FROM reason AS r
		)
		SELECT report_section('bots', 'Bots',
			format('<strong>%s</strong> of all clicks were made by programs, such as filters and previews. Rates and credits do not count them.',
				max(report_percent(s.share)) FILTER (WHERE s.reason = 'any')),
			report_table('Bot share by reason <span>A click can have several reasons.</span>', '{Reason,Clicks,Share of all clicks}',
				string_agg(report_row(report_bot_reason(s.reason), ARRAY[report_number(s.bot_clicks),
					report_bar_cell(report_percent(s.share), (s.bot_clicks / nullif(s.most, 0))::float8)]),
					E'\n' ORDER BY s.reason <> 'any', s.bot_clicks DESC, s.reason)))
		FROM share AS s
		HAVING sum(s.bot_clicks) > 0
	);
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
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000
	RETURN (
		WITH found AS (
			SELECT c.*, row_number() OVER (PARTITION BY c.problem ORDER BY c.link_id) AS n
			FROM link_check AS c
		), problem AS (
			SELECT f.problem, count(*) AS links, count(DISTINCT f.campaign_id) AS campaigns,
				string_agg(format('<code>%s</code> in %s: %s', report_name(concat_ws('/', nullif(f.domain, ''), f.code)), report_name(f.campaign),
					report_name(f.detail)),
					'<br/>' ORDER BY f.n) FILTER (WHERE f.n <= 3)
				|| CASE WHEN count(*) > 3 THEN '<br/>and ' || report_number(count(*) - 3) || ' more' ELSE '' END AS examples
			FROM found AS f
			GROUP BY f.problem
		)
		SELECT report_section('links', 'Links to look at', 'As they are now, whatever the period. The view <code>link_check</code> has all of them.',
			report_table('What is wrong with links', '{Problem,Such as,Links,Campaigns}', string_agg(report_row(report_link_problem(p.problem),
				ARRAY[report_text_cell(p.examples), report_number(p.links), report_number(p.campaigns)]), E'\n' ORDER BY p.links DESC, p.problem), 2))
		FROM problem AS p
	);
COMMENT ON FUNCTION report_links() IS 'the report''s section on what is wrong with links; NULL when nothing is';
