#!/usr/bin/env bash
# The README's examples: every ```sql block runs, in order, in one session, and prints
# exactly the ```text block that follows it, if one does. Speaks TAP.
set -euo pipefail
cd "$(dirname "$0")/.."

database=clicktrack_readme
work=$(mktemp -d)
trap 'dropdb --if-exists "$database"; psql -Xqc "DROP ROLE IF EXISTS shop"; rm -rf "$work"' EXIT

# blocks: $work/N.sql, and $work/N.text where an output is promised
awk -v dir="$work" '
	/^```sql$/  { n++; file = dir "/" n ".sql"; next }
	/^```text$/ { if (!seen[n]++) file = dir "/" n ".text"; next }
	/^```/      { file = ""; next }
	file != ""  { print > file }
' README.md
blocks=$(ls "$work"/*.sql | wc -l)

# One session, cut up again at the markers between the blocks.
for n in $(seq "$blocks"); do
	cat "$work/$n.sql"
	printf '\\echo @@%d\n' "$n"
done >"$work/all.sql"
createdb "$database"
PGTZ=UTC psql -X -q -v ON_ERROR_STOP=1 -d "$database" -f "$work/all.sql" >"$work/out" 2>"$work/err" || true
awk -v dir="$work" 'BEGIN { n = 1 } /^@@/ { close(dir "/" n ".out"); n++; next } { print > (dir "/" n ".out") }' "$work/out"

echo "1..$blocks"
for n in $(seq "$blocks"); do
	touch "$work/$n.out"
	title="README example $n: $(head -n 1 "$work/$n.sql")"
	if ! grep -q "^@@$n$" "$work/out"; then
		echo "not ok $n - $title"
		sed 's/^/# /' "$work/err"
	elif [ -f "$work/$n.text" ] && ! difference=$(diff -u "$work/$n.text" <(tail -n "$(wc -l <"$work/$n.text")" "$work/$n.out")); then
		echo "not ok $n - $title"
		sed 's/^/# /' <<<"$difference"
	else
		echo "ok $n - $title"
	fi
done
