-- ---------------------------------------------------------------------------
-- The store: who is who, and forgetting it
--
-- visitor_alias is flat: a known_id is nobody's alias. identify() writes it and moves what
-- is found by an index at once; clicks have no index by visitor and move all together, in
-- apply_aliases(). Until then reports look through the alias.
--
-- Whoever takes both turns takes that of click first.
-- ---------------------------------------------------------------------------

CREATE FUNCTION ids_of(visitor_ids bigint[]) RETURNS bigint[]
	LANGUAGE sql STABLE PARALLEL SAFE STRICT
	SET search_path = pg_catalog, pg_temp
AS $$
	WITH person AS (
		SELECT DISTINCT id FROM unnest(clicktrack.known_visitors(visitor_ids)) AS id WHERE id IS NOT NULL
	)
	SELECT array(SELECT id FROM person UNION SELECT a.visitor_id FROM clicktrack.visitor_alias AS a JOIN person AS p ON p.id = a.known_id)
$$;
REVOKE EXECUTE ON FUNCTION ids_of(bigint[]) FROM PUBLIC;
COMMENT ON FUNCTION ids_of(bigint[]) IS 'every visitor_id of the persons that these visitors are';

-- Gives what is found by an index to another visitor.
CREATE FUNCTION move_outcomes(from_id bigint, to_id bigint) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	UPDATE clicktrack.conversion SET visitor_id = to_id WHERE visitor_id = from_id;
	UPDATE clicktrack.engagement SET visitor_id = to_id WHERE visitor_id = from_id;
	UPDATE clicktrack.opt_out SET visitor_id = to_id WHERE visitor_id = from_id;
END
$$;
REVOKE EXECUTE ON FUNCTION move_outcomes(bigint, bigint) FROM PUBLIC;
COMMENT ON FUNCTION move_outcomes(bigint, bigint) IS 'makes a visitor''s conversions, engagement and opt-outs those of another';

CREATE FUNCTION identify(anonymous bigint, known bigint) RETURNS boolean
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	-- who the two are known to be
	person bigint;
	already bigint;
BEGIN
	IF anonymous IS NULL OR known IS NULL THEN
		RETURN false;
	END IF;
	-- what is known already, as at every login, waits for nobody
	SELECT k[1], k[2] INTO person, already FROM clicktrack.known_visitors(ARRAY[known, anonymous]) AS k;
	IF already = person THEN
		RETURN anonymous NOT IN (person, known);
	END IF;

	PERFORM clicktrack.await_turn('clicktrack.visitor_alias');
	SELECT k[1], k[2] INTO person, already FROM clicktrack.known_visitors(ARRAY[known, anonymous]) AS k;
	IF already <> anonymous THEN
		RETURN already = person;
	END IF;
	IF anonymous = person OR EXISTS (SELECT FROM clicktrack.recipient AS r WHERE r.recipient_id = anonymous) THEN
		RETURN false;
	END IF;
	INSERT INTO clicktrack.visitor_alias (visitor_id, known_id) VALUES (anonymous, person);
	UPDATE clicktrack.visitor_alias SET known_id = person WHERE known_id = anonymous;
	PERFORM clicktrack.move_outcomes(anonymous, person);
	RETURN true;
END
$$;
COMMENT ON FUNCTION identify(bigint, bigint) IS
'says that an anonymous or first-party visitor is a known one, and returns whether it now is: conversions, engagement and opt-outs are the known visitor''s at once, and so are clicks in attribution; maintain() moves the clicks. The same again is true. False, and nothing changes, for a visitor that is somebody else already or a recipient, for a visitor and itself or what it is known by, and for NULL';

CREATE FUNCTION identify(anonymous bigint[], known bigint[]) RETURNS bigint
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	before bigint;
	after bigint;
