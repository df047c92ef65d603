#!/usr/bin/env bash
# Every view as a BI tool reads it through JDBC: names, types and comments of the columns, and
# the values, beside psql's. Speaks TAP.
set -euo pipefail
cd "$(dirname "$0")/.."

skip() { echo "1..0 # SKIP $1"; exit 0; }
jar=/usr/share/java/postgresql.jar
[ -f "$jar" ] || skip 'the JDBC driver (libpostgresql-jdbc-java) is not installed'
version=$(java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' || true)
[ "${version:-0}" -ge 16 ] || skip 'Java 16 or later is not installed'
java --list-modules 2>/dev/null | grep '^jdk.compiler@' >/dev/null || skip 'no Java compiler is installed'

source test/views.sh
java -Duser.timezone=UTC -cp "$jar" test/Views.java "$work" 2>"$work/errors" || sed 's/^/# /' "$work/errors"
compare_views JDBC 'bigint=BIGINT
integer=INTEGER
numeric=NUMERIC
double precision=DOUBLE
boolean=BOOLEAN
date=DATE
timestamp with time zone=TIMESTAMP
text=VARCHAR
name=VARCHAR
array=ARRAY
*=OTHER'
