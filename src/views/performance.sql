-- ---------------------------------------------------------------------------
-- Performance: what links, campaigns, channels and audiences did and earned
--
-- All four are the same sums of the same cells, by another key.
-- ---------------------------------------------------------------------------

-- Clicks, sends and credits, one below the other. What a reader does not ask for costs nothing:
-- the joins go where neither campaign nor audience is read, the sends where dimension is link.
-- The types are spelt out because the planner looks into a UNION ALL only where they are the same.
CREATE FUNCTION performance_cells(dimension text, first_day date, last_day date) RETURNS TABLE (
	link_id bigint,
	campaign_id bigint,
	channel text,
	audience text,
	sends bigint,
	delivered bigint,
	clicked bigint,
	opted_out bigint,
	clicks bigint,
	human_clicks bigint,
	visitors visitor_sketch,
	conversions float8,
	revenue numeric,
	currency text
)
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000 ROWS 10000
BEGIN ATOMIC
	SELECT k.link_id, l.campaign_id, k.channel, c.audience, 0::bigint, 0::bigint, 0::bigint, 0::bigint,
		k.clicks, k.human_clicks, k.visitors, 0::float8, NULL::numeric, NULL::text
	FROM click_cells(first_day, last_day) AS k
		LEFT JOIN link AS l ON l.link_id = k.link_id
		LEFT JOIN campaign AS c ON c.campaign_id = l.campaign_id
	UNION ALL
	SELECT NULL::bigint, r.campaign_id, r.channel, c.audience, r.sends, r.delivered, r.clicked, r.opted_out,
		0::bigint, 0::bigint, NULL::visitor_sketch, 0::float8, NULL::numeric, NULL::text
	FROM response_cells(first_day, last_day) AS r
		LEFT JOIN campaign AS c ON c.campaign_id = r.campaign_id
	WHERE NOT r.holdout AND dimension IS DISTINCT FROM 'link'
	UNION ALL
	SELECT a.link_id, l.campaign_id, a.channel, c.audience, 0::bigint, 0::bigint, 0::bigint, 0::bigint,
		0::bigint, 0::bigint, NULL::visitor_sketch, a.conversions, a.revenue, a.currency
	FROM credit_cells(first_day, last_day) AS a
		LEFT JOIN link AS l ON l.link_id = a.link_id
		LEFT JOIN campaign AS c ON c.campaign_id = l.campaign_id
	WHERE a.model = 'last_touch' AND a.link_id IS NOT NULL;
END;
COMMENT ON FUNCTION performance_cells(text, date, date) IS
'what performance_by() sums up: clicks, sends but those held out (not where dimension is link) and what was credited to the last touch, each with zeros for the others'' columns';

CREATE FUNCTION performance_by(dimension text, first_day date DEFAULT NULL, last_day date DEFAULT NULL) RETURNS TABLE (
	link_id bigint,
	campaign_id bigint,
	channel text,
	audience text,
	sends bigint,
	delivered bigint,
	clicked bigint,
	click_rate numeric,
	clicks bigint,
	human_clicks bigint,
	unique_clicks bigint,
	conversions bigint,
	revenue numeric,
	currency text,
	revenue_per_click numeric,
	revenue_per_unique_click numeric,
	click_to_conversion_rate numeric,
	opted_out bigint,
	opt_out_rate numeric,
	visitors visitor_sketch
)
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000 ROWS 1000
BEGIN ATOMIC
	SELECT t.link_id, t.campaign_id, t.channel, t.audience, t.sends, t.delivered, t.clicked, rate(t.clicked, t.delivered),
		t.clicks, t.human_clicks, t.unique_clicks, t.conversions, t.revenue, t.currency, rate(t.revenue, t.human_clicks),
		rate(t.revenue, t.unique_clicks), rate(t.conversions, t.human_clicks), t.opted_out, rate(t.opted_out, t.delivered),
		t.visitors
	FROM (
		-- where dimension is a constant, each CASE is a column or NULL, and a filter on it goes to the cells
		SELECT CASE WHEN dimension = 'link' THEN p.link_id END AS link_id,
			CASE WHEN dimension = 'campaign' THEN p.campaign_id END AS campaign_id,
			CASE WHEN dimension = 'channel' THEN p.channel END AS channel,
			CASE WHEN dimension = 'audience' THEN p.audience END AS audience,
			sum(p.sends)::bigint AS sends,
			sum(p.delivered)::bigint AS delivered,
			sum(p.clicked)::bigint AS clicked,
			sum(p.opted_out)::bigint AS opted_out,
			sum(p.clicks)::bigint AS clicks,
			sum(p.human_clicks)::bigint AS human_clicks,
			round(visitor_sketch_merge(p.visitors))::bigint AS unique_clicks,
			visitor_sketch_union(p.visitors) AS visitors,
			round(sum(p.conversions))::bigint AS conversions,
			two_decimals(CASE WHEN min(p.currency) = max(p.currency) THEN sum(p.revenue) WHEN min(p.currency) IS NULL THEN 0 END) AS revenue,
			CASE WHEN min(p.currency) = max(p.currency) THEN min(p.currency) END AS currency
		FROM performance_cells(dimension, first_day, last_day) AS p
		GROUP BY 1, 2, 3, 4
	) AS t;
