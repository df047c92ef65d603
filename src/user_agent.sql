-- ---------------------------------------------------------------------------
-- User agents
-- ---------------------------------------------------------------------------

CREATE FUNCTION parse_user_agent(
	user_agent text,
	OUT device text,
	OUT os text,
	OUT browser text,
	OUT is_bot boolean
)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION parse_user_agent(text) IS
'device, os and browser as click_event names them (other when unknown, NULL for an empty text) and whether a program rather than a person sent it';

