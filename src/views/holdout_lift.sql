-- ---------------------------------------------------------------------------
-- What campaigns bring about: those who got them beside those held out
-- ---------------------------------------------------------------------------

CREATE FUNCTION holdout_lift(first_day date DEFAULT NULL, last_day date DEFAULT NULL) RETURNS TABLE (
	campaign_id bigint,
	campaign text,
	treated bigint,
	treated_converted bigint,
	treated_rate numeric,
	holdout bigint,
	holdout_converted bigint,
	holdout_rate numeric,
	lift float8,
	lift_lower float8,
	lift_upper float8,
	incremental float8,
	p_value float8,
	holdout_share float8,
	sample_ratio_p float8
)
	LANGUAGE sql STABLE PARALLEL SAFE COST 10000 ROWS 1000
BEGIN ATOMIC
	SELECT t.campaign_id, c.name, t.treated, t.treated_converted, rate(t.treated_converted, t.treated),
		t.holdout, t.holdout_converted, rate(t.holdout_converted, t.holdout),
		l.lift, l.lower, l.upper, l.incremental, l.p, c.holdout_share, sample_ratio_p(t.holdout, t.treated, c.holdout_share)
	FROM (
		SELECT r.campaign_id,
			coalesce(sum(r.sends) FILTER (WHERE NOT r.holdout), 0)::bigint AS treated,
			coalesce(sum(r.converted) FILTER (WHERE NOT r.holdout), 0)::bigint AS treated_converted,
			sum(r.sends) FILTER (WHERE r.holdout)::bigint AS holdout,
			sum(r.converted) FILTER (WHERE r.holdout)::bigint AS holdout_converted
		FROM response_cells(first_day, last_day) AS r
		GROUP BY r.campaign_id
	) AS t
		CROSS JOIN LATERAL lift(t.treated, t.treated_converted, t.holdout, t.holdout_converted) AS l
		LEFT JOIN campaign AS c ON c.campaign_id = t.campaign_id
	WHERE t.holdout IS NOT NULL;
END;
COMMENT ON FUNCTION holdout_lift(date, date) IS 'the view holdout_lift of the sends from first_day to last_day by UTC, both included; NULL: open';

CREATE VIEW holdout_lift AS SELECT * FROM holdout_lift();
COMMENT ON VIEW holdout_lift IS 'what campaigns added to conversions, a row a campaign that has holdouts: those it was sent to, whether delivered or not, beside those held out, by conversions within 30 days of the send, whatever led to them; intervals are of 95 %';
COMMENT ON COLUMN holdout_lift.campaign_id IS 'number of the campaign';
COMMENT ON COLUMN holdout_lift.campaign IS 'its name';
COMMENT ON COLUMN holdout_lift.treated IS 'messages sent';
COMMENT ON COLUMN holdout_lift.treated_converted IS 'those whose recipient converted; refunds are not counted';
COMMENT ON COLUMN holdout_lift.treated_rate IS 'treated_converted / treated; NULL when none was sent';
COMMENT ON COLUMN holdout_lift.holdout IS 'recipients held out, each time they were';
COMMENT ON COLUMN holdout_lift.holdout_converted IS 'those of them who converted; refunds are not counted';
COMMENT ON COLUMN holdout_lift.holdout_rate IS 'holdout_converted / holdout';
COMMENT ON COLUMN holdout_lift.lift IS 'treated_rate / holdout_rate - 1; NULL when none was sent or nobody held out converted';
COMMENT ON COLUMN holdout_lift.lift_lower IS 'lower end of the interval of lift, -1 or more; NULL when none was sent or nobody converted';
COMMENT ON COLUMN holdout_lift.lift_upper IS 'upper end of the interval of lift; NULL when none was sent or nobody held out converted';
COMMENT ON COLUMN holdout_lift.incremental IS 'treated_converted less what there would be at holdout_rate; NULL when none was sent';
COMMENT ON COLUMN holdout_lift.p_value IS 'probability of rates at least as far apart if the campaign did nothing; NULL when none was sent, or nobody or everybody converted';
COMMENT ON COLUMN holdout_lift.holdout_share IS 'share that was to be held out, of create_campaign(); NULL: not told';
COMMENT ON COLUMN holdout_lift.sample_ratio_p IS 'probability of groups at least as far from holdout_share by chance: below 0.001 something is wrong with who is held out; NULL without holdout_share';
