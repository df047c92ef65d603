-- ---------------------------------------------------------------------------
-- The store: what clicks led to
-- ---------------------------------------------------------------------------

CREATE TABLE conversion (
	conversion_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	order_id text NOT NULL UNIQUE CHECK (order_id <> ''),
	visitor_id bigint,
	converted_at timestamptz NOT NULL CHECK (isfinite(converted_at)),
	-- finite, and exact in 64 bits at four decimals, so that no order spoils a report
	revenue numeric NOT NULL CHECK (abs(revenue) < 1e14),
	-- ISO 4217; XXX is its word for no currency
	currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
	kind text NOT NULL,
	recorded_at timestamptz NOT NULL DEFAULT now(),
	revised_at timestamptz
);
CREATE INDEX ON conversion (converted_at);
CREATE INDEX ON conversion (visitor_id);
COMMENT ON TABLE conversion IS 'what visitors did that counts: orders, sign-ups, refunds';
COMMENT ON COLUMN conversion.conversion_id IS 'number of the conversion';
COMMENT ON COLUMN conversion.order_id IS 'the service''s own key; recording it again changes nothing';
COMMENT ON COLUMN conversion.visitor_id IS 'who converted; NULL when unknown';
COMMENT ON COLUMN conversion.converted_at IS 'when';
COMMENT ON COLUMN conversion.revenue IS 'what it earned, in currency, below 1e14; negative for a refund';
COMMENT ON COLUMN conversion.currency IS 'three letters of ISO 4217; XXX where the service named none';
COMMENT ON COLUMN conversion.kind IS 'what happened, such as purchase or refund';
COMMENT ON COLUMN conversion.recorded_at IS 'when it was recorded here';
COMMENT ON COLUMN conversion.revised_at IS 'when revise_conversions() last changed it; NULL: it never did';

CREATE TABLE engagement (
	session_key text PRIMARY KEY CHECK (session_key <> ''),
	visitor_id bigint,
	link_id bigint,
	started_at timestamptz NOT NULL CHECK (isfinite(started_at)),
	pages integer NOT NULL CHECK (pages >= 0),
	seconds numeric NOT NULL CHECK (seconds >= 0 AND seconds < 1e9),
	bounced boolean GENERATED ALWAYS AS (pages <= 1) STORED,
	recorded_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);
CREATE INDEX ON engagement (visitor_id);
CREATE INDEX ON engagement (started_at);
COMMENT ON TABLE engagement IS 'what visitors did after the click, a row a session';
COMMENT ON COLUMN engagement.session_key IS 'the service''s own key of the session; recording it again raises pages and seconds';
COMMENT ON COLUMN engagement.visitor_id IS 'who; NULL when unknown';
COMMENT ON COLUMN engagement.link_id IS 'the link that led here; NULL when unknown';
COMMENT ON COLUMN engagement.started_at IS 'when the session began';
COMMENT ON COLUMN engagement.pages IS 'pages seen';
COMMENT ON COLUMN engagement.seconds IS 'seconds from the first to the last sign of life';
COMMENT ON COLUMN engagement.bounced IS 'whether no second page was seen';
COMMENT ON COLUMN engagement.recorded_at IS 'when it was first recorded here';

SELECT watch_changes('conversion', 'conversion', 'converted_at'), watch_changes('engagement', 'engagement', 'started_at');

SELECT pg_extension_config_dump('conversion', '');
SELECT pg_extension_config_dump('conversion_conversion_id_seq', '');
SELECT pg_extension_config_dump('engagement', '');

