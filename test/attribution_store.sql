-- Included by what tests attribution over the store: random clicks, conversions and options for
-- each seed, put into the store and before the plain implementation. The variable seeds says how
-- many seeds there are.
\ir attribution_model.sql
\ir attribution_options.sql

CREATE TABLE sample_click (seed integer, i integer, event click_event);
CREATE TABLE sample_conversion (seed integer, conversion_id bigint, visitor_id bigint, converted_at timestamptz, revenue numeric, currency text);
-- Times lie on a grid of six hours, across changes of the clocks and the end of February, so
-- that many are the same and many clicks are exactly at an end of a window. One seed in four has
-- few visitors with very many conversions.
CREATE FUNCTION fill(seed integer) RETURNS void
	LANGUAGE plpgsql AS $$
DECLARE
	visitors integer;
	clicks integer;
	conversions integer;
	links integer;
	revenues constant numeric[] := '{100.00,-100.00,0,0.01,-0.01,0.05,10,99.999,0.005,-0.005,1234567.891,1e12,33.3333,0.00004}';
	start constant timestamptz := '2026-01-25 00:00+00';
BEGIN
	PERFORM setseed(seed / 1009.0);
	visitors := CASE WHEN seed % 4 = 0 THEN 2 ELSE 1 + (random() * random() * 12)::integer END;
	clicks := CASE WHEN random() < 0.05 THEN 0 ELSE (50 + random() * 300)::integer END;
	conversions := CASE WHEN seed % 4 = 0 THEN 60 ELSE 1 + (random() * 40)::integer END;
	links := 1 + (random() * 10)::integer;
	INSERT INTO sample_click
	SELECT fill.seed, i, click_event(CASE WHEN random() < 0.01 THEN any_of('-infinity', 'infinity')::timestamptz ELSE start + floor(random() * 320) * interval '6 hours' END,
		floor(random() * links)::bigint, CASE WHEN random() < 0.9 THEN floor(random() * visitors)::bigint - 2 END,
		channel => any_of('sms', 'email', 'web', 'email', NULL),
		bot_reasons => CASE WHEN random() < 0.15 THEN '{burst}'::text[] END, variant => CASE WHEN random() < 0.8 THEN (random() * 2)::integer END)
	FROM generate_series(1, clicks) AS i;
	INSERT INTO sample_conversion
	SELECT fill.seed, i, CASE WHEN random() < 0.9 THEN floor(random() * visitors)::bigint - 2 END,
		start + floor(random() * 320) * interval '6 hours',
		CASE WHEN random() < 0.5 THEN revenues[1 + floor(random() * cardinality(revenues))::integer]
			ELSE round((random() * 1000 - 200)::numeric, floor(random() * 6)::integer) END,
		any_of('EUR', 'USD', 'XXX')
	FROM generate_series(1, conversions) AS i;
	PERFORM fill_options(seed, start, '{sms,email,web,qr}');
END
$$;
SELECT count(fill(seed)) > 0 AS filled FROM generate_series(1, :seeds) AS seed \gset

-- Links 1 to 9 of four campaigns; clicks are on links 0 to 10.
INSERT INTO campaign (name, channel, audience) VALUES ('attribution a', 'email', 'regulars'), ('attribution b', 'sms', 'guests'), ('attribution c', 'web', 'regulars'), ('attribution d', 'qr', NULL);
INSERT INTO link (campaign_id, code, url, channel)
SELECT campaign_id, 'attribution' || i, 'https://example.com/', 'web'
FROM generate_series(1, 9) AS i, LATERAL (SELECT campaign_id FROM campaign ORDER BY campaign_id OFFSET i % 4 LIMIT 1) AS c;

