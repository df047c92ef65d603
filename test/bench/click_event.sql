-- click_event against the same clicks as plain columns (data.sql), and as columns that are
-- packed by hand as tightly as ordinary types allow: a letter or a small number for each
-- word, bits for bot reasons, and a value of its own for absent, so that no row needs a
-- null bitmap.

-- setup: postgres
CREATE FUNCTION code(words text[], word text) RETURNS "char"
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN coalesce(array_position(words, word), 0)::"char";

CREATE UNLOGGED TABLE packed_clicks (
	clicked_at timestamptz NOT NULL,
	link_id bigint NOT NULL,
	visitor_id bigint NOT NULL,
	referrer_id integer NOT NULL,
	country smallint NOT NULL,
	variant smallint NOT NULL,
	bot_reasons smallint NOT NULL,
	channel "char" NOT NULL,
	device "char" NOT NULL,
	os "char" NOT NULL,
	browser "char" NOT NULL,
	destination "char" NOT NULL,
	known boolean NOT NULL
);
INSERT INTO packed_clicks
SELECT clicked_at, link_id, coalesce(visitor_id, 0), coalesce(referrer_id, 0),
	coalesce(ascii(country) * 256 + ascii(right(country, 1)), 0),
	coalesce(variant, -1),
	CASE WHEN bot_reasons IS NULL THEN 0 WHEN cardinality(bot_reasons) = 1 THEN 1 ELSE 6 END,
	code('{sms,email,push,in_app,web,qr,other}', channel),
	code('{phone,tablet,desktop,tv,wearable,console,other}', device),
	code('{ios,android,windows,macos,linux,other}', os),
	code('{chrome,safari,firefox,edge,instagram,webview,other}', browser),
	code('{web,app}', destination),
	known
FROM plain_clicks;
VACUUM ANALYZE packed_clicks;

-- row: clicks of one link
-- ours: link_id(event)
SELECT count(*) FROM event_clicks WHERE link_id(event) = 7;
-- postgres: plain columns
SELECT count(*) FROM plain_clicks WHERE link_id = 7;
-- postgres: packed columns
SELECT count(*) FROM packed_clicks WHERE link_id = 7;

-- row: clicks by channel
-- ours: channel(event)
SELECT string_agg(n::text, ',' ORDER BY n) FROM (
	SELECT count(*) AS n FROM event_clicks GROUP BY channel(event)) s;
-- postgres: plain columns
SELECT string_agg(n::text, ',' ORDER BY n) FROM (
	SELECT count(*) AS n FROM plain_clicks GROUP BY channel) s;
-- postgres: packed columns
SELECT string_agg(n::text, ',' ORDER BY n) FROM (
	SELECT count(*) AS n FROM packed_clicks GROUP BY channel) s;

-- Into logged tables, as clicks are recorded.
-- setup: postgres
CREATE TABLE event_copy (LIKE event_clicks);
CREATE TABLE plain_copy (LIKE plain_clicks);
CREATE TABLE packed_copy (LIKE packed_clicks);
COPY (SELECT * FROM event_clicks LIMIT :LOADS) TO ':FILES/event.txt';
COPY (SELECT * FROM plain_clicks LIMIT :LOADS) TO ':FILES/plain.txt';
COPY (SELECT * FROM packed_clicks LIMIT :LOADS) TO ':FILES/packed.txt';
COPY (SELECT * FROM event_clicks LIMIT :LOADS) TO ':FILES/event.bin' (FORMAT binary);
COPY (SELECT * FROM plain_clicks LIMIT :LOADS) TO ':FILES/plain.bin' (FORMAT binary);
COPY (SELECT * FROM packed_clicks LIMIT :LOADS) TO ':FILES/packed.bin' (FORMAT binary);
CREATE VIEW event_sums AS
SELECT count(*), sum(link_id(event)) AS links, sum(visitor_id(event)) AS visitors, max(clicked_at(event)) FROM event_copy;
CREATE VIEW plain_sums AS
SELECT count(*), sum(link_id) AS links, sum(visitor_id) AS visitors, max(clicked_at) FROM plain_copy;
CREATE VIEW packed_sums AS
SELECT count(*), sum(link_id) AS links, sum(visitor_id) AS visitors, max(clicked_at) FROM packed_copy;
\set empty 'TRUNCATE event_copy, plain_copy, packed_copy; CHECKPOINT;'

