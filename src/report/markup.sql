-- ---------------------------------------------------------------------------
-- The report: values as text, and the pieces of a page
--
-- The page is HTML that is well-formed XML, too. What stands in these files is ASCII, with
-- references for other characters, since the database may have any encoding.
-- ---------------------------------------------------------------------------

-- ---- values ----

-- XML cannot hold a control character in any form, nor U+FFFE and U+FFFF.
CREATE FUNCTION html_escape(value text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN regexp_replace(
		replace(replace(replace(replace(replace(translate(value, E'\t\n\r', '   '),
			'&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'), '''', '&#39;'),
		'[\x01-\x1f\x7f\uFFFE\uFFFF]', '&#65533;', 'g');
COMMENT ON FUNCTION html_escape(text) IS
'the text as it can stand in HTML and XML, in an element or a quoted attribute: & < > " and '' as references, a tab or an end of line as a blank, any other control character as U+FFFD';

-- A name is kept apart from its surroundings, so that one written from right to left turns nothing but itself.
CREATE FUNCTION report_name(name text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN coalesce('<bdi>' || html_escape(left(nullif(name, ''), 120)) || CASE WHEN length(name) > 120 THEN '&#8230;' ELSE '' END
		|| '</bdi>', '&#8211;');
COMMENT ON FUNCTION report_name(text) IS 'a name for the report, escaped and cut to 120 characters; NULL and empty: a dash';

CREATE FUNCTION report_number(value numeric, decimals integer DEFAULT 0) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN coalesce(replace(to_char(round(value, decimals), 'FM999,999,999,999,999,999,999,990'
		|| CASE WHEN decimals > 0 THEN '.' || repeat('0', decimals) ELSE '' END), '-', '&#8722;'), '&#8211;');
COMMENT ON FUNCTION report_number(numeric, integer) IS 'a number for the report, with commas between thousands and so many decimals, whatever the locale; NULL: a dash';

CREATE FUNCTION report_short(value numeric) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE
		WHEN abs(value) >= 1e9 THEN replace(report_number(value / 1e9, 1), '.0', '') || 'bn'
		WHEN abs(value) >= 1e6 THEN replace(report_number(value / 1e6, 1), '.0', '') || 'm'
		WHEN abs(value) >= 1e4 THEN replace(report_number(value / 1e3, 1), '.0', '') || 'k'
		ELSE report_number(value)
	END;
COMMENT ON FUNCTION report_short(numeric) IS 'a large number in few characters, such as 12.5k, for the axes of the report; NULL: a dash';

CREATE FUNCTION report_money(amount numeric, currency text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN amount IS NULL OR currency IS NULL OR currency = 'XXX' THEN '' ELSE html_escape(currency) || '&#160;' END
		|| report_number(amount, 2);
COMMENT ON FUNCTION report_money(numeric, text) IS 'an amount for the report, with its currency in front, if it has one; NULL: a dash';

CREATE FUNCTION report_percent(share numeric, signed boolean DEFAULT false) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN signed AND round(100 * share, 1) > 0 THEN '+' ELSE '' END
		|| report_number(100 * share, 1) || CASE WHEN share IS NULL THEN '' ELSE '%' END;
COMMENT ON FUNCTION report_percent(numeric, boolean) IS 'a share as a percentage with one decimal, with a plus sign where it is signed; NULL: a dash';

-- NaN and infinities do not come from the store, but the argument could be one.
CREATE FUNCTION report_probability(p float8) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN p IS NULL OR p NOT BETWEEN 0 AND 1 THEN '&#8211;' WHEN p < 0.001 THEN '&lt;&#160;0.001' ELSE report_number(p::numeric, 3) END;
COMMENT ON FUNCTION report_probability(float8) IS 'a probability with three decimals; what is none: a dash';

CREATE FUNCTION report_day(day date) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN coalesce(to_char(day, 'FMDD FMMonth YYYY'), '&#8211;');
COMMENT ON FUNCTION report_day(date) IS 'a day for the report, in English; NULL and infinite: a dash';

CREATE FUNCTION report_plural(count numeric, one text, many text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN report_number(count) || ' ' || CASE WHEN count = 1 THEN one ELSE many END;
COMMENT ON FUNCTION report_plural(numeric, text, text) IS 'how many there are of something, in words that fit the number';

-- ---- pieces ----

CREATE FUNCTION report_section(id text, heading text, lead text, body text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN format('<section id="%1$s" aria-labelledby="%1$s-heading">', id) || E'\n'
		|| format('<h2 id="%s-heading">%s</h2>', id, heading) || E'\n'
		|| coalesce('<p class="lead">' || lead || E'</p>\n', '')
		|| body || E'\n</section>';
COMMENT ON FUNCTION report_section(text, text, text, text) IS 'a section of the report from HTML; NULL without a body';

CREATE FUNCTION report_headings(headings text[], words integer) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN (SELECT string_agg(format('<th scope="col"%s>%s</th>', CASE WHEN i <= words THEN ' class="t"' ELSE '' END, h), '' ORDER BY i)
		FROM unnest(headings) WITH ORDINALITY AS u(h, i));
COMMENT ON FUNCTION report_headings(text[], integer) IS 'the cells of a table''s head; the first so many columns hold words, the others numbers';

CREATE FUNCTION report_table(caption text, headings text[], rows text, words integer DEFAULT 1) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN format(E'<div class="table" role="group" tabindex="0" aria-label="%s"><table>\n<caption><div>%s</div></caption>\n<thead><tr>',
			regexp_replace(split_part(caption, ' <span>', 1), '<[^>]*>', '', 'g'), caption)
		|| report_headings(headings, words) || E'</tr></thead>\n<tbody>\n' || rows || E'\n</tbody>\n</table></div>';
COMMENT ON FUNCTION report_table(text, text[], text, integer) IS
'a table from HTML, in a box of its own that scrolls where the page is narrow; its first so many columns hold words; NULL without rows';

CREATE FUNCTION report_row(name text, cells text[]) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN '<tr><th scope="row">' || name || '</th>' || (
		SELECT string_agg(CASE WHEN c LIKE '<td%' THEN c ELSE '<td>' || coalesce(c, '&#8211;') || '</td>' END, '' ORDER BY i)
		FROM unnest(cells) WITH ORDINALITY AS u(c, i)) || '</tr>';
COMMENT ON FUNCTION report_row(text, text[]) IS 'a row of a table from HTML: the heading of the row and its cells, which are put into <td> unless they are one; NULL: a dash';

CREATE FUNCTION report_text_cell(html text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN '<td class="t">' || coalesce(html, '&#8211;') || '</td>';
COMMENT ON FUNCTION report_text_cell(text) IS 'a cell of words';

CREATE FUNCTION report_estimate(value text, about text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN coalesce(value, '&#8211;') || coalesce('<span class="about">' || about || '</span>', '');
COMMENT ON FUNCTION report_estimate(text, text) IS 'a value from HTML with what is to be said of it below; NULL: a dash';

CREATE FUNCTION report_details(html text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN E'\n<details><summary>The figures</summary>' || html || E'</details>\n';
COMMENT ON FUNCTION report_details(text) IS 'the figures of a chart, shown when asked for';

CREATE FUNCTION report_more(shown bigint, total bigint, one text, many text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN total > shown THEN '<p class="more">' || report_plural(total - shown, one, many) || '</p>' ELSE '' END;
COMMENT ON FUNCTION report_more(bigint, bigint, text, text) IS 'how many rows a table leaves out; nothing when none';
