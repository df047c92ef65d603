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
	message_group text NOT NULL,
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
COMMENT ON COLUMN response_daily.message_group IS 'messages to the recipient in the 30 days up to the send: 1, 2-3, 4-7, 8-15 or 16+';
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
