#!/usr/bin/env bash
# The url functions in databases of other encodings than UTF-8: the same urls are fine, the
# same hosts are equal, and what an encoding lacks is replaced and no error. Speaks TAP.
set -uo pipefail

database=clicktrack_url_encodings_$$
trap 'dropdb --if-exists "$database"' EXIT

query() { psql -XAtq -v ON_ERROR_STOP=1 -d "$database" -c "SET client_encoding = $client" -c 'SET search_path = clicktrack, public' -c "SELECT $1" 2>&1; }

tests=0
# is NAME SQL WANT
is() {
	local got
	got=$(query "$2")
	tests=$((tests + 1))
	if [ "$got" = "$3" ]; then
		echo "ok $tests - $encoding: $1"
	else
		printf 'not ok %d - %s: %s\n# got:  %s\n# want: %s\n' "$tests" "$encoding" "$1" "$got" "$3"
	fi
}

# make ENCODING: a new database, spoken to in UTF-8 where that can be converted.
make() {
	encoding=$1
	client=UTF8
	if [[ $1 = SQL_ASCII || $1 = MULE_INTERNAL ]]; then client=$1; fi
	dropdb --if-exists "$database" 2>/dev/null
	createdb -T template0 -E "$1" --locale=C "$database"
	psql -Xqd "$database" -c 'CREATE EXTENSION clicktrack'
}

echo 1..40

for encoding in LATIN1 WIN1252 EUC_JP KOI8R MULE_INTERNAL; do
	make "$encoding"
	is 'a plain url' "url_problem('https://example.com/'), url_host('https://Example.com/')" '|example.com'
	is 'a space, a backslash' "url_problem('https://example.com/ '), url_problem('https://example.com\\')" 'a space or control character, U+0020|a backslash, which browsers may read as a slash'
	is 'a host whose letters are elsewhere stays in punycode' "url_problem('https://xn--go8h.example'), url_host('https://XN--go8h.example')" '|xn--go8h.example'
	is 'and is equal in percent-encoding' "url_problem('https://b%C3%BCcher.example/', '{xn--bcher-kva.example}')" 'the host "b%C3%BCcher.example" is our own short domain'
	is 'utm parameters come back' "(utm_parse(utm_tag('?', 'a b+%', 'c'))).source" 'a b+%'
	is 'what the encoding lacks is replaced' "(utm_parse('?utm_source=%F0%9F%90%98x')).source" '?x'
done

make LATIN1
is 'letters of its own' "url_problem('https://BÜCHER.example/'), url_host('https://BÜCHER.example/'), url_host('https://xn--bcher-kva.example')" '|bücher.example|bücher.example'
is 'equal in any writing' "url_problem('https://bücher.example/', '{xn--bcher-kva.example}')" 'the host "bücher.example" is our own short domain'
is 'values are written in UTF-8' "utm_tag('/ü', 'ü')" '/ü?utm_source=%C3%BC'
is 'and read from it, or as they are' "(utm_parse('?utm_source=ü%C3%BC%E4%e2%82%ac%00')).source" 'üü???'
make EUC_JP
is 'letters of its own' "url_problem('https://例え。jp/'), url_host('https://xn--r8jz45g.jp/'), utm_tag('/', '例え')" '|例え.jp|/?utm_source=%E4%BE%8B%E3%81%88'
make MULE_INTERNAL
is 'letters nobody can convert' "url_problem('https://b' || E'\\x81\\xfc' || 'cher.example/') LIKE '%has U+FFFD, which cannot stand in a host', utm_tag('/', E'\\x81\\xfc')" 't|/?utm_source=%EF%BF%BD'

make SQL_ASCII
is 'bytes are taken as UTF-8' "url_problem('https://BÜCHER.example/'), url_host('https://xn--bcher-kva.example'), utm_tag('/', 'ü')" '|bücher.example|/?utm_source=%C3%BC'
is 'a host of other bytes is none' "url_problem('https://b' || E'\\xfc' || 'cher.example/') LIKE 'the host %is not UTF-8', url_host('https://b' || E'\\xfc' || 'cher.example/') IS NULL" 't|t'
is 'values of other bytes are kept' "utm_tag('/', E'\\xfc')" '/?utm_source=%FC'
is 'and become U+FFFD' "(utm_parse('?utm_source=%FC' || E'\\xfc' || '%00')).source" '���'