CREATE FUNCTION record_conversions(
	order_id text[],
	visitor_id bigint[],
	converted_at timestamptz[],
	revenue numeric[],
	currency text[] DEFAULT NULL,
	kind text[] DEFAULT NULL
) RETURNS bigint
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	recorded bigint;
BEGIN
	PERFORM clicktrack.check_lengths('record_conversions', 4, '{order_id,visitor_id,converted_at,revenue,currency,kind}',
		ARRAY[cardinality(order_id), cardinality(visitor_id), cardinality(converted_at),
			cardinality(revenue), cardinality(currency), cardinality(kind)]);
	PERFORM clicktrack.check_times('record_conversions', 'converted_at', converted_at);

	INSERT INTO clicktrack.conversion (order_id, visitor_id, converted_at, revenue, currency, kind)
	SELECT n.order_id, n.visitor_id, n.converted_at, coalesce(n.revenue, 0),
		coalesce(n.currency, 'XXX'), coalesce(n.kind, 'purchase')
	FROM unnest(record_conversions.order_id, clicktrack.known_visitors(record_conversions.visitor_id),
			record_conversions.converted_at, record_conversions.revenue,
			record_conversions.currency, record_conversions.kind)
		WITH ORDINALITY AS n(order_id, visitor_id, converted_at, revenue, currency, kind, place)
	ORDER BY n.order_id COLLATE "C", n.place
	ON CONFLICT ON CONSTRAINT conversion_order_id_key DO NOTHING;
	GET DIAGNOSTICS recorded = ROW_COUNT;
	RETURN recorded;
END
$$;
COMMENT ON FUNCTION record_conversions(text[], bigint[], timestamptz[], numeric[], text[], text[]) IS
'records a conversion for each element of the arrays and returns how many were new; an order_id that is there already changes nothing; visitors are recorded as who they are known to be; NULL revenue is 0, currency XXX, kind purchase';
REVOKE EXECUTE ON FUNCTION record_conversions(text[], bigint[], timestamptz[], numeric[], text[], text[]) FROM PUBLIC;

CREATE FUNCTION revise_conversions(
	order_id text[],
	revenue numeric[],
	currency text[] DEFAULT NULL
) RETURNS bigint
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	bad record;
	changed bigint;
BEGIN
	PERFORM clicktrack.check_lengths('revise_conversions', 2, '{order_id,revenue,currency}',
		ARRAY[cardinality(order_id), cardinality(revenue), cardinality(currency)]);
	-- before the table's own rules find it, and tell the row as it is to who may not read it
	SELECT n.* INTO bad
	FROM unnest(revise_conversions.order_id, revise_conversions.revenue, revise_conversions.currency)
		AS n(order_id, revenue, currency)
	WHERE NOT abs(n.revenue) < 1e14 OR n.currency !~ '^[A-Z]{3}$'
	LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'invalid revenue for order %: %', quote_nullable(bad.order_id), concat_ws(' ', bad.revenue, bad.currency)
			USING ERRCODE = 'check_violation',
				HINT = 'Revenue is below 1e14, currency three capital letters of ISO 4217.';
	END IF;
	PERFORM FROM clicktrack.conversion AS c
		JOIN (SELECT DISTINCT k FROM unnest(revise_conversions.order_id) AS k) AS n ON c.order_id = n.k
	ORDER BY c.order_id COLLATE "C"
	FOR NO KEY UPDATE OF c;
	PERFORM clicktrack.check_missing('order', ARRAY(
		SELECT quote_nullable(n.order_id)
		FROM unnest(revise_conversions.order_id) WITH ORDINALITY AS n(order_id, place)
		WHERE NOT EXISTS (SELECT FROM clicktrack.conversion AS c WHERE c.order_id = n.order_id)
		ORDER BY n.place), 'Record it with record_conversions() first.', 'no_data_found');

	UPDATE clicktrack.conversion AS c
	SET revenue = coalesce(n.revenue, c.revenue), currency = coalesce(n.currency, c.currency), revised_at = now()
	FROM (
		-- the last value that is given counts
		SELECT r.order_id,
			(array_agg(r.revenue ORDER BY r.place DESC) FILTER (WHERE r.revenue IS NOT NULL))[1] AS revenue,
			(array_agg(r.currency ORDER BY r.place DESC) FILTER (WHERE r.currency IS NOT NULL))[1] AS currency
		FROM unnest(revise_conversions.order_id, revise_conversions.revenue, revise_conversions.currency)
			WITH ORDINALITY AS r(order_id, revenue, currency, place)
		GROUP BY r.order_id
	) AS n
	WHERE c.order_id = n.order_id
		AND (c.revenue, c.currency) IS DISTINCT FROM (coalesce(n.revenue, c.revenue), coalesce(n.currency, c.currency));
	GET DIAGNOSTICS changed = ROW_COUNT;
	RETURN changed;
