-- ---------------------------------------------------------------------------
-- The store: upkeep
-- ---------------------------------------------------------------------------

-- Deletes clicks before a time: from the month that the time is in and from click_default.
-- Months that are wholly before go with their partitions.
CREATE FUNCTION delete_clicks_before(cutoff timestamptz) RETURNS bigint
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE STRICT
	SET search_path = pg_catalog, pg_temp
	SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
	month timestamptz := date_trunc('month', cutoff, 'UTC');
	of_month bigint;
	of_default bigint;
BEGIN
	DELETE FROM clicktrack.click AS k
	WHERE clicktrack.clicked_at(k.event) >= month AND clicktrack.clicked_at(k.event) < cutoff;
	GET DIAGNOSTICS of_month = ROW_COUNT;
	DELETE FROM clicktrack.click_default AS k WHERE clicktrack.clicked_at(k.event) < cutoff;
	GET DIAGNOSTICS of_default = ROW_COUNT;
	RETURN of_month + of_default;
END
$$;
REVOKE EXECUTE ON FUNCTION delete_clicks_before(timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION delete_clicks_before(timestamptz) IS 'deletes the clicks before a time that drop_click_partitions() would leave, and returns how many';

CREATE FUNCTION drop_click_partitions(cutoff timestamptz) RETURNS integer
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE STRICT
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	month record;
	dropped integer := 0;
BEGIN
	FOR month IN
		SELECT m.partition, m.starts_at, m.ends_at
		FROM clicktrack.click_months() AS m
		WHERE m.kind = 'r' AND m.ends_at <= cutoff
		ORDER BY m.partition
	LOOP
		-- the parent first, as readers and writers do
		LOCK TABLE ONLY clicktrack.click IN ACCESS EXCLUSIVE MODE;
		INSERT INTO clicktrack.rollup_change (subject, day)
		SELECT 'click', d.day
		FROM clicktrack.click_days(clicktrack.utc_day(month.starts_at), clicktrack.utc_day(month.ends_at - interval '1 microsecond')) AS d
		WHERE d.day < (SELECT clicktrack.gate_day());
		EXECUTE format('DROP TABLE %s', month.partition);
		dropped := dropped + 1;
	END LOOP;
	RETURN dropped;
END
$$;
REVOKE EXECUTE ON FUNCTION drop_click_partitions(timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION drop_click_partitions(timestamptz) IS 'drops the partitions of click that end at or before a time and returns how many';

-- Whoever wants click for itself alone keeps every visit waiting from then on, and waits in
-- turn for the longest report. So it gives up soon, and the next run of maintain() tries again.
CREATE FUNCTION keep_click_partitions(cutoff timestamptz, first_month date, last_month date, OUT created integer, OUT dropped integer)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	SET lock_timeout = '300ms'
AS $$
BEGIN
	created := clicktrack.create_click_partitions(first_month, last_month);
	dropped := coalesce(clicktrack.drop_click_partitions(cutoff), 0);
EXCEPTION WHEN lock_not_available THEN
	created := NULL;
	dropped := NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION keep_click_partitions(timestamptz, date, date) FROM PUBLIC;
COMMENT ON FUNCTION keep_click_partitions(timestamptz, date, date) IS
'creates the partitions of click from one month to another, drops those that end at or before a time (NULL: none) and returns how many; NULLs when it would have to wait longer than 300 ms';

-- No one else does: autovacuum analyses partitions, but never a partitioned table.
CREATE FUNCTION analyze_clicks() RETURNS boolean
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	analyzed_at timestamptz := (SELECT s.last_analyze FROM pg_stat_all_tables AS s WHERE s.relid = 'clicktrack.click'::regclass);
	clicks bigint;
	changes bigint;
BEGIN
	SELECT sum(s.n_live_tup), sum(s.n_mod_since_analyze) INTO clicks, changes
	FROM pg_stat_all_tables AS s JOIN pg_inherits AS i ON i.inhrelid = s.relid
	WHERE i.inhparent = 'clicktrack.click'::regclass;
	-- much is what autovacuum takes for much
	IF analyzed_at > now() - interval '1 day' AND changes <= 50 + clicks / 10 THEN
		RETURN false;
	END IF;
	ANALYZE clicktrack.click;
	RETURN true;
END
$$;
REVOKE EXECUTE ON FUNCTION analyze_clicks() FROM PUBLIC;
COMMENT ON FUNCTION analyze_clicks() IS 'analyzes click if that is a day ago or a tenth of the clicks changed, and returns whether it did';

CREATE FUNCTION maintain() RETURNS TABLE (task text, done bigint)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 9
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	SET timezone = 'UTC'
AS $$
#variable_conflict use_column
DECLARE
	rules clicktrack.policy;
	cutoff timestamptz;
	kept record;
BEGIN
	IF NOT pg_try_advisory_xact_lock('clicktrack.policy'::regclass::oid::integer, 1) THEN
		RETURN QUERY SELECT 'left to another session'::text, 0::bigint;
		RETURN;
	END IF;
	SELECT * INTO rules FROM clicktrack.policy;
	IF NOT FOUND THEN
		rules := clicktrack.set_policy();
	END IF;
	cutoff := now() - rules.clicks_kept;

	-- The long passes over the clicks first, beside which visits go on. What others wait
	-- for is taken last and held shortly: the turn of identify(), then the table itself.
	RETURN QUERY SELECT 'delete old clicks', coalesce(clicktrack.delete_clicks_before(cutoff), 0);
	RETURN QUERY SELECT 'reclassify clicks', coalesce(sum(r.flagged + r.cleared), 0)::bigint
		FROM clicktrack.reclassify(now() - make_interval(days => rules.reclassify_days), now()) AS r;
	RETURN QUERY SELECT 'analyze clicks', clicktrack.analyze_clicks()::integer::bigint;
	DELETE FROM clicktrack.visitor_salt AS s WHERE s.valid_from < now() - 2 * rules.salt_rotation;
	GET DIAGNOSTICS done = ROW_COUNT;
	RETURN QUERY SELECT 'remove salts', done;
	DELETE FROM clicktrack.click_batch AS b WHERE b.recorded_at < now() - interval '30 days';
	GET DIAGNOSTICS done = ROW_COUNT;
	RETURN QUERY SELECT 'remove batch keys', done;
	RETURN QUERY SELECT 'apply aliases', clicktrack.apply_aliases();
	-- all else can be done in one snapshot, too
	RETURN QUERY SELECT 'refresh rollups', CASE WHEN current_setting('transaction_isolation') LIKE 'read %committed' THEN
		(SELECT sum(r.done)::bigint FROM clicktrack.refresh_rollups(patience => '300 ms') AS r WHERE r.task LIKE 'days of %') END;
	kept := clicktrack.keep_click_partitions(cutoff, now()::date, (now() + make_interval(months => rules.months_ahead))::date);
	RETURN QUERY VALUES ('create partitions', kept.created::bigint), ('drop partitions', kept.dropped::bigint);
END
$$;
REVOKE EXECUTE ON FUNCTION maintain() FROM PUBLIC;
COMMENT ON FUNCTION maintain() IS
'keeps the store in order, by policy, and returns what it did: deletes clicks older than clicks_kept and drops their partitions, creates partitions months_ahead, judges the clicks of the last reclassify_days again, makes clicks those of visitors that identify() named, brings the rollups up to date, removes salts from before the last two rotations and batch keys older than 30 days, and analyzes click. To be run at least daily. done is NULL where a long report or an open transaction stood in the way, which the next run makes up for, and for rollups in a transaction that is not read committed; one row "left to another session" if another is running it';
