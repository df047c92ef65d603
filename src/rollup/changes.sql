-- ---------------------------------------------------------------------------
-- Rollups: what has changed since
-- ---------------------------------------------------------------------------

-- Before this time, in seconds since 1970, days are rolled up, and whoever writes to one
-- notes it. A sequence, because everybody must see it move at once; see changes.c.
CREATE SEQUENCE rollup_gate MINVALUE -9223372036854775808;
COMMENT ON SEQUENCE rollup_gate IS 'seconds since 1970 until when days are being rolled up: who writes rows of an earlier time notes its day in rollup_change';

CREATE TABLE rollup_change (
	subject text NOT NULL CHECK (subject IN ('click', 'conversion', 'send', 'opt_out', 'engagement', 'person')),
	day date NOT NULL
);
COMMENT ON TABLE rollup_change IS 'days that were written to after they were rolled up; until refresh_rollups() has caught up, views read the tables for what depends on them. No dump takes it along: after a restore everything is rolled up anew';
COMMENT ON COLUMN rollup_change.subject IS 'what was written: click, conversion, send, opt_out, engagement; or person: who or of which audience somebody is, who converted or was sent to on the day';
COMMENT ON COLUMN rollup_change.day IS 'the day, by UTC, that rows written have their time in';

CREATE FUNCTION note_changes() RETURNS trigger
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION note_changes() FROM PUBLIC;
COMMENT ON FUNCTION note_changes() IS 'trigger after a statement, of the arguments subject and column: notes the days of the times in the column (of type timestamptz or click_event) of rows written, as they were and as they are, in rollup_change if they lie before rollup_gate';

CREATE FUNCTION forget_rollups() RETURNS trigger
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF EXISTS (SELECT FROM clicktrack.rollup_state) THEN
		PERFORM clicktrack.clear_rollups();
	END IF;
	RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION forget_rollups() FROM PUBLIC;
COMMENT ON FUNCTION forget_rollups() IS 'trigger after TRUNCATE that empties the rollups';

CREATE FUNCTION wait_for_writers(tables regclass[]) RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE STRICT;
REVOKE EXECUTE ON FUNCTION wait_for_writers(regclass[]) FROM PUBLIC;
COMMENT ON FUNCTION wait_for_writers(regclass[]) IS 'waits until all transactions have ended that hold a lock for writing on one of the tables or on a partition of it; takes no lock that others would wait for';

-- A statement that names a partition fires the triggers of that one only, so each has its own.
CREATE FUNCTION watch_changes(relation regclass, subject text, "column" text) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE STRICT
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	watched record;
BEGIN
	FOR watched IN
		VALUES ('insert', 'NEW TABLE AS written'), ('update', 'OLD TABLE AS was NEW TABLE AS written'), ('delete', 'OLD TABLE AS was')
	LOOP
		EXECUTE format('CREATE TRIGGER %I AFTER %s ON %s REFERENCING %s FOR EACH STATEMENT EXECUTE FUNCTION clicktrack.note_changes(%L, %L)',
			'note_' || watched.column1, watched.column1, relation, watched.column2, subject, "column");
	END LOOP;
	EXECUTE format('CREATE TRIGGER note_truncate AFTER TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION clicktrack.forget_rollups()', relation);
END
$$;
REVOKE EXECUTE ON FUNCTION watch_changes(regclass, text, text) FROM PUBLIC;
COMMENT ON FUNCTION watch_changes(regclass, text, text) IS 'has changes of a table noted by note_changes(), and all rollups forgotten when it is truncated';

-- Whoever turns out to be somebody, or moves to another audience, changes what was rolled up
-- of what they bought and were sent.
CREATE FUNCTION note_persons(visitor_ids bigint[]) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE STRICT
	SET search_path = pg_catalog, pg_temp
AS $$
	INSERT INTO clicktrack.rollup_change (subject, day)
	SELECT 'person', d.day
	FROM (
		SELECT clicktrack.utc_day(c.converted_at) AS day FROM clicktrack.conversion AS c WHERE c.visitor_id = ANY (visitor_ids)
		UNION
		SELECT clicktrack.utc_day(s.sent_at) FROM clicktrack.send AS s WHERE s.recipient_id = ANY (visitor_ids)
	) AS d
	WHERE clicktrack.day_start(d.day) < (SELECT to_timestamp(g.last_value) FROM clicktrack.rollup_gate AS g WHERE g.is_called)
$$;
REVOKE EXECUTE ON FUNCTION note_persons(bigint[]) FROM PUBLIC;
COMMENT ON FUNCTION note_persons(bigint[]) IS 'notes the days before rollup_gate on which these visitors converted or were sent to in rollup_change';

CREATE FUNCTION note_aliases() RETURNS trigger
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF TG_OP = 'INSERT' THEN
		PERFORM clicktrack.note_persons(array_agg(w.known_id)) FROM written AS w;
	ELSIF TG_OP = 'DELETE' THEN
		PERFORM clicktrack.note_persons(array_agg(w.known_id)) FROM was AS w;
	ELSE
		PERFORM clicktrack.note_persons(array_agg(w.known_id) || array_agg(o.known_id))
		FROM written AS w JOIN was AS o USING (visitor_id)
		WHERE w.known_id <> o.known_id;
	END IF;
	RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION note_aliases() FROM PUBLIC;
COMMENT ON FUNCTION note_aliases() IS 'trigger of visitor_alias that notes whose conversions and sends are another''s now';

CREATE FUNCTION note_audiences() RETURNS trigger
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM clicktrack.note_persons(array_agg(w.recipient_id))
	FROM written AS w JOIN was AS o USING (recipient_id)
	WHERE w.audience IS DISTINCT FROM o.audience;
	RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION note_audiences() FROM PUBLIC;
COMMENT ON FUNCTION note_audiences() IS 'trigger of recipient that notes who moved to another audience';
