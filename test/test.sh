#!/usr/bin/env bash
# `make test`: pg_regress, then the pgTAP files and the scripts that speak TAP,
# on the installed PostgreSQL. Ends with a plain 'N passed, N failed' line.
source "$(dirname "$0")/lib.sh"

ensure_tools pgtap
try_extension pg_cron cron
make_workdir
build ${BUILD_ARGS:-}
start_cluster
cd "$work/src"

regress_status=0 tap_status=0

say "clicktrack: PostgreSQL $(psql -XAtc 'SHOW server_version')"
make -s installcheck PG_CONFIG="$PG_CONFIG" >"$work/regress.log" 2>&1 || regress_status=$?
cat "$work/regress.log"
[ ! -f regression.diffs ] || cat regression.diffs
# 'ok 3 - x' since PostgreSQL 16, 'test x ... ok' before.
passed=$(grep -cE '^ok +[0-9]|^test .*\.\.\. ok' "$work/regress.log" || true)
failed=$(grep -cE '^not ok +[0-9]|^test .*\.\.\. FAILED' "$work/regress.log" || true)
[ "$regress_status" = 0 ] || [ "$failed" != 0 ] || failed=1

createdb tap
psql -Xqd tap -c 'CREATE EXTENSION pgtap' -c 'CREATE EXTENSION clicktrack'
PGDATABASE=tap pg_prove -v --timer test/*.pg test/*.t >"$work/tap.log" 2>&1 || tap_status=$?
# The passing assertions are counted, the others shown.
grep -vE '^ok |^1\.\.' "$work/tap.log" || true
tap_failed=$(grep -cE '^not ok' "$work/tap.log" || true)
[ "$tap_status" = 0 ] || [ "$tap_failed" != 0 ] || tap_failed=1
passed=$((passed + $(grep -cE '^ok ' "$work/tap.log" || true)))
failed=$((failed + tap_failed))

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
