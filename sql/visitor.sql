SET search_path = clicktrack, public;

CREATE FUNCTION pg_temp.error_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END
$$;

-- anonymous visitors are counted by these numbers: they must never change
\set salt '''\\x000102030405060708090a0b0c0d0e0f''::bytea'
SELECT ip, quote_nullable(user_agent) AS user_agent, anonymous_visitor(ip, user_agent, :salt)
FROM unnest('{192.0.2.1,2001:db8:1:2:3:4:5:6}'::inet[]) AS ip, unnest('{Mozilla/5.0,"",NULL}'::text[]) AS user_agent;
SELECT anonymous_visitor('192.0.2.1', repeat('Mozilla ', 1000), decode(repeat('ab', 200), 'hex')) AS long;

-- whatever a netmask or an IPv6 spelling makes of it, an address is itself; IPv6 counts by household
SELECT string_agg(ip, ' ') AS same_visitor
FROM unnest('{192.0.2.1,192.0.2.1/0,192.0.2.1/24,::ffff:192.0.2.1,::ffff:192.0.2.1/1,192.0.2.2,::192.0.2.1,::fffe:192.0.2.1,::ffff:0:192.0.2.1,
	2001:db8:1:2::1,2001:db8:1:2:ffff:ffff:ffff:ffff,2001:db8:1:2::/64,2001:db8:1:2::/0,2001:db8:1:3::1,2001:db8:1:2:8000::,a001:db8:1:2::1}'::text[]) WITH ORDINALITY AS a(ip, n)
GROUP BY anonymous_visitor(ip::inet, 'Mozilla/5.0', :salt) ORDER BY min(n);
-- two parts of what is hashed are never taken for each other
SELECT count(DISTINCT anonymous_visitor(ip, user_agent, salt)) AS different
FROM (VALUES ('192.0.2.1'::inet, NULL, :salt), ('192.0.2.1', '', :salt), ('192.0.2.1', 'a', :salt), ('192.0.2.1', 'A', :salt), ('192.0.2.1', 'a ', :salt),
	('c000:201::', '', :salt), ('c000:201::', NULL, :salt), ('192.0.2.1', '', :salt || '\x01'), ('192.0.2.1', '', :salt || '\x02')) AS v(ip, user_agent, salt);
-- HMAC fills a key up with zeros, so salts should have one length
SELECT anonymous_visitor('192.0.2.1', '', :salt) = anonymous_visitor('192.0.2.1', '', :salt || '\x00') AS filled_up;

-- nobody to tell apart
SELECT anonymous_visitor(NULL, 'Mozilla/5.0', :salt) AS no_ip, anonymous_visitor('192.0.2.1', 'Mozilla/5.0', NULL) AS no_salt,
	anonymous_visitor(NULL, NULL, '') AS neither;
-- a short salt, which no message shows
SELECT length, pg_temp.error_of(format('SELECT clicktrack.anonymous_visitor(%L, NULL, decode(repeat(%L, %s), %L))', '192.0.2.1', '73', length, 'hex')) AS error
FROM unnest('{0,1,15,16}'::integer[]) AS length;
SELECT anonymous_visitor('192.0.2.1', NULL, 'too short');

-- a visitor keeps the variant for ever: these must never change
SELECT visitor_id, pick_variant('{1,1}', visitor_id) AS halves, pick_variant('{1,1}', visitor_id, 1) AS other_seed,
	pick_variant('{90,9,1}', visitor_id) AS weighted, pick_variant('{2147483647,0,2147483647,1}', visitor_id, -9223372036854775808) AS large
FROM unnest('{0,1,2,3,4,5,6,7,8,9,-1,9223372036854775807,-9223372036854775808}'::bigint[]) AS visitor_id;
SELECT pick_variant(array_fill(1, '{256}'), 7) AS of_256, pick_variant('[5:7]={0,1,1}', 7) = pick_variant('{0,1,1}', 7) AS any_bounds;
-- one weight has everyone, whatever it is; none is chosen at 0
SELECT DISTINCT pick_variant('{0,1,0}', i) AS one, pick_variant('{2147483647}', -i) AS alone FROM generate_series(1, 1000) AS i;
-- half of the visitors, a tenth, a hundredth
SELECT variant, count(*) BETWEEN expected * 0.9 AND expected * 1.1 AS about
FROM (SELECT pick_variant('{50,39,10,1}', i, 3) AS variant FROM generate_series(1, 100000) AS i) AS p
JOIN (VALUES (0, 50000), (1, 39000), (2, 10000), (3, 1000)) AS e(v, expected) ON v = variant
GROUP BY variant, expected ORDER BY variant;
-- a new variant takes visitors from the others and moves nobody else
SELECT variant_before <> variant_after AS moved, variant_after, count(*) > 0 AS some
FROM (SELECT pick_variant('{1,1}', i) AS variant_before, pick_variant('{1,1,1}', i) AS variant_after FROM generate_series(1, 10000) AS i) AS p
GROUP BY 1, 2 ORDER BY 1, 2;

-- the caller draws for visitors that are unknown
SELECT pick_variant('{1,1}', NULL) AS no_visitor, pick_variant(NULL, 1) AS no_weights, pick_variant('{1,1}', 1, NULL) AS no_seed;
SELECT weights, pg_temp.error_of(format('SELECT clicktrack.pick_variant(%L, 1)', weights)) AS error
FROM unnest('{"{}","{0}","{0,0,0}","{1,-1}","{-2147483648}","{1,NULL}","{NULL}","{{1,1}}","{{1},{2}}"}'::text[]) AS weights;
SELECT pg_temp.error_of('SELECT clicktrack.pick_variant(array_fill(1, ''{257}''), 1)') AS too_many,
	pg_temp.error_of('SELECT clicktrack.pick_variant(array_fill(1, ''{16,17}''), 1)') AS too_many_dimensions;
SELECT pick_variant('{1,NULL}', 1);