BEGIN
	PERFORM clicktrack.check_lengths('identify', 2, '{anonymous,known}', ARRAY[cardinality(anonymous), cardinality(known)]);
	PERFORM clicktrack.await_turn('clicktrack.visitor_alias');
	SELECT count(*) INTO before FROM clicktrack.visitor_alias AS a WHERE a.visitor_id = ANY (anonymous);
	-- one after the other: who is known by one pair is what the next is about
	PERFORM clicktrack.identify(p.anonymous, p.known)
	FROM unnest(anonymous, known) WITH ORDINALITY AS p(anonymous, known, place)
	ORDER BY p.place;
	SELECT count(*) INTO after FROM clicktrack.visitor_alias AS a WHERE a.visitor_id = ANY (anonymous);
	RETURN after - before;
END
$$;
REVOKE EXECUTE ON FUNCTION identify(bigint, bigint), identify(bigint[], bigint[]) FROM PUBLIC;
COMMENT ON FUNCTION identify(bigint[], bigint[]) IS 'identify() for each pair of two arrays, in their order; returns how many visitors became known';

CREATE FUNCTION apply_aliases() RETURNS bigint
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	SET enable_nestloop = off
	SET jit = off
AS $$
DECLARE
	applied bigint[];
	moved bigint;
BEGIN
	PERFORM clicktrack.await_turn('clicktrack.click');
	-- What refresh_rollups() sums up meanwhile would be by aliases that are not pending any more.
	PERFORM clicktrack.await_turn('clicktrack.rollup_state');
	SELECT array_agg(a.visitor_id) INTO applied
	FROM clicktrack.visitor_alias AS a
	WHERE a.pending OR a.recheck;
	IF applied IS NULL THEN
		RETURN 0;
	END IF;

	UPDATE clicktrack.click AS k SET event = clicktrack.with_visitor(k.event, a.known_id, true)
	FROM clicktrack.visitor_alias AS a
	WHERE a.visitor_id = clicktrack.visitor_id(k.event) AND a.visitor_id = ANY (applied);
	GET DIAGNOSTICS moved = ROW_COUNT;

	PERFORM clicktrack.await_turn('clicktrack.visitor_alias');
	PERFORM clicktrack.move_outcomes(a.visitor_id, a.known_id)
	FROM clicktrack.visitor_alias AS a
	WHERE a.visitor_id = ANY (applied);
	UPDATE clicktrack.visitor_alias AS a SET pending = false, recheck = a.pending
	WHERE (a.pending OR a.recheck) AND a.visitor_id = ANY (applied);
	RETURN moved;
END
$$;
REVOKE EXECUTE ON FUNCTION apply_aliases() FROM PUBLIC;
COMMENT ON FUNCTION apply_aliases() IS
'makes the clicks of visitors that identify() named those of the known visitor, in one pass over the clicks, and returns how many; maintain() calls it';

-- ---- erasing ----

-- Makes the clicks of visitors nobody's.
CREATE FUNCTION erase_clicks(visitor_ids bigint[]) RETURNS bigint
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	SET enable_nestloop = off
	SET jit = off
AS $$
DECLARE
	erased bigint;
BEGIN
	UPDATE clicktrack.click AS k SET event = clicktrack.with_visitor(k.event, NULL), origin = NULL
	FROM unnest(visitor_ids) AS v(id)
	WHERE clicktrack.visitor_id(k.event) = v.id;
	GET DIAGNOSTICS erased = ROW_COUNT;
	RETURN erased;
END
$$;
REVOKE EXECUTE ON FUNCTION erase_clicks(bigint[]) FROM PUBLIC;
COMMENT ON FUNCTION erase_clicks(bigint[]) IS 'takes visitor and origin from the clicks of visitors, in one pass over the clicks, and returns how many';

CREATE FUNCTION erase_visitors(visitor_ids bigint[]) RETURNS bigint
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE STRICT
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	ids bigint[];
	late bigint[];
	rows_done bigint;
	erased bigint;
