#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What keeping samples costs, from the poll to the finished hour, against plain tables in bare SQLite
# in the same run: CPU, stored bytes and written bytes per sample, and the ratios, which carry over
# to another machine. Prints the rows for tests/bench/RESULTS.md; writes nothing.
# store.sh [PDUS [HOURS [HOURS-OF-PLAIN-TABLES]]]
set -eu
cd "$(dirname "$0")/../.."
pdus=${1:-500} hours=${2:-4.2} plain=${3:-0.7}
mkdir -p build
if ! { cmake --preset release -DRACKMETER_TESTS=ON &&
	cmake --build --preset release --target rm_store rm_schema rm_base; } >build/bench.log 2>&1; then
	tail -n 30 build/bench.log >&2
	exit 1
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
lib=build/release
# Flags of pkg-config are words.
for program in store_hours store_month; do
	# shellcheck disable=SC2046
	${CC:-cc} -std=gnu11 -O2 -Wall -Wextra -Wshadow -Wconversion -Werror -I. -Icollector -Ischema \
		-o "$dir/$program" "tests/bench/$program.c" "$lib/collector/librm_store.a" \
		"$lib/schema/librm_schema.a" "$lib/collector/librm_base.a" \
		$(pkg-config --cflags --libs sqlite3) -lpthread -lm
done
for mode in append ours naive; do
	of=$plain
	[ $mode = ours ] && of=$hours
	"$dir/store_hours" $mode "$dir/$mode.db" "$pdus" "$of" >>"$dir/figures"
	rm -f "$dir/$mode".db*
done
"$dir/store_month" "$dir/month.db" 1000 30 >>"$dir/figures"
awk -v date="$(date +%Y-%m-%d)" -v machine="$(nproc) cores, Linux $(uname -r | cut -d- -f1)" \
	-v command="sh tests/bench/store.sh $pdus $hours $plain" '
	/^reader/ { split($0, r, "|"); readers[++n_readers] = "| " r[2] " | " r[3] " | " r[4] " |"; next }
	{ samples[$1] = $2; cpu[$1] = $3; stored[$1] = $4; written[$1] = $5; longest[$1] = $6 }
	END {
		print "| date | machine | command | what | samples | CPU ns/sample | stored bytes/sample | written bytes/sample | longest step ms | ours/this: CPU | stored | written |"
		print "|---|---|---|---|---|---|---|---|---|---|---|---|"
		n = split("ours naive append", modes, " ")
		what["ours"] = "ring, chunks, rollups"
		what["naive"] = "row per sample + index"
		what["append"] = "row per sample, no index"
		for (i = 1; i <= n; i++) {
			m = modes[i]
			printf "| %s | %s | `%s` | %s | %d | %.0f | %.2f | %.1f | %.0f | %.3f | %.3f | %.3f |\n",
				date, machine, command, what[m], samples[m], cpu[m], stored[m], written[m],
				longest[m], cpu["ours"] / cpu[m], stored["ours"] / stored[m],
				written["ours"] / written[m]
		}
		print "\n| one series | rows | time |"
		print "|---|---|---|"
		for (i = 1; i <= n_readers; i++)
			print readers[i]
	}' "$dir/figures"
