#!/usr/bin/env bash
# Rollups beside writers: at any moment, in any snapshot, the cells are what the tables give;
# nobody waits for a refresh, and whatever stops one leaves all as it was.
# Prints TAP; runs on the server that PGHOST, PGPORT and PGUSER lead to, in a database of its
# own, and for a crash on a cluster of its own.
source "$(dirname "$0")/lib.sh"
set +e

database=clicktrack_rollups_$$
files=$(mktemp -d)
export PGOPTIONS='-c client_min_messages=warning -c timezone=UTC -c jit=off'
declare -A inputs=()

clean_up_all() {
	local name
	trap '' INT TERM HUP PIPE
	for name in "${!inputs[@]}"; do close_session "$name"; done
	wait
	dropdb --if-exists --force "$database"
	rm -rf "$files"
	[ -z "${work:-}" ] || clean_up
}
trap clean_up_all EXIT
# a session may have ended
trap '' PIPE

query() { psql -XAtq -v ON_ERROR_STOP=1 -d "$database" -c "$1" 2>&1; }

# A session that stays open: tell it statements, ask it for answers.
open_session() {
	mkfifo "$files/$1.in"
	psql -XAtq -d "$database" <"$files/$1.in" >"$files/$1.out" 2>&1 &
	exec {inputs[$1]}>"$files/$1.in"
	echo 0 >"$files/$1.told"
}
close_session() {
	local fd=${inputs[$1]}
	unset "inputs[$1]"
	# (sessions opened later hold its other end open)
	echo '\q' >&"$fd" 2>/dev/null
	exec {fd}>&-
}
tell() {
	local n=$(($(cat "$files/$1.told") + 1))
	echo $n >"$files/$1.told"
	printf '%s\n\\echo end %s\n' "$2" $n >&"${inputs[$1]}"
}
# answer NAME: what it printed for what it was told last, once it is done.
answer() {
	local n i
	n=$(cat "$files/$1.told")
	for ((i = 0; i < 300; i++)); do
		! grep -qx "end $n" "$files/$1.out" || break
		sleep 0.02
	done
	awk -v from="end $((n - 1))" -v to="end $n" -v on="$((n == 1))" '$0 == to { on = 0 } on && NF { print } $0 == from { on = 1 }' "$files/$1.out"
}
ask() { tell "$1" "$2"; answer "$1"; }
# until_true QUERY: waits until it gives t, for 30 s.
until_true() {
	for ((i = 0; i < 1500; i++)); do
		[ "$(query "$1")" != t ] || return 0
		sleep 0.02
	done
	return 1
}
waits_for_lock() { until_true "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = '$database' AND wait_event_type = 'Lock' AND query LIKE '%$1%' AND pid <> pg_backend_pid())"; }
waits_for_writers() { until_true "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = '$database' AND wait_event_type = 'Extension' AND query LIKE '%refresh_rollups%' AND pid <> pg_backend_pid())"; }

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

echo 1..52

