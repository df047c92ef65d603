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
	recorded_at timestamptz NOT NULL DEFAULT now()
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

CREATE TABLE engagement (
	session_key text PRIMARY KEY CHECK (session_key <> ''),
	visitor_id bigint,
	link_id bigint,
	started_at timestamptz NOT NULL CHECK (isfinite(started_at)),
	pages integer NOT NULL CHECK (pages >= 0),
	seconds numeric NOT NULL CHECK (seconds >= 0 AND seconds < 1e9),
	bounced boolean GENERATED ALWAYS AS (pages <= 1) STORED,
	recorded_at timestamptz NOT NULL DEFAULT now()
);
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
	IF (cardinality(visitor_id), cardinality(converted_at), cardinality(revenue),
			coalesce(cardinality(currency), cardinality(order_id)),
			coalesce(cardinality(kind), cardinality(order_id)))
		IS DISTINCT FROM (cardinality(order_id), cardinality(order_id), cardinality(order_id),
			cardinality(order_id), cardinality(order_id)) OR order_id IS NULL THEN
		RAISE EXCEPTION 'the arrays of record_conversions differ in length: order_id %, visitor_id %, converted_at %, revenue %, currency %, kind %',
				cardinality(order_id), cardinality(visitor_id), cardinality(converted_at),
				cardinality(revenue), cardinality(currency), cardinality(kind)
			USING ERRCODE = 'array_subscript_error';
	END IF;

	INSERT INTO clicktrack.conversion AS c (order_id, visitor_id, converted_at, revenue, currency, kind)
	SELECT n.order_id, n.visitor_id, n.converted_at, coalesce(n.revenue, 0),
		coalesce(n.currency, 'XXX'), coalesce(n.kind, 'purchase')
	FROM unnest(record_conversions.order_id, record_conversions.visitor_id,
			record_conversions.converted_at, record_conversions.revenue,
			record_conversions.currency, record_conversions.kind)
		AS n(order_id, visitor_id, converted_at, revenue, currency, kind)
	-- in the same order in every session, or two that share orders would deadlock
	ORDER BY n.order_id
	ON CONFLICT ON CONSTRAINT conversion_order_id_key DO NOTHING;
	GET DIAGNOSTICS recorded = ROW_COUNT;
	RETURN recorded;
END
$$;
COMMENT ON FUNCTION record_conversions(text[], bigint[], timestamptz[], numeric[], text[], text[]) IS
'records a conversion for each element of the arrays and returns how many were new; an order_id that is there already changes nothing; NULL revenue is 0, currency XXX, kind purchase';
REVOKE EXECUTE ON FUNCTION record_conversions(text[], bigint[], timestamptz[], numeric[], text[], text[]) FROM PUBLIC;
