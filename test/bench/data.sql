-- The clicks that the groups read, the same rows in every engine: in the order of time,
-- over 90 days, with links and visitors of which some are much more frequent than most
-- (rank = n * u * u for a uniform u). Everything follows from the click's number by hash
-- functions, so that each run has the same rows. Every visitor is known: no engine pays
-- for a NULL that the comparison is not about.

-- setup: postgres
-- As one would write it: wide columns before narrow ones, words as text, NULL for absent.
CREATE UNLOGGED TABLE plain_clicks (
	clicked_at timestamptz NOT NULL,
	link_id bigint NOT NULL,
	visitor_id bigint,
	referrer_id integer,
	variant smallint,
	known boolean NOT NULL,
	channel text,
	country text,
	device text,
	os text,
	browser text,
	destination text,
	bot_reasons text[]
);
INSERT INTO plain_clicks
SELECT
	timestamptz '2026-01-01 00:00Z' + i * (interval '90 days' / :CLICKS),
	link(i),
	visitor(i),
	CASE WHEN uniform(i, 3) < 0.4 THEN 1 + skewed(i, 4, 500) END,
	CASE WHEN uniform(i, 5) < 0.5 THEN skewed(i, 6, 3) END,
	uniform(i, 7) < 0.3,
	('{sms,email,push,in_app,web,qr,other}'::text[])[1 + link(i) % 7],
	word(i, 8, '{US,GB,DE,FR,IN,BR,CA,JP,IT,ES,NL,PL,SE,AU,MX,NULL}'),
	word(i, 9, '{phone,phone,phone,desktop,desktop,tablet,desktop,phone}'),
	word(i, 9, '{ios,android,ios,windows,macos,ios,linux,android}'),
	word(i, 9, '{safari,chrome,instagram,edge,safari,safari,firefox,webview}'),
	CASE WHEN uniform(i, 10) < 0.8 THEN 'web' ELSE 'app' END,
	CASE WHEN uniform(i, 11) < 0.01 THEN '{prefetch,too_fast}'::text[]
		WHEN uniform(i, 11) < 0.05 THEN '{user_agent}' END
FROM generate_series(1, :CLICKS) i;

CREATE UNLOGGED TABLE event_clicks (event click_event NOT NULL);
INSERT INTO event_clicks
SELECT click_event(clicked_at, link_id, visitor_id, channel, country, device, os, browser,
	variant, destination, referrer_id, bot_reasons, known)
FROM plain_clicks;
-- Without them the planner takes every event for a group of its own, and goes no parallel way.
CREATE STATISTICS event_link ON link_id(event) FROM event_clicks;
CREATE STATISTICS event_channel ON channel(event) FROM event_clicks;

VACUUM ANALYZE plain_clicks, event_clicks;

-- setup: export
COPY (SELECT clicked_at AT TIME ZONE 'UTC', link_id, visitor_id, channel, country, device
	FROM plain_clicks) TO ':FILES/clicks.csv' (FORMAT csv);

-- setup: duckdb
CREATE TABLE plain_clicks AS
FROM read_csv(':FILES/clicks.csv', header = false, columns = {clicked_at: 'TIMESTAMP',
	link_id: 'BIGINT', visitor_id: 'BIGINT', channel: 'VARCHAR', country: 'VARCHAR', device: 'VARCHAR'});
CHECKPOINT;

-- In the order that the rows have everywhere else, merged to one part, and left alone.
-- setup: clickhouse
CREATE TABLE plain_clicks (
	clicked_at DateTime64(6, 'UTC'),
	link_id Int64,
	visitor_id Int64,
	channel LowCardinality(String),
	country LowCardinality(String),
	device LowCardinality(String)
) ENGINE = MergeTree ORDER BY clicked_at;
INSERT INTO plain_clicks SELECT * FROM file(':FILES/clicks.csv', CSV,
	'clicked_at DateTime64(6, ''UTC''), link_id Int64, visitor_id Int64, channel String, country String, device String');
OPTIMIZE TABLE plain_clicks FINAL;
SYSTEM STOP MERGES;
