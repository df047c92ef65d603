-- ---------------------------------------------------------------------------
-- Revenue by attribution model
-- ---------------------------------------------------------------------------

CREATE FUNCTION revenue_by_model(first_day date DEFAULT NULL, last_day date DEFAULT NULL) RETURNS TABLE (
	campaign_id bigint,
	campaign text,
	channel text,
	currency text,
	first_touch numeric,
	last_touch numeric,
	linear numeric,
	position_based numeric,
	time_decay numeric,
	first_touch_conversions numeric,
	last_touch_conversions numeric,
	linear_conversions numeric,
	position_based_conversions numeric,
	time_decay_conversions numeric
)
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000 ROWS 1000
BEGIN ATOMIC
	SELECT t.campaign_id, coalesce(c.name, CASE WHEN t.touched THEN '(none)' ELSE '(unattributed)' END), c.channel, t.currency,
		two_decimals(coalesce(t.first_touch, 0)), two_decimals(coalesce(t.last_touch, 0)), two_decimals(coalesce(t.linear, 0)),
		two_decimals(coalesce(t.position_based, 0)), two_decimals(coalesce(t.time_decay, 0)),
		coalesce(round(t.first_touch_conversions::numeric, 6), 0), coalesce(round(t.last_touch_conversions::numeric, 6), 0),
		coalesce(round(t.linear_conversions::numeric, 6), 0), coalesce(round(t.position_based_conversions::numeric, 6), 0),
		coalesce(round(t.time_decay_conversions::numeric, 6), 0)
	FROM (
		SELECT l.campaign_id, a.link_id IS NOT NULL AS touched, a.currency,
			sum(a.revenue) FILTER (WHERE a.model = 'first_touch') AS first_touch,
			sum(a.revenue) FILTER (WHERE a.model = 'last_touch') AS last_touch,
			sum(a.revenue) FILTER (WHERE a.model = 'linear') AS linear,
			sum(a.revenue) FILTER (WHERE a.model = 'position_based') AS position_based,
			sum(a.revenue) FILTER (WHERE a.model = 'time_decay') AS time_decay,
			sum(a.conversions) FILTER (WHERE a.model = 'first_touch') AS first_touch_conversions,
			sum(a.conversions) FILTER (WHERE a.model = 'last_touch') AS last_touch_conversions,
			sum(a.conversions) FILTER (WHERE a.model = 'linear') AS linear_conversions,
			sum(a.conversions) FILTER (WHERE a.model = 'position_based') AS position_based_conversions,
			sum(a.conversions) FILTER (WHERE a.model = 'time_decay') AS time_decay_conversions
		FROM credit_cells(first_day, last_day) AS a
			LEFT JOIN link AS l ON l.link_id = a.link_id
		GROUP BY 1, 2, 3
	) AS t
		LEFT JOIN campaign AS c ON c.campaign_id = t.campaign_id;
END;
COMMENT ON FUNCTION revenue_by_model(date, date) IS
'the view revenue_by_model for the conversions of the days from first_day to last_day, by UTC, both included (NULL: open)';

CREATE VIEW revenue_by_model AS SELECT * FROM revenue_by_model();
COMMENT ON VIEW revenue_by_model IS 'what each campaign earned in each currency, by five attribution models with a lookback of 30 days, side by side; each column adds up to the revenue of all conversions in the currency; for a period: revenue_by_model(first_day, last_day)';
COMMENT ON COLUMN revenue_by_model.campaign_id IS 'number of the campaign; NULL for what is no campaign''s';
COMMENT ON COLUMN revenue_by_model.campaign IS 'its name; (unattributed): conversions without a click in the 30 days before; (none): clicks on links that are not there any more';
COMMENT ON COLUMN revenue_by_model.channel IS 'the campaign''s channel';
COMMENT ON COLUMN revenue_by_model.currency IS 'currency of the revenue';
COMMENT ON COLUMN revenue_by_model.first_touch IS 'revenue less refunds, all to the first click';
COMMENT ON COLUMN revenue_by_model.last_touch IS 'revenue less refunds, all to the last click';
COMMENT ON COLUMN revenue_by_model.linear IS 'revenue less refunds, the same to each click';
COMMENT ON COLUMN revenue_by_model.position_based IS 'revenue less refunds, 40 % to the first click, 40 % to the last, the rest to those in between';
COMMENT ON COLUMN revenue_by_model.time_decay IS 'revenue less refunds, half as much to a click for each 7 days that it is older';
COMMENT ON COLUMN revenue_by_model.first_touch_conversions IS 'conversions, shared like first_touch; refunds are not counted';
COMMENT ON COLUMN revenue_by_model.last_touch_conversions IS 'conversions, shared like last_touch; refunds are not counted';
COMMENT ON COLUMN revenue_by_model.linear_conversions IS 'conversions, shared like linear, 6 decimals; refunds are not counted';
COMMENT ON COLUMN revenue_by_model.position_based_conversions IS 'conversions, shared like position_based, 6 decimals; refunds are not counted';
COMMENT ON COLUMN revenue_by_model.time_decay_conversions IS 'conversions, shared like time_decay, 6 decimals; refunds are not counted';
