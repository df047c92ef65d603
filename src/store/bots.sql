-- ---------------------------------------------------------------------------
-- The store: what makes a click a program's
-- ---------------------------------------------------------------------------

CREATE TABLE bot_rule (
	rule_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	kind text NOT NULL CHECK (kind IN ('bot', 'human', 'network')),
	word text CHECK (word <> ''),
	network cidr,
	note text,
	created_at timestamptz NOT NULL DEFAULT now(),
	CHECK (CASE kind WHEN 'network' THEN network IS NOT NULL AND word IS NULL ELSE word IS NOT NULL AND network IS NULL END)
);
CREATE UNIQUE INDEX bot_rule_word_key ON bot_rule (kind, lower(word)) WHERE word IS NOT NULL;
CREATE UNIQUE INDEX bot_rule_network_key ON bot_rule (network) WHERE network IS NOT NULL;
COMMENT ON TABLE bot_rule IS 'rules of your own about programs, besides those that parse_user_agent() knows; reclassify() applies them to clicks recorded before';
COMMENT ON COLUMN bot_rule.rule_id IS 'number of the rule';
COMMENT ON COLUMN bot_rule.kind IS 'bot: a user agent with the word is a program; human: it is none, whatever else it says; network: who comes from there is a program';
COMMENT ON COLUMN bot_rule.word IS 'part of the user agent, in any case; ^ in front: its beginning';
COMMENT ON COLUMN bot_rule.network IS 'the network of a rule of kind network';
COMMENT ON COLUMN bot_rule.note IS 'why the rule is there';
COMMENT ON COLUMN bot_rule.created_at IS 'since when';
CREATE TRIGGER forget_cached_rows AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON bot_rule
	FOR EACH STATEMENT EXECUTE FUNCTION forget_cached_rows();

CREATE TABLE bot_threshold (
	channel text PRIMARY KEY CHECK (click_event('epoch', 0, channel => channel) IS NOT NULL),
	too_fast interval CHECK (too_fast BETWEEN interval '0' AND interval '1 day'),
	burst_links integer CHECK (burst_links >= 2),
	burst_window interval CHECK (burst_window BETWEEN interval '0' AND interval '1 day'),
	honeypot_window interval CHECK (honeypot_window BETWEEN interval '0' AND interval '1 day')
);
COMMENT ON TABLE bot_threshold IS 'how fast people are on a channel, where the defaults do not hold; the view bot_thresholds shows what is in force';
COMMENT ON COLUMN bot_threshold.channel IS 'sms, email, push, in_app, web, qr or other';
COMMENT ON COLUMN bot_threshold.too_fast IS 'a click sooner than this after the delivery is no person''s; 0: none is; NULL: the default';
COMMENT ON COLUMN bot_threshold.burst_links IS 'a visitor who clicks so many links of a campaign within burst_window is no person; NULL: the default';
COMMENT ON COLUMN bot_threshold.burst_window IS 'within which a burst happens; NULL: the default';
COMMENT ON COLUMN bot_threshold.honeypot_window IS 'a visitor''s clicks on a campaign this near to one on a honeypot link of it are no person''s; NULL: the default';

SELECT pg_extension_config_dump('bot_rule', '');
SELECT pg_extension_config_dump('bot_rule_rule_id_seq', '');
SELECT pg_extension_config_dump('bot_threshold', '');

-- ---- rules ----

-- The network of a rule from text, or an error that says what is wrong with it.
CREATE FUNCTION bot_network(pattern text) RETURNS cidr
	LANGUAGE plpgsql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	network cidr;
BEGIN
	BEGIN
		network := pattern::cidr;
	EXCEPTION WHEN invalid_text_representation THEN
		network := NULL;
	END;
	-- a visit from an IPv4 address within IPv6 counts as one from the IPv4 address
	IF network IS NULL OR masklen(network) = 0 OR network && inet '::ffff:0:0/96' THEN
		RAISE EXCEPTION 'invalid network for a bot rule: %', quote_nullable(pattern)
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'It is a block such as 192.0.2.0/24 or 2001:db8::/32, without bits beyond its length, and not everybody''s.';
	END IF;
	RETURN network;