fill=$(cat <<'SQL'
CREATE EXTENSION clicktrack;
SET search_path = clicktrack, public;
SELECT create_click_partitions((now() - interval '70 days')::date, now()::date);
SELECT create_campaign('spring', 'sms', 'guests'), create_campaign('newsletter', 'email');
SELECT create_link('https://example.com/' || i, 1 + i % 2::bigint, slug => 'link-' || i) FROM generate_series(1, 4) AS i;
SELECT record_recipients(ARRAY(SELECT 'recipient ' || i FROM generate_series(1, 20) AS i));
SELECT setseed(0.25);
CREATE FUNCTION public.some_time() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT now() - random() * random() * interval ''65 days''';
CREATE FUNCTION public.some_click() RETURNS click_event LANGUAGE sql VOLATILE AS $$
	SELECT click_event(some_time(), 1 + floor(random() * 4)::bigint, 1 + floor(random() * 25)::bigint, channel => (ARRAY['sms', 'email', NULL])[1 + floor(random() * 3)::integer],
		bot_reasons => CASE WHEN random() < 0.2 THEN '{burst}'::text[] END)$$;
CREATE SEQUENCE public.key;
CREATE FUNCTION public.convert(n integer) RETURNS bigint LANGUAGE sql VOLATILE AS $$
	SELECT record_conversions(array_agg('order ' || nextval('key')), array_agg(1 + floor(random() * 25)::bigint), array_agg(some_time()), array_agg(10)) FROM generate_series(1, n)$$;
CREATE FUNCTION public.send(n integer) RETURNS bigint LANGUAGE sql VOLATILE AS $$
	SELECT record_sends(array_agg('message ' || nextval('key')), 1 + floor(random() * 2)::bigint, array_agg(1 + floor(random() * 20)::bigint), array_agg(some_time())) FROM generate_series(1, n)$$;
INSERT INTO click SELECT some_click() FROM generate_series(1, 400);
SELECT convert(80), send(80);
-- What the cells and the tables give differently, in one snapshot. (Of visitors who were
-- named, the old number may still count.)
CREATE FUNCTION public.differing() RETURNS SETOF text LANGUAGE sql STABLE AS $$
	WITH have AS (
		SELECT 'click' AS cells, ROW(day, link_id, channel, variant, clicks, human_clicks)::text AS cell FROM click_cells(NULL, NULL)
		UNION ALL SELECT 'click_hour', ROW(hour, link_id, channel, variant, clicks, human_clicks)::text FROM click_hour_cells(NULL, NULL)
		UNION ALL SELECT 'device', ROW(day, campaign_id, channel, country, device, clicks, human_clicks)::text FROM device_cells(NULL, NULL)
		UNION ALL SELECT 'bot', ROW(day, link_id, channel, reason, clicks)::text FROM bot_cells(NULL, NULL)
		UNION ALL SELECT 'credit', ROW(day, model, currency, link_id, channel, variant, round(conversions::numeric, 6), revenue)::text FROM credit_cells(NULL, NULL)
		UNION ALL SELECT 'path', c::text FROM path_cells(NULL, NULL) AS c
		UNION ALL SELECT 'response', c::text FROM response_cells(NULL, NULL) AS c
		UNION ALL SELECT 'cohort', c::text FROM cohort_cells() AS c WHERE NOT EXISTS (SELECT FROM visitor_alias WHERE pending)
	), plain AS (
		SELECT clicked_at, link_id, channel, variant, country, device, bot_reasons, is_bot, campaign_id
		FROM clicks LEFT JOIN (SELECT link_id, campaign_id FROM link) AS l USING (link_id)
	), credit AS (
		SELECT *, converted_at::date AS day, variant(click) AS variant FROM attribute('{first_touch,last_touch,linear,position_based,time_decay}', '720 hours', scale => 4)
	), want AS (
		SELECT 'click' AS cells, ROW(clicked_at::date, link_id, channel, variant, count(*), count(*) FILTER (WHERE NOT is_bot))::text AS cell FROM plain GROUP BY clicked_at::date, link_id, channel, variant
		UNION ALL SELECT 'click_hour', ROW(date_trunc('hour', clicked_at), link_id, channel, variant, count(*), count(*) FILTER (WHERE NOT is_bot))::text FROM plain GROUP BY date_trunc('hour', clicked_at), link_id, channel, variant
		UNION ALL SELECT 'device', ROW(clicked_at::date, campaign_id, channel, country, device, count(*), count(*) FILTER (WHERE NOT is_bot))::text FROM plain GROUP BY clicked_at::date, campaign_id, channel, country, device
		UNION ALL SELECT 'bot', ROW(clicked_at::date, link_id, channel, reason, count(*))::text FROM plain, unnest(bot_reasons) AS reason GROUP BY clicked_at::date, link_id, channel, reason
		UNION ALL SELECT 'credit', ROW(day, model, currency, link_id, channel, variant, round(sum(weight)::numeric, 6), sum(credited_revenue))::text FROM credit GROUP BY day, model, currency, link_id, channel, variant
		UNION ALL SELECT 'path', ROW(p.*)::text FROM raw_path_cells('-infinity', 'infinity') AS p
		UNION ALL SELECT 'response', ROW(r.*)::text FROM raw_response_cells(NULL, NULL) AS r
		UNION ALL SELECT 'cohort', c::text FROM raw_cohort_cells(date_trunc('month', now())::date) AS c WHERE NOT EXISTS (SELECT FROM visitor_alias WHERE pending)
	)
	SELECT DISTINCT cells FROM ((TABLE have EXCEPT ALL TABLE want) UNION ALL (TABLE want EXCEPT ALL TABLE have)) AS d$$;
ALTER FUNCTION public.differing() SET search_path = clicktrack, public;
SQL
)
createdb "$database"
is 'the store is filled' "$(psql -Xq -v ON_ERROR_STOP=1 -d "$database" -c "$fill" 2>&1 >/dev/null)" ''
query "ALTER DATABASE $database SET search_path = clicktrack, public"

refresh="SELECT string_agg(task, ', ') FROM refresh_rollups();"
all_of_it='days of clicks, days of credits, days of responses, months of cohorts, days left'
same() { is "$1" "$(query 'SELECT differing()')" ''; }

# ---- a refresh beside a writer ----

same 'before a refresh'
is 'a refresh' "$(query "$refresh")" "$all_of_it"
same 'after it'
query "SELECT clear_rollups(); SELECT setval('rollup_gate', -1, false)" >/dev/null
open_session writer
open_session other
open_session third
ask writer "BEGIN; SELECT status FROM visit('link-1', visitor_id => 7, clicked_at => now() - interval '9 days'); SELECT convert(1);" >/dev/null
is 'beside an open transaction that writes it gives up, and says so' "$(query "SELECT task, done FROM refresh_rollups(patience => '0.3 s')")" 'left to the next run, as a transaction that writes is open|'
is 'after as long as it was told' "$(psql -XAtq -d "$database" <<-'SQL'
	SELECT clock_timestamp() AS at \gset
	SELECT count(*) FROM refresh_rollups(patience => '0.5 s') \g /dev/null
	SELECT clock_timestamp() - :'at' BETWEEN '0.5 s' AND '3 s';
	SQL
)" t
same 'and nothing changes'
ask writer 'COMMIT;' >/dev/null
same 'nor when the transaction commits'
is 'then a refresh is done' "$(query "$refresh")" "$all_of_it"
same 'and has what the transaction wrote'
# the gate is there by now: who waits is let go by the end of the other
ask writer "BEGIN; INSERT INTO click SELECT some_click() FROM generate_series(1, 5);" >/dev/null
tell other "$refresh"
waits_for_writers
ask writer 'ROLLBACK;' >/dev/null
is 'a refresh waits for the end of a transaction' "$(answer other)" "$all_of_it"
same 'that is rolled back'
is 'a transaction that only reads is none to wait for' "$(ask writer 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) > 0 FROM click;'; query "$refresh"; ask writer 'COMMIT;')" "t
$all_of_it"
is 'maintain() does all else in a transaction of one snapshot' "$(ask writer "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT task FROM maintain() WHERE done IS NULL; ROLLBACK;")" 'refresh rollups'
is 'in one it is refused' "$(ask writer '\set VERBOSITY sqlstate
	BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT refresh_rollups(); ROLLBACK;
	BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT refresh_rollups(); ROLLBACK;
	\set VERBOSITY default')" 'ERROR:  25000
ERROR:  25000'

# ---- in the middle of a refresh ----

# another holds a rollup, after clicks are summed up: the refresh stays there
stop_refresh() {
	query 'INSERT INTO click SELECT some_click() FROM generate_series(1, 20)' >/dev/null
	ask writer 'BEGIN; LOCK TABLE credit_daily IN SHARE MODE;' >/dev/null
	tell other "${1:-} $refresh"
	waits_for_lock refresh_rollups
}
go_on() {
	ask writer 'COMMIT;' >/dev/null
	answer other
}
stop_refresh
is 'a second one at once leaves it to the first' "$(query 'SELECT task, done FROM refresh_rollups()')" 'left to another session|0'
same 'in the middle of a refresh'
is 'visits, late and not, wait for nobody' "$(query "SET statement_timeout = '2 s';
	SELECT DISTINCT status FROM generate_series(0, 40) AS i, visit('link-2', visitor_id => i, clicked_at => now() - i * interval '1 day')")" ok
is 'nor does whatever else is written' "$(query "SET statement_timeout = '2 s'; SELECT convert(5), send(5); UPDATE click SET event = with_bot_reasons_if(event, manual => true) WHERE random() < 0.1;
	DELETE FROM click WHERE random() < 0.02; SELECT identify(24, 3); UPDATE campaign SET audience = 'others' WHERE campaign_id = 1;
	UPDATE link SET campaign_id = 3 - campaign_id WHERE link_id = 3; SELECT FROM create_link('https://example.com/more', 1, slug => 'more');
	SELECT status FROM visit('more')" | tail -n 2)" $'t\nok'
same 'which is seen at once'
tell third "SELECT apply_aliases() > 0;"
is 'aliases are not applied beside it' "$(waits_for_lock apply_aliases && echo t)" t
is 'the refresh ends' "$(go_on)" "$all_of_it"
is 'and then they are' "$(answer third)" t
same 'and is not wrong about what was written meanwhile'
query "$refresh" >/dev/null
same 'nor is the next one'
stop_refresh "SET statement_timeout = '0.7 s';"
is 'a refresh is cancelled' "$(answer other | head -n 1)" 'ERROR:  canceling statement due to statement timeout'
ask writer 'COMMIT;' >/dev/null
same 'which leaves all as it was'
is 'a later one goes on' "$(ask other "RESET statement_timeout; $refresh")" "$all_of_it"
same 'and catches up'
stop_refresh
query "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '$database' AND wait_event_type = 'Lock' AND query LIKE '%refresh_rollups%'" >/dev/null
ask writer 'COMMIT;' >/dev/null
same 'a refresh whose session ends leaves all as it was'
close_session other
rm "$files"/other.*
open_session other

# ---- who looks for what others write ----

# K and V convert and click; V turns out to be K in a transaction that begins when a refresh
# already waits, and does not see a late conversion of V, which the refresh does.
query "TRUNCATE click, conversion, send; INSERT INTO click SELECT click_event(now() - interval '20 days', link, v) FROM (VALUES (1, -50), (2, 50)) AS p(link, v); $refresh" >/dev/null
# (which waits for links last)
ask writer "BEGIN; SELECT FROM create_link('https://example.com/last', 1);" >/dev/null
tell other "$refresh"
waits_for_writers
ask third 'BEGIN; SELECT identify(-50, 50);' >/dev/null
query "SELECT record_conversions('{late}', '{-50}', ARRAY[now() - interval '19 days'], '{8}')" >/dev/null
ask writer 'COMMIT;' >/dev/null
# by then the refresh is done, or waits again
until_true "SELECT NOT EXISTS (SELECT FROM pg_locks WHERE relation = 'link'::regclass AND mode = 'RowExclusiveLock')"
sleep 0.3
until_true "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = '$database' AND query LIKE '%refresh_rollups%' AND (state = 'idle' OR wait_event_type = 'Extension') AND pid <> pg_backend_pid())"
ask third 'COMMIT;' >/dev/null
is 'a refresh waits for who is naming a visitor' "$(answer other)" "$all_of_it"
same 'so that what others wrote of the visitor is not missed'

# ---- who wants tables for himself ----

ask writer 'BEGIN; SELECT convert(1);' >/dev/null
tell other "$refresh"
waits_for_writers
tell third "SELECT create_click_partitions('2031-01-01', '2031-01-01');"
sleep 0.3
ask writer 'COMMIT;' >/dev/null
is 'a partition is created while a refresh waits' "$(answer third; answer other)" "1
$all_of_it"
stop_refresh
tell third 'TRUNCATE conversion;'
sleep 0.3
is 'a table is truncated beside a refresh' "$(go_on; answer third)" "$all_of_it"
same 'and all is raw again'
query "SELECT convert(30); $refresh" >/dev/null
same 'until the next refresh'
query "SELECT clear_rollups()"
ask writer 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM campaign;' >/dev/null
query "$refresh" >/dev/null
ask writer 'TRUNCATE conversion; UPDATE link SET campaign_id = 3 - campaign_id; COMMIT;' >/dev/null
same 'by one who does not see the rollups, too'
# VACUUM holds a lock like a writer's for as long as it takes
query "INSERT INTO click SELECT click_event(now() - interval '1 hour', 1, i) FROM generate_series(1, 3000) AS i" >/dev/null
tell third "SET vacuum_cost_delay = '100 ms'; SET vacuum_cost_limit = 1; SELECT format('VACUUM %s', tableoid::regclass) FROM click WHERE clicked_at(event) = (SELECT max(clicked_at(event)) FROM click) LIMIT 1 \\gexec"
until_true "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = '$database' AND wait_event = 'VacuumDelay')"
is 'VACUUM is no writer to wait for' "$(query "SELECT string_agg(task, ', ') FROM refresh_rollups(patience => '0.2 s')")" "$all_of_it"
query "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = '$database' AND query LIKE 'VACUUM%'" >/dev/null
for session in writer other third; do close_session $session; done

# ---- all at once ----

# transactions NAME N STATEMENT...: N transactions of random statements and lengths, some of which are rolled back
transactions() {
	local name=$1 n=$2 i k
	shift 2
	for ((i = 0; i < n; i++)); do
		echo 'BEGIN;'
		for ((k = 0; k <= RANDOM % 3; k++)); do echo "${@:1 + RANDOM % $#:1};"; done
		[ $((RANDOM % 3)) != 0 ] || echo "SELECT FROM pg_sleep(random() * 0.15);"
		[ $((RANDOM % 5)) != 0 ] && echo 'COMMIT;' || echo 'ROLLBACK;'
	done >"$files/$name.sql"
	{ echo "SET statement_timeout = '2 s'; SELECT setseed($RANDOM / 32768.0);"; cat "$files/$name.sql"; } |
		psql -XAtq -d "$database" >"$files/$name.log" 2>&1
	touch "$files/$name.done"
}
query "SELECT clear_rollups(); SELECT setval('rollup_gate', -1, false); INSERT INTO click SELECT some_click() FROM generate_series(1, 200)" >/dev/null
transactions clicks 120 "SELECT FROM visit('link-' || 1 + floor(random() * 4), visitor_id => 1 + floor(random() * 25)::bigint, clicked_at => some_time())" \
	'SELECT record_clicks(ARRAY[some_click(), some_click()])' "SELECT record_clicks(ARRAY[click_event(now(), 1, 3)])" &
transactions rows 120 'INSERT INTO click SELECT some_click() FROM generate_series(1, 3)' "SELECT await_turn('click'); UPDATE click SET event = with_bot_reasons_if(event, manual => random() < 0.5) WHERE random() < 0.01" \
	"SELECT await_turn('click'); DELETE FROM click WHERE random() < 0.005" \
	"SELECT FROM visit('link-1', visitor_id => 5)" &
transactions outcomes 120 'SELECT convert(2)' 'SELECT send(2)' "SELECT record_deliveries(array_agg(message_key), array_agg(now())) FROM (SELECT message_key FROM send ORDER BY random() LIMIT 2) AS s HAVING count(*) > 0" \
	'SELECT identify(20 + floor(random() * 6)::bigint, 1 + floor(random() * 20)::bigint)' \
	"SELECT record_recipients(ARRAY['recipient ' || 1 + floor(random() * 20)], audience => ARRAY[(ARRAY['a', 'b'])[1 + floor(random() * 2)::integer]])" &
# the first refresh is the one that moves the gate: again and again
( until [ -f "$files/clicks.done" ] && [ -f "$files/rows.done" ] && [ -f "$files/outcomes.done" ]; do
	echo "SELECT task FROM refresh_rollups(max_days => 30, patience => '0.3 s') WHERE task LIKE 'left%' OR task = 'days of clicks';"
	echo "SELECT task FROM refresh_rollups(patience => '1 s') WHERE task LIKE 'left%' OR task = 'days of clicks';"
	[ $((RANDOM % 3)) != 0 ] || echo "SELECT clear_rollups(); SELECT setval('rollup_gate', -1, false) \\g /dev/null"
	[ $((RANDOM % 3)) != 0 ] || echo 'SELECT apply_aliases() \g /dev/null'
	sleep 0.3
done ) | psql -XAtq -d "$database" >"$files/refreshes.log" 2>&1 &
( until [ -f "$files/clicks.done" ] && [ -f "$files/rows.done" ] && [ -f "$files/outcomes.done" ]; do
	echo "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 'differs: ' || d FROM differing() AS d; SELECT 'looked'; COMMIT;"
	sleep 0.2
done ) | psql -XAtq -d "$database" >"$files/looks.log" 2>&1 &
wait
is 'no error, no deadlock, no visit of two seconds' "$(grep -h ERROR "$files"/{clicks,rows,outcomes,refreshes,looks}.log | sort | uniq -c)" ''
is 'refreshes were done' "$([ "$(grep -c 'days of clicks' "$files/refreshes.log")" -gt 3 ] && echo t)" t
is 'the cells were looked at' "$([ "$(grep -c looked "$files/looks.log")" -gt 10 ] && echo t)" t
is 'and never differed' "$(grep differs "$files/looks.log" | sort | uniq -c)" ''
query "$refresh" >/dev/null
same 'nor in the end'
echo "# $(grep -c 'days of clicks' "$files/refreshes.log") refreshes, $(grep -c left "$files/refreshes.log") left, $(grep -c looked "$files/looks.log") looks"

# ---- a crash ----

(
	pgbin=$(dirname "$(command -v pg_ctl)")
	make_workdir
	start_cluster max_prepared_transactions=2
	createdb "$database"
	psql -Xq -d "$database" -c "$fill" >"$work/fill.log" 2>&1
	query "ALTER DATABASE $database SET search_path = clicktrack, public"
	same 'a cluster of its own'
	query "BEGIN; INSERT INTO click VALUES (click_event(now() - interval '5 days', 1, 1)); PREPARE TRANSACTION 'writer'"
	is 'a prepared transaction is open' "$(query "SELECT task FROM refresh_rollups(patience => '0.1 s')")" 'left to the next run, as a transaction that writes is open'
	query "COMMIT PREPARED 'writer'"
	query "$refresh" >/dev/null
	same 'until it is committed'
	for crash in 1 2; do
		for session in 1 2; do
			{ for ((i = 0; i < 300; i++)); do
				echo "SELECT FROM visit('link-1', visitor_id => $i % 20, clicked_at => some_time()); SELECT convert(1); INSERT INTO click VALUES (click_event(now(), 1, 3)); SELECT pg_sleep(0.01);"
			done; } | psql -Xq -d "$database" >"$work/writes.$session" 2>&1 &
		done
		{ for ((i = 0; i < 100; i++)); do
			echo "SELECT refresh_rollups(max_days => 20); SELECT refresh_rollups(); SELECT clear_rollups(); SELECT setval('rollup_gate', -1, false);"
		done; } | psql -Xq -d "$database" >"$work/refreshes" 2>&1 &
		sleep 1.$((RANDOM % 10))
		stop_cluster "$work/data" immediate
		wait
		launch_cluster max_prepared_transactions=2
		same "after crash $crash"
		query "SELECT record_clicks(ARRAY(SELECT some_click() FROM generate_series(1, 20)))" >/dev/null
		same 'and late clicks'
		query "$refresh" >/dev/null
		same 'and a refresh'
	done
)
