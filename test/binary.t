#!/usr/bin/env bash
# The binary form of click_event: COPY takes every value there and back, and refuses what is
# truncated, of another version, or no value that text could have given. Speaks TAP.
set -uo pipefail

database=clicktrack_binary_$$
files=$(mktemp -d)
trap 'dropdb --if-exists "$database"; rm -rf "$files"' EXIT
createdb "$database"

query() { psql -XAtq -v ON_ERROR_STOP=1 -d "$database" -c 'SET search_path = clicktrack, public' "$@" 2>&1; }

tests=0
# is NAME GOT WANT
is() {
	tests=$((tests + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $tests - $1"
	else
		printf 'not ok %d - %s\n# got:  %s\n# want: %s\n' "$tests" "$1" "$2" "$3"
	fi
}

# copy_in HEX: a binary COPY of one row whose one field has these bytes. Prints COPY's error,
# or the click in text.
copy_in() {
	local hex=$1
	{
		printf 'PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0\0\1'
		printf "\\x$(printf '%08x' $((${#hex} / 2)) | sed 's/../&\\x/g; s/\\x$//')"
		printf "$(sed 's/../\\x&/g' <<<"$hex")"
		printf '\377\377'
	} >"$files/row"
	query -c 'TRUNCATE one' -c "\\copy one FROM '$files/row' (FORMAT binary)" -c 'SELECT * FROM one' | grep -v '^CONTEXT' | head -n 1 | sed 's/^.*ERROR: */ERROR: /'
}

echo 1..16

query -c 'CREATE EXTENSION clicktrack' -c 'CREATE TABLE clicktrack.one (event clicktrack.click_event)' >/dev/null
query -c "CREATE TABLE there AS SELECT click_event(t, l, v, channel => c, country => 'FR', variant => 255, referrer_id => r, bot_reasons => b, known => k) AS event
	FROM unnest('{infinity,-infinity,4713-01-01 BC,294276-12-31 23:59:59.999999+00,2026-03-01 09:30:00.000001+00}'::timestamptz[]) AS t,
		unnest('{-9223372036854775808,9223372036854775807,0}'::bigint[]) AS l, unnest('{NULL,-9223372036854775808,9223372036854775807,0}'::bigint[]) AS v,
		unnest('{NULL,sms,other}'::text[]) AS c, unnest('{NULL,1,65535}'::integer[]) AS r, (VALUES ('{}'::text[]), ('{manual,user_agent}')) AS b(b), unnest('{t,f}'::boolean[]) AS k" \
	-c 'CREATE TABLE back (LIKE there)' >/dev/null
for format in text csv binary; do
	is "$format: COPY there and back" "$(query -c 'TRUNCATE back' -c "\\copy there TO '$files/data' (FORMAT $format)" -c "\\copy back FROM '$files/data' (FORMAT $format)" \
		-c 'SELECT count(*) FROM (SELECT * FROM there EXCEPT ALL SELECT * FROM back) AS lost UNION ALL SELECT count(*) FROM back' | tr '\n' ' ')" '0 2160 '
done

# version, time (2026-03-01 09:30), link 42, visitor 7, attributes
good=010002eef1e2061600000000000000002a0000000000000007000914d218901f0a
time=0002eef1e2061600
is 'the bytes of a click' "$(copy_in $good)" "$(query -c "SET timezone = 'UTC'" -c "SELECT click_event('2026-03-01 09:30+00', 42, 7, 'sms', 'DE', 'phone', 'ios', 'safari', 3, 'web', 9, '{prefetch,burst}', true)")"
is 'a byte less' "$(copy_in ${good:0:64})" 'ERROR: insufficient data left in message'
is 'a byte more' "$(copy_in ${good}00)" 'ERROR: incorrect binary data format'
is 'nothing' "$(copy_in '' | cut -c1-29)" 'ERROR: no data left in messag'
is 'another version' "$(copy_in 02${good:2})" 'ERROR: unsupported version 2 of a binary click_event'
is 'a time beyond the last' "$(copy_in 017ffffffffffffffe${good:18})" 'ERROR: timestamp out of range'
is 'a time before the first' "$(copy_in 018000000000000001${good:18})" 'ERROR: timestamp out of range'
# the attributes alone
attributes() { copy_in "01${time}000000000000002a${2:-0000000000000000}$1" | sed 's/.*\(ERROR: invalid attributes\).*/\1/'; }
is 'a channel beyond the last word' "$(attributes 0000000800000000)" 'ERROR: invalid attributes'
is 'an os beyond the last word' "$(attributes 0000000003000000)" 'ERROR: invalid attributes'
is 'a country beyond ZZ' "$(attributes 0000a94000000000)" 'ERROR: invalid attributes'
is 'a visitor that is not there' "$(attributes 0000000000000000 0000000000000001)" 'ERROR: invalid attributes'
is 'a variant that is not there' "$(attributes 0000000000000800)" 'ERROR: invalid attributes'
is 'and nothing at all is a click, too' "$(attributes 0000000000000000)" '2026-03-01 09:30:00+00 link_id=42'
