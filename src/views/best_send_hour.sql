-- ---------------------------------------------------------------------------
-- When to send
--
-- An hour's rate x / n of few messages says little, so it borrows from the hours beside it
-- and from all hours (empirical Bayes):
--
--     smoothed = (sum of w x + m r) / (sum of w n + m)
--
-- over the hour (w = 1) and the ones before and after (w = 1/2), around midnight, too. r is the
-- rate of all hours and m, in messages, how much that weighs: what a beta distribution of the
-- hours' true rates has, by the method of moments (Kleinman 1973, Proportions with extraneous
-- variance, JASA 68:46-54, with weights n). Over k hours with N messages, m = 1 / rho - 1,
--
--     rho = (sum of n (x / n - r)^2 / (r (1 - r)) - (k - 1)) / (N - sum of n^2 / N - (k - 1))
--
-- kept from 1 to N, and N where it cannot be told: hours that differ no more than by chance all
-- come close to r. What is equal but for the last digits of a division is rounded to be equal.
-- ---------------------------------------------------------------------------

CREATE FUNCTION best_send_hour(first_day date DEFAULT NULL, last_day date DEFAULT NULL) RETURNS TABLE (
	audience text,
	channel text,
	hour integer,
	delivered bigint,
	clicked bigint,
	click_rate numeric,
	smoothed_rate numeric,
	is_best boolean
)
	LANGUAGE sql STABLE PARALLEL SAFE COST 10000 ROWS 1000
BEGIN ATOMIC
	WITH hourly AS (
		SELECT r.audience, r.channel, extract(hour FROM r.hour)::integer AS hour,
			sum(r.delivered) AS delivered, coalesce(sum(cardinality(r.delays)), 0) AS clicked
		FROM response_cells(first_day, last_day) AS r
		WHERE NOT r.holdout
		GROUP BY 1, 2, 3
		HAVING sum(r.delivered) > 0
	), pooled AS (
		SELECT h.audience, h.channel, (h.hour + b.step + 24) % 24 AS hour,
			sum(h.delivered) FILTER (WHERE b.step = 0) AS delivered,
			sum(h.clicked) FILTER (WHERE b.step = 0) AS clicked,
			sum(b.weight * h.delivered) AS near_delivered,
			sum(b.weight * h.clicked) AS near_clicked
		FROM hourly AS h CROSS JOIN (VALUES (-1, 0.5), (0, 1), (1, 0.5)) AS b(step, weight)
		GROUP BY 1, 2, 3
	), overall AS (
		SELECT p.*, sum(p.delivered) OVER everyone AS all_delivered, sum(p.clicked) OVER everyone AS all_clicked,
			rate(sum(p.clicked) OVER everyone, sum(p.delivered) OVER everyone) AS rate,
			count(p.delivered) OVER everyone - 1 AS freedom,
			sum(p.delivered * p.delivered) OVER everyone AS squares,
			sum(p.clicked * p.clicked / p.delivered) OVER everyone AS click_squares
		FROM pooled AS p
		WINDOW everyone AS (PARTITION BY p.audience, p.channel)
	), spread AS (
		SELECT o.*,
			rate(o.click_squares - o.all_clicked * o.rate, o.rate * (1 - o.rate)) - o.freedom AS excess,
			o.all_delivered - o.squares / o.all_delivered - o.freedom AS room
		FROM overall AS o
		WHERE o.delivered IS NOT NULL
	), smoothed AS (
		SELECT s.*, round((s.near_clicked + p.strength * s.rate) / (s.near_delivered + p.strength), 9) AS smoothed_rate
		FROM spread AS s
			CROSS JOIN LATERAL (SELECT CASE WHEN s.excess > 0 AND s.room > 0 THEN least(greatest(s.room / s.excess - 1, 1), s.all_delivered)
				ELSE s.all_delivered END AS strength) AS p
	)
	SELECT m.audience, m.channel, m.hour, m.delivered::bigint, m.clicked::bigint, rate(m.clicked, m.delivered), m.smoothed_rate,
		m.all_clicked > 0 AND row_number() OVER (PARTITION BY m.audience, m.channel ORDER BY m.smoothed_rate DESC, m.delivered DESC, m.hour) = 1
	FROM smoothed AS m;
END;
COMMENT ON FUNCTION best_send_hour(date, date) IS 'the view best_send_hour of the sends from first_day to last_day by UTC, both included; NULL: open';

CREATE VIEW best_send_hour AS SELECT * FROM best_send_hour();
COMMENT ON VIEW best_send_hour IS 'when messages get clicks, a row an audience, channel of the sends and hour of sending in which some were delivered; holdouts are not in it';
COMMENT ON COLUMN best_send_hour.audience IS 'the recipient''s audience, else the campaign''s; NULL: neither has one';
COMMENT ON COLUMN best_send_hour.channel IS 'channel of the sends';
COMMENT ON COLUMN best_send_hour.hour IS 'hour of sending, 0 to 23 in the session''s time zone; in one that is off by half an hour, the hour in which an hour by UTC begins';
COMMENT ON COLUMN best_send_hour.delivered IS 'messages delivered';
COMMENT ON COLUMN best_send_hour.clicked IS 'those of them whose recipient clicked on a link of the campaign within 30 days; bots are not counted';
COMMENT ON COLUMN best_send_hour.click_rate IS 'clicked / delivered';
COMMENT ON COLUMN best_send_hour.smoothed_rate IS 'click_rate smoothed, 0 to 1: together with half of each hour beside it, and drawn to the rate of all hours the more, the fewer messages there are and the less the hours differ beyond chance (empirical Bayes, beta prior by moments)';
COMMENT ON COLUMN best_send_hour.is_best IS 'whether smoothed_rate is the highest of the audience on the channel; of equal ones that with more messages, then the earlier; none where nobody clicked';

