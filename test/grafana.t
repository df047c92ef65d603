#!/usr/bin/env bash
# The dashboard for Grafana: its structure, and each of its queries as Grafana sends it, run by
# a role that may do what analysts may. Speaks TAP.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v python3 >/dev/null || { echo '1..0 # SKIP Python 3 is not installed'; exit 0; }
dashboard=grafana/clicktrack.json
database=clicktrack_grafana_$$
work=$(mktemp -d)
trap 'dropdb --if-exists --force "$database"; dropdb --if-exists --force "${database}_empty"; psql -Xqd postgres -c "DROP ROLE IF EXISTS $database"; rm -rf "$work"' EXIT
n=0
report() { # TITLE COMPLAINT
	n=$((n + 1))
	if [ -z "$2" ]; then echo "ok $n - $1"; else echo "not ok $n - $1"; sed 's/^/# /' <<<"$2"; fi
}

report 'its structure' "$(python3 test/grafana.py "$dashboard" check 2>&1)"

createdb "$database"
createdb "${database}_empty"
awk '/^```sql$/ { inside = 1; next } /^```/ { if (inside) exit } inside' docs/cookbook.md >"$work/data.sql"
PGTZ=UTC psql -Xq -v ON_ERROR_STOP=1 -d "$database" -f "$work/data.sql" >/dev/null
psql -Xq -v ON_ERROR_STOP=1 -d "${database}_empty" -c 'CREATE EXTENSION clicktrack'
psql -Xqd postgres -c "CREATE ROLE $database"
for name in "$database" "${database}_empty"; do psql -Xqd "$name" -c "SELECT clicktrack.grant_access('$database', 'analyst')" >/dev/null; done

# run TITLE DATABASE LEAST CAMPAIGNS CHANNELS FROM TO: every query has its columns and at least so many rows
run() {
	local title=$1 on=$2 least=$3 query head answer complaint columns
	python3 test/grafana.py "$dashboard" queries "${@:4}" >"$work/queries"
	rm -f "$work"/query.*
	awk -v dir="$work" '/^-- / { n++; file = sprintf("%s/query.%03d", dir, n) } { print > file }' "$work/queries"
	for query in "$work"/query.*; do
		head=$(head -n 1 "$query" | cut -c4-)
		complaint=
		# Kathmandu, since a day is one by UTC wherever Grafana's session is
		if ! answer=$(PGOPTIONS="-c role=$database -c timezone=Asia/Kathmandu" psql -XAq -F $'\t' -P footer=off -v ON_ERROR_STOP=1 -d "$on" -f "$query" 2>&1); then
			complaint=$answer
		else
			columns=$(head -n 1 <<<"$answer")
			complaint=$(comm -13 <(tr '\t' '\n' <<<"$columns" | sort) <(cut -f2- <<<"$head"$'\t' | tr '\t' '\n' | grep . | sort) | sed 's/^/no column /')
			[ "$(wc -l <<<"$answer")" -gt "$least" ] || complaint+="fewer rows than $least"
		fi
		report "$title: $(cut -f1 <<<"$head")" "$complaint"
	done
}
all_campaigns=$(psql -XAtqd "$database" -c "SELECT string_agg(quote_literal(campaign_id), ',' ORDER BY name) FROM clicktrack.campaign")
all_channels="'email','in_app','other','push','qr','sms','web','(none)'"
run 'the quarter' "$database" 1 "$all_campaigns" "$all_channels" 2025-01-01T00:00:00 2025-04-01T00:00:00
run 'two days of one campaign and channel' "$database" 0 "'1'" "'email'" 2025-02-01T12:00:00 2025-02-03T12:00:00
run 'empty' "${database}_empty" 0 '' '' 2025-01-01T00:00:00 2025-04-01T00:00:00

# What the headlines say is what the tables say.
figure() { awk -v title="$1" -F'\t' '/^-- / { inside = index($0, "-- " title) == 1 } inside' "$work/queries" >"$work/one"; psql -XAtq -d "$database" -f "$work/one"; }
python3 test/grafana.py "$dashboard" queries "$all_campaigns" "$all_channels" 2025-01-01T00:00:00 2025-04-01T00:00:00 >"$work/queries"
expected=$(psql -XAtqd "$database" -c "SET search_path = clicktrack, public" -c "SELECT count(*) FILTER (WHERE NOT is_bot(event)), count(*),
	(SELECT count(DISTINCT coalesce(known_id, visitor_id(event))) FROM click LEFT JOIN visitor_alias ON visitor_id = visitor_id(event) WHERE NOT is_bot(event)) FROM click")
got=$(figure 'People' | awk -F'|' '{ print $1 "|" $3 "|" $2 }')
# the sketch is near beyond 128 visitors
report 'people' "$(awk -F'|' -v expected="$expected" '{ split(expected, e, "|"); if ($1 != e[1] || $2 != e[2] || $3 < 0.95 * e[3] || $3 > 1.05 * e[3]) print $0 ", not " expected }' <<<"$got")"
expected=$(psql -XAtqd "$database" -c "SELECT currency, sum(credited_revenue) FROM clicktrack.attribute('{last_touch}', keep_unattributed => false) GROUP BY currency")
report 'revenue' "$(awk -F'|' -v expected="$expected" '{ split(expected, e, "|"); if ($1 != e[1] || $2 + 0 != e[2] + 0) print $0 ", not " expected }' <<<"$(figure 'Revenue A')")"
report 'no more and no fewer tests than queries' "$([ "$n" = $((3 * $(grep -c '^-- ' "$work/queries") + 3)) ] || echo "$n")"
echo "1..$n"
