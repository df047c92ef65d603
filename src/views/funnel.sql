-- ---------------------------------------------------------------------------
-- From the send to the conversion
-- ---------------------------------------------------------------------------

CREATE FUNCTION funnel(first_day date DEFAULT NULL, last_day date DEFAULT NULL) RETURNS TABLE (
	campaign_id bigint,
	campaign text,
	channel text,
	sent bigint,
	delivered bigint,
	bounced bigint,
	clicked bigint,
	converted bigint,
	opted_out bigint,
	sessions bigint,
	bounced_sessions bigint,
	delivery_rate numeric,
	click_rate numeric,
	conversion_rate numeric,
	opt_out_rate numeric,
	bounce_rate numeric
)
	LANGUAGE sql STABLE PARALLEL SAFE COST 10000 ROWS 1000
BEGIN ATOMIC
	SELECT f.campaign_id, c.name, f.channel, f.sent, f.delivered, f.bounced, f.clicked, f.converted, f.opted_out, f.sessions, f.bounced_sessions,
		rate(f.delivered, f.sent), rate(f.clicked, f.delivered), rate(f.converted, f.clicked), rate(f.opted_out, f.delivered), rate(f.bounced, f.sent)
	FROM (
		SELECT r.campaign_id, r.channel,
			sum(r.sends)::bigint AS sent,
			sum(r.delivered)::bigint AS delivered,
			sum(r.bounced)::bigint AS bounced,
			sum(r.clicked)::bigint AS clicked,
			sum(r.click_converted)::bigint AS converted,
			sum(r.opted_out)::bigint AS opted_out,
			sum(r.sessions)::bigint AS sessions,
			sum(r.bounced_sessions)::bigint AS bounced_sessions
		FROM response_cells(first_day, last_day) AS r
		WHERE NOT r.holdout
		GROUP BY r.campaign_id, r.channel
	) AS f
		LEFT JOIN campaign AS c ON c.campaign_id = f.campaign_id;
END;
COMMENT ON FUNCTION funnel(date, date) IS 'the view funnel of the sends from first_day to last_day by UTC, both included; NULL: open';

CREATE VIEW funnel AS SELECT * FROM funnel();
COMMENT ON VIEW funnel IS 'how far sends came, a row a campaign and channel of the sends: what recipients did within 30 days of a send is its doing, and they answer the latest message of the campaign; holdouts are not in it';
COMMENT ON COLUMN funnel.campaign_id IS 'number of the campaign';
COMMENT ON COLUMN funnel.campaign IS 'its name';
COMMENT ON COLUMN funnel.channel IS 'channel of the sends';
COMMENT ON COLUMN funnel.sent IS 'messages sent';
COMMENT ON COLUMN funnel.delivered IS 'those that were delivered';
COMMENT ON COLUMN funnel.bounced IS 'those that failed and were not delivered';
COMMENT ON COLUMN funnel.clicked IS 'those whose recipient clicked on a link of the campaign; bots are not counted';
COMMENT ON COLUMN funnel.converted IS 'those whose recipient clicked, and converted after that; refunds are not counted';
COMMENT ON COLUMN funnel.opted_out IS 'those that the recipient answered by opting out of the channel';
COMMENT ON COLUMN funnel.sessions IS 'sessions of the recipients after links of the campaign';
COMMENT ON COLUMN funnel.bounced_sessions IS 'those without a second page';
COMMENT ON COLUMN funnel.delivery_rate IS 'delivered / sent';
COMMENT ON COLUMN funnel.click_rate IS 'clicked / delivered; NULL when nothing was delivered; above 1 where deliveries are not reported';
COMMENT ON COLUMN funnel.conversion_rate IS 'converted / clicked; NULL when nobody clicked';
COMMENT ON COLUMN funnel.opt_out_rate IS 'opted_out / delivered; NULL when nothing was delivered';
COMMENT ON COLUMN funnel.bounce_rate IS 'bounced / sent';
