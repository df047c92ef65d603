-- Run by what moves a database: a filled store, and tables of a user with columns, keys, indexes,
-- constraints and views made of the extension's types and functions. The variable reader is a
-- role to create; with _analyst, _service and _admin behind it, three more.
CREATE EXTENSION clicktrack;
SET search_path = clicktrack, public;
SET timezone = 'UTC';
-- the store: three campaigns, links on two domains (so many that a parallel restore begins with
-- them), a second key, clicks in partitions and without
SELECT create_campaign('spring', 'sms', 'regulars', '2026-01-01', '2026-04-01'), create_campaign('a "quoted" name; --', 'email'), create_campaign('naïve', holdout_share => 0.1);
SELECT create_link('https://example.com/' || i, 1 + i % 3::bigint, CASE WHEN i % 2 = 0 THEN '' ELSE 'go.example' END) FROM generate_series(1, 30) AS i;
INSERT INTO short_code_key VALUES (2, -5, 8, 'base62');
SELECT create_link('https://example.com/' || i, 'spring') FROM generate_series(31, 1000) AS i;
SELECT create_click_partitions('2026-01-01', '2026-02-01');
SELECT setseed(0.5);
INSERT INTO click
SELECT click_event('2025-12-15'::timestamptz + random() * interval '120 days', 1 + floor(random() * 40)::bigint,
	CASE WHEN random() < 0.9 THEN floor(random() * 300)::bigint - 20 END, (ARRAY['sms', 'email', NULL])[1 + floor(random() * 3)::integer],
	country => 'DE', device => 'phone', variant => floor(random() * 256)::integer, bot_reasons => CASE WHEN random() < 0.1 THEN '{burst,network}'::text[] END,
	known => random() < 0.5)
FROM generate_series(1, 2000);
INSERT INTO click VALUES (click_event('infinity', 1)), (click_event('-infinity', -9223372036854775808, 9223372036854775807));
SELECT record_conversions(array_agg('order ' || i), array_agg(nullif(i % 250, 0)::bigint), array_agg('2026-01-01'::timestamptz + i * interval '1 hour'),
	array_agg((i * 7919 % 20000 - 3000)::numeric / 100), array_agg(CASE WHEN i % 9 = 0 THEN 'USD' ELSE 'EUR' END)) FROM generate_series(1, 1500) AS i;
-- messages to recipients, what became of them, and who may see it
CREATE TEMPORARY TABLE message AS SELECT array_agg('message ' || i) AS k, array_agg('recipient ' || i % 40) AS who, array_agg('2026-01-05'::timestamptz + i * interval '1 minute') AS t,
	array_agg(i % 10 = 0) AS held FROM generate_series(1, 200) AS i;
SELECT count(*) FROM message, record_recipients(who, (SELECT array_agg(w || '@example.com') FROM unnest(who) AS w), consent => (SELECT array_agg('anonymous'::text) FROM unnest(who)));
SELECT record_sends(k, 'spring', ARRAY(SELECT recipient_id FROM record_recipients(who)), t, holdout => held) FROM message;
SELECT record_deliveries(array_agg(message_key), array_agg(sent_at)) FROM send WHERE NOT holdout;
SELECT record_opt_outs('{out}', '{3}', '{2026-01-06}', '{sms}'), record_engagement('{session}', '{3}', '{1}', '{2026-01-06}', '{2}', '{30}'), revise_conversions('{order 7}', '{1.25}');
INSERT INTO visitor_alias (visitor_id, known_id) VALUES (-3, 3);
SELECT format('CREATE ROLE %I', :'reader' || '_' || access) FROM unnest('{analyst,service,admin}'::text[]) AS access \gexec
SELECT grant_access((:'reader' || '_' || access)::name, access) FROM unnest('{analyst,service,admin}'::text[]) AS access;
-- a user's tables: partitioned by the time of an event, by its hash, and keyed by it
CREATE TABLE public.journal (
	event click_event NOT NULL CHECK (clicktrack.link_id(event) <> 0),
	visitor bigint GENERATED ALWAYS AS (clicktrack.visitor_id(event)) STORED,
	visitors visitor_set, revenue revenue_tally DEFAULT 'clicks=1 revenue=0.00'
) PARTITION BY RANGE (clicktrack.clicked_at(event));
CREATE TABLE public.journal_old PARTITION OF public.journal FOR VALUES FROM (MINVALUE) TO ('2026-02-01');
CREATE TABLE public.journal_new PARTITION OF public.journal FOR VALUES FROM ('2026-02-01') TO (MAXVALUE);
CREATE INDEX ON public.journal (event);
CREATE INDEX ON public.journal USING hash (event);
CREATE INDEX ON public.journal USING brin (event);
CREATE INDEX ON public.journal (clicktrack.visitor_id(event), clicktrack.clicked_at(event)) WHERE NOT clicktrack.is_bot(event);
INSERT INTO public.journal (event, visitors, revenue)
SELECT event, (SELECT visitor_set_union('{0,-1}', string_agg(v::text, ',')::text::visitor_set) FROM (SELECT '{' || string_agg(v::text, ',') || '}' AS v
		FROM generate_series(1, 1 + i % 200) AS v) AS s),
	revenue_tally_add(revenue_tally_add(NULL, i / 7.0), CASE i % 4 WHEN 0 THEN 'NaN' WHEN 1 THEN 1e20 WHEN 2 THEN -0.10 END)
FROM (SELECT event, row_number() OVER (ORDER BY event) AS i FROM click WHERE link_id(event) > 0) AS c WHERE i % 5 = 0;
INSERT INTO public.journal VALUES (click_event('2026-03-01', 1), DEFAULT, NULL, NULL), (click_event('2026-03-02', 2), DEFAULT, '{}', DEFAULT);
CREATE TABLE public.by_event (event click_event PRIMARY KEY) PARTITION BY HASH (event);
CREATE TABLE public.by_event_0 PARTITION OF public.by_event FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE public.by_event_1 PARTITION OF public.by_event FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO public.by_event SELECT DISTINCT event FROM click;
CREATE TABLE public.refers (event click_event REFERENCES public.by_event);
INSERT INTO public.refers SELECT event FROM public.by_event ORDER BY event LIMIT 10;
-- views of a user, one of them filled
CREATE VIEW public.performance AS SELECT * FROM link_performance;
CREATE MATERIALIZED VIEW public.uniques AS
SELECT link_id(event), unique_clicks(event) AS visitors, revenue_per_click(0.05) AS revenue FROM click GROUP BY 1;
CREATE ROLE :reader;
GRANT SELECT ON click TO :reader;
GRANT EXECUTE ON FUNCTION visit(text, text, bigint, text, text, integer, boolean, timestamptz, inet, text, text, text, text) TO :reader;
