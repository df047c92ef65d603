-- ---------------------------------------------------------------------------
-- Rollups: catching up
-- ---------------------------------------------------------------------------

-- ---- one stretch of days ----

CREATE FUNCTION roll_up_clicks(first_day date, last_day date) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE STRICT
	SET search_path = pg_catalog, pg_temp
	-- the times are known when it is planned: other partitions are not even opened
	SET plan_cache_mode = force_custom_plan
	SET jit = off
AS $$
DECLARE
	since constant timestamptz := clicktrack.day_start(first_day);
	until constant timestamptz := clicktrack.day_start(last_day + 1);
BEGIN
	DELETE FROM clicktrack.click_hourly AS c WHERE c.hour >= since AND c.hour < until;
	DELETE FROM clicktrack.click_daily AS c WHERE c.day BETWEEN first_day AND last_day;
	DELETE FROM clicktrack.device_hourly AS c WHERE c.hour >= since AND c.hour < until;
	DELETE FROM clicktrack.device_daily AS c WHERE c.day BETWEEN first_day AND last_day;
	DELETE FROM clicktrack.bot_daily AS c WHERE c.day BETWEEN first_day AND last_day;

	INSERT INTO clicktrack.click_hourly SELECT c.* FROM clicktrack.raw_click_hour_cells(since, until) AS c;
	INSERT INTO clicktrack.click_daily
	SELECT clicktrack.utc_day(c.hour), c.link_id, c.channel, c.variant, sum(c.clicks), sum(c.human_clicks), clicktrack.visitor_sketch_union(c.visitors)
	FROM clicktrack.click_hourly AS c
	WHERE c.hour >= since AND c.hour < until
	GROUP BY 1, 2, 3, 4;
	INSERT INTO clicktrack.device_hourly SELECT c.* FROM clicktrack.raw_device_hour_cells(since, until) AS c;
	INSERT INTO clicktrack.device_daily
	SELECT clicktrack.utc_day(c.hour), c.campaign_id, c.channel, c.country, c.device, sum(c.clicks), sum(c.human_clicks), clicktrack.visitor_sketch_union(c.visitors)
	FROM clicktrack.device_hourly AS c
	WHERE c.hour >= since AND c.hour < until
	GROUP BY 1, 2, 3, 4, 5;
	INSERT INTO clicktrack.bot_daily SELECT c.* FROM clicktrack.raw_bot_cells(since, until) AS c;
END
$$;
REVOKE EXECUTE ON FUNCTION roll_up_clicks(date, date) FROM PUBLIC;
COMMENT ON FUNCTION roll_up_clicks(date, date) IS 'sums up the clicks of some days by hour and by day, in place of what was there';

CREATE FUNCTION roll_up_credits(first_day date, last_day date) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE STRICT
	SET search_path = pg_catalog, pg_temp
	SET plan_cache_mode = force_custom_plan
	SET jit = off
AS $$
DECLARE
	since constant timestamptz := clicktrack.day_start(first_day);
	until constant timestamptz := clicktrack.day_start(last_day + 1);
BEGIN
	DELETE FROM clicktrack.credit_daily AS c WHERE c.day BETWEEN first_day AND last_day;
	DELETE FROM clicktrack.path_daily AS c WHERE c.day BETWEEN first_day AND last_day;
	INSERT INTO clicktrack.credit_daily SELECT c.* FROM clicktrack.raw_credit_cells(since, until) AS c;
	INSERT INTO clicktrack.path_daily SELECT c.* FROM clicktrack.raw_path_cells(since, until) AS c;
END
$$;
REVOKE EXECUTE ON FUNCTION roll_up_credits(date, date) FROM PUBLIC;
COMMENT ON FUNCTION roll_up_credits(date, date) IS 'sums up credits and paths of the conversions of some days, in place of what was there';

CREATE FUNCTION roll_up_responses(first_day date, last_day date) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE STRICT
	SET search_path = pg_catalog, pg_temp
	SET plan_cache_mode = force_custom_plan
	SET jit = off
AS $$
BEGIN
	DELETE FROM clicktrack.response_daily AS c WHERE c.day BETWEEN first_day AND last_day;
	INSERT INTO clicktrack.response_daily
	SELECT c.* FROM clicktrack.raw_response_cells(clicktrack.day_start(first_day), clicktrack.day_start(last_day + 1)) AS c;