END
$$;
COMMENT ON FUNCTION revise_conversions(text[], numeric[], text[]) IS
'changes what orders earned and returns how many that changed; NULL, as an array or an element, leaves a value as it is, and of an order given twice the last value counts; an order that is not there is an error';
REVOKE EXECUTE ON FUNCTION revise_conversions(text[], numeric[], text[]) FROM PUBLIC;

CREATE FUNCTION record_engagement(
	session_key text[],
	visitor_id bigint[],
	link_id bigint[],
	started_at timestamptz[],
	pages integer[],
	seconds numeric[]
) RETURNS bigint
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	changed bigint;
BEGIN
	PERFORM clicktrack.check_lengths('record_engagement', 6, '{session_key,visitor_id,link_id,started_at,pages,seconds}',
		ARRAY[cardinality(session_key), cardinality(visitor_id), cardinality(link_id),
			cardinality(started_at), cardinality(pages), cardinality(seconds)]);
	PERFORM clicktrack.check_times('record_engagement', 'started_at', started_at);
	PERFORM clicktrack.check_missing('link', ARRAY(
		SELECT n.link_id::text FROM unnest(record_engagement.link_id) WITH ORDINALITY AS n(link_id, place)
		WHERE n.link_id IS NOT NULL
			AND NOT EXISTS (SELECT FROM clicktrack.link AS l WHERE l.link_id = n.link_id)
		ORDER BY n.place), 'Leave it NULL when it is not known.');

	INSERT INTO clicktrack.engagement AS e (session_key, visitor_id, link_id, started_at, pages, seconds)
	SELECT n.session_key, n.visitor_id, n.link_id, n.started_at, n.pages, n.seconds
	FROM (
		-- a session is whose its first report says, and as long as its longest
		SELECT DISTINCT ON (r.session_key COLLATE "C") r.session_key, r.visitor_id, r.link_id, r.started_at,
			max(r.pages) OVER same AS pages, max(r.seconds) OVER same AS seconds
		FROM unnest(record_engagement.session_key, clicktrack.known_visitors(record_engagement.visitor_id),
				record_engagement.link_id, record_engagement.started_at, record_engagement.pages, record_engagement.seconds)
			WITH ORDINALITY AS r(session_key, visitor_id, link_id, started_at, pages, seconds, place)
		WINDOW same AS (PARTITION BY r.session_key COLLATE "C")
		ORDER BY r.session_key COLLATE "C", r.place
	) AS n
	ON CONFLICT ON CONSTRAINT engagement_pkey DO UPDATE
	SET pages = greatest(e.pages, excluded.pages), seconds = greatest(e.seconds, excluded.seconds)
	WHERE excluded.pages > e.pages OR excluded.seconds > e.seconds;
	GET DIAGNOSTICS changed = ROW_COUNT;
	RETURN changed;
END
$$;
COMMENT ON FUNCTION record_engagement(text[], bigint[], bigint[], timestamptz[], integer[], numeric[]) IS
'records a session after a click for each element of the arrays and returns how many were new or raised; a session that is there already gets the greater of pages and of seconds, and stays whose it is; visitors are recorded as who they are known to be; a link that is not there is an error';
REVOKE EXECUTE ON FUNCTION record_engagement(text[], bigint[], bigint[], timestamptz[], integer[], numeric[]) FROM PUBLIC;
