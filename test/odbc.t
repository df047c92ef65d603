#!/usr/bin/env bash
# Every view as a BI tool reads it through ODBC: names, types and comments of the columns, and
# the values, beside psql's. Speaks TAP.
set -euo pipefail
cd "$(dirname "$0")/.."

skip() { echo "1..0 # SKIP $1"; exit 0; }
command -v python3 >/dev/null || skip 'Python 3 is not installed'
driver=$(odbcinst -q -d 2>/dev/null | sed -n 's/^\[\(PostgreSQL Unicode\)\]$/\1/p' || true)
[ -n "$driver" ] || skip 'the ODBC driver "PostgreSQL Unicode" (unixodbc and odbc-postgresql) is not installed'
python3 -c 'import ctypes, ctypes.util; ctypes.CDLL(ctypes.util.find_library("odbc"))' 2>/dev/null || skip 'no ODBC driver manager (libodbc2) is installed'

source test/views.sh
python3 test/odbc.py "$driver" "$work" 2>"$work/errors" || sed 's/^/# /' "$work/errors"
compare_views ODBC 'bigint=BIGINT
integer=INTEGER
numeric=NUMERIC
double precision=DOUBLE
boolean=BOOLEAN
date=DATE
timestamp with time zone=TIMESTAMP
text=VARCHAR
name=VARCHAR
array=VARCHAR
*=VARCHAR'
