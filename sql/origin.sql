SET search_path = clicktrack, public;

CREATE FUNCTION pg_temp.error_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END
$$;

-- origins are stored: these must never change
SELECT agent_id, ip, to_hex(click_origin(agent_id, ip)) AS origin, origin_agent(click_origin(agent_id, ip)), origin_network(click_origin(agent_id, ip))
FROM unnest('{NULL,0,1,32768,65535}'::integer[]) AS agent_id, unnest('{NULL,192.0.2.99,2001:db8:abcd:ef01::1}'::inet[]) AS ip;

-- the netmask does not count, an IPv4 address within IPv6 is the IPv4 one, families don't mix
SELECT ip, click_origin(NULL, ip), origin_network(click_origin(NULL, ip))
FROM unnest('{0.0.0.0,0.0.0.0/0,255.255.255.255,192.0.2.99/1,192.0.2.99/31,::,::1,::ffff:0.0.0.0,::ffff:192.0.2.99,::ffff:192.0.2.99/3,::fffe:192.0.2.99,::ffff:0:0:0,
	ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,8000::,2001:db8:2::1,2001:db8:3::1,2001:db8:4::1,2001:db8:3::1/0}'::inet[]) AS ip;
-- a network is its own network
SELECT bool_and(click_origin(5, n) = click_origin(5, ip)) AS same
FROM unnest('{0.0.0.0,192.0.2.99,::,2001:db8:3::1}'::inet[]) AS ip, LATERAL origin_network(click_origin(5, ip)) AS n;
SELECT pg_typeof(origin_network(click_origin(1, '192.0.2.99')));

-- errors and NULLs
SELECT agent_id, pg_temp.error_of(format('SELECT clicktrack.click_origin(%s, NULL)', agent_id)) AS error
FROM unnest('{-1,65536,-2147483648,2147483647}'::integer[]) AS agent_id;
SELECT origin, to_hex(origin), origin_agent(origin), pg_temp.error_of(format('SELECT clicktrack.origin_network(%L)', origin)) AS error
FROM unnest(ARRAY[0, 1, 16777215, 16777216, 33554431, 33554432, 50331648, 140737488355327, 140737488355328, 281474976710655, 281474976710656, 281474976710657,
	-1, -140737488355328, -281474976710656, -281474976710655, 9223372036854775807, -9223372036854775808]::bigint[]) AS origin;
SELECT click_origin(65536, '192.0.2.1');
SELECT origin_network(1);
SELECT click_origin(NULL, NULL), click_origin(0, NULL), origin_agent(NULL), origin_network(NULL), origin_agent(0), origin_network(0);