END;
COMMENT ON FUNCTION performance_by(text, date, date) IS
'what the views link_performance, campaign_performance, channel_performance and audience_performance show, for the days from first_day to last_day (NULL: open), a row a value of dimension (link, campaign, channel or audience) that has any clicks, sends or credits; of any other dimension one row for all';

-- ---- links ----

CREATE FUNCTION link_performance(first_day date DEFAULT NULL, last_day date DEFAULT NULL) RETURNS TABLE (
	link_id bigint,
	domain text,
	code text,
	url text,
	campaign_id bigint,
	campaign text,
	channel text,
	clicks bigint,
	human_clicks bigint,
	unique_clicks bigint,
	conversions bigint,
	revenue numeric,
	currency text,
	revenue_per_click numeric,
	click_to_conversion_rate numeric,
	revenue_per_unique_click numeric,
	visitors visitor_sketch
)
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000 ROWS 10000
BEGIN ATOMIC
	SELECT l.link_id, l.domain, l.code, l.url, l.campaign_id, c.name, l.channel,
		coalesce(p.clicks, 0), coalesce(p.human_clicks, 0), coalesce(p.unique_clicks, 0), coalesce(p.conversions, 0),
		CASE WHEN p.clicks IS NULL THEN 0.00 ELSE p.revenue END, p.currency, p.revenue_per_click,
		p.click_to_conversion_rate, p.revenue_per_unique_click, p.visitors
	FROM link AS l
		JOIN campaign AS c ON c.campaign_id = l.campaign_id
		LEFT JOIN performance_by('link', first_day, last_day) AS p ON p.link_id = l.link_id;
END;
COMMENT ON FUNCTION link_performance(date, date) IS
'the view link_performance for clicks and conversions of the days from first_day to last_day, by UTC, both included (NULL: open)';

-- collated as in link, so that its index finds a code
CREATE VIEW link_performance AS
SELECT link_id, domain COLLATE "C" AS domain, code COLLATE "C" AS code, url, campaign_id, campaign, channel, clicks, human_clicks,
	unique_clicks, conversions, revenue, currency, revenue_per_click, click_to_conversion_rate, revenue_per_unique_click, visitors
FROM link_performance();
COMMENT ON VIEW link_performance IS 'a row a link: clicks, who clicked and what it earned by the last touch within 30 days; for a period: link_performance(first_day, last_day)';
COMMENT ON COLUMN link_performance.link_id IS 'number of the link';
COMMENT ON COLUMN link_performance.domain IS 'host name of the short link';
COMMENT ON COLUMN link_performance.code IS 'its short code';
COMMENT ON COLUMN link_performance.url IS 'where it leads';
COMMENT ON COLUMN link_performance.campaign_id IS 'number of its campaign';
COMMENT ON COLUMN link_performance.campaign IS 'name of its campaign';
COMMENT ON COLUMN link_performance.channel IS 'its channel';
COMMENT ON COLUMN link_performance.clicks IS 'all clicks, bots too';
COMMENT ON COLUMN link_performance.human_clicks IS 'clicks without a bot reason';
COMMENT ON COLUMN link_performance.unique_clicks IS 'distinct visitors among the human clicks: exact up to 128, then within some 1 %; unknown visitors are not counted';
COMMENT ON COLUMN link_performance.conversions IS 'conversions whose last touch is on this link; refunds are not counted';
COMMENT ON COLUMN link_performance.revenue IS 'what those earned, less refunds; 0 where there are none, NULL where several currencies meet';
COMMENT ON COLUMN link_performance.currency IS 'currency of the revenue; NULL without conversions or where several meet';
COMMENT ON COLUMN link_performance.revenue_per_click IS 'revenue / human_clicks; NULL without human clicks';
COMMENT ON COLUMN link_performance.click_to_conversion_rate IS 'conversions / human_clicks; NULL without human clicks';
COMMENT ON COLUMN link_performance.revenue_per_unique_click IS 'revenue / unique_clicks; NULL without known visitors';
COMMENT ON COLUMN link_performance.visitors IS 'sketch of the visitors that unique_clicks counts, for visitor_sketch_merge() over several rows; NULL when there are none';

