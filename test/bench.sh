#!/usr/bin/env bash
# `make bench`: clicktrack against its peers, as one table. It measures; it does not judge.
#
#   CLICKS=1000000     how many clicks
#   VISITORS=200000    of how many visitors; a fifth of the clicks unless given
#   LINKS=1000         on how many links
#   STORE_LINKS=1000000  how many links the store has, in the group recording
#   RUNS=5             how many counted runs, after one that warms up and checks the answers
#   BENCH="a b"        only the groups a and b: bench/a.sql and bench/b.sql
#   CLICKTRACK_CACHE   where the embedded engines are kept (~/.cache/clicktrack)
#
# A row is a few lines in a group's file, the SQL of all engines side by side:
#
#   -- row: unique visitors by link          what is measured
#   -- ours: unique_clicks(visitor_id)       one or more ways of ours ...
#   SELECT ...;
#   -- postgres: count(DISTINCT visitor_id)  ... against each peer: postgres, hll, duckdb,
#   -- target: 0.2                           clickhouse
#   SELECT ...;
#
# After `-- row:` may come `-- unit: bytes a row`: not the time, but the number that each
# statement returns; or `-- pgbench: -c 2 -T 5`: what follows are pgbench scripts, and the
# mean latency is measured. After a peer's line may come `-- target: ratio`,
# `-- tolerance: 0.05` where answers are approximate (`0 0 0.05`: from the third field on),
# and `-- unchecked: why` where they differ by nature; after any section's line
# `-- before: statement`, which PostgreSQL runs before each of its measurements, and
# `-- beside: statement`, which another session repeats meanwhile. `-- setup: postgres`
# (duckdb, clickhouse) is run once, where it stands; `-- setup: export` by PostgreSQL if an
# embedded engine is there to read what it writes.
# A section of several statements puts \timing on and \timing off around what counts.
# :CLICKS, :VISITORS, :LINKS, :LOADS and :FILES (a directory) are replaced.
#
# Why this is fair. Every engine has the same rows, generated once, and keeps them in its
# own tables; the cores are the same for all. A row's statements take turns, so that what
# disturbs the machine disturbs them alike, and PostgreSQL's run in one session, one after
# the other. The clock is monotonic and on the client's side (psql's \timing; node's for
# the engines inside it) and starts when the statement is sent: parsing and planning
# count. Every statement ends in one row of sums: handing over the result costs nothing,
# and the sums show that the answers are the same before anything counts.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/npm.sh"
export LC_ALL=C

groups_dir=$tree/test/bench
runs=${RUNS:-5}
cores=$(nproc)
declare -A values=([CLICKS]=${CLICKS:-1000000} [LINKS]=${LINKS:-1000})
values[STORE_LINKS]=${STORE_LINKS:-1000000}
values[VISITORS]=${VISITORS:-$((values[CLICKS] / 5))}
# Loading a million is enough to know the rate.
values[LOADS]=$((values[CLICKS] < 1000000 ? values[CLICKS] : 1000000))

notes=() engines=()
declare -A here=([ours]=1 [postgres]=1) to from pid

# ---- the engines ----

# leave_out ENGINE WHY
leave_out() { notes+=("left out: $1, because $2"); say "clicktrack: ${notes[-1]}"; }

# wanted ENGINE: a chosen group compares with it.
wanted() { grep -q "^-- $1:" "${files[@]}"; }

# The hll extension must be there before build, which links the server's files.
find_hll() {
	local package
	wanted hll || return 0
	package=postgresql-$("$PG_CONFIG" --version | sed 's/[^0-9]*\([0-9]\+\).*/\1/')-hll
	if [ ! -f "$("$PG_CONFIG" --sharedir)/extension/hll.control" ]; then
		say "clicktrack: installing $package"
		run_as_root apt-get -qq update >&2 &&
			run_as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$package" >&2 ||
			{ leave_out hll "$package could not be installed"; return 0; }
	fi
	here[hll]=1
}