BEGIN
	PERFORM clicktrack.await_turn('clicktrack.click');
	ids := clicktrack.ids_of(visitor_ids);
	erased := clicktrack.erase_clicks(ids);
	-- identify() goes on during the long pass; whom it named meanwhile follows
	PERFORM clicktrack.await_turn('clicktrack.visitor_alias');
	late := array(SELECT unnest(clicktrack.ids_of(visitor_ids)) EXCEPT SELECT unnest(ids));
	IF late <> '{}' THEN
		erased := erased + clicktrack.erase_clicks(late);
		ids := ids || late;
	END IF;

	UPDATE clicktrack.link SET recipient_id = NULL WHERE recipient_id = ANY (ids);
	GET DIAGNOSTICS rows_done = ROW_COUNT;
	erased := erased + rows_done;
	-- a provider's words may name the address
	UPDATE clicktrack.send SET recipient_id = NULL, failure = NULL WHERE recipient_id = ANY (ids);
	GET DIAGNOSTICS rows_done = ROW_COUNT;
	erased := erased + rows_done;
	UPDATE clicktrack.conversion SET visitor_id = NULL WHERE visitor_id = ANY (ids);
	GET DIAGNOSTICS rows_done = ROW_COUNT;
	erased := erased + rows_done;
	UPDATE clicktrack.engagement SET visitor_id = NULL WHERE visitor_id = ANY (ids);
	GET DIAGNOSTICS rows_done = ROW_COUNT;
	erased := erased + rows_done;
	-- and so may the person's own
	UPDATE clicktrack.opt_out SET visitor_id = NULL, reason = NULL WHERE visitor_id = ANY (ids);
	GET DIAGNOSTICS rows_done = ROW_COUNT;
	erased := erased + rows_done;
	DELETE FROM clicktrack.visitor_alias WHERE visitor_id = ANY (ids);
	GET DIAGNOSTICS rows_done = ROW_COUNT;
	erased := erased + rows_done;
	DELETE FROM clicktrack.recipient WHERE recipient_id = ANY (ids);
	GET DIAGNOSTICS rows_done = ROW_COUNT;
	RETURN erased + rows_done;
END
$$;

CREATE FUNCTION erase_visitor(visitor_id bigint) RETURNS bigint
	LANGUAGE sql VOLATILE PARALLEL UNSAFE STRICT
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$SELECT clicktrack.erase_visitors(ARRAY[$1])$$;
REVOKE EXECUTE ON FUNCTION erase_visitors(bigint[]), erase_visitor(bigint) FROM PUBLIC;
COMMENT ON FUNCTION erase_visitors(bigint[]) IS
'forgets persons, with every visitor that identify() named them: recipients and aliases go; clicks stay as clicks of unknown visitors without origin; links, sends, conversions, engagement and opt-outs stay without them, and without the provider''s words about a failure and the person''s reason to opt out. So every total stays, though what they earned is no longer attributed. Returns how many rows told of them; NULL elements are nobody. Keys that a service gave (order_id, message_key, ...) and urls stay as they are: make them of numbers';
COMMENT ON FUNCTION erase_visitor(bigint) IS 'erase_visitors() for one visitor';

-- ---- looking through aliases ----

-- Either branch is not even started unless the condition, asked once, calls for it.
CREATE VIEW identified_click AS
SELECT k.event FROM click AS k
WHERE NOT EXISTS (SELECT FROM visitor_alias WHERE pending)
UNION ALL
SELECT CASE WHEN a.known_id IS NULL THEN k.event ELSE with_visitor(k.event, a.known_id, true) END
FROM click AS k LEFT JOIN visitor_alias AS a ON a.pending AND a.visitor_id = visitor_id(k.event)
WHERE EXISTS (SELECT FROM visitor_alias WHERE pending);
COMMENT ON VIEW identified_click IS 'the clicks as they will be once maintain() has moved those of visitors that identify() named';
COMMENT ON COLUMN identified_click.event IS 'the click';