-- ---- campaigns ----

CREATE FUNCTION campaign_performance(first_day date DEFAULT NULL, last_day date DEFAULT NULL) RETURNS TABLE (
	campaign_id bigint,
	campaign text,
	channel text,
	audience text,
	sends bigint,
	delivered bigint,
	clicked bigint,
	click_rate numeric,
	clicks bigint,
	human_clicks bigint,
	unique_clicks bigint,
	conversions bigint,
	revenue numeric,
	currency text,
	revenue_per_click numeric,
	revenue_per_unique_click numeric,
	click_to_conversion_rate numeric,
	opted_out bigint,
	opt_out_rate numeric,
	visitors visitor_sketch
)
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000 ROWS 100
BEGIN ATOMIC
	SELECT c.campaign_id, c.name, c.channel, c.audience,
		coalesce(p.sends, 0), coalesce(p.delivered, 0), coalesce(p.clicked, 0), p.click_rate,
		coalesce(p.clicks, 0), coalesce(p.human_clicks, 0), coalesce(p.unique_clicks, 0), coalesce(p.conversions, 0),
		CASE WHEN p.clicks IS NULL THEN 0.00 ELSE p.revenue END, p.currency, p.revenue_per_click,
		p.revenue_per_unique_click, p.click_to_conversion_rate, coalesce(p.opted_out, 0), p.opt_out_rate, p.visitors
	FROM campaign AS c
		LEFT JOIN performance_by('campaign', first_day, last_day) AS p ON p.campaign_id = c.campaign_id;
END;
COMMENT ON FUNCTION campaign_performance(date, date) IS
'the view campaign_performance for sends, clicks and conversions of the days from first_day to last_day, by UTC, both included (NULL: open)';

CREATE VIEW campaign_performance AS SELECT * FROM campaign_performance();
COMMENT ON VIEW campaign_performance IS 'a row a campaign: what was sent, who clicked, what it earned by the last touch within 30 days, who opted out; for a period: campaign_performance(first_day, last_day)';
COMMENT ON COLUMN campaign_performance.campaign_id IS 'number of the campaign';
COMMENT ON COLUMN campaign_performance.campaign IS 'its name';
COMMENT ON COLUMN campaign_performance.channel IS 'its channel';
COMMENT ON COLUMN campaign_performance.audience IS 'its audience; NULL: none';
COMMENT ON COLUMN campaign_performance.sends IS 'messages sent; recipients held out are not counted';
COMMENT ON COLUMN campaign_performance.delivered IS 'those that were delivered';
COMMENT ON COLUMN campaign_performance.clicked IS 'those that the recipient clicked on, as a person, within 30 days';
COMMENT ON COLUMN campaign_performance.click_rate IS 'clicked / delivered; NULL when none was delivered';
COMMENT ON COLUMN campaign_performance.clicks IS 'all clicks on its links, bots too';
COMMENT ON COLUMN campaign_performance.human_clicks IS 'clicks without a bot reason';
COMMENT ON COLUMN campaign_performance.unique_clicks IS 'distinct visitors among the human clicks: exact up to 128, then within some 1 %; unknown visitors are not counted';
COMMENT ON COLUMN campaign_performance.conversions IS 'conversions whose last touch is on one of its links; refunds are not counted';
COMMENT ON COLUMN campaign_performance.revenue IS 'what those earned, less refunds; 0 where there are none, NULL where several currencies meet';
COMMENT ON COLUMN campaign_performance.currency IS 'currency of the revenue; NULL without conversions or where several meet';
COMMENT ON COLUMN campaign_performance.revenue_per_click IS 'revenue / human_clicks; NULL without human clicks';
COMMENT ON COLUMN campaign_performance.revenue_per_unique_click IS 'revenue / unique_clicks; NULL without known visitors';
COMMENT ON COLUMN campaign_performance.click_to_conversion_rate IS 'conversions / human_clicks; NULL without human clicks';
COMMENT ON COLUMN campaign_performance.opted_out IS 'sends that the recipient answered by opting out of their channel within 30 days';
COMMENT ON COLUMN campaign_performance.opt_out_rate IS 'opted_out / delivered; NULL when none was delivered';
COMMENT ON COLUMN campaign_performance.visitors IS 'sketch of the visitors that unique_clicks counts, for visitor_sketch_merge() over several rows; NULL when there are none';

