-- ---------------------------------------------------------------------------
-- Rollups: what has changed since
-- ---------------------------------------------------------------------------

-- Before this time, in seconds since 1970, days are rolled up, and whoever writes to one
-- notes it. A sequence, because everybody must see it move at once; see changes.c.
CREATE SEQUENCE rollup_gate MINVALUE -9223372036854775808;
COMMENT ON SEQUENCE rollup_gate IS 'seconds since 1970 until when days are being rolled up: who writes rows of an earlier time notes its day in rollup_change';

CREATE TABLE rollup_change (
	subject text NOT NULL CHECK (subject IN ('click', 'conversion', 'send', 'opt_out', 'engagement', 'person', 'link', 'campaign', 'everything')),
	day date NOT NULL
);
CREATE INDEX rollup_change_everything ON rollup_change (subject) WHERE subject = 'everything';
COMMENT ON TABLE rollup_change IS 'days that were written to after they were rolled up; until refresh_rollups() has caught up, views read the tables for what depends on them. No dump takes it along: after a restore everything is rolled up anew';
COMMENT ON COLUMN rollup_change.subject IS 'what was written: click, conversion, send, opt_out, engagement; person: who or of which audience somebody is, who converted or was sent to on the day; link: of which campaign a link is, that was clicked on the day; campaign: of which audience a campaign is, or a link of it, that was sent on the day; everything: a table was truncated';
COMMENT ON COLUMN rollup_change.day IS 'the day, by UTC, that rows written have their time in; -infinity for everything';

CREATE FUNCTION note_changes() RETURNS trigger
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION note_changes() FROM PUBLIC;
COMMENT ON FUNCTION note_changes() IS 'trigger after a statement, of the arguments subject and column: notes the days of the times in the column (of type timestamptz or click_event) of rows written, as they were and as they are, in rollup_change if they lie before rollup_gate';

-- A note like all others, so that nobody waits for anybody, and that whoever does not see the
-- rollups yet cannot miss them.
CREATE FUNCTION forget_rollups() RETURNS trigger
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	INSERT INTO clicktrack.rollup_change (subject, day)
	SELECT 'everything', '-infinity' FROM clicktrack.rollup_gate AS g WHERE g.is_called;
	RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION forget_rollups() FROM PUBLIC;
COMMENT ON FUNCTION forget_rollups() IS 'trigger after TRUNCATE: no rollup holds any more';

