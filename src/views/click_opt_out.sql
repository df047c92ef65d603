-- ---------------------------------------------------------------------------
-- Who opts out: by clicks, and by how many messages they got
-- ---------------------------------------------------------------------------

CREATE FUNCTION click_opt_out(first_day date DEFAULT NULL, last_day date DEFAULT NULL) RETURNS TABLE (
	campaign_id bigint,
	campaign text,
	channel text,
	clicks text,
	messages text,
	delivered bigint,
	opted_out bigint,
	opt_out_rate numeric,
	rate_lower float8,
	rate_upper float8
)
	LANGUAGE sql STABLE PARALLEL SAFE COST 10000 ROWS 1000
BEGIN ATOMIC
	SELECT o.campaign_id, c.name, o.channel, o.click_group, o.message_group, o.delivered, o.opted_out, rate(o.opted_out, o.delivered), w.lower, w.upper
	FROM (
		SELECT r.campaign_id, r.channel, r.click_group, r.message_group, sum(r.delivered)::bigint AS delivered, sum(r.opted_out)::bigint AS opted_out
		FROM response_cells(first_day, last_day) AS r
		WHERE NOT r.holdout
		GROUP BY r.campaign_id, r.channel, r.click_group, r.message_group
	) AS o
		CROSS JOIN LATERAL wilson_interval(o.delivered, least(o.opted_out, o.delivered)) AS w
		LEFT JOIN campaign AS c ON c.campaign_id = o.campaign_id;
END;
COMMENT ON FUNCTION click_opt_out(date, date) IS 'the view click_opt_out of the sends from first_day to last_day by UTC, both included; NULL: open';

CREATE VIEW click_opt_out AS SELECT * FROM click_opt_out();
COMMENT ON VIEW click_opt_out IS 'whether those who click opt out less, and those who get many messages more: a row a campaign, channel of the sends, clicks and messages; an opt-out within 30 days is of the latest message before it on its channel; holdouts are not in it';
COMMENT ON COLUMN click_opt_out.campaign_id IS 'number of the campaign';
COMMENT ON COLUMN click_opt_out.campaign IS 'its name';
COMMENT ON COLUMN click_opt_out.channel IS 'channel of the sends';
COMMENT ON COLUMN click_opt_out.clicks IS 'clicks of the recipient on the message: 0, 1 or 2+; bots are not counted';
COMMENT ON COLUMN click_opt_out.messages IS 'messages of all campaigns and channels to the recipient in the 30 days up to this one, which counts: 1, 2-3, 4-7, 8-15 or 16+; NULL: the recipient has been erased, and so has what they did';
COMMENT ON COLUMN click_opt_out.delivered IS 'messages delivered';
COMMENT ON COLUMN click_opt_out.opted_out IS 'messages that the recipient answered by opting out of the channel';
COMMENT ON COLUMN click_opt_out.opt_out_rate IS 'opted_out / delivered; NULL when nothing was delivered; above 1 where deliveries are not reported';
COMMENT ON COLUMN click_opt_out.rate_lower IS 'lower end of the 95 % interval of opt_out_rate (Wilson), 0 to 1; NULL when nothing was delivered';
COMMENT ON COLUMN click_opt_out.rate_upper IS 'upper end of the 95 % interval of opt_out_rate (Wilson), 0 to 1; NULL when nothing was delivered';
