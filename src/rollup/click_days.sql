-- ---------------------------------------------------------------------------
-- Which times clicks are of
-- ---------------------------------------------------------------------------

CREATE FUNCTION click_months() RETURNS TABLE (partition regclass, kind "char", starts_at timestamptz, ends_at timestamptz)
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 50
	SET search_path = pg_catalog, pg_temp
	-- bounds are read as text
	SET datestyle = 'ISO' SET timezone = 'UTC'
AS $$
	SELECT p.oid, p.relkind,
		coalesce(substring(p.bound FROM ' FROM [(]''([^'']+)''[)]')::timestamptz, '-infinity'),
		coalesce(substring(p.bound FROM ' TO [(]''([^'']+)''[)]')::timestamptz, 'infinity')
	FROM (
		SELECT c.oid, c.relkind, pg_get_expr(c.relpartbound, c.oid) AS bound
		FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
		WHERE i.inhparent = 'clicktrack.click'::regclass
	) AS p
	WHERE p.bound <> 'DEFAULT'
$$;
COMMENT ON FUNCTION click_months() IS
'the partitions of click but for click_default: relkind and from when to before when their clicks are; without a bound -infinity, infinity';

-- A clock that is wrong by years, in one click, must not make years of days to look through.
CREATE FUNCTION click_days(first_day date, last_day date) RETURNS TABLE (day date)
	LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
	SET search_path = pg_catalog, pg_temp
	-- by the index of click_default, once the days are known
	SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
	earliest constant date := greatest(first_day, '1990-01-01');
	latest constant date := least(last_day, '2199-12-31');
BEGIN
	IF earliest > latest THEN
		RETURN;
	END IF;
	RETURN QUERY
	SELECT d.first_day + i
	FROM (
		SELECT greatest(clicktrack.utc_day(m.starts_at), earliest) AS first_day,
			least(clicktrack.utc_day(m.ends_at - interval '1 microsecond'), latest) AS last_day
		FROM clicktrack.click_months() AS m
		WHERE m.kind <> 'r' OR pg_relation_size(m.partition) > 0
	) AS d CROSS JOIN LATERAL generate_series(0, d.last_day - d.first_day) AS i
	UNION
	SELECT clicktrack.utc_day(clicktrack.clicked_at(k.event))
	FROM clicktrack.click_default AS k
	WHERE clicktrack.clicked_at(k.event) >= clicktrack.day_start(earliest) AND clicktrack.clicked_at(k.event) < clicktrack.day_start(latest + 1);
END
$$;
COMMENT ON FUNCTION click_days(date, date) IS
'the days, by UTC, from first_day to last_day (NULL: open) and from 1990 to before 2200 that may have clicks: those of months that hold rows, or ever did, and those of the clicks in click_default. Reads no month';
