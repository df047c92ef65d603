-- ---------------------------------------------------------------------------
-- Credits and paths of conversions, summed up by day
-- ---------------------------------------------------------------------------

CREATE TABLE credit_daily (
	day date NOT NULL,
	model text NOT NULL,
	currency text NOT NULL,
	link_id bigint,
	channel text,
	variant integer,
	conversions float8 NOT NULL,
	revenue numeric NOT NULL
);
CREATE INDEX ON credit_daily (day);
COMMENT ON TABLE credit_daily IS 'credits by day, model, currency, link, channel and variant, of the days that are rolled up; read it through revenue_by_model';
COMMENT ON COLUMN credit_daily.day IS 'day of the conversion, by UTC';
COMMENT ON COLUMN credit_daily.model IS 'first_touch, last_touch, linear, position_based or time_decay';
COMMENT ON COLUMN credit_daily.currency IS 'currency of the revenue';
COMMENT ON COLUMN credit_daily.link_id IS 'link that gets the credit; NULL: conversions without touches';
COMMENT ON COLUMN credit_daily.channel IS 'channel of the touch; NULL: none';
COMMENT ON COLUMN credit_daily.variant IS 'variant of the touch; NULL: none';
COMMENT ON COLUMN credit_daily.conversions IS 'weights of the conversions, added up; refunds are not counted';
COMMENT ON COLUMN credit_daily.revenue IS 'credited revenue, less refunds, to four decimals';

CREATE TABLE path_daily (
	day date NOT NULL,
	path text[] NOT NULL,
	currency text NOT NULL,
	conversions bigint NOT NULL,
	revenue numeric NOT NULL
);
CREATE INDEX ON path_daily (day);
COMMENT ON TABLE path_daily IS 'paths of channels by day, of the days that are rolled up; read it through path_top';
COMMENT ON COLUMN path_daily.day IS 'day of the conversion, by UTC';
COMMENT ON COLUMN path_daily.path IS 'channels of the touches in order, without those that follow themselves';
COMMENT ON COLUMN path_daily.currency IS 'currency of the revenue';
COMMENT ON COLUMN path_daily.conversions IS 'conversions that came this way; refunds are not counted';
COMMENT ON COLUMN path_daily.revenue IS 'what they earned, less refunds';

-- The lookback is in hours: rolled up days must not depend on the time zone of a session.
CREATE FUNCTION raw_credits(models text[], since timestamptz, until timestamptz) RETURNS TABLE (
	conversion_id bigint,
	day date,
	model text,
	currency text,
	revenue numeric,
	link_id bigint,
	channel text,
	variant integer,
	"position" integer,
	weight float8,
	credited_revenue numeric
)
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000 ROWS 100000
BEGIN ATOMIC
	SELECT a.conversion_id, utc_day(a.converted_at), a.model, a.currency, a.revenue, a.link_id, a.channel, variant(a.click), a."position",
		a.weight, a.credited_revenue
	FROM attribute(models, '720 hours', nullif(since, '-infinity'), nullif(until, 'infinity'), scale => 4) AS a;
END;
COMMENT ON FUNCTION raw_credits(text[], timestamptz, timestamptz) IS 'attribute() for the conversions from a time to before another, with clicks within 720 hours';

CREATE FUNCTION raw_credit_cells(since timestamptz, until timestamptz) RETURNS TABLE (
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
	SELECT a.day, a.model, a.currency, a.link_id, a.channel, a.variant,
		coalesce(sum(a.weight) FILTER (WHERE a.revenue >= 0), 0), sum(a.credited_revenue)
	FROM raw_credits('{first_touch,last_touch,linear,position_based,time_decay}', since, until) AS a
	GROUP BY 1, 2, 3, 4, 5, 6;
END;
COMMENT ON FUNCTION raw_credit_cells(timestamptz, timestamptz) IS 'the conversions from a time to before another, as in credit_daily';

CREATE FUNCTION raw_path_cells(since timestamptz, until timestamptz) RETURNS TABLE (
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
		SELECT min(t.day) AS day, min(t.currency) AS currency, min(t.revenue) AS revenue,
			coalesce(array_agg(coalesce(t.channel, '(none)') ORDER BY t."position") FILTER (WHERE t.is_new), '{}') AS path
		FROM (
			SELECT a.*, a."position" = 1 OR a.channel IS DISTINCT FROM lag(a.channel) OVER (PARTITION BY a.conversion_id ORDER BY a."position") AS is_new
			FROM raw_credits('{linear}', since, until) AS a
		) AS t
		GROUP BY t.conversion_id
	) AS p
	GROUP BY 1, 2, 3;
END;
COMMENT ON FUNCTION raw_path_cells(timestamptz, timestamptz) IS 'the conversions from a time to before another, as in path_daily';

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
	SELECT c.day, c.model, c.currency, c.link_id, c.channel, c.variant, c.conversions, c.revenue
	FROM credit_daily AS c
	WHERE c.day < (SELECT rolled_until('credit')) AND c.day NOT IN (SELECT s.day FROM stale_day AS s WHERE s.rollup = 'credit')
		AND (first_day IS NULL OR c.day >= first_day) AND (last_day IS NULL OR c.day <= last_day)
	UNION ALL
	SELECT c.day, c.model, c.currency, c.link_id, c.channel, c.variant, c.conversions, c.revenue
	FROM stale_periods('credit', coalesce(first_day, '-infinity'), coalesce(last_day, 'infinity')) AS p
		CROSS JOIN LATERAL raw_credit_cells(p.since, p.until) AS c
	WHERE c.day >= (SELECT rolled_until('credit')) OR c.day < '1990-01-01' OR c.day IN (SELECT s.day FROM stale_day AS s WHERE s.rollup = 'credit');
END;
COMMENT ON FUNCTION credit_cells(date, date) IS 'what links got credited by day of the conversion (UTC), model (first_touch, last_touch, linear, position_based, time_decay), currency, link (NULL: conversions without touches), channel and variant of the touch, from first_day to last_day, both in it, NULL: open; conversions are weights of those that are no refunds, revenue has up to four decimals; touches are human clicks of the 720 hours before';

CREATE FUNCTION path_cells(first_day date, last_day date) RETURNS TABLE (
	day date,
	path text[],
	currency text,
	conversions bigint,
	revenue numeric
)
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000 ROWS 1000
BEGIN ATOMIC
	SELECT c.day, c.path, c.currency, c.conversions, c.revenue
	FROM path_daily AS c
	WHERE c.day < (SELECT rolled_until('credit')) AND c.day NOT IN (SELECT s.day FROM stale_day AS s WHERE s.rollup = 'credit')
		AND (first_day IS NULL OR c.day >= first_day) AND (last_day IS NULL OR c.day <= last_day)
	UNION ALL
	SELECT c.day, c.path, c.currency, c.conversions, c.revenue
	FROM stale_periods('credit', coalesce(first_day, '-infinity'), coalesce(last_day, 'infinity')) AS p
		CROSS JOIN LATERAL raw_path_cells(p.since, p.until) AS c
	WHERE c.day >= (SELECT rolled_until('credit')) OR c.day < '1990-01-01' OR c.day IN (SELECT s.day FROM stale_day AS s WHERE s.rollup = 'credit');
END;
COMMENT ON FUNCTION path_cells(date, date) IS 'paths of channels without those that follow themselves ({}: no touch) by day of the conversion (UTC) from first_day to last_day, both in it, NULL: open; touches as in credit_cells()';
