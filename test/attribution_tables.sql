-- Included by what tests attribution over any tables: for each seed two relations with odd names,
-- of all kinds, with visitors, ids and labels of many types, and how the plain implementation gets
-- what is in them. The variable seeds says how many seeds there are.
\ir attribution_model.sql
\ir attribution_options.sql

-- What a visitor, an id or a label may be: an expression over k, its number. Of visitors, those
-- that are equal need not look the same.
CREATE TYPE letter AS ENUM ('c', 'a', 'd', 'b', 'f', 'e', 'h', 'g', 'i', 'l', 'k', 'j', 'm', 'n', 'o');
CREATE TABLE kind (n serial, what text, type text, expression text);
INSERT INTO kind (what, type, expression) VALUES
	('visitor', 'bigint', '(k - 3) * 1000000007::bigint'),
	('visitor', 'integer', 'k - 3'),
	('visitor', 'smallint', 'k - 3'),
	('visitor', 'uuid', 'md5(k::text)::uuid'),
	('visitor', 'text', '''visitor '' || k'),
	('visitor', 'varchar(20)', 'repeat(''x'', k)'),
	('visitor', 'bytea', 'decode(md5(k::text), ''hex'')'),
	('visitor', 'numeric', 'round(k::numeric, floor(random() * 3)::integer)'),
	('visitor', 'interval', 'CASE WHEN random() < 0.5 THEN k * interval ''1 day'' ELSE k * interval ''24 hours'' END'),
	('visitor', 'float8', '(k - 1)::float8 * CASE WHEN random() < 0.5 THEN -1 ELSE 1 END'),
	('visitor', 'char(10)', 'k || repeat('' '', floor(random() * 3)::integer)'),
	('visitor', 'date', 'date ''2026-01-01'' + k'),
	('visitor', 'jsonb', 'jsonb_build_object(''k'', k)'),
	('visitor', 'letter', '(enum_range(NULL::letter))[k]'),
	('visitor', 'text[]', 'ARRAY[k::text, NULL]'),
	('visitor', 'inet', 'inet ''10.0.0.0/24'' + 256 * k'),
	('id', 'bigint', '(k % 7 - 3) * 1000000007::bigint + k'),
	('id', 'integer', '(k % 5 - 2) * 1000000 + k'),
	('id', 'smallint', '(k % 3 - 1) * 10000 + k'),
	('id', 'uuid', 'md5(k::text)::uuid'),
	('id', 'text', '(ARRAY[''a'', ''B'', ''ä'', '''', ''_''])[1 + k % 5] || k'),
	('id', 'numeric', 'k / 10.0'),
	('label', 'text', '(ARRAY[''sms'', ''email'', NULL, '''', ''Direct'', ''(DIRECT)'', ''direct '', ''a "b" c'', ''1''])[k]'),
	('label', 'varchar', '(ARRAY[''sms'', ''email'', ''Email'', ''naïve'', NULL])[k]'),
	('label', 'integer', 'nullif(k, 3)'),
	('label', 'letter', '(enum_range(NULL::letter))[nullif(k, 2)]');
-- where the server has them
CREATE FUNCTION add_optional_kinds() RETURNS void
	LANGUAGE plpgsql AS $$
BEGIN
	BEGIN
		CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
		INSERT INTO kind (what, type, expression) VALUES ('visitor', 'text COLLATE any_case', 'CASE WHEN random() < 0.5 THEN ''visitor '' ELSE ''VISITOR '' END || k');
	EXCEPTION WHEN feature_not_supported THEN
	END;
	IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'citext') THEN
		CREATE EXTENSION IF NOT EXISTS citext SCHEMA public;
		INSERT INTO kind (what, type, expression) VALUES ('visitor', 'citext', 'CASE WHEN random() < 0.5 THEN ''visitor '' ELSE ''VISITOR '' END || k'),
			('label', 'citext', '(ARRAY[''sms'', ''SMS'', NULL, ''DIRECT''])[k]');
	END IF;
END
$$;
SELECT add_optional_kinds() AS added \gset

-- What a seed has: its relations, their columns, and the types of those.
CREATE TABLE relations (
	seed integer PRIMARY KEY, conversions text, clicks text, conversion_id name, conversion_visitor name, converted_at name, revenue name, currency name,
	click_visitor name, clicked_at name, click_id name, label name, is_bot name, visitor_type text, conversion_id_type text, click_id_type text, label_type text
);

-- Some names to confuse whoever does not quote them.
CREATE FUNCTION odd_names(names integer) RETURNS name[]
	LANGUAGE sql VOLATILE AS $$
	SELECT array_agg(name ORDER BY random()) FROM (
		SELECT name FROM unnest(ARRAY['id', 'Id', 'select', 'with space', 'a "quoted" name', 'o''clock', 'x; DROP TABLE y; --', '$1', '%s', '%I', 'naïve', E'back\\slash', 'user', 'visitor_id', 'event',
			'$' || '$', repeat('long', 15), '.', 'at', 'label', 'NULL', '/*']) AS name ORDER BY random() LIMIT names) AS chosen
$$;
CREATE FUNCTION any_kind(of text) RETURNS kind
	LANGUAGE sql VOLATILE AS $$ SELECT k FROM kind AS k WHERE what = of ORDER BY random() LIMIT 1 $$;

-- Makes a relation of a name out of a table, of one kind or another, with columns before and between that nobody asks for.
CREATE FUNCTION make_relation(relation text, source text) RETURNS void
	LANGUAGE plpgsql AS $$
BEGIN
	CASE floor(random() * 5)::integer
	WHEN 0 THEN
		EXECUTE format('CREATE TABLE %s AS SELECT ''gone''::text AS "dropped column", s.*, 1 AS "last" FROM %s AS s', relation, source);
		EXECUTE format('ALTER TABLE %s DROP COLUMN "dropped column"', relation);
	WHEN 1 THEN EXECUTE format('CREATE VIEW %s AS SELECT * FROM %s', relation, source);
	WHEN 2 THEN EXECUTE format('CREATE MATERIALIZED VIEW %s AS SELECT * FROM %s', relation, source);
	WHEN 3 THEN
		EXECUTE format('CREATE TABLE %s (shard integer, LIKE %s) PARTITION BY LIST (shard)', relation, source);
		EXECUTE format('CREATE TABLE %s_0 PARTITION OF %s FOR VALUES IN (0)', source, relation);
		EXECUTE format('CREATE TABLE %s_1 PARTITION OF %s DEFAULT', source, relation);
		EXECUTE format('INSERT INTO %s SELECT random() * 2, s.* FROM %s AS s', relation, source);
	ELSE
		EXECUTE format('CREATE TABLE %s () INHERITS (%s)', relation, source);
		EXECUTE format('INSERT INTO %s SELECT * FROM ONLY %s', relation, source);
	END CASE;
END
$$;

-- Times lie on a grid of six hours. Some rows have no visitor, some clicks no time.
CREATE FUNCTION fill(seed integer) RETURNS void
	LANGUAGE plpgsql AS $$
DECLARE
	start constant timestamptz := '2026-01-25 00:00+00';
	names name[];
	visitor kind;
	label kind;
	conversion_id kind;
	click_id kind;
	visitors integer;
	clicks integer;
	r relations;
BEGIN
	PERFORM setseed(seed / 1009.0);
	visitors := 1 + (random() * random() * 12)::integer;
	clicks := CASE WHEN random() < 0.05 THEN 0 ELSE (50 + random() * 200)::integer END;
	-- each kind of visitor in its turn
	SELECT k.* INTO visitor FROM kind AS k WHERE what = 'visitor' ORDER BY n OFFSET seed % (SELECT count(*) FROM kind AS k WHERE what = 'visitor') LIMIT 1;
	label := any_kind('label');
	conversion_id := any_kind('id');
	click_id := any_kind('id');
	names := odd_names(11);
	r := (seed, format('%I', seed || ' conversions ' || names[1]), format('%I', seed || ' clicks ' || names[2]), names[3], names[4], names[5], names[6],
		CASE WHEN random() < 0.8 THEN names[7] END, names[3], names[8], names[9], names[10], CASE WHEN random() < 0.8 THEN names[11] END,
		visitor.type, conversion_id.type, click_id.type, label.type);
	INSERT INTO relations SELECT r.*;
	EXECUTE format('CREATE TABLE conversions_%s (%I %s, %I %s, %I timestamptz, %I numeric, %I text)', seed,
		r.conversion_id, r.conversion_id_type, r.conversion_visitor, r.visitor_type, r.converted_at, r.revenue, names[7]);
	EXECUTE format('INSERT INTO conversions_%s SELECT %s, v, at, revenue, currency
		FROM (SELECT i AS k, $1 + floor(random() * 320) * interval ''6 hours'' AS at,
				CASE WHEN random() < 0.95 THEN round((random() * 1000 - 200)::numeric, floor(random() * 6)::integer) END AS revenue,
				any_of(''EUR'', ''USD'', NULL) AS currency, 1 + floor(random() * $2)::integer AS visitor FROM generate_series(1, $3) AS i OFFSET 0) AS c,
			LATERAL (SELECT CASE WHEN random() < 0.95 THEN %s END AS v FROM (SELECT visitor AS k OFFSET 0) AS w) AS x', seed, conversion_id.expression, visitor.expression)
	USING start, visitors, 1 + floor(random() * 40)::integer;
	EXECUTE format('CREATE TABLE clicks_%s (%I %s, %I timestamptz, %I %s, %I %s, %I boolean)', seed,
		r.click_visitor, r.visitor_type, r.clicked_at, r.click_id, r.click_id_type, r.label, r.label_type, names[11]);
	EXECUTE format('INSERT INTO clicks_%s SELECT v, at, %s, l, bot
		FROM (SELECT i AS k, CASE WHEN random() < 0.97 THEN $1 + floor(random() * 320) * interval ''6 hours'' END AS at,
				CASE WHEN random() < 0.9 THEN random() < 0.15 END AS bot, 1 + floor(random() * $2)::integer AS visitor, 1 + floor(random() * 10)::integer AS label
			FROM generate_series(1, $3) AS i OFFSET 0) AS c,
			LATERAL (SELECT CASE WHEN random() < 0.95 THEN %s END AS v FROM (SELECT visitor AS k OFFSET 0) AS w) AS x,
			LATERAL (SELECT %s AS l FROM (SELECT label AS k OFFSET 0) AS w) AS y', seed, click_id.expression, visitor.expression, label.expression)
	USING start, visitors, clicks;
	PERFORM make_relation(r.conversions, 'conversions_' || seed), make_relation(r.clicks, 'clicks_' || seed);
	PERFORM fill_options(seed, start, '{sms,email,"",Direct,(DIRECT),1,2,a,b}');
END
$$;
SELECT count(fill(seed)) > 0 AS filled FROM generate_series(1, :seeds) AS seed \gset

-- The rows of a seed, numbered as plain_conversion and plain_touch have them.
CREATE TABLE tables_conversion (n bigint PRIMARY KEY, conversion_id text, visitor text, revenue numeric);
CREATE TABLE tables_touch (n bigint PRIMARY KEY, click_id text, label text);

-- How ids are ordered: numbers by size, others by the bytes of their text.
CREATE FUNCTION by_id(id name, type text) RETURNS text
	LANGUAGE sql IMMUTABLE AS $$
	SELECT format(CASE WHEN type IN ('smallint', 'integer', 'bigint') THEN '%I' ELSE '%I::text COLLATE "C"' END, id)
$$;

-- Puts the rows of a seed before the plain implementation.
CREATE FUNCTION load_plain(seed integer) RETURNS void
	LANGUAGE plpgsql AS $$
DECLARE
	r relations;
BEGIN
	TRUNCATE plain_touch, plain_conversion, plain_value, tables_conversion, tables_touch;
	DROP TABLE IF EXISTS person;
	SELECT * INTO r FROM relations WHERE relations.seed = load_plain.seed;
	-- who is the same, by the type's own equality
	EXECUTE format('CREATE TABLE person AS SELECT v, row_number() OVER ()::integer AS person FROM (SELECT %I AS v FROM %s UNION SELECT %I FROM %s) AS u WHERE v IS NOT NULL',
		r.conversion_visitor, r.conversions, r.click_visitor, r.clicks);
	EXECUTE format('WITH numbered AS (SELECT *, row_number() OVER (ORDER BY %1$s) AS n FROM %2$s AS c), of_person AS (SELECT * FROM numbered LEFT JOIN person ON v = %3$I),
			loaded AS (INSERT INTO plain_conversion SELECT n, person, %5$I, coalesce(%6$I, 0), %7$s FROM of_person)
		INSERT INTO tables_conversion SELECT n, %4$I::text, %3$I::text, %6$I FROM of_person',
		by_id(r.conversion_id, r.conversion_id_type), r.conversions, r.conversion_visitor, r.conversion_id, r.converted_at, r.revenue, coalesce(quote_ident(r.currency), 'NULL'));
	EXECUTE format('WITH numbered AS (SELECT *, row_number() OVER (ORDER BY %1$s) AS n FROM %2$s AS c), of_person AS (SELECT * FROM numbered LEFT JOIN person ON v = %3$I),
			loaded AS (INSERT INTO plain_touch SELECT n, person, %5$I, %6$I::text, %6$I::text,
				%6$I IS NULL OR lower(%6$I::text) IN ('''', ''direct'', ''(direct)''), coalesce(%7$s, false) FROM of_person),
			valued AS (INSERT INTO plain_value SELECT n, ''label'', %6$I::text FROM of_person)
		INSERT INTO tables_touch SELECT n, %4$I::text, %6$I::text FROM of_person',
		by_id(r.click_id, r.click_id_type), r.clicks, r.click_visitor, r.click_id, r.clicked_at, r.label, coalesce(quote_ident(r.is_bot), 'NULL::boolean'));