# find_embedded ENGINE NPM_PACKAGE: installs it into the cache and opens its session.
find_embedded() {
	local version
	wanted "$1" || return 0
	npm_package "$2" || { leave_out "$1" "$npm_problem"; return 0; }
	mkdir -p "$work/$1"
	version=$(node "$groups_dir/embedded.js" "$1" "$work/$1" "$cores" <<<$'SELECT version();\n\\echo done' | head -n 1) &&
		[ -n "$version" ] || { leave_out "$1" "it does not run here"; return 0; }
	here[$1]=1
	engines+=("$1 ${version#v}")
	open_session "$1" node "$groups_dir/embedded.js" "$1" "$work/$1" "$cores"
}

# A cluster that has what the machine has to give. No jit, which costs more than it gains
# in queries of this length, no autovacuum and no checkpoint by time amid a measurement,
# and every scan from the beginning of its table.
start_server() {
	local half
	half=$(($(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo) / 2048))
	settings=("shared_buffers=$((half < 2048 ? half : 2048))MB" work_mem=256MB
		maintenance_work_mem=256MB jit=off "max_parallel_workers_per_gather=$cores"
		autovacuum=off checkpoint_timeout=1h synchronize_seqscans=off)
	start_cluster "${settings[@]}" "max_parallel_workers=$cores" "max_worker_processes=$((cores + 8))"
	values[FILES]=$work/files
	mkdir "$work/files"
	[ "$(id -u)" != 0 ] || chown "$server_user" "$work/files"
	psql -Xqc 'CREATE SCHEMA bench' -c 'CREATE EXTENSION clicktrack' \
		-c 'ALTER DATABASE postgres SET search_path = bench, clicktrack, public'
	[ -z "${here[hll]:-}" ] || psql -Xqc 'CREATE EXTENSION hll'
	engines+=("$(psql -XAtc "SELECT 'PostgreSQL ' || current_setting('server_version')
		|| string_agg(', ' || extname || ' ' || extversion, '') FROM pg_extension WHERE extname <> 'plpgsql'")")
}

# ---- their sessions ----

# open_session NAME COMMAND...: a process that takes statements and gives rows and times.
open_session() {
	local name=$1 in out
	shift
	mkfifo "$work/$name.in" "$work/$name.out"
	"$@" <"$work/$name.in" >"$work/$name.out" &
	pid[$name]=$!
	exec {in}>"$work/$name.in" {out}<"$work/$name.out"
	rm "$work/$name.in" "$work/$name.out"
	to[$name]=$in from[$name]=$out
}

# close_session NAME: there is nothing in it worth saving.
close_session() {
	local in=${to[$1]} out=${from[$1]}
	exec {in}>&- {out}<&-
	{ kill -KILL "${pid[$1]}" && wait "${pid[$1]}"; } 2>/dev/null || true
	unset "pid[$1]"
}

close_all() {
	local name
	for name in "${!pid[@]}"; do close_session "$name"; done
	clean_up
}

# ask NAME STATEMENTS: leaves the rows in $answer and the microseconds in $number.
ask() {
	local line
	answer='' number=0
	printf '%s\n' "$2" '\echo done' >&"${to[$1]}"
	while IFS= read -r -u "${from[$1]}" line; do
		case $line in
			done) answer=${answer%$'\n'}; return ;;
			'Time: '*) line=${line#Time: } line=${line%% *}; number=$((number + 10#${line/./})) ;;
			*) answer+=$line$'\n' ;;
		esac
	done
	die "$1 failed at this:
$2"
}

