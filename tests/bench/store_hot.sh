#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The store's writer against plain tables in bare SQLite, in the same run: CPU and bytes per
# sample, and the ratios, which is what carries over to another machine. Prints the rows for
# tests/bench/RESULTS.md; writes nothing. store_hot.sh [ROUNDS]: of 2,000 scans x 50 points.
set -eu
cd "$(dirname "$0")/../.."
rounds=${1:-30}
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
# shellcheck disable=SC2046
${CC:-cc} -std=gnu11 -O2 -Wall -Wextra -Wshadow -Wconversion -Werror -I. -Icollector -Ischema \
	-o "$dir/store_hot" tests/bench/store_hot.c "$lib/collector/librm_store.a" \
	"$lib/schema/librm_schema.a" "$lib/collector/librm_base.a" \
	$(pkg-config --cflags --libs sqlite3) -lpthread -lm
for mode in append ours naive; do
	"$dir/store_hot" "$mode" "$dir/$mode.db" "$rounds" >>"$dir/figures"
	rm -f "$dir/$mode".db*
done
awk -v date="$(date +%Y-%m-%d)" -v machine="$(nproc) cores, Linux $(uname -r | cut -d- -f1)" -v rounds="$rounds" '
	{ cpu[$1] = $3; bytes[$1] = $4; samples = $2 }
	END {
		print "| date | machine | command | what | CPU ns/sample | bytes/sample | ours/this: CPU | ours/this: bytes |"
		print "|---|---|---|---|---|---|---|---|"
		n = split("ours naive append", modes, " ")
		what["ours"] = "writer, scan rows"
		what["naive"] = "naive_index: row per sample + index"
		what["append"] = "naive_append: row per sample, no index"
		for (i = 1; i <= n; i++) {
			m = modes[i]
			printf "| %s | %s | `sh tests/bench/store_hot.sh %d` | %s | %.0f | %.1f | %.2f | %.2f |\n",
				date, machine, rounds, what[m], cpu[m], bytes[m],
				cpu["ours"] / cpu[m], bytes["ours"] / bytes[m]
		}
	}' "$dir/figures"
