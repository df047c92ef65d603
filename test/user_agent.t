#!/usr/bin/env bash
# parse_user_agent against headers that others collected: the crawlers of npm's
# crawler-user-agents, and the browsers, devices and systems of uap-core's tests (Debian's
# package uap-core, or UAP_CORE=directory). Prints the rates and what differs most as
# diagnostics. Speaks TAP.
set -uo pipefail
cd "$(dirname "$0")/.."
source test/npm.sh

uap_core=${UAP_CORE:-/usr/share/uap-core}
database=clicktrack_user_agent_$$
files=$(mktemp -d)
trap 'dropdb --if-exists "$database"; rm -rf "$files"' EXIT
createdb "$database"

query() { psql -XAtq -v ON_ERROR_STOP=1 -d "$database" -c 'SET search_path = clicktrack, public' "$@"; }

tests=0
skip() {
	local name
	for name in "${@:2}"; do
		tests=$((tests + 1))
		echo "ok $tests - $name # SKIP $1"
	done
}

# rate NAME OPERATOR BOUND COUNTED: COUNTED is a query of booleans, of which the share that
# is true, in per cent, has to be in the bound.
rate() {
	local share total ok
	tests=$((tests + 1))
	IFS='|' read -r share total ok <<<"$(query -c "SELECT round(100.0 * count(*) FILTER (WHERE counted) / count(*), 2), count(*),
		100.0 * count(*) FILTER (WHERE counted) / count(*) $2 $3 FROM ($4) AS c(counted)")"
	[ "$ok" = t ] || printf 'not '
	echo "ok $tests - $1 $2 $3 %"
	echo "# $1: $share % of $total"
}

# tell QUERY: its rows as diagnostics.
tell() { query -c "$1" | sed 's/^/#   /'; }

echo 1..7
query -c 'CREATE EXTENSION clicktrack' \
	-c 'CREATE TABLE crawler (header text)' \
	-c 'CREATE TABLE uap (file text, family text, browser_family text, spider boolean, header text)'

# ---- crawlers ----

crawler_tests=('crawlers that are bots' 'crawlers whose masked header tells as much')
if ! npm_package crawler-user-agents; then
	skip "$npm_problem" "${crawler_tests[@]}"
else
	node test/user_agent_data.js crawlers "$npm_modules/crawler-user-agents/crawler-user-agents.json" >"$files/crawlers"
	query -c "\\copy crawler FROM '$files/crawlers'"
	rate "${crawler_tests[0]}" '>=' 99 'SELECT is_bot FROM crawler, parse_user_agent(header)'
	tell 'SELECT left(header, 150) FROM crawler, parse_user_agent(header) WHERE NOT is_bot ORDER BY header LIMIT 10'
	rate "${crawler_tests[1]}" '>=' 99 'SELECT a.is_bot = b.is_bot FROM crawler, parse_user_agent(header) AS a, parse_user_agent(mask_user_agent(header)) AS b'
fi

# ---- browsers, devices and systems ----

uap_tests=('people taken for bots' 'spiders that are bots' 'agreement on the device' 'agreement on the os' 'agreement on the browser')
if ! command -v node >/dev/null; then
	skip 'node is not here' "${uap_tests[@]}"
elif [ ! -f "$uap_core/tests/test_device.yaml" ]; then
	skip "uap-core is not in $uap_core" "${uap_tests[@]}"
else
	node test/user_agent_data.js uap "$uap_core" >"$files/uap"
	query -c "\\copy uap FROM '$files/uap'" -f - <<'SQL'
