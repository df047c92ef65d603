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