-- ---- channels ----

CREATE FUNCTION channel_performance(first_day date DEFAULT NULL, last_day date DEFAULT NULL) RETURNS TABLE (
	channel text,
	sends bigint,
	delivered bigint,
	clicked bigint,
	click_rate numeric,
	clicks bigint,
	human_clicks bigint,
	unique_clicks bigint,
	conversions bigint,
	revenue numeric,
	currency text,
	revenue_per_click numeric,
	revenue_per_unique_click numeric,
	click_to_conversion_rate numeric,
	opted_out bigint,
	opt_out_rate numeric,
	visitors visitor_sketch
)
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000 ROWS 100
BEGIN ATOMIC
	SELECT p.channel, p.sends, p.delivered, p.clicked, p.click_rate, p.clicks, p.human_clicks, p.unique_clicks,
		p.conversions, p.revenue, p.currency, p.revenue_per_click, p.revenue_per_unique_click,
		p.click_to_conversion_rate, p.opted_out, p.opt_out_rate, p.visitors
	FROM performance_by('channel', first_day, last_day) AS p;
END;
COMMENT ON FUNCTION channel_performance(date, date) IS
'the view channel_performance for sends, clicks and conversions of the days from first_day to last_day, by UTC, both included (NULL: open)';

CREATE VIEW channel_performance AS SELECT * FROM channel_performance();
COMMENT ON VIEW channel_performance IS 'a row a channel that has sends, clicks or conversions: what was sent, who clicked, what it earned by the last touch within 30 days, who opted out; for a period: channel_performance(first_day, last_day)';
COMMENT ON COLUMN channel_performance.channel IS 'channel of the sends and clicks; NULL: clicks without one';
COMMENT ON COLUMN channel_performance.sends IS 'messages sent; recipients held out are not counted';
COMMENT ON COLUMN channel_performance.delivered IS 'those that were delivered';
COMMENT ON COLUMN channel_performance.clicked IS 'those that the recipient clicked on, as a person, within 30 days';
COMMENT ON COLUMN channel_performance.click_rate IS 'clicked / delivered; NULL when none was delivered';
COMMENT ON COLUMN channel_performance.clicks IS 'all clicks, bots too';
COMMENT ON COLUMN channel_performance.human_clicks IS 'clicks without a bot reason';
COMMENT ON COLUMN channel_performance.unique_clicks IS 'distinct visitors among the human clicks: exact up to 128, then within some 1 %; unknown visitors are not counted';
COMMENT ON COLUMN channel_performance.conversions IS 'conversions whose last touch is a click of the channel; refunds are not counted';
COMMENT ON COLUMN channel_performance.revenue IS 'what those earned, less refunds; 0 where there are none, NULL where several currencies meet';
COMMENT ON COLUMN channel_performance.currency IS 'currency of the revenue; NULL without conversions or where several meet';
COMMENT ON COLUMN channel_performance.revenue_per_click IS 'revenue / human_clicks; NULL without human clicks';
COMMENT ON COLUMN channel_performance.revenue_per_unique_click IS 'revenue / unique_clicks; NULL without known visitors';
COMMENT ON COLUMN channel_performance.click_to_conversion_rate IS 'conversions / human_clicks; NULL without human clicks';
COMMENT ON COLUMN channel_performance.opted_out IS 'sends that the recipient answered by opting out of their channel within 30 days';
COMMENT ON COLUMN channel_performance.opt_out_rate IS 'opted_out / delivered; NULL when none was delivered';
COMMENT ON COLUMN channel_performance.visitors IS 'sketch of the visitors that unique_clicks counts, for visitor_sketch_merge() over several rows; NULL when there are none';

