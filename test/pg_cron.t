#!/usr/bin/env bash
# maintain() run by pg_cron, on a cluster of its own that uses the installation under test:
# the one whose pg_ctl is first in the path. Prints TAP.
source "$(dirname "$0")/lib.sh"
set +e

pgbin=$(dirname "$(command -v pg_ctl)")
if [ ! -f "$("$pgbin/pg_config" --sharedir)/extension/pg_cron.control" ]; then
	echo '1..0 # SKIP pg_cron is not installed'
	exit 0
fi

make_workdir
cd "$work"
start_cluster shared_preload_libraries=pg_cron cron.use_background_workers=on cron.database_name=postgres

tests=0
# is NAME GOT WANT: a test that two texts are the same.
is() {
	tests=$((tests + 1))
	if [ "$2" = "$3" ]; then echo "ok $tests - $1"; else printf 'not ok %s - %s\n# have: %s\n# want: %s\n' "$tests" "$1" "$2" "$3"; fi
}
query() { psql -XAtq -v ON_ERROR_STOP=1 -c "$1" 2>&1; }

echo 1..4
is 'pg_cron and clicktrack are created' "$(query 'CREATE EXTENSION pg_cron' && query 'CREATE EXTENSION clicktrack')" ''

# every second where pg_cron can (since 1.5), else at the next minute
every=$(query "SELECT CASE WHEN string_to_array(split_part(extversion, '-', 1), '.')::integer[] >= '{1,5}' THEN '1 second' ELSE '* * * * *' END FROM pg_extension WHERE extname = 'pg_cron'")
is 'maintain() is scheduled' "$(query "SELECT cron.schedule('clicktrack', '$every', 'SELECT clicktrack.maintain()') > 0")" t
status=
# at most 75 seconds
for ((i = 0; i < 150; i++)); do
	status=$(query "SELECT status FROM cron.job_run_details WHERE status IN ('succeeded', 'failed') LIMIT 1")
	[ -z "$status" ] || break
	sleep 0.5
done
is 'it runs' "$status" succeeded
is 'this month and three more have their partitions' "$(query "SELECT count(*) FROM pg_inherits WHERE inhparent = 'clicktrack.click'::regclass AND inhrelid <> 'clicktrack.click_default'::regclass")" 4
