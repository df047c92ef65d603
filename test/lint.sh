#!/usr/bin/env bash
# `make lint`: a build with every warning an error and assertions on, the layout, and
# cppcheck where they are installed. Ends with a plain 'N passed, N failed' line.
source "$(dirname "$0")/lib.sh"

passed=0 failed=0

# check NAME COMMAND...: counts a command, and shows what it printed if it failed.
check() {
	local name=$1
	shift
	if "$@" >"$work/check.log" 2>&1; then
		passed=$((passed + 1))
		echo "ok: $name"
	else
		failed=$((failed + 1))
		echo "FAILED: $name"
		cat "$work/check.log"
	fi
}

# Every C file laid out as .clang-format says.
check_format() { (cd "$tree" && clang-format --dry-run -Werror src/*.[ch] src/*/*.[ch]); }

# Unused functions are the server's entry points, and macros of its headers are unknown.
check_cppcheck() {
	(cd "$tree" && cppcheck --quiet --error-exitcode=1 --enable=warning,performance,portability \
		--inline-suppr --suppress=unknownMacro -Isrc src)
}

# PostgreSQL's own headers warn under -Wextra about these two.
warnings='-Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare'

ensure_tools
make_workdir
check 'build without warnings, with assertions' build COPT="$warnings -DUSE_ASSERT_CHECKING"
if command -v clang-format >/dev/null; then check 'layout' check_format; fi
if command -v cppcheck >/dev/null; then check 'cppcheck' check_cppcheck; fi

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
