#!/usr/bin/env bash
# pg_dump and restore: a filled store, and tables of a user with columns, keys, indexes,
# constraints and views made of the extension's types and functions. Prints TAP; runs on the
# server that PGHOST, PGPORT and PGUSER lead to, in databases of its own.
set -uo pipefail
cd "$(dirname "$0")/.."

source_db=clicktrack_dump_$$
target_db=clicktrack_restored_$$
reader=clicktrack_reader_$$
files=$(mktemp -d)
export PGOPTIONS='-c client_min_messages=warning'

clean_up() {
	dropdb --if-exists "$target_db"
	dropdb --if-exists "$source_db"
	psql -XAtq -d postgres -c "DROP ROLE IF EXISTS $reader, ${reader}_analyst, ${reader}_service, ${reader}_admin"
	rm -rf "$files"
}
trap clean_up EXIT

# ok NAME COMMAND...: a test that the command succeeds; says what it printed if not.
tests=0
ok() {
	local name=$1 output
	shift
	tests=$((tests + 1))
	if output=$("$@" 2>&1 | head -n 12); then
		echo "ok $tests - $name"
	else
		echo "not ok $tests - $name"
		sed 's/^/# /' <<<"$output"
	fi
}

# is NAME GOT WANT: a test that two texts are the same; shows the first lines that differ if not.
is() { ok "$1" diff -U0 --label have --label want <(echo "$2") <(echo "$3"); }

query() { psql -XAtq -v ON_ERROR_STOP=1 -d "$1" -c "$2" 2>&1; }

# A line for each table: how many rows it has and what they are, in any order.
rows_of() {
	query "$1" "
		SELECT format('SELECT %L, count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM %s AS t', c.oid::regclass, c.oid::regclass)
		FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
		WHERE nspname IN ('clicktrack', 'public') AND relkind IN ('r', 'p', 'v', 'm')
		ORDER BY c.oid::regclass::text COLLATE \"C\"" |
		sed 's/$/;/' | psql -XAtq -d "$1" 2>&1
}

# Indexes, constraints, partitions and rights that are there.
objects_of() {
	query "$1" "
		SELECT pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class AS c ON c.oid = indrelid
		WHERE relnamespace IN ('clicktrack'::regnamespace, 'public'::regnamespace) ORDER BY 1" | sed 's/INDEX [^ ]* ON/INDEX ON/' | sort
	query "$1" "SELECT conrelid::regclass, pg_get_constraintdef(oid) FROM pg_constraint
		WHERE connamespace IN ('clicktrack'::regnamespace, 'public'::regnamespace)" | sort
	query "$1" "SELECT inhparent::regclass, inhrelid::regclass, pg_get_expr(relpartbound, c.oid) FROM pg_inherits JOIN pg_class AS c ON c.oid = inhrelid
		WHERE relkind = 'r'" | sort
	# what each access may, by table, column and function
	query "$1" "SELECT r, attrelid::regclass, attname, p FROM unnest('{${reader}_analyst,${reader}_service,${reader}_admin}'::text[]) AS r,
			pg_attribute JOIN pg_class AS c ON c.oid = attrelid, unnest('{SELECT,INSERT,UPDATE}'::text[]) AS p
		WHERE relnamespace = 'clicktrack'::regnamespace AND relkind IN ('r', 'p', 'v') AND attnum > 0 AND NOT attisdropped AND has_column_privilege(r, c.oid, attname, p)" | sort
	query "$1" "SELECT r, p.oid::regprocedure FROM unnest('{${reader}_analyst,${reader}_service,${reader}_admin}'::text[]) AS r, pg_proc AS p
		WHERE pronamespace = 'clicktrack'::regnamespace AND has_function_privilege(r, p.oid, 'EXECUTE')" | sort
	query "$1" "SELECT has_table_privilege('$reader', 'clicktrack.click', 'SELECT'), has_table_privilege('$reader', 'clicktrack.conversion', 'SELECT'),
		has_schema_privilege('$reader', 'clicktrack', 'USAGE'),
		has_function_privilege('$reader', 'clicktrack.visit(text, text, bigint, text, text, integer, boolean, timestamptz, inet, text, text, text, text)', 'EXECUTE'),
		has_function_privilege('public', 'clicktrack.visit(text, text, bigint, text, text, integer, boolean, timestamptz, inet, text, text, text, text)', 'EXECUTE')"
}

# pg_dump's text without what differs from run to run, and in any order: rows lie where there was room.
dump_text() { pg_dump -d "$1" | grep -vE '^\\(un)?restrict |^-- (Started|Completed) on' | sort; }

