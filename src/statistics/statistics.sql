-- ---------------------------------------------------------------------------
-- Statistics: rates, their differences, and what is out of the ordinary
-- ---------------------------------------------------------------------------

CREATE FUNCTION rate(numerator numeric, denominator numeric) RETURNS numeric
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN numerator / nullif(denominator, 0);
COMMENT ON FUNCTION rate(numeric, numeric) IS 'numerator / denominator; NULL when the denominator is 0 or either is NULL';

CREATE FUNCTION wilson_interval(
	n bigint,
	hits bigint,
	confidence float8 DEFAULT 0.95,
	OUT rate float8,
	OUT lower float8,
	OUT upper float8
)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION wilson_interval(bigint, bigint, float8) IS
'the rate hits / n and its interval by Wilson''s score method, always within 0 and 1; NULL when n is 0; hits outside of 0 to n, or a confidence not between 0 and 1, is an error';

CREATE FUNCTION two_proportions(
	a_n bigint,
	a_hits bigint,
	b_n bigint,
	b_hits bigint,
	confidence float8 DEFAULT 0.95,
	OUT difference float8,
	OUT lower float8,
	OUT upper float8,
	OUT z float8,
	OUT p float8
)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION two_proportions(bigint, bigint, bigint, bigint, float8) IS
'the rate a_hits / a_n less the rate b_hits / b_n, its interval by Newcombe''s method 10 (of Wilson''s intervals, always within -1 and 1), and the test that both rates are the same: z with the pooled rate, without continuity correction, and its two-sided p; NULL when a_n or b_n is 0, z and p also when neither group or all of both hit; hits outside of 0 to n, or a confidence not between 0 and 1, is an error';

CREATE FUNCTION lift(
	treated_n bigint,
	treated_hits bigint,
	control_n bigint,
	control_hits bigint,
	confidence float8 DEFAULT 0.95,
	OUT lift float8,
	OUT lower float8,
	OUT upper float8,
	OUT incremental float8,
	OUT z float8,
	OUT p float8
)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION lift(bigint, bigint, bigint, bigint, float8) IS
'the treated rate / the control rate - 1; its interval by the logarithm of the ratio (Katz), or, when a group has no hit or all of both hit, by Koopman''s score method; incremental: the treated hits less what as many trials would have at the control rate; z and p as of two_proportions; all NULL when treated_n or control_n is 0; without control hits lift and upper are NULL (there is no upper limit), without any hit lower, too; hits outside of 0 to n, or a confidence not between 0 and 1, is an error';

CREATE FUNCTION sample_ratio_p(a_n bigint, b_n bigint, a_share float8 DEFAULT 0.5) RETURNS float8
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION sample_ratio_p(bigint, bigint, float8) IS
'the probability that groups a and b get sizes at least as far from the shares a_share and 1 - a_share by chance: chi-square with one degree of freedom, or, where less than 5 are expected in a group, the exact binomial test (the probability of all sizes no more probable than these); NULL when both are 0; a negative size, or a share not between 0 and 1, is an error';

CREATE FUNCTION anomaly_score(value float8, history float8[]) RETURNS float8
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION anomaly_score(float8, float8[]) IS
'how far a value is from the median of a history, in robust standard deviations: 0.6745 (value - median) / median absolute deviation, or, when that is 0, (value - median) / (1.253314 mean absolute deviation), or, when that is 0, too, NULL; beyond 3.5 counts as an outlier; NULLs in the history are left out, an empty one gives NULL, of several dimensions all elements count; NaN and infinities are an error';

CREATE FUNCTION poisson_tail(count bigint, expected float8) RETURNS float8
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION poisson_tail(bigint, float8) IS
'the probability that chance alone gives this count or more of independent events, when so many are expected (the tail of the Poisson distribution); a negative count, or an expected one that is negative or not finite, is an error';