END
$$;
REVOKE EXECUTE ON FUNCTION roll_up_responses(date, date) FROM PUBLIC;
COMMENT ON FUNCTION roll_up_responses(date, date) IS 'sums up what became of the sends of some days, in place of what was there';

-- ---- which days ----

-- Nothing is rolled up from before the first row, so that an old store does not begin in 1990.
CREATE FUNCTION first_day_of(rollup text) RETURNS date
	LANGUAGE plpgsql STABLE PARALLEL UNSAFE STRICT
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN CASE rollup
		WHEN 'click' THEN (SELECT min(c.day) FROM clicktrack.click_days(NULL, NULL) AS c)
		WHEN 'credit' THEN (SELECT clicktrack.utc_day(min(c.converted_at)) FROM clicktrack.conversion AS c WHERE c.converted_at >= clicktrack.day_start(clicktrack.rolled_since('credit')))
		WHEN 'response' THEN (SELECT clicktrack.utc_day(min(s.sent_at)) FROM clicktrack.send AS s WHERE s.sent_at >= clicktrack.day_start(clicktrack.rolled_since('response')))
	END;
END
$$;
REVOKE EXECUTE ON FUNCTION first_day_of(text) FROM PUBLIC;
COMMENT ON FUNCTION first_day_of(text) IS 'a day from rolled_since() on before which a rollup of days has nothing to sum up; NULL: nothing at all';

CREATE FUNCTION empty_rollups() RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	DELETE FROM clicktrack.rollup_state;
	DELETE FROM clicktrack.click_hourly;
	DELETE FROM clicktrack.click_daily;
	DELETE FROM clicktrack.device_hourly;
	DELETE FROM clicktrack.device_daily;
	DELETE FROM clicktrack.bot_daily;
	DELETE FROM clicktrack.credit_daily;
	DELETE FROM clicktrack.path_daily;
	DELETE FROM clicktrack.response_daily;
	DELETE FROM clicktrack.cohort_monthly;
END
$$;
REVOKE EXECUTE ON FUNCTION empty_rollups() FROM PUBLIC;
COMMENT ON FUNCTION empty_rollups() IS 'deletes all that is rolled up; for the session that has the turn';

CREATE FUNCTION take_changes() RETURNS TABLE (rollup text, days date[])
	LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 4
	SET search_path = pg_catalog, pg_temp
AS $$
	WITH taken AS (
		DELETE FROM clicktrack.rollup_change AS c RETURNING c.subject, c.day
	)
	SELECT d.rollup, array_agg(DISTINCT d.stale_day)
	FROM (SELECT DISTINCT t.subject, t.day FROM taken AS t) AS c CROSS JOIN LATERAL clicktrack.days_depending(c.subject, c.day) AS d
	GROUP BY d.rollup
$$;
REVOKE EXECUTE ON FUNCTION take_changes() FROM PUBLIC;
COMMENT ON FUNCTION take_changes() IS 'removes the notes of changes and returns the days of each rollup that depend on them';

CREATE FUNCTION move_gate(day date, until timestamptz) RETURNS jsonb
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE STRICT
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	seconds constant bigint := extract(epoch FROM clicktrack.day_start(day));
	stale jsonb;
BEGIN
	IF (SELECT g.is_called AND g.last_value >= seconds FROM clicktrack.rollup_gate AS g) IS NOT TRUE THEN
		PERFORM setval('clicktrack.rollup_gate', seconds);
	END IF;
	IF NOT clicktrack.wait_for_writers('{clicktrack.click,clicktrack.conversion,clicktrack.send,clicktrack.opt_out,clicktrack.engagement,
			clicktrack.visitor_alias,clicktrack.recipient,clicktrack.campaign,clicktrack.link}', until) THEN
		RETURN NULL;
	END IF;
	stale := (SELECT coalesce(jsonb_object_agg(c.rollup, c.days), '{}') FROM clicktrack.take_changes() AS c);
	-- Who names somebody notes the days of what they see of that visitor. What was taken just now
	-- somebody may have written since they looked; who looks from now on sees it.
	IF NOT clicktrack.wait_for_writers('{clicktrack.visitor_alias,clicktrack.recipient,clicktrack.campaign,clicktrack.link}', until) THEN
		RAISE lock_not_available;
	END IF;
	RETURN stale;
