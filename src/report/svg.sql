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
	RETURN format('<svg class="bar" width="100%%" height="4" aria-hidden="true"><rect class="rail" width="100%%" height="4" rx="2"/><rect width="%s%%" height="4" rx="2"/></svg>',
		svg_number(100 * least(1, greatest(0, share))));
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

CREATE FUNCTION svg_grid(top float8, upper float8, height float8) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN (SELECT string_agg(format('<line class="grid" x1="0" x2="100%%" y1="%1$s" y2="%1$s"/><text x="-8" y="%1$s" dy="4" text-anchor="end">%2$s</text>',
			svg_number(upper + height * (1 - v / top)), report_short(v::numeric)), '' ORDER BY v)
		FROM generate_series(0, round(top / svg_step(top))::integer) AS i, LATERAL (SELECT i * svg_step(top) AS v) AS l);
COMMENT ON FUNCTION svg_grid(float8, float8, float8) IS 'the lines and numbers of an axis from 0 to top, drawn from upper over the height';

-- ---- lines over time ----

-- Values stand in the middle of bands of equal width.
CREATE FUNCTION svg_points(counts bigint[], top float8, height float8) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN (SELECT string_agg(svg_number((i - 0.5) * 1000 / cardinality(counts)) || ' ' || svg_number(height * (1 - v / top)), 'L' ORDER BY i)
		FROM unnest(counts) WITH ORDINALITY AS u(v, i));
COMMENT ON FUNCTION svg_points(bigint[], float8, float8) IS 'the points of a line through counts, on an axis from 0 to top';

CREATE FUNCTION svg_lines(area bigint[], line bigint[], top float8, upper float8, height float8) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN format('<svg y="%s" width="100%%" height="%s" viewBox="0 0 1000 %s" preserveAspectRatio="none">', upper, height, height)
		|| format('<path class="area" d="M%s %sL%sL%s %sZ"/>', svg_number(500.0 / cardinality(area)), height, svg_points(area, top, height),
			svg_number(1000 - 500.0 / cardinality(area)), height)
		|| format('<path class="line a" d="M%s"/>', svg_points(area, top, height) || CASE WHEN cardinality(area) = 1 THEN 'h0.1' ELSE '' END)
		|| format('<path class="line b" d="M%s"/></svg>', svg_points(line, top, height) || CASE WHEN cardinality(line) = 1 THEN 'h0.1' ELSE '' END);
COMMENT ON FUNCTION svg_lines(bigint[], bigint[], float8, float8, float8) IS 'two series of counts, one with the area below it, drawn from upper over the height';

CREATE FUNCTION svg_band(band bigint, bands bigint, title text, upper float8, height float8) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN format('<g class="band"><title>%s</title><rect x="%s%%" y="%s" width="%s%%" height="%s"/>', title,
			svg_number((band - 1) * 100.0 / bands), upper, svg_number(100.0 / bands), height)
		|| format('<line x1="%1$s%%" x2="%1$s%%" y1="%2$s" y2="%3$s"/></g>', svg_number((band - 0.5) * 100.0 / bands), upper, upper + height);
COMMENT ON FUNCTION svg_band(bigint, bigint, text, float8, float8) IS 'the place of one of so many bands, which shows its title and a line when pointed at';

CREATE FUNCTION svg_mark(label text, title text, is_up boolean, x float8, y float8) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN format('<svg class="mark" x="%s%%" y="%s"><title>%s</title><path d="%s"/><text y="%s" text-anchor="middle">%s</text></svg>',
		svg_number(x), svg_number(y), title, CASE WHEN is_up THEN 'M-5 -5L0 -13L5 -5Z' ELSE 'M-5 -13L0 -5L5 -13Z' END, -17, label);
COMMENT ON FUNCTION svg_mark(text, text, boolean, float8, float8) IS 'a labelled triangle above a point, which stands x per cent from the left and y from the top; it shows its title when pointed at';

CREATE FUNCTION svg_tick(label text, x float8, y float8, is_minor boolean) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN format('<g class="%s"><line class="grid" x1="%2$s%%" x2="%2$s%%" y1="%3$s" y2="%4$s"/>', CASE WHEN is_minor THEN 'minor' ELSE 'major' END,
			svg_number(x), svg_number(y), svg_number(y + 6))
		|| format('<text x="%s%%" y="%s" %s>%s</text></g>', svg_number(x), svg_number(y + 16), CASE WHEN x < 85 THEN 'dx="3"' ELSE 'dx="-3" text-anchor="end"' END, label);
COMMENT ON FUNCTION svg_tick(text, float8, float8, boolean) IS 'a mark of the axis below a chart, x per cent from the left; minor ones go where the page is narrow';

-- ---- hours ----

CREATE FUNCTION svg_heat(hour integer, y float8, heat float8, figure text, title text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN format('<g class="v%s"><title>%s</title><rect x="%s%%" y="%s" width="3.9%%" height="24" rx="3"/>',
			CASE WHEN heat IS NULL THEN 0 ELSE 1 + least(4, greatest(0, floor(5 * heat))) END, title, svg_number(hour * 100 / 24.0), y)
		|| coalesce(format('<text class="in" x="%s%%" y="%s" text-anchor="middle">%s</text>', svg_number(hour * 100 / 24.0 + 1.95), y + 16, figure), '')
		|| '</g>';
COMMENT ON FUNCTION svg_heat(integer, float8, float8, text, text) IS
'a cell of a chart of hours: its colour by heat from 0 to 1 (NULL: nothing to show), its figure, and what it shows when pointed at';

-- ---- an estimate and its interval ----

CREATE FUNCTION svg_place(value float8, low float8, high float8) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN svg_number(100 * CASE WHEN high > low THEN least(1, greatest(0, (value - low) / (high - low))) ELSE 0.5 END) || '%';
COMMENT ON FUNCTION svg_place(float8, float8, float8) IS 'where a value stands on an axis from low to high, as a percentage of the width';

CREATE FUNCTION svg_whisker(value float8, lower float8, upper float8, low float8, high float8, reference float8 DEFAULT NULL) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN '<svg class="whisker" width="100%" height="22" aria-hidden="true"><line class="rail" x1="0" x2="100%" y1="11" y2="11"/>'
		|| coalesce(format('<line class="reference" x1="%1$s" x2="%1$s" y1="1" y2="21"/>', svg_place(reference, low, high)), '')
		|| CASE WHEN lower IS NULL AND upper IS NULL THEN '' ELSE
			format('<line class="interval" x1="%s" x2="%s" y1="11" y2="11"/>', coalesce(svg_place(lower, low, high), '0'), coalesce(svg_place(upper, low, high), '100%')) END
		|| coalesce(format('<line class="end" x1="%1$s" x2="%1$s" y1="6" y2="16"/>', svg_place(lower, low, high)), '')
		|| coalesce(format('<line class="end" x1="%1$s" x2="%1$s" y1="6" y2="16"/>', svg_place(upper, low, high)), '')
		|| coalesce(format('<circle cx="%s" cy="11" r="4.5"/>', svg_place(value, low, high)), '') || '</svg>';
COMMENT ON FUNCTION svg_whisker(float8, float8, float8, float8, float8, float8) IS
'a dot with the interval around it, on an axis from low to high, and a line at the reference; without an end, the interval goes as far as the axis';
