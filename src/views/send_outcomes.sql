-- ---------------------------------------------------------------------------
-- What became of each send
--
-- Recipients answer messages: a holdout is none, so that nothing is an answer to it and it
-- takes no answer from the message before.
--
-- Everything is sorted into the order in which it happened to a recipient, but first what is no
-- answer to a send of the period is left out by hash joins, as most of the 30 days around a day
-- is. For a day that ANALYZE has not seen the planner expects no sends, and would look for the
-- clicks of each of many: so whoever calls raw_send_outcomes() turns its other joins off, and
-- audiences are not joined but looked up.
--
-- An open period is one from -infinity to infinity, not one without a condition: so partitions
-- are pruned also where since and until come from a row.
-- ---------------------------------------------------------------------------

CREATE FUNCTION response_time() RETURNS interval
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN interval '720 hours';
COMMENT ON FUNCTION response_time() IS 'how long after a send what its recipient does may be due to it: 30 days of 24 hours, whatever the clocks do';

CREATE FUNCTION sent_to(since timestamptz, until timestamptz) RETURNS TABLE (
	recipient_id bigint,
	campaign_id bigint,
	holdout boolean
)
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 10000
BEGIN ATOMIC
	SELECT s.recipient_id, s.campaign_id, s.holdout
	FROM send AS s
	WHERE s.sent_at >= coalesce(since, '-infinity') AND s.sent_at < coalesce(until, 'infinity');
END;
COMMENT ON FUNCTION sent_to(timestamptz, timestamptz) IS 'whom something was sent to from since to before until (NULL: open), or who was held out; a row a send';

-- Clicks and sessions of recipients, opt-outs at the message that they answer.
CREATE FUNCTION raw_answers(since timestamptz, until timestamptz) RETURNS TABLE (
	recipient_id bigint,
	campaign_id bigint,
	at timestamptz,
	send_id bigint,
	clicked_at timestamptz,
	bounced boolean,
	opted_out boolean
)
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 10000
BEGIN ATOMIC
	SELECT coalesce(a.known_id, visitor_id(k.event)), l.campaign_id, clicked_at(k.event), NULL::bigint, clicked_at(k.event), NULL::boolean, NULL::boolean
	FROM click AS k
		JOIN link AS l ON l.link_id = link_id(k.event)
		LEFT JOIN visitor_alias AS a ON a.pending AND a.visitor_id = visitor_id(k.event)
	WHERE NOT is_bot(k.event)
		AND (coalesce(a.known_id, visitor_id(k.event)), l.campaign_id) IN (
			SELECT w.recipient_id, w.campaign_id FROM sent_to(since, until) AS w WHERE NOT w.holdout)
		AND clicked_at(k.event) >= coalesce(since, '-infinity')
		AND clicked_at(k.event) < coalesce(until, 'infinity') + response_time()
	UNION ALL
	SELECT coalesce(a.known_id, g.visitor_id), l.campaign_id, g.started_at, NULL, NULL, g.bounced, NULL
	FROM engagement AS g
		JOIN link AS l ON l.link_id = g.link_id
		LEFT JOIN visitor_alias AS a ON a.pending AND a.visitor_id = g.visitor_id
	WHERE (coalesce(a.known_id, g.visitor_id), l.campaign_id) IN (
			SELECT w.recipient_id, w.campaign_id FROM sent_to(since, until) AS w WHERE NOT w.holdout)
		AND g.started_at >= coalesce(since, '-infinity')
		AND g.started_at < coalesce(until, 'infinity') + response_time()
	UNION ALL
	SELECT m.recipient_id, m.campaign_id, m.sent_at, m.send_id, NULL, NULL, true
	FROM opt_out AS o
		LEFT JOIN visitor_alias AS a ON a.pending AND a.visitor_id = o.visitor_id
		CROSS JOIN LATERAL (
			SELECT s.recipient_id, s.campaign_id, s.sent_at, s.send_id
			FROM send AS s
			WHERE s.recipient_id = coalesce(a.known_id, o.visitor_id) AND s.channel = o.channel AND NOT s.holdout
				AND (o.campaign_id IS NULL OR s.campaign_id = o.campaign_id)
				-- not in the words of the index on sent_at: that of the recipient finds few enough
				AND o.opted_out_at - s.sent_at BETWEEN interval '0' AND response_time()
			ORDER BY s.sent_at DESC, s.send_id DESC
			LIMIT 1
		) AS m
	WHERE o.opted_out_at >= coalesce(since, '-infinity')
		AND o.opted_out_at < coalesce(until, 'infinity') + response_time();
