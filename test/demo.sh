#!/usr/bin/env bash
# `make demo`: a quarter of a shop's SMS and email marketing, clicked through and reported. All
# that it leaves is the report, in the file that CLICKTRACK_REPORT names.
source "$(dirname "$0")/lib.sh"

ensure_tools
make_workdir
say 'clicktrack: building'
build
start_cluster
say "clicktrack: PostgreSQL $(psql -XAtc 'SHOW server_version'), generating the quarter"
# The C locale only says how psql groups digits: 1,234.56.
LC_ALL=C psql -X -q -v ON_ERROR_STOP=1 -f "$tree/test/demo.sql"

# Made whole, then put there: a link of that name is replaced, not followed.
report=${CLICKTRACK_REPORT:-${TMPDIR:-/tmp}/clicktrack-report.html}
psql -Xq -c 'SET client_min_messages = warning' -c 'SELECT clicktrack.maintain()' -o /dev/null
PGCLIENTENCODING=UTF8 PGTZ=UTC psql -XAt -v ON_ERROR_STOP=1 -o "$work/report.html" -c "SELECT clicktrack.report_html('2026-01-01', '2026-04-01', 'The first quarter of 2026')"
mv -fT "$work/report.html" "$report" || die "cannot write $report; CLICKTRACK_REPORT names another file"
printf '\nThe report, for a browser: %s\n' "$report"
