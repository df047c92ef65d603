#!/usr/bin/env bash
# The same from many sessions at once: one result, no error, no deadlock, nothing lost.
# Prints TAP; runs on the server that PGHOST, PGPORT and PGUSER lead to, in a database of its own.
set -uo pipefail

database=clicktrack_concurrency_$$
sessions=8
files=$(mktemp -d)
export PGOPTIONS='-c client_min_messages=warning -c timezone=UTC'

clean_up() {
	dropdb --if-exists --force "$database"
	psql -XAtq -d postgres -c 'DROP ROLE IF EXISTS clicktrack_concurrency'
	rm -rf "$files"
}
trap clean_up EXIT

query() { psql -XAtq -v ON_ERROR_STOP=1 -d "$database" -c "$1" 2>&1; }

# at_once NAME STATEMENT...: runs each statement in a session of its own, all from the same
# moment, and keeps what they print in $files/NAME.*; :n is the session's number.
at_once() {
	local name=$1 n=0 start statement pids=()
	shift
	start=$(query "SELECT clock_timestamp() + interval '0.3 s'")
	for statement in "$@"; do
		n=$((n + 1))
		psql -XAtq -v ON_ERROR_STOP=1 -v n="$n" -d "$database" >"$files/$name.$n" 2>&1 <<-SQL &
			SELECT FROM pg_sleep_until('$start');
			$statement
		SQL
		pids+=($!)
	done
	wait "${pids[@]}"
}

# many STATEMENT: the statement as often as there are sessions.
many() { for ((i = 0; i < sessions; i++)); do printf '%s\0' "$1"; done; }
many_lines() { for ((i = 0; i < $1; i++)); do echo "$2"; done; }
in_all_sessions() {
	local statements
	mapfile -d '' statements < <(many "$2")
	at_once "$1" "${statements[@]}"
}

