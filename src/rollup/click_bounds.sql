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

CREATE FUNCTION click_bounds(OUT first_at timestamptz, OUT last_at timestamptz)
	LANGUAGE sql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT min(b.first_at), max(b.last_at)
	FROM (
		SELECT m.starts_at AS first_at, m.ends_at AS last_at
		FROM clicktrack.click_months() AS m
		WHERE m.kind <> 'r' OR pg_relation_size(m.partition) > 0
		UNION ALL
		SELECT min(clicktrack.clicked_at(k.event)), max(clicktrack.clicked_at(k.event)) FROM clicktrack.click_default AS k
		WHERE clicktrack.is_click_time(clicktrack.clicked_at(k.event))
	) AS b
$$;
COMMENT ON FUNCTION click_bounds() IS
'no click with an is_click_time() is earlier than first_at, none later than last_at: bounds of the months that hold rows, or ever did, and times of such clicks in click_default; NULLs without clicks. Reads no month. Infinite where the bound of a partition is';

-- One click of a far future must not have all days until then looked at.
CREATE FUNCTION click_days(first_day date, last_day date) RETURNS TABLE (day date)
	LANGUAGE sql STABLE PARALLEL SAFE STRICT ROWS 100
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT greatest(first_day, clicktrack.utc_day(m.starts_at)) + i
	FROM clicktrack.click_months() AS m
		CROSS JOIN LATERAL generate_series(0, least(last_day, clicktrack.utc_day(m.ends_at - interval '1 microsecond'))
			- greatest(first_day, clicktrack.utc_day(m.starts_at))) AS i
	WHERE m.kind <> 'r' OR pg_relation_size(m.partition) > 0
	UNION
	SELECT clicktrack.utc_day(clicktrack.clicked_at(k.event))
	FROM clicktrack.click_default AS k
	WHERE clicktrack.clicked_at(k.event) >= clicktrack.day_start(first_day) AND clicktrack.clicked_at(k.event) < clicktrack.day_start(last_day + 1)
$$;
COMMENT ON FUNCTION click_days(date, date) IS
'the days from first_day to last_day, both finite, that may have clicks: those of months that hold rows, or ever did, and of clicks in click_default. Reads no month';