-- ---- audiences ----

CREATE FUNCTION audience_performance(first_day date DEFAULT NULL, last_day date DEFAULT NULL) RETURNS TABLE (
	audience text,
	sends bigint,
	delivered bigint,
	clicked bigint,
	click_rate numeric,
	clicks bigint,
	human_clicks bigint,
	unique_clicks bigint,
	conversions bigint,
	revenue numeric,
	currency text,
	revenue_per_click numeric,
	revenue_per_unique_click numeric,
	click_to_conversion_rate numeric,
	opted_out bigint,
	opt_out_rate numeric,
	visitors visitor_sketch
)
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000 ROWS 100
BEGIN ATOMIC
	SELECT p.audience, p.sends, p.delivered, p.clicked, p.click_rate, p.clicks, p.human_clicks, p.unique_clicks,
		p.conversions, p.revenue, p.currency, p.revenue_per_click, p.revenue_per_unique_click,
		p.click_to_conversion_rate, p.opted_out, p.opt_out_rate, p.visitors
	FROM performance_by('audience', first_day, last_day) AS p;
END;
COMMENT ON FUNCTION audience_performance(date, date) IS
'the view audience_performance for sends, clicks and conversions of the days from first_day to last_day, by UTC, both included (NULL: open)';

CREATE VIEW audience_performance AS SELECT * FROM audience_performance();
COMMENT ON VIEW audience_performance IS 'a row an audience whose campaigns have sends, clicks or conversions: what was sent, who clicked, what it earned by the last touch within 30 days, who opted out; for a period: audience_performance(first_day, last_day)';
COMMENT ON COLUMN audience_performance.audience IS 'audience of the campaign; NULL: campaigns without one, and links that are not there any more';
COMMENT ON COLUMN audience_performance.sends IS 'messages sent; recipients held out are not counted';
COMMENT ON COLUMN audience_performance.delivered IS 'those that were delivered';
COMMENT ON COLUMN audience_performance.clicked IS 'those that the recipient clicked on, as a person, within 30 days';
COMMENT ON COLUMN audience_performance.click_rate IS 'clicked / delivered; NULL when none was delivered';
COMMENT ON COLUMN audience_performance.clicks IS 'all clicks on links of its campaigns, bots too';
COMMENT ON COLUMN audience_performance.human_clicks IS 'clicks without a bot reason';
COMMENT ON COLUMN audience_performance.unique_clicks IS 'distinct visitors among the human clicks: exact up to 128, then within some 1 %; unknown visitors are not counted';
COMMENT ON COLUMN audience_performance.conversions IS 'conversions whose last touch is on a link of one of its campaigns; refunds are not counted';
COMMENT ON COLUMN audience_performance.revenue IS 'what those earned, less refunds; 0 where there are none, NULL where several currencies meet';
COMMENT ON COLUMN audience_performance.currency IS 'currency of the revenue; NULL without conversions or where several meet';
COMMENT ON COLUMN audience_performance.revenue_per_click IS 'revenue / human_clicks; NULL without human clicks';
COMMENT ON COLUMN audience_performance.revenue_per_unique_click IS 'revenue / unique_clicks; NULL without known visitors';
COMMENT ON COLUMN audience_performance.click_to_conversion_rate IS 'conversions / human_clicks; NULL without human clicks';
COMMENT ON COLUMN audience_performance.opted_out IS 'sends that the recipient answered by opting out of their channel within 30 days';
COMMENT ON COLUMN audience_performance.opt_out_rate IS 'opted_out / delivered; NULL when none was delivered';
COMMENT ON COLUMN audience_performance.visitors IS 'sketch of the visitors that unique_clicks counts, for visitor_sketch_merge() over several rows; NULL when there are none';

