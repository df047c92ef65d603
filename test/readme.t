#!/usr/bin/env bash
# The examples of the README and of the cookbook: every ```sql block runs, in order, in one
# session a file, and prints exactly the ```text block that follows it, if one does. Speaks TAP.
set -euo pipefail
cd "$(dirname "$0")/.."

database=clicktrack_readme
work=$(mktemp -d)
export PGOPTIONS="${PGOPTIONS:-} -c client_min_messages=warning"
trap 'dropdb --if-exists "$database"; psql -Xqc "DROP ROLE IF EXISTS shop"; rm -rf "$work"' EXIT

# blocks FILE DIRECTORY: N.sql, and N.text where an output is promised
blocks() {
	mkdir "$2"
	awk -v dir="$2" '
		/^```sql$/  { n++; file = dir "/" n ".sql"; next }
		/^```text$/ { if (!seen[n]++) file = dir "/" n ".text"; next }
		/^```/      { file = ""; next }
		file != ""  { print > file }
	' "$1"
}

# run FILE DIRECTORY: one session, cut up again at the markers between the blocks
run() {
	local n count difference title
	count=$(ls "$2"/*.sql | wc -l)
	for n in $(seq "$count"); do
		cat "$2/$n.sql"
		printf '\\echo @@%d\n' "$n"
	done >"$2/all"
	createdb "$database"
	PGTZ=UTC psql -X -q -v ON_ERROR_STOP=1 -d "$database" -f "$2/all" >"$2/out" 2>"$2/err" || true
	dropdb "$database"
	awk -v dir="$2" 'BEGIN { n = 1 } /^@@/ { close(dir "/" n ".out"); n++; next } { print > (dir "/" n ".out") }' "$2/out"

	for n in $(seq "$count"); do
		touch "$2/$n.out"
		tests=$((tests + 1))
		title="$1 example $n: $(head -n 1 "$2/$n.sql")"
		if ! grep -q "^@@$n$" "$2/out"; then
			echo "not ok $tests - $title"
			sed 's/^/# /' "$2/err"
		elif [ -f "$2/$n.text" ] && ! difference=$(diff -u "$2/$n.text" <(tail -n "$(wc -l <"$2/$n.text")" "$2/$n.out")); then
			echo "not ok $tests - $title"
			sed 's/^/# /' <<<"$difference"
		else
			echo "ok $tests - $title"
		fi
	done
}

tests=0
blocks README.md "$work/readme"
blocks docs/cookbook.md "$work/cookbook"
echo "1..$(ls "$work"/*/*.sql | wc -l)"
run README "$work/readme"
run cookbook "$work/cookbook"
