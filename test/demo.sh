#!/usr/bin/env bash
# `make demo`: a quarter of a shop's SMS and email marketing, clicked through and reported.
source "$(dirname "$0")/lib.sh"

ensure_tools
make_workdir
say 'clicktrack: building'
build
start_cluster
say "clicktrack: PostgreSQL $(psql -XAtc 'SHOW server_version'), generating the quarter"
# The C locale only says how psql groups digits: 1,234.56.
LC_ALL=C psql -X -q -v ON_ERROR_STOP=1 -f "$tree/test/demo.sql"