END;
COMMENT ON FUNCTION raw_answers(timestamptz, timestamptz) IS
'what recipients did that may answer messages sent from since to before until (NULL: open): clicks that are no bot''s on links of a campaign, sessions after such, and opt-outs, these at the time and with the send_id of the message that they answer';

CREATE FUNCTION raw_send_outcomes(since timestamptz, until timestamptz) RETURNS TABLE (
	send_id bigint,
	campaign_id bigint,
	recipient_id bigint,
	channel text,
	variant integer,
	holdout boolean,
	audience text,
	sent_at timestamptz,
	delivered_at timestamptz,
	failed_at timestamptz,
	failure text,
	clicks bigint,
	first_clicked_at timestamptz,
	converted boolean,
	click_converted boolean,
	opted_out boolean,
	sessions bigint,
	bounced_sessions bigint,
	messages integer
)
	LANGUAGE sql STABLE PARALLEL SAFE COST 10000 ROWS 100000
BEGIN ATOMIC
	WITH happened AS (
		SELECT s.recipient_id, s.sent_at AS at, NOT s.holdout AS is_message, NULL::timestamptz AS converted_at,
			s.send_id, s.campaign_id, s.channel, s.variant, s.holdout, s.sent_at, s.delivered_at, s.failed_at, s.failure
		FROM send AS s
		WHERE s.sent_at >= coalesce(since, '-infinity') AND s.sent_at < coalesce(until, 'infinity')
		UNION ALL
		-- the messages before count with those in the period
		SELECT s.recipient_id, s.sent_at, true, NULL, NULL::bigint, NULL::bigint, NULL::text, NULL::integer, NULL::boolean,
			NULL::timestamptz, NULL::timestamptz, NULL::timestamptz, NULL::text
		FROM send AS s
		WHERE s.sent_at >= since - response_time() AND s.sent_at < since AND NOT s.holdout
			AND s.recipient_id IN (SELECT w.recipient_id FROM sent_to(since, until) AS w)
		UNION ALL
		SELECT coalesce(a.known_id, c.visitor_id), c.converted_at, false, c.converted_at, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
		FROM conversion AS c
			LEFT JOIN visitor_alias AS a ON a.pending AND a.visitor_id = c.visitor_id
		WHERE coalesce(a.known_id, c.visitor_id) IN (SELECT w.recipient_id FROM sent_to(since, until) AS w)
			AND c.revenue >= 0
			AND c.converted_at >= coalesce(since, '-infinity')
			AND c.converted_at < coalesce(until, 'infinity') + response_time()
	), so_far AS (
		SELECT h.*, max(h.converted_at) OVER (PARTITION BY h.recipient_id ORDER BY h.at) AS last_converted_at
		FROM happened AS h
	), sent AS (
		SELECT f.recipient_id, f.at, f.send_id, f.campaign_id, f.channel, f.variant, f.holdout, f.sent_at, f.delivered_at, f.failed_at, f.failure,
			last_value(f.last_converted_at) OVER (person RANGE BETWEEN CURRENT ROW AND response_time() FOLLOWING) AS last_converted_at,
			count(*) FILTER (WHERE f.is_message) OVER (person RANGE BETWEEN response_time() PRECEDING AND CURRENT ROW) AS messages
		FROM so_far AS f
		WINDOW person AS (PARTITION BY f.recipient_id ORDER BY f.at)
	), answered AS (
		SELECT s.recipient_id, s.at, s.send_id, s.campaign_id, s.channel, s.variant, s.holdout, s.sent_at, s.delivered_at, s.failed_at, s.failure,
			s.last_converted_at, s.messages, NULL::timestamptz AS clicked_at, NULL::boolean AS bounced, NULL::boolean AS opted_out
		FROM sent AS s
		WHERE s.send_id IS NOT NULL
		UNION ALL
		-- the messages after the period take what answers them; having no channel here, they are no result
		SELECT s.recipient_id, s.sent_at, s.send_id, s.campaign_id, NULL::text, NULL::integer, false, s.sent_at, NULL::timestamptz, NULL::timestamptz, NULL::text,
			NULL::timestamptz, NULL::bigint, NULL, NULL, NULL
		FROM send AS s
		WHERE s.sent_at >= until AND s.sent_at < until + response_time() AND NOT s.holdout
			AND (s.recipient_id, s.campaign_id) IN (SELECT w.recipient_id, w.campaign_id FROM sent_to(since, until) AS w WHERE NOT w.holdout)
		UNION ALL
		SELECT r.recipient_id, r.at, r.send_id, r.campaign_id, NULL, NULL, false, NULL, NULL, NULL, NULL,
			NULL, NULL, r.clicked_at, r.bounced, r.opted_out
		FROM raw_answers(since, until) AS r
	), numbered AS (
		-- an answer gets the number of the latest message; its opt-out has its send_id and no sent_at, so comes right after it
		SELECT a.*, count(a.sent_at) OVER campaign AS message_number, a.at <= max(a.sent_at) OVER campaign + response_time() AS in_time
		FROM answered AS a
		WINDOW campaign AS (PARTITION BY a.recipient_id, a.campaign_id, a.holdout ORDER BY a.at, a.send_id, a.sent_at ROWS UNBOUNDED PRECEDING)
	), summed AS (
		SELECT n.*,
			count(n.clicked_at) FILTER (WHERE n.in_time) OVER message AS clicks,
			min(n.clicked_at) FILTER (WHERE n.in_time) OVER message AS first_clicked_at,
			count(n.bounced) FILTER (WHERE n.in_time) OVER message AS sessions,
			count(*) FILTER (WHERE n.in_time AND n.bounced) OVER message AS bounced_sessions,
			count(n.opted_out) OVER message > 0 AS has_opted_out
		FROM numbered AS n
		WINDOW message AS (PARTITION BY n.recipient_id, n.campaign_id, n.holdout, n.message_number)
	)
	SELECT m.send_id, m.campaign_id, m.recipient_id, m.channel, m.variant, m.holdout,
		coalesce((SELECT r.audience FROM recipient AS r WHERE r.recipient_id = m.recipient_id), c.audience),
		m.sent_at, m.delivered_at, m.failed_at, m.failure,
		m.clicks, m.first_clicked_at, coalesce(m.last_converted_at >= m.sent_at, false), coalesce(m.last_converted_at >= m.first_clicked_at, false),
		m.has_opted_out, m.sessions, m.bounced_sessions, CASE WHEN m.recipient_id IS NOT NULL THEN m.messages END::integer
	FROM summed AS m
		LEFT JOIN campaign AS c ON c.campaign_id = m.campaign_id
	WHERE m.channel IS NOT NULL;
