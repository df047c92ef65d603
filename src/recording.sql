-- ---------------------------------------------------------------------------
-- The store: recording functions
--
-- They run with the rights of the extension's owner and are granted to nobody; give
-- EXECUTE on them to the services that need it.
-- ---------------------------------------------------------------------------

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
			RETURNING event)
			INSERT INTO clicktrack.%I SELECT event FROM moved', partition)
		USING month_start, month_end;
		EXECUTE format('CREATE INDEX ON clicktrack.%I USING brin (clicktrack.clicked_at(event)) WITH (autosummarize = on)', partition);
		EXECUTE format('ALTER TABLE clicktrack.click ATTACH PARTITION clicktrack.%I FOR VALUES FROM (%L) TO (%L)',
			partition, month_start, month_end);
		EXECUTE format('COMMENT ON TABLE clicktrack.%I IS %L', partition,
			'clicks of ' || to_char(month, 'FMMonth FMYYYY') || ', by UTC');
		created := created + 1;
	END LOOP;
	RETURN created;
END
$$;
COMMENT ON FUNCTION create_click_partitions(date, date) IS
'creates the monthly partitions of click (by UTC) from one month to another that are not there yet and returns how many; clicks that had none move in; reads and writes of clicks wait meanwhile, so create months ahead of time';

CREATE FUNCTION create_campaign(
	name text,
	channel text DEFAULT 'other',
	audience text DEFAULT NULL,
	starts_at timestamptz DEFAULT NULL,
	ends_at timestamptz DEFAULT NULL
) RETURNS bigint
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	existing clicktrack.campaign;
	new_id bigint;
BEGIN
	INSERT INTO clicktrack.campaign AS c (name, channel, audience, starts_at, ends_at)
	VALUES (create_campaign.name, create_campaign.channel, create_campaign.audience,
		create_campaign.starts_at, create_campaign.ends_at)
	ON CONFLICT ON CONSTRAINT campaign_name_key DO NOTHING
	RETURNING c.campaign_id INTO new_id;
	IF new_id IS NOT NULL THEN
		RETURN new_id;
	END IF;

	SELECT * INTO existing FROM clicktrack.campaign c WHERE c.name = create_campaign.name;
	IF (existing.channel, existing.audience, existing.starts_at, existing.ends_at)
		IS DISTINCT FROM (create_campaign.channel, create_campaign.audience,
			create_campaign.starts_at, create_campaign.ends_at) THEN
		RAISE EXCEPTION 'campaign "%" exists already and differs', name
			USING ERRCODE = 'unique_violation',
				DETAIL = format('It is %s.', to_jsonb(existing)),
				HINT = 'Choose another name, or give the same values to get its campaign_id.';
	END IF;
	RETURN existing.campaign_id;
END
$$;
COMMENT ON FUNCTION create_campaign(text, text, text, timestamptz, timestamptz) IS
'creates a campaign and returns its campaign_id; the same call again returns the same; another channel, audience or time under the same name is an error';

-- The key in use, made at random when there is none yet.
CREATE FUNCTION current_short_code_key()
RETURNS short_code_key
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	current clicktrack.short_code_key;
BEGIN
	SELECT * INTO current FROM clicktrack.short_code_key ORDER BY key_version DESC LIMIT 1;
	IF NOT FOUND THEN
		INSERT INTO clicktrack.short_code_key (key_version, key)
		VALUES (1, ('x' || translate(left(gen_random_uuid()::text, 8) || right(gen_random_uuid()::text, 8), '-', ''))::bit(64)::bigint)
		ON CONFLICT (key_version) DO NOTHING;
		SELECT * INTO current FROM clicktrack.short_code_key ORDER BY key_version DESC LIMIT 1;
	END IF;
	RETURN current;
END
$$;
REVOKE EXECUTE ON FUNCTION current_short_code_key() FROM PUBLIC;
COMMENT ON FUNCTION current_short_code_key() IS 'the key that new links get their codes with; made at random by the first call';

