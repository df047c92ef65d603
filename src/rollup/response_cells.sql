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

CREATE FUNCTION response_cells(first_day date, last_day date) RETURNS TABLE (
	day date,
	hour timestamptz,
	campaign_id bigint,
	channel text,
	variant integer,
	holdout boolean,
	audience text,
	click_group text,
	message_group text,
	sends bigint,
	delivered bigint,
	bounced bigint,
	clicked bigint,
	converted bigint,
	click_converted bigint,
	opted_out bigint,
	sessions bigint,
	bounced_sessions bigint,
	delays integer[]
)
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
	WHERE c.day >= (SELECT rolled_until('response')) OR c.day < '1990-01-01' OR c.day IN (SELECT s.day FROM stale_day AS s WHERE s.rollup = 'response');
END;
COMMENT ON FUNCTION response_cells(date, date) IS
'send_outcomes() of a period summed up by the day and hour of sent_at (UTC), campaign, channel, variant, holdout, audience, click_group (0, 1 or 2+ clicks) and message_group (0, 1, 2-3, 4-7, 8-15 or 16+ messages; NULL: erased recipients). sends, delivered, bounced (failed and not delivered), clicked, converted, click_converted and opted_out count sends; sessions and bounced_sessions add up. delays: whole seconds from delivered_at to first_clicked_at of each send that has both, 0 where the click was first, in order; NULL when there is none';
