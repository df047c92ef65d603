-- ---------------------------------------------------------------------------
-- The report: drawing
--
-- A chart is as wide as its place, and its text stays as large as the page's: what is drawn
-- stands at per cents of the width, and only lines over time are stretched (from a viewBox
-- of 1000 across) with strokes that are not.
-- ---------------------------------------------------------------------------

CREATE FUNCTION svg_number(value float8) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN trim_scale(round(value::numeric, 2))::text;
COMMENT ON FUNCTION svg_number(float8) IS 'a length or place with two decimals at most';

CREATE FUNCTION svg_bar(share float8) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN format('<svg class="bar" width="100%%" height="4" aria-hidden="true"><rect class="rail" width="100%%" height="4" rx="2"/>'
		'<rect width="%s%%" height="4" rx="2"/></svg>', svg_number(100 * least(1, greatest(0, share))));
COMMENT ON FUNCTION svg_bar(float8) IS 'a bar over a share of its place';

CREATE FUNCTION report_bar_cell(html text, share float8) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN '<td class="bar">' || coalesce(html, '&#8211;') || coalesce(svg_bar(share), '') || '</td>';
COMMENT ON FUNCTION report_bar_cell(text, float8) IS 'a cell with a bar below its number, as long as the share of the width';

-- ---- an axis ----

CREATE FUNCTION svg_step(most float8) RETURNS float8
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN (SELECT greatest(1, min(m * power(10::float8, floor(log(greatest(most, 1) / 4)))))
		FROM unnest('{1,2,5,10}'::float8[]) AS m WHERE m * power(10::float8, floor(log(greatest(most, 1) / 4))) >= 0.999999 * greatest(most, 1) / 4);
COMMENT ON FUNCTION svg_step(float8) IS 'the distance of the marks of an axis of counts from 0 to most: 1, 2 or 5 times a power of ten, so that there are 2 to 4';

CREATE FUNCTION svg_top(most float8) RETURNS float8
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN svg_step(most) * greatest(1, ceil(most / svg_step(most)));
COMMENT ON FUNCTION svg_top(float8) IS 'where an axis of counts ends whose largest is most';

-- ---- lines over time, 220 high below 48 for marks ----

CREATE FUNCTION svg_y(value float8, top float8) RETURNS float8
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN 48 + 220 * (1 - value / top);
COMMENT ON FUNCTION svg_y(float8, float8) IS 'how far from the upper end of a chart over time a value stands, on an axis from 0 to top';

CREATE FUNCTION svg_grid(top float8) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN (
		SELECT string_agg(format('<line class="grid" x1="0" x2="100%%" y1="%1$s" y2="%1$s"/><text x="-8" y="%2$s" text-anchor="end">%3$s</text>',
			svg_number(svg_y(v, top)), svg_number(svg_y(v, top) + 4), report_short(v::numeric)), '' ORDER BY v)
		FROM generate_series(0, round(top / svg_step(top))::integer) AS i CROSS JOIN LATERAL (SELECT i * svg_step(top) AS v) AS l
	);
COMMENT ON FUNCTION svg_grid(float8) IS 'the lines and numbers of an axis from 0 to top';

-- Values stand in the middle of bands of equal width.
CREATE FUNCTION svg_points(counts bigint[], top float8) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN (
		SELECT string_agg(svg_number((i - 0.5) * 1000 / cardinality(counts)) || ' ' || svg_number(svg_y(v, top)), 'L' ORDER BY i)
		FROM unnest(counts) WITH ORDINALITY AS u(v, i)
	);
COMMENT ON FUNCTION svg_points(bigint[], float8) IS 'the points of a line through counts, on an axis from 0 to top';

CREATE FUNCTION svg_lines(area bigint[], line bigint[], top float8) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN '<svg width="100%" height="268" viewBox="0 0 1000 268" preserveAspectRatio="none">'
		|| format('<path class="area" d="M%s 268L%sL%s 268Z"/>', svg_number(500.0 / cardinality(area)), svg_points(area, top),
			svg_number(1000 - 500.0 / cardinality(area)))
		-- a line of one point has no length, but its round ends show
		|| format('<path class="line a" d="M%sh0"/><path class="line b" d="M%sh0"/></svg>', svg_points(area, top), svg_points(line, top));
COMMENT ON FUNCTION svg_lines(bigint[], bigint[], float8) IS 'two lines through counts, one with the area below it, on an axis from 0 to top';

