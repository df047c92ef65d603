-- ---------------------------------------------------------------------------
-- Attribution over the store
-- ---------------------------------------------------------------------------

-- Operators are those of pg_catalog, whatever the caller's search_path has in front.
CREATE FUNCTION conversions_query() RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN $$
		SELECT coalesce(a.known_id, c.visitor_id), NULL::bigint, c.converted_at, c.conversion_id, c.revenue, c.currency
		FROM clicktrack.conversion AS c
			LEFT JOIN clicktrack.visitor_alias AS a ON a.pending AND a.visitor_id OPERATOR(pg_catalog.=) c.visitor_id
		WHERE ($1 IS NULL OR c.converted_at OPERATOR(pg_catalog.>=) $1) AND ($2 IS NULL OR c.converted_at OPERATOR(pg_catalog.<) $2)
	$$;
COMMENT ON FUNCTION conversions_query() IS 'the query of attribute() for the conversions of the store, see attribute_queries()';

CREATE FUNCTION clicks_query(
	repeat text DEFAULT 'NULL::bigint',
	value text DEFAULT 'NULL::bigint',
	joined text DEFAULT '',
	filtered boolean DEFAULT true
) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN format($$
		SELECT clicktrack.visitor_id(k.event), NULL::bigint, clicktrack.clicked_at(k.event), k.event, %1$s, %2$s, clicktrack.channel(k.event)
		FROM clicktrack.click AS k %3$s
		WHERE %4$s AND ($4 OR NOT clicktrack.is_bot(k.event))
			AND ($2 IS NULL OR clicktrack.clicked_at(k.event) OPERATOR(pg_catalog.>=) $2)
			AND ($3 IS NULL OR clicktrack.clicked_at(k.event) OPERATOR(pg_catalog.<=) $3)
			AND ($5 IS NULL OR clicktrack.visitor_id(k.event) OPERATOR(pg_catalog.=) ANY ($5))
		UNION ALL
		-- of visitors that identify() named and maintain() has not moved; not even started when
		-- there are none
		SELECT a.known_id, NULL::bigint, clicktrack.clicked_at(k.event), clicktrack.with_visitor(k.event, a.known_id, true), %1$s, %2$s, clicktrack.channel(k.event)
		FROM clicktrack.click AS k
			JOIN clicktrack.visitor_alias AS a ON a.pending AND a.visitor_id OPERATOR(pg_catalog.=) clicktrack.visitor_id(k.event) %3$s
		WHERE EXISTS (SELECT FROM clicktrack.visitor_alias WHERE pending) AND %5$s AND ($4 OR NOT clicktrack.is_bot(k.event))
			AND ($2 IS NULL OR clicktrack.clicked_at(k.event) OPERATOR(pg_catalog.>=) $2)
			AND ($3 IS NULL OR clicktrack.clicked_at(k.event) OPERATOR(pg_catalog.<=) $3)
	$$, repeat, value, joined,
		-- those that come below have not converted under their old number
		CASE WHEN filtered THEN 'clicktrack.visitor_filter_has($1, k.event)' ELSE
			'NOT EXISTS (SELECT FROM clicktrack.visitor_alias AS a WHERE a.pending AND a.visitor_id OPERATOR(pg_catalog.=) clicktrack.visitor_id(k.event))' END,
		CASE WHEN filtered THEN 'clicktrack.visitor_filter_has($1, a.known_id, clicktrack.clicked_at(k.event))' ELSE 'true' END);
COMMENT ON FUNCTION clicks_query(text, text, text, boolean) IS 'the query of attribute() for the clicks of the store, see attribute_queries(): repeat and value are SQL, of the click k and what is joined to it; not filtered has the clicks of those who did not convert, too';

-- Repeats are touches of the same campaign, or of the same link where that has none.
CREATE FUNCTION repeats_query(path_transform text, value text DEFAULT 'NULL::bigint', joined text DEFAULT '') RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN path_transform = 'none' THEN clicktrack.clicks_query(value => value, joined => joined)
		ELSE clicktrack.clicks_query($$coalesce('campaign ' OPERATOR(pg_catalog.||) r.campaign_id, 'link ' OPERATOR(pg_catalog.||) clicktrack.link_id(k.event))$$, value,
			'LEFT JOIN clicktrack.link AS r ON r.link_id OPERATOR(pg_catalog.=) clicktrack.link_id(k.event) ' || joined) END;
COMMENT ON FUNCTION repeats_query(text, text, text) IS 'clicks_query() with what repeats are of, where the path_transform asks for it';

CREATE FUNCTION attribute(
	models text[] DEFAULT '{last_touch}',
	lookback interval DEFAULT '30 days',
	converted_from timestamptz DEFAULT NULL,
	converted_to timestamptz DEFAULT NULL,
	lookback_by_channel jsonb DEFAULT NULL,
	half_life interval DEFAULT '7 days',
	position_weights float8[] DEFAULT '{0.4,0.2,0.4}',
	touch_reuse text DEFAULT 'all',
	path_transform text DEFAULT 'none',
	include_bots boolean DEFAULT false,
	keep_unattributed boolean DEFAULT true,
	scale integer DEFAULT 2,
	max_touches integer DEFAULT 10000,
	include_direct boolean DEFAULT true
) RETURNS TABLE (
	conversion_id bigint,
	visitor_id bigint,
	converted_at timestamptz,
	revenue numeric,
	currency text,
	click click_event,
	link_id bigint,
	campaign_id bigint,
	channel text,
	"position" integer,
	touches integer,
	model text,
	weight float8,
	credited_revenue numeric,
	truncated boolean
)
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000 ROWS 100000
BEGIN ATOMIC
	SELECT a.conversion_id, a.visitor_id, a.converted_at, a.revenue, a.currency, a.click,
		clicktrack.link_id(a.click), l.campaign_id, clicktrack.channel(a.click),
		a."position", a.touches, a.model, a.weight, a.credited_revenue, a.truncated
	FROM clicktrack.attribute_queries(clicktrack.conversions_query(), clicktrack.repeats_query(path_transform),
			models, lookback, converted_from, converted_to, lookback_by_channel, half_life, position_weights, touch_reuse,
			path_transform, include_bots, keep_unattributed, scale, max_touches, include_direct) AS a
		LEFT JOIN clicktrack.link AS l ON l.link_id = clicktrack.link_id(a.click);
END;
COMMENT ON FUNCTION attribute(text[], interval, timestamptz, timestamptz, jsonb, interval, float8[], text, text, boolean, boolean, integer, integer, boolean) IS
'credits for the conversions from converted_from to before converted_to (NULL: open), by each of models: first_touch, last_touch, last_non_direct, linear, position_based, j_shaped, inverse_j, time_decay, participation, custom. A row for each touch that gets credit. Touches are the visitor''s clicks from converted_at - lookback (that of lookback_by_channel, such as {"sms": "2 days"}, where the click''s channel has one) to converted_at, both ends in; bots only with include_bots, clicks without a channel not if include_direct is false. touch_reuse says whether a touch counts again: all; reset: not after the visitor''s next conversion; carry: not once there is a newer one. Of each path the last max_touches are looked at (truncated says if there were more); then path_transform drops repeats of a campaign: none, exposure (those that follow each other), first (all but the first), unique (all but the last). half_life is that of time_decay, position_weights are those of position_based and custom, see attribution_weights(). credited_revenue has scale decimals, 0 to 12, and adds up to the revenue, in all models but participation, which credits each touch with all of it; a conversion without touches keeps one row without click for each model unless keep_unattributed is false';