END
$$;

-- attribute_tables() in plain SQL.
CREATE FUNCTION plain_attribute_tables(
	models text[], lookback interval, converted_from timestamptz, converted_to timestamptz, lookback_by_channel jsonb,
	half_life interval, position_weights float8[], touch_reuse text, path_transform text, include_bots boolean,
	keep_unattributed boolean, scale integer, max_touches integer, include_direct boolean
) RETURNS TABLE (
	conversion_id text, visitor text, converted_at timestamptz, revenue numeric, currency text, click_id text, clicked_at timestamptz,
	label text, "position" integer, touches integer, model text, weight float8, credited_revenue numeric, truncated boolean
)
	LANGUAGE sql STABLE AS $$
	SELECT tc.conversion_id, tc.visitor, c.at, tc.revenue, c.currency, tt.click_id, t.at, tt.label,
		p."position", p.touches, p.model, p.weight, p.credited_revenue, p.truncated
	FROM plain_credits(models, lookback, converted_from, converted_to, lookback_by_channel, half_life, position_weights, touch_reuse,
			path_transform, include_bots, keep_unattributed, scale, max_touches, include_direct) AS p
		JOIN plain_conversion AS c ON c.n = p.conversion JOIN tables_conversion AS tc USING (n)
		LEFT JOIN plain_touch AS t ON t.n = p.touch LEFT JOIN tables_touch AS tt ON tt.n = p.touch
$$;

-- The relations of a seed as arguments of a call.
CREATE FUNCTION relation_arguments(seed integer) RETURNS text
	LANGUAGE sql STABLE AS $$
	SELECT string_agg(format('%I => %L', key, value), ', ')
	FROM relations AS r, LATERAL (VALUES
		('conversions', r.conversions), ('clicks', r.clicks), ('conversion_id', r.conversion_id), ('conversion_visitor', r.conversion_visitor),
		('converted_at', r.converted_at), ('revenue', r.revenue), ('click_visitor', r.click_visitor), ('clicked_at', r.clicked_at),
		('click_id', r.click_id), ('label', r.label), ('currency', r.currency), ('is_bot', r.is_bot)) AS argument(key, value)
	WHERE r.seed = relation_arguments.seed
$$;
