-- ---------------------------------------------------------------------------
-- Views: how much of the clicks is programs
-- ---------------------------------------------------------------------------

CREATE FUNCTION bot_share(first_day date DEFAULT NULL, last_day date DEFAULT NULL) RETURNS TABLE (
	campaign_id bigint,
	campaign text,
	channel text,
	reason text,
	clicks bigint,
	bot_clicks bigint,
	share numeric
)
	LANGUAGE sql STABLE PARALLEL SAFE COST 10000 ROWS 1000
BEGIN ATOMIC
	SELECT b.campaign_id, c.name, b.channel, b.reason, b.clicks, b.bot_clicks, rate(b.bot_clicks, b.clicks)
	FROM (
		SELECT r.campaign_id, r.channel, r.reason, r.bot_clicks,
			-- all are in the row of 'any' alone
			max(r.clicks) OVER (PARTITION BY r.campaign_id, r.channel) AS clicks
		FROM (
			SELECT l.campaign_id, u.channel, u.reason, sum(u.clicks)::bigint AS clicks, sum(u.bot_clicks)::bigint AS bot_clicks
			FROM (
				SELECT k.link_id, k.channel, 'any' AS reason, k.clicks, k.clicks - k.human_clicks AS bot_clicks
				FROM click_cells(first_day, last_day) AS k
				UNION ALL
				SELECT k.link_id, k.channel, k.reason, NULL, k.clicks
				FROM bot_cells(first_day, last_day) AS k
			) AS u LEFT JOIN link AS l ON l.link_id = u.link_id
			GROUP BY l.campaign_id, u.channel, u.reason
		) AS r
	) AS b LEFT JOIN campaign AS c ON c.campaign_id = b.campaign_id;
END;
COMMENT ON FUNCTION bot_share(date, date) IS 'the view bot_share for the clicks from first_day to last_day (by UTC, both in; NULL: open)';

CREATE VIEW bot_share AS SELECT * FROM bot_share();
COMMENT ON VIEW bot_share IS
'how many of the clicks of a campaign on a channel are programs'': a row with the reason any for all of them, and one for each reason that occurs; a click can have several reasons, so the reasons add up to any or more';
COMMENT ON COLUMN bot_share.campaign_id IS 'number of the campaign; NULL for clicks on links that are not there';
COMMENT ON COLUMN bot_share.campaign IS 'its name';
COMMENT ON COLUMN bot_share.channel IS 'channel of the clicks; NULL where they have none';
COMMENT ON COLUMN bot_share.reason IS 'any, or a bot reason: user_agent, prefetch, too_fast, burst, honeypot, network, negative_delay or manual';
COMMENT ON COLUMN bot_share.clicks IS 'all clicks of the campaign on the channel, the same in each of its rows';
COMMENT ON COLUMN bot_share.bot_clicks IS 'those of them with the reason, or with any';
COMMENT ON COLUMN bot_share.share IS 'bot_clicks / clicks, from 0 to 1';