tests=0
# is NAME GOT WANT: a test that two texts are the same.
is() {
	tests=$((tests + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $tests - $1"
	else
		echo "not ok $tests - $1"
		printf 'have: %s\nwant: %s\n' "$2" "$3" | head -n 12 | sed 's/^/# /'
	fi
}

errors_of() { grep -h ERROR "$files/$1".* | sort | uniq -c; }
lines_of() { cat "$files/$1".* | grep -v '^$' | sort; }

echo 1..72

createdb "$database"
query 'CREATE EXTENSION clicktrack'

# ---- one campaign ----

in_all_sessions campaign "SELECT clicktrack.create_campaign('spring', 'sms');"
is 'create_campaign: no error' "$(errors_of campaign)" ''
is 'create_campaign: one and the same' "$(lines_of campaign | uniq | wc -l)" 1
is 'create_campaign: one row' "$(query 'SELECT count(*) FROM clicktrack.campaign')" 1

# ---- the first links make the key ----

in_all_sessions link "SELECT code FROM clicktrack.create_link('https://example.com/' || :n, 'spring');"
is 'create_link: no error' "$(errors_of link)" ''
is 'create_link: one key' "$(query 'SELECT count(*) FROM clicktrack.short_code_key')" 1
is 'create_link: as many codes as sessions' "$(lines_of link | uniq | wc -l)" $sessions
is 'create_link: all of the one key' "$(query 'SELECT bool_and(clicktrack.short_code_decode(code, key, min_length, alphabet) = link_id) FROM clicktrack.link, clicktrack.short_code_key')" t
is 'create_link: each leads where it should' "$(query "SELECT count(DISTINCT url) FROM clicktrack.link")" $sessions

# ---- the same key, the same slug ----

in_all_sessions same_key "SELECT link_id, code FROM clicktrack.create_link('https://example.com/keyed', 'spring', idempotency_key => 'one');"
is 'create_link: the same key from many sessions: no error' "$(errors_of same_key)" ''
is 'create_link: all get the one link' "$(lines_of same_key | uniq -c | awk '{ print $1 }')" $sessions
in_all_sessions slug "SELECT code FROM clicktrack.create_link('https://example.com/' || :n, 'spring', slug => 'raced');"
is 'create_link: one session gets the slug' "$(lines_of slug | grep -c '^raced$')" 1
is 'create_link: the others are told that it is taken' "$(errors_of slug | awk '{ $2 = ""; print }')" "$((sessions - 1))  the slug 'raced' is taken"
# each session has half of the keys, in an order of its own, and one that is its own
query "CREATE TABLE wanted AS SELECT 'key ' || i AS key, i AS n FROM generate_series(1, 3000) AS i"
in_all_sessions keys "SELECT setseed(:n / 10.0) \\g /dev/null
SELECT l.link_id, w.key FROM (SELECT array_agg(key ORDER BY r) AS keys, array_agg(n::bigint ORDER BY r) AS recipients
		FROM (SELECT key, n, random() AS r FROM wanted WHERE random() < 0.5 UNION ALL SELECT 'own ' || :n, 1000000 + :n, random()) AS w) AS w0,
	clicktrack.create_links(ARRAY['https://example.com/many'], 'spring', recipients, idempotency_keys => keys) AS l, LATERAL (SELECT keys[l.ordinal]) AS w(key);"
is 'create_links: keys that sessions share, in another order: no error, no deadlock' "$(errors_of keys)" ''
is 'create_links: each key has one link' "$(lines_of keys | sort -u | cut -d '|' -f 2 | sort | uniq -d)" ''
is 'create_links: and each answer is the link of its key' "$(lines_of keys | sort -u | awk -F '|' '{ print $1 "|" $2 }' | sort)" \
	"$(query "SELECT link_id, idempotency_key FROM clicktrack.link WHERE url = 'https://example.com/many'" | sort)"
is 'create_links: for the recipient of the key' "$(query "SELECT count(*) FROM clicktrack.link JOIN wanted ON key = idempotency_key WHERE recipient_id <> n")" 0
# a key takes over while links are made
at_once rotate "SELECT clicktrack.rotate_short_code_key(2, 'bcdfghjkmnpqrtvw') \\g /dev/null" "$(many_lines 100 "SELECT code FROM clicktrack.create_link('https://example.com/r', 'spring', 'r.example');")" \
	"SELECT clicktrack.rotate_short_code_key() \\g /dev/null" "$(many_lines 100 "SELECT code FROM clicktrack.create_link('https://example.com/r', 'spring', 'r.example');")"
is 'rotate_short_code_key: no error' "$(errors_of rotate)" ''
is 'rotate_short_code_key: each rotation makes a key' "$(query 'SELECT string_agg(key_version::text, chr(32) ORDER BY key_version) FROM clicktrack.short_code_key')" '1 2 3'
is 'rotate_short_code_key: and each link has a code of its own' "$(lines_of rotate | uniq | wc -l)" 200
query "DELETE FROM clicktrack.short_code_key WHERE key_version > 1; DELETE FROM clicktrack.link WHERE link_id > $sessions" >/dev/null

# ---- partitions, while clicks come and reports are read ----

query "INSERT INTO clicktrack.click SELECT clicktrack.click_event('2026-01-01'::timestamptz + i % 360 * interval '1 day', 1, i) FROM generate_series(1, 5000) AS i"
code=$(query 'SELECT code FROM clicktrack.link WHERE link_id = 1')
create="SELECT clicktrack.create_click_partitions('2026-01-01', '2026-12-01');"
# each visit is a transaction
visits=$(for ((i = 0; i < 150; i++)); do echo "SELECT status FROM clicktrack.visit('$code', visitor_id => :n * 100000 + $i, clicked_at => '2026-01-01'::timestamptz + $i * interval '2 days 9 hours') WHERE status <> 'ok';"; done)
reports=$(for ((i = 0; i < 20; i++)); do echo "SELECT clicks FROM clicktrack.link_performance WHERE link_id = 1 AND clicks < 5000;"; done)
at_once partitions "$create" "$visits" "$create" "$visits" "$create" "$reports" "$create" "$visits" "$create" "$reports"
is 'create_click_partitions: no error, no deadlock' "$(errors_of partitions)" ''
is 'create_click_partitions: each partition is made once' "$(cat "$files"/partitions.{1,3,5,7,9} | awk 'NF { sum += $1 } END { print sum }')" 12
is 'create_click_partitions: every visit is answered' "$(cat "$files"/partitions.{2,4,8})" ''
is 'create_click_partitions: no report misses a click' "$(cat "$files"/partitions.{6,10})" ''
is 'create_click_partitions: no click is lost' "$(query 'SELECT count(*), count(DISTINCT clicktrack.visitor_id(event)) FROM clicktrack.click')" '5450|5450'
is 'create_click_partitions: every click is in its month' "$(query "
	SELECT count(*) FROM clicktrack.click WHERE clicktrack.clicked_at(event) < '2027-01-01' AND tableoid::regclass::text <> to_char(clicktrack.clicked_at(event), '\"clicktrack.click_\"YYYY\"_\"MM')")" 0

# ---- the same orders, in another order ----

query "CREATE TABLE orders AS SELECT 'order ' || i AS order_id, i AS n FROM generate_series(1, 2000) AS i"
record="SELECT setseed(:n / 10.0) \\g /dev/null
SELECT clicktrack.record_conversions(array_agg(order_id ORDER BY r), array_agg(1::bigint), array_agg('2026-01-01'::timestamptz), array_agg(n::numeric ORDER BY r))
FROM (SELECT order_id, n, random() AS r FROM orders) AS o;"
in_all_sessions orders "$record"
is 'record_conversions: no error, no deadlock' "$(errors_of orders)" ''
is 'record_conversions: each order is new once' "$(lines_of orders | awk '{ sum += $1 } END { print sum }')" 2000
is 'record_conversions: and with its revenue' "$(query 'SELECT count(*), count(DISTINCT order_id), sum(revenue) FROM clicktrack.conversion JOIN orders USING (order_id) WHERE revenue = n')" '2000|2000|2001000'

# ---- the same keys, in another order, for whatever else is recorded ----

query "SELECT clicktrack.record_recipients(array_agg(order_id)) FROM orders" >"$files/recipients"
# overlapping NAME CALL ROWS ANSWERS: no deadlock; so many rows of the table are right; all
# answers together come to so much. Each session takes the keys k, numbers n and times t in
# an order of its own.
overlapping() {
	in_all_sessions "$1" "SELECT setseed(:n / 10.0) \\g /dev/null
WITH o AS (SELECT array_agg(order_id ORDER BY r) AS k, array_agg(n::bigint ORDER BY r) AS n, array_agg('2026-01-01'::timestamptz) AS t, array_agg('sms'::text) AS sms
	FROM (SELECT order_id, n, random() AS r FROM orders) AS shuffled)
SELECT $2 FROM o;"
	is "$1: no error, no deadlock" "$(errors_of "$1")" ''
	is "$1: each key once" "$(query "$3")" 2000
	is "$1: is new or changed once" "$(lines_of "$1" | awk '{ sum += $1 } END { print sum }')" "$4"
}
overlapping record_recipients "(SELECT count(DISTINCT recipient_id) FROM clicktrack.record_recipients(k, ARRAY(SELECT x || ' of ' || :n FROM unnest(k) AS x)))" \
	"SELECT count(DISTINCT recipient_key) FROM clicktrack.recipient WHERE address LIKE recipient_key || ' of _'" $((sessions * 2000))
overlapping record_sends "clicktrack.record_sends(k, 'spring', ARRAY(SELECT recipient_id FROM clicktrack.record_recipients(k)), t)" \
	'SELECT count(*) FROM clicktrack.send JOIN clicktrack.recipient USING (recipient_id) WHERE message_key = recipient_key' 2000
overlapping record_deliveries "clicktrack.record_deliveries(k, t)" \
	"SELECT count(*) FROM clicktrack.send WHERE delivered_at = '2026-01-01'" 2000
overlapping record_opt_outs "clicktrack.record_opt_outs(k, n, t, sms)" \
	"SELECT count(*) FROM clicktrack.opt_out JOIN orders ON order_id = opt_out_key WHERE visitor_id = n" 2000
overlapping record_engagement "clicktrack.record_engagement(k, n, ARRAY(SELECT NULL::bigint FROM unnest(k)), t, n::integer[], n::numeric[])" \
	"SELECT count(*) FROM clicktrack.engagement JOIN orders ON order_id = session_key WHERE visitor_id = n AND pages = n" 2000
overlapping revise_conversions "clicktrack.revise_conversions(k, ARRAY(SELECT -x::numeric FROM unnest(n) AS x))" \
	'SELECT count(*) FROM clicktrack.conversion JOIN orders USING (order_id) WHERE revenue = -n' 2000

# GRANTs on one object would fail instead of waiting
query 'CREATE ROLE clicktrack_concurrency' >"$files/role"
in_all_sessions grant "SELECT clicktrack.grant_access('clicktrack_concurrency', (ARRAY['analyst', 'service', 'admin'])[1 + :n % 3]);"
is 'grant_access: no error' "$(errors_of grant)" ''
is 'grant_access: all is granted' "$(query "SELECT bool_and(has_table_privilege('clicktrack_concurrency', 'clicktrack.' || t, 'SELECT')) FROM unnest('{click,recipient}'::text[]) AS t")" t

# ---- a session that waits, and one that gives up ----

# The other's campaign is waited for: known once it is committed, created when it is not.
at_once committed "BEGIN; SELECT clicktrack.create_campaign('slow'); SELECT FROM pg_sleep(0.5); COMMIT;" \
	"SELECT FROM pg_sleep(0.2); SELECT clicktrack.create_campaign('slow');"
is 'create_campaign: waits for another session' "$(errors_of committed)" ''
is 'create_campaign: and gets its campaign' "$(lines_of committed | uniq | wc -l)" 1
at_once rolled_back "BEGIN; SELECT clicktrack.create_campaign('never'); SELECT FROM pg_sleep(0.5); ROLLBACK;" \
	"SELECT FROM pg_sleep(0.2); SELECT clicktrack.create_campaign('never');"
is 'create_campaign: or creates it when the other gave up' "$(query "SELECT count(*) FROM clicktrack.campaign WHERE name = 'never' AND campaign_id = $(cat "$files/rolled_back.2" | grep -v '^$')")" 1
at_once key "DELETE FROM clicktrack.short_code_key; BEGIN; SELECT FROM clicktrack.create_link('https://example.com/a', 'spring'); SELECT FROM pg_sleep(0.5); ROLLBACK;" \
	"SELECT FROM pg_sleep(0.2); SELECT FROM clicktrack.create_link('https://example.com/b', 'spring');"
is 'create_link: a key that another session gave up is made again' "$(errors_of key)$(query 'SELECT count(*) FROM clicktrack.short_code_key')" 1

# ---- upkeep, while clicks come ----

# Months that have partitions and clicks of those that come to have one.
before=$(query 'SELECT count(*) FROM clicktrack.click')
query "SELECT clicktrack.create_campaign('upkeep', 'email'); SELECT clicktrack.add_bot_rule('network', '192.0.2.0/24')" >/dev/null
code=$(query "SELECT code FROM clicktrack.create_link('https://example.com/upkeep', 'upkeep')")
visits=$(for ((i = 0; i < 150; i++)); do echo "SELECT status FROM clicktrack.visit('$code', visitor_id => -100000 - :n * 1000 - $i, clicked_at => now() - $i * interval '1 minute') WHERE status <> 'ok';"; done)
maintain='SELECT task, done FROM clicktrack.maintain();'
at_once maintain "$maintain" "$visits" "$maintain" "$visits" "$maintain" "$visits" "$maintain" "$maintain" "$maintain" "$maintain" "$maintain"
is 'maintain: no error, no deadlock' "$(errors_of maintain)" ''
is 'maintain: somebody does it' "$(cat "$files"/maintain.* | grep -o 'reclassify clicks' | uniq)" 'reclassify clicks'
is 'maintain: each session does all of it or leaves it to another' "$(cat "$files"/maintain.{1,3,5,7,8,9,10,11} | awk -F'|' '/left to another/ { left++ } /drop partitions/ { all++ } END { print left + all }')" 8
is 'maintain: every visit is answered' "$(cat "$files"/maintain.{2,4,6})" ''
is 'maintain: no click is lost' "$(query 'SELECT count(*) FROM clicktrack.click')" $((before + 450))
query "$maintain" >/dev/null
is 'maintain: partitions are there' "$(query "SELECT count(*) FROM generate_series(0, 3) AS i WHERE to_regclass(to_char(now() AT TIME ZONE 'UTC' + i * interval '1 month', '\"clicktrack.click_\"YYYY\"_\"MM')) IS NOT NULL")" 4
is 'maintain: and statistics of all partitions together' "$(query "SELECT reltuples > 0 FROM pg_class WHERE oid = 'clicktrack.click'::regclass")" t

# A report that takes its time keeps nobody out: visits go on, partitions come later.
query 'DROP TABLE '"$(query "SELECT to_char(now() AT TIME ZONE 'UTC' + interval '3 months', '\"clicktrack.click_\"YYYY\"_\"MM')")"
at_once report "BEGIN; SELECT count(*) FROM clicktrack.click \\g /dev/null
	SELECT FROM pg_sleep(2); COMMIT;" \
	"SELECT FROM pg_sleep(0.3); SELECT done IS NULL FROM clicktrack.maintain() WHERE task = 'create partitions';" \
	"SELECT FROM pg_sleep(0.5); SET statement_timeout = '1.2 s'; SELECT status FROM clicktrack.visit('$code');"
is 'maintain: gives up soon where a long report is in the way' "$(cat "$files"/report.2 | grep -v '^$')" t
is 'maintain: so that visits go on' "$(cat "$files"/report.3 | grep -v '^$')" ok

# ---- clicks judged again, while they come ----

before=$(query 'SELECT count(*) FROM clicktrack.click')
query "SELECT clicktrack.set_bot_threshold('email', burst_links => 2, honeypot_window => '1 h')" >/dev/null
reclassify="SELECT sum(flagged + cleared) FROM clicktrack.reclassify(now() - interval '3 days', now());"
at_once reclassify "$reclassify" "$visits" "$reclassify" "$visits" "$reclassify" "UPDATE clicktrack.link SET honeypot = true WHERE url LIKE '%upkeep'; $reclassify"
is 'reclassify: no error, no deadlock' "$(errors_of reclassify)" ''
is 'reclassify: no click is lost' "$(query 'SELECT count(*) FROM clicktrack.click')" $((before + 300))
query "$reclassify" >/dev/null
is 'reclassify: all are judged' "$(query "SELECT count(*) FROM clicktrack.clicks JOIN clicktrack.link USING (link_id) WHERE honeypot AND NOT is_bot")" 0

# ---- one visitor, identified by all ----

in_all_sessions identify "SELECT clicktrack.identify(-5000, 6000 + :n);"
is 'identify: no error' "$(errors_of identify)" ''
is 'identify: one is told that it is theirs' "$(lines_of identify | grep -c t)" 1
# a circle, if each could: 1 is 2, 2 is 3, ... and the last is the first
in_all_sessions circle "SELECT clicktrack.identify(-5100 - :n, -5100 - (:n % $sessions + 1));"
is 'identify: no deadlock' "$(errors_of circle)" ''
is 'identify: no circle, all are one' "$(query "SELECT count(*), count(DISTINCT known_id), bool_or(known_id IN (SELECT visitor_id FROM clicktrack.visitor_alias)) FROM clicktrack.visitor_alias WHERE visitor_id BETWEEN -5110 AND -5100")" "$((sessions - 1))|1|f"
# visits and identify in one transaction, beside maintain
mixed=$(for ((i = 0; i < 40; i++)); do echo "BEGIN; SELECT FROM clicktrack.visit('$code', visitor_id => -6000 - :n * 100 - $i); SELECT clicktrack.identify(-6000 - :n * 100 - $i, 7000 + :n); COMMIT;"; done)
at_once mixed "$mixed" "$mixed" "$maintain" "$mixed" "SELECT clicktrack.erase_visitors('{7001,7002}');" "$maintain"
is 'identify: beside visits, maintain and erase_visitors' "$(errors_of mixed)" ''
query "$maintain; $maintain" >/dev/null
is 'identify: no click keeps an old id' "$(query 'SELECT count(*) FROM clicktrack.clicks JOIN clicktrack.visitor_alias USING (visitor_id)')" 0

# ---- the extension itself ----

at_once install 'CREATE EXTENSION IF NOT EXISTS clicktrack;' 'CREATE EXTENSION IF NOT EXISTS clicktrack;'
is 'CREATE EXTENSION IF NOT EXISTS: no error' "$(errors_of install)" ''
is 'every partition is of the same owner as click' "$(query "SELECT count(DISTINCT relowner) FROM pg_class WHERE oid = 'clicktrack.click'::regclass OR oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'clicktrack.click'::regclass)")" 1
