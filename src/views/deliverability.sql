-- ---------------------------------------------------------------------------
-- What is delivered, and why what is not
-- ---------------------------------------------------------------------------

CREATE FUNCTION deliverability(first_day date DEFAULT NULL, last_day date DEFAULT NULL) RETURNS TABLE (
	campaign_id bigint,
	campaign text,
	channel text,
	sent bigint,
	delivered bigint,
	failed bigint,
	pending bigint,
	delivery_rate numeric,
	failure_rate numeric,
	top_failure text
)
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 1000
BEGIN ATOMIC
	SELECT d.campaign_id, c.name, d.channel, d.sent, d.delivered, d.failed, d.sent - d.delivered - d.failed,
		rate(d.delivered, d.sent), rate(d.failed, d.sent), d.top_failure
	FROM (
		SELECT f.campaign_id, f.channel, sum(f.sent)::bigint AS sent, sum(f.delivered)::bigint AS delivered, sum(f.failed)::bigint AS failed,
			(array_agg(f.failure ORDER BY f.failed DESC, f.failure COLLATE "C") FILTER (WHERE f.failure IS NOT NULL))[1] AS top_failure
		FROM (
			-- by failure first: few rows are left to put in order
			SELECT s.campaign_id, s.channel, CASE WHEN s.failed_at IS NOT NULL AND s.delivered_at IS NULL THEN s.failure END AS failure,
				count(*) AS sent, count(s.delivered_at) AS delivered, count(s.failed_at) FILTER (WHERE s.delivered_at IS NULL) AS failed
			FROM send AS s
			WHERE NOT s.holdout
				AND (first_day IS NULL OR s.sent_at >= day_start(first_day))
				AND (last_day IS NULL OR s.sent_at < day_start(last_day + 1))
			GROUP BY 1, 2, 3
		) AS f
		GROUP BY f.campaign_id, f.channel
	) AS d
		LEFT JOIN campaign AS c ON c.campaign_id = d.campaign_id;
END;
COMMENT ON FUNCTION deliverability(date, date) IS 'the view deliverability of the sends from first_day to last_day by UTC, both included; NULL: open';

CREATE VIEW deliverability AS SELECT * FROM deliverability();
COMMENT ON VIEW deliverability IS 'what was delivered and what was not, a row a campaign and channel of the sends; holdouts are not in it';
COMMENT ON COLUMN deliverability.campaign_id IS 'number of the campaign';
COMMENT ON COLUMN deliverability.campaign IS 'its name';
COMMENT ON COLUMN deliverability.channel IS 'channel of the sends';
COMMENT ON COLUMN deliverability.sent IS 'messages sent';
COMMENT ON COLUMN deliverability.delivered IS 'those that were delivered, also after a failure';
COMMENT ON COLUMN deliverability.failed IS 'those that failed and were not delivered';
COMMENT ON COLUMN deliverability.pending IS 'those of which neither is known';
COMMENT ON COLUMN deliverability.delivery_rate IS 'delivered / sent';
COMMENT ON COLUMN deliverability.failure_rate IS 'failed / sent';
COMMENT ON COLUMN deliverability.top_failure IS 'the most frequent failure of those that failed, in the provider''s words, of equally frequent ones the first in the order of their bytes; NULL when none is known';
