-- Included by what tests every aggregate: a table of them, from the catalog. A new one is in it
-- without a word here, unless it has an argument that the table "argument" does not know.

-- What stands for an argument: an expression over the columns of "sample". A line with a name is
-- for arguments of that name only. Those that are states need none: they come from the rows.
CREATE TABLE argument (type regtype, name text, expression text);
INSERT INTO argument VALUES
	('bigint', NULL, 'visitor'),
	('bigint', 'conversion_id', 'CASE WHEN abs(revenue) < 1e15 THEN id::bigint END'),
	('click_event', NULL, 'event'),
	('numeric', NULL, 'revenue'),
	('timestamptz', NULL, 'at'),
	('boolean[]', NULL, 'steps'),
	('interval', NULL, $$interval '30 minutes'$$),
	('integer', 'precision', '11'),
	('attribution_rules', NULL, $$CASE mod(seed, 5) WHEN 0 THEN '{linear} max_touches=3' WHEN 1 THEN '{last_touch,time_decay} lookback=1 hour touch_reuse=reset max_touches=5'
		WHEN 2 THEN '{position_based} lookback=10 minutes path_transform=unique include_bots=true max_touches=7' WHEN 3 THEN '{first_touch} keep_unattributed=false scale=0'
		ELSE '{linear,custom} position_weights=0.5,0,0.5 max_touches=2'::attribution_rules END$$),
	('text[]', NULL, 'path'),
	('bigint', 'conversions', 'mod(id, 3)::bigint'),
	('bigint', 'non_conversions', 'mod(id, 2)::bigint'),
	('integer', 'markov_order', '2'),
	('boolean', 'ordered', 'true');

-- missing: arguments that are not known; from: the table that it reads; call: its arguments as the call has them; step: as its
-- transition function does; shown: how its results are compared.
CREATE TABLE aggregate AS
SELECT row_number() OVER (ORDER BY p.oid::regprocedure::text)::integer AS n, p.oid::regprocedure::text AS name, p.oid::regproc::text AS function,
	pg_get_function_arguments(p.oid) AS arguments, p.prorettype::regtype AS result, missing,
	CASE WHEN of_states THEN 'state_of_' || t.typname ELSE 'sample' END AS "from",
	regexp_replace(expressions, '([^,]+)$', CASE WHEN p.provariadic <> 0 THEN 'VARIADIC \1' ELSE '\1' END) AS call,
	regexp_replace(expressions, '([^,]+)$', CASE WHEN f.provariadic <> 0 THEN 'VARIADIC \1' ELSE '\1' END) AS step,
	aggtransfn::regproc::text AS transition, f.proisstrict, aggtranstype::regtype AS state, agginitval AS initial, t.typsend::regproc::text AS send,
	aggcombinefn::regproc::text AS combine, nullif(aggfinalfn, 0)::regproc::text AS final,
	CASE WHEN p.prorettype = aggtranstype THEN t.typsend::regproc::text || '(%s)' ELSE '%s' END || '::text' AS shown
FROM pg_depend JOIN pg_proc p ON p.oid = objid JOIN pg_aggregate a ON aggfnoid = p.oid JOIN pg_type t ON t.oid = aggtranstype JOIN pg_proc f ON f.oid = aggtransfn,
	LATERAL (
		SELECT string_agg(coalesce(expression, 'state'), ', ' ORDER BY i) AS expressions, bool_or(expression IS NULL AND type = aggtranstype) AS of_states,
			string_agg(concat_ws(' ', name, type::regtype), ', ') FILTER (WHERE expression IS NULL AND type <> aggtranstype) AS missing
		FROM unnest(p.proargtypes, p.proargnames[:p.pronargs]) WITH ORDINALITY AS u(type, name, i),
			LATERAL (SELECT (SELECT m.expression FROM argument AS m WHERE m.type = u.type AND coalesce(m.name, u.name, '') = coalesce(u.name, '')
				ORDER BY m.name NULLS LAST LIMIT 1)) AS e
	) AS x
WHERE deptype = 'e' AND refclassid = 'pg_extension'::regclass AND classid = 'pg_proc'::regclass
	AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'clicktrack');

-- The aggregates that have a family. state: the column that its sketch makes; result: what its
-- merge makes of such; direct: the query that does without.
CREATE TABLE family AS
SELECT n, name, sketch, format('%s(%s) AS state', sketch, call) AS state, format(shown, merge || '(state)') AS result,
	format('SELECT seed, grp, %s FROM sample GROUP BY seed, grp', format(shown, format('%s(%s)', function, call))) AS direct
FROM aggregate AS a, LATERAL (SELECT regexp_replace(function, '^.*\.', '') || '_sketch' AS sketch, regexp_replace(function, '^.*\.', '') || '_merge' AS merge) AS f
WHERE "from" = 'sample' AND result <> state AND missing IS NULL
	AND EXISTS (SELECT FROM aggregate AS m WHERE regexp_replace(m.function, '^.*\.', '') = merge AND m.state = a.state);
