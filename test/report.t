#!/usr/bin/env bash
# The report as its readers see it: made as the README says, opened in Chromium, wide and narrow,
# light and dark; and in databases of other encodings than UTF-8. Speaks TAP. With a directory in
# CLICKTRACK_PICTURES it leaves pictures there.
set -euo pipefail
cd "$(dirname "$0")/.."

database=clicktrack_report_$$
work=$(mktemp -d)
export PGCLIENTENCODING=UTF8
trap 'dropdb --if-exists "$database" 2>/dev/null; rm -rf "$work"' EXIT

# make FILE: the report of the database.
make() { psql -XAtd "$database" -v ON_ERROR_STOP=1 -c "SELECT clicktrack.report_html(title => 'Every \"<b>thing</b>\"')" >"$1"; }

chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -z "$chromium" ] || ! "$chromium" --version >/dev/null 2>&1 || ! command -v node >/dev/null; then
	echo "ok 1 - the report in a browser # SKIP chromium and node are not both here"
	tests=1
else
	createdb "$database"
	psql -Xqd "$database" -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION clicktrack' -c 'SET search_path = clicktrack, public' -c "SET timezone = 'UTC'" -f test/report_data.sql \
		-c '\t' -c '\a' -c "\\o $work/names" -c "SELECT json_agg(left(name, 120)) FROM plan"
	make "$work/report.html"
	node test/report.js "$chromium" "$work/report.html" "$work/names" ${CLICKTRACK_PICTURES:+"$CLICKTRACK_PICTURES"} >"$work/tap" || true
	grep -v '^1\.\.' "$work/tap"
	tests=$(grep -cE '^(not )?ok' "$work/tap")
	# without a plan it did not come to its end
	grep -q '^1\.\.' "$work/tap" || echo "not ok $((++tests)) - the browser came to its end"
	dropdb "$database"
fi

for encoding in LATIN1 EUC_JP SQL_ASCII; do
	createdb -T template0 -E "$encoding" --locale=C "$database"
	psql -XAtqd "$database" -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION clicktrack' -c "SELECT clicktrack.create_campaign('café & <x>')" \
		-c "SELECT clicktrack.record_clicks(ARRAY[clicktrack.click_event('2026-03-01', l.link_id, 1)]) FROM clicktrack.create_link('https://shop.example/', 'café & <x>') AS l" >/dev/null
	make "$work/$encoding.html"
	dropdb "$database"
	tests=$((tests + 1))
	if iconv -f UTF-8 -t UTF-8 "$work/$encoding.html" >/dev/null && grep -qF '<bdi>café &amp; &lt;x&gt;</bdi>' "$work/$encoding.html"; then
		echo "ok $tests - $encoding: the page is UTF-8"
	else
		echo "not ok $tests - $encoding: the page is UTF-8"
	fi
done
echo "1..$tests"