EXCEPTION WHEN lock_not_available THEN
	-- what was taken is there again
	RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION move_gate(date, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION move_gate(date, timestamptz) IS 'has changes before a day noted from now on, takes the notes that there are and returns the days of each rollup that depend on them; NULL, and none is taken, if not all who wrote before have ended by then';

-- Brings one rollup up to a day, at most max_days further, and what is stale of it up to date.
CREATE FUNCTION roll_up(rollup text, target date, stale date[], max_days integer) RETURNS TABLE (days bigint, days_left bigint)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	-- clicks are read once for each stretch, credits with 30 days of clicks before
	stretch constant integer := CASE roll_up.rollup WHEN 'click' THEN 7 ELSE 31 END;
	known constant date := (SELECT s.until FROM clicktrack.rollup_state AS s WHERE s.rollup = roll_up.rollup);
	begin_at constant date := coalesce(known, least(clicktrack.first_day_of(roll_up.rollup), target));
	-- a click with a wrong clock may lie years before all others
	further constant date[] := CASE roll_up.rollup WHEN 'click' THEN ARRAY(SELECT c.day FROM clicktrack.click_days(begin_at, target - 1) AS c ORDER BY 1 LIMIT max_days)
		ELSE ARRAY(SELECT begin_at + i FROM generate_series(0, least(target - begin_at, max_days) - 1) AS i) END;
	reached constant date := CASE WHEN cardinality(further) = max_days THEN further[max_days] + 1 ELSE greatest(begin_at, target) END;
	todo constant date[] := further || ARRAY(SELECT d FROM unnest(stale) AS d WHERE d < begin_at AND d >= clicktrack.rolled_since(roll_up.rollup));
	told_at timestamptz := clock_timestamp();
	run record;
BEGIN
	days := 0;
	FOR run IN SELECT r.first_day, r.last_day FROM clicktrack.runs_of_days(todo, stretch) AS r LOOP
		CASE roll_up.rollup
			WHEN 'click' THEN PERFORM clicktrack.roll_up_clicks(run.first_day, run.last_day);
			WHEN 'credit' THEN PERFORM clicktrack.roll_up_credits(run.first_day, run.last_day);
			WHEN 'response' THEN PERFORM clicktrack.roll_up_responses(run.first_day, run.last_day);
		END CASE;
		days := days + (run.last_day - run.first_day + 1);
		told_at := clicktrack.job_progress('refresh_rollups', told_at, days, cardinality(todo), format('days of %ss', roll_up.rollup));
	END LOOP;
	INSERT INTO clicktrack.rollup_state VALUES (roll_up.rollup, reached)
	ON CONFLICT ON CONSTRAINT rollup_state_pkey DO UPDATE SET until = excluded.until;
	days_left := greatest(0, target - reached);
	RETURN NEXT;
END
$$;
REVOKE EXECUTE ON FUNCTION roll_up(text, date, date[], integer) FROM PUBLIC;
COMMENT ON FUNCTION roll_up(text, date, date[], integer) IS 'brings a rollup of days up to a day, at most max_days further (NULL: any), and the stale days that it has up to date; returns how many days it summed up and how many are left';

-- ---- all of it ----

CREATE FUNCTION refresh_rollups(max_days integer DEFAULT NULL, patience interval DEFAULT '10 s') RETURNS TABLE (task text, done bigint)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 6
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	SET timezone = 'UTC'
AS $$
#variable_conflict use_column
DECLARE
	today constant date := clicktrack.utc_day(now());
	wanted record;
	stale jsonb;
	result record;
	most bigint := 0;
	left_over bigint := 0;
BEGIN
	IF max_days < 1 OR patience IS NULL OR patience NOT BETWEEN interval '0' AND interval '1 day' THEN
		RAISE EXCEPTION 'invalid limits to refresh rollups: % days, %', coalesce(max_days::text, 'any'), coalesce(patience::text, 'NULL')
			USING ERRCODE = 'invalid_parameter_value', HINT = 'max_days is at least 1, patience from 0 to a day.';
	END IF;
	-- each statement has to see what was committed before it
	IF current_setting('transaction_isolation') NOT LIKE 'read %committed' THEN
		RAISE EXCEPTION 'rollups cannot be refreshed in a transaction that is %', current_setting('transaction_isolation')
			USING ERRCODE = 'invalid_transaction_state', HINT = 'Call refresh_rollups() in one that is read committed.';
	END IF;
	IF NOT pg_try_advisory_xact_lock('clicktrack.rollup_state'::regclass::oid::integer, 1) THEN
		RETURN QUERY SELECT 'left to another session'::text, 0::bigint;
		RETURN;
	END IF;
	-- which writes row by row, and fires no trigger of a statement
	IF EXISTS (SELECT FROM pg_subscription_rel AS r JOIN pg_trigger AS t ON t.tgrelid = r.srrelid AND t.tgname = 'note_insert') THEN
		PERFORM clicktrack.empty_rollups();
		RETURN QUERY SELECT 'left out, as a subscription writes to the tables'::text, NULL::bigint;
		RETURN;
	END IF;
	stale := clicktrack.move_gate(today, clock_timestamp() + patience);
	IF stale IS NULL THEN
		RETURN QUERY SELECT 'left to the next run, as a transaction that writes is open'::text, NULL::bigint;
		RETURN;
	END IF;
	IF stale ? 'everything' THEN
		PERFORM clicktrack.empty_rollups();
	END IF;
	-- What depends on clicks does not overtake them: a click that a rolled up credit or
	-- response depends on is in click_daily, where those look who note which days it touches.
	FOR wanted IN
		SELECT * FROM (VALUES ('click', today, NULL), ('credit', today, 0), ('response', today - 30, 30)) AS w(rollup, target, behind_clicks)
	LOOP
		SELECT r.* INTO result
		FROM clicktrack.roll_up(wanted.rollup, least(wanted.target, (SELECT s.until FROM clicktrack.rollup_state AS s WHERE s.rollup = 'click') - wanted.behind_clicks),
			ARRAY(SELECT jsonb_array_elements_text(stale -> wanted.rollup)::date), max_days) AS r;
		RETURN QUERY SELECT format('days of %ss', wanted.rollup), result.days;
		most := greatest(most, result.days);
		left_over := greatest(left_over, result.days_left);
	END LOOP;
	IF most > 30 THEN
		-- views of what was a small table yesterday are asked for before autovacuum comes by
		ANALYZE clicktrack.click_hourly, clicktrack.click_daily, clicktrack.device_hourly, clicktrack.device_daily, clicktrack.bot_daily,
			clicktrack.credit_daily, clicktrack.path_daily, clicktrack.response_daily;
	END IF;
	RETURN QUERY SELECT 'months of cohorts',
		CASE WHEN clicktrack.rolled_until('cohort') < clicktrack.this_month()
				OR EXISTS (SELECT FROM jsonb_array_elements_text(stale -> 'cohort') AS d WHERE d::date < clicktrack.this_month())
			THEN clicktrack.roll_up_cohorts() ELSE 0 END;
	RETURN QUERY SELECT 'days left', left_over;
END
$$;
REVOKE EXECUTE ON FUNCTION refresh_rollups(integer, interval) FROM PUBLIC;
COMMENT ON FUNCTION refresh_rollups(integer, interval) IS
'brings the rollups behind the views up to today (UTC): sums up the days that are over since the last time, and again those that were written to since, and returns what it did. With max_days it goes at most so many days further and says how many are left, so that a long history can be caught up with in steps; what one call did, stays. Nobody waits for it. It waits for transactions that write clicks, conversions or messages and are open when it begins, up to patience (0 to a day); if they are still open, it does nothing and says so. Views are right at any time, before and after: what is not rolled up they read from the tables. A row "left to another session" if another is running it, and one that says so where logical replication writes to the tables: what it writes cannot be noted, so that views read the tables. To be run once a day at least, by maintain() or alone';

CREATE FUNCTION clear_rollups() RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	-- not beside refresh_rollups()
	PERFORM clicktrack.await_turn('clicktrack.rollup_state');
	PERFORM clicktrack.empty_rollups();
	DELETE FROM clicktrack.rollup_change;
END
$$;
REVOKE EXECUTE ON FUNCTION clear_rollups() FROM PUBLIC;
COMMENT ON FUNCTION clear_rollups() IS 'empties the rollups, so that views read the tables until refresh_rollups() has summed up everything anew; needed only after partitions of click were attached or detached by hand';
