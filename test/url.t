#!/usr/bin/env bash
# The url functions beside Node's URL, which browsers' standard made: on the cases of the web
# platform tests that npm's @wordpress/url brings along, on thousands of urls mutated from
# them, and on hosts with every code point there is. Speaks TAP.
set -euo pipefail
cd "$(dirname "$0")/.."
source test/npm.sh

npm_package @wordpress/url || { echo "1..0 # SKIP $npm_problem"; exit 0; }

database=clicktrack_url_$$
work=$(mktemp -d)
trap 'dropdb --if-exists "$database"; rm -rf "$work"' EXIT
createdb "$database"
psql -Xqd "$database" -c 'CREATE EXTENSION clicktrack'

# A url a line, then what clicktrack says of each in JSON; in UTF-8 in hexadecimal, since psql
# leaves out what is no character (U+10FFFF).
node test/url.js urls >"$work/urls"
psql -XAtqd "$database" -v ON_ERROR_STOP=1 >"$work/answers" <<SQL
SET search_path = clicktrack, public;
CREATE TEMPORARY TABLE line (i serial, hex text);
\\copy line (hex) FROM '$work/urls'
SELECT encode(convert_to(json_build_object('url', url, 'problem', url_problem(url), 'any', url_problem(url, schemes => NULL), 'host', url_host(url), 'utm', to_json(utm_parse(url)),
	'tagged', CASE WHEN url_problem(url) IS NULL THEN utm_tag(url, 'a b', 'ü&=+%41', 'c', '#?/', '€') END,
	'back', CASE WHEN url_problem(url) IS NULL THEN url_problem(url, ARRAY[url_host(url)]) END)::text, 'UTF8'), 'hex')
FROM (SELECT i, convert_from(decode(hex, 'hex'), 'UTF8') AS url FROM line OFFSET 0) AS u ORDER BY i;
SQL

# Every code point within, and at the start of, labels of both directions: the hosts that
# clicktrack takes.
psql -XAtqd "$database" -v ON_ERROR_STOP=1 >"$work/letters" <<'SQL'
SET search_path = clicktrack, public;
SELECT encode(convert_to(json_build_array(url, url_host(url))::text, 'UTF8'), 'hex')
FROM (SELECT 'https://' || before || chr(c) || after || '.example/' AS url
	FROM generate_series(128, 1114111) AS c, (VALUES ('a', 'b'), ('', 'x'), ('א', 'א'), ('', 'א')) AS v(before, after)
	WHERE c NOT BETWEEN 55296 AND 57343 AND (c < 262144 OR c BETWEEN 917504 AND 921600 OR c % 997 = 0) OFFSET 0) AS u
WHERE url_problem(url) IS NULL;
SQL

node test/url.js compare "$work/answers" "$work/letters"