END;
COMMENT ON FUNCTION raw_send_outcomes(timestamptz, timestamptz) IS
'send_outcomes() of the sends from since to before until (NULL: open)';

CREATE FUNCTION send_outcomes(first_day date, last_day date) RETURNS TABLE (
	send_id bigint,
	campaign_id bigint,
	recipient_id bigint,
	channel text,
	variant integer,
	holdout boolean,
	audience text,
	sent_at timestamptz,
	delivered_at timestamptz,
	failed_at timestamptz,
	failure text,
	clicks bigint,
	first_clicked_at timestamptz,
	converted boolean,
	click_converted boolean,
	opted_out boolean,
	sessions bigint,
	bounced_sessions bigint,
	messages integer
)
	LANGUAGE sql STABLE PARALLEL SAFE COST 10000 ROWS 100000
	SET enable_nestloop = off SET enable_mergejoin = off
BEGIN ATOMIC
	SELECT o.* FROM raw_send_outcomes(day_start(first_day), day_start(last_day + 1)) AS o;
END;
COMMENT ON FUNCTION send_outcomes(date, date) IS
'a row a send from first_day to last_day by UTC (both included, NULL: open), as the table send has it, with what became of it within 30 days of 24 hours. audience is the recipient''s, else the campaign''s. clicks are the recipient''s on links of the campaign, no bot''s, from sent_at to before the next message of the campaign to them; first_clicked_at is NULL without any. sessions and bounced_sessions began in that time after a link of the campaign. opted_out: an opt-out from the channel came, and this was the last message before it on the channel, of the campaign if the opt-out names one. Of messages sent at the same time the one with the highest send_id counts as the last. A holdout is no message and has none of this. converted: the recipient converted, whatever led to it, refunds not counted; click_converted: not before first_clicked_at. messages: to the recipient in the 30 days up to sent_at, this one included, holdouts not; NULL when the recipient has been erased, who has 0 and false otherwise';