END
$$;
COMMENT ON FUNCTION bot_network(text) IS 'the network that a bot rule is about; what is none, or holds everybody, is an error';

CREATE FUNCTION add_bot_rule(kind text, pattern text, note text DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	block cidr;
	id bigint;
BEGIN
	IF kind IS NULL OR kind NOT IN ('bot', 'human', 'network') THEN
		RAISE EXCEPTION 'invalid kind of a bot rule: %', quote_nullable(kind)
			USING ERRCODE = 'invalid_parameter_value', HINT = 'It is bot, human or network.';
	END IF;
	IF kind = 'network' THEN
		block := clicktrack.bot_network(pattern);
	-- one letter is in almost every user agent; a longer word than this is in none
	ELSIF pattern IS NULL OR length(ltrim(pattern, '^')) NOT BETWEEN 2 AND 100 THEN
		RAISE EXCEPTION 'invalid word for a bot rule: %', quote_nullable(pattern)
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'It has 2 to 100 characters, besides a ^ in front.';
	END IF;

	INSERT INTO clicktrack.bot_rule AS r (kind, word, network, note)
	VALUES (add_bot_rule.kind, CASE WHEN block IS NULL THEN pattern END, block, add_bot_rule.note)
	ON CONFLICT DO NOTHING
	RETURNING r.rule_id INTO id;
	IF id IS NULL THEN
		UPDATE clicktrack.bot_rule AS r SET note = coalesce(add_bot_rule.note, r.note)
		WHERE r.kind = add_bot_rule.kind AND (r.network = block OR lower(r.word) = lower(pattern))
		RETURNING r.rule_id INTO id;
	END IF;
	RETURN id;
END
$$;
REVOKE EXECUTE ON FUNCTION add_bot_rule(text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION add_bot_rule(text, text, text) IS
'adds a rule of kind bot or human (pattern is a word of 2 to 100 characters that a user agent holds, in any case, or begins with after a ^) or network (pattern is a block of addresses) and returns its rule_id; a rule that is there already keeps its rule_id and takes the note, unless that is NULL. It holds for visits from now on, and for clicks before by reclassify()';

CREATE FUNCTION drop_bot_rule(rule_id bigint) RETURNS boolean
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE STRICT
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	DELETE FROM clicktrack.bot_rule AS r WHERE r.rule_id = drop_bot_rule.rule_id;
	RETURN FOUND;
END
$$;
REVOKE EXECUTE ON FUNCTION drop_bot_rule(bigint) FROM PUBLIC;
COMMENT ON FUNCTION drop_bot_rule(bigint) IS 'removes a rule and returns whether it was there';

-- ---- thresholds ----

CREATE FUNCTION default_bot_thresholds() RETURNS TABLE (
	channel text,
	too_fast interval,
	burst_links integer,
	burst_window interval,
	honeypot_window interval
)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 7
	SET search_path = pg_catalog, pg_temp
AS $$
	-- too_fast: a filter opens what it has just let through within milliseconds, while a
	-- person has to be told of the message, open it and find the link. A message on a lock
	-- screen (sms, push) can be tapped within a second or two; an e-mail has to be opened
	-- first. Where nothing is delivered (web, qr), or the app itself shows the message at
	-- once (in_app), no click is too fast.
	-- burst: whoever reads needs about a second a link; filters open all links of a message
	-- at once. Four in three seconds leave a double tap or two alone.
	-- honeypot: filters that stagger their requests do so over minutes. Ten are long enough
	-- to find them and too short to meet the person who reads the message later.
	SELECT c, make_interval(secs => s), 4, interval '3 s', interval '10 min'
	FROM (VALUES ('sms', 1), ('email', 2), ('push', 1), ('in_app', 0), ('web', 0), ('qr', 0), ('other', 0)) AS d(c, s)
$$;
COMMENT ON FUNCTION default_bot_thresholds() IS
'how fast people are on each channel, unless bot_threshold says otherwise: too_fast is 2 s by email, 1 s by sms and push, 0 elsewhere; burst 4 links within 3 s; honeypot_window 10 min';

-- As lengths of time: a day is 24 hours, whatever the clocks do.
CREATE VIEW bot_thresholds AS
SELECT d.channel,
	make_interval(secs => extract(epoch FROM coalesce(t.too_fast, d.too_fast))::float8) AS too_fast,
	coalesce(t.burst_links, d.burst_links) AS burst_links,
	make_interval(secs => extract(epoch FROM coalesce(t.burst_window, d.burst_window))::float8) AS burst_window,
	make_interval(secs => extract(epoch FROM coalesce(t.honeypot_window, d.honeypot_window))::float8) AS honeypot_window
FROM default_bot_thresholds() AS d LEFT JOIN bot_threshold AS t USING (channel);
COMMENT ON VIEW bot_thresholds IS 'how fast people are on each channel, as reclassify() takes it: the defaults and what bot_threshold sets instead';
COMMENT ON COLUMN bot_thresholds.channel IS 'sms, email, push, in_app, web, qr or other';
COMMENT ON COLUMN bot_thresholds.too_fast IS 'a click sooner than this after the delivery is no person''s; 0: none is';
COMMENT ON COLUMN bot_thresholds.burst_links IS 'a visitor who clicks so many links of a campaign within burst_window is no person';
COMMENT ON COLUMN bot_thresholds.burst_window IS 'from the first to the last click of a burst, at most';
COMMENT ON COLUMN bot_thresholds.honeypot_window IS 'a visitor''s clicks on a campaign this near to one on a honeypot link of it, or nearer, are no person''s';

CREATE FUNCTION set_bot_threshold(
	channel text,
	too_fast interval DEFAULT NULL,
	burst_links integer DEFAULT NULL,
	burst_window interval DEFAULT NULL,
	honeypot_window interval DEFAULT NULL
) RETURNS bot_thresholds
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	result clicktrack.bot_thresholds;
BEGIN
	INSERT INTO clicktrack.bot_threshold (channel, too_fast, burst_links, burst_window, honeypot_window)
	VALUES (channel, too_fast, burst_links, burst_window, honeypot_window)
	ON CONFLICT ON CONSTRAINT bot_threshold_pkey DO UPDATE SET
		too_fast = EXCLUDED.too_fast, burst_links = EXCLUDED.burst_links,
		burst_window = EXCLUDED.burst_window, honeypot_window = EXCLUDED.honeypot_window;
	SELECT * INTO result FROM clicktrack.bot_thresholds AS t WHERE t.channel = set_bot_threshold.channel;
	RETURN result;
END
$$;
REVOKE EXECUTE ON FUNCTION set_bot_threshold(text, interval, integer, interval, interval) FROM PUBLIC;
COMMENT ON FUNCTION set_bot_threshold(text, interval, integer, interval, interval) IS
'sets how fast people are on a channel and returns what is in force there; what is NULL or left out is the default again; times are 0 to 1 day, burst_links at least 2';

-- ---- clicks recorded before ----

-- One session at a time changes what is recorded of clicks, or of who is who.
CREATE FUNCTION await_turn(subject regclass) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE STRICT
	SET search_path = pg_catalog, pg_temp
AS $$SELECT pg_advisory_xact_lock(subject::oid::integer, 1)$$;
REVOKE EXECUTE ON FUNCTION await_turn(regclass) FROM PUBLIC;
COMMENT ON FUNCTION await_turn(regclass) IS 'waits until no other transaction has the turn to change the rows of a table together, and takes it until the end of this one';

-- What the rules say of what an origin keeps. It keeps no digits of a user agent, so a word's
-- are masked in the same way; and no host, so of a network that a rule is about in part
-- nothing can be said.
CREATE FUNCTION judge_agents() RETURNS TABLE (agent_id integer, is_bot boolean)
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT a.agent_id, (clicktrack.parse_user_agent(a.masked, w.bots, w.humans)).is_bot
	FROM clicktrack.agent AS a,
		(SELECT coalesce(array_agg(clicktrack.mask_user_agent(r.word)) FILTER (WHERE kind = 'bot'), '{}') AS bots,
				coalesce(array_agg(clicktrack.mask_user_agent(r.word)) FILTER (WHERE kind = 'human'), '{}') AS humans
			FROM clicktrack.bot_rule AS r) AS w
$$;
REVOKE EXECUTE ON FUNCTION judge_agents() FROM PUBLIC;
COMMENT ON FUNCTION judge_agents() IS 'for each masked user agent whether it is a program''s, by parse_user_agent() and bot_rule';

-- Each network is cut to each length that rules have, and joined by equality: that takes as
-- long for a thousand rules as for one.
CREATE FUNCTION judge_networks(origins bigint[]) RETURNS TABLE (origin bigint, is_bot boolean)
	LANGUAGE sql STABLE PARALLEL SAFE STRICT ROWS 10000
	SET search_path = pg_catalog, pg_temp
	SET enable_nestloop = off
AS $$
	WITH kept AS (
		SELECT o AS origin, clicktrack.origin_network(o) AS network, family(clicktrack.origin_network(o)) AS family
		FROM unnest(origins) AS o
	), rule AS (
		SELECT family(r.network) AS family, set_masklen(r.network, least(masklen(r.network), k.length)) AS network,
			bool_or(masklen(r.network) <= k.length) AS whole
		FROM clicktrack.bot_rule AS r JOIN (VALUES (4, 24), (6, 47)) AS k(family, length) ON k.family = family(r.network)
		WHERE kind = 'network'
		GROUP BY 1, 2
	)
	SELECT k.origin, CASE WHEN count(r.network) = 0 THEN false WHEN bool_or(r.whole) THEN true END
	FROM kept AS k
		LEFT JOIN (SELECT DISTINCT family, masklen(network) AS length FROM rule) AS l ON l.family = k.family
		LEFT JOIN rule AS r ON r.network = set_masklen(k.network, l.length)
	WHERE k.network IS NOT NULL
	GROUP BY k.origin
$$;
REVOKE EXECUTE ON FUNCTION judge_networks(bigint[]) FROM PUBLIC;
COMMENT ON FUNCTION judge_networks(bigint[]) IS
'for each origin with a network whether bot_rule makes it a program''s; NULL where a rule is about part of the network only';

-- A stretch of time is judged in one statement.
CREATE FUNCTION reclassify_stretch(from_time timestamptz, to_time timestamptz, reasons text[])
RETURNS TABLE (reason text, flagged bigint, cleared bigint)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE STRICT ROWS 6
	SET search_path = pg_catalog, pg_temp
	SET timezone = 'UTC'
	-- the times are known when it is planned: other partitions are not even opened
	SET plan_cache_mode = force_custom_plan
	-- how many rows a step gives cannot be guessed, and only hash joins are good for any number
	SET enable_nestloop = off
	SET enable_mergejoin = off
	-- as for other maintenance
	SET work_mem = '64MB'
	SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	network_bits constant bigint := (1::bigint << 48) - 1;
	-- how far clicks outside of the stretch matter to those within; as two times, since a sum
	-- with an interval is not worked out when planning
	margin interval := (SELECT greatest(max(burst_window), max(honeypot_window)) FROM clicktrack.bot_thresholds);
	neighbours_since timestamptz := from_time - margin;
	neighbours_until timestamptz := to_time + margin;
BEGIN
	RETURN QUERY
	WITH scope AS MATERIALIZED (
		SELECT k.tableoid AS part, k.ctid AS place, k.event, k.origin,
			clicktrack.clicked_at(k.event) AS clicked_at, l.link_id, l.campaign_id, l.channel, l.honeypot,
			coalesce(a.known_id, clicktrack.visitor_id(k.event)) AS visitor_id,
			coalesce(l.recipient_id, a.known_id, clicktrack.visitor_id(k.event)) AS recipient_id
		FROM clicktrack.click AS k
			LEFT JOIN clicktrack.link AS l ON l.link_id = clicktrack.link_id(k.event)
			LEFT JOIN clicktrack.visitor_alias AS a ON a.pending AND a.visitor_id = clicktrack.visitor_id(k.event)
		WHERE clicktrack.clicked_at(k.event) >= neighbours_since AND clicktrack.clicked_at(k.event) < neighbours_until
	),
	-- Each of the next finds, for a person and a campaign, the times at which clicks are not
	-- theirs, as one multirange.

	-- too_fast and negative_delay
	delivery AS (
		SELECT p.campaign_id, p.recipient_id, p.channel, d.first_sent_at, d.during
		FROM (
			SELECT DISTINCT s.campaign_id, s.recipient_id, s.channel
			FROM scope AS s
			WHERE s.link_id IS NOT NULL AND s.recipient_id IS NOT NULL AND reasons && '{too_fast,negative_delay}'
		) AS p
			JOIN clicktrack.bot_thresholds AS t ON t.channel = p.channel
			-- one by one, by the index: a stretch has few of the sends of a campaign that goes on for years
			CROSS JOIN LATERAL (
				SELECT min(e.sent_at) AS first_sent_at,
					range_agg(tstzrange(e.delivered_at, e.delivered_at + t.too_fast))
						FILTER (WHERE e.delivered_at < to_time AND e.delivered_at >= from_time - t.too_fast) AS during
				FROM clicktrack.send AS e
				WHERE e.recipient_id = p.recipient_id AND e.campaign_id = p.campaign_id AND NOT e.holdout
			) AS d
	),
	-- honeypot
	trap AS (
		SELECT s.visitor_id, s.campaign_id,
			range_agg(tstzrange(s.clicked_at - t.honeypot_window, s.clicked_at + t.honeypot_window, '[]')) AS during
		FROM scope AS s JOIN clicktrack.bot_thresholds AS t ON t.channel = s.channel
		WHERE s.honeypot AND s.visitor_id IS NOT NULL AND 'honeypot' = ANY (reasons)
		GROUP BY s.visitor_id, s.campaign_id
	),
	-- burst. Let a window slide over the clicks: a link comes into the window that ends with
	-- a click on it, and leaves a window's length after the last of its clicks. While there
	-- are burst_links at once, all that is in the window belongs to the burst.
	busy AS MATERIALIZED (
		SELECT g.visitor_id, g.campaign_id, t.burst_links, t.burst_window
		FROM (SELECT s.visitor_id, s.campaign_id, count(*) AS clicks
				FROM scope AS s
				WHERE s.visitor_id IS NOT NULL AND 'burst' = ANY (reasons)
				GROUP BY s.visitor_id, s.campaign_id
				HAVING min(s.link_id) < max(s.link_id)) AS g
			JOIN clicktrack.campaign AS c USING (campaign_id)
			JOIN clicktrack.bot_thresholds AS t ON t.channel = c.channel
		WHERE g.clicks >= t.burst_links
	), neighbours AS (
		SELECT b.*, s.clicked_at, lag(s.clicked_at) OVER same_link AS before, lead(s.clicked_at) OVER same_link AS after
		FROM scope AS s JOIN busy AS b USING (visitor_id, campaign_id)
		WINDOW same_link AS (PARTITION BY visitor_id, campaign_id, s.link_id ORDER BY s.clicked_at)
	), turn AS (
		SELECT n.*, n.clicked_at AS at, 1 AS step
		FROM neighbours AS n
		WHERE n.before IS NULL OR n.before + n.burst_window < n.clicked_at
		UNION ALL
		SELECT n.*, n.clicked_at + n.burst_window, -1
		FROM neighbours AS n
		WHERE n.after IS NULL OR n.after > n.clicked_at + n.burst_window
	), crowd AS (
		SELECT t.*, lead(t.at) OVER turns AS until, sum(t.step) OVER turns AS links
		FROM turn AS t
		WINDOW turns AS (PARTITION BY t.visitor_id, t.campaign_id ORDER BY t.at, t.step DESC)
	), burst AS (
		SELECT c.visitor_id, c.campaign_id, range_agg(tstzrange(c.at - c.burst_window, c.until, '[]')) AS during
		FROM crowd AS c
		WHERE c.links >= c.burst_links
		GROUP BY c.visitor_id, c.campaign_id
	),
	-- Where something is not known any more (the visitor, the origin), what was found when it
	-- was stays: NULL.
	judged AS (
		SELECT s.part, s.place, s.event AS was,
			clicktrack.with_bot_reasons_if(s.event,
				user_agent => CASE WHEN 'user_agent' = ANY (reasons) THEN a.is_bot END,
				too_fast => CASE WHEN 'too_fast' = ANY (reasons) AND s.link_id IS NOT NULL AND s.recipient_id IS NOT NULL
					THEN coalesce(d.during @> s.clicked_at, false) END,
				burst => CASE WHEN 'burst' = ANY (reasons) AND s.link_id IS NOT NULL AND s.visitor_id IS NOT NULL
					THEN coalesce(b.during @> s.clicked_at, false) END,
				honeypot => CASE WHEN 'honeypot' <> ALL (reasons) THEN NULL WHEN s.honeypot THEN true
					WHEN s.link_id IS NOT NULL AND s.visitor_id IS NOT NULL THEN coalesce(h.during @> s.clicked_at, false) END,
				network => n.is_bot,
				negative_delay => CASE WHEN 'negative_delay' = ANY (reasons) AND s.link_id IS NOT NULL AND s.recipient_id IS NOT NULL
					THEN coalesce(s.clicked_at < d.first_sent_at, false) END) AS becomes
		FROM scope AS s
			LEFT JOIN delivery AS d ON d.campaign_id = s.campaign_id AND d.recipient_id = s.recipient_id AND d.channel = s.channel
			LEFT JOIN burst AS b ON b.visitor_id = s.visitor_id AND b.campaign_id = s.campaign_id
			LEFT JOIN trap AS h ON h.visitor_id = s.visitor_id AND h.campaign_id = s.campaign_id
			LEFT JOIN clicktrack.judge_agents() AS a ON a.agent_id = clicktrack.origin_agent(s.origin)
			LEFT JOIN clicktrack.judge_networks(ARRAY(SELECT DISTINCT x.origin & network_bits FROM scope AS x
				WHERE x.origin IS NOT NULL AND 'network' = ANY (reasons))) AS n ON n.origin = s.origin & network_bits
		WHERE s.clicked_at >= from_time AND s.clicked_at < to_time
		OFFSET 0
	), differing AS MATERIALIZED (
		SELECT * FROM judged AS j WHERE j.becomes OPERATOR(clicktrack.<>) j.was
	), changed AS (
		UPDATE clicktrack.click AS k SET event = d.becomes
		FROM differing AS d
		WHERE k.tableoid = d.part AND k.ctid = d.place
			AND clicktrack.clicked_at(k.event) >= from_time AND clicktrack.clicked_at(k.event) < to_time
		RETURNING d.was, d.becomes
	), change AS (
		SELECT clicktrack.bot_reasons(c.was) AS was, clicktrack.bot_reasons(c.becomes) AS becomes, count(*) AS clicks
		FROM changed AS c
		GROUP BY 1, 2
	)
	SELECT w.reason,
		coalesce(sum(c.clicks) FILTER (WHERE w.reason = ANY (c.becomes) AND w.reason <> ALL (c.was)), 0)::bigint,
		coalesce(sum(c.clicks) FILTER (WHERE w.reason = ANY (c.was) AND w.reason <> ALL (c.becomes)), 0)::bigint
	FROM unnest(reasons) WITH ORDINALITY AS w(reason, place) LEFT JOIN change AS c ON true
	GROUP BY w.reason, w.place
	ORDER BY w.place;
END
$$;
REVOKE EXECUTE ON FUNCTION reclassify_stretch(timestamptz, timestamptz, text[]) FROM PUBLIC;
COMMENT ON FUNCTION reclassify_stretch(timestamptz, timestamptz, text[]) IS
'does what reclassify() does for times that clicks can be of, all at once, for some of its reasons, and returns a row for each of those in that order';

-- Where clicks may be, cut into equal stretches; a month without a partition may hold a click
-- or two of a wrong clock, years away from any other.
CREATE FUNCTION click_stretches(from_time timestamptz, to_time timestamptz, length interval)
RETURNS TABLE (starts_at timestamptz, ends_at timestamptz)
	LANGUAGE sql STABLE PARALLEL SAFE STRICT ROWS 50
	SET search_path = pg_catalog, pg_temp
	SET timezone = 'UTC'
AS $$
	SELECT s.starts_at, least(s.starts_at + length, to_time)
	FROM (
		SELECT generate_series(date_bin(length, greatest(m.starts_at, from_time), from_time),
			least(m.ends_at, to_time) - interval '1 microsecond', length) AS starts_at
		FROM clicktrack.click_months() AS m
		WHERE m.starts_at < to_time AND m.ends_at > from_time AND (m.kind <> 'r' OR pg_relation_size(m.partition) > 0)
		UNION
		SELECT date_bin(length, clicktrack.clicked_at(k.event), from_time)
		FROM clicktrack.click_default AS k
		WHERE clicktrack.clicked_at(k.event) >= from_time AND clicktrack.clicked_at(k.event) < to_time
	) AS s
	ORDER BY 1
$$;
REVOKE EXECUTE ON FUNCTION click_stretches(timestamptz, timestamptz, interval) FROM PUBLIC;
COMMENT ON FUNCTION click_stretches(timestamptz, timestamptz, interval) IS
'the times from from_time to before to_time, both finite, in stretches of a length (the last is shorter), without those that surely have no click; in order. Length is in days or less';

CREATE FUNCTION reclassify(from_time timestamptz, to_time timestamptz, reasons text[] DEFAULT NULL)
RETURNS TABLE (reason text, flagged bigint, cleared bigint)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 6
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	SET timezone = 'UTC'
AS $$
#variable_conflict use_column
DECLARE
	behavioural constant text[] := '{user_agent,too_fast,burst,honeypot,network,negative_delay}';
	wanted text[] := ARRAY(SELECT b FROM unnest(behavioural) AS b WHERE reasons IS NULL OR b = ANY (reasons));
	-- no click is recorded beyond these, and a day more or less is still a time
	since timestamptz := greatest(from_time, '1990-01-01');
	until timestamptz := least(to_time, '2200-01-01');
	stretch record;
	got bigint[] := array_fill(0::bigint, ARRAY[cardinality(wanted)]);
	lost bigint[] := got;
	days_done numeric := 0;
	told_at timestamptz := clock_timestamp();
BEGIN
	IF from_time IS NULL OR to_time IS NULL OR from_time > to_time THEN
		RAISE EXCEPTION 'invalid times to reclassify: % to %', coalesce(from_time::text, 'NULL'), coalesce(to_time::text, 'NULL')
			USING ERRCODE = 'invalid_parameter_value', HINT = 'They are two times in order.';
	END IF;
	IF NOT reasons <@ behavioural OR array_position(reasons, NULL) IS NOT NULL THEN
		RAISE EXCEPTION 'invalid reasons to reclassify: %', reasons
			USING ERRCODE = 'invalid_parameter_value',
				HINT = format('They are some of %s; others are only known when a click is recorded.', array_to_string(behavioural, ', '));
	END IF;
	PERFORM clicktrack.await_turn('clicktrack.click');

	FOR stretch IN
		SELECT s.starts_at, s.ends_at, extract(epoch FROM s.ends_at - s.starts_at) / 86400 AS days,
			sum(extract(epoch FROM s.ends_at - s.starts_at)) OVER () / 86400 AS of_days
		FROM clicktrack.click_stretches(since, until, interval '7 days') AS s
		ORDER BY s.starts_at
	LOOP
		SELECT array_agg(t.got + r.flagged ORDER BY t.place), array_agg(t.lost + r.cleared ORDER BY t.place) INTO got, lost
		FROM clicktrack.reclassify_stretch(stretch.starts_at, stretch.ends_at, wanted) AS r
			JOIN unnest(wanted, got, lost) WITH ORDINALITY AS t(reason, got, lost, place) USING (reason);
		days_done := days_done + stretch.days;
		told_at := clicktrack.job_progress('reclassify', told_at, days_done, stretch.of_days, 'days',
			format('%s flagged, %s cleared', (SELECT sum(n) FROM unnest(got) AS n), (SELECT sum(n) FROM unnest(lost) AS n)));
	END LOOP;
	RETURN QUERY SELECT t.* FROM unnest(wanted, got, lost) AS t;
END
$$;
REVOKE EXECUTE ON FUNCTION reclassify(timestamptz, timestamptz, text[]) FROM PUBLIC;
COMMENT ON FUNCTION reclassify(timestamptz, timestamptz, text[]) IS
'judges the clicks from from_time to before to_time again, after rules, thresholds or deliveries came, and returns how many got and lost each reason. too_fast: sooner than too_fast after a delivery to the recipient in the link''s campaign; negative_delay: before the first send to them; the recipient is the link''s, else the visitor. burst: within burst_window with clicks on burst_links links of the campaign. honeypot: on a honeypot link, or of the same visitor and campaign within honeypot_window of a click on one. user_agent, network: by bot_rule and the kept origin. Thresholds are those of the link''s channel, for a burst of the campaign''s. Unknown visitors and clicks without origin keep what they had, prefetch and manual are never touched. NULL reasons: all six. Clicks outside of the range count as neighbours and stay as they are';

CREATE FUNCTION flag_visitor(
	visitor_id bigint,
	from_time timestamptz,
	to_time timestamptz,
	manual boolean DEFAULT true
) RETURNS bigint
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE STRICT
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
	changed bigint;
BEGIN
	PERFORM clicktrack.await_turn('clicktrack.click');
	UPDATE clicktrack.click AS k SET event = clicktrack.with_bot_reasons_if(k.event, manual => flag_visitor.manual)
	WHERE clicktrack.visitor_id(k.event) = ANY (clicktrack.ids_of(ARRAY[flag_visitor.visitor_id]))
		AND clicktrack.clicked_at(k.event) >= from_time AND clicktrack.clicked_at(k.event) < to_time
		AND flag_visitor.manual <> ('manual' = ANY (clicktrack.bot_reasons(k.event)));
	GET DIAGNOSTICS changed = ROW_COUNT;
	RETURN changed;
END
$$;
REVOKE EXECUTE ON FUNCTION flag_visitor(bigint, timestamptz, timestamptz, boolean) FROM PUBLIC;
COMMENT ON FUNCTION flag_visitor(bigint, timestamptz, timestamptz, boolean) IS
'gives a visitor''s clicks from from_time to before to_time the bot reason manual (false: takes it away) and returns how many it changed';
