-- ---------------------------------------------------------------------------
-- The store: what is kept, for how long, and of whom
--
-- No table of the store has a row at first: CREATE EXTENSION before a restore must not
-- make rows that the dump brings, too. So what nobody has set is its column's default.
-- ---------------------------------------------------------------------------

CREATE TABLE policy (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	consent text NOT NULL DEFAULT 'full' CHECK (consent IN ('full', 'anonymous', 'none')),
	keep_origin boolean NOT NULL DEFAULT true,
	salt_rotation interval NOT NULL DEFAULT '1 day'
		CHECK (salt_rotation BETWEEN interval '1 hour' AND interval '1 year'),
	clicks_kept interval CHECK (clicks_kept >= interval '1 day'),
	months_ahead integer NOT NULL DEFAULT 3 CHECK (months_ahead BETWEEN 1 AND 120),
	-- providers report deliveries for as long as they try, which is hours, rarely days
	reclassify_days integer NOT NULL DEFAULT 3 CHECK (reclassify_days BETWEEN 0 AND 366)
);
COMMENT ON TABLE policy IS 'what is kept of clicks and visitors, in at most one row; without it each column''s default holds; set by set_policy() and set_retention()';
COMMENT ON COLUMN policy.one IS 'always true, so that there is one row';
COMMENT ON COLUMN policy.consent IS 'what is kept of a visitor whose consent nobody told: full, anonymous or none';
COMMENT ON COLUMN policy.keep_origin IS 'whether a click keeps its origin: the number of the masked user agent and the network without the host';
COMMENT ON COLUMN policy.salt_rotation IS 'how long an anonymous visitor is the same one, an hour to a year';
COMMENT ON COLUMN policy.clicks_kept IS 'age at which maintain() drops clicks, at least a day; NULL: kept for ever';
COMMENT ON COLUMN policy.months_ahead IS 'how many months of clicks maintain() creates partitions for, beyond the current one';
COMMENT ON COLUMN policy.reclassify_days IS 'clicks of how many days maintain() judges again, because deliveries and rules come late; 0: none';
SELECT pg_extension_config_dump('policy', '');

-- Backends keep policies, rules and salts in memory; whoever changes them tells all.
CREATE FUNCTION forget_cached_rows() RETURNS trigger
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION forget_cached_rows() FROM PUBLIC;
COMMENT ON FUNCTION forget_cached_rows() IS 'trigger that makes every session read the rows of its table again';
CREATE FUNCTION notice_people() RETURNS trigger
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE EXECUTE ON FUNCTION notice_people() FROM PUBLIC;
COMMENT ON FUNCTION notice_people() IS 'trigger that makes every session notice the first row of its table';
CREATE TRIGGER forget_cached_rows AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON policy
	FOR EACH STATEMENT EXECUTE FUNCTION forget_cached_rows();

CREATE FUNCTION set_policy(
	consent text DEFAULT NULL,
	keep_origin boolean DEFAULT NULL,
	salt_rotation interval DEFAULT NULL,
	months_ahead integer DEFAULT NULL,
	reclassify_days integer DEFAULT NULL
) RETURNS policy
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	result clicktrack.policy;
BEGIN
	INSERT INTO clicktrack.policy DEFAULT VALUES ON CONFLICT DO NOTHING;
	UPDATE clicktrack.policy AS p SET
		consent = coalesce(set_policy.consent, p.consent),
		keep_origin = coalesce(set_policy.keep_origin, p.keep_origin),
		salt_rotation = coalesce(set_policy.salt_rotation, p.salt_rotation),
		months_ahead = coalesce(set_policy.months_ahead, p.months_ahead),
		reclassify_days = coalesce(set_policy.reclassify_days, p.reclassify_days)
	RETURNING p.* INTO result;
	RETURN result;
END
$$;
REVOKE EXECUTE ON FUNCTION set_policy(text, boolean, interval, integer, integer) FROM PUBLIC;
COMMENT ON FUNCTION set_policy(text, boolean, interval, integer, integer) IS
'sets what is kept of visitors (see the table policy) and returns all of it; NULL leaves a setting as it is';

CREATE FUNCTION set_retention(clicks interval) RETURNS policy
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	result clicktrack.policy;
BEGIN
	IF clicks < interval '1 day' THEN
		RAISE EXCEPTION 'clicks cannot be kept for %', clicks
			USING ERRCODE = 'invalid_parameter_value', HINT = 'It is at least a day; NULL is for ever.';
	END IF;
	INSERT INTO clicktrack.policy DEFAULT VALUES ON CONFLICT DO NOTHING;
	UPDATE clicktrack.policy AS p SET clicks_kept = clicks RETURNING p.* INTO result;
	RETURN result;
END
$$;
REVOKE EXECUTE ON FUNCTION set_retention(interval) FROM PUBLIC;
COMMENT ON FUNCTION set_retention(interval) IS
'sets the age at which maintain() drops clicks, at least a day (NULL: never), and returns the policy';