# ask_pgbench SCRIPT: the mean latency of a transaction.
ask_pgbench() {
	local ms
	printf '%s\n' "$1" >"$work/transaction.sql"
	ms=$(pgbench -n $pgbench -f "$work/transaction.sql" | sed -n 's/^latency average = \([0-9.]*\) ms$/\1/p')
	[ -n "$ms" ] || die "pgbench failed at this:
$1"
	answer='' number=$((10#${ms/./}))
}

# ---- a row ----

# A new row without sections.
start_row() {
	title=$1 unit='' pgbench=''
	who=() label=() text=() target=() tolerance=() unchecked=() before=() beside=()
}

add_section() {
	who+=("$1") label+=("$2") text+=('') target+=('') tolerance+=(0) unchecked+=('') before+=('') beside+=('')
}

# measure SECTION: leaves its answer in $answer and its measurement in $number.
measure() {
	local repeating
	[ -z "${before[$1]}" ] || ask postgres "${before[$1]};"
	if [ -z "${beside[$1]}" ]; then measure_alone "$1"; return; fi
	open_session beside psql -XqAt -v ON_ERROR_STOP=1
	: >"$work/beside"
	while [ -f "$work/beside" ]; do ask beside "${beside[$1]};"; done &
	repeating=$!
	measure_alone "$1"
	rm "$work/beside"
	wait "$repeating"
	close_session beside
}

measure_alone() {
	local sql=${text[$1]} name
	case ${who[$1]} in duckdb | clickhouse) name=${who[$1]} ;; *) name=postgres ;; esac
	if [ -n "$pgbench" ]; then ask_pgbench "$sql"; return; fi
	case $sql in *'\timing'*) ;; *) sql="\\timing on
$sql
\\timing off" ;; esac
	ask "$name" "$sql"
	[ "$number" -gt 0 ] || die "nothing was timed here; does it end in a semicolon?
$sql"
	[ -z "$unit" ] || number=$answer answer=''
}

# same A B TOLERANCE...: the fields of two answers are equal, or numbers close to each other;
# the last tolerance is that of all fields that follow.
same() {
	awk -v tolerances="$3" -v a="$1" -v b="$2" 'BEGIN {
		split(tolerances, t, " ")
		n = split(a, x, /[|\n]/)
		if (n != split(b, y, /[|\n]/)) exit 1
		for (i = 1; i <= n; i++) {
			if (i in t) tolerance = t[i]
			d = x[i] - y[i]
			if (x[i] "" != y[i] "" && (d < 0 ? -d : d) > tolerance * (x[i] < 0 ? -x[i] : x[i])) exit 1
			if (x[i] "" != y[i] "" && tolerance == 0) exit 1
		}
	}'
}

# check SECTION ANSWER: it must be the answer of the row's first section.
check() {
	[ -z "${unchecked[$1]}" ] || return 0
	[ "$1" != 0 ] || expected=$2
	same "$expected" "$2" "${tolerance[$1]}" || die "two answers differ in '$title'
${label[0]}: $expected
${who[$1]}, ${label[$1]}: $2"
}

# summary NUMBER...: their median, least and greatest.
summary() {
	printf '%s\n' "$@" | sort -g | awk '{ v[NR] = $1 }
		END { printf "%.10g %.10g %.10g\n", (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2, v[1], v[NR] }'
}

# add_line OURS PEER: a line of the table from two sections' numbers.
add_line() {
	local ours peer
	read -r -a ours <<<"$(summary ${numbers[$1]})"
	read -r -a peer <<<"$(summary ${numbers[$2]})"
	awk -v OFS='\t' -v what="$title${unit:+, $unit}" -v label="${label[$1]}" \
		-v against="${who[$2]}: ${label[$2]}" -v target="${target[$2]}" -v unit="$unit" \
		-v ours="${ours[0]}" -v low="${ours[1]}" -v high="${ours[2]}" -v peer="${peer[0]}" '
		function show(n) {
			if (unit != "") return n
			return n < 1e4 ? sprintf("%.2f ms", n / 1e3) : n < 1e6 ? sprintf("%.1f ms", n / 1e3) : sprintf("%.2f s", n / 1e6)
		}
		BEGIN {
			spread = low == high ? "" : show(low) " to " show(high)
			print what, label, against, show(ours), show(peer), sprintf("%.2f", ours / peer), target, spread
		}' |
		tee -a "$work/table" | tr '\t' ' ' >&2
}

# Runs the row's sections in turns, the first time for warmth and the answers.
run_row() {
	local run i j sections=() numbers=() expected=''
	for i in "${!who[@]}"; do [ -z "${here[${who[$i]}]:-}" ] || sections+=("$i"); done
	for ((run = 0; run <= runs; run++)); do
		for i in "${sections[@]}"; do
			measure "$i"
			if [ "$run" = 0 ]; then check "$i" "$answer"; else numbers[i]+=" $number"; fi
		done
	done
	for i in "${sections[@]}"; do
		for j in "${sections[@]}"; do
			[ "${who[$i]}" != ours ] || [ "${who[$j]}" = ours ] || add_line "$i" "$j"
		done
	done
}

# Runs what has been read: a row, or a setup, which is a row without a title.
finish_row() {
	local i name
	[ ${#who[@]} -gt 0 ] || return 0
	for i in "${!values[@]}"; do
		text=("${text[@]//:$i/${values[$i]}}") title=${title//:$i/${values[$i]}}
	done
	if [ -n "$title" ]; then run_row; return; fi
	name=${label[0]/export/postgres}
	[ "${label[0]}" != export ] || [ -n "${here[duckdb]:-}${here[clickhouse]:-}" ] || return 0
	[ -z "${here[$name]:-}" ] || ask "$name" "${text[0]}"
}

# heading WORD REST: a line '-- WORD: REST' of a group's file.
heading() {
	case $1 in
		row) finish_row; start_row "$2" ;;
		setup) finish_row; start_row ''; add_section setup "$2" ;;
		ours | postgres) add_section "$1" "$2" ;;
		hll | duckdb | clickhouse) add_section "$1" "$2" ;;
		target) target[-1]=$2 ;;
		tolerance) tolerance[-1]=$2 ;;
		unchecked) unchecked[-1]=$2 ;;
		before) before[-1]=$2 ;;
		beside) beside[-1]=$2 ;;
		unit) unit=$2 ;;
		pgbench) pgbench=$2 ;;
		*) die "a bench file has no heading '$1'" ;;
	esac
}

