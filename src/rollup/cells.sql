-- ---------------------------------------------------------------------------
-- Cells: what happened, summed up by day or hour (UTC)
--
-- Cells add up. The views are made of them and of nothing else that is large.
-- ---------------------------------------------------------------------------

CREATE FUNCTION utc_day(timestamptz) RETURNS date
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN ($1 AT TIME ZONE 'UTC')::date;
COMMENT ON FUNCTION utc_day(timestamptz) IS 'the day of a time, by UTC';

CREATE FUNCTION utc_hour(timestamptz) RETURNS timestamptz
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN date_trunc('hour', $1, 'UTC');
COMMENT ON FUNCTION utc_hour(timestamptz) IS 'the beginning of the hour of a time, by UTC';

CREATE FUNCTION day_start(date) RETURNS timestamptz
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN $1::timestamp AT TIME ZONE 'UTC';
COMMENT ON FUNCTION day_start(date) IS 'when a day begins, by UTC';

CREATE FUNCTION money(numeric) RETURNS numeric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN round($1, greatest(2, min_scale($1)));
COMMENT ON FUNCTION money(numeric) IS 'the same amount with two decimals, or as many more as it needs';

CREATE FUNCTION click_cells(first_day date, last_day date) RETURNS TABLE (
	day date,
	link_id bigint,
	channel text,
	variant integer,
	clicks bigint,
	human_clicks bigint,
	visitors visitor_sketch
)
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 10000
BEGIN ATOMIC
	SELECT utc_day(clicked_at(k.event)), link_id(k.event), channel(k.event), variant(k.event),
		count(*), count(*) FILTER (WHERE NOT is_bot(k.event)), visitor_sketch(k.event) FILTER (WHERE NOT is_bot(k.event))
	FROM identified_click AS k
	WHERE (first_day IS NULL OR clicked_at(k.event) >= day_start(first_day))
		AND (last_day IS NULL OR clicked_at(k.event) < day_start(last_day + 1))
	GROUP BY 1, 2, 3, 4;
END;

CREATE FUNCTION click_hour_cells(first_day date, last_day date) RETURNS TABLE (
	hour timestamptz,
	link_id bigint,
	channel text,
	variant integer,
	clicks bigint,
	human_clicks bigint,
	visitors visitor_sketch
)
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 10000
BEGIN ATOMIC
	SELECT utc_hour(clicked_at(k.event)), link_id(k.event), channel(k.event), variant(k.event),
		count(*), count(*) FILTER (WHERE NOT is_bot(k.event)), visitor_sketch(k.event) FILTER (WHERE NOT is_bot(k.event))
	FROM identified_click AS k
	WHERE (first_day IS NULL OR clicked_at(k.event) >= day_start(first_day))
		AND (last_day IS NULL OR clicked_at(k.event) < day_start(last_day + 1))
	GROUP BY 1, 2, 3, 4;
END;

CREATE FUNCTION device_cells(first_day date, last_day date) RETURNS TABLE (
	day date,
	campaign_id bigint,
	channel text,
	country text,
	device text,
	clicks bigint,
	human_clicks bigint,
	visitors visitor_sketch
)
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 10000
BEGIN ATOMIC
	SELECT utc_day(clicked_at(k.event)), l.campaign_id, channel(k.event), country(k.event), device(k.event),
		count(*), count(*) FILTER (WHERE NOT is_bot(k.event)), visitor_sketch(k.event) FILTER (WHERE NOT is_bot(k.event))
	FROM identified_click AS k LEFT JOIN link AS l ON l.link_id = link_id(k.event)
	WHERE (first_day IS NULL OR clicked_at(k.event) >= day_start(first_day))
		AND (last_day IS NULL OR clicked_at(k.event) < day_start(last_day + 1))
	GROUP BY 1, 2, 3, 4, 5;
END;

CREATE FUNCTION bot_cells(first_day date, last_day date) RETURNS TABLE (
	day date,
	link_id bigint,
	channel text,
	reason text,
	clicks bigint
)
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 10000
BEGIN ATOMIC
	SELECT utc_day(clicked_at(k.event)), link_id(k.event), channel(k.event), r.reason, count(*)
	FROM click AS k CROSS JOIN LATERAL unnest(bot_reasons(k.event)) AS r(reason)
	WHERE is_bot(k.event) AND (first_day IS NULL OR clicked_at(k.event) >= day_start(first_day))
		AND (last_day IS NULL OR clicked_at(k.event) < day_start(last_day + 1))
	GROUP BY 1, 2, 3, 4;
END;

CREATE FUNCTION credit_cells(first_day date, last_day date) RETURNS TABLE (
	day date,
	model text,
	currency text,
	link_id bigint,
	channel text,
	variant integer,
	conversions float8,
	revenue numeric
)
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000 ROWS 10000
BEGIN ATOMIC
	SELECT utc_day(a.converted_at), a.model, a.currency, a.link_id, a.channel, variant(a.click),
		coalesce(sum(a.weight) FILTER (WHERE a.revenue >= 0), 0), sum(a.credited_revenue)
	FROM attribute('{first_touch,last_touch,linear,position_based,time_decay}', converted_from => day_start(first_day),
		converted_to => day_start(last_day + 1), scale => 4) AS a
	GROUP BY 1, 2, 3, 4, 5, 6;
END;

CREATE FUNCTION path_cells(first_day date, last_day date) RETURNS TABLE (
	day date,
	path text[],
	currency text,
	conversions bigint,
	revenue numeric
)
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000 ROWS 1000
BEGIN ATOMIC
	SELECT p.day, p.path, p.currency, count(*) FILTER (WHERE p.revenue >= 0), sum(p.revenue)
	FROM (
		SELECT utc_day(min(t.converted_at)) AS day, min(t.currency) AS currency, min(t.revenue) AS revenue,
			coalesce(array_agg(coalesce(t.channel, '(none)') ORDER BY t."position") FILTER (WHERE t.click IS NOT NULL AND t.is_new), '{}') AS path
		FROM (
			SELECT a.*, a.channel IS DISTINCT FROM lag(a.channel) OVER w OR a."position" = 1 AS is_new
			FROM attribute('{linear}', converted_from => day_start(first_day), converted_to => day_start(last_day + 1)) AS a
			WINDOW w AS (PARTITION BY a.conversion_id ORDER BY a."position")
		) AS t
		GROUP BY t.conversion_id
	) AS p
	GROUP BY 1, 2, 3;
END;
