# Sourced by the tests that read the views as BI tools do: a database with the cookbook's data,
# and what psql reads there, in files of the directory $work. A driver's test puts beside them
# what it reads and calls compare_views.
#
#   columns            view|column|type of PostgreSQL|comment, in order
#   rows/VIEW          its rows, sorted: values as text, | in between, \N for NULL; of times the
#                      microseconds since 1970, of floats the bits

database=clicktrack_views_$$
work=$(mktemp -d)
trap 'dropdb --if-exists --force "$database"; rm -rf "$work"' EXIT
createdb "$database"
export PGDATABASE=$database PGTZ=UTC
awk '/^```sql$/ { inside = 1; next } /^```/ { if (inside) exit } inside' docs/cookbook.md >"$work/data.sql"
# rolled up, with a click that came late, and a campaign that is not named as it should be
psql -Xq -v ON_ERROR_STOP=1 -f "$work/data.sql" -c 'SELECT clicktrack.refresh_rollups()' \
	-c "SELECT clicktrack.record_clicks(ARRAY[clicktrack.click_event('2025-01-10 10:00', 1, 1, 'email')])" -c "SELECT clicktrack.set_taxonomy('name', pattern => '[a-z ]+')" >/dev/null

psql -XAtq -v ON_ERROR_STOP=1 >"$work/columns" <<'SQL'
SELECT c.relname, a.attname, a.atttypid::regtype, regexp_replace(coalesce(col_description(c.oid, a.attnum), ''), '\s+', ' ', 'g')
FROM pg_depend AS d JOIN pg_class AS c ON c.oid = d.objid AND d.classid = 'pg_class'::regclass JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'clicktrack') AND c.relkind = 'v' AND a.attnum > 0
ORDER BY c.relname COLLATE "C", a.attnum;
SQL
mkdir "$work/rows" "$work/read"
# As statements of their own, so that a view that fails says its name.
awk -F'|' -v dir="$work/rows" '
	function value(name, type) {
		if (type == "double precision") return "encode(float8send(" name "), $$hex$$)"
		if (type == "timestamp with time zone") return "(extract(epoch FROM " name ") * 1000000)::bigint::text"
		return name "::text"
	}
	function done() { if (view != "") print list " FROM clicktrack." view "\n\\g " dir "/" view }
	$1 != view { done(); view = $1; list = "SELECT "; sep = "" }
	{ list = list sep "coalesce(" value("\"" $2 "\"", $3) ", $$\\N$$)"; sep = " || $$|$$ || " }
	END { done() }
' "$work/columns" >"$work/read.sql"
psql -XAtq -v ON_ERROR_STOP=1 -f "$work/read.sql"

# compare_views DRIVER TYPES: DRIVER's $work/described (view|column|type), $work/remarks
# (view|column|comment) and $work/read/VIEW against psql's; TYPES is a list of
# type of PostgreSQL=type of the driver, * the others.
compare_views() {
	local driver=$1 types=$2 view n=0 difference views
	views=$(cut -d'|' -f1 "$work/columns" | uniq)
	awk -F'|' -v types="$types" '
		BEGIN { n = split(types, list, /[\n\t]+/); for (i = 1; i <= n; i++) { split(list[i], pair, "="); map[pair[1]] = pair[2] } }
		{ print $1 "|" $2 "|" ($3 in map ? map[$3] : $3 ~ /\[\]$/ ? map["array"] : map["*"]) }
	' "$work/columns" >"$work/described.expected"
	cut -d'|' -f1,2,4- "$work/columns" >"$work/remarks.expected"
	echo "1..$((2 + $(wc -w <<<"$views")))"
	report() { # TITLE FILE FILE
		n=$((n + 1)) difference=
		if [ -s "$2" ] && difference=$(diff "$2" "$3" 2>&1); then
			echo "ok $n - $driver: $1"
		else
			echo "not ok $n - $driver: $1"
			head -n 20 <<<"${difference:-empty}" | cut -c1-300 | sed 's/^/# /'
		fi
	}
	report 'names and types of all columns' "$work/described.expected" "$work/described"
	report 'comments of all columns' "$work/remarks.expected" "$work/remarks"
	for view in $views; do
		touch "$work/read/$view"
		LC_ALL=C sort -o "$work/rows/$view" "$work/rows/$view"
		LC_ALL=C sort -o "$work/read/$view" "$work/read/$view"
		report "$view" "$work/rows/$view" "$work/read/$view"
	done
}
