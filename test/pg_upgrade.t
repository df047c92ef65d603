#!/usr/bin/env bash
# pg_upgrade of a cluster with a filled store, a user's tables and stored states, to the same
# major version: every row and object is there as it was, and works. On clusters of its own that
# use the installation under test: the one whose pg_ctl is first in the path. Prints TAP.
source "$(dirname "$0")/lib.sh"
set +e

pgbin=$(dirname "$(command -v pg_ctl)")
if [ ! -x "$pgbin/pg_upgrade" ]; then
	echo '1..0 # SKIP pg_upgrade is not installed'
	exit 0
fi

tests=0
# is NAME GOT WANT: a test that two texts are the same; shows the first lines that differ if not.
is() {
	local output
	tests=$((tests + 1))
	if output=$(diff -U0 --label have --label want <(echo "$2") <(echo "$3") | head -n 12; exit "${PIPESTATUS[0]}"); then
		echo "ok $tests - $1"
	else
		echo "not ok $tests - $1"
		sed 's/^/# /' <<<"$output"
	fi
}

query() { psql -XAtq -v ON_ERROR_STOP=1 -c 'SET search_path = clicktrack, public' -c "$1" 2>&1; }

# Everything in the database, without what differs from run to run.
dump() { pg_dump | grep -vE '^\\(un)?restrict '; }

# What is rolled up, and what notes hold it: no dump of text has it.
rollups() {
	query "SELECT last_value, is_called FROM rollup_gate"
	query "SELECT format('SELECT %L, count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM clicktrack.%I AS t', relname, relname)
		FROM pg_class WHERE relnamespace = 'clicktrack'::regnamespace AND relkind IN ('r', 'v') AND relname ~ '_(hourly|daily|monthly)$|^rollup_|^stale_day$' ORDER BY relname" |
		sed 's/$/;/' | psql -XAtq 2>&1
}

# Answers that come of the tables: with and without the indexes on click_event, and of states.
answers() {
	local scan
	for scan in seqscan indexscan,bitmapscan,indexonlyscan; do
		PGOPTIONS=$(printf -- '-c enable_%s=off ' ${scan//,/ }) query "
			SELECT event FROM journal WHERE event BETWEEN '2026-01-10 link_id=0' AND '2026-01-10 12:00 link_id=9' ORDER BY event;
			SELECT count(*) FROM journal WHERE event >= '2026-01-20 link_id=0';
			SELECT count(*) FROM journal AS j JOIN by_event USING (event)" | md5sum
	done
	query 'SELECT visitor_set_count(visitors), revenue_tally_per_click(revenue) FROM journal ORDER BY event'
	query 'TABLE uniques; TABLE performance; SELECT * FROM attribute()'
}

make_workdir
echo 1..13

# ---- before ----

start_cluster
is 'the store and a user'\''s tables are filled' "$(psql -Xq -v ON_ERROR_STOP=1 -v reader=clicktrack_reader -f "$tree/test/filled.sql" 2>&1 >/dev/null)" ''
# a table of states for each aggregate, beside the rows
is 'states are stored' "$(psql -XAtq -v ON_ERROR_STOP=1 -v seeds=40 -v rows=500 2>&1 <<-SQL
	SET search_path = public, clicktrack;
	\\i $tree/test/sample.sql
	\\i $tree/test/every_aggregate.sql
	SELECT format('CREATE TABLE stored_%s AS SELECT seed, grp, shard, %s FROM sample GROUP BY seed, grp, shard', n, state) FROM family
	\\gexec
	SELECT count(*) > 0 FROM family;
	SQL
)" t
dumped=$(dump)
answered=$(answers)
rolled=$(rollups)
is 'days are rolled up, and some are stale' "$(grep -cE '^(click_daily|credit_daily|response_daily|stale_day)\|[1-9]' <<<"$rolled")" 4
stop_cluster "$work/data" fast
mv "$work/data" "$work/old"

# ---- the upgrade ----

init_cluster
mkdir "$work/upgrade"
[ "$(id -u)" != 0 ] || chown "$server_user" "$work/upgrade"
no_sync=$("$pgbin/pg_upgrade" --help | grep -o -- --no-sync | head -n 1)
upgraded=$(cd "$work/upgrade" && as_server sh -c 'cd "$0" && exec "$@"' "$work/upgrade" "$pgbin/pg_upgrade" -b "$pgbin" -B "$pgbin" \
	-d "$work/old" -D "$work/data" -s "$work/socket" -U postgres $no_sync 2>&1)
is 'pg_upgrade succeeds' "$(grep -c '^Upgrade Complete' <<<"$upgraded"; grep -iE 'fatal|failure|error' <<<"$upgraded")" 1

# ---- after ----

launch_cluster
is 'every row and object is the same' "$(dump)" "$dumped"
is 'indexes and functions give the same' "$(answers)" "$answered"
is 'and so are rollups and the gate behind which changes are noted' "$(rollups)" "$rolled"
is 'a late click is noted' "$(query "INSERT INTO click VALUES (click_event('2026-01-20', 1, 5)); SELECT * FROM rollup_change WHERE day <> '2026-01-15'")" 'click|2026-01-20'
is 'and counted' "$(query "SELECT sum(clicks) = (SELECT count(*) FROM click) FROM click_cells(NULL, NULL); SELECT sum(done) > 0 FROM refresh_rollups(); SELECT sum(clicks) = (SELECT count(*) FROM click) FROM click_cells(NULL, NULL)")" $'t\nt\nt'
is 'states that were stored give what their rows give' "$(psql -XAtq -v ON_ERROR_STOP=1 2>&1 <<-'SQL'
	SET search_path = public, clicktrack;
	SELECT format('SELECT %L, * FROM ((SELECT seed, grp, %s FROM stored_%s GROUP BY seed, grp) EXCEPT (%s)) AS d LIMIT 3', name, result, n, direct) FROM family
	\gexec
	SQL
)" ''
is 'a code that was there leads where it did' "$(query 'SELECT bool_and(v.url = l.url) FROM (SELECT * FROM link LIMIT 20) AS l, LATERAL visit(l.code, l.domain) AS v')" t
is 'links go on' "$(query "SELECT count(DISTINCT code), min(link_id) FROM generate_series(1, 50) AS i, create_link('https://example.com/after/' || i, 'spring')")" '50|1001'
# (with the click at infinity)
is 'indexes take more' "$(query "INSERT INTO by_event SELECT click_event('2026-05-01'::timestamptz + i * interval '1 minute', i) FROM generate_series(1, 1000) AS i;
	SET enable_seqscan = off; SELECT count(*) FROM by_event WHERE event >= '2026-05-01 link_id=0'")" 1001
