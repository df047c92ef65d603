#!/usr/bin/env bash
# `make growth`: what attribution takes as the clicks grow, as a table of time, memory and
# temporary files: whether a step is in proportion to its rows, and whether work_mem holds.
#
#   MILLIONS="1 2 5 10 20 50"   how many million clicks, one after the other
#   WORK_MEM=64MB               the server's work_mem
#
# For each size: clicks on 1000 links, of a fifth as many visitors (some much more often than
# most), over 90 days, and conversions of the same visitors, a twentieth as many. The memory
# is what the server's processes have to themselves (RssAnon: no shared buffers) at its peak,
# less what they had before the statement; it and the temporary files are looked at twenty
# times a second.
source "$(dirname "$0")/lib.sh"
export LC_ALL=C

work_mem=${WORK_MEM:-64MB}

# generate MILLIONS
generate() {
	psql -Xq -v ON_ERROR_STOP=1 -v clicks="$(($1 * 1000000))" <<-'SQL'
		SET client_min_messages = warning;
		DROP TABLE IF EXISTS clicks, conversions;
		SELECT setseed(0.5) \g /dev/null
		CREATE UNLOGGED TABLE clicks AS
		SELECT i AS click_id, timestamptz '2026-01-01 00:00Z' + i * (interval '90 days' / :clicks) AS clicked_at,
			1 + floor(:clicks / 5 * random() ^ 2)::bigint AS visitor_id, 1 + floor(1000 * random() ^ 2)::bigint AS link_id
		FROM generate_series(1::bigint, :clicks) AS i;
		CREATE UNLOGGED TABLE conversions AS
		SELECT i AS conversion_id, timestamptz '2026-01-01 00:00Z' + i * (20 * interval '90 days' / :clicks) AS converted_at,
			1 + floor(:clicks / 5 * random() ^ 2)::bigint AS visitor_id, round((5 + 200 * random() ^ 3)::numeric, 2) AS revenue
		FROM generate_series(1::bigint, :clicks / 20) AS i;
		VACUUM ANALYZE clicks, conversions;
	SQL
}

# The kilobytes that the server's processes have to themselves, and those of temporary files.
sample() {
	local pids=() files
	read -r -a pids <"/proc/$server/task/$server/children" || true
	files=("${pids[@]/#//proc/}")
	# some may just have ended
	cat "${files[@]/%//status}" 2>/dev/null | awk '/^RssAnon:/ { kb += $2 } END { printf "%d ", kb }' || true
	{ du -sk "$work/data/base/pgsql_tmp" 2>/dev/null || echo 0; } | awk 'END { print $1 + 0 }'
}

# measure STATEMENT: leaves milliseconds in $ms, megabytes in $memory and $files.
measure() {
	local before kb disk client most=0 most_disk=0
	read -r before disk <<<"$(sample)"
	psql -XqAt -v ON_ERROR_STOP=1 -c '\timing on' -c "$1" >"$work/answer" &
	client=$!
	while kill -0 "$client" 2>/dev/null; do
		read -r kb disk <<<"$(sample)"
		[ "$kb" -le "$most" ] || most=$kb
		[ "$disk" -le "$most_disk" ] || most_disk=$disk
		sleep 0.05
	done
	wait "$client"
	ms=$(sed -n 's/^Time: \([0-9]*\).*/\1/p' "$work/answer")
	memory=$(((most > before ? most - before : 0) / 1024)) files=$((most_disk / 1024))
}

# The report by link in 7 days, by MODEL.
report() {
	echo "SELECT sum(credited_revenue) FROM clicktrack.attribution_report_tables('conversions', 'clicks', 'conversion_id', 'visitor_id',
		'converted_at', 'revenue', 'visitor_id', 'clicked_at', 'click_id', 'link_id', '{$1}', '7 days')"
}

ensure_tools
make_workdir
build ${BUILD_ARGS:-}
start_cluster shared_buffers=256MB "work_mem=$work_mem" maintenance_work_mem=256MB jit=off autovacuum=off synchronize_seqscans=off
psql -Xqc 'CREATE EXTENSION clicktrack'
server=$(head -n 1 "$work/data/postmaster.pid")

echo "attribution_report_tables by link in 7 days, work_mem $work_mem, $(nproc) cores"
printf '%10s  %-12s %10s %14s %12s %14s\n' clicks model seconds 'us per click' 'memory, MB' 'temp files, MB'
for millions in ${MILLIONS:-1 2 5 10 20 50}; do
	generate "$millions"
	for model in last_touch linear; do
		measure "$(report "$model")"
		awk -v millions="$millions" -v model="$model" -v ms="$ms" -v memory="$memory" -v files="$files" 'BEGIN {
			printf "%8d M  %-12s %10.2f %14.2f %12d %14d\n", millions, model, ms / 1e3, ms / 1e3 / millions, memory, files }'
	done
done