-- The shares of a recipient's clicks by hour have the shares of all recipients on the channel as
-- their prior (Dirichlet), with a weight of 24 clicks, as much as one an hour. Here, too, an hour
-- is taken together with the ones beside it: half of its clicks count for it, and a quarter for
-- each of these.
CREATE FUNCTION recipient_send_hour(first_day date DEFAULT NULL, last_day date DEFAULT NULL) RETURNS TABLE (
	recipient_id bigint,
	channel text,
	hour integer,
	clicks bigint,
	smoothed_share numeric,
	is_best boolean
)
	LANGUAGE sql STABLE PARALLEL SAFE COST 10000 ROWS 10000
BEGIN ATOMIC
	WITH hourly AS (
		SELECT r.recipient_id, channel(k.event) AS channel, extract(hour FROM clicked_at(k.event))::integer AS hour, count(*) AS clicks
		FROM click AS k
			LEFT JOIN visitor_alias AS a ON a.pending AND a.visitor_id = visitor_id(k.event)
			JOIN recipient AS r ON r.recipient_id = coalesce(a.known_id, visitor_id(k.event))
		WHERE NOT is_bot(k.event) AND isfinite(clicked_at(k.event))
			AND (first_day IS NULL OR clicked_at(k.event) >= day_start(first_day))
			AND (last_day IS NULL OR clicked_at(k.event) < day_start(last_day + 1))
		GROUP BY 1, 2, 3
	), everyone AS (
		-- near_clicks are those of the hour twice, and once those of the hours beside it
		SELECT h.channel, (h.hour + b.step + 24) % 24 AS hour, sum(b.weight * h.clicks) AS near_clicks,
			sum(sum(b.weight * h.clicks)) OVER (PARTITION BY h.channel) AS all_clicks
		FROM (SELECT y.channel, y.hour, sum(y.clicks) AS clicks FROM hourly AS y GROUP BY 1, 2) AS h
			CROSS JOIN (VALUES (-1, 1), (0, 2), (1, 1)) AS b(step, weight)
		GROUP BY 1, 2
	), near AS (
		SELECT h.recipient_id, h.channel, h.hour, h.clicks, sum(h.clicks) OVER person AS all_clicks,
			h.clicks + sum(h.clicks) OVER (PARTITION BY h.recipient_id, h.channel ORDER BY h.hour RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING)
				+ CASE h.hour WHEN 0 THEN coalesce(sum(h.clicks) FILTER (WHERE h.hour = 23) OVER person, 0)
					WHEN 23 THEN coalesce(sum(h.clicks) FILTER (WHERE h.hour = 0) OVER person, 0) ELSE 0 END AS near_clicks
		FROM hourly AS h
		WINDOW person AS (PARTITION BY h.recipient_id, h.channel)
	), smoothed AS (
		SELECT n.recipient_id, n.channel, n.hour, n.clicks,
			round((n.near_clicks / 4.0 + 24 * rate(e.near_clicks, e.all_clicks)) / (n.all_clicks + 24), 9) AS smoothed_share
		FROM near AS n
			-- a click may have no channel, but none has an empty one
			JOIN everyone AS e ON e.hour = n.hour AND coalesce(e.channel, '') = coalesce(n.channel, '')
	)
	SELECT m.recipient_id, m.channel, m.hour, m.clicks, m.smoothed_share,
		row_number() OVER (PARTITION BY m.recipient_id, m.channel ORDER BY m.smoothed_share DESC, m.clicks DESC, m.hour) = 1
	FROM smoothed AS m;
END;
COMMENT ON FUNCTION recipient_send_hour(date, date) IS 'the view recipient_send_hour of the clicks from first_day to last_day by UTC, both included; NULL: open';

CREATE VIEW recipient_send_hour AS SELECT * FROM recipient_send_hour();
COMMENT ON VIEW recipient_send_hour IS 'when each recipient clicks, a row a recipient, channel of the clicks and hour in which they clicked; bots are not counted';
COMMENT ON COLUMN recipient_send_hour.recipient_id IS 'number of the recipient';
COMMENT ON COLUMN recipient_send_hour.channel IS 'channel of the clicks; NULL: none';
COMMENT ON COLUMN recipient_send_hour.hour IS 'hour of the click, 0 to 23 in the session''s time zone';
COMMENT ON COLUMN recipient_send_hour.clicks IS 'clicks in that hour';
COMMENT ON COLUMN recipient_send_hour.smoothed_share IS 'share of the recipient''s clicks that are to be expected in that hour, 0 to 1: half of the clicks in it and a quarter of those in each hour beside it, together with 24 clicks spread as those of all recipients on the channel are, all / (clicks + 24)';
COMMENT ON COLUMN recipient_send_hour.is_best IS 'whether smoothed_share is the highest of the recipient on the channel; of equal ones that with more clicks, then the earlier';