-- row: INSERT of :LOADS stored clicks
-- ours: event
:empty
\timing on
INSERT INTO event_copy SELECT * FROM event_clicks LIMIT :LOADS;
\timing off
TABLE event_sums;
-- postgres: plain columns
:empty
\timing on
INSERT INTO plain_copy SELECT * FROM plain_clicks LIMIT :LOADS;
\timing off
TABLE plain_sums;
-- postgres: packed columns
:empty
\timing on
INSERT INTO packed_copy SELECT * FROM packed_clicks LIMIT :LOADS;
\timing off
TABLE packed_sums;

-- row: INSERT of :LOADS clicks from plain columns
-- ours: click_event(...)
:empty
\timing on
INSERT INTO event_copy
SELECT click_event(clicked_at, link_id, visitor_id, channel, country, device, os, browser,
	variant, destination, referrer_id, bot_reasons, known)
FROM plain_clicks LIMIT :LOADS;
\timing off
TABLE event_sums;
-- postgres: plain columns
:empty
\timing on
INSERT INTO plain_copy SELECT * FROM plain_clicks LIMIT :LOADS;
\timing off
TABLE plain_sums;

-- row: COPY FROM of :LOADS clicks, text
-- ours: event
:empty
\timing on
COPY event_copy FROM ':FILES/event.txt';
\timing off
TABLE event_sums;
-- postgres: plain columns
:empty
\timing on
COPY plain_copy FROM ':FILES/plain.txt';
\timing off
TABLE plain_sums;
-- postgres: packed columns
:empty
\timing on
COPY packed_copy FROM ':FILES/packed.txt';
\timing off
TABLE packed_sums;

-- row: COPY FROM of :LOADS clicks, binary
-- ours: event
:empty
\timing on
COPY event_copy FROM ':FILES/event.bin' (FORMAT binary);
\timing off
TABLE event_sums;
-- postgres: plain columns
:empty
\timing on
COPY plain_copy FROM ':FILES/plain.bin' (FORMAT binary);
\timing off
TABLE plain_sums;
-- postgres: packed columns
:empty
\timing on
COPY packed_copy FROM ':FILES/packed.bin' (FORMAT binary);
\timing off
TABLE packed_sums;

-- Indexes only now, so that the counts above read the tables.
-- setup: postgres
CREATE INDEX event_time ON event_clicks (clicked_at(event));
CREATE INDEX plain_time ON plain_clicks (clicked_at);
CREATE INDEX packed_time ON packed_clicks (clicked_at);
CREATE INDEX event_link_time ON event_clicks (link_id(event), clicked_at(event));
CREATE INDEX plain_link_time ON plain_clicks (link_id, clicked_at);
CREATE INDEX packed_link_time ON packed_clicks (link_id, clicked_at);
CREATE INDEX event_brin ON event_clicks USING brin (clicked_at(event));
CREATE INDEX plain_brin ON plain_clicks USING brin (clicked_at);
CREATE INDEX packed_brin ON packed_clicks USING brin (clicked_at);
CREATE FUNCTION bytes_a_row(VARIADIC relations regclass[]) RETURNS numeric
	LANGUAGE sql RETURN (SELECT round(sum(pg_relation_size(r)) / :CLICKS, 1) FROM unnest(relations) r);

-- row: heap
-- unit: bytes a row
-- ours: event
SELECT bytes_a_row('event_clicks');
-- postgres: plain columns
SELECT bytes_a_row('plain_clicks');
-- postgres: packed columns
SELECT bytes_a_row('packed_clicks');

-- row: heap and btree (time)
-- unit: bytes a row
-- ours: event
SELECT bytes_a_row('event_clicks', 'event_time');
-- postgres: plain columns
SELECT bytes_a_row('plain_clicks', 'plain_time');
-- postgres: packed columns
SELECT bytes_a_row('packed_clicks', 'packed_time');

-- row: heap and btree (link, time)
-- unit: bytes a row
-- ours: event
SELECT bytes_a_row('event_clicks', 'event_link_time');
-- postgres: plain columns
SELECT bytes_a_row('plain_clicks', 'plain_link_time');
-- postgres: packed columns
SELECT bytes_a_row('packed_clicks', 'packed_link_time');

-- row: heap and BRIN (time)
-- unit: bytes a row
-- ours: event
SELECT bytes_a_row('event_clicks', 'event_brin');
-- postgres: plain columns
SELECT bytes_a_row('plain_clicks', 'plain_brin');
-- postgres: packed columns
SELECT bytes_a_row('packed_clicks', 'packed_brin');

-- Later groups read the tables without them.
-- setup: postgres
DROP INDEX event_time, plain_time, event_link_time, plain_link_time, event_brin, plain_brin;
DROP TABLE packed_clicks;