# run_group FILE: its rows and setups, in a PostgreSQL session of its own.
run_group() {
	local line
	open_session postgres psql -XqAt -v ON_ERROR_STOP=1
	start_row ''
	while IFS= read -r line; do
		if [[ $line =~ ^--\ ([a-z]+):\ (.*)$ ]]; then
			heading "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
		elif [[ $line != --* && ${#text[@]} -gt 0 ]]; then
			text[-1]+=$line$'\n'
		fi
	done <"$1"
	finish_row
	close_session postgres
}

# ---- all of it ----

# The files of the groups that BENCH names, or of all.
choose_groups() {
	local group
	files=()
	if [ -z "${BENCH:-}" ]; then
		for group in "$groups_dir"/*.sql; do
			case ${group##*/} in random.sql | data.sql) ;; *) files+=("$group") ;; esac
		done
	fi
	for group in ${BENCH:-}; do
		[ -f "$groups_dir/$group.sql" ] || die "there is no group '$group' in $groups_dir"
		files+=("$groups_dir/$group.sql")
	done
}

print_table() {
	local names
	printf -v names '%s, ' "${engines[@]}"
	printf '\n%s%s cores\n' "$names" "$cores"
	echo "${values[CLICKS]} clicks, ${values[VISITORS]} visitors, ${values[LINKS]} links; median of $runs runs"
	echo "${settings[*]}"
	[ ${#notes[@]} = 0 ] || printf '%s\n' "${notes[@]}"
	echo
	printf 'what\tours\tpeer\tours\tpeer\tratio\ttarget\tspread of ours\n' | cat - "$work/table" | awk -F '\t' '
		{ for (i = 1; i <= NF; i++) { cell[NR, i] = $i; if (length($i) > width[i]) width[i] = length($i) } }
		END { for (r = 1; r <= NR; r++) {
			line = ""
			for (i = 1; i <= NF; i++) line = line sprintf("%" (i <= 3 || i == NF ? "-" : "") width[i] "s  ", cell[r, i])
			sub(/ +$/, "", line)
			print line
		} }'
}

choose_groups
ensure_tools
make_workdir
trap close_all EXIT
: >"$work/table"
find_hll
build ${BUILD_ARGS:-}
start_server
find_embedded duckdb @duckdb/node-api
find_embedded clickhouse chdb
say "clicktrack: generating ${values[CLICKS]} clicks"
run_group "$groups_dir/random.sql"
! grep -qE 'plain_clicks|event_clicks' "${files[@]}" || run_group "$groups_dir/data.sql"
for file in "${files[@]}"; do run_group "$file"; done
print_table