-- Our word for each family that has a counterpart among our words; other where it surely
-- is none of ours, though it may name one.
CREATE TABLE counterpart (file text, families text, word text);
INSERT INTO counterpart VALUES
	('device', 'iPhone|iPod|Generic Smartphone|Generic Feature Phone|Nokia .*|BlackBerry [0-9]+|Lumia .*|Sony Ericsson.*', 'phone'),
	('device', 'iPad|Generic Tablet|Kindle.*|.* MI PAD|BlackBerry Playbook|Nexus (7|9|10)', 'tablet'),
	('device', 'Mac', 'desktop'),
	('device', 'Apple Watch.*', 'wearable'),
	('device', 'PlayStation.*|Xbox.*|Nintendo.*', 'console'),
	('device', 'HbbTV|NetCast.*|Inettv|Apple ?TV|Roku.*|Chromecast.*|Google ?TV.*', 'tv'),
	('os', 'iOS', 'ios'), ('os', 'Android', 'android'), ('os', 'Windows', 'windows'), ('os', 'Mac OS( X)?', 'macos'),
	('os', 'Linux|Ubuntu|Debian|Gentoo|Mandriva|Red Hat|Fedora', 'linux'), ('os', 'Chrome OS', 'chromeos'), ('os', 'KaiOS', 'kaios'),
	('os', 'Tizen', 'tizen'), ('os', 'web[O0]S|Web0S', 'webos'),
	('os', 'Symbian.*|Windows (Phone|Mobile)|Firefox OS|(Free|Open|Net)BSD|BlackBerry.*|WatchOS|tvOS|ATV OS X|Roku|Solaris|Bada|BREW|Nokia Series.*', 'other'),
	('ua', 'Chrome|Chrome Mobile|Chrome Mobile iOS|Chromium', 'chrome'), ('ua', 'Safari|Mobile Safari', 'safari'),
	('ua', 'Firefox|Firefox (Mobile|iOS|Beta|Alpha|Focus)', 'firefox'), ('ua', 'Edge|Edge Mobile', 'edge'), ('ua', 'Samsung Internet', 'samsung'),
	('ua', 'Opera|Opera (Mobile|Mini|Tablet|Coast|Neon)', 'opera'), ('ua', 'IE|IE (Mobile|Large Screen)', 'ie'),
	('ua', 'Chrome Mobile WebView|Mobile Safari UI/WKWebView', 'webview'), ('ua', 'Facebook|Facebook Messenger', 'facebook'),
	('ua', 'Instagram', 'instagram'), ('ua', 'Pinterest', 'pinterest'), ('ua', 'Snapchat', 'snapchat'), ('ua', 'LinkedIn', 'linkedin'),
	('ua', 'LINE', 'line'), ('ua', 'WeChat', 'wechat'), ('ua', 'DuckDuckGo Mobile', 'duckduckgo'), ('ua', 'UC Browser', 'uc'),
	('ua', 'Yandex Browser', 'yandex'), ('ua', 'Vivaldi', 'vivaldi'), ('ua', 'Amazon Silk', 'silk'), ('ua', 'MiuiBrowser', 'miui'),
	('ua', 'Google', 'google_app'), ('ua', 'Apple Mail', 'apple_mail'), ('ua', 'Outlook', 'outlook'), ('ua', 'Thunderbird', 'thunderbird'),
	('ua', 'Android|QQ Browser|QQ Browser (Mobile|Mini)|Baidu Browser|BlackBerry|BlackBerry WebKit|Nokia|Nokia .*|Ovi Browser|NetFront|Obigo'
		'|UP.Browser|Teleca Browser|Dolfin|ONE Browser|SEMC-Browser|Polaris|Jasmine|Puffin|Whale|Maxthon|Konqueror|Netscape|SeaMonkey'
		'|Pale Moon|Epiphany|Midori|Dolphin|Coc Coc|Openwave|webOS Browser|Kindle', 'other');
CREATE TABLE expected AS
SELECT u.file, u.family, c.word AS expected, CASE u.file WHEN 'device' THEN p.device WHEN 'os' THEN p.os ELSE p.browser END AS answer, header
FROM uap AS u JOIN counterpart AS c ON c.file = u.file AND u.family ~ ('^(' || c.families || ')$'), clicktrack.parse_user_agent(header) AS p
WHERE NOT spider;
CREATE TABLE person AS
SELECT is_bot, header FROM uap, clicktrack.parse_user_agent(header)
WHERE NOT spider AND EXISTS (SELECT FROM counterpart AS c WHERE c.file = 'ua' AND browser_family ~ ('^(' || c.families || ')$'));
SQL
	rate "${uap_tests[0]}" '<=' 0.5 'SELECT is_bot FROM person'
	tell 'SELECT left(header, 150) FROM person WHERE is_bot ORDER BY header LIMIT 10'
	rate "${uap_tests[1]}" '>=' 95 'SELECT is_bot FROM uap, parse_user_agent(header) WHERE spider'
	floor=(device 98 os 97 ua 96)
	for i in 0 1 2; do
		rate "${uap_tests[i + 2]}" '>=' "${floor[2 * i + 1]}" "SELECT answer = expected FROM expected WHERE file = '${floor[2 * i]}'"
		tell "SELECT count(*) || ' ' || family || ': ' || answer || ', e.g. ' || left(min(header), 120) FROM expected
			WHERE file = '${floor[2 * i]}' AND answer <> expected GROUP BY family, answer ORDER BY count(*) DESC, 1 LIMIT 10"
	done
fi