CREATE FUNCTION wait_for_writers(tables regclass[], until timestamptz) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE STRICT;
REVOKE EXECUTE ON FUNCTION wait_for_writers(regclass[], timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION wait_for_writers(regclass[], timestamptz) IS 'waits until all transactions have ended that hold a lock for writing on one of the tables or on a partition of it, and returns whether they have before a time; takes no lock itself';

-- A statement that names a partition fires the triggers of that one only, so each has its own.
-- They fire in a session that applies what is replicated, too, if it goes by statements.
CREATE FUNCTION watch_changes(relation regclass, function name, arguments text[] DEFAULT '{}') RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE STRICT
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	call constant text := format('%I(%s)', function, (SELECT string_agg(quote_literal(a), ', ') FROM unnest(arguments) AS a));
	watched record;
BEGIN
	FOR watched IN
		SELECT * FROM (VALUES ('insert', 'REFERENCING NEW TABLE AS written', call), ('update', 'REFERENCING OLD TABLE AS was NEW TABLE AS written', call),
			('delete', 'REFERENCING OLD TABLE AS was', call), ('truncate', '', 'forget_rollups()')) AS v(operation, transition, call)
	LOOP
		EXECUTE format('CREATE TRIGGER %I AFTER %s ON %s %s FOR EACH STATEMENT EXECUTE FUNCTION clicktrack.%s',
			'note_' || watched.operation, watched.operation, relation, watched.transition, watched.call);
		EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', relation, 'note_' || watched.operation);
	END LOOP;
END
$$;
REVOKE EXECUTE ON FUNCTION watch_changes(regclass, name, text[]) FROM PUBLIC;
COMMENT ON FUNCTION watch_changes(regclass, name, text[]) IS 'has each statement that changes a table noted by a trigger function of ours with arguments, and all rollups forgotten when it is truncated';

-- ---- what is not in the row itself ----

CREATE FUNCTION gate_day() RETURNS date
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $$SELECT clicktrack.utc_day(to_timestamp(g.last_value)) FROM clicktrack.rollup_gate AS g WHERE g.is_called$$;
REVOKE EXECUTE ON FUNCTION gate_day() FROM PUBLIC;
COMMENT ON FUNCTION gate_day() IS 'the day that rollup_gate is at; NULL when nothing was ever rolled up';

-- Whoever turns out to be somebody, or moves to another audience, changes what was rolled up
-- of what they bought and were sent.
CREATE FUNCTION note_persons(visitor_ids bigint[]) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $$
	INSERT INTO clicktrack.rollup_change (subject, day)
	SELECT 'person', d.day
	FROM (
		SELECT clicktrack.utc_day(c.converted_at) AS day FROM clicktrack.conversion AS c WHERE c.visitor_id = ANY (visitor_ids)
		UNION
		SELECT clicktrack.utc_day(s.sent_at) FROM clicktrack.send AS s WHERE s.recipient_id = ANY (visitor_ids)
	) AS d
	WHERE d.day < (SELECT clicktrack.gate_day())
$$;
REVOKE EXECUTE ON FUNCTION note_persons(bigint[]) FROM PUBLIC;
COMMENT ON FUNCTION note_persons(bigint[]) IS 'notes the days before rollup_gate on which these visitors converted or were sent to in rollup_change';

CREATE FUNCTION note_campaigns(campaign_ids bigint[]) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $$
	INSERT INTO clicktrack.rollup_change (subject, day)
	SELECT DISTINCT 'campaign', clicktrack.utc_day(s.sent_at) FROM clicktrack.send AS s
	WHERE s.campaign_id = ANY (campaign_ids) AND s.sent_at < (SELECT clicktrack.day_start(clicktrack.gate_day()))
$$;
REVOKE EXECUTE ON FUNCTION note_campaigns(bigint[]) FROM PUBLIC;
COMMENT ON FUNCTION note_campaigns(bigint[]) IS 'notes the days before rollup_gate on which these campaigns were sent in rollup_change';

-- Rows of the transition tables that a statement made or changed, by what matters of them.

CREATE FUNCTION note_aliases() RETURNS trigger
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	ids bigint[];
BEGIN
	IF clicktrack.gate_day() IS NULL THEN
		RETURN NULL;
	ELSIF TG_OP = 'INSERT' THEN
		ids := ARRAY(SELECT w.visitor_id FROM written AS w UNION SELECT w.known_id FROM written AS w);
	ELSIF TG_OP = 'DELETE' THEN
		ids := ARRAY(SELECT w.visitor_id FROM was AS w UNION SELECT w.known_id FROM was AS w);
	ELSE
		-- Clicks that still have the old number count as whose they are while it is pending only.
		-- Of those that apply_aliases() has moved, as recheck tells, the days are noted.
		ids := ARRAY(
			SELECT DISTINCT unnest(ARRAY[o.visitor_id, o.known_id, n.visitor_id, n.known_id])
			FROM was AS o FULL JOIN written AS n ON n.visitor_id = o.visitor_id
			WHERE n.known_id IS DISTINCT FROM o.known_id OR (n.pending <> o.pending AND NOT (o.pending AND n.recheck)));
	END IF;
	IF ids <> '{}' THEN
		PERFORM clicktrack.note_persons(ids);
	END IF;
	RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION note_aliases() FROM PUBLIC;
COMMENT ON FUNCTION note_aliases() IS 'trigger of visitor_alias that notes whose conversions and sends are another''s now';

CREATE FUNCTION note_audiences() RETURNS trigger
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	ids bigint[];
BEGIN
	IF TG_OP = 'INSERT' THEN
		-- a recipient is there before what is sent to them, but for rows copied in another order
		IF NOT EXISTS (SELECT FROM clicktrack.send AS s WHERE s.recipient_id >= (SELECT min(w.recipient_id) FROM written AS w)) THEN
			RETURN NULL;
		END IF;
		ids := ARRAY(SELECT w.recipient_id FROM written AS w);
	ELSIF TG_OP = 'DELETE' THEN
		ids := ARRAY(SELECT w.recipient_id FROM was AS w);
	ELSE
		ids := ARRAY(
			WITH now AS (SELECT w.recipient_id, w.audience FROM written AS w),
				before AS (SELECT w.recipient_id, w.audience FROM was AS w)
			SELECT c.recipient_id FROM ((TABLE now EXCEPT TABLE before) UNION ALL (TABLE before EXCEPT TABLE now)) AS c);
	END IF;
	IF ids <> '{}' AND clicktrack.gate_day() IS NOT NULL THEN
		PERFORM clicktrack.note_persons(ids);
	END IF;
	RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION note_audiences() FROM PUBLIC;
COMMENT ON FUNCTION note_audiences() IS 'trigger of recipient that notes who is of another audience now';

CREATE FUNCTION note_campaign_audiences() RETURNS trigger
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	ids bigint[];
BEGIN
	IF clicktrack.gate_day() IS NULL THEN
		RETURN NULL;
	ELSIF TG_OP = 'INSERT' THEN
		ids := ARRAY(SELECT w.campaign_id FROM written AS w);
	ELSIF TG_OP = 'DELETE' THEN
		ids := ARRAY(SELECT w.campaign_id FROM was AS w);
	ELSE
		ids := ARRAY(
			WITH now AS (SELECT w.campaign_id, w.audience FROM written AS w),
				before AS (SELECT w.campaign_id, w.audience FROM was AS w)
			SELECT c.campaign_id FROM ((TABLE now EXCEPT TABLE before) UNION ALL (TABLE before EXCEPT TABLE now)) AS c);
	END IF;
	IF ids <> '{}' THEN
		PERFORM clicktrack.note_campaigns(ids);
	END IF;
	RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION note_campaign_audiences() FROM PUBLIC;
COMMENT ON FUNCTION note_campaign_audiences() IS 'trigger of campaign that notes what was sent to another audience than it was';

CREATE FUNCTION note_link_campaigns() RETURNS trigger
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	links bigint[];
	campaigns bigint[];
BEGIN
	IF TG_OP = 'INSERT' THEN
		-- a link is there before its clicks, but for rows copied in another order
		IF NOT EXISTS (SELECT FROM clicktrack.click_daily AS c WHERE c.link_id >= (SELECT min(w.link_id) FROM written AS w)) THEN
			RETURN NULL;
		END IF;
		SELECT array_agg(w.link_id), array_agg(DISTINCT w.campaign_id) INTO links, campaigns
		FROM written AS w WHERE EXISTS (SELECT FROM clicktrack.click_daily AS c WHERE c.link_id = w.link_id);
	ELSIF TG_OP = 'DELETE' THEN
		SELECT array_agg(w.link_id), array_agg(DISTINCT w.campaign_id) INTO links, campaigns FROM was AS w;
	ELSE
		WITH now AS (SELECT w.link_id, w.campaign_id FROM written AS w),
			before AS (SELECT w.link_id, w.campaign_id FROM was AS w)
		SELECT array_agg(c.link_id), array_agg(DISTINCT c.campaign_id) INTO links, campaigns
		FROM ((TABLE now EXCEPT TABLE before) UNION ALL (TABLE before EXCEPT TABLE now)) AS c;
	END IF;
	IF links IS NULL OR clicktrack.gate_day() IS NULL THEN
		RETURN NULL;
	END IF;
	-- What is being rolled up in this moment, or was since our snapshot, cannot be seen.
	IF TG_OP <> 'INSERT' AND (current_setting('transaction_isolation') NOT LIKE 'read %committed'
			OR NOT pg_try_advisory_xact_lock('clicktrack.rollup_state'::regclass::oid::integer, 1)) THEN
		INSERT INTO clicktrack.rollup_change (subject, day) VALUES ('everything', '-infinity');
		RETURN NULL;
	END IF;
	INSERT INTO clicktrack.rollup_change (subject, day)
	SELECT DISTINCT 'link', c.day FROM clicktrack.click_daily AS c WHERE c.link_id = ANY (links);
	PERFORM clicktrack.note_campaigns(campaigns);
	RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION note_link_campaigns() FROM PUBLIC;
COMMENT ON FUNCTION note_link_campaigns() IS 'trigger of link that notes whose clicks are another campaign''s now';
