-- ---------------------------------------------------------------------------
-- The store: who may do what
--
-- Nobody may do anything with the store at first. This view is the one place that says
-- who may do what; grant_access, revoke_access and the tests read it.
-- ---------------------------------------------------------------------------

CREATE VIEW access_rules AS
WITH rule (access, privilege, kind, names) AS (
	VALUES
	-- analysts read, but not who a recipient is; the toolkit and attribute() are everyone's
	('analyst', 'SELECT', 'view', NULL),
	('analyst', 'SELECT', 'table', '{campaign, link, click, agent, referrer, send, opt_out, conversion, engagement, visitor_alias}'),
	('analyst', 'SELECT', 'table', '{click_default, rollup_state, rollup_change, click_hourly, click_daily, device_hourly, device_daily, bot_daily}'),
	('analyst', 'SELECT', 'table', '{credit_daily, path_daily, response_daily, cohort_monthly}'),
	('analyst', 'SELECT (recipient_id, audience, consent, created_at)', 'table', '{recipient}'),
	-- services write, by functions and into the inbox, and read nothing
	('service', 'EXECUTE', 'routine', '{create_campaign, create_link, create_links, update_link, visit, identify}'),
	('service', 'EXECUTE', 'routine', '{record_clicks, record_visits, record_inbox, record_recipients, record_sends, record_deliveries}'),
	('service', 'EXECUTE', 'routine', '{record_opt_outs, record_engagement, record_conversions, revise_conversions}'),
	('service', 'INSERT', 'table', '{click_inbox}'),
	-- admins do both, run the store, and read all but its secrets
	('admin', 'EXECUTE', 'routine', '{maintain, refresh_rollups, clear_rollups, create_click_partitions, apply_aliases, reclassify, flag_visitor, rotate_short_code_key}'),
	('admin', 'EXECUTE', 'routine', '{set_policy, set_retention, set_domain, set_taxonomy, drop_taxonomy, set_bot_threshold, add_bot_rule, drop_bot_rule}'),
	('admin', 'EXECUTE', 'routine', '{erase_visitor, erase_visitors, grant_access, revoke_access}'),
	('admin', 'SELECT', 'table', NULL)
), member AS (
	SELECT CASE relkind WHEN 'v' THEN 'view' ELSE 'table' END AS kind, relname AS name,
		format('TABLE %I.%I', nspname, relname) AS object
	FROM pg_depend JOIN pg_class AS c ON classid = 'pg_class'::regclass AND objid = c.oid
		JOIN pg_namespace AS n ON n.oid = relnamespace
	WHERE relkind IN ('r', 'p', 'v') AND deptype = 'e' AND refclassid = 'pg_extension'::regclass
		AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'clicktrack')
	UNION ALL
	SELECT 'routine', proname, format('ROUTINE %I.%I(%s)', nspname, proname, oidvectortypes(proargtypes))
	FROM pg_depend JOIN pg_proc AS p ON classid = 'pg_proc'::regclass AND objid = p.oid
		JOIN pg_namespace AS n ON n.oid = pronamespace
	WHERE deptype = 'e' AND refclassid = 'pg_extension'::regclass
		AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'clicktrack')
)
SELECT DISTINCT a.access, r.privilege, m.object
FROM (VALUES ('analyst', 'analyst'), ('service', 'service'), ('admin', 'analyst'), ('admin', 'service'), ('admin', 'admin'))
		AS a(access, has)
	JOIN rule AS r ON r.access = a.has
	JOIN member AS m ON m.kind = r.kind
		AND (m.name = ANY (r.names::text[]) OR (r.names IS NULL AND m.name NOT IN ('short_code_key', 'visitor_salt')));
COMMENT ON VIEW access_rules IS 'what grant_access() grants, a row an object';
COMMENT ON COLUMN access_rules.access IS 'analyst, service or admin';
COMMENT ON COLUMN access_rules.privilege IS 'the privilege, in the words of GRANT';
COMMENT ON COLUMN access_rules.object IS 'the object, in the words of GRANT';

CREATE FUNCTION check_grantee(role name) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF role IS NULL THEN
		RAISE EXCEPTION 'a role is needed, not NULL' USING ERRCODE = 'null_value_not_allowed';
	ELSIF NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = role) THEN
		RAISE EXCEPTION 'role "%" does not exist', role
			USING ERRCODE = 'undefined_object', HINT = 'Create it with CREATE ROLE.';
	ELSIF role = current_user THEN
		RAISE EXCEPTION 'role "%" owns clicktrack and has all access', role
			USING ERRCODE = 'invalid_grant_operation';
	END IF;
END
$$;
COMMENT ON FUNCTION check_grantee(name) IS 'error when access can neither be granted to the role nor revoked from it';
REVOKE EXECUTE ON FUNCTION check_grantee(name) FROM PUBLIC;

CREATE FUNCTION grant_access(role name, access text) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	rule record;
BEGIN
	PERFORM clicktrack.check_grantee(role);
	IF access IS NULL OR access NOT IN ('analyst', 'service', 'admin') THEN
		RAISE EXCEPTION 'unknown access: %', quote_nullable(access)
			USING ERRCODE = 'invalid_parameter_value', HINT = 'It is analyst, service or admin.';
	END IF;
	-- one session at a time: GRANTs on one object fail instead of waiting for each other
	LOCK TABLE clicktrack.policy IN SHARE ROW EXCLUSIVE MODE;
	FOR rule IN SELECT r.privilege, r.object FROM clicktrack.access_rules AS r WHERE r.access = grant_access.access LOOP
		EXECUTE format('GRANT %s ON %s TO %I', rule.privilege, rule.object, role);
	END LOOP;
END
$$;
COMMENT ON FUNCTION grant_access(name, text) IS
'grants a role what analysts, services or admins need of clicktrack (access: analyst, service or admin; see the view access_rules), besides what it has; again after an update of clicktrack, for what is new';
REVOKE EXECUTE ON FUNCTION grant_access(name, text) FROM PUBLIC;

CREATE FUNCTION revoke_access(role name) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	object text;
BEGIN
	PERFORM clicktrack.check_grantee(role);
	LOCK TABLE clicktrack.policy IN SHARE ROW EXCLUSIVE MODE;
	FOR object IN SELECT DISTINCT r.object FROM clicktrack.access_rules AS r LOOP
		EXECUTE format('REVOKE ALL ON %s FROM %I', object, role);
	END LOOP;
END
$$;
COMMENT ON FUNCTION revoke_access(name) IS
'revokes from a role all that grant_access() granted it, whichever access that was';
REVOKE EXECUTE ON FUNCTION revoke_access(name) FROM PUBLIC;