CREATE FUNCTION svg_band(band integer, bands integer, title text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN format('<g class="band"><title>%s</title><rect x="%s%%" y="48" width="%s%%" height="220"/>', title,
		svg_number((band - 1) * 100.0 / bands), svg_number(100.0 / bands))
		|| format('<line x1="%1$s%%" x2="%1$s%%" y1="48" y2="268"/></g>', svg_number((band - 0.5) * 100.0 / bands));
COMMENT ON FUNCTION svg_band(integer, integer, text) IS 'the place of one of so many bands, which shows its title and a line when pointed at';

CREATE FUNCTION svg_mark(label text, title text, is_up boolean, x float8, y float8) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN format('<svg class="mark" x="%s%%" y="%s"><title>%s</title><path d="%s"/><text y="-17" text-anchor="middle">%s</text></svg>',
		svg_number(x), svg_number(y), title, CASE WHEN is_up THEN 'M-5 -5L0 -13L5 -5Z' ELSE 'M-5 -13L0 -5L5 -13Z' END, label);
COMMENT ON FUNCTION svg_mark(text, text, boolean, float8, float8) IS 'a labelled triangle above a point, which stands x per cent from the left and y from the top; it shows its title when pointed at';

CREATE FUNCTION svg_tick(label text, x float8, y float8, is_minor boolean) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN format('<g class="%s"><line class="grid" x1="%2$s%%" x2="%2$s%%" y1="%3$s" y2="%4$s"/>',
			CASE WHEN is_minor THEN 'minor' ELSE 'major' END,
			svg_number(x), svg_number(y), svg_number(y + 6))
		|| format('<text x="%s%%" y="%s" %s>%s</text></g>', svg_number(x), svg_number(y + 16),
			CASE WHEN x < 85 THEN 'dx="3"' ELSE 'dx="-3" text-anchor="end"' END, label);
COMMENT ON FUNCTION svg_tick(text, float8, float8, boolean) IS 'a mark of the axis below a chart, x per cent from the left; minor ones go where the page is narrow';

-- ---- hours ----

CREATE FUNCTION svg_heat(hour integer, day integer, heat float8, figure text, title text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN format('<g class="v%s"><title>%s</title><rect x="%s%%" y="%s" width="3.9%%" height="24" rx="3"/>',
			CASE WHEN heat IS NULL THEN 0 ELSE 1 + least(4, greatest(0, floor(5 * heat))) END, title, svg_number(hour * 100 / 24.0), day * 27)
		|| CASE WHEN figure IS NULL THEN '' ELSE format('<text class="in" x="%s%%" y="%s" text-anchor="middle">%s</text>',
			svg_number(hour * 100 / 24.0 + 1.95), day * 27 + 16, figure) END || '</g>';
COMMENT ON FUNCTION svg_heat(integer, integer, float8, text, text) IS
'a cell of a chart of hours and days of the week, 0 being Monday: its colour by heat from 0 to 1 (NULL: nothing to show), its figure, and what it shows when pointed at';

CREATE FUNCTION svg_heat_map(id text, title text, about text, cells text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN format('<svg class="chart heat" height="212" role="img" aria-labelledby="%1$s-title %1$s-desc">'
			'<title id="%1$s-title">%2$s</title><desc id="%1$s-desc">%3$s</desc>', id, title, about)
		|| (SELECT string_agg(format('<text x="-8" y="%s" text-anchor="end">%s</text>', (i - 1) * 27 + 16, name), '' ORDER BY i)
			FROM unnest('{Mon,Tue,Wed,Thu,Fri,Sat,Sun}'::text[]) WITH ORDINALITY AS d(name, i))
		|| cells
		|| (SELECT string_agg(format('<text class="%s" x="%s%%" y="206" text-anchor="middle">%s</text>',
			CASE WHEN h % 6 = 0 THEN 'major' ELSE 'minor' END,
			svg_number(h * 100 / 24.0 + 1.95), h), '' ORDER BY h) FROM generate_series(0, 23) AS h)
		|| '</svg>';
COMMENT ON FUNCTION svg_heat_map(text, text, text, text) IS 'a chart of hours and days of the week from its cells';

-- ---- an estimate and its interval ----

CREATE FUNCTION svg_place(value float8, low float8, high float8) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN svg_number(100 * CASE WHEN high > low THEN least(1, greatest(0, (value - low) / (high - low))) ELSE 0.5 END) || '%';
COMMENT ON FUNCTION svg_place(float8, float8, float8) IS 'where a value stands on an axis from low to high, as a percentage of the width';

-- format() takes NULL for nothing, so that this has to be strict.
CREATE FUNCTION svg_upright(class text, x text, upper integer, lower integer) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN format('<line class="%1$s" x1="%2$s" x2="%2$s" y1="%3$s" y2="%4$s"/>', class, x, upper, lower);
COMMENT ON FUNCTION svg_upright(text, text, integer, integer) IS 'an upright line';

CREATE FUNCTION svg_whisker(value float8, lower float8, upper float8, low float8, high float8, reference float8 DEFAULT NULL) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN '<svg class="whisker" width="100%" height="22" aria-hidden="true"><line class="rail" x1="0" x2="100%" y1="11" y2="11"/>'
		|| coalesce(svg_upright('reference', svg_place(reference, low, high), 1, 21), '')
		|| CASE WHEN coalesce(lower, upper) IS NULL THEN '' ELSE format('<line class="interval" x1="%s" x2="%s" y1="11" y2="11"/>',
			coalesce(svg_place(lower, low, high), '0'), coalesce(svg_place(upper, low, high), '100%')) END
		|| coalesce(svg_upright('end', svg_place(lower, low, high), 6, 16), '')
		|| coalesce(svg_upright('end', svg_place(upper, low, high), 6, 16), '')
		|| coalesce('<circle cx="' || svg_place(value, low, high) || '" cy="11" r="4.5"/>', '') || '</svg>';
COMMENT ON FUNCTION svg_whisker(float8, float8, float8, float8, float8, float8) IS
'a dot with the interval around it, on an axis from low to high, and a line at the reference; without an end, the interval goes as far as the axis';