restore_plain() { psql -Xq -v ON_ERROR_STOP=1 --single-transaction -d "$target_db" -f "$files/plain.sql" >/dev/null; }
restore_parallel() { pg_restore --exit-on-error -j 4 -d "$target_db" "$files/custom.dump"; }
restore_sections() {
	local section
	for section in pre-data data post-data; do
		pg_restore --exit-on-error --section="$section" -d "$target_db" "$files/custom.dump" || return 1
	done
}

echo 1..50

# ---- the source ----

createdb "$source_db"
fill=$(psql -Xq -v ON_ERROR_STOP=1 -d "$source_db" -v reader="$reader" -f test/filled.sql 2>&1 >/dev/null)
is 'the source is filled' "$fill" ''
is 'with rights for analysts, services and admins' "$(grep -cE "^${reader}_(analyst\|clicktrack.recipient\|audience|service\|clicktrack.click_inbox\|code|admin\|clicktrack.recipient\|address)" <<<"$(objects_of "$source_db")")" 3
is 'in the default partition and others' "$(query "$source_db" 'SELECT count(DISTINCT tableoid) FROM clicktrack.click')" 3
rows=$(rows_of "$source_db")
objects=$(objects_of "$source_db")
text=$(dump_text "$source_db")
ok 'pg_dump: plain' pg_dump -d "$source_db" -f "$files/plain.sql"
ok 'pg_dump: custom' pg_dump -d "$source_db" -Fc -f "$files/custom.dump"

# ---- restored, in three ways ----

for way in plain parallel sections; do
	createdb "$target_db"
	ok "$way: restored without an error" "restore_$way"
	is "$way: every row is the same" "$(rows_of "$target_db")" "$rows"
	is "$way: indexes, constraints, partitions and rights are the same" "$(objects_of "$target_db")" "$objects"
	is "$way: it would be dumped the same again" "$(dump_text "$target_db")" "$text"
	is "$way: no partition has an index twice" "$(query "$target_db" "SELECT count(*) - count(DISTINCT (indrelid, pg_get_indexdef(indexrelid, 1, true), indclass::text, indkey::text))
		FROM pg_index WHERE indrelid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'clicktrack.click'::regclass)")" 0

	# what goes on after the restore
	is "$way: campaigns go on" "$(query "$target_db" "SELECT clicktrack.create_campaign('after')")" 4
	is "$way: a campaign that was there is known" "$(query "$target_db" "SELECT clicktrack.create_campaign('naïve', holdout_share => 0.1)")" 3
	is "$way: links go on, each with a code of its own" "$(query "$target_db" "
		SELECT min(link_id), max(link_id), count(DISTINCT code) FROM generate_series(1, 100) AS i, clicktrack.create_link('https://example.com/after/' || i, 'after')")" '1001|1100|100'
	is "$way: by the same key" "$(query "$target_db" "
		SELECT count(*) FROM clicktrack.link JOIN clicktrack.short_code_key AS k ON k.key_version = 2 WHERE link_id > 30 AND clicktrack.short_code_decode(code, key, min_length, alphabet) = link_id")" 1070
	is "$way: a code that was there leads where it did" "$(query "$target_db" "
		SELECT bool_and(v.url = l.url) FROM (SELECT * FROM clicktrack.link LIMIT 20) AS l, LATERAL clicktrack.visit(l.code, l.domain, clicked_at => '2026-02-01') AS v")" t
	is "$way: orders that were there are not new" "$(query "$target_db" "
		SELECT clicktrack.record_conversions(array_agg(order_id), array_agg(visitor_id), array_agg(converted_at), array_agg(revenue)) FROM clicktrack.conversion")" 0
	is "$way: recipients and messages that were there are not new" "$(query "$target_db" "
		SELECT clicktrack.record_sends(array_agg(message_key), 1, array_agg(recipient_id), array_agg(sent_at)) FROM clicktrack.send NATURAL JOIN clicktrack.recipient;
		SELECT count(*), max(recipient_id) FROM clicktrack.record_recipients(ARRAY(SELECT recipient_key FROM clicktrack.recipient))")" $'0\n40|40'
	is "$way: an analyst cannot copy addresses out" "$(query "$target_db" "SET ROLE ${reader}_analyst; COPY clicktrack.recipient TO STDOUT")" 'ERROR:  permission denied for table recipient'
	is "$way: partitions go on" "$(query "$target_db" "SELECT clicktrack.create_click_partitions('2025-12-01', '2026-04-30')")" 3
	is "$way: and clicks that had none move in, those without a month stay" "$(query "$target_db" 'SELECT count(*) FROM clicktrack.click_default')" 2
	dropdb "$target_db"
done
