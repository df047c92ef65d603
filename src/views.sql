-- ---------------------------------------------------------------------------
-- Views
-- ---------------------------------------------------------------------------

CREATE VIEW clicks AS
SELECT clicked_at(event) AS clicked_at,
	link_id(event) AS link_id,
	visitor_id(event) AS visitor_id,
	channel(event) AS channel,
	country(event) AS country,
	device(event) AS device,
	os(event) AS os,
	browser(event) AS browser,
	variant(event) AS variant,
	destination(event) AS destination,
	referrer_id(event) AS referrer_id,
	bot_reasons(event) AS bot_reasons,
	is_bot(event) AS is_bot,
	known(event) AS known,
	event
FROM click;
COMMENT ON VIEW clicks IS 'the clicks, a column a field';
COMMENT ON COLUMN clicks.clicked_at IS 'when the click happened';
COMMENT ON COLUMN clicks.link_id IS 'the link that was clicked';
COMMENT ON COLUMN clicks.visitor_id IS 'who clicked; NULL when unknown';
COMMENT ON COLUMN clicks.channel IS 'sms, email, push, in_app, web, qr or other';
COMMENT ON COLUMN clicks.country IS 'two-letter code of ISO 3166-1';
COMMENT ON COLUMN clicks.device IS 'phone, tablet, desktop, tv, wearable, console or other';
COMMENT ON COLUMN clicks.os IS 'operating system';
COMMENT ON COLUMN clicks.browser IS 'browser or in-app browser';
COMMENT ON COLUMN clicks.variant IS 'variant of an A/B test';
COMMENT ON COLUMN clicks.destination IS 'where the click led: web or app';
COMMENT ON COLUMN clicks.referrer_id IS 'number of the referring site';
COMMENT ON COLUMN clicks.bot_reasons IS 'why the click is not a person''s; empty for a person';
COMMENT ON COLUMN clicks.is_bot IS 'whether there is any bot reason';
COMMENT ON COLUMN clicks.known IS 'whether the visitor is a known user';
COMMENT ON COLUMN clicks.event IS 'the click as click_event';

CREATE VIEW link_performance AS
WITH clicked AS (
	SELECT link_id(event) AS link_id,
		count(*) AS clicks,
		count(*) FILTER (WHERE NOT is_bot(event)) AS human_clicks,
		unique_clicks(event) FILTER (WHERE NOT is_bot(event)) AS unique_clicks
	FROM identified_click
	GROUP BY link_id(event)
), converted AS (
	-- the last touch gets all, so its revenue needs no rounding to a scale
	SELECT link_id,
		count(*) FILTER (WHERE revenue >= 0) AS conversions,
		CASE WHEN count(DISTINCT currency) = 1 THEN sum(revenue) END AS revenue,
		CASE WHEN count(DISTINCT currency) = 1 THEN min(currency) END AS currency
	FROM attribute('{last_touch}', keep_unattributed => false)
	GROUP BY link_id
)
SELECT l.link_id,
	l.domain,
	l.code,
	l.url,
	l.campaign_id,
	c.name AS campaign,
	l.channel,
	coalesce(clicked.clicks, 0) AS clicks,
	coalesce(clicked.human_clicks, 0) AS human_clicks,
	coalesce(clicked.unique_clicks, 0) AS unique_clicks,
	coalesce(converted.conversions, 0) AS conversions,
	CASE WHEN converted.link_id IS NULL THEN 0 ELSE converted.revenue END AS revenue,
	converted.currency,
	rate(CASE WHEN converted.link_id IS NULL THEN 0 ELSE converted.revenue END, clicked.human_clicks) AS revenue_per_click,
	rate(coalesce(converted.conversions, 0), clicked.human_clicks) AS click_to_conversion_rate
FROM link l
	JOIN campaign c USING (campaign_id)
	LEFT JOIN clicked USING (link_id)
	LEFT JOIN converted USING (link_id);
COMMENT ON VIEW link_performance IS 'a row a link: clicks, who clicked and what it earned by the last touch within 30 days';
COMMENT ON COLUMN link_performance.link_id IS 'number of the link';
COMMENT ON COLUMN link_performance.domain IS 'host name of the short link';
COMMENT ON COLUMN link_performance.code IS 'its short code';
COMMENT ON COLUMN link_performance.url IS 'where it leads';
COMMENT ON COLUMN link_performance.campaign_id IS 'number of its campaign';
COMMENT ON COLUMN link_performance.campaign IS 'name of its campaign';
COMMENT ON COLUMN link_performance.channel IS 'its channel';
COMMENT ON COLUMN link_performance.clicks IS 'all clicks, bots too';
COMMENT ON COLUMN link_performance.human_clicks IS 'clicks without a bot reason';
COMMENT ON COLUMN link_performance.unique_clicks IS 'distinct visitors among the human clicks; unknown visitors are not counted';
COMMENT ON COLUMN link_performance.conversions IS 'conversions whose last touch is on this link; refunds are not counted';
COMMENT ON COLUMN link_performance.revenue IS 'what those earned, less refunds; NULL where several currencies meet';
COMMENT ON COLUMN link_performance.currency IS 'currency of the revenue; NULL without revenue or where several meet';
COMMENT ON COLUMN link_performance.revenue_per_click IS 'revenue / human_clicks; NULL without human clicks';
COMMENT ON COLUMN link_performance.click_to_conversion_rate IS 'conversions / human_clicks; NULL without human clicks';
