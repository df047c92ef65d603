-- ---------------------------------------------------------------------------
-- What became of messages, summed up by day
-- ---------------------------------------------------------------------------

CREATE TABLE response_daily (
	day date NOT NULL,
	hour timestamptz NOT NULL,
	campaign_id bigint NOT NULL,
	channel text NOT NULL,
	variant integer,
	holdout boolean NOT NULL,
	audience text,
	click_group text NOT NULL,
	message_group text,
	sends bigint NOT NULL,
	delivered bigint NOT NULL,
	bounced bigint NOT NULL,
	clicked bigint NOT NULL,
	converted bigint NOT NULL,
	click_converted bigint NOT NULL,
	opted_out bigint NOT NULL,
	sessions bigint NOT NULL,
	bounced_sessions bigint NOT NULL,
	delays integer[]
);
CREATE INDEX ON response_daily (day);
COMMENT ON TABLE response_daily IS 'what became of sends by the day they were sent, once the 30 days are over in which clicks, conversions and opt-outs are theirs; see response_cells()';
COMMENT ON COLUMN response_daily.day IS 'day of sending, by UTC';
COMMENT ON COLUMN response_daily.hour IS 'beginning of the hour of sending, by UTC';
COMMENT ON COLUMN response_daily.campaign_id IS 'campaign of the sends';
COMMENT ON COLUMN response_daily.channel IS 'channel of the sends';
COMMENT ON COLUMN response_daily.variant IS 'variant of the message; NULL: no test';
COMMENT ON COLUMN response_daily.holdout IS 'whether the recipients were held out';
COMMENT ON COLUMN response_daily.audience IS 'audience of the recipients, else of the campaign; NULL: none';
COMMENT ON COLUMN response_daily.click_group IS 'human clicks on a send: 0, 1 or 2+';
COMMENT ON COLUMN response_daily.message_group IS 'messages to the recipient in the 30 days up to the send: 0, 1, 2-3, 4-7, 8-15 or 16+; NULL: recipients that were erased';
COMMENT ON COLUMN response_daily.sends IS 'sends, holdouts among them';
COMMENT ON COLUMN response_daily.delivered IS 'sends delivered';
COMMENT ON COLUMN response_daily.bounced IS 'sends that failed and were not delivered';
COMMENT ON COLUMN response_daily.clicked IS 'sends with a human click';
COMMENT ON COLUMN response_daily.converted IS 'sends whose recipient converted within 30 days';
COMMENT ON COLUMN response_daily.click_converted IS 'sends whose recipient clicked and then converted';
COMMENT ON COLUMN response_daily.opted_out IS 'sends after which the recipient opted out';
COMMENT ON COLUMN response_daily.sessions IS 'sessions after clicks on the sends';
COMMENT ON COLUMN response_daily.bounced_sessions IS 'sessions in which no second page was seen';
COMMENT ON COLUMN response_daily.delays IS 'seconds from delivery to the first human click of each send that was delivered and clicked, ascending; NULL: none';

CREATE FUNCTION raw_response_cells(since timestamptz, until timestamptz) RETURNS SETOF response_daily
	LANGUAGE sql STABLE PARALLEL SAFE COST 10000 ROWS 10000
	SET jit = off
	SET enable_nestloop = off SET enable_mergejoin = off
BEGIN ATOMIC
	SELECT utc_day(g.hour), g.hour, g.campaign_id, g.channel, g.variant, g.holdout, g.audience,
		('{0,1,2+}'::text[])[g.click_group + 1], ('{0,1,2-3,4-7,8-15,16+}'::text[])[g.message_group + 1],
		g.sends, g.delivered, g.bounced, g.clicked, g.converted, g.click_converted, g.opted_out, g.sessions, g.bounced_sessions,
		(SELECT array_agg(d.delay ORDER BY d.delay) FROM unnest(g.delays) AS d(delay))
	FROM (
		SELECT r.hour, r.campaign_id, r.channel, r.variant, r.holdout, r.audience, r.click_group, r.message_group,
			count(*) AS sends,
			count(r.delivered_at) AS delivered,
			count(r.failed_at) FILTER (WHERE r.delivered_at IS NULL) AS bounced,
			count(r.first_clicked_at) AS clicked,
			count(*) FILTER (WHERE r.converted) AS converted,
			count(*) FILTER (WHERE r.click_converted) AS click_converted,
			count(*) FILTER (WHERE r.opted_out) AS opted_out,
			sum(r.sessions)::bigint AS sessions,
			sum(r.bounced_sessions)::bigint AS bounced_sessions,
			array_agg(r.delay) FILTER (WHERE r.delay IS NOT NULL) AS delays
		FROM (
			SELECT o.campaign_id, o.channel, o.variant, o.holdout, o.audience, o.delivered_at, o.failed_at, o.first_clicked_at,
				o.converted, o.click_converted, o.opted_out, o.sessions, o.bounced_sessions,
				utc_hour(o.sent_at) AS hour,
				least(o.clicks, 2) AS click_group,
				width_bucket(o.messages, '{1,2,4,8,16}'::integer[]) AS message_group,
				-- a delivery may be reported after the click; no clock is wrong by 68 years
				CASE WHEN o.first_clicked_at <= o.delivered_at THEN 0
					WHEN o.first_clicked_at > o.delivered_at THEN least(floor(extract(epoch FROM o.first_clicked_at - o.delivered_at)), 2147483647) END::integer AS delay
			FROM raw_send_outcomes(since, until) AS o
		) AS r
		GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
	) AS g;
END;
COMMENT ON FUNCTION raw_response_cells(timestamptz, timestamptz) IS
'response_cells() of the sends from since to before until (NULL: open), from the tables';

CREATE FUNCTION response_cells(first_day date, last_day date) RETURNS SETOF response_daily
	LANGUAGE sql STABLE PARALLEL SAFE COST 10000 ROWS 10000
BEGIN ATOMIC
	SELECT c.day, c.hour, c.campaign_id, c.channel, c.variant, c.holdout, c.audience, c.click_group, c.message_group,
		c.sends, c.delivered, c.bounced, c.clicked, c.converted, c.click_converted, c.opted_out, c.sessions, c.bounced_sessions, c.delays
	FROM response_daily AS c
	WHERE c.day < (SELECT rolled_until('response')) AND c.day NOT IN (SELECT s.day FROM stale_day AS s WHERE s.rollup = 'response')
		AND (first_day IS NULL OR c.day >= first_day) AND (last_day IS NULL OR c.day <= last_day)
	UNION ALL
	SELECT c.*
	FROM stale_periods('response', coalesce(first_day, '-infinity'), coalesce(last_day, 'infinity')) AS p
		CROSS JOIN LATERAL raw_response_cells(nullif(p.since, '-infinity'), nullif(p.until, 'infinity')) AS c
	WHERE c.day >= (SELECT rolled_until('response')) OR c.day < rolled_since('response') OR c.day IN (SELECT s.day FROM stale_day AS s WHERE s.rollup = 'response');
END;
COMMENT ON FUNCTION response_cells(date, date) IS
'send_outcomes() of a period summed up by the day and hour of sent_at (UTC), campaign, channel, variant, holdout, audience, click_group (0, 1 or 2+ clicks) and message_group (0, 1, 2-3, 4-7, 8-15 or 16+ messages; NULL: erased recipients). sends, delivered, bounced (failed and not delivered), clicked, converted, click_converted and opted_out count sends; sessions and bounced_sessions add up. delays: whole seconds from delivered_at to first_clicked_at of each send that has both, 0 where the click was first, in order; NULL when there is none';
