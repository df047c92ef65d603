-- ---------------------------------------------------------------------------
-- The ways to a conversion, the most frequent first
-- ---------------------------------------------------------------------------

CREATE FUNCTION path_top(first_day date DEFAULT NULL, last_day date DEFAULT NULL) RETURNS TABLE (
	path text[],
	path_text text,
	currency text,
	conversions bigint,
	revenue numeric,
	revenue_per_conversion numeric,
	share numeric,
	"rank" bigint
)
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000 ROWS 1000
BEGIN ATOMIC
	SELECT t.path, coalesce(nullif(array_to_string(t.path, ' > '), ''), '(unattributed)'), t.currency, t.conversions, t.revenue,
		rate(t.revenue, t.conversions),
		rate(t.conversions, sum(t.conversions) OVER (PARTITION BY t.currency)),
		rank() OVER (PARTITION BY t.currency ORDER BY t.conversions DESC, t.revenue DESC)
	FROM (
		SELECT p.path, p.currency, sum(p.conversions)::bigint AS conversions, two_decimals(sum(p.revenue)) AS revenue
		FROM path_cells(first_day, last_day) AS p
		GROUP BY 1, 2
	) AS t;
END;
COMMENT ON FUNCTION path_top(date, date) IS
'the view path_top for the conversions of the days from first_day to last_day, by UTC, both included (NULL: open)';

CREATE VIEW path_top AS SELECT * FROM path_top();
COMMENT ON VIEW path_top IS 'the channels that led to conversions within 30 days, one after the other, and how often each way was taken, in each currency; for a period: path_top(first_day, last_day)';
COMMENT ON COLUMN path_top.path IS 'channels of the visitor''s clicks in their order, without repeats; (none): clicks without a channel; {}: no click';
COMMENT ON COLUMN path_top.path_text IS 'the same as text, such as sms > email; (unattributed): no click';
COMMENT ON COLUMN path_top.currency IS 'currency of the revenue';
COMMENT ON COLUMN path_top.conversions IS 'conversions at the end of this path; refunds are not counted';
COMMENT ON COLUMN path_top.revenue IS 'what those earned, less refunds';
COMMENT ON COLUMN path_top.revenue_per_conversion IS 'revenue / conversions; NULL without conversions';
COMMENT ON COLUMN path_top.share IS 'of all conversions in this currency; NULL when there are none';
COMMENT ON COLUMN path_top."rank" IS 'place among the paths of this currency, by conversions and then revenue; equal ones share it';
