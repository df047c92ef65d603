-- ---------------------------------------------------------------------------
-- Attribution over the store
-- ---------------------------------------------------------------------------

CREATE FUNCTION attribute(
	models text[] DEFAULT '{last_touch}',
	lookback interval DEFAULT '30 days',
	converted_from timestamptz DEFAULT NULL,
	converted_to timestamptz DEFAULT NULL,
	include_bots boolean DEFAULT false,
	keep_unattributed boolean DEFAULT true,
	scale integer DEFAULT 2,
	max_touches integer DEFAULT 10000
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
AS $$
	SELECT a.conversion_id, a.visitor_id, a.converted_at, a.revenue, a.currency, a.click,
		clicktrack.link_id(a.click), l.campaign_id, clicktrack.channel(a.click),
		a."position", a.touches, a.model, a.weight, a.credited_revenue, a.truncated
	FROM clicktrack.attribute_stream($stream$
		WITH converting AS (
			SELECT conversion_id, coalesce(a.known_id, c.visitor_id) AS visitor_id, converted_at, revenue, currency
			FROM clicktrack.conversion AS c
				LEFT JOIN clicktrack.visitor_alias AS a ON a.pending AND a.visitor_id = c.visitor_id
			WHERE ($1 IS NULL OR converted_at >= $1) AND ($2 IS NULL OR converted_at < $2)
		)
		SELECT visitor_id, click, conversion_id, converted_at, revenue, currency
		FROM (
			SELECT visitor_id, NULL::clicktrack.click_event AS click, conversion_id,
				converted_at, revenue, currency, converted_at AS happened_at
			FROM converting
			UNION ALL
			SELECT clicktrack.visitor_id(event), event, NULL, NULL, NULL, NULL,
				clicktrack.clicked_at(event)
			FROM clicktrack.click
			WHERE ($4 OR NOT clicktrack.is_bot(event))
				AND clicktrack.visitor_id(event) IN (SELECT visitor_id FROM converting)
				-- a day more: across a change of the clocks, time minus interval does not
				-- ascend with the time
				AND clicktrack.clicked_at(event) >=
					(SELECT min(converted_at) FROM converting) - $3 - interval '1 day'
				AND ($2 IS NULL OR clicktrack.clicked_at(event) < $2)
			UNION ALL
			-- of visitors that identify() named and maintain() has not moved; not even
			-- started when there are none
			SELECT a.known_id, clicktrack.with_visitor(event, a.known_id, true), NULL, NULL, NULL, NULL,
				clicktrack.clicked_at(event)
			FROM clicktrack.click JOIN clicktrack.visitor_alias AS a
				ON a.pending AND a.visitor_id = clicktrack.visitor_id(event)
			WHERE EXISTS (SELECT FROM clicktrack.visitor_alias WHERE pending)
				AND ($4 OR NOT clicktrack.is_bot(event))
				AND a.known_id IN (SELECT visitor_id FROM converting)
				AND clicktrack.clicked_at(event) >=
					(SELECT min(converted_at) FROM converting) - $3 - interval '1 day'
				AND ($2 IS NULL OR clicktrack.clicked_at(event) < $2)
		) AS happened
		ORDER BY visitor_id, happened_at, click NULLS LAST, conversion_id
	$stream$, models, lookback, converted_from, converted_to, include_bots,
		keep_unattributed, scale, max_touches) AS a
		LEFT JOIN clicktrack.link l ON l.link_id = clicktrack.link_id(a.click)
$$;
COMMENT ON FUNCTION attribute(text[], interval, timestamptz, timestamptz, boolean, boolean, integer, integer) IS
'credits for the conversions from converted_from to before converted_to (NULL: open), by each of models (first_touch, last_touch, linear): a row for each touch that gets credit. Touches are the visitor''s clicks from converted_at - lookback to converted_at, both ends in, the last max_touches of them (truncated says if there were more); bots only with include_bots. credited_revenue has scale decimals and adds up to the revenue; a conversion without touches keeps one row without click unless keep_unattributed is false';