CREATE FUNCTION create_link(
	url text,
	campaign bigint,
	domain text DEFAULT '',
	channel text DEFAULT NULL,
	OUT link_id bigint,
	OUT code text
)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	k clicktrack.short_code_key := clicktrack.current_short_code_key();
BEGIN
	IF url IS NULL OR url !~* '^https?://[^/?#[:space:][:cntrl:]]+[^[:space:][:cntrl:]]*$' THEN
		RAISE EXCEPTION 'invalid url for a link: %', quote_nullable(url)
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'It is absolute, begins with http:// or https:// and holds no space.';
	END IF;
	SELECT coalesce(create_link.channel, c.channel) INTO channel
	FROM clicktrack.campaign c WHERE c.campaign_id = campaign;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no campaign %', coalesce(campaign::text, 'NULL')
			USING ERRCODE = 'foreign_key_violation', HINT = 'Create it with create_campaign().';
	END IF;
	link_id := nextval('clicktrack.link_link_id_seq');
	code := clicktrack.short_code_encode(link_id, k.key, k.min_length, k.alphabet);
	INSERT INTO clicktrack.link (link_id, campaign_id, domain, code, url, channel)
	OVERRIDING SYSTEM VALUE
	VALUES (create_link.link_id, campaign, lower(domain), create_link.code, url, channel);
END
$$;
COMMENT ON FUNCTION create_link(text, bigint, text, text) IS
'creates a link to an absolute http or https url within a campaign and returns its link_id and code; channel is the campaign''s unless given';

CREATE FUNCTION create_link(
	url text,
	campaign text,
	domain text DEFAULT '',
	channel text DEFAULT NULL,
	OUT link_id bigint,
	OUT code text
)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	id bigint := (SELECT c.campaign_id FROM clicktrack.campaign c WHERE c.name = campaign);
BEGIN
	IF id IS NULL THEN
		RAISE EXCEPTION 'there is no campaign %', quote_nullable(campaign)
			USING ERRCODE = 'foreign_key_violation', HINT = 'Create it with create_campaign().';
	END IF;
	SELECT l.link_id, l.code INTO link_id, code
	FROM clicktrack.create_link(url, id, domain, channel) l;
END
$$;
COMMENT ON FUNCTION create_link(text, text, text, text) IS 'create_link with the campaign''s name instead of its campaign_id';

CREATE FUNCTION visit(
	code text,
	domain text DEFAULT '',
	visitor_id bigint DEFAULT NULL,
	user_agent text DEFAULT NULL,
	country text DEFAULT NULL,
	variant integer DEFAULT NULL,
	known boolean DEFAULT false,
	clicked_at timestamptz DEFAULT now(),
	OUT url text,
	OUT status text,
	OUT click click_event
)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF clicked_at IS NULL OR NOT isfinite(clicked_at) THEN
		RAISE EXCEPTION 'invalid time for a click: %', coalesce(clicked_at::text, 'NULL')
			USING ERRCODE = 'datetime_field_overflow';
	END IF;

	SELECT l.url, clicktrack.click_event(visit.clicked_at, l.link_id, visit.visitor_id, l.channel,
			-- what a proxy says of an unknown country is no reason to keep a visitor waiting
			CASE WHEN visit.country ~ '^[A-Za-z]{2}$' THEN visit.country END, ua.device, ua.os, ua.browser, visit.variant, 'web',
			bot_reasons => CASE WHEN ua.is_bot THEN '{user_agent}'::text[] END,
			known => visit.known)
	INTO url, click
	FROM clicktrack.link l
		LEFT JOIN clicktrack.parse_user_agent(visit.user_agent) ua ON true
	WHERE l.domain = lower(visit.domain) AND l.code = visit.code;

	status := CASE WHEN FOUND THEN 'ok' ELSE 'not_found' END;
	IF FOUND THEN
		INSERT INTO clicktrack.click VALUES (click);
	END IF;
END
$$;
COMMENT ON FUNCTION visit(text, text, bigint, text, text, integer, boolean, timestamptz) IS
'resolves a short code, records the click and returns the url to redirect to; status is ok or not_found; a program''s click is recorded with its bot reason and gets the url, too';

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

REVOKE EXECUTE ON FUNCTION
	create_click_partitions(date, date),
	create_campaign(text, text, text, timestamptz, timestamptz),
	create_link(text, bigint, text, text),
	create_link(text, text, text, text),
	visit(text, text, bigint, text, text, integer, boolean, timestamptz),
	record_conversions(text[], bigint[], timestamptz[], numeric[], text[], text[])
FROM PUBLIC;