-- Puts the rows of a seed, and no others, into the store, in one order or another. In one seed in
-- five a visitor has been named as another, and no click moved yet.
CREATE FUNCTION load(seed integer, descending boolean DEFAULT false) RETURNS void
	LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM click;
	DELETE FROM conversion;
	DELETE FROM visitor_alias;
	INSERT INTO visitor_alias (visitor_id, known_id) SELECT -2, -1 WHERE seed % 5 = 0;
	INSERT INTO click
	SELECT event FROM sample_click AS s WHERE s.seed = load.seed ORDER BY CASE WHEN descending THEN -i ELSE i END;
	INSERT INTO conversion (conversion_id, order_id, visitor_id, converted_at, revenue, currency, kind)
	OVERRIDING SYSTEM VALUE
	SELECT conversion_id, 'order ' || conversion_id, visitor_id, converted_at, revenue, currency, 'purchase'
	FROM sample_conversion AS s WHERE s.seed = load.seed ORDER BY CASE WHEN descending THEN -conversion_id ELSE conversion_id END;
END
$$;

-- The clicks of the store, numbered as plain_touch has them.
CREATE TABLE store_touch (n bigint PRIMARY KEY, event click_event, campaign_id bigint);

-- Puts what is in the store before the plain implementation. A click of a visitor who was named
-- since is one of whom it was named.
CREATE FUNCTION load_plain() RETURNS void
	LANGUAGE plpgsql AS $$
BEGIN
	TRUNCATE plain_touch, plain_conversion, plain_value, store_touch;
	INSERT INTO store_touch
	SELECT row_number() OVER (ORDER BY k.event), k.event, l.campaign_id
	FROM (SELECT CASE WHEN known_id IS NULL THEN event ELSE with_visitor(event, known_id, true) END AS event
			FROM click LEFT JOIN visitor_alias AS a ON a.pending AND a.visitor_id = visitor_id(event)) AS k
		LEFT JOIN link AS l ON l.link_id = link_id(k.event);
	INSERT INTO plain_touch
	SELECT n, visitor_id(event), clicked_at(event), coalesce('campaign ' || campaign_id, 'link ' || link_id(event)), channel(event), channel(event) IS NULL, is_bot(event)
	FROM store_touch;
	INSERT INTO plain_conversion
	SELECT conversion_id, coalesce(known_id, c.visitor_id), converted_at, revenue, currency
	FROM conversion AS c LEFT JOIN visitor_alias AS a ON a.pending AND a.visitor_id = c.visitor_id;
	INSERT INTO plain_value
	SELECT n, dimension, value
	FROM store_touch LEFT JOIN campaign USING (campaign_id),
		LATERAL (VALUES ('campaign', name), ('link', link_id(event)::text), ('channel', channel(event)), ('audience', audience), ('variant', variant(event)::text)) AS v(dimension, value);
END
$$;

-- attribute() in plain SQL.
CREATE FUNCTION plain_attribute(
	models text[], lookback interval, converted_from timestamptz, converted_to timestamptz, lookback_by_channel jsonb,
	half_life interval, position_weights float8[], touch_reuse text, path_transform text, include_bots boolean,
	keep_unattributed boolean, scale integer, max_touches integer, include_direct boolean
) RETURNS TABLE (
	conversion_id bigint, visitor_id bigint, converted_at timestamptz, revenue numeric, currency text,
	click click_event, link_id bigint, campaign_id bigint, channel text, "position" integer, touches integer,
	model text, weight float8, credited_revenue numeric, truncated boolean
)
	LANGUAGE sql STABLE AS $$
	SELECT c.n, c.visitor::bigint, c.at, c.revenue, c.currency, t.event, link_id(t.event), t.campaign_id, channel(t.event),
		p."position", p.touches, p.model, p.weight, p.credited_revenue, p.truncated
	FROM plain_credits(models, lookback, converted_from, converted_to, lookback_by_channel, half_life, position_weights, touch_reuse,
			path_transform, include_bots, keep_unattributed, scale, max_touches, include_direct) AS p
		JOIN plain_conversion AS c ON c.n = p.conversion LEFT JOIN store_touch AS t ON t.n = p.touch
$$;
