-- ---------------------------------------------------------------------------
-- The store: clicks
-- ---------------------------------------------------------------------------

CREATE FUNCTION is_click_time(timestamptz) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION is_click_time(timestamptz) IS 'whether it is a time that visits and batches may give a click: from 1990 to before 2200, by UTC';

CREATE TABLE click (
	event click_event NOT NULL,
	origin bigint
) PARTITION BY RANGE (clicked_at(event));
-- No index here: ATTACH PARTITION would make it again under the name that a dump gives to
-- the partition's own, and no dump could be restored. Each partition has its own.
-- without these, the planner takes every value of a field for a different one
CREATE STATISTICS click_link_id ON link_id(event) FROM click;
CREATE STATISTICS click_visitor_id ON visitor_id(event) FROM click;
CREATE STATISTICS click_channel ON channel(event) FROM click;
COMMENT ON TABLE click IS 'a click a row, by month; the view clicks shows the fields';
COMMENT ON COLUMN click.event IS 'the click';
COMMENT ON COLUMN click.origin IS 'the masked user agent and the network that it came from, see click_origin(); NULL: not kept';

CREATE TABLE click_default PARTITION OF click DEFAULT;
CREATE INDEX ON click_default USING brin (clicked_at(event)) WITH (autosummarize = on);
COMMENT ON TABLE click_default IS 'clicks of months that have no partition yet; create_click_partitions moves them to theirs';
COMMENT ON COLUMN click_default.event IS 'the click';
COMMENT ON COLUMN click_default.origin IS 'the masked user agent and the network that it came from, see click_origin(); NULL: not kept';

-- What clicks refer to by number. Numbers end where a click_event and an origin have no more
-- room for them; what comes then is not told apart.
CREATE TABLE agent (
	agent_id integer GENERATED ALWAYS AS IDENTITY (MAXVALUE 65535) PRIMARY KEY,
	masked text NOT NULL UNIQUE,
	created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE agent IS 'user agents that clicks came from, without what tells one person from another';
COMMENT ON COLUMN agent.agent_id IS 'its number, see origin_agent()';
COMMENT ON COLUMN agent.masked IS 'the header as mask_user_agent() leaves it';
COMMENT ON COLUMN agent.created_at IS 'when it was first seen';
CREATE TRIGGER forget_cached_rows AFTER UPDATE OR DELETE OR TRUNCATE ON agent
	FOR EACH STATEMENT EXECUTE FUNCTION forget_cached_rows();

CREATE TABLE referrer (
	referrer_id integer GENERATED ALWAYS AS IDENTITY (MAXVALUE 65535) PRIMARY KEY,
	host text NOT NULL UNIQUE,
	created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE referrer IS 'sites that clicks came from';
COMMENT ON COLUMN referrer.referrer_id IS 'its number, see referrer_id(click_event)';
COMMENT ON COLUMN referrer.host IS 'host name of the site in lower case';
COMMENT ON COLUMN referrer.created_at IS 'when it was first seen';
CREATE TRIGGER forget_cached_rows AFTER UPDATE OR DELETE OR TRUNCATE ON referrer
	FOR EACH STATEMENT EXECUTE FUNCTION forget_cached_rows();

SELECT watch_changes('click', 'click', 'event'), watch_changes('click_default', 'click', 'event');

SELECT pg_extension_config_dump('click_default', '');
SELECT pg_extension_config_dump('agent', '');
SELECT pg_extension_config_dump('agent_agent_id_seq', '');
SELECT pg_extension_config_dump('referrer', '');
SELECT pg_extension_config_dump('referrer_referrer_id_seq', '');

CREATE FUNCTION create_click_partitions(first_month date, last_month date)
RETURNS integer
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE STRICT
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	-- bounds are written as text
	SET datestyle = 'ISO' SET timezone = 'UTC'
AS $$
DECLARE
	month timestamp;
	month_start timestamptz;
	month_end timestamptz;
	partition text;
	created integer := 0;
BEGIN
	IF NOT isfinite(first_month) OR NOT isfinite(last_month) OR first_month > last_month
		OR age(last_month, first_month) > interval '50 years' THEN
		RAISE EXCEPTION 'invalid months for click partitions: % to %', first_month, last_month
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'They are two dates in order, at most 50 years apart.';
	END IF;
	FOR month IN
		SELECT generate_series(date_trunc('month', first_month::timestamp), last_month, interval '1 month')
	LOOP
		partition := to_char(month, '"click_"FMYYYY"_"MM');
		CONTINUE WHEN to_regclass(format('clicktrack.%I', partition)) IS NOT NULL;
		-- Everyone waits at the parent, before partitions are chosen: a writer already led
		-- to click_default could not insert any more, a reader would miss what moved.
		LOCK TABLE ONLY clicktrack.click IN ACCESS EXCLUSIVE MODE;
		CONTINUE WHEN to_regclass(format('clicktrack.%I', partition)) IS NOT NULL;
		LOCK TABLE clicktrack.click_default IN ACCESS EXCLUSIVE MODE;
		month_start := month AT TIME ZONE 'UTC';
		month_end := (month + interval '1 month') AT TIME ZONE 'UTC';
		EXECUTE format('CREATE TABLE clicktrack.%I (LIKE clicktrack.click INCLUDING ALL)', partition);
		EXECUTE format('WITH moved AS (DELETE FROM clicktrack.click_default
			WHERE clicktrack.clicked_at(event) >= $1 AND clicktrack.clicked_at(event) < $2
			RETURNING event, origin)
			INSERT INTO clicktrack.%I SELECT event, origin FROM moved', partition)
		USING month_start, month_end;
		EXECUTE format('CREATE INDEX ON clicktrack.%I USING brin (clicktrack.clicked_at(event)) WITH (autosummarize = on)', partition);
		EXECUTE format('ALTER TABLE clicktrack.click ATTACH PARTITION clicktrack.%I FOR VALUES FROM (%L) TO (%L)',
			partition, month_start, month_end);
		PERFORM clicktrack.watch_changes(format('clicktrack.%I', partition)::regclass, 'click', 'event');
		EXECUTE format('COMMENT ON TABLE clicktrack.%I IS %L', partition,
			'clicks of ' || to_char(month, 'FMMonth FMYYYY') || ', by UTC');
		created := created + 1;
	END LOOP;
	RETURN created;
END
$$;
COMMENT ON FUNCTION create_click_partitions(date, date) IS
'creates the monthly partitions of click (by UTC) from one month to another that are not there yet and returns how many; clicks that had none move in; reads and writes of clicks wait meanwhile, so create months ahead of time';
REVOKE EXECUTE ON FUNCTION create_click_partitions(date, date) FROM PUBLIC;
