-- ---------------------------------------------------------------------------
-- The store: clicks in batches
-- ---------------------------------------------------------------------------

CREATE TABLE click_batch (
	batch_key text PRIMARY KEY CHECK (batch_key <> ''),
	clicks bigint NOT NULL,
	recorded_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE click_batch IS 'batches of clicks that were recorded, so that none is recorded twice; maintain() forgets them after 30 days';
COMMENT ON COLUMN click_batch.batch_key IS 'the service''s own key of the batch';
COMMENT ON COLUMN click_batch.clicks IS 'how many clicks or visits it held';
COMMENT ON COLUMN click_batch.recorded_at IS 'when it was recorded';
SELECT pg_extension_config_dump('click_batch', '');

-- Unlogged: what it holds is on its way, and no backup or replica shall have addresses.
CREATE UNLOGGED TABLE click_inbox (
	code text NOT NULL,
	domain text NOT NULL DEFAULT '',
	clicked_at timestamptz NOT NULL DEFAULT now() CHECK (is_click_time(clicked_at)),
	visitor_id bigint,
	known boolean NOT NULL DEFAULT false,
	ip inet,
	user_agent text,
	referrer text,
	method text NOT NULL DEFAULT 'GET',
	purpose text,
	country text,
	variant integer CHECK (variant BETWEEN 0 AND 255),
	consent text CHECK (consent IN ('full', 'anonymous', 'none'))
);
COMMENT ON TABLE click_inbox IS 'visits that wait for record_inbox(): services that batch COPY into it; nothing stays here, nothing of it is dumped or replicated, and a crash of the server empties it, so record often';
COMMENT ON COLUMN click_inbox.code IS 'the short code that was visited';
COMMENT ON COLUMN click_inbox.domain IS 'the host that was asked; empty where there is only one';
COMMENT ON COLUMN click_inbox.clicked_at IS 'when';
COMMENT ON COLUMN click_inbox.visitor_id IS 'the service''s own number of the visitor; NULL when it has none';
COMMENT ON COLUMN click_inbox.known IS 'whether the visitor is a known user';
COMMENT ON COLUMN click_inbox.ip IS 'address of the visitor';
COMMENT ON COLUMN click_inbox.user_agent IS 'header User-Agent';
COMMENT ON COLUMN click_inbox.referrer IS 'header Referer';
COMMENT ON COLUMN click_inbox.method IS 'method of the request; HEAD is no person';
COMMENT ON COLUMN click_inbox.purpose IS 'header Sec-Purpose; prefetch is no person yet';
COMMENT ON COLUMN click_inbox.country IS 'two-letter code of ISO 3166-1';
COMMENT ON COLUMN click_inbox.variant IS 'variant of an A/B test, 0 to 255; NULL: as the link chooses';
COMMENT ON COLUMN click_inbox.consent IS 'full, anonymous or none; NULL: the recipient''s, else the policy''s';
SELECT pg_extension_config_dump('click_inbox', 'WHERE false');

-- Takes a batch's key; false when the batch is recorded already. A session that records the
-- same batch at the same time waits here for the other's end.
CREATE FUNCTION begin_batch(key text, clicks bigint) RETURNS boolean
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF key IS NULL THEN
		RETURN true;
	END IF;
	INSERT INTO clicktrack.click_batch (batch_key, clicks) VALUES (key, begin_batch.clicks)
	ON CONFLICT (batch_key) DO NOTHING;
	RETURN FOUND;
END
$$;
REVOKE EXECUTE ON FUNCTION begin_batch(text, bigint) FROM PUBLIC;
COMMENT ON FUNCTION begin_batch(text, bigint) IS 'notes that a batch gets recorded; false when it is already; a NULL key is never';

CREATE FUNCTION click_links(clicks click_event[]) RETURNS bigint[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION click_links(click_event[]) IS 'the links of the clicks, each once, in order; a NULL click is an error';

CREATE FUNCTION record_clicks(clicks click_event[], batch_key text DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	bad text;
	recorded bigint;
BEGIN
	IF NOT clicktrack.begin_batch(batch_key, cardinality(clicks)) THEN
		RETURN 0;
	END IF;
	PERFORM clicktrack.check_missing('link', ARRAY(
		SELECT i.link_id::text FROM unnest(clicktrack.click_links(clicks)) AS i(link_id)
		WHERE NOT EXISTS (SELECT FROM clicktrack.link AS l WHERE l.link_id = i.link_id)), 'Create it with create_link().');
	SELECT c INTO bad FROM unnest(clicks) AS c
	WHERE NOT clicktrack.is_click_time(clicktrack.clicked_at(c))
	LIMIT 1;
	IF bad IS NOT NULL THEN
		RAISE EXCEPTION 'invalid time for a click: %', bad
			USING ERRCODE = 'datetime_field_overflow', HINT = 'It is from 1990 to before 2200.';
	END IF;
	IF EXISTS (SELECT FROM clicktrack.visitor_alias) THEN
		-- as who they are known to be, as visit() does
		INSERT INTO clicktrack.click (event)
		SELECT CASE WHEN a.known_id IS NULL THEN c.click ELSE clicktrack.with_visitor(c.click, a.known_id, true) END
		FROM unnest(clicks) AS c(click) LEFT JOIN clicktrack.visitor_alias AS a ON a.visitor_id = clicktrack.visitor_id(c.click);
	ELSE
		INSERT INTO clicktrack.click (event) SELECT unnest(clicks);
	END IF;
	GET DIAGNOSTICS recorded = ROW_COUNT;
	RETURN recorded;
END
$$;
REVOKE EXECUTE ON FUNCTION record_clicks(click_event[], text) FROM PUBLIC;
COMMENT ON FUNCTION record_clicks(click_event[], text) IS
'records clicks of links that the service resolved itself and returns how many; visitors are recorded as who they are known to be; a batch_key that was recorded already records nothing and returns 0; an unknown link or a NULL click is an error, and nothing is recorded';

-- Visits in the order of time, so that who came first gets what max_clicks leaves. Quotas
-- are locked before, in an order of their own: batches that share links don't deadlock.
CREATE FUNCTION record_visit_rows(inbox click_inbox[]) RETURNS TABLE (status text, visits bigint)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM FROM clicktrack.link_quota q
	WHERE q.link_id IN (SELECT l.link_id FROM unnest(inbox) AS i
		JOIN clicktrack.link l ON l.code = i.code WHERE l.max_clicks IS NOT NULL)
	ORDER BY q.link_id FOR UPDATE;
	RETURN QUERY
	SELECT v.status, count(*)
	FROM (SELECT * FROM unnest(inbox) WITH ORDINALITY ORDER BY clicked_at, ordinality) AS i,
		LATERAL clicktrack.visit(i.code, i.domain, i.visitor_id, i.user_agent, i.country, i.variant,
			i.known, i.clicked_at, i.ip, i.referrer, i.method, i.purpose, i.consent) AS v
	GROUP BY v.status ORDER BY v.status;
END
$$;
REVOKE EXECUTE ON FUNCTION record_visit_rows(click_inbox[]) FROM PUBLIC;
COMMENT ON FUNCTION record_visit_rows(click_inbox[]) IS 'records each row as visit() does and returns how many got each status';

CREATE FUNCTION record_visits(
	code text[],
	clicked_at timestamptz[],
	domain text[] DEFAULT NULL,
	visitor_id bigint[] DEFAULT NULL,
	ip inet[] DEFAULT NULL,
	user_agent text[] DEFAULT NULL,
	referrer text[] DEFAULT NULL,
	method text[] DEFAULT NULL,
	purpose text[] DEFAULT NULL,
	country text[] DEFAULT NULL,
	variant integer[] DEFAULT NULL,
	known boolean[] DEFAULT NULL,
	consent text[] DEFAULT NULL,
	batch_key text DEFAULT NULL
) RETURNS TABLE (status text, visits bigint)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM clicktrack.check_lengths('record_visits', 2,
		ARRAY['code', 'clicked_at', 'domain', 'visitor_id', 'ip', 'user_agent', 'referrer', 'method',
			'purpose', 'country', 'variant', 'known', 'consent'],
		ARRAY[cardinality(record_visits.code), cardinality(record_visits.clicked_at), cardinality(domain),
			cardinality(visitor_id), cardinality(ip), cardinality(user_agent), cardinality(referrer),
			cardinality(method), cardinality(purpose), cardinality(country), cardinality(variant),
			cardinality(known), cardinality(consent)]);
	IF NOT clicktrack.begin_batch(batch_key, cardinality(record_visits.code)) THEN
		RETURN;
	END IF;
	RETURN QUERY
	SELECT r.status, r.visits
	FROM clicktrack.record_visit_rows((
		SELECT array_agg(ROW(v.code, coalesce(v.domain, ''), v.clicked_at, v.visitor_id, coalesce(v.known, false),
			v.ip, v.user_agent, v.referrer, coalesce(v.method, 'GET'), v.purpose, v.country, v.variant, v.consent)::clicktrack.click_inbox)
		FROM unnest(record_visits.code, record_visits.clicked_at, record_visits.domain, record_visits.visitor_id,
				record_visits.ip, record_visits.user_agent, record_visits.referrer, record_visits.method,
				record_visits.purpose, record_visits.country, record_visits.variant, record_visits.known, record_visits.consent)
			AS v(code, clicked_at, domain, visitor_id, ip, user_agent, referrer, method, purpose, country, variant, known, consent)
	)) AS r;
END
$$;
REVOKE EXECUTE ON FUNCTION record_visits(text[], timestamptz[], text[], bigint[], inet[], text[], text[], text[], text[], text[], integer[], boolean[], text[], text) FROM PUBLIC;
COMMENT ON FUNCTION record_visits(text[], timestamptz[], text[], bigint[], inet[], text[], text[], text[], text[], text[], integer[], boolean[], text[], text) IS
'visit() for each element of arrays of equal length, for services that redirect first and record later; returns how many visits got each status; a NULL array is its argument''s default for all; a batch_key that was recorded already records nothing and returns no row; one bad element is an error, and nothing is recorded';

-- Several sessions may do this at once: none takes what another is taking.
CREATE FUNCTION record_inbox(max_rows integer DEFAULT 10000) RETURNS TABLE (status text, visits bigint)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	IF max_rows IS NULL OR max_rows NOT BETWEEN 1 AND 1000000 THEN
		RAISE EXCEPTION 'max_rows % is out of range', coalesce(max_rows::text, 'NULL')
			USING ERRCODE = 'invalid_parameter_value', HINT = 'It is from 1 to 1000000.';
	END IF;
	RETURN QUERY
	WITH taken AS (
		DELETE FROM clicktrack.click_inbox
		WHERE ctid = ANY (ARRAY(SELECT ctid FROM clicktrack.click_inbox LIMIT max_rows FOR UPDATE SKIP LOCKED))
		RETURNING click_inbox
	)
	SELECT r.status, r.visits
	FROM clicktrack.record_visit_rows((SELECT array_agg(click_inbox) FROM taken)) AS r;
END
$$;
REVOKE EXECUTE ON FUNCTION record_inbox(integer) FROM PUBLIC;
COMMENT ON FUNCTION record_inbox(integer) IS
'records up to max_rows (1 to 1000000) rows of click_inbox as visit() does, takes them out of it, and returns how many visits got each status; no row when it is empty';
