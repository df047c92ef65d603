-- ---------------------------------------------------------------------------
-- Origins: where a click came from, telling no person
-- ---------------------------------------------------------------------------

CREATE FUNCTION click_origin(agent_id integer, ip inet) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION click_origin(integer, inet) IS
'a number of yours for the user agent, 1 to 65535 (0 or NULL is none), and the network of an address, whose netmask does not count: the /24 of an IPv4 one, also of one within IPv6, the /47 of an IPv6 one, NULL is none; NULL when both are none; negative for agents from 32768';

CREATE FUNCTION origin_agent(origin bigint) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION origin_agent(bigint) IS 'the agent_id of an origin, 1 to 65535; NULL when there is none';

CREATE FUNCTION origin_network(origin bigint) RETURNS cidr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION origin_network(bigint) IS 'the network of an origin, an IPv4 /24 or an IPv6 /47; NULL when there is none; bits that click_origin does not set are an error';

