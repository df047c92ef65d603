-- ---------------------------------------------------------------------------
-- Rates
-- ---------------------------------------------------------------------------

CREATE FUNCTION rate(numerator numeric, denominator numeric) RETURNS numeric
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN numerator / nullif(denominator, 0);
COMMENT ON FUNCTION rate(numeric, numeric) IS 'numerator / denominator; NULL when the denominator is 0 or either is NULL';

